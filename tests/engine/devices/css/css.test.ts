import { describe, expect, it } from "vitest";
import { CCW, channelMachine, FIRST, IRB, ORB, SCHIB, word } from "./channelMachine.ts";

describe("a fresh channel subsystem", () => {
  it("shows its subchannels, then says there are no more", () => {
    const { css, at, ports } = channelMachine();
    expect(css.stsch(FIRST, at(SCHIB))).toEqual({ cc: 0 });
    expect(ports.hex(SCHIB, 52)).toBe("0000000000010001800000800000ff80" + "00".repeat(36));
    expect(css.stsch(FIRST + 1n, at(SCHIB))).toEqual({ cc: 0 });
    expect(ports.hex(SCHIB + 6, 2)).toBe("0002");
    expect(css.stsch(FIRST + 2n, at(SCHIB))).toEqual({ cc: 3 });
    // Subchannel set 1 is empty, image 0xfe with the m bit is this one, others do not exist.
    expect(css.stsch(0x3_0000n, at(SCHIB))).toEqual({ cc: 3 });
    expect(css.stsch(0xfe09_0000n, at(SCHIB))).toEqual({ cc: 0 });
    expect(css.stsch(0x0109_0000n, at(SCHIB))).toEqual({ cc: 3 });
  });

  it("answers operand and specification exceptions in their order", () => {
    const { css, at, ports } = channelMachine();
    for (const bad of [0n, 0x0101_0000n]) {
      for (const r of [css.csch(bad), css.hsch(bad), css.xsch(bad), css.rsch(bad)]) expect(r).toEqual(
        { program: 0x15 });
      expect(css.stsch(bad, at(SCHIB))).toEqual({ program: 0x15 });
      expect(css.stsch(bad, at(SCHIB + 2))).toEqual({ program: 6 });
      expect(css.stsch(bad, at(ports.memory.size))).toEqual({ program: 5 });
      expect(css.tsch(bad, at(IRB + 2))).toEqual({ program: 0x15 });
    }
    // Transport mode, modified indirect lists, reserved bits, a program above 2 GiB.
    for (const hex of ["0084ff0000004000", "0080ff4000004000", "0080ff0200004000", "0080ff0080004000"]) {
      ports.put(ORB, "00000000" + hex);
      expect(css.ssch(FIRST, at(ORB)), hex).toEqual({ program: 0x15 });
    }
    ports.put(SCHIB, "00".repeat(52));
    ports.put(SCHIB + 4, "0701");
    expect(css.msch(FIRST, at(SCHIB))).toEqual({ program: 0x15 });
    expect(css.sal(0x8000_0000n)).toEqual({ program: 0x15 });
    expect(css.sal(0x7fff_0000n)).toBeUndefined();
    expect(css.schm(4n, 0n)).toEqual({ program: 0x15 });
    expect(css.schm(2n, 1n)).toEqual({ program: 0x15 });
    expect(css.rchp(0x100n)).toEqual({ program: 0x15 });
  });

  it("does nothing for a subchannel that is not enabled", () => {
    const { css, at, start, test } = channelMachine();
    expect(start("0300000000000000")).toEqual({ cc: 3 });
    expect(test()).toEqual({ cc: 3 });
    for (const r of [css.csch(FIRST), css.hsch(FIRST), css.xsch(FIRST), css.rsch(FIRST)]) expect(r).toEqual(
      { cc: 3 });
    expect(css.tsch(FIRST, at(0x10_0000))).toEqual({ program: 5 });
  });
});

describe("halt and clear on an idle subchannel", () => {
  it("leave status alone and one interruption", () => {
    const { ports, css, enable, start, test, scsw } = channelMachine();
    enable();
    start("03000000" + word(0));
    expect(css.hsch(FIRST)).toEqual({ cc: 1 });
    test();
    expect(css.hsch(FIRST)).toEqual({ cc: 0 });
    expect(css.hsch(FIRST)).toEqual({ cc: 1 });
    test();
    expect(scsw()).toBe("00802001" + word(CCW + 8) + "04000000");
    start("03000000" + word(0));
    // Clear takes the pending interruption and makes its own.
    expect(css.csch(FIRST)).toEqual({ cc: 0 });
    expect(ports.interrupts.pendingIo).toHaveLength(1);
    test();
    expect(scsw().slice(0, 8)).toBe("00001001");
    expect(ports.interrupts.pendingIo).toEqual([]);
  });
});

