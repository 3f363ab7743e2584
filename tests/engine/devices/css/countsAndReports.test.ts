/** Counted starts, channel reports, notifications, and the state of all of it (PoP, chapters 14 and 17). */
import { describe, expect, it } from "vitest";
import { CCW, channelMachine, enableByCall, FIRST, TestDevice, word } from "./channelMachine.ts";

const NOP = "03000000" + word(0), ENDLESS = "03400000" + word(0) + "08000000" + word(CCW);
const SUSPENDED = { flags: "0888" };
const SUBCHANNELS = 256;

describe("counting starts", () => {
  const MODE = 0x10, FORMAT_1 = 0x4;

  /** What the word at `at` becomes by `run`, with everything switched on that is not said otherwise. */
  function counted(run: (one: ReturnType<typeof channelMachine>) => void, { flags = 0x1881 | MODE,
    characteristics = 1, index = 0, area = 0x7000n, block = 0x7100n, measuring = 2n, before = 0, at = 0x7000,
  } = {}): number {
    const one = channelMachine();
    const { css, ports: { memory } } = one;
    const state = css.save();
    Object.assign(state.subchannels[0]!.pmcw, { flags, characteristics, measurementIndex: index });
    state.subchannels[0]!.measurementBlock = block;
    css.load(state);
    css.schm(measuring, area);
    memory.setU32(at, before, "loader");
    run(one);
    return memory.u32(at);
  }
  const startOne = ({ start }: ReturnType<typeof channelMachine>): unknown => start(NOP);

  it("is at the area's index in halfwords, or at the subchannel's own block in words, and wraps", () => {
    for (const index of [0, 1, 31, 255])
      expect(counted(startOne, { index, at: 0x7000 + 32 * index })).toBe(0x0001_0000);
    expect(counted(startOne, { before: 0xffff_1234 })).toBe(0x0000_1234);
    const own = { characteristics: FORMAT_1, at: 0x7100 };
    expect(counted(startOne, own)).toBe(1);
    expect(counted(startOne, { ...own, before: 0xffff_ffff })).toBe(0);
    expect(counted(startOne, { ...own, index: 5, before: 0xffff })).toBe(0x1_0000);
  });

  it("is of what starts or goes on, not of what is refused or another function", () => {
    expect(counted(({ css, start }) => { start("03020000" + word(0), SUSPENDED); css.rsch(FIRST); }))
      .toBe(0x0002_0000);
    expect(counted(({ css, start }) => { start(NOP); start(NOP); css.rsch(FIRST); css.hsch(FIRST); }))
      .toBe(0x0001_0000);
    expect(counted(({ css }) => { css.hsch(FIRST); css.csch(FIRST); css.rsch(FIRST); })).toBe(0);
  });

  it("is off where the guest did not switch it on, and never outside of storage", () => {
    expect(counted(startOne, { measuring: 0n })).toBe(0);
    expect(counted(startOne, { flags: 0x1881 })).toBe(0);
    expect(counted(startOne, { flags: 0x1881 | 0x08 })).toBe(0);
    const last = 0xf_fffc, own = { characteristics: FORMAT_1, at: last };
    expect(counted(startOne, { ...own, block: BigInt(last) })).toBe(1);
    for (const block of [BigInt(last) + 1n, 0x10_0000n, (1n << 53n) + 1n, (1n << 64n) - 4n])
      expect(counted(startOne, { ...own, block })).toBe(0);
    expect(counted(startOne, { area: 0xf_ffe0n, at: 0xf_ffe0 })).toBe(0x0001_0000);
    expect(counted(startOne, { area: 0xf_ffe0n, index: 1, at: 0xf_ffe0 })).toBe(0);
  });
});

describe("channel reports", () => {
  const LOST = 0x2000_0000, PATH = 0x0402_0000, CHAINED = 0x1000_0000;

  it("are kept up to 64 in order; the first that is kept after some were lost says so", () => {
    const { css, ports, at } = channelMachine();
    const next = (): number => {
      css.stcrw(at(0x700));
      return ports.memory.u32(0x700);
    };
    for (let count = 0; count < 66; count++) css.rchp(0n);
    expect([css.save().reportWords, ports.interrupts.channelReports]).toEqual([new Array(64).fill(PATH), 1]);
    expect(next()).toBe(PATH);
    css.rchp(0n);
    expect(next()).toBe(PATH);
    css.rchp(0n);
    for (let count = 0; count < 62; count++) expect(next()).toBe(PATH);
    expect([next(), next(), next(), css.stcrw(at(0x700))]).toEqual([PATH | LOST, PATH, 0, { cc: 1 }]);
    expect(css.stcrw(at(0x702))).toEqual({ program: 6 });
  });

  it("are two chained ones with several images, which the default has to be named as", () => {
    for (const isEnabled of [false, true])
      for (const image of [0, 1, 0xfd, 0xfe, 0xff]) {
        const one = channelMachine();
        const { css } = one;
        if (isEnabled) enableByCall(one, 0);
        const isGood = image === 0 || (isEnabled && image === 0xfe);
        expect(css.rchp(BigInt(image << 16))).toEqual(isGood ? { cc: 0 } : { program: 0x15 });
        const words = isEnabled ? [PATH | CHAINED, PATH | (image << 8)] : [PATH];
        expect(css.save().reportWords).toEqual(isGood ? words : []);
      }
  });
});

describe("a channel subsystem", () => {
  it("has at most 256 subchannels, as many as its state", () => {
    const { css } = channelMachine();
    while (css.save().subchannels.length < SUBCHANNELS) css.attach(9, new TestDevice());
    expect(() => css.attach(9, new TestDevice())).toThrow("256");
    const few = channelMachine();
    const before = few.css.save();
    expect([few.css.load(css.save()).ok, few.css.save()]).toEqual([false, before]);
  });

  it("passes a notification of up to 16 bits to a device that takes them", () => {
    const { css, device } = channelMachine();
    for (const [queue, isKnown] of [[0n, true], [1n, true], [2n, false], [0xffffn, false]] as const)
      expect(css.notify(FIRST, queue)).toBe(isKnown);
    for (const queue of [0x1_0000n, (1n << 64n) - 1n]) expect(css.notify(FIRST, queue)).toBe(false);
    expect(device.notified).toEqual([0, 1, 2, 0xffff]);
    const silent = new TestDevice();
    Object.assign(silent, { notify: undefined });
    css.attach(5, silent);
    expect(css.notify(FIRST + 2n, 0n)).toBe(false);
  });

  it("has its own copies of what is saved and loaded", () => {
    const { css, enable, start } = channelMachine();
    enable();
    start(ENDLESS);
    css.rchp(0n);
    const saved = css.save();
    const kept = structuredClone(saved);
    const spoil = (state: typeof saved): void => {
      const [first] = state.subchannels;
      first!.pmcw.flags ^= 0x3800;
      first!.scsw.count = 9;
      first!.sense.fill(5);
      first!.program!.next = 0;
      state.reportWords.length = 0;
    };
    spoil(saved);
    expect(css.save()).toEqual(kept);
    const given = structuredClone(kept);
    css.load(given);
    spoil(given);
    expect(css.save()).toEqual(kept);
  });
});
