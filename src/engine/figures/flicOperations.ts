/**
 * Every way into and out of the floating interrupt controller, with random operands: what random use is made
 * of, in tests and in the figures.
 */
import type { Prng } from "../base/prng.ts";
import { ioctl } from "../uapi/ioctl.ts";
import { ioAdapter, aisReq } from "../uapi/flic.ts";
import { irqRouting, irqRoutingEntry } from "../uapi/irqRouting.ts";
import { join } from "../base/hex.ts";
import { irq, type S390DeviceMachine } from "../deviceMachine/s390DeviceMachine.ts";

const IN = 0x6000_0000n;
const OUT = 0x6200_0000n;
const hex32 = (value: number): string => (value >>> 0).toString(16).padStart(8, "0");
const hex64 = (value: bigint): string => value.toString(16).padStart(16, "0");

export interface FlicOperation {
  readonly name: string;
  /** Result of the call where it has one. */
  run(machine: S390DeviceMachine, prng: Prng): number;
}

const ioWord = (prng: Prng): string => hex32(((prng.below(2) << 31) | (prng.below(8) << 27)) >>> 0);
const schid = (prng: Prng): string => `0001${(1 + prng.below(4)).toString(16).padStart(4, "0")}`;

function floatingIrq(prng: Prng): Uint8Array {
  switch (prng.below(7)) {
    case 0: return irq("ffff2401", hex32(prng.pick([0, 1, 2, 3, 4, 0x12340, 0x45671, 0x7ff8])));
    case 1: return irq("ffff2603", hex32(prng.u32()) + hex32(prng.u32()) + hex64(prng.u64()));
    case 2: return irq("fffe0005", hex32(prng.u32()) + hex32(0) + hex64(prng.u64()));
    case 3: return irq(
      "fffe1000", hex64(prng.pick([0n, 1n << 28n, 1n << 27n])) + hex64(prng.u64() & (1n << 54n)),
    );
    case 4: return irq("04000000", "00000000" + hex32(prng.u32()) + ioWord(prng));
    default: return irq("00000001", schid(prng) + hex32(prng.u32()) + ioWord(prng));
  }
}

function localIrq(prng: Prng): Uint8Array {
  const source = prng.below(4).toString(16).padStart(4, "0");
  switch (prng.below(10)) {
    case 0: return irq("fffe0000", hex32(prng.below(3)));
    case 1: return irq(
      "fffe0001", "00".repeat(28) + prng.pick(["0080", "0005", "0011", "0091"]) + "00".repeat(7) + "05",
    );
    case 2: return irq("fffe0002", hex32(0x8000 + 0x2000 * prng.below(4)));
    case 3: return irq("fffe0003");
    case 4: return irq("fffe0004", hex32(0) + hex32(0) + hex64(prng.u64()));
    case 5: return irq(
      "fffe1000",
      hex64(prng.pick([0n, 1n << 28n])) + hex64(prng.pick([1n << 63n, 1n << 58n, 1n << 59n, 1n << 55n])),
    );
    case 6: return irq("ffff1004");
    case 7: return irq("ffff1005");
    case 8: return irq("ffff1201", source);
    default: return irq("ffff1202", source);
  }
}