describe("TEST SUBCHANNEL", () => {
  it("keeps the status if the IRB cannot be stored", () => {
    const { css, at, ports, enable, start, test } = channelMachine();
    enable();
    start("03000000" + word(0));
    expect(css.tsch(FIRST, at(ports.memory.size - 4))).toEqual({ program: 5 });
    expect(ports.interrupts.pendingIo).toHaveLength(1);
    expect(test()).toEqual({ cc: 0 });
  });
});

describe("MODIFY SUBCHANNEL", () => {
  it("changes only what a program may change", () => {
    const { css, at, ports, device, start, test } = channelMachine();
    ports.put(SCHIB, "ff".repeat(52));
    ports.put(SCHIB + 4, "389c");
    ports.put(SCHIB + 24, "00000005");
    ports.put(SCHIB + 40, "ffffffffffffffc0");
    expect(css.msch(FIRST, at(SCHIB))).toEqual({ cc: 0 });
    css.stsch(FIRST, at(SCHIB));
    expect(ports.hex(SCHIB, 28)).toBe("ffffffff" + "389d" + "0001" + "ff00" + "0080" + "ffff" + "ff80"
      + "00".repeat(8) + "00000005");
    expect(css.msch(FIRST, at(SCHIB))).toEqual({ cc: 0 });
    start("03000000" + word(0));
    expect(css.msch(FIRST, at(SCHIB))).toEqual({ cc: 1 });
    test();
    start("03020000" + word(0), { flags: "0888" });
    expect(css.msch(FIRST, at(SCHIB))).toEqual({ cc: 2 });
    css.xsch(FIRST);
    ports.put(SCHIB + 4, "0001");
    css.msch(FIRST, at(SCHIB));
    expect(device.disables).toBe(1);
    css.msch(FIRST, at(SCHIB));
    expect(device.disables).toBe(1);
  });
});

describe("CHANNEL SUBSYSTEM CALL", () => {
  const BLOCK = 0x6000;
  const call = (m: ReturnType<typeof channelMachine>, request: string, bytes: number): string => {
    m.ports.put(BLOCK, request.padEnd(32, "0"));
    expect(m.css.chsc(m.at(BLOCK))).toEqual({ cc: 0 });
    return m.ports.hex(BLOCK + parseInt(request.slice(0, 4), 16), bytes);
  };

  it("answers what a Linux 6.1 boot asks", () => {
    const m = channelMachine();
    expect(call(m, "00200033", 8)).toBe("0008000400000000");
    const characteristics = call(m, "00100010", 4080);
    expect(characteristics.slice(0, 48)).toBe("0ff0000100000000" + "03000000000790000000000000080000");
    expect(characteristics.slice(4096, 4128)).toBe("40000000000000000000000000040000");
    // Nothing else is set.
    expect(characteristics.replaceAll("0", "")).toBe("ff1379844");
    expect(call(m, "0400003100000002", 8)).toBe("0008000100000000");
    expect(call(m, "00200034", 8)).toBe("0008000400000000");
    expect(call(m, "00100002" + "00000000" + "000000ff", 16)).toBe("0010000100000000" + "8000320000000000");
    expect(call(m, "00100002" + "10000000" + "000000ff", 8)).toBe("0028000100000001");
    expect(call(m, "00100004", 8)).toBe("0008000400000000");
    expect(call(m, "0020004c", 8)).toBe("0008000400000000");
    expect(call(m, "0010000e", 8)).toBe("0008000500000000");
  });

  it("refuses malformed requests", () => {
    const m = channelMachine();
    for (const length of ["0008", "000f", "0011", "0ffc", "1000", "ffff"]) {
      m.ports.put(BLOCK, length + "0010" + "00".repeat(12));
      expect(m.css.chsc(m.at(BLOCK)), length).toEqual({ program: 0x15 });
    }
    expect(m.css.chsc(m.at(BLOCK + 8))).toEqual({ program: 6 });
    expect(m.css.chsc(m.at(m.ports.memory.size))).toEqual({ program: 5 });
    expect(call(m, "00180010", 8)).toBe("0008000300000000");
    expect(call(m, "00100010" + "00010000", 8)).toBe("0008000700000000");
    expect(call(m, "00100010" + "00000100", 8)).toBe("0008000800000000");
    expect(call(m, "00100002" + "000000ff" + "00000001", 8)).toBe("0008000300000000");
    expect(call(m, "0400003100000005", 8)).toBe("0008000300000000");
  });

  it("changes the subchannel identification once several images are enabled", () => {
    const m = channelMachine();
    m.enable();
    call(m, "0400003100000000", 8);
    m.start("03000000" + word(0));
    expect(m.ports.interrupts.pendingIo[0]!.id).toBe(0xfe09);
    m.test();
    expect(m.ports.interrupts.pendingIo).toEqual([]);
  });
});

