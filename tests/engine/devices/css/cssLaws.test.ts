import { describe, expect, it } from "vitest";
import { Prng } from "../../../../src/engine/base/prng.ts";
import { CCW, channelMachine, DATA, FIRST, IRB, ORB, word } from "./channelMachine.ts";

describe("laws", () => {
  it("hold for garbage: nothing throws, at most one interruption is pending, only owned storage changes", (
    ) => {
    const random = new Prng(7);
    const { ports, css, at, enable } = channelMachine();
    enable();
    const codes = [0x00, 0x01, 0x02, 0x03, 0x04, 0x08, 0x0b, 0xe4, 0x18];
    const address = () => random.pick([CCW, CCW + 8, DATA, DATA + 0x7fe, 0xf_fff8, 0x10_0000, 0x8000_0000,
      random.u32()]);
    for (let round = 0; round < 2500; round++) {
      for (let i = 0; i < 6; i++) {
        const ccw = CCW + 8 * i;
        ports.memory.setU8(ccw, random.pick(codes), "loader");
        ports.memory.setU8(ccw + 1, random.below(256) & random.below(256), "loader");
        ports.memory.setU16(ccw + 2, random.pick([0, 4, 8, 0x1000, 0xffff]), "loader");
        ports.memory.setU32(ccw + 4, address(), "loader");
      }
      ports.memory.setU32(ORB, random.u32(), "loader");
      ports.memory.setU16(ORB + 4, random.u32() & random.u32() & 0xffff, "loader");
      ports.memory.setU16(ORB + 6, random.pick([0xff00, 0xff80, random.u32() & 0xffff]), "loader");
      ports.memory.setU32(ORB + 8, random.below(4) === 0 ? address() : CCW + 8 * random.below(6), "loader");
      const r1 = random.pick([FIRST, FIRST, FIRST, FIRST + 1n, BigInt(random.u32())]);
      const act = random.below(10);
      ports.writes = [];
      const outcome = act < 4 ? css.ssch(r1, at(ORB)) : act < 7 ? css.tsch(r1, at(IRB)) : act === 7
        ? css.csch(r1)
        : act === 8 ? css.rsch(r1) : css.hsch(r1);
      expect("cc" in outcome ? [0, 1, 2, 3].includes(outcome.cc) : [5, 6, 0x15].includes(
        outcome.program)).toBe(true);
      expect(ports.writes.every((write) => write.writer === "css")).toBe(true);
      if (random.below(3) === 0) ports.time.advance(1_000_000n);
      expect(ports.interrupts.pendingIo.filter((entry) => entry.number === 0).length).toBeLessThanOrEqual(1);
      expect(ports.time.waiting).toBeLessThanOrEqual(2);
    }
  });

  it("hold for every instruction with garbage operands", () => {
    const random = new Prng(8);
    const { ports, css, at } = channelMachine();
    for (let round = 0; round < 1500; round++) {
      for (let i = 0; i < 64; i += 4) ports.memory.setU32(0x6000 + i, random.u32() & random.u32(), "loader");
      ports.memory.setU16(0x6000, random.pick([16, 32, 0x400, 4088, random.u32() & 0xffff]), "loader");
      ports.memory.setU16(0x6002, random.pick([2, 4, 0xe, 0x10, 0x31, random.u32() & 0xffff]), "loader");
      const operand = at(random.pick([0x6000, 0x6004, 0x6002, ports.memory.size - 16]));
      const r1 = random.pick([FIRST, FIRST + 1n, random.u64()]);
      css.msch(r1, operand);
      css.stsch(r1, operand);
      css.ssch(r1, operand);
      css.tsch(r1, operand);
      css.chsc(operand);
      css.stcrw(operand);
      css.rchp(r1);
      css.schm(r1, random.u64());
      css.sal(r1);
      css.notify(r1, random.u64());
    }
    css.reset();
    const once = css.save();
    css.reset();
    expect(css.save()).toEqual(once);
  });

  it("hold for state: saving changes nothing, and a loaded copy goes the same way", () => {
    const one = channelMachine();
    const two = channelMachine();
    one.enable();
    one.start("03400000" + word(0) + "01020002" + word(DATA), { flags: "0880" });
    one.css.rchp(0n);
    const saved = structuredClone(one.css.save());
    expect(one.css.save()).toEqual(saved);
    two.css.load(saved);
    expect(two.css.save()).toEqual(saved);
    for (const m of [one, two]) {
      m.ports.put(CCW, "03400000" + word(0) + "01000002" + word(DATA));
      m.test();
      expect(m.css.rsch(FIRST)).toEqual({ cc: 0 });
    }
    expect(two.css.save()).toEqual(one.css.save());
  });

  it("keep subchannels apart", () => {
    const { css, enable, start } = channelMachine();
    const before = css.save().subchannels[1];
    enable();
    start("e7200004" + word(DATA));
    css.csch(FIRST);
    expect(css.save().subchannels[1]).toEqual(before);
  });
});
