/** The laws of the channel subsystem: two subchannels, channel programs of every kind, garbage operands. */
import type { Prng } from "../../base/prng.ts";
import { QuietPorts } from "../../deviceMachine/quietPorts.ts";
import type { CcwDevice, ChannelData, CommandOutcome } from "../../devices/css/ccwDevice.ts";
import { ChannelSubsystem } from "../../devices/css/css.ts";
import {
  absoluteOperand, type InstructionOutcome, type StorageOperand,
} from "../../devices/css/operand.ts";
import { cssState } from "../../devices/css/state.ts";
import type { Operation } from "../figure.ts";
import { codecOf, device } from "./device.ts";

const MEMORY_BYTES = 0x10000;
const BLOCK = 0x2000, PROGRAM = 0x4000, DATA = 0x8000;
const FIRST = 0x1_0000n;

/** Has no state: reads give 1, 2, 3, …, writes are read, everything else is rejected. */
class Echo implements CcwDevice {
  readonly identity = { controlUnitType: 0x3832, controlUnitModel: 3, deviceType: 0, deviceModel: 0 };

  command(code: number, data: ChannelData): CommandOutcome {
    const length = Math.min(64, data.length);
    if (code === 0x02) data.write(0, Uint8Array.from({ length }, (_, at) => at + 1));
    else if (code === 0x01) data.read(0, length);
    else return code === 0x0b ? "immediate" : "reject";
    return "done";
  }
  disabled(): void {
    return undefined;
  }
  reset(): void {
    return undefined;
  }
  notify(queue: number): boolean {
    return queue < 2;
  }
}

interface ChannelWorld {
  readonly ports: QuietPorts;
  readonly css: ChannelSubsystem;
}
type Instruction = (css: ChannelSubsystem, r1: bigint, at: StorageOperand, prng: Prng) =>
  InstructionOutcome | { readonly program: number } | undefined;

const subchannel = (prng: Prng): bigint =>
  prng.pick([FIRST, FIRST, FIRST, FIRST + 1n, FIRST + 2n, BigInt(prng.u32())]);
const operand = ({ ports: { memory } }: ChannelWorld, prng: Prng): StorageOperand =>
  absoluteOperand(memory, prng.pick([BLOCK, BLOCK, BLOCK, BLOCK, BLOCK + 2, memory.size - 16]));

const instruction = (name: string, act: Instruction): Operation<ChannelWorld> => ({
  name,
  run: (world, prng) => {
    const outcome = act(world.css, subchannel(prng), operand(world, prng), prng);
    if (!outcome) return "done";
    return "cc" in outcome ? outcome.cc : "refused";
  },
});

/** A few CCWs that chain, transfer, suspend, or are none. */
function writeProgram({ memory }: QuietPorts, prng: Prng): void {
  for (let at = PROGRAM; at < PROGRAM + 48; at += 8) {
    memory.setU8(at, prng.pick([1, 2, 2, 3, 4, 8, 0x0b, 0xe4, 0x99]), "loader");
    memory.setU8(at + 1, prng.pick([0, 0, 0x20, 0x40, 0x60, 0x80, 0x02, 0x10, 0x08, 0xff]), "loader");
    memory.setU16(at + 2, prng.pick([0, 1, 8, 64]), "loader");
    memory.setU32(at + 4, prng.pick([DATA, PROGRAM, memory.size - 4, prng.u32()]), "loader");
  }
}

/** An ORB that is near to a good one. */
function writeRequest({ memory }: QuietPorts, prng: Prng): void {
  memory.setU32(BLOCK, prng.u32(), "loader");
  memory.setU16(BLOCK + 4, prng.pick([0x0080, 0x0880, 0x0080, 0, prng.below(0x1_0000)]), "loader");
  memory.setU16(BLOCK + 6, prng.pick([0xff00, 0xff80, 0x8000]), "loader");
  memory.setU32(BLOCK + 8, prng.pick([PROGRAM, PROGRAM, PROGRAM + 8, DATA, prng.u32()]), "loader");
}

export const channelLaws = device<ChannelWorld>({
  folder: "css", name: "channel subsystem",
  make: () => {
    const ports = new QuietPorts(MEMORY_BYTES);
    const css = new ChannelSubsystem(ports);
    for (const number of [1, 2]) css.attach(number, new Echo());
    return { ports, css };
  },
  calls: [
    {
      name: "enable",
      run: ({ css, ports: { memory } }, prng) => {
        const at = absoluteOperand(memory, BLOCK);
        const id = FIRST + BigInt(prng.below(2));
        css.stsch(id, at);
        memory.setU16(BLOCK + 4, prng.pick([0x1881, 0x1801, 0x1899]), "loader");
        memory.setU8(BLOCK + 27, 1, "loader");
        css.msch(id, at);
      },
    },
    ...["start", "start again"].map((name): Operation<ChannelWorld> => ({
      name,
      run: ({ css, ports }, prng) => {
        writeProgram(ports, prng);
        writeRequest(ports, prng);
        const outcome = css.ssch(subchannel(prng), absoluteOperand(ports.memory, BLOCK));
        return "cc" in outcome ? outcome.cc : "refused";
      },
    })),
    instruction("TSCH", (css, r1, at) => css.tsch(r1, at)),
    instruction("TSCH again", (css, r1, at) => css.tsch(r1, at)),
    instruction("MSCH", (css, r1, at) => css.msch(r1, at)),
    instruction("STSCH", (css, r1, at) => css.stsch(r1, at)),
    instruction("CSCH", (css, r1) => css.csch(r1)), instruction("HSCH", (css, r1) => css.hsch(r1)),
    instruction("XSCH", (css, r1) => css.xsch(r1)), instruction("RSCH", (css, r1) => css.rsch(r1)),
    instruction("RCHP", (css, _r1, _at, prng) => css.rchp(BigInt(prng.pick([0, 0, 0, 1, 0x8000_0000])))),
    instruction("SCHM", (css, _r1, _at, prng) =>
      css.schm(BigInt(prng.below(4)), BigInt(prng.below(3) * DATA))),
    instruction("STCRW", (css, _r1, at) => css.stcrw(at)),
    instruction("CHSC", (css, _r1, at) => css.chsc(at)),
    { name: "notify", run: ({ css }, prng) => css.notify(subchannel(prng), BigInt(prng.below(3))) },
    { name: "time passes", passesTime: true, run: ({ ports }) => ports.time.pass(1_000_000n) },
  ],
  codec: codecOf(cssState, ({ css }) => css.save(), ({ css }, saved) => css.load(saved)),
  follow: (to, from) => to.ports.follow(from.ports),
  heard: ({ ports }) => ports.takeHeard(),
  reset: {
    says: "every subchannel is as after power-on, and nothing is reported or measured",
    run: ({ css }) => css.reset(), documented: () => undefined,
  },
});
