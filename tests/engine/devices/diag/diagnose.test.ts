import { describe, expect, it } from "vitest";
import { Prng } from "../../../../src/engine/base/prng.ts";
import type { CpuPort } from "../../../../src/engine/devices/diag/cpuPort.ts";
import { Diagnose } from "../../../../src/engine/devices/diag/diagnose.ts";
import { ccwIplBlock } from "../../../../src/engine/devices/diag/iplBlock.ts";
import { Watchdog } from "../../../../src/engine/devices/watchdog/watchdog.ts";
import { RecordingPorts } from "../css/recordingPorts.ts";

const PAGE = 0x2_0000;
const SPECIFICATION = { kind: "program", code: 6 };
const ADDRESSING = { kind: "program", code: 5 };
const DONE = { kind: "done" };

class TestCpu implements CpuPort {
  readonly registers = new Array<bigint>(16).fill(0n);
  readonly address: number;
  readonly prefix: number;
  constructor(address = 0, prefix = 0x4000) {
    this.address = address;
    this.prefix = prefix;
  }
  gr(n: number): bigint {
    return this.registers[n]!;
  }
  setGr(n: number, value: bigint): void {
    this.registers[n] = value;
  }
}

function machine() {
  const ports = new RecordingPorts();
  let expiries = 0;
  const notified: [bigint, bigint][] = [];
  const watchdog = new Watchdog(ports.time, () => expiries++);
  const diagnose = new Diagnose({
    memory: ports.memory, watchdog,
    notifyQueue: (id, queue) => (notified.push([id, queue]), queue < 2n),
  });
  const cpu = new TestCpu();
  const run = (code: number, registers: Record<number, bigint>, r1 = 2, r3 = 4, on = cpu) => {
    for (const [n, value] of Object.entries(registers)) on.setGr(Number(n), value);
    return diagnose.diagnose(code, r1, r3, on);
  };
  return { ports, diagnose, watchdog, cpu, run, notified, expiries: () => expiries };
}

