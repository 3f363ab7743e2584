/**
 * Program-event recording (Principles of Operation, chapter 4): which events are told, and the contents of
 * the assigned storage locations.
 */
import { describe, expect, it } from "vitest";
import { Prng } from "../../../src/engine/base/prng.ts";
import {
  Ask, DATA, DAT_MASK, ORIGIN, PSW_64, RecordingMachine, type Recording, type Told,
} from "./recordingMachine.ts";

const record = (source: string, r: Recording): Told[] => new RecordingMachine(source).record(r);
const isIn = (address: bigint, [first, last]: readonly [bigint, bigint]): boolean =>
  first <= last ? first <= address && address <= last : address >= first || address <= last;

const rich = `
        larl    %r5,data
        lghi    %r1,5
1:      brasl   %r14,work
        brctg   %r1,1b
        exrl    %r0,moved
        larl    %r2,moved
        ex      %r1,0(%r2)
        mvc     0(200,%r5),100(%r5)
        lghi    %r3,3
        lghi    %r4,0
        la      %r2,0(%r5)
        mvcl    %r2,%r4
        basr    %r6,0
        j       end
        .align  8
moved:  mvc     8(8,%r5),0(%r5)
        .org    0x1000-4
work:   lgr     %r7,%r1
        stg     %r7,0(%r5)
        cgijl   %r1,3,2f
        aghi    %r7,1
2:      br      %r14
        .align  8
data:   .space  400`;

describe("instruction fetching", () => {
  const machine = new RecordingMachine(rich);
  const trace = machine.trace({});

  it("tells every instruction of a program in its order, and nothing else", () => {
    const told = machine.record({ ask: Ask.fetch });
    expect(trace.length).toBeGreaterThan(30);
    expect(told.map(({ address }) => address)).toEqual(trace.map(({ pc }) => pc));
    expect(new Set(told.map(({ code, per, atmid }) => `${code} ${per} ${atmid}`))).toEqual(
      new Set(["128 64 224"]),
    );
    told.forEach(({ next }, i) => expect(next).toBe(told[i + 1]?.address ?? machine.at("end")));
  });

  it("tells those in the designated area, with EXECUTE for its target, for 300 areas", () => {
    const random = new Prng(3);
    const somewhere = (): bigint => random.pick([
      () => ORIGIN + BigInt(random.below(0x1100)),
      () => random.pick(trace).pc + BigInt(random.below(3)) - 1n,
      () => machine.at("moved"),
      () => random.u64(),
    ])();
    let some = 0;
    for (let i = 0; i < 300; i++) {
      const area = [somewhere(), somewhere()] as const;
      const told = machine.record({ ask: Ask.fetch, area });
      const expected = trace.filter(({ pc, target }) => isIn(pc, area) || isIn(target, area));
      expect(told.map(({ address }) => address), `area ${i}`).toEqual(expected.map(({ pc }) => pc));
      if (told.length > 0 && told.length < trace.length) some++;
    }
    expect(some).toBeGreaterThan(50);
  });

  it("nullifies when asked: the instruction is told before it is executed", () => {
    const two = new RecordingMachine("lghi %r1,7\nsecond: lghi %r1,9");
    const at = two.at("second");
    const told = two.record({ ask: Ask.fetch | Ask.nullification, area: [at, at] }, () => undefined);
    expect(two.core.cpu.gr(1)).toBe(7n);
    expect(told).toMatchObject([{ code: 0x80, ilc: 4, per: 0x41, address: at, next: at }]);
    expect(two.record({ ask: Ask.nullification }), "only with the fetching mask").toEqual([]);
  });
});

