import { describe, expect, it } from "vitest";
import { Prng } from "../../../../src/engine/base/prng.ts";
import { ebcdicToLatin, latinToEbcdic } from "../../../../src/engine/devices/sclp/ebcdic.ts";
import { Sclp } from "../../../../src/engine/devices/sclp/sclp.ts";
import { RecordingPorts } from "../css/recordingPorts.ts";

const AT = 0x2_0000;
const ctx = { prefix: 0x8000 };
const command = { scpInfo: 0x0002_0001, forced: 0x0012_0001, cpuInfo: 0x0001_0001, mask: 0x0078_0005,
  write: 0x0076_0005, read: 0x0077_0005 } as const;
const text = (latin: string): Uint8Array => Uint8Array.from(latin, (c) => c.charCodeAt(0));
const hexOf = (bytes: Uint8Array): string => Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join(
  "");

function machine(config: { cpus?: number; memoryBytes?: number; lineMode?: boolean } = {}) {
  const ports = new RecordingPorts();
  const sclp = new Sclp(ports, { cpus: 2, memoryBytes: 512 << 20, ...config });
  const call = (code: number, address = AT) => sclp.serviceCall(code, address, ctx);
  const response = (address = AT) => ports.memory.u16(address + 6);
  /** Sets the event masks the guest receives and sends, eight bytes each. */
  const listen = (receive: bigint) => {
    ports.put(AT, "0030 00 000000 0000 0000 0008".concat(receive.toString(16).padStart(16, "0"), "00".repeat(
      24)));
    expect(call(command.mask)).toEqual({ cc: 0 });
    expect(response()).toBe(0x0020);
  };
  const readEvents = (length = 4096, control = "000000") => {
    ports.put(AT, length.toString(16).padStart(4, "0") + "00" + control + "0000");
    expect(call(command.read)).toEqual({ cc: 0 });
    return response();
  };
  return { ports, sclp, call, response, listen, readEvents };
}
const VT220 = 1n << 38n;
const OPERATOR = 1n << 63n;
const QUIESCE = 1n << 35n;

describe("SERVICE CALL", () => {
  it("refuses misplaced control blocks with the architected program interruption", () => {
    const { call, ports } = machine();
    for (const address of [0, 0x1ff8, 0x8000, 0x9ff8, AT + 4, 0x8000_0000, 2 ** 40, -8, Number.NaN, 1.5])
      expect(call(command.scpInfo, address), String(address)).toEqual({ program: 6 });
    expect(call(command.scpInfo, 0x7fff_fff8)).toEqual({ program: 5 });
    ports.put(0xf_fff8, "0010000000000000");
    expect(call(command.scpInfo, 0xf_fff8)).toEqual({ program: 5 });
    ports.put(AT, "0007000000000000");
    expect(call(command.scpInfo)).toEqual({ program: 6 });
    expect(ports.interrupts.services).toEqual([]);
  });

  it("answers unknown commands and frame crossings by response code, with one service signal each", () => {
    const { call, ports, response } = machine();
    ports.put(AT, "1000800000800000");
    expect(call(0x0099_0001)).toEqual({ cc: 0 });
    expect(response()).toBe(0x01f0);
    ports.put(AT + 0xff0, "0018000000000000");
    expect(call(command.scpInfo, AT + 0xff0)).toEqual({ cc: 0 });
    expect(response(AT + 0xff0)).toBe(0x0100);
    expect(ports.interrupts.services).toEqual([AT, AT + 0xff0]);
  });

  it("gives READ SCP INFO field by field", () => {
    const { call, ports } = machine();
    ports.put(AT, "1000800000800000");
    expect(call(command.forced)).toEqual({ cc: 0 });
    // Two CPUs, 512 increments of 1 MiB, CPU entries at 128, blank load parameter, highest CPU address at
    // 120.
    expect(ports.hex(AT, 64)).toBe(
      "1000800000800010" + "0200" + "01" + "0000000000" + "0002" + "0080" + "00000000" + "40".repeat(8)
      + "00".repeat(16) + "0c00000000000000" + "00".repeat(8));
    expect(ports.hex(AT + 64, 64)).toBe(
      "00".repeat(16) + "0000000000020000" + "00".repeat(8) + "0000002f" + "00".repeat(20) + "0001"
        + "00".repeat(6));
    expect(ports.hex(AT + 128, 32)).toBe("00".repeat(16) + "01" + "00".repeat(15));
  });

  it("says 64 GiB and more in the wide field, as increments of 1 MiB", () => {
    const { call, ports } = machine({ memoryBytes: 2 ** 36 });
    ports.put(AT, "1000800000800000");
    call(command.scpInfo);
    expect(ports.hex(AT + 8, 3)).toBe("000001");
    expect(ports.memory.u64(AT + 104)).toBe(65536n);
  });

  it("gives READ CPU INFO with the standby list behind the configured one", () => {
    const { call, ports } = machine();
    ports.put(AT, "1000800000800000");
    call(command.cpuInfo);
    expect(ports.hex(AT, 56)).toBe(
      "1000800000800010" + "0002001800000038" + "00".repeat(8) + "00".repeat(16) + "01" + "00".repeat(15));
  });

  it("refuses every READ INFO block that is one byte short, and takes the exact one", () => {
    for (const [code, exact] of [[command.scpInfo, 160], [command.cpuInfo, 56]] as const)
      for (const length of [8, exact - 1, exact]) {
        const { call, ports, response } = machine();
        ports.put(AT, length.toString(16).padStart(4, "0") + "000000000000");
        call(code);
        expect(response(), `${length}`).toBe(length === exact ? 0x0010 : 0x0300);
      }
  });

  it("fits every mask length", () => {
    for (const size of [1, 2, 4, 8, 16, 1021]) {
      const { call, ports, response } = machine();
      const length = 12 + 4 * size;
      ports.put(AT, length.toString(16).padStart(4, "0") + "000000000000" + "0000" + size.toString(
        16).padStart(4, "0"));
      call(command.mask);
      expect(response(), `${size}`).toBe(length <= 4096 ? 0x0020 : 0x0100);
      if (length > 4096) continue;
      const receive = "4080004000000000".slice(0, 2 * size).padEnd(2 * size, "0");
      const send = "8000004800000000".slice(0, 2 * size).padEnd(2 * size, "0");
      expect(ports.hex(AT + 12 + 2 * size, 2 * size)).toBe(receive + send);
    }
    const { call, ports, response } = machine();
    for (const [size, code] of [[0, 0x74f0], [1022, 0x74f0], [100, 0x72f0]] as const) {
      ports.put(AT, "0040000000000000" + "0000" + size.toString(16).padStart(4, "0"));
      call(command.mask);
      expect(response(), `${size}`).toBe(code);
    }
  });
});