describe("DIAGNOSE", () => {
  it("knows exactly its functions", () => {
    const { diagnose } = machine();
    const known = [0x10, 0x44, 0x9c, 0x258, 0x260, 0x288, 0x308, 0x500];
    for (let code = 0; code < 0x1000; code++) {
      if (known.includes(code)) continue;
      expect(diagnose.diagnose(code, 2, 4, new TestCpu())).toEqual(SPECIFICATION);
    }
  });

  it("yields, to a CPU if one is named", () => {
    const { run } = machine();
    expect(run(0x44, {})).toEqual({ kind: "yield" });
    expect(run(0x9c, { 2: 3n })).toEqual({ kind: "yield", to: 3 });
  });

  it("releases pages but not the prefix area, and only inside RAM", () => {
    const { ports, run } = machine();
    ports.memory.fill(0, ports.memory.size, 0xaa, "loader");
    for (const [first, last] of [[0x1000n, 0x5000n], [0x2001n, 0x5000n], [0x5000n, 0x3000n], [0x2000n,
      0x5001n]])
      expect(run(0x10, { 2: first!, 4: last! })).toEqual(SPECIFICATION);
    expect(run(0x10, { 2: 0x2000n, 4: 0x7000n })).toEqual(DONE);
    const bytes = [0x1fff, 0x2000, 0x3fff, 0x4000, 0x5fff, 0x6000, 0x7fff, 0x8000].map((
      at) => ports.memory.u8(at));
    expect(bytes).toEqual([0xaa, 0, 0, 0xaa, 0xaa, 0, 0, 0xaa]);
    expect(run(0x10, { 2: 0x2000n, 4: 0xffff_ffff_ffff_e000n })).toEqual(DONE);
    expect(ports.memory.u8(ports.memory.size - 1)).toBe(0);
  });

  it("makes the page-fault handshake of one CPU at a time", () => {
    const { ports, diagnose, cpu, run } = machine();
    const second = new TestCpu(1, 0x6000);
    const token = "0258" + "0000" + "0005" + "0002" + "0000000000000318" + "0001000000000000".repeat(2)
      + "8000000000000000";
    ports.put(PAGE, token);
    expect(run(0x258, { 2: BigInt(PAGE), 4: 99n })).toEqual(DONE);
    expect(cpu.gr(4)).toBe(0n);
    run(0x258, { 2: BigInt(PAGE) });
    expect(cpu.gr(4)).toBe(8n);
    run(0x258, { 2: BigInt(PAGE), 4: 99n }, 2, 4, second);
    expect(second.gr(4)).toBe(0n);
    ports.put(PAGE, "0258" + "0001" + "0005" + "0002" + "00".repeat(32));
    run(0x258, { 2: BigInt(PAGE) });
    expect(cpu.gr(4)).toBe(0n);
    run(0x258, { 2: BigInt(PAGE) });
    expect(cpu.gr(4)).toBe(4n);
    expect(diagnose.save().handshakes).toEqual([1]);
    for (const wrong of ["0259", "0258" + "0002" + "0005" + "0002", "0258" + "0000" + "0004" + "0002"]) {
      ports.put(PAGE, token);
      ports.put(PAGE, wrong);
      expect(run(0x258, { 2: BigInt(PAGE) })).toEqual(SPECIFICATION);
    }
    expect(run(0x258, { 2: BigInt(PAGE + 4) })).toEqual(SPECIFICATION);
    expect(run(0x258, { 2: 1n << 50n })).toEqual(ADDRESSING);
    // The block is at a real address: page 0 means the prefix area.
    ports.put(0x4800, token);
    expect(run(0x258, { 2: 0x800n })).toEqual(DONE);
  });

  it("tells one storage extent", () => {
    const { ports, cpu, run } = machine();
    expect(run(0x260, { 2: BigInt(PAGE), 3: 0x80n, 4: 0x10n })).toEqual({ kind: "done", cc: 0 });
    expect(cpu.gr(4)).toBe(1n);
    expect(ports.hex(PAGE, 16)).toBe("0000000000000000" + "00000000000fffff");
    expect(run(0x260, { 2: BigInt(PAGE + 8), 3: 0x80n, 4: 0x10n })).toEqual(SPECIFICATION);
    expect(run(0x260, { 2: BigInt(PAGE), 3: 0n, 4: 0x10n })).toEqual(SPECIFICATION);
    expect(run(0x260, { 2: 0x10_0000n, 3: 0x10n, 4: 0x10n })).toEqual(ADDRESSING);
    expect(run(0x260, { 4: 0xcn })).toEqual(DONE);
    expect([cpu.gr(2), cpu.gr(4)]).toEqual([0xf_ffffn, 0xf_ffffn]);
    expect(run(0x260, { 4: 1n })).toEqual(SPECIFICATION);
  });

  it("counts the watchdog down once", () => {
    const { ports, watchdog, run, expiries } = machine();
    const second = 1_000_000_000n;
    expect(run(0x288, { 2: 2n, 3: 0n, 4: 0n })).toEqual(SPECIFICATION);
    expect(run(0x288, { 2: 1n, 3: 20n })).toEqual(SPECIFICATION);
    expect(run(0x288, { 2: 0n, 3: 14n })).toEqual(SPECIFICATION);
    expect(run(0x288, { 2: 0n, 3: 20n, 4: 1n })).toEqual(SPECIFICATION);
    expect(run(0x288, { 2: 0n, 3: 20n, 4: 0n }, 3)).toEqual(SPECIFICATION);
    expect(run(0x288, { 2: 0n, 3: 20n, 4: 0n })).toEqual(DONE);
    ports.time.advance(19n * second);
    expect(run(0x288, { 2: 1n, 3: 15n })).toEqual(DONE);
    const saved = structuredClone(watchdog.save());
    ports.time.advance(14n * second);
    expect(expiries()).toBe(0);
    watchdog.load(saved);
    expect(watchdog.save()).toEqual(saved);
    expect(ports.time.waiting).toBe(1);
    ports.time.advance(100n * second);
    expect(expiries()).toBe(1);
    run(0x288, { 2: 0n, 3: 20n });
    expect(run(0x288, { 2: 2n, 3: 0n })).toEqual(DONE);
    ports.time.advance(100n * second);
    expect(expiries()).toBe(1);
  });

  it("asks the board for resets", () => {
    const { run } = machine();
    const kinds = [0n, 1n, 3n, 4n].map((subcode) => run(0x308, { 4: subcode }));
    expect(kinds).toEqual(["modified-clear", "load-normal", "re-ipl-clear", "re-ipl-dump"]
      .map((reset) => ({ kind: "reset", reset })));
    for (const subcode of [2n, 7n, 8n, 9n, 10n, 0x1_0003n, 1n << 40n])
      expect(run(0x308, { 4: subcode })).toEqual(SPECIFICATION);
  });

  it("stores the IPL parameter block that was set, and none before", () => {
    const { ports, diagnose, cpu, run } = machine();
    expect(run(0x308, { 2: BigInt(PAGE), 4: 6n })).toEqual(DONE);
    expect(cpu.gr(3)).toBe(0x0102n);
    const block = ccwIplBlock(0x0002);
    ports.memory.write(PAGE, block, "loader");
    run(0x308, { 2: BigInt(PAGE), 4: 5n });
    expect(cpu.gr(3)).toBe(1n);
    run(0x308, { 2: BigInt(PAGE + 0x1000), 4: 6n });
    expect(cpu.gr(3)).toBe(1n);
    expect(ports.memory.read(PAGE + 0x1000, block.length)).toEqual(block);
    // Too short for its type, of no type, or longer than a page: refused, the old one stays.
    for (const [offset, hex] of [[0, "000000c7"], [12, "07"], [12, "00"], [0, "00001001"], [0, "00000000"],
      [0, "ffffffff"]] as const) {
      ports.memory.write(PAGE, block, "loader");
      ports.put(PAGE + offset, hex);
      run(0x308, { 2: BigInt(PAGE), 4: 5n });
      expect(cpu.gr(3), hex).toBe(0x0402n);
    }
    expect(diagnose.currentIplBlock()).toEqual(block);
    for (const subcode of [5n, 6n]) {
      expect(run(0x308, { 2: BigInt(PAGE + 8), 4: subcode })).toEqual(SPECIFICATION);
      expect(run(0x308, { 3: BigInt(PAGE), 4: subcode }, 3)).toEqual(SPECIFICATION);
      expect(run(0x308, { 2: 0x10_0000n, 4: subcode })).toEqual(ADDRESSING);
      expect(run(0x308, { 2: 0xffff_ffff_ffff_f000n, 4: subcode })).toEqual(ADDRESSING);
    }
    diagnose.reset();
    expect(diagnose.currentIplBlock()).toEqual(block);
  });

  it("passes queue notifications on, says how far storage goes, and knows no other function of KVM", () => {
    const { cpu, run, ports, notified } = machine();
    run(0x500, { 1: 3n, 2: 0x1_0000n, 3: 1n });
    expect(cpu.gr(2)).toBe(0n);
    run(0x500, { 1: 3n, 2: 0x1_0000n, 3: 5n });
    expect(cpu.gr(2)).toBe(BigInt.asUintN(64, -22n));
    expect(notified).toEqual([[0x1_0000n, 1n], [0x1_0000n, 5n]]);
    run(0x500, { 1: 0n, 2: 0x1000n });
    expect(cpu.gr(2)).toBe(0n);
    expect(run(0x500, { 1: 4n, 2: 9n })).toEqual({ kind: "done" });
    expect(cpu.gr(2)).toBe(BigInt(ports.memory.size - 1));
    for (const subfunction of [1n, 2n, 5n, 0x1_0000_0003n, 1n << 63n]) {
      expect(run(0x500, { 1: subfunction, 2: 7n })).toEqual({ kind: "program", code: 6 });
      expect(cpu.gr(2)).toBe(7n);
    }
  });

  it("never throws, and changes nothing when it ends in a program interruption", () => {
    const random = new Prng(3);
    const { ports, diagnose } = machine();
    const codes = [0x10, 0x44, 0x9c, 0x258, 0x260, 0x288, 0x308, 0x500, 0x204];
    const values = () => random.pick([0n, 1n, 3n, 5n, 6n, 0xcn, 0x10n, 20n, BigInt(PAGE), BigInt(PAGE) + 8n,
      0xf_fff8n,
      0x10_0000n, 1n << 63n, random.u64(), BigInt(random.u32())]);
    for (let round = 0; round < 3000; round++) {
      if (round % 50 === 0) for (let i = 0; i < 40; i += 4) ports.memory.setU32(PAGE + i, random.u32(),
        "loader");
      if (round % 3 === 0) ports.put(PAGE, "0258" + "000" + random.below(2) + "00050002");
      const cpu = new TestCpu(random.below(4), 0x2000 * (1 + random.below(4)));
      for (let n = 0; n < 16; n++) cpu.setGr(n, values());
      const before = [...cpu.registers];
      const state = diagnose.save();
      ports.writes = [];
      const outcome = diagnose.diagnose(random.pick(codes), random.below(16), random.below(16), cpu);
      expect(ports.writes.every((write) => write.writer === "diagnose")).toBe(true);
      if (outcome.kind !== "program") continue;
      expect([5, 6]).toContain(outcome.code);
      expect(cpu.registers).toEqual(before);
      expect(ports.writes).toEqual([]);
      expect(diagnose.save()).toEqual(state);
    }
  });

  it("keeps its state over save and load", () => {
    const { ports, diagnose, run } = machine();
    ports.memory.write(PAGE, ccwIplBlock(1), "loader");
    run(0x308, { 2: BigInt(PAGE), 4: 5n });
    const saved = structuredClone(diagnose.save());
    const other = machine().diagnose;
    for (let cycle = 0; cycle < 3; cycle++) other.load(structuredClone(cycle === 0 ? saved : other.save()));
    expect(other.save()).toEqual(saved);
    expect(diagnose.save()).toEqual(saved);
  });
});
