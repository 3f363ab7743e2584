/** A guest's own use of a passed-through queue, from the first test of it to the reply and its interrupt. */
import { describe, expect, it } from "vitest";
import { ApInstructions, type ApInstructionCpu } from "../../../../src/engine/devices/ap/apInstructions.ts";
import type { PqapOutcome } from "../../../../src/engine/devices/ap/pqap.ts";
import { CryptoHardware } from "../../../../src/engine/devices/apMock/cryptoHardware.ts";
import {
  ApRegisters, apDeviceMachine, passThrough,
} from "../../../../src/engine/deviceMachine/apDeviceMachine.ts";
import { SteppedTime } from "../../../../src/engine/deviceMachine/steppedTime.ts";
import { AQIC_ENABLE, makeApqn } from "../../../../src/engine/uapi/ap.ts";

const QUEUE = makeApqn(5, 4);
const DONE: PqapOutcome = { kind: "done" };

function guest() {
  const time = new SteppedTime();
  const machine = apDeviceMachine(({ kvm }) => new CryptoHardware({
    time, notification: kvm.ap, answer: (request) => request.toReversed() }), { options: { time } });
  machine.hardware.plug(QUEUE);
  passThrough(machine, "M", 5, [4]);
  machine.cpus[0]!.open();
  const { kvm, driver, hardware, memory } = machine;
  class Cpu extends ApRegisters implements ApInstructionCpu {
    loadBytes(address: bigint, length: number): Uint8Array {
      return memory.read(Number(address), length);
    }
    storeBytes(address: bigint, bytes: Uint8Array): void {
      memory.write(Number(address), bytes, "cpu-helper");
    }
    probeStore(address: bigint, length: number): void {
      if (!memory.contains(Number(address), length)) throw new Error("access exception");
    }
  }
  const cpu = new Cpu();
  const instructions = new ApInstructions({
    driver, vm: kvm.ap, messages: hardware, facilities: () => kvm.apFacilities() });
  /** Sets registers, then executes. */
  const run = (name: "pqap" | "nqap" | "dqap", registers: Readonly<Record<number, bigint>>): PqapOutcome => {
    for (const [n, value] of Object.entries(registers)) cpu.setGr(Number(n), value);
    return name === "pqap" ? instructions.pqap(cpu) : instructions[name](cpu, 4, 6);
  };
  return { time, machine, cpu, run, instructions };
}
const response = ({ cpu }: ReturnType<typeof guest>): number => Number(cpu.gr(1) >> 16n) & 0xff;

