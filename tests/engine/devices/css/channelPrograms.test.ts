import { describe, expect, it } from "vitest";
import { CCW, channelMachine, DATA, FIRST, IRB, ORB, word } from "./channelMachine.ts";

describe("status after a channel program", () => {
  it("is that of SENSE ID", () => {
    const { ports, enable, start, test, scsw } = channelMachine();
    enable();
    expect(start("e4200040" + word(DATA))).toEqual({ cc: 0 });
    expect(ports.interrupts.pendingIo).toEqual([{ id: 1, number: 0, parameter: 0x11223344,
      word: 0x1800_0000 }]);
    expect(ports.hex(DATA, 8)).toBe("ff38320300000000");
    expect(test()).toEqual({ cc: 0 });
    expect(scsw()).toBe("00804007" + word(CCW + 8) + "0c000000");
    expect(ports.hex(IRB + 12, 52)).toBe("00800000" + "00".repeat(48));
    expect(ports.interrupts.pendingIo).toEqual([]);
    expect(test()).toEqual({ cc: 1 });
    expect(ports.memory.u16(IRB + 2)).toBe(0);
  });

  it("is a unit check with concurrent sense for a command the device does not know", () => {
    const { ports, enable, start, test, scsw } = channelMachine();
    enable();
    start("e7200004" + word(DATA));
    test();
    expect(scsw()).toBe("04824017" + word(CCW + 8) + "02000004");
    expect(ports.hex(IRB + 12, 52)).toBe("00800000" + "01200000" + "00".repeat(12) + "80" + "00".repeat(31));
    // The sense bytes went with the IRB.
    start("04200020" + word(DATA));
    expect(ports.hex(DATA, 32)).toBe("00".repeat(32));
  });

  it.each([
    ["an invalid command", "00200004" + word(DATA)], ["a misspelt transfer in channel", "18000000" + word(
      CCW)],
    ["a transfer in channel to begin with", "08000000" + word(CCW)], ["a modified indirect list", "02010004"
      + word(DATA)],
    ["an unaligned indirect list", "02040004" + word(DATA + 2)], ["data behind the end", "02000004" + word(
      0xf_fffe)],
    ["data above 2 GiB", "02000004" + "80000000"], ["no count with data chaining", "02800000" + word(DATA)],
    ["suspension that the ORB does not allow", "02020004" + word(DATA)],
  ])("is a program check for %s", (_, ccw) => {
    const { enable, start, test, scsw } = channelMachine();
    enable();
    start(ccw);
    test();
    expect(scsw().slice(0, 16)).toBe("00804017" + word(CCW + 8));
    expect(scsw().slice(16, 20)).toBe("0020");
  });

  it("names incorrect length by residual count, SLI and data chaining", () => {
    const { device, enable, start, test, scsw } = channelMachine();
    enable();
    device.limit = 4;
    for (const [flags, status] of [["00", "40"], ["20", "00"]] as const) {
      start("02" + flags + "0006" + word(DATA));
      test();
      expect(scsw().slice(16)).toBe("0c" + status + "0002");
    }
    // The CCW in control chains data: SLI does not count.
    start("02a00006" + word(DATA) + "00200002" + word(DATA + 0x100));
    test();
    expect(scsw().slice(16)).toBe("0c400002");
  });

  it("reports a deferred condition code 3 where no path is left", () => {
    const { css, at, ports, enable, test, scsw } = channelMachine();
    enable();
    ports.put(ORB, "00000007" + "0080" + "7f" + "00" + word(CCW));
    expect(css.ssch(FIRST, at(ORB))).toEqual({ cc: 0 });
    test();
    expect(scsw()).toBe("0380" + "4411" + "0000000000000000");
  });
});

