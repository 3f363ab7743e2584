/** What a subchannel keeps, shows and counts, field by field and bit by bit (PoP, chapters 14 to 16). */
import { describe, expect, it } from "vitest";
import {
  decodeOrb, decodeSchib, encodeSchib, type Pmcw,
} from "../../../../src/engine/devices/css/channelLayouts.ts";
import { encodeInterruptionResponse } from "../../../../src/engine/devices/css/interruptionResponse.ts";
import { absoluteOperand } from "../../../../src/engine/devices/css/operand.ts";
import { GuestMemory } from "../../../../src/engine/memory/guestMemory.ts";
import {
  CCW, channelMachine, DATA, enableByCall, FIRST, IRB, ORB, SCHIB, TestDevice, word,
} from "./channelMachine.ts";

const NOP = "03000000" + word(0), ENDLESS = "03400000" + word(0) + "08000000" + word(CCW);
const SUSPENDED = { flags: "0888" };
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

describe("the blocks", () => {
  const pmcw: Pmcw = {
    interruptionParameter: 0x01020304, flags: 0x0506, deviceNumber: 0x0708, logicalPaths: 0x09,
    lastPathUsed: 0x0a, measurementIndex: 0x0b0c, operationalPaths: 0x0d, characteristics: 0x0e0f1011,
  };
  const scsw = { flags: 0x1213, control: 0x1415, ccwAddress: 0x16171819, deviceStatus: 0x1a,
    subchannelStatus: 0x1b, count: 0x1c1d };

  it("have each field at its place", () => {
    const schib = encodeSchib(pmcw, scsw, 0x1e1f_2021_2223_2425n);
    expect(hex(schib)).toBe("0102030405060708" + "09000a800b0c0d80" + "00".repeat(8) + "0e0f1011"
      + "1213141516171819" + "1a1b1c1d" + "1e1f202122232425" + "00000000");
    expect(decodeSchib(schib)).toEqual({ pmcw, measurementBlock: 0x1e1f_2021_2223_2425n });
    // A block inside of other bytes.
    const around = Uint8Array.from([9, ...schib]).subarray(1);
    expect(decodeSchib(around)).toEqual({ pmcw, measurementBlock: 0x1e1f_2021_2223_2425n });
    expect(decodeOrb(Uint8Array.from({ length: 12 }, (_, at) => at + 1))).toEqual({
      interruptionParameter: 0x01020304, flags: 0x0506, pathMask: 7, control: 8, programAddress: 0x090a0b0c,
    });
  });

  it("of a response have a logout for errors that are logged, and sense where it is due", () => {
    const sense = Uint8Array.from({ length: 32 }, (_, at) => at + 1);
    for (let bit = 0; bit < 8; bit++) {
      const one = { ...scsw, flags: 0, subchannelStatus: 1 << bit };
      const isLogged = [1, 2, 3].includes(bit);
      const head = (flags: string): string =>
        `${flags}1415161718191a${(1 << bit).toString(16).padStart(2, "0")}1c1d`;
      const word0 = isLogged ? "04804000" : "00800000";
      expect(hex(encodeInterruptionResponse(one))).toBe(head("0000") + "00".repeat(52));
      expect(hex(encodeInterruptionResponse(one, {})))
        .toBe(head(isLogged ? "0400" : "0000") + word0 + "00".repeat(48));
      expect(hex(encodeInterruptionResponse(one, { sense })))
        .toBe(head("0402") + word0 + "01200000" + "00".repeat(12) + hex(sense));
      expect(one.flags).toBe(0);
    }
  });
});

describe("an operand", () => {
  it("is fetched and stored where all of it lies in storage, else nothing of it", () => {
    const memory = GuestMemory.standalone(0x1000);
    for (const [address, offset, length, isGood] of [[0xff0, 0, 16, true], [0xff0, 8, 8, true],
      [0xff0, 8, 9, false], [0xff8, 8, 1, false], [0x1000, 0, 4, false], [0, 0xffc, 4, true]] as const) {
      const operand = absoluteOperand(memory, address);
      memory.fill(0, 0x1000, 7, "loader");
      const refused = isGood ? undefined : { program: 5 };
      expect(operand.address).toBe(BigInt(address));
      expect(operand.mayStore(offset, length)).toEqual(refused);
      expect(operand.fetch(offset, length)).toEqual(refused ?? new Uint8Array(length).fill(7));
      expect(operand.store(offset, new Uint8Array(length).fill(9))).toEqual(refused);
      const wanted = Array.from({ length: 0x1000 }, (_, at) =>
        (isGood && at >= address + offset && at < address + offset + length ? 9 : 7));
      expect([...memory.read(0, 0x1000)]).toEqual(wanted);
    }
  });
});

