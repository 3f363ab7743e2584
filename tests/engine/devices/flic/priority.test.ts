import { describe, expect, it } from "vitest";
import { Prng } from "../../../../src/engine/base/prng.ts";
import { kernelProfiles } from "../../../../src/engine/uapi/kernelProfile.ts";
import { flicMachine, irq, PSW_ALL, type FlicMachine } from "./flicMachine.ts";
import { ioctl } from "../../../../src/engine/uapi/ioctl.ts";

/** Pending bit, how to make it pending. Order is that of urgency, most urgent first, said by name. */
const kinds: readonly (readonly [name: string, bit: number, klass: "ext" | "io" | "mchk" | "always",
  make: (m: FlicMachine) => number])[] = [
  ["exigent machine check", 27, "mchk", (m) => local(m,
    irq("fffe1000", "0".repeat(16) + "8" + "0".repeat(15)))],
  ["program", 25, "always", (m) => local(m, irq("fffe0001",
    "00".repeat(28) + "0005" + "00".repeat(7) + "05"))],
  ["channel report", 24, "mchk", (m) => floating(m,
    irq("fffe1000", "0000000010000000" + "0040000000000000"))],
  ["emergency signal", 21, "ext", (m) => local(m, irq("ffff1201", "0000"))],
  ["external call", 20, "ext", (m) => local(m, irq("ffff1202", "0000"))],
  ["clock comparator", 19, "ext", (m) => { m.cpus[0]!.clockDue = true; return 0; }],
  ["CPU timer", 18, "ext", (m) => { m.cpus[0]!.timerDue = true; return 0; }],
  ["service event", 16, "ext", (m) => floating(m, irq("ffff2401", "00012341"))],
  ["page fault", 13, "ext", (m) => local(m, irq("fffe0004"))],
  ["page has come", 12, "ext", (m) => floating(m, irq("fffe0005"))],
  ["virtio", 11, "ext", (m) => floating(m, irq("ffff2603"))],
  ...[0, 1, 2, 3, 4, 5, 6, 7].map((isc) => [`I/O on ISC ${isc}`, 10 - isc, "io" as const, (m: FlicMachine) =>
    floating(m, irq("00000001",
      `00010001 00000000 ${((isc << 27) >>> 0).toString(16).padStart(8, "0")}`))] as const),
  ["restart", 1, "always", (m) => local(m, irq("fffe0003"))],
];
const local = ({ kvm, user, cpuFds }: FlicMachine, bytes: Uint8Array): number =>
  kvm.ioctl(cpuFds[0]!, ioctl.KVM_S390_IRQ, user.place(0x100n, bytes));
const floating =
  ({ kvm, user }: FlicMachine, bytes: Uint8Array): number => kvm.setAttr(2, 72n, user.place(0x100n, bytes));