describe("channel programs", () => {
  it("move data through data chaining and both kinds of indirect lists", () => {
    const { ports, device, enable, start, test, scsw } = channelMachine();
    enable();
    ports.put(CCW + 0x20, "00900002" + word(DATA + 0x10) + "00000004" + word(DATA + 0x20));
    start("02800003" + word(DATA) + "08000000" + word(CCW + 0x20));
    test();
    // Three bytes, two skipped, four.
    expect(ports.hex(DATA, 0x24)).toBe("010203" + "00".repeat(0x1d) + "06070809");
    // Format 1: 2 KiB blocks; the second begins on a boundary.
    ports.put(0x5000, word(0x87fe) + word(0x9000));
    start("02040004" + word(0x5000));
    test();
    expect(ports.hex(0x87fe, 2) + ports.hex(0x9000, 2)).toBe("01020304");
    // A later block that does not begin on a boundary, and one that is not in RAM.
    for (const second of [0x9004, 0x10_0000]) {
      ports.put(0x5000, word(0x87fe) + word(second));
      start("02040004" + word(0x5000));
      test();
      expect(scsw().slice(16)).toBe("00200004");
    }
    // Format 2, 4 KiB blocks.
    ports.put(0x5000, "0000000000008ffd" + "000000000000a000");
    ports.put(0x8ffd, "aabbcc");
    ports.put(0xa000, "dd");
    start("01040004" + word(0x5000), { flags: "0082" });
    test();
    expect(device.written).toEqual([0xaa, 0xbb, 0xcc, 0xdd]);
  });

  it("run in format 0 below 16 MiB", () => {
    const { ports, enable, start, test, scsw } = channelMachine();
    enable();
    start("02008000" + "40000002" + "01008000" + "00000002", { flags: "0000" });
    test();
    expect(scsw()).toBe("00004007" + word(CCW + 16) + "0c000000");
    expect(ports.hex(DATA, 2)).toBe("0102");
  });

  it("suspend, and go on when resumed with the flag off", () => {
    const { ports, css, device, enable, start, test, scsw } = channelMachine();
    enable();
    ports.put(DATA, "c1c2");
    expect(start("03400000" + word(0) + "01020002" + word(DATA), { flags: "0880" })).toEqual({ cc: 0 });
    expect(ports.interrupts.pendingIo).toHaveLength(1);
    expect(css.rsch(FIRST)).toEqual({ cc: 1 });
    test();
    expect(scsw().slice(0, 16)).toBe("08804029" + word(CCW + 8));
    expect(css.rsch(FIRST)).toEqual({ cc: 0 });
    // The flag was still on: suspended again.
    test();
    ports.memory.setU8(CCW + 9, 0, "loader");
    expect(css.rsch(FIRST)).toEqual({ cc: 0 });
    expect(device.written).toEqual([0xc1, 0xc2]);
    test();
    expect(scsw()).toBe("08804007" + word(CCW + 16) + "0c000000");
    expect(css.rsch(FIRST)).toEqual({ cc: 2 });
  });

  it("can be cancelled while suspended without interruption", () => {
    const { ports, css, enable, start } = channelMachine();
    enable();
    start("03020000" + word(0), { flags: "0888" });
    expect(ports.interrupts.pendingIo).toEqual([]);
    expect(start("03000000" + word(0))).toEqual({ cc: 2 });
    expect(css.xsch(FIRST)).toEqual({ cc: 0 });
    expect(css.xsch(FIRST)).toEqual({ cc: 2 });
    expect(start("03000000" + word(0))).toEqual({ cc: 0 });
    expect(css.xsch(FIRST)).toEqual({ cc: 1 });
  });

  it("combine a program-controlled interruption with the final status", () => {
    const { ports, enable, start, test, scsw } = channelMachine();
    enable();
    start("03480000" + word(0) + "03000000" + word(0));
    expect(ports.interrupts.pendingIo).toHaveLength(1);
    test();
    expect(scsw()).toBe("0080400f" + word(CCW + 16) + "0c800000");
  });

  it("that chain to themselves stay active, let time pass, and can be halted or cleared", () => {
    for (const end of ["hsch", "csch"] as const) {
      const { ports, css, enable, start, test, scsw } = channelMachine();
      enable();
      expect(start("03400000" + word(0) + "08000000" + word(CCW))).toEqual({ cc: 0 });
      expect(ports.interrupts.pendingIo).toEqual([]);
      expect(test()).toEqual({ cc: 1 });
      expect(scsw().slice(0, 8)).toBe("008040c0");
      ports.time.advance(10_000_000n);
      expect(start("03400000" + word(0))).toEqual({ cc: 2 });
      const saved = structuredClone(css.save());
      const other = channelMachine();
      other.css.load(saved);
      expect(other.css.save()).toEqual(saved);
      expect(other.ports.time.waiting).toBe(1);
      expect(css[end](FIRST)).toEqual({ cc: 0 });
      expect(ports.time.waiting).toBe(0);
      expect(ports.interrupts.pendingIo).toHaveLength(1);
      expect(test()).toEqual({ cc: 0 });
      expect(scsw().slice(4, 8)).toBe(end === "hsch" ? "2001" : "1001");
      expect(start("03000000" + word(0))).toEqual({ cc: 0 });
    }
  });
});