describe("AP instructions of a guest", () => {
  it("send a request and fetch its reply when the interrupt has come", () => {
    const one = guest();
    const { machine: { memory, kvm, cpus }, cpu, run, time } = one;
    expect(run("pqap", { 0: 0x03000504n, 1: AQIC_ENABLE | 3n, 2: 0x1234n })).toEqual(DONE);
    time.pass(1_000_000n);
    memory.write(0x2000, Uint8Array.of(1, 2, 3), "loader");
    expect(run("nqap", { 0: BigInt(QUEUE), 4: 0xaaaa_1111n, 5: 0xbbbb_2222n, 6: 0x2000n, 7: 3n }))
      .toEqual(DONE);
    expect([response(one), cpu.conditionCode, cpu.gr(6), cpu.gr(7)]).toEqual([0, 0, 0x2003n, 0n]);
    expect(run("dqap", { 6: 0x3000n, 7: 16n })).toEqual(DONE);
    expect([response(one), cpu.conditionCode, cpu.gr(6)]).toEqual([0x10, 3, 0x3000n]);
    time.pass(1_000_000n);
    expect(memory.u8(0x1234)).toBe(0x80);
    const [interruption] = kvm.flic.deliverPending(cpus[0]!).delivered;
    expect(interruption?.type).toBe(0x04000000);
    expect(() => run("dqap", { 6: 0x1fffffn, 7: 16n })).toThrow("access exception");
    expect(run("dqap", { 4: 0n, 5: 0n, 6: 0x3000n, 7: 16n })).toEqual(DONE);
    expect([response(one), cpu.gr(4), cpu.gr(5), cpu.gr(6), cpu.gr(7)])
      .toEqual([0, 0xaaaa_1111n, 0xbbbb_2222n, 0x3003n, 13n]);
    expect([...memory.read(0x3000, 4)]).toEqual([3, 2, 1, 0]);
  });

  it("tell the guest its own masks", () => {
    const { machine: { memory }, cpu, run } = guest();
    memory.fill(0x4000, 256, 0xff, "loader");
    cpu.conditionCode = 3;
    expect(run("pqap", { 0: 0x04000000n, 2: 0x4000n })).toEqual(DONE);
    expect(cpu.conditionCode).toBe(0);
    const block = memory.read(0x4000, 129);
    expect([block[0], block[4], block[5], block[16], block[48], block[80], block[128]])
      .toEqual([0x40, 255, 255, 0x04, 0x08, 0, 0xff]);
    expect(block.reduce((sum, byte) => sum + byte, 0)).toBe(0x40 + 255 + 255 + 0x04 + 0x08 + 0xff);
  });

  it("take a reply of at most 64 KiB, however long the guest says its storage is", () => {
    const one = guest();
    const { machine: { memory }, cpu, run, time } = one;
    memory.write(0x2000, Uint8Array.of(1, 2, 3), "loader");
    run("nqap", { 0: BigInt(QUEUE), 4: 1n, 5: 2n, 6: 0x2000n, 7: 3n });
    time.pass(1_000_000n);
    const last = BigInt(memory.size - 0x1_0000);
    expect(() => run("dqap", { 6: last + 1n, 7: 1n << 63n })).toThrow("access exception");
    expect(run("dqap", { 6: last, 7: 1n << 63n })).toEqual(DONE);
    expect([response(one), cpu.conditionCode, cpu.gr(6), cpu.gr(7)])
      .toEqual([0, 0, last + 3n, (1n << 63n) - 3n]);
  });

  it("send a message of at most 64 KiB, and of a longer one look at nothing", () => {
    const one = guest();
    const { machine: { memory }, run } = one;
    const last = BigInt(memory.size - 0x1_0000);
    expect(() => run("nqap", { 0: BigInt(QUEUE), 6: last + 1n, 7: 0x1_0000n })).toThrow();
    expect(run("nqap", { 0: BigInt(QUEUE), 6: last + 1n, 7: 0x1_0001n })).toEqual(DONE);
    expect(response(one)).toBe(0x15);
  });

  it("reach no queue outside the guest's matrix, and look at no storage for it", () => {
    const one = guest();
    for (const name of ["nqap", "dqap"] as const) {
      expect(one.run(name, { 0: 0x0505n, 6: 1n << 60n, 7: 1n << 60n })).toEqual(DONE);
      expect([response(one), one.cpu.conditionCode]).toEqual([1, 3]);
    }
    expect(one.run("nqap", { 0: BigInt(QUEUE), 7: 1n << 60n })).toEqual(DONE);
    expect(response(one)).toBe(0x15);
  });

  it("are the VMM's without interpretation, privileged, and want even registers", () => {
    const { machine: { kvm }, cpu, run, instructions } = guest();
    expect([instructions.nqap(cpu, 5, 6), instructions.dqap(cpu, 4, 7), run("pqap", { 0: 0x06000000n })])
      .toEqual([6, 6, 6].map((code) => ({ kind: "program", code })));
    cpu.problemState = true;
    for (const name of ["pqap", "nqap", "dqap"] as const)
      expect(run(name, { 0: BigInt(QUEUE) })).toEqual({ kind: "program", code: 2 });
    kvm.ap.crycb.interpreted = false;
    for (const name of ["pqap", "nqap", "dqap"] as const)
      expect(run(name, { 0: BigInt(QUEUE) })).toEqual({ kind: "userspace", errno: -95 });
  });
});
