/**
 * Program-event recording (Principles of Operation, chapter 4): which events are told, and the contents of
 * the assigned storage locations.
 */
import { describe, expect, it } from "vitest";
import { Prng } from "../../../src/engine/base/prng.ts";
import { saveVcpu } from "../../../src/engine/cpu/state.ts";
import { Ask, DATA, isIn, ORIGIN, PSW_64, record, RecordingMachine } from "./recordingMachine.ts";

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

  it("leaves a PSW that is not valid as the old one, with every bit of it", () => {
    const reserved = [0, 2, 3, 4, 12, ...Array.from({ length: 7 }, (_, n) => 24 + n),
      ...Array.from({ length: 31 }, (_, n) => 33 + n)];
    for (const bit of reserved) {
      const mask = PSW_64 | (1n << BigInt(63 - bit));
      const machine = new RecordingMachine(
        `larl %r2,1f\nlpswe 0(%r2)\n.align 8\n1: .quad ${mask},0x2000`,
      );
      expect(machine.record({ ask: 0n }, () => undefined), `bit ${bit}`)
        .toMatchObject([{ code: 6, ilc: 0, mask, next: 0x2000n }]);
      machine.core.ram.setU64(0x1d0, mask, "debugger");
      machine.record({ ask: 0n }, () => undefined);
      const { state, pswMask } = saveVcpu(machine.core, machine.core.vcpu);
      expect([state, pswMask & 0xffff_ffffn], `bit ${bit}`).toEqual(["check-stop", 0x8000_0000n]);
    }
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