describe("consoles", () => {
  it("show VT220 text and mark the event accepted", () => {
    const { call, ports, response } = machine();
    ports.put(AT, "0013000000000000" + "000b1a000000" + "4869210d0a");
    call(command.write);
    expect(response()).toBe(0x0020);
    expect(ports.console).toBe("Hi!\r\n");
    expect(ports.memory.u8(AT + 8 + 3)).toBe(0x80);
  });

  it("show the text objects of a message and skip the others", () => {
    const { call, ports, response } = machine();
    const line = hexOf(latinToEbcdic(text("Linux [1]")));
    // Header, event (type 2), message data block, general object (type 1), text object (type 4).
    const object = "0013" + "0004" + "1000" + "00" + "000000" + line;
    const general = "0004" + "0001";
    const mdb = "0023" + "0001" + "d4c4c240" + "00000001" + general + object;
    ports.put(AT, "0031" + "000000000000" + "0029" + "0200" + "0000" + mdb);
    call(command.write);
    expect(response()).toBe(0x0020);
    expect(ports.console).toBe("Linux [1]\r\n");
  });

  it("accept no event after the first that is refused", () => {
    const { call, ports, response } = machine();
    ports.put(AT, "001d000000000000" + "00071a00000041" + "0007198000004" + "2" + "00071a80000043");
    call(command.write);
    expect(response()).toBe(0x40f0);
    expect(ports.console).toBe("A");
    expect([11, 18, 25].map((offset) => ports.memory.u8(AT + offset))).toEqual([0x80, 0x80, 0x00]);
  });

  it("give typed bytes to VT220 in one or several reads, and nothing is lost or doubled", () => {
    const { ports, sclp, listen, readEvents } = machine();
    listen(VT220 | OPERATOR);
    const typed = "x".repeat(5000) + "end";
    sclp.consoleInput(text(typed));
    expect(ports.interrupts.services.at(-1)).toBe(1);
    let got = "";
    while (readEvents(256) === 0x0020) {
      const length = ports.memory.u16(AT + 8);
      expect(ports.memory.u8(AT + 10)).toBe(0x1a);
      expect(ports.memory.u8(AT + 14)).toBe(0);
      got += String.fromCharCode(...ports.memory.read(AT + 15, length - 7));
      expect(ports.interrupts.services.at(-1)).toBe(got.length < typed.length ? AT | 1 : AT);
    }
    expect(got).toBe(typed);
    expect(readEvents()).toBe(0x60f0);
  });

  it("give a typed line to the operator command when VT220 is not received", () => {
    const { ports, sclp, listen, readEvents } = machine();
    listen(OPERATOR);
    sclp.consoleInput(text("rooz\bt"));
    expect(readEvents()).toBe(0x60f0);
    sclp.consoleInput(text("\r"));
    expect(readEvents(4096, "000080")).toBe(0x0020);
    // Event of 26 bytes: MDS-MU 0x1310, CP-MSU 0x1212, text command 0x1320, subvectors 0x31 and 0x30.
    expect(ports.hex(AT + 8, 26)).toBe(
      "001a01000000" + "00141310" + "00101212" + "000c1320" + "0831" + "0630" + hexOf(latinToEbcdic(text(
        "root"))));
    expect(ports.memory.u16(AT)).toBe(8 + 26);
    expect(ports.memory.u8(AT + 5)).toBe(0);
  });

  it("keep an event that does not fit", () => {
    const { sclp, listen, readEvents } = machine();
    listen(OPERATOR);
    sclp.consoleInput(text("halt\n"));
    expect(readEvents(20)).toBe(0x75f0);
    expect(readEvents(34)).toBe(0x0020);
  });

  it("keep what is typed before the guest listens", () => {
    const { ports, sclp, listen } = machine();
    sclp.consoleInput(text("early"));
    expect(ports.interrupts.services).toEqual([]);
    listen(VT220);
    expect(ports.interrupts.services).toEqual([AT | 1]);
  });

  it("ask for a shutdown only where the guest listens", () => {
    const { ports, sclp, listen, readEvents } = machine();
    expect(sclp.signalQuiesce()).toBe(false);
    listen(QUIESCE);
    expect(ports.interrupts.services.at(-1)).toBe(AT);
    expect(sclp.signalQuiesce()).toBe(true);
    expect(ports.interrupts.services.at(-1)).toBe(1);
    expect(readEvents()).toBe(0x0020);
    expect(ports.hex(AT + 8, 10)).toBe("000a1d80000000000000");
  });

  it("read selectively only what the guest receives", () => {
    const { ports, sclp, listen, call, response } = machine();
    listen(VT220 | QUIESCE);
    sclp.consoleInput(text("a"));
    sclp.signalQuiesce();
    const select = (mask: bigint) => {
      ports.put(AT, "1000" + "01" + "000000" + "0000" + "000000000000" + mask.toString(16).padStart(16, "0"));
      call(command.read);
      return response();
    };
    expect(select(OPERATOR)).toBe(0x70f0);
    expect(select(QUIESCE)).toBe(0x0020);
    expect(ports.memory.u8(AT + 10)).toBe(0x1d);
    expect(select(QUIESCE)).toBe(0x60f0);
    expect(select(VT220)).toBe(0x0020);
  });

  it("map every character of the code page there and back", () => {
    const all = Uint8Array.from({ length: 256 }, (_, i) => i);
    expect(ebcdicToLatin(latinToEbcdic(all))).toEqual(all);
    expect(hexOf(latinToEbcdic(text("Aa0 [")))).toBe("c181f0404a");
  });
});

