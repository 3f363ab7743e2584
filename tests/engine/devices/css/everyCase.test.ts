/** I/O instructions over every state of a subchannel and every bit of their operands (PoP, chapter 14). */
import { describe, expect, it } from "vitest";
import type { SubchannelState } from "../../../../src/engine/devices/css/state.ts";
import { channelMachine, FIRST, IRB, ORB, SCHIB } from "./channelMachine.ts";

const START = 0x4000, HALT = 0x2000, CLEAR = 0x1000;
const RESUME_PENDING = 0x800, START_PENDING = 0x400, ACTIVE = 0xc0, SUSPENDED = 0x20;
const ALERT = 0x10, INTERMEDIATE = 0x08, PRIMARY = 0x04, SECONDARY = 0x02, PENDING = 0x01;
const OPERAND = { program: 0x15 };
type Machine = ReturnType<typeof channelMachine>;

/** Subchannel 0 with this control halfword; a started program is one that ends at once. */
function inState(one: Machine, control: number, isEnabled = true): SubchannelState {
  const state = one.css.save();
  const [first] = state.subchannels;
  first!.pmcw.flags = isEnabled ? 0x1881 : 0x1801;
  Object.assign(first!.scsw,
    { control, flags: 0x0081, ccwAddress: 0x77, deviceStatus: 0x0c, subchannelStatus: 0x40 });
  first!.program =
    { orbFlags: 0x80, orbControl: 0, next: 0x4000, transferForbidden: true, programControlled: false };
  one.css.load(state);
  one.ports.put(0x4000, "0300000000000000");
  return one.css.save().subchannels[0]!;
}
const orb = (one: Machine): void => one.ports.put(ORB, "112233440080ff0000004000");

const controls = [0, START, HALT, CLEAR, START | HALT, START | CLEAR].flatMap((functions) =>
  [0, START_PENDING, ACTIVE, SUSPENDED, SUSPENDED | RESUME_PENDING, RESUME_PENDING].flatMap((activity) =>
    Array.from({ length: 32 }, (_, status) => functions | activity | status)));

const rules: Readonly<Record<string, readonly [(one: Machine) => unknown, (control: number) => number]>> = {
  MSCH: [({ css, at }) => css.msch(FIRST, at(SCHIB)), (c) => (c & PENDING ? 1 : c & 0x7000 ? 2 : 0)],
  SSCH: [({ css, at }) => css.ssch(FIRST, at(ORB)), (c) => (c & PENDING ? 1 : c & 0x7000 ? 2 : 0)],
  RSCH: [({ css }) => css.rsch(FIRST), (c) =>
    (c & PENDING ? 1 : (c & 0x7000) !== START || (c & (SUSPENDED | RESUME_PENDING)) !== SUSPENDED ? 2 : 0)],
  HSCH: [({ css }) => css.hsch(FIRST), (c) =>
    ((c & 31) === PENDING || c & (ALERT | PRIMARY | SECONDARY) ? 1 : c & (HALT | CLEAR) ? 2 : 0)],
  CSCH: [({ css }) => css.csch(FIRST), () => 0],
  XSCH: [({ css }) => css.xsch(FIRST), (c) => (c & 31 ? 1
    : (c & 0x7000) !== START || !(c & (START_PENDING | RESUME_PENDING | SUSPENDED)) ? 2 : 0)],
  TSCH: [({ css, at }) => css.tsch(FIRST, at(IRB)), (c) => (c & PENDING ? 0 : 1)],
};

describe.each(Object.entries(rules))("%s", (name, [run, wanted]) => {
  it("answers by function, activity and status, and changes nothing where it is refused", () => {
    const one = channelMachine();
    orb(one);
    one.ports.put(SCHIB, "0000000018810000".padEnd(104, "0"));
    for (const control of controls) {
      const before = inState(one, control);
      const cc = wanted(control);
      expect(run(one), `${name} ${control.toString(16)}`).toEqual({ cc });
      if (cc !== 0) expect(one.css.save().subchannels[0]).toEqual(before);
      one.css.csch(FIRST);
      one.css.tsch(FIRST, one.at(IRB));
    }
    for (const control of [0, START, PENDING]) {
      const before = inState(one, control, false);
      if (name !== "MSCH") expect(run(one)).toEqual({ cc: 3 });
      if (name !== "MSCH") expect(one.css.save().subchannels[0]).toEqual(before);
    }
  });
});