describe("successful branching", () => {
  const cases: readonly (readonly [string, number, string])[] = [
    ["j 1f", 1, "to the next instruction"],
    ["jnop 1f", 0, "never"],
    ["larl %r2,1f\nbr %r2", 1, "by a register"],
    ["bcr 15,%r0", 0, "by no register"],
    ["lghi %r2,2\nbrctg %r2,1f", 1, "on count"],
    ["lghi %r2,1\nbrctg %r2,1f", 0, "count used up"],
    ["larl %r3,1f\nlghi %r2,1\nbctr %r2,%r3", 0, "count register used up"],
    ["brasl %r2,1f", 1, "with a link"],
    ["basr %r2,%r0", 0, "a link only"],
    ["larl %r3,1f\nbalr %r2,%r3", 1, "and link"],
    ["balr %r2,%r0", 0, "and link nowhere"],
    ["larl %r3,1f\noill %r3,1\nbsm %r0,%r3", 1, "into a mode"],
    ["larl %r3,1f\noill %r3,1\nbassm %r2,%r3", 1, "with a link into a mode"],
    ["bassm %r2,%r0", 0, "link of a mode only"],
    ["lghi %r2,4\ncgije %r2,4,1f", 1, "after an equal comparison"],
    ["lghi %r2,4\ncgije %r2,5,1f", 0, "after an unequal comparison"],
    ["exrl %r0,5f\nj end\n5: j 1f", 1, "as the target of EXECUTE"],
    ["lghi %r2,0\nlghi %r3,0\nlghi %r4,0\nlghi %r5,0\nmvcl %r2,%r4", 0, "no branch: an interruptible one"],
  ];
  it.each(cases)("%s: %d event (%s)", (source, events) => {
    const all = record(`${source}\n1: lghi %r9,1`, { ask: Ask.branch });
    expect(all).toHaveLength(events);
    for (const told of all) expect(told).toMatchObject({ code: 0x80, per: 0x80 });
  });

  it("wants the target in the area under branch-address control, else no area", () => {
    const machine = new RecordingMachine("j 1f\n1: j 2f\nlghi %r1,1\n2: lghi %r9,1\nthird: j end");
    const ask = Ask.branch;
    const end = machine.at("end");
    expect(machine.record({ ask, area: [1n, 1n] })).toHaveLength(3);
    expect(machine.record({ ask: ask | Ask.branchAddress, area: [end, end] })).toMatchObject([
      { address: machine.at("third"), next: end, ilc: 4 },
    ]);
    expect(machine.record({ ask: ask | Ask.branchAddress, area: [end, end - 2n] })).toHaveLength(3);
  });
});

describe("with other conditions", () => {
  const all = Ask.branch | Ask.fetch | Ask.alteration | Ask.realStore;
  const cases: readonly (readonly [string, string, number, number])[] = [
    ["operation", ".short 0", 0x81, 0x40],
    ["EXECUTE of itself", "larl %r2,1f\n1: ex %r0,0(%r2)", 0x83, 0x40],
    ["addressing, nothing stored", "llihf %r2,1\nstg %r2,0(%r2)", 0x85, 0x40],
    ["addressing behind a page stored to", "llilf %r2,0xffffc\nstg %r2,0(%r2)", 0x85, 0x40],
    ["addressing by a helper", "llihf %r2,1\nstck 0(%r2)", 0x85, 0x40],
    ["specification", "lghi %r2,1\nlpswe 0(%r2)", 0x86, 0x40],
    ["trap", "lghi %r2,1\ncgit %r2,1,8", 0x87, 0x40],
    ["overflow after a store", "llilf %r2,0x20000\nasi 0(%r2),1", 0x88, 0x60],
    ["monitor call", "mc 0,1", 0xc0, 0x40],
  ];
  it.each(cases)("%s", (_, source, code, per) => {
    const machine = new RecordingMachine(source);
    machine.core.ram.setU32(Number(DATA), 0x7fff_ffff, "debugger");
    const told = machine.record(
      { ask: all, control: { 8: 0x4000n }, mask: PSW_64 | (8n << 40n) },
      ({ code: came, next }) => (came === 0x80 ? next : undefined),
    );
    expect(told.at(-1)).toMatchObject({ code, per });
  });

  it("tells nothing of an instruction that cannot be fetched", () => {
    const machine = new RecordingMachine("llilf %r2,0x100001\nbr %r2");
    for (const [target, code] of [[0x10_0001n, 6], [0x10_0000n, 5]] as const) {
      machine.core.ram.setU32(Number(ORIGIN) + 2, Number(target), "debugger");
      const told = machine.record({ ask: Ask.fetch }, (one) => (one.code === 0x80 ? one.next : undefined));
      expect(told.map((one) => one.code)).toEqual([0x80, 0x80, code]);
    }
  });
});

