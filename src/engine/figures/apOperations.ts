/** Random use of a host with mock adapters behind it, all of them passed through at first, from a seed. */
import type { Prng } from "../base/prng.ts";
import {
  apDeviceMachine, type ApDeviceMachine,
} from "../deviceMachine/apDeviceMachine.ts";
import { SteppedTime } from "../deviceMachine/steppedTime.ts";
import { wholeConfiguration } from "../devices/ap/apConfiguration.ts";
import type { ApQuirks } from "../devices/ap/apQuirks.ts";
import { withId, withoutId } from "../devices/ap/idMask.ts";
import type { AssignmentAttribute } from "../devices/ap/vfioAp.ts";
import { CryptoHardware } from "../devices/apMock/cryptoHardware.ts";
import { AQIC_ENABLE, makeApqn } from "../uapi/ap.ts";

export interface WalkedHost {
  readonly time: SteppedTime;
  readonly machine: ApDeviceMachine<CryptoHardware>;
}

const ADAPTERS = [5, 6, 7], DOMAINS = [1, 4];
const NAMES = ["M", "M2"];
const ATTRIBUTES: readonly AssignmentAttribute[] = [
  "assign_adapter", "assign_domain", "assign_control_domain", "assign_adapter", "assign_domain",
  "unassign_adapter", "unassign_domain", "unassign_control_domain",
];

export function walkedHost(quirks: ApQuirks): WalkedHost {
  const time = new SteppedTime();
  const machine = apDeviceMachine(({ kvm }) => new CryptoHardware({ time, notification: kvm.ap }),
    { quirks, options: { time } });
  machine.cpus[0]!.open();
  for (const name of NAMES) machine.driver.createDevice(name);
  for (const apid of ADAPTERS) for (const apqi of DOMAINS) {
    machine.hardware.plug(makeApqn(apid, apqi));
    machine.driver.bind(makeApqn(apid, apqi));
  }
  for (const apid of ADAPTERS) machine.driver.store("M", "assign_adapter", `${apid}`);
  for (const apqi of DOMAINS) machine.driver.store("M", "assign_domain", `${apqi}`);
  machine.driver.open("M", machine.kvm.ap);
  return { time, machine };
}

export interface ApWalk {
  readonly name: string;
  readonly passesTime?: true;
  /** What the call returned; negative: refused. */
  run(host: WalkedHost, prng: Prng): number;
}

const anyQueue = (prng: Prng): number => makeApqn(prng.pick(ADAPTERS), prng.pick(DOMAINS));
const indicator = (prng: Prng): bigint => prng.pick([0n, 1n, 0x1234n, 0x1300n, 0x5678n, 0x200000n]);
const guest = ({ machine }: WalkedHost, gr0: number, gr1 = 0n, gr2 = 0n): number => {
  machine.pqap(BigInt(gr0), gr1, gr2);
  return 0;
};
/** An adapter or domain comes or goes. */
const reconfigure = ({ machine: { driver } }: WalkedHost, prng: Prng): number => {
  const change = prng.below(3) ? withId : withoutId;
  const { configuration } = driver;
  const changes = [
    { apm: change(configuration.apm, prng.pick(ADAPTERS)) },
    { aqm: change(configuration.aqm, prng.pick(DOMAINS)) },
    { adm: change(configuration.adm, prng.pick(DOMAINS)) },
  ];
  driver.changeConfiguration({ ...wholeConfiguration(), ...configuration, ...prng.pick(changes) });
  return 0;
};

export const apWalks: readonly ApWalk[] = [
  { name: "store", run: ({ machine: { driver } }, prng) => {
    const ids = [...ADAPTERS, ...DOMAINS, 256];
    return driver.store(prng.pick(NAMES), prng.pick(ATTRIBUTES), `${prng.pick(ids)}`);
  } },
  { name: "store garbage", run: ({ machine: { driver } }, prng) =>
    driver.store(prng.pick([...NAMES, "nobody"]), prng.pick(ATTRIBUTES), prng.pick(["", "-1", "0x", "5 "])) },
  { name: "pool", run: ({ machine: { driver } }, prng) =>
    driver.storePoolMask(prng.pick(["apmask", "aqmask"] as const),
      `${prng.pick(["+", "-", "-"])}${prng.pick([...ADAPTERS, ...DOMAINS, 256])}`) },
  { name: "bind", run: ({ machine: { driver } }, prng) => driver.bind(anyQueue(prng), 9 + prng.below(7)) },
  { name: "bind again", run: ({ machine: { driver } }, prng) => driver.bind(anyQueue(prng)) },
  { name: "unbind", run: ({ machine: { driver } }, prng) => driver.unbind(anyQueue(prng)) },
  { name: "open", run: ({ machine: { driver, kvm } }, prng) =>
    driver.open(prng.pick(NAMES), prng.below(8) ? kvm.ap : undefined) },
  { name: "close", run: ({ machine: { driver } }, prng) => {
    const device = prng.below(3) ? undefined : driver.device(prng.pick(NAMES));
    if (device) driver.close(device.name);
    return 0;
  } },
  { name: "reset", run: ({ machine: { driver } }, prng) => {
    const device = driver.device(prng.pick(NAMES));
    if (device) driver.resetQueues(device);
    return 0;
  } },
  { name: "reconfigure", run: reconfigure },
  { name: "scan", run: ({ machine: { driver } }) => (driver.completeScan(), 0) },
  { name: "enable", run: (host, prng) =>
    guest(host, 0x03000000 | anyQueue(prng), AQIC_ENABLE | BigInt(prng.below(8)), indicator(prng)) },
  { name: "enable again", run: (host, prng) =>
    guest(host, 0x03000000 | anyQueue(prng), AQIC_ENABLE | BigInt(prng.below(8)), indicator(prng)) },
  { name: "disable", run: (host, prng) => guest(host, 0x03000000 | anyQueue(prng)) },
  { name: "guest's zapq", run: (host, prng) => guest(host, 0x02000000 | anyQueue(prng)) },
  { name: "request", run: ({ machine: { hardware } }, prng) =>
    (hardware.enqueue(anyQueue(prng), { id: 1n, bytes: Uint8Array.of(1) }), 0) },
  {
    name: "time passes", passesTime: true,
    run: ({ time }, prng) => (time.pass(BigInt(prng.below(400_000))), 0),
  },
  { name: "adapter trouble", run: ({ machine: { hardware } }, prng) => {
    hardware.makeBusy(anyQueue(prng), prng.below(8));
    hardware.setCondition(prng.pick(ADAPTERS), prng.below(3) ? "operating" : "checkstopped");
    return 0;
  } },
];

export function walk(
  host: WalkedHost, prng: Prng, steps: number, after: (step: ApWalk, result: number) => void,
): void {
  for (let step = 0; step < steps; step++) {
    const chosen = prng.pick(apWalks);
    after(chosen, chosen.run(host, prng));
  }
}