describe("what is left", () => {
  const after = (control: number, run: (one: Machine) => unknown) => {
    const one = channelMachine();
    inState(one, control);
    one.ports.interrupts.pendingIo.length = 0;
    if (control & PENDING) one.ports.interrupts.io(1, 0, 0, 0);
    run(one);
    const { scsw, pmcw, program } = one.css.save().subchannels[0]!;
    return { scsw, pmcw, program, interruptions: one.ports.interrupts.pendingIo.length };
  };

  it("by HALT SUBCHANNEL: device end unless it was suspended, the next CCW, one interruption", () => {
    for (const control of [0, START | ACTIVE, START | SUSPENDED, START | ACTIVE | INTERMEDIATE | PENDING]) {
      const { scsw, pmcw, program, interruptions } = after(control, ({ css }) => css.hsch(FIRST));
      expect(scsw).toEqual({ flags: 0x0081, control: HALT | PENDING, ccwAddress: 0x4000, count: 0,
        deviceStatus: control & SUSPENDED ? 0x0c : 0x04, subchannelStatus: 0 });
      expect([pmcw.lastPathUsed, program, interruptions]).toEqual([0x80, null, 1]);
    }
  });

  it("by CLEAR SUBCHANNEL: no status of before, all paths operational, one interruption", () => {
    for (const control of [0, START | ACTIVE, START | PRIMARY | PENDING]) {
      const { scsw, pmcw, program, interruptions } = after(control, ({ css }) => css.csch(FIRST));
      expect(scsw).toEqual({ flags: 0, control: CLEAR | PENDING, ccwAddress: 0x77, count: 0, deviceStatus: 0,
        subchannelStatus: 0 });
      expect([pmcw.lastPathUsed, pmcw.operationalPaths, program, interruptions])
        .toEqual([0x80, 0xff, null, 1]);
    }
  });

  it("by CANCEL SUBCHANNEL: an idle subchannel without an interruption", () => {
    for (const control of [START | START_PENDING, START | SUSPENDED]) {
      const { scsw, program, interruptions } = after(control, ({ css }) => css.xsch(FIRST));
      expect([scsw.control, scsw.deviceStatus, scsw.subchannelStatus, program, interruptions])
        .toEqual([0, 0, 0, null, 0]);
    }
  });

  it("by TEST SUBCHANNEL: functions and activity only after status that is not intermediate alone", () => {
    for (const status of Array.from({ length: 16 }, (_, bits) => bits << 1)) {
      const { scsw, interruptions } = after(START | ACTIVE | status | PENDING, ({ css, at }) =>
        css.tsch(FIRST, at(IRB)));
      const goesOn = status === INTERMEDIATE;
      expect([scsw.control, scsw.flags, interruptions])
        .toEqual(goesOn ? [START | ACTIVE, 0x0081, 0] : [0, 0x0080, 0]);
    }
  });
});

