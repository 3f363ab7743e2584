import { describe, expect, it } from "vitest";
import { Prng } from "../../../../src/engine/base/prng.ts";
import type { CcwDevice, ChannelData } from "../../../../src/engine/devices/css/ccwDevice.ts";
import { ChannelSubsystem } from "../../../../src/engine/devices/css/css.ts";
import { absoluteOperand, type StorageOperand } from "../../../../src/engine/devices/css/operand.ts";
import { RecordingPorts } from "./recordingPorts.ts";

const ORB = 0x1000;
const IRB = 0x2000;
const SCHIB = 0x3000;
const CCW = 0x4000;
const DATA = 0x8000;
const FIRST = 0x1_0000n;

/**
 * Reads 0x02: stores 1, 2, 3, … for the whole count. Writes 0x01: keeps what it got. 0x0b ends without data.
 */
class TestDevice implements CcwDevice {
  readonly identity = { controlUnitType: 0x3832, controlUnitModel: 3, deviceType: 0, deviceModel: 0 };
  written: number[] = [];
  limit = Number.POSITIVE_INFINITY;
  disables = 0;
  notified: number[] = [];
  command(code: number, data: ChannelData): "done" | "immediate" | "reject" {
    const length = Math.min(this.limit, data.length);
    if (code === 0x02) data.write(0, Uint8Array.from({ length }, (_, i) => i + 1));
    else if (code === 0x01) this.written = [...(data.read(0, length) ?? [])];
    else if (code === 0x0b) return "immediate";
    else return "reject";
    return "done";
  }
  disabled(): void {
    this.disables++;
  }
  reset(): void {
    this.written = [];
  }
  notify(queue: number): boolean {
    this.notified.push(queue);
    return queue < 2;
  }
}

function machine(memoryBytes?: number) {
  const ports = new RecordingPorts(memoryBytes);
  const css = new ChannelSubsystem(ports);
  const device = new TestDevice();
  css.attach(0x0001, device);
  css.attach(0x0002, new TestDevice());
  const at = (address: number): StorageOperand => absoluteOperand(ports.memory, address);
  /** Enables subchannel 0 with subclass 3 and concurrent sense. */
  const enable = () => {
    css.stsch(FIRST, at(SCHIB));
    ports.put(SCHIB + 4, "1881");
    ports.memory.setU8(SCHIB + 27, 0x01, "loader");
    expect(css.msch(FIRST, at(SCHIB))).toEqual({ cc: 0 });
  };
  const start = (ccws: string, { flags = "0080", control = "00", cpa = CCW } = {}) => {
    ports.put(cpa, ccws);
    ports.put(ORB, "11223344" + flags + "ff" + control + cpa.toString(16).padStart(8, "0"));
    return css.ssch(FIRST, at(ORB));
  };
  const test = () => css.tsch(FIRST, at(IRB));
  const scsw = () => ports.hex(IRB, 12);
  return { ports, css, device, at, enable, start, test, scsw };
}
const word = (n: number): string => n.toString(16).padStart(8, "0");

describe("a fresh channel subsystem", () => {
  it("shows its subchannels, then says there are no more", () => {
    const { css, at, ports } = machine();
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
    const { css, at, ports } = machine();
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
    const { css, at, start, test } = machine();
    expect(start("0300000000000000")).toEqual({ cc: 3 });
    expect(test()).toEqual({ cc: 3 });
    for (const r of [css.csch(FIRST), css.hsch(FIRST), css.xsch(FIRST), css.rsch(FIRST)]) expect(r).toEqual(
      { cc: 3 });
    expect(css.tsch(FIRST, at(0x10_0000))).toEqual({ program: 5 });
  });
});

describe("status after a channel program", () => {
  it("is that of SENSE ID with a longer count and suppressed length", () => {
    const { ports, enable, start, test, scsw } = machine();
    enable();
    expect(start("e4200040" + word(DATA))).toEqual({ cc: 0 });
    expect(ports.interrupts.pendingIo).toEqual([{ id: 1, number: 0, parameter: 0x11223344,
      word: 0x1800_0000 }]);
    expect(ports.hex(DATA, 8)).toBe("ff38320300000000");
    expect(test()).toEqual({ cc: 0 });
    expect(scsw()).toBe("00804007" + word(CCW + 8) + "0c000039");
    expect(ports.hex(IRB + 12, 52)).toBe("00800000" + "00".repeat(48));
    expect(ports.interrupts.pendingIo).toEqual([]);
    expect(test()).toEqual({ cc: 1 });
    expect(ports.memory.u16(IRB + 2)).toBe(0);
  });

  it("is a unit check with concurrent sense for a command the device does not know", () => {
    const { ports, enable, start, test, scsw } = machine();
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
    const { enable, start, test, scsw } = machine();
    enable();
    start(ccw);
    test();
    expect(scsw().slice(0, 16)).toBe("00804017" + word(CCW + 8));
    expect(scsw().slice(16, 20)).toBe("0020");
  });

  it("names incorrect length by residual count, SLI and data chaining", () => {
    const { device, enable, start, test, scsw } = machine();
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
    const { css, at, ports, enable, test, scsw } = machine();
    enable();
    ports.put(ORB, "00000007" + "0080" + "7f" + "00" + word(CCW));
    expect(css.ssch(FIRST, at(ORB))).toEqual({ cc: 0 });
    test();
    expect(scsw()).toBe("0380" + "4411" + "0000000000000000");
  });
});