describe("channel reports", () => {
  it("come one machine check at a time until zeros were stored", () => {
    const { css, at, ports } = channelMachine();
    expect(css.rchp(1n)).toEqual({ cc: 3 });
    expect(css.rchp(0n)).toEqual({ cc: 0 });
    expect(css.rchp(0n)).toEqual({ cc: 0 });
    expect(ports.interrupts.channelReports).toBe(1);
    expect(css.stcrw(at(ports.memory.size))).toEqual({ program: 5 });
    const stored = [0, 1, 2].map(() => [css.stcrw(at(0x700)), ports.hex(0x700, 4)]);
    expect(stored).toEqual([[{ cc: 0 }, "04020000"], [{ cc: 0 }, "04020000"], [{ cc: 1 }, "00000000"]]);
    css.rchp(0n);
    expect(ports.interrupts.channelReports).toBe(2);
    for (let i = 0; i < 200; i++) css.rchp(0n);
    expect(css.save().reportWords.length).toBeLessThanOrEqual(64);
  });
});

describe("measurement and notification", () => {
  it("count starts where the guest says, inside RAM only", () => {
    const { css, at, ports, enable, start, test } = channelMachine();
    enable();
    css.stsch(FIRST, at(SCHIB));
    ports.memory.setU16(SCHIB + 4, ports.memory.u16(SCHIB + 4) | 0x10, "loader");
    ports.memory.setU16(SCHIB + 12, 2, "loader");
    css.msch(FIRST, at(SCHIB));
    css.schm(2n, 0x7000n);
    start("03000000" + word(0));
    test();
    expect(ports.hex(0x7040, 4)).toBe("00010000");
    css.schm(2n, 0xffff_ffff_ffff_ffe0n);
    start("03000000" + word(0));
    test();
    expect(ports.hex(0x7040, 4)).toBe("00010000");
    // A block of the subchannel's own: in RAM, behind it.
    for (const block of [0x7080n, 0x10_0000n]) {
      ports.put(SCHIB + 24, "00000004");
      ports.memory.setU64(SCHIB + 40, block, "loader");
      css.msch(FIRST, at(SCHIB));
      start("03000000" + word(0));
      test();
    }
    expect(ports.hex(0x7080, 4)).toBe("00000001");
  });

  it("reach the device by subsystem identification", () => {
    const { css, device } = channelMachine();
    expect(css.notify(FIRST, 1n)).toBe(true);
    expect(css.notify(FIRST, 2n)).toBe(false);
    expect(css.notify(FIRST, 1n << 40n)).toBe(false);
    expect(css.notify(FIRST + 7n, 0n)).toBe(false);
    expect(css.notify(0n, 0n)).toBe(false);
    expect(device.notified).toEqual([1, 2]);
  });
});