describe("operands", () => {
  it("a subsystem identification has its 1, an image only with the m bit, and names set 0 of that", () => {
    const { css, at } = channelMachine();
    for (let high = 0; high < 0x1_0000; high++) {
      const [image, isM, set, hasOne] = [high >> 8, (high & 8) !== 0, (high >> 1) & 3, (high & 1) !== 0];
      const isFormed = hasOne && (isM || image === 0);
      const isHere = set === 0 && (isM ? image === 0xfe : true);
      const outcome = css.stsch((BigInt(high) << 16n) | 0xffff_ffff_0000_0000n, at(SCHIB));
      const wanted = !isFormed ? OPERAND : { cc: isHere ? 0 : 3 };
      if (JSON.stringify(outcome) !== JSON.stringify(wanted)) expect([high, outcome]).toEqual([high, wanted]);
    }
    expect([1n, 2n].map((more) => css.stsch(FIRST + more, at(SCHIB)))).toEqual([{ cc: 0 }, { cc: 3 }]);
  });

  it("an ORB has no transport mode, no modified lists, no reserved bit and a program below 2 GiB", () => {
    const one = channelMachine();
    for (let bit = 0; bit < 96; bit++) {
      inState(one, 0);
      one.ports.put(ORB, "00000000" + "0080ff00" + "00004000");
      const [at, mask] = [ORB + (bit >> 3), 0x80 >> (bit & 7)];
      one.ports.memory.setU8(at, one.ports.memory.u8(at) | mask, "loader");
      // Bits of ORB words 1 and 2 that must be zero.
      const isRefused = bit === 45 || (bit >= 57 && bit <= 62) || bit === 64;
      const outcome = one.css.ssch(FIRST, one.at(ORB));
      expect(outcome, `bit ${bit}`).toEqual(isRefused ? OPERAND : { cc: 0 });
    }
    for (const [program, outcome] of [["7fffffff", { cc: 0 }], ["80000000", OPERAND]] as const) {
      inState(one, 0);
      one.ports.put(ORB, `000000000080ff00${program}`);
      expect(one.css.ssch(FIRST, one.at(ORB))).toEqual(outcome);
    }
  });

  it("a SCHIB has no reserved flag, not both limit modes, and no extended measurement", () => {
    const one = channelMachine();
    const ranges = [[32, 33], [38, 39], [192, 199], [203, 220], [222, 222]] as const;
    const isReserved = (bit: number): boolean => ranges.some(([first, last]) => bit >= first && bit <= last);
    for (let bit = 0; bit < 416; bit++) {
      inState(one, 0);
      one.ports.put(SCHIB, "00".repeat(52));
      one.ports.memory.setU8(SCHIB + (bit >> 3), 0x80 >> (bit & 7), "loader");
      const outcome = one.css.msch(FIRST, one.at(SCHIB));
      expect(outcome, `bit ${bit}`).toEqual(isReserved(bit) ? OPERAND : { cc: 0 });
    }
    for (const [flags, isGood] of [["0020", true], ["0040", true], ["0060", false]] as const) {
      inState(one, 0);
      one.ports.put(SCHIB, `00000000${flags}`.padEnd(104, "0"));
      expect(one.css.msch(FIRST, one.at(SCHIB))).toEqual(isGood ? { cc: 0 } : OPERAND);
    }
  });

  it("a measurement block of a subchannel's own is on a boundary of 64 bytes", () => {
    const one = channelMachine();
    for (let bit = 0; bit < 64; bit++)
      for (const format1 of [false, true]) {
        inState(one, 0);
        one.ports.put(SCHIB, "00".repeat(52));
        one.ports.put(SCHIB + 24, format1 ? "00000004" : "00000000");
        one.ports.memory.setU64(SCHIB + 40, 1n << BigInt(bit), "loader");
        const outcome = one.css.msch(FIRST, one.at(SCHIB));
        expect(outcome, `bit ${bit}`).toEqual(format1 && bit < 6 ? OPERAND : { cc: 0 });
      }
  });

  it("in storage are on a word", () => {
    for (let off = 0; off < 8; off++) {
      const one = channelMachine();
      const { css, at } = one;
      const outcomes = [css.ssch(FIRST, at(ORB + off)), css.msch(FIRST, at(SCHIB + off)),
        css.stsch(FIRST, at(SCHIB + off)), css.tsch(FIRST, at(IRB + off)), css.stcrw(at(0x700 + off))];
      const good = [3, 0, 0, 3, 1].map((cc) => ({ cc }));
      expect(outcomes, `${off}`).toEqual(off % 4 === 0 ? good : good.map(() => ({ program: 6 })));
    }
  });

  it("SAL, SCHM and RCHP refuse each bit that they have no meaning for", () => {
    for (let bit = 0; bit < 64; bit++) {
      const { css } = channelMachine();
      const value = 1n << BigInt(63 - bit);
      expect(css.sal(value), `SAL ${bit}`).toEqual(bit === 32 || bit >= 48 ? OPERAND : undefined);
      expect(css.schm(value, 0n), `SCHM ${bit}`).toEqual(bit >= 36 && bit <= 61 ? OPERAND : undefined);
      expect(css.schm(2n, value), `SCHM, area ${bit}`).toEqual(bit >= 59 ? OPERAND : undefined);
      expect(css.schm(0n, value)).toBeUndefined();
      const path = bit >= 56 ? { cc: 3 } : { cc: 0 };
      expect(css.rchp(value), `RCHP ${bit}`).toEqual(bit >= 32 && bit < 56 ? OPERAND : path);
    }
  });
});