describe("a start", () => {
  it("keeps parameter and flags of its ORB, and interrupts with the subclass of the subchannel", () => {
    for (let subclass = 0; subclass < 8; subclass++) {
      const { css, ports, at, start, scsw, test } = channelMachine();
      const flags = ((subclass << 11) | 0x80).toString(16).padStart(4, "0");
      ports.put(SCHIB, `00000000${flags}00008000`);
      css.msch(FIRST, at(SCHIB));
      for (let bit = 0; bit < 16; bit++) {
        // Transport mode is refused.
        if (bit === 2) continue;
        const orbFlags = (1 << bit) | 0x80;
        start(NOP, { flags: orbFlags.toString(16).padStart(4, "0") });
        expect(ports.interrupts.pendingIo)
          .toEqual([{ id: 1, number: 0, parameter: 0x1122_3344, word: (subclass << 27) >>> 0 }]);
        expect(test()).toEqual({ cc: 0 });
        expect(scsw().slice(0, 8)).toBe(`${(orbFlags & 0xf8f8).toString(16).padStart(4, "0")}4007`);
        const { pmcw } = css.save().subchannels[0]!;
        expect([pmcw.interruptionParameter, pmcw.lastPathUsed]).toEqual([0x1122_3344, 0x80]);
      }
    }
  });

  it("needs path 0 in both masks; without it nothing runs", () => {
    for (let bit = 0; bit < 8; bit++)
      for (const [logical, asked] of [[0xff, 1 << bit], [1 << bit, 0xff]] as const) {
        const { css, at, enable, start, ports, test, scsw } = channelMachine();
        enable();
        const state = css.save();
        state.subchannels[0]!.pmcw.logicalPaths = logical;
        css.load(state);
        start(ENDLESS);
        css.csch(FIRST);
        css.tsch(FIRST, at(IRB));
        ports.put(ORB, `000000070080${asked.toString(16).padStart(2, "0")}00${word(CCW)}`);
        ports.put(CCW, NOP);
        const before = css.save().subchannels[0]!;
        expect(css.ssch(FIRST, at(ORB))).toEqual({ cc: 0 });
        expect(css.save().subchannels[0]!.program).toBeNull();
        expect(css.save().subchannels[0]!.pmcw).toEqual({ ...before.pmcw, interruptionParameter: 7 });
        test();
        const wanted = bit === 7 ? `00804007${word(CCW + 8)}0c000000` : `03804411${"00".repeat(8)}`;
        expect(scsw()).toBe(wanted);
      }
  });

  it("is forgotten by a reset with all that came of it, and by a state that is loaded", () => {
    for (const kind of ["reset", "load"] as const) {
      const { css, enable, start, ports, device } = channelMachine();
      const fresh = css.save();
      enable();
      expect([start(ENDLESS), ports.time.waiting]).toEqual([{ cc: 0 }, 1]);
      device.written = [1];
      if (kind === "reset") css.reset();
      else expect(css.load(fresh).ok).toBe(true);
      expect([ports.time.waiting, css.save(), device.written.length])
        .toEqual([0, fresh, kind === "reset" ? 0 : 1]);
    }
    const one = channelMachine();
    const { css, enable, start, ports } = one;
    const fresh = css.save();
    enable();
    css.schm(2n, 0x7000n);
    css.rchp(0n);
    start("e7000001" + word(DATA));
    for (const operation of [0, 2]) enableByCall(one, operation);
    css.reset();
    expect([css.save(), ports.interrupts.pendingIo]).toEqual([fresh, []]);
  });
});

describe("an interruption", () => {
  it("goes with the status that made it, though the guest enabled images meanwhile", () => {
    for (const images of [false, true])
      for (const end of ["tsch", "csch", "reset"] as const) {
        const one = channelMachine();
        one.enable();
        one.start(NOP);
        if (images) enableByCall(one, 0);
        if (end === "reset") one.css.reset();
        else one.css[end](FIRST, one.at(IRB));
        expect(one.ports.interrupts.pendingIo.map(({ id }) => id), end)
          .toEqual(end === "csch" ? [images ? 0xfe09 : 1] : []);
      }
  });
});

describe("a suspended program", () => {
  it("goes on at what then stands there, a transfer in channel too", () => {
    const { css, enable, start, test, ports, scsw, device } = channelMachine();
    enable();
    start("03020000" + word(0), SUSPENDED);
    expect(test()).toEqual({ cc: 1 });
    expect(scsw().slice(0, 16)).toBe(`08884020${word(CCW)}`);
    ports.put(CCW, "08000000" + word(CCW + 0x20));
    ports.put(CCW + 0x20, "01000002" + word(DATA));
    ports.put(DATA, "abcd");
    expect([css.rsch(FIRST), device.written, css.rsch(FIRST)]).toEqual([{ cc: 0 }, [0xab, 0xcd], { cc: 1 }]);
  });
});

describe("attention", () => {
  it("is status of its own, unless the subchannel is disabled or has status", () => {
    for (const [isEnabled, isPending] of [[false, false], [true, false], [true, true]]) {
      const { css, ports, enable, start, test, scsw } = channelMachine();
      const subchannel = css.attach(3, new TestDevice());
      const id = 0x1_0002n;
      if (isEnabled) {
        ports.put(SCHIB, "00000000" + "1880" + "0000" + "8000".padEnd(88, "0"));
        css.msch(id, absoluteOperand(ports.memory, SCHIB));
      }
      if (isPending) css.hsch(id);
      const before = css.save();
      subchannel.raiseAttention();
      expect(ports.interrupts.pendingIo.length).toBe(isEnabled ? 1 : 0);
      if (!isEnabled || isPending) expect(css.save()).toEqual(before);
      else expect(css.save().subchannels[2]!.scsw.control).toBe(0x11);
      enable();
      start(NOP);
      expect([test(), scsw().slice(4, 8)]).toEqual([{ cc: 0 }, "4007"]);
    }
  });
});