describe("laws", () => {
  it("hold for garbage: nothing throws and only the control block changes", () => {
    const random = new Prng(20);
    const { ports, sclp } = machine();
    const codes = [...Object.values(command), 0x0004_0001, 0x0012_3301, 0xffff_ffff];
    for (let round = 0; round < 2000; round++) {
      const address = random.pick([AT, AT + 0xf00, 0x3_0000 + 8 * random.below(0x600), random.u32(),
        0xf_f000]);
      const length = random.pick([random.below(64), random.below(4096), random.u32() & 0xffff]);
      const safe = ports.memory.contains(address, 64);
      if (safe) {
        for (let i = 0; i < 64; i += 4) ports.memory.setU32(address + i, random.u32(), "loader");
        ports.memory.setU16(address, length, "loader");
        if (random.below(2) === 0) ports.memory.setU8(address + 2, random.below(2), "loader");
        if (random.below(2) === 0) ports.memory.setU16(address + 8, random.below(80), "loader");
        if (random.below(2) === 0) ports.memory.setU8(address + 10, random.pick([1, 2, 9, 0x1a, 0x1d]),
          "loader");
        if (random.below(2) === 0) ports.memory.setU16(address + 14, random.below(40), "loader");
      }
      if (random.below(4) === 0) sclp.consoleInput(text("typed\n"));
      ports.writes = [];
      const outcome = sclp.serviceCall(random.pick(codes), address, ctx);
      if ("program" in outcome) {
        expect([5, 6]).toContain(outcome.program);
        expect(ports.writes).toEqual([]);
      } else {
        expect(outcome.cc).toBe(0);
        for (const write of ports.writes) {
          expect(write.writer).toBe("sclp");
          expect(write.address).toBeGreaterThanOrEqual(address);
          expect(write.address + write.length).toBeLessThanOrEqual(address + Math.max(8, length));
        }
      }
    }
  });

  it("hold for state: loading what was saved gives the same device, and saving changes nothing", () => {
    const { ports, sclp, listen, readEvents } = machine();
    listen(VT220 | QUIESCE);
    sclp.consoleInput(text("pending input"));
    sclp.signalQuiesce();
    const saved = structuredClone(sclp.save());
    expect(sclp.save()).toEqual(saved);
    const other = machine();
    for (let cycle = 0; cycle < 3; cycle++) other.sclp.load(structuredClone(other.sclp.save()));
    other.sclp.load(saved);
    expect(other.sclp.save()).toEqual(saved);
    expect(other.readEvents()).toBe(readEvents());
    expect(other.ports.hex(AT, 38)).toBe(ports.hex(AT, 38));
    expect(other.sclp.save()).toEqual(sclp.save());
    other.sclp.reset();
    const once = other.sclp.save();
    other.sclp.reset();
    expect(other.sclp.save()).toEqual(once);
  });
});