/** Stores with the bytes of storage that each alters. */
const stores: readonly (readonly [string, bigint, number])[] = [
  ["stg %r1,0(%r5)", 0n, 8],
  ["stc %r1,77(%r5)", 77n, 1],
  ["sty %r1,-3(%r5)", -3n, 4],
  ["stmg %r0,%r15,4032(%r5)", 4032n, 128],
  ["stm %r14,%r1,100(%r5)", 100n, 16],
  ["stcm %r1,5,9(%r5)", 9n, 2],
  ["mvc 10(77,%r5),300(%r5)", 10n, 77],
  ["xc 4000(200,%r5),4000(%r5)", 4000n, 200],
  ["mvhi 500(%r5),3", 500n, 4],
  ["mvi 501(%r5),3", 501n, 1],
  ["oi 502(%r5),3", 502n, 1],
  ["agsi 504(%r5),3", 504n, 8],
  ["stck 600(%r5)", 600n, 8],
  ["stcke 4090(%r5)", 4090n, 16],
  ["std %f3,700(%r5)", 700n, 8],
  ["stpq %r2,704(%r5)", 704n, 16],
  ["laag %r6,%r2,800(%r5)", 800n, 8],
  ["vst %v1,900(%r5)", 900n, 16],
  ["zap 1000(5,%r5),1100(2,%r5)", 1000n, 5],
  ["tr 1200(30,%r5),1300(%r5)", 1200n, 30],
  ["ed 1500(4,%r5),1510(%r5)", 1500n, 4],
  ["exrl %r1,mover", 10n, 16],
  ["stap 20(%r5)", 20n, 2],
  ["stfle 32(%r5)", 32n, 8],
  ["epsw %r6,%r7", 0n, 0],
  ["clc 10(77,%r5),300(%r5)", 0n, 0],
  ["lmg %r6,%r7,0(%r5)", 0n, 0],
];

describe("storage alteration", () => {
  const source = `${stores.map(([text], i) => `s${i}: ${text}`).join("\n")}\nj end\nmover: mvc 10(1,%r5),0(%r5)`;
  const machine = new RecordingMachine(source);
  const registers = { 0: 0n, 1: 0x0fn, 2: 0n, 3: 0n, 5: DATA };
  for (const at of [1100, 1510]) machine.core.ram.write(Number(DATA) + at, Uint8Array.of(0x12, 0x3c), "debugger");

  it("is told exactly of stores into the designated area, for 400 areas", () => {
    const random = new Prng(5);
    const near = (): bigint => {
      const [, from, length] = random.pick(stores);
      const offset = random.pick([0, length - 1, random.below(length + 1)]) + random.pick([-1, 0, 0, 1]);
      return BigInt.asUintN(64, DATA + from + BigInt(offset));
    };
    for (let i = 0; i < 400; i++) {
      const first = near();
      const area = [first, random.pick([first, first, near(), near()])] as const;
      const told = machine.record({ ask: Ask.alteration, area, registers });
      const expected = stores.flatMap(([, from, length], n) => {
        const bytes = Array.from({ length }, (_, k) => DATA + from + BigInt(k));
        return bytes.some((byte) => isIn(byte, area)) ? [machine.at(`s${n}`)] : [];
      });
      expect(told.map(({ address }) => address), `area ${area.join()}`).toEqual(expected);
      expect(told.every(({ per, code }) => per === 0x20 && code === 0x80)).toBe(true);
    }
  });

  it("names the space, and the access register that chose it", () => {
    const store = new RecordingMachine("stg %r1,0(%r5)\nstck 8(%r5)");
    // Real-space designations: every space maps all addresses to themselves.
    const control = { 1: 0x20n, 7: 0xa0n, 13: 0x20n };
    for (const [space, access] of [[0, 0], [1, 5], [2, 0], [3, 0]] as const) {
      const mask = PSW_64 | DAT_MASK | (BigInt(space) << 46n);
      const base = { control, registers, mask, access: { 5: 1 } };
      const told = store.record({ ...base, ask: Ask.alteration });
      expect(told).toHaveLength(2);
      for (const one of told) expect(one).toMatchObject({ atmid: 0xf0 | (space << 2) | space, access });
      // Only the space of CR7 has the storage-alteration-event bit; ALET 1 is that space.
      const limited = store.record({ ...base, ask: Ask.alteration | Ask.alterationSpace });
      expect(limited).toHaveLength(space === 1 || space === 2 ? 2 : 0);
    }
    const real = store.record({ ask: Ask.alteration | Ask.alterationSpace, registers });
    expect(real.map(({ atmid }) => atmid)).toEqual([0xe0, 0xe0]);
  });

  it("is no event for what is stored at real addresses; that has its own", () => {
    const source = "sturg %r1,%r5\nstura %r1,%r5\nstfl 0\ntb %r0,%r5";
    const ask = Ask.alteration;
    expect(record(source, { ask, registers })).toEqual([]);
    const told = record(source, { ask: ask | Ask.realStore, registers, area: [1n, 1n] });
    expect(told.map(({ per }) => per)).toEqual([0x08, 0x08]);
    expect(record(source, { ask: Ask.realStore | Ask.fetch, registers, area: [1n, 1n] })).toEqual([]);
  });

  it("is told of an interruptible instruction with what it has done, until all is done", () => {
    const long = new RecordingMachine("mvcl %r2,%r4");
    const told = long.record({
      ask: Ask.alteration, registers: { 2: DATA, 3: 150_000n, 4: 0x1_0000n, 5: 0xff00_0000n },
    });
    expect(told.map(({ next }) => next)).toEqual([ORIGIN, ORIGIN, long.at("end")]);
    expect(long.core.cpu.gr(2)).toBe(DATA + 150_000n);
    expect(long.core.ram.u8(Number(DATA) + 149_999)).toBe(0xff);
  });

  it("keeps what was stored before an exception ended an interruptible instruction", () => {
    const long = new RecordingMachine("mvcl %r2,%r4");
    const told = long.record({
      ask: Ask.alteration, registers: { 2: 0xf_f000n, 3: 0x2000n, 4: 0x1_0000n, 5: 0x2000n },
    }, () => undefined);
    expect(told).toMatchObject([{ code: 0x85, per: 0x20 }]);
  });
});

