/** The laws of the service processor, of DIAGNOSE and of the watchdog. */
import type { Prng } from "../../base/prng.ts";
import { QuietPorts } from "../../deviceMachine/quietPorts.ts";
import { SteppedTime } from "../../deviceMachine/steppedTime.ts";
import type { CpuPort } from "../../devices/diag/cpuPort.ts";
import { Diagnose } from "../../devices/diag/diagnose.ts";
import { ccwIplBlock } from "../../devices/diag/iplBlock.ts";
import { diagnoseState } from "../../devices/diag/state.ts";
import { sclpCommand } from "../../devices/sclp/sccb.ts";
import { Sclp } from "../../devices/sclp/sclp.ts";
import { sclpState } from "../../devices/sclp/state.ts";
import { watchdogState } from "../../devices/watchdog/state.ts";
import { Watchdog } from "../../devices/watchdog/watchdog.ts";
import { codecOf, device } from "./device.ts";

const MEMORY_BYTES = 0x10000;
const BLOCK = 0x8000;

interface ServiceWorld {
  readonly ports: QuietPorts;
  readonly sclp: Sclp;
}

/** A control block that says what it should, or something else. */
function serviceCall({ ports: { memory }, sclp }: ServiceWorld, prng: Prng): number | "refused" {
  const command = prng.pick([...Object.values(sclpCommand), 0x00aa_0001]);
  const length = prng.pick([8, 12, 28, 64, 256, 4096, prng.below(0x1_0000)]);
  memory.setU16(BLOCK, length, "loader");
  for (let at = 2; at < 32; at++) memory.setU8(BLOCK + at, prng.pick([0, 0, 1, 4, 0x80, 0xff]), "loader");
  if (command === sclpCommand.writeEventData)
    memory.write(BLOCK + 8, Uint8Array.of(0, 9, prng.pick([2, 0x1a, 9]), 0, 0, 0, 65, 66, 67), "loader");
  const address = prng.pick([BLOCK, BLOCK, BLOCK, 0, 4, 0x2000, MEMORY_BYTES - 8, 2 ** 40]);
  const outcome = sclp.serviceCall(command, address, { prefix: 0x2000 });
  return "cc" in outcome ? outcome.cc : "refused";
}

export const sclpLaws = device<ServiceWorld>({
  folder: "sclp", name: "service processor",
  make: () => {
    const ports = new QuietPorts(MEMORY_BYTES);
    return { ports, sclp: new Sclp(ports, { memoryBytes: 16 << 20, cpus: 2 }) };
  },
  calls: [
    { name: "service call", run: serviceCall }, { name: "service call again", run: serviceCall },
    {
      name: "typed text",
      run: ({ sclp }, prng) => sclp.consoleInput(
        Uint8Array.from({ length: prng.below(20) }, () => prng.pick([65, 66, 8, 10, 13, 0x7f, 0xff]))),
    },
    { name: "quiesce", run: ({ sclp }) => sclp.signalQuiesce() },
  ],
  codec: codecOf(sclpState, ({ sclp }) => sclp.save(), ({ sclp }, saved) => sclp.load(saved)),
  follow: (to, from) => to.ports.follow(from.ports),
  heard: ({ ports }) => ports.takeHeard(),
  reset: {
    says: "masks and waiting input are gone, as after power-on",
    run: ({ sclp }) => sclp.reset(), documented: () => undefined,
  },
});

class Registers implements CpuPort {
  readonly address: number;
  readonly prefix = 0x2000;
  readonly values = new Array<bigint>(16).fill(0n);

  constructor(address: number) {
    this.address = address;
  }
  gr(n: number): bigint {
    return this.values[n & 15]!;
  }
  setGr(n: number, value: bigint): void {
    this.values[n & 15] = value;
  }
}

interface DiagnoseWorld {
  readonly ports: QuietPorts;
  readonly diag: Diagnose;
}