/** What may be called at any time; each returns what the call returned. */
export const flicOperations: readonly FlicOperation[] = [
  { name: "enqueue", run: ({ kvm, user }, prng) => kvm.setAttr(2, 72n, user.place(IN, floatingIrq(prng))) },
  { name: "enqueue again", run: ({ kvm, user }, prng) => kvm.setAttr(2, 72n,
    user.place(IN, floatingIrq(prng))) },
  {
    name: "local irq",
    run: ({ kvm, user, cpuFds }, prng) =>
      kvm.ioctl(prng.pick(cpuFds), ioctl.KVM_S390_IRQ, user.place(IN, localIrq(prng))),
  },
  { name: "deliver", run: (machine, prng) => (machine.kvm.flic.deliverPending(prng.pick(machine.cpus)), 0) },
  {
    name: "open or close a CPU",
    run: ({ cpus }, prng) => {
      const cpu = prng.pick(cpus);
      cpu.psw = { ...cpu.psw, mask: BigInt(prng.u32() & 0x03040000) << 32n };
      cpu.controls[0] = prng.u64() & 0xffffn;
      cpu.controls[6] = BigInt(prng.u32());
      cpu.controls[14] = prng.pick([0n, 1n << 28n]);
      cpu.isStopped = prng.below(5) === 0;
      cpu.clockDue = prng.below(4) === 0;
      cpu.timerDue = prng.below(4) === 0;
      return 0;
    },
  },
  {
    name: "register adapter",
    run: ({ kvm, user }, prng) => kvm.setAttr(6, 0n, user.place(IN, ioAdapter.encode({
      id: prng.below(6), isc: prng.below(9), maskable: prng.below(2), swap: prng.below(2),
      flags: prng.below(2) }))),
  },
  { name: "mask adapter", run: ({ kvm }, prng) => kvm.flic.adapters.modify(
    { id: prng.below(7), type: prng.below(5), mask: prng.below(2), addr: 0n }, kvm.flic.profile, kvm.slots) },
  { name: "airq", run: ({ kvm }, prng) => kvm.setAttr(10, BigInt(prng.below(7)), 0n) },
  {
    name: "mode",
    run: ({ kvm, user }, prng) => kvm.setAttr(9, 0n, user.place(IN,
      aisReq.encode({ isc: prng.below(9), mode: prng.below(3) }))),
  },
  { name: "modes", run: ({ kvm, user }, prng) => kvm.setAttr(11, 0n,
    user.place(IN, Uint8Array.of(prng.below(256), prng.below(256)))) },
  {
    name: "routes",
    run: ({ kvm, user }, prng) => {
      const nr = prng.below(4);
      const entries = Array.from({ length: nr }, () => irqRoutingEntry.encode({
        gsi: prng.below(5), type: prng.below(9) ? 3 : 2,
        "u.adapter.ind_addr": BigInt(0x100000 + 8 * prng.below(600)),
        "u.adapter.ind_offset": BigInt(prng.below(80)),
        "u.adapter.summary_addr": prng.below(9) ? 0x103000n : 0x4000_0000n,
        "u.adapter.summary_offset": prng.below(16), "u.adapter.adapter_id": prng.below(7) }));
      const table = join(irqRouting.encode({ nr }), ...entries);
      return kvm.ioctl(kvm.vmFd, ioctl.KVM_SET_GSI_ROUTING, user.place(IN, table));
    },
  },
  { name: "signal", run: ({ kvm }, prng) => kvm.flic.signalGsi(prng.below(6)) },
  {
    name: "guest clears its indicators",
    run: ({ memory }) => {
      memory.fill(0x100000, 0x1300, 0, "cpu-helper");
      memory.fill(0x103000, 8, 0, "cpu-helper");
      return 0;
    },
  },
  { name: "tpi", run: ({ kvm, cpus }, prng) => {
    const outcome = kvm.flic.tpi(prng.pick(cpus), prng.pick([0n, 0x2000n, 0x2002n, 0x7fff_0000n]));
    return "cc" in outcome ? 0 : -1;
  } },
  { name: "tsch", run: ({ kvm }, prng) => {
    kvm.flic.takeIoForSubchannel(prng.pick([0x00010001n, 0x00010002n, 0x1_0000_0000n, 0n]));
    return 0;
  } },
  { name: "clear io", run: ({ kvm, user }, prng) => kvm.setAttr(8, 4n,
    user.place(IN, Uint8Array.of(0, 1, 0, prng.below(5)))) },
  { name: "clear all", run: ({ kvm }, prng) => (prng.below(4) ? 0 : kvm.setAttr(3, 0n, 0n)) },
  {
    name: "get all",
    run: ({ kvm, user }, prng) => {
      user.place(OUT, new Uint8Array(72 * 64));
      return kvm.getAttr(1, BigInt(prng.pick([0, 71, 72, 144, 72 * 9, 72 * 64])), prng.below(4) ? OUT : 0n);
    },
  },
  { name: "take stop", run: ({ kvm, cpus }, prng) => (kvm.flic.takeStop(prng.pick(cpus)), 0) },
  {
    name: "idle",
    run: ({ kvm, cpus }, prng) => {
      const cpu = prng.pick(cpus);
      if (prng.below(2)) kvm.flic.enterIdle(cpu);
      else kvm.flic.leaveIdle(cpu);
      return 0;
    },
  },
  { name: "page fault", run: ({ kvm, cpus }, prng) => {
    const token = BigInt(prng.below(4));
    const cpu = prng.pick(cpus).id;
    if (prng.below(2)) kvm.flic.pageFaults.start(cpu, token);
    else kvm.flic.pageFaults.finish(cpu, token);
    return 0;
  } },
  { name: "page faults on or off", run: ({ kvm }, prng) => kvm.setAttr(4 + prng.below(2), 0n, 0n) },
  {
    name: "machine's own interrupt",
    run: ({ kvm }, prng) => kvm.flic.gisaAlert?.machineInterrupt(prng.below(9)) ?? 0,
  },
  { name: "gisc on", run: ({ kvm }, prng) => kvm.flic.registerGisc(prng.below(9)) },
  { name: "gisc off", run: ({ kvm }, prng) => kvm.flic.unregisterGisc(prng.below(9)) },
  {
    name: "clear local",
    run: ({ kvm, cpus }, prng) => (prng.below(6) ? 0 : (kvm.flic.clearLocal(prng.pick(cpus).id), 0)),
  },
];