describe("instructions that change the PSW", () => {
  it("tells of LPSWE with the PSW that it loaded, and of none that turned recording on", () => {
    const machine = new RecordingMachine(`
        larl    %r2,off
        lpswe   0(%r2)
1:      larl    %r2,on
        lpswe   0(%r2)
2:      lghi    %r3,1
        j       end
        .align  8
off:    .quad   ${PSW_64},1b
on:     .quad   ${PSW_64 | (1n << 62n)},2b`);
    const off = machine.at("off");
    const told = machine.record({ ask: Ask.fetch });
    expect(machine.core.ram.u64(Number(off) + 8)).toBe(told[1]!.next);
    expect(told.map(({ mask }) => mask >> 62n)).toEqual([1n, 0n, 1n, 1n]);
    expect(told.map(({ ilc }) => ilc)).toEqual([6, 4, 4, 4]);
  });

  it("tells of a supervisor call when that has interrupted: the old PSW is its new one", () => {
    const told = new RecordingMachine("svc 5").record({ ask: Ask.fetch }, () => undefined);
    expect(told).toMatchObject([{ code: 0x80, ilc: 2, address: ORIGIN, mask: PSW_64, next: 0x3100n }]);
  });

  it("goes along with the early specification exception of the PSW that was loaded", () => {
    const machine = new RecordingMachine(
      `larl %r2,1f\nlpswe 0(%r2)\n.align 8\n1: .quad ${PSW_64 | (1n << 63n)},0x2000`,
    );
    const told = machine.record({ ask: Ask.fetch }, ({ code, next }) => (code === 0x80 ? next : undefined));
    expect(told.at(-1)).toMatchObject({ code: 0x86, per: 0x40, next: 0x2000n });
  });

  it("identifies the addressing mode: 24, 31 and 64 bits", () => {
    for (const [mask, atmid] of [[0n, 0x40], [0x8000_0000n, 0x60], [PSW_64, 0xe0]] as const)
      expect(record("lr %r1,%r2", { ask: Ask.fetch, mask })).toMatchObject([{ atmid }]);
  });

  it("costs nothing while no event is asked for, whatever the PSW says", () => {
    const machine = new RecordingMachine("lghi %r1,1");
    expect(machine.record({ ask: 0n })).toEqual([]);
    expect(machine.core.mode.per).toBe(false);
  });
});