describe("channel programs", () => {
  it("move data through data chaining and both kinds of indirect lists", () => {
    const { ports, device, enable, start, test, scsw } = machine();
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
    const { ports, enable, start, test, scsw } = machine();
    enable();
    start("02008000" + "40000002" + "01008000" + "00000002", { flags: "0000" });
    test();
    expect(scsw()).toBe("00004007" + word(CCW + 16) + "0c000000");
    expect(ports.hex(DATA, 2)).toBe("0102");
  });

  it("suspend, and go on when resumed with the flag off", () => {
    const { ports, css, device, enable, start, test, scsw } = machine();
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
    const { ports, css, enable, start } = machine();
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
    const { ports, enable, start, test, scsw } = machine();
    enable();
    start("03480000" + word(0) + "03000000" + word(0));
    expect(ports.interrupts.pendingIo).toHaveLength(1);
    test();
    expect(scsw()).toBe("0080400f" + word(CCW + 16) + "0c800000");
  });

  it("that chain to themselves stay active, let time pass, and can be halted or cleared", () => {
    for (const end of ["hsch", "csch"] as const) {
      const { ports, css, enable, start, test, scsw } = machine();
      enable();
      expect(start("03400000" + word(0) + "08000000" + word(CCW))).toEqual({ cc: 0 });
      expect(ports.interrupts.pendingIo).toEqual([]);
      expect(test()).toEqual({ cc: 1 });
      expect(scsw().slice(0, 8)).toBe("008040c0");
      ports.time.advance(10_000_000n);
      expect(start("03400000" + word(0))).toEqual({ cc: 2 });
      const saved = structuredClone(css.save());
      const other = machine();
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

describe("halt and clear on an idle subchannel", () => {
  it("leave status alone and one interruption", () => {
    const { ports, css, enable, start, test, scsw } = machine();
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
    const { css, at, ports, enable, start, test } = machine();
    enable();
    start("03000000" + word(0));
    expect(css.tsch(FIRST, at(ports.memory.size - 4))).toEqual({ program: 5 });
    expect(ports.interrupts.pendingIo).toHaveLength(1);
    expect(test()).toEqual({ cc: 0 });
  });
});

describe("MODIFY SUBCHANNEL", () => {
  it("changes only what a program may change", () => {
    const { css, at, ports, device, start, test } = machine();
    ports.put(SCHIB, "ff".repeat(52));
    ports.put(SCHIB + 4, "389c");
    ports.put(SCHIB + 24, "00000005");
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
  const call = (m: ReturnType<typeof machine>, request: string, bytes: number): string => {
    m.ports.put(BLOCK, request.padEnd(32, "0"));
    expect(m.css.chsc(m.at(BLOCK))).toEqual({ cc: 0 });
    return m.ports.hex(BLOCK + parseInt(request.slice(0, 4), 16), bytes);
  };

  it("answers what a Linux 6.1 boot asks", () => {
    const m = machine();
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
    const m = machine();
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
    const m = machine();
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
    const { css, at, ports } = machine();
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
    const { css, at, ports, enable, start, test } = machine();
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
    // A block of the subchannel's own: in RAM, half in RAM.
    for (const block of [0x7080n, 0xf_fffen]) {
      ports.put(SCHIB + 24, "00000004");
      ports.memory.setU64(SCHIB + 40, block, "loader");
      css.msch(FIRST, at(SCHIB));
      start("03000000" + word(0));
      test();
    }
    expect(ports.hex(0x7080, 4)).toBe("00000001");
    expect(ports.hex(0xf_fffe, 2)).toBe("0000");
  });

  it("reach the device by subsystem identification", () => {
    const { css, device } = machine();
    expect(css.notify(FIRST, 1n)).toBe(true);
    expect(css.notify(FIRST, 2n)).toBe(false);
    expect(css.notify(FIRST, 1n << 40n)).toBe(false);
    expect(css.notify(FIRST + 7n, 0n)).toBe(false);
    expect(css.notify(0n, 0n)).toBe(false);
    expect(device.notified).toEqual([1, 2]);
  });
});

describe("laws", () => {
  it("hold for garbage: nothing throws, at most one interruption is pending, only owned storage changes", (
    ) => {
    const random = new Prng(7);
    const { ports, css, at, enable } = machine();
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
    const { ports, css, at } = machine();
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
    const one = machine();
    const two = machine();
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
    const { css, enable, start } = machine();
    const before = css.save().subchannels[1];
    enable();
    start("e7200004" + word(DATA));
    css.csch(FIRST);
    expect(css.save().subchannels[1]).toEqual(before);
  });
});