describe("delivery order", () => {
  it("is the order of the pending bits, highest first, for random pending sets", () => {
    const prng = new Prng(7);
    for (let round = 0; round < 400; round++) {
      const machine = flicMachine();
      const cpu = machine.cpus[0]!;
      cpu.open(PSW_ALL);
      // The timers stay due, so they must not come back after each new PSW: they are one-shot here.
      const chosen = kinds.filter(
        ([name]) => !name.includes("timer") && !name.includes("comparator") && prng.below(3) === 0,
      );
      for (const [, , , make] of shuffled(chosen, prng)) expect(make(machine)).toBe(0);
      const { delivered, error } = machine.kvm.flic.deliverPending(cpu);
      expect(error).toBe(0);
      const bits = delivered.map(({ bit }) => bit);
      expect(bits).toEqual([...bits].sort((a, b) => b - a));
      const names = new Set(chosen.map(([name]) => name));
      const expected =
        chosen.filter(([name]) => name !== "channel report" || !names.has("exigent machine check"))
        .flatMap(([name, bit]) => (name === "service event" ? [16, 15] : [bit]));
      expect(bits).toEqual(expected.sort((a, b) => b - a));
      expect(machine.kvm.flic.hasDeliverable(cpu)).toBe(false);
    }
  });

  it("presents nothing of a class the PSW is closed to, and everything else, for every kind and mask", () => {
    for (const [name, bit, klass, make] of kinds)
      for (const mask of [0, 0x01000000, 0x02000000, 0x00040000, PSW_ALL]) {
        const machine = flicMachine();
        const cpu = machine.cpus[0]!;
        cpu.open(0);
        cpu.psw = { mask: BigInt(mask) << 32n, address: 0n };
        make(machine);
        const bitOf = { ext: 0x01000000, io: 0x02000000, mchk: 0x00040000, always: 0 }[klass];
        const isOpen = klass === "always" || (mask & bitOf) !== 0;
        expect(machine.kvm.flic.hasDeliverable(cpu), `${name} under ${mask.toString(16)}`).toBe(isOpen);
        const { delivered } = machine.kvm.flic.deliverPending(cpu);
        expect(delivered.map((one) => one.bit), name).toEqual(isOpen ? [bit] : []);
      }
  });

  it.each([
    ["external call", 0x2000n], ["emergency signal", 0x4000n], ["clock comparator", 0x800n],
    ["CPU timer", 0x400n],
    ["service event", 0x200n],
  ])("needs the CR0 submask for %s and no other", (name, submask) => {
    for (const cr0 of [submask, 0x6e00n & ~submask]) {
      const machine = flicMachine();
      const cpu = machine.cpus[0]!;
      cpu.open(0);
      cpu.controls[0] = cr0;
      kinds.find(([kind]) => kind === name)![3](machine);
      expect(machine.kvm.flic.hasDeliverable(cpu)).toBe(cr0 === submask);
    }
  });

  it("needs the ISC's bit in CR6 for I/O, listed or in the GISA, and no other bit", () => {
    for (let isc = 0; isc < 8; isc++)
      for (const type of ["00000001", "04000000"])
        for (let open = 0; open < 8; open++) {
          const machine = flicMachine();
          const cpu = machine.cpus[0]!;
          cpu.open(0);
          cpu.controls[6] = BigInt(0x80000000 >>> open);
          floating(
            machine, irq(type, `00000000 00000000 ${((isc << 27) >>> 0).toString(16).padStart(8, "0")}`),
          );
          expect(machine.kvm.flic.hasDeliverable(cpu)).toBe(isc === open);
        }
  });

  it("takes listed interrupts of an ISC in order of arrival, and the GISA's only after them", () => {
    const machine = flicMachine();
    const cpu = machine.cpus[0]!;
    cpu.open(PSW_ALL);
    floating(machine, irq("04000000", "00000000 00000000 90000000"));
    for (const nr of ["0003", "0001", "0002"])
      floating(machine, irq("00000001", `0001${nr} 00000000 10000000`));
    expect(machine.kvm.flic.deliverPending(cpu).delivered.map(({ parm }) => parm)).toEqual([0x10003, 0x10001,
      0x10002, 0]);
  });

  it("merges event and SCCB into one service signal before the kernel told them apart", () => {
    const machine = flicMachine({ profile: kernelProfiles["linux-4.13"] });
    const cpu = machine.cpus[0]!;
    cpu.open(PSW_ALL);
    floating(machine, irq("ffff2401", "00012340"));
    floating(machine, irq("ffff2401", "00056781"));
    expect(machine.kvm.flic.floating.bits).toBe(1 << 15);
    expect(machine.kvm.flic.deliverPending(cpu).delivered.map(({ parm }) => parm)).toEqual([0x00012341]);
  });
});

function shuffled<T>(items: readonly T[], prng: Prng): T[] {
  const out = [...items];
  for (let i = out.length - 1; i > 0; i--) {
    const j = prng.below(i + 1);
    [out[i], out[j]] = [out[j]!, out[i]!];
  }
  return out;
}