const CODES = [0x10, 0x44, 0x9c, 0x258, 0x258, 0x260, 0x288, 0x308, 0x308, 0x500, 0x204];

/** Registers and parameter block are near to what the function wants. */
function diagnose({ ports: { memory, heard }, diag }: DiagnoseWorld, prng: Prng): string {
  const cpu = new Registers(prng.below(3));
  const block = prng.below(2) ? [0x258, prng.below(3), 5, 2] : [0, prng.pick([8, 64, 200]), 0, 0];
  block.forEach((half, index) => memory.setU16(BLOCK + 2 * index, half, "loader"));
  for (let at = 8; at < 40; at++) memory.setU8(BLOCK + at, prng.below(4) ? 0 : prng.below(256), "loader");
  if (prng.below(2)) memory.setU64(BLOCK + 32, 1n << 63n, "loader");
  const address = BigInt(BLOCK);
  for (let n = 0; n < 16; n++)
    cpu.values[n] = prng.pick([0n, 1n, 3n, 5n, 6n, 0xcn, 0x10n, 20n, address, address, prng.u64()]);
  const outcome = diag.diagnose(prng.pick(CODES), prng.below(16), prng.below(16), cpu);
  if (outcome.kind === "program") return "refused";
  heard.push(cpu.values.join());
  return outcome.kind;
}

export const diagnoseLaws = device<DiagnoseWorld>({
  folder: "diag", name: "DIAGNOSE",
  make: () => {
    const ports = new QuietPorts(MEMORY_BYTES);
    const watchdog = {
      isRunning: true,
      start: (seconds: bigint) => { ports.heard.push(`start ${seconds}`); },
      cancel: () => { ports.heard.push("cancel"); },
    };
    const notifyQueue = (_id: bigint, queue: bigint): boolean => queue < 2n;
    return { ports, diag: new Diagnose({ memory: ports.memory, watchdog, notifyQueue }) };
  },
  calls: [
    { name: "diagnose", run: diagnose },
    {
      name: "parameter block",
      run: ({ diag }, prng) => diag.setIplBlock(prng.below(3) ? ccwIplBlock(prng.below(0x1_0000)) : null),
    },
  ],
  codec: codecOf(diagnoseState, ({ diag }) => diag.save(), ({ diag }, saved) => diag.load(saved)),
  follow: (to, from) => to.ports.follow(from.ports),
  heard: ({ ports }) => ports.takeHeard(),
  reset: {
    says: "handshakes end; the IPL parameter block is for the IPL that follows, and stays",
    run: ({ diag }) => diag.reset(),
    documented: ({ diag }, before) => diag.setIplBlock(before.diag.currentIplBlock()),
  },
});

interface WatchdogWorld {
  readonly time: SteppedTime;
  readonly watchdog: Watchdog;
  expired: number;
}

export const watchdogLaws = device<WatchdogWorld>({
  folder: "watchdog", name: "watchdog", refusesNothing: true,
  make: () => {
    const time = new SteppedTime();
    const world: WatchdogWorld = {
      time, expired: 0, watchdog: new Watchdog(time, () => { world.expired++; }),
    };
    return world;
  },
  calls: [
    { name: "start", run: ({ watchdog }, prng) => watchdog.start(BigInt(15 + prng.below(60))) },
    { name: "cancel", run: ({ watchdog }) => watchdog.cancel() },
    {
      name: "time passes", passesTime: true,
      run: (world, prng) => {
        world.time.pass(BigInt(prng.below(30)) * 1_000_000_000n);
        return world.expired;
      },
    },
  ],
  codec: codecOf(
    watchdogState, ({ watchdog }) => watchdog.save(), ({ watchdog }, saved) => watchdog.load(saved)),
  follow: (to, from) => {
    to.time.follow(from.time);
    to.expired = from.expired;
  },
  reset: {
    says: "a subsystem reset ends the countdown",
    run: ({ watchdog }) => watchdog.cancel(), documented: () => undefined,
  },
});
