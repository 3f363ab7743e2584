/** The service processor over small cases of every kind, against its rules in words. */
import { describe, expect, it } from "vitest";
import { Prng } from "../../../../src/engine/base/prng.ts";
import { latinToEbcdic } from "../../../../src/engine/devices/sclp/ebcdic.ts";
import {
  COMMAND_BYTES_MAX, decodeMessage, encodeCommand,
} from "../../../../src/engine/devices/sclp/lineMode.ts";
import { COMMANDS_MAX, VT220_INPUT_MAX } from "../../../../src/engine/devices/sclp/state.ts";
import { AT, COMPLETE, event, LENGTHS, machine, READ, WRITE } from "./serviceMachine.ts";

const INVALID_FUNCTION = 0x40f0, NOTHING = 0x60f0, SYNTAX = 0x73f0;
const VT220 = 1n << 38n, OPERATOR = 1n << 63n, QUIESCE = 1n << 35n;

it("an SCCB is on a doubleword below 2 GiB, in storage, in no lowcore, and long enough", () => {
  const { ports: { memory }, sclp } = machine();
  memory.fill(0, memory.size, 0, "loader");
  for (let at = 0; at < memory.size; at += 8) memory.setU16(at, 8, "loader");
  for (const prefix of [0x8000, 0x2000])
    for (const [at, outcome] of [
      [0, { program: 6 }], [0x1ff8, { program: 6 }], [0x2000, prefix === 0x2000 ? { program: 6 } : { cc: 0 }],
      [prefix - 8, prefix === 0x2000 ? { program: 6 } : { cc: 0 }], [prefix, { program: 6 }],
      [prefix + 0x1ff8, { program: 6 }], [prefix + 0x2000, { cc: 0 }], [AT + 1, { program: 6 }],
      [AT + 4, { program: 6 }], [memory.size - 8, { cc: 0 }], [memory.size, { program: 5 }],
      [0x7fff_fff8, { program: 5 }], [0x8000_0000, { program: 6 }], [-8, { program: 6 }],
      [2 ** 60, { program: 6 }],
    ] as const) expect(sclp.serviceCall(READ, at, { prefix }), `${at} ${prefix}`).toEqual(outcome);
  for (const [at, length, outcome] of [[AT, 7, { program: 6 }], [memory.size - 16, 16, { cc: 0 }],
    [memory.size - 16, 17, { program: 5 }]] as const) {
    memory.setU16(at, length, "loader");
    expect(sclp.serviceCall(READ, at, { prefix: 0x8000 })).toEqual(outcome);
  }
  for (const [at, length, code] of [[AT, 4096, NOTHING], [AT + 8, 4088, NOTHING], [AT + 8, 4089, 0x0100],
    [AT + 8, 0xffff, 0x0100]] as const) {
    memory.fill(at, 8, 0, "loader");
    memory.setU16(at, length, "loader");
    sclp.serviceCall(READ, at, { prefix: 0x8000 });
    expect(memory.u16(at + 6)).toBe(code);
  }
});

describe("events written", () => {
  const textObject = (text: string): number[] => {
    const bytes = latinToEbcdic(Uint8Array.from(text, (one) => one.charCodeAt(0)));
    return [0, 10 + bytes.length, 0, 4, 0, 0, 0, 0, 0, 0, ...bytes];
  };
  const block = (objects: readonly number[], length = 12 + objects.length): number[] =>
    [length >> 8, length & 255, 0, 1, 0xd4, 0xc4, 0xc2, 0x40, 0, 0, 0, 1, ...objects];

  it("are split by their lengths; one that is short or long refuses all of them before any is shown", () => {
    const good = event(0x1a, [0x41]);
    for (let length = 0; length <= 12; length++) {
      const { ports, call } = machine();
      const isGood = length >= 6 && length <= 9;
      const data = [0x42, 0x43, 0x44].slice(0, Math.max(0, length - 6));
      const code = call(WRITE, Uint8Array.from([...good, ...event(0x1a, data, length)]));
      expect([code, ports.console], `${length}`).toEqual(isGood
        ? [COMPLETE, `A${"BCD".slice(0, length - 6)}`] : [SYNTAX, ""]);
    }
    for (let left = 1; left <= 5; left++) {
      const { ports, call } = machine();
      expect([call(WRITE, Uint8Array.from([...good, ...new Array<number>(left).fill(0)])), ports.console])
        .toEqual([SYNTAX, ""]);
    }
    const { ports, call } = machine();
    expect([call(WRITE, new Uint8Array(0)), call(WRITE, Uint8Array.from(good), { code: 1 }), ports.console])
      .toEqual([COMPLETE, INVALID_FUNCTION, ""]);
  });

  it("are accepted by type, messages only where there is a line-mode console", () => {
    for (const lineMode of [true, false])
      for (let type = 0; type <= 0x20; type++) {
        const { ports, memory, call } = machine({ lineMode });
        const data = type === 0x1a ? [0x41] : block(textObject("Hi"));
        const isShown = type === 0x1a || (lineMode && (type === 0x02 || type === 0x09));
        expect(call(WRITE, Uint8Array.from(event(type, data)))).toBe(isShown ? COMPLETE : INVALID_FUNCTION);
        expect([memory.u8(AT + 11), ports.console])
          .toEqual([isShown ? 0x80 : 0, !isShown ? "" : type === 0x1a ? "A" : "Hi\r\n"]);
      }
  });

  it("show the text objects of a message, and refuse one whose lengths disagree", () => {
    const text = (objects: readonly number[], length?: number): string | number => {
      const shown = decodeMessage(Uint8Array.from(event(2, block(objects, length))));
      return typeof shown === "number" ? shown : String.fromCharCode(...shown);
    };
    const [hi, other] = [textObject("Hi"), [0, 5, 0, 1, 9]];
    const short = [0, 9, 0, 4, 0, 0, 0, 0, 0];
    expect([text([]), text(hi), text([...hi, ...other, ...textObject("")]), text(short)])
      .toEqual(["", "Hi\r\n", "Hi\r\n\r\n", ""]);
    for (const length of [0, 11, 12 + hi.length + 1]) expect(text(hi, length), `${length}`).toBe(LENGTHS);
    expect([text(hi, 12), text(hi, 12 + 3), text(hi, 12 + hi.length - 1)]).toEqual(["", LENGTHS, LENGTHS]);
    for (const bad of [[0, 3, 0, 4], [0, 5, 0, 4], [0, 0, 0, 4], [0, 4, 0]]) expect(text(bad)).toBe(LENGTHS);
    // The shortest object is a header alone; what is left of one at the end is none.
    expect(text([...hi, 0, 4, 0, 1])).toBe("Hi\r\n");
    for (let left = 1; left <= 3; left++) expect(text([...hi, ...[0, 4, 0].slice(0, left)])).toBe(LENGTHS);
    for (let beyond = 1; beyond <= 8; beyond++) expect(text(hi, 12 + hi.length + beyond)).toBe(LENGTHS);
    for (let type = 0; type <= 0x1ff; type++) {
      const object = [...hi];
      object.splice(2, 2, type >> 8, type & 255);
      expect(text(object), `${type}`).toBe(type === 4 ? "Hi\r\n" : "");
    }
    for (let body = 0; body < 12; body++)
      expect(decodeMessage(Uint8Array.from(event(2, block([]).slice(0, body))))).toBe(LENGTHS);
  });

  it("are accepted though they hold no text, and nothing is shown; a message that disagrees is not", () => {
    for (const [type, data, code] of [[0x1a, [], COMPLETE], [0x02, block([]), COMPLETE],
      [0x02, block(textObject("Hi"), 40), LENGTHS], [0x09, [], LENGTHS]] as const) {
      const { ports, memory, call } = machine();
      ports.consoleOut = () => { throw new Error("nothing is to be shown"); };
      expect([call(WRITE, Uint8Array.from(event(type, data))), memory.u8(AT + 11)])
        .toEqual([code, code === COMPLETE ? 0x80 : 0]);
    }
  });
});

describe("console input", () => {
  const textOf = (commandEvent: Uint8Array): string =>
    [...commandEvent.subarray(22)].map((code) => "abc".charAt([0x81, 0x82, 0x83].indexOf(code))).join("");

  it("in lines ends with CR or LF, and BS or DEL erases", () => {
    const prng = new Prng(8);
    for (let round = 0; round < 60; round++) {
      const { sclp, listen, readAll } = machine();
      listen(OPERATOR);
      const typed = Array.from({ length: prng.below(40) }, () => prng.pick([..."aabbc\n\r\b\x7f"]));
      let line = "";
      const lines: string[] = [];
      for (const key of typed) {
        if (key === "\n" || key === "\r") { lines.push(line); line = ""; }
        else line = key === "\b" || key === "\x7f" ? line.slice(0, -1) : line + key;
      }
      for (const key of typed) sclp.consoleInput(Uint8Array.of(key.charCodeAt(0)));
      expect(readAll(40 + 22).flatMap((one) => [textOf(one)])).toEqual(lines);
    }
  });

  it("is kept up to its bounds, and what is longer is dropped", () => {
    const one = machine();
    one.listen(OPERATOR);
    one.sclp.consoleInput(new Uint8Array(COMMAND_BYTES_MAX + 2).fill(0x61));
    one.sclp.consoleInput(Uint8Array.of(0x0a));
    for (let line = 1; line < COMMANDS_MAX + 2; line++) one.sclp.consoleInput(Uint8Array.of(0x62, 0x0a));
    expect(one.sclp.save().commands.map(({ length }) => length))
      .toEqual([COMMAND_BYTES_MAX, ...new Array<number>(COMMANDS_MAX - 1).fill(1)]);
    const long = encodeCommand(new Uint8Array(300).fill(0x61));
    expect([long.length, long[18], long[20]]).toEqual([22 + COMMAND_BYTES_MAX, 255, 253]);
    const other = machine();
    other.listen(VT220);
    other.sclp.consoleInput(new Uint8Array(VT220_INPUT_MAX - 1));
    for (const byte of [1, 2, 3]) other.sclp.consoleInput(Uint8Array.of(byte));
    const { vt220Input } = other.sclp.save();
    expect([vt220Input.length, vt220Input.at(-1)]).toEqual([VT220_INPUT_MAX, 1]);
  });

  it("goes to the VT220 where the guest receives it or there is no other, and to lines else", () => {
    for (const lineMode of [true, false])
      for (const mask of [0n, VT220, OPERATOR, VT220 | OPERATOR]) {
        const { sclp, listen, ports } = machine({ lineMode });
        listen(mask);
        const before = ports.interrupts.services.length;
        sclp.consoleInput(Uint8Array.of(0x61));
        const isLine = lineMode && mask === OPERATOR;
        const { vt220Input, lineInput } = sclp.save();
        expect([vt220Input.length, lineInput.length]).toEqual(isLine ? [0, 1] : [1, 0]);
        expect(ports.interrupts.services.slice(before)).toEqual((mask & VT220) !== 0n ? [1] : []);
      }
  });
});

it("a saved state holds the line being typed, and the next keys go on with it", () => {
  const [one, other] = [machine(), machine()];
  for (const { listen } of [one, other]) listen(OPERATOR);
  one.sclp.consoleInput(Uint8Array.of(0x61, 0x62));
  other.sclp.load(one.sclp.save());
  for (const { sclp } of [one, other]) sclp.consoleInput(Uint8Array.of(0x63, 0x0a));
  expect(other.sclp.save().commands).toEqual([Uint8Array.of(0x61, 0x62, 0x63)]);
  expect(other.sclp.save()).toEqual(one.sclp.save());
});

describe("events read", () => {
  it("are stored whole or not at all, as many as fit, and the guest is told whether there are more", () => {
    for (let room = 0; room <= 40; room++) {
      const { ports, memory, sclp, call, listen } = machine();
      listen(OPERATOR | QUIESCE | VT220);
      const fromVt220 = [0x61, 0x62, 0x63];
      sclp.load({ ...sclp.save(), commands: [Uint8Array.of(0x61)] });
      sclp.consoleInput(Uint8Array.from(fromVt220));
      sclp.signalQuiesce();
      const code = call(READ, new Uint8Array(room), { control: 0x80 });
      let left = room;
      const stored: number[] = [];
      const take = (type: number, bytes: number): void => {
        stored.push(type);
        left -= bytes;
      };
      if (left >= 23) take(0x01, 23);
      const taken = Math.min(3, Math.max(0, left - 7));
      if (taken > 0) take(0x1a, 7 + taken);
      if (left >= 10) take(0x1d, 10);
      expect(code, `${room}`).toBe(stored.length > 0 ? COMPLETE : 0x75f0);
      const types: number[] = [];
      for (let at = AT + 8; at < AT + 8 + room - left; at += memory.u16(at)) types.push(memory.u8(at + 2));
      expect([types, memory.u16(AT), memory.u8(AT + 5)]).toEqual([stored, 8 + room - left, 0]);
      const { commands, vt220Input, quiescePending } = sclp.save();
      expect([commands.length, vt220Input.length, quiescePending])
        .toEqual([stored.includes(1) ? 0 : 1, 3 - taken, !stored.includes(0x1d)]);
      const isMore = commands.length > 0 || vt220Input.length > 0 || quiescePending;
      expect(ports.interrupts.services.at(-1)).toBe(isMore ? AT | 1 : AT);
    }
  });

  it("are those asked for, which the guest must receive, in a mask of its own length", () => {
    for (const size of [4, 8])
      for (const receive of [0n, QUIESCE, VT220 | QUIESCE])
        for (const wanted of [0n, QUIESCE, VT220, VT220 | QUIESCE, OPERATOR]) {
          const { sclp, call, listen } = machine();
          listen(VT220 | QUIESCE);
          sclp.consoleInput(Uint8Array.of(0x61));
          sclp.signalQuiesce();
          sclp.load({ ...sclp.save(), receiveMask: receive, maskLength: size });
          const body = new Uint8Array(64);
          // Beyond the mask's length nothing counts.
          new DataView(body.buffer).setBigUint64(6, size === 8 ? wanted : wanted | 0xffff_ffffn);
          const isAllowed = receive !== 0n && (wanted & ~receive) === 0n;
          const code = wanted === 0n ? NOTHING : COMPLETE;
          expect(call(READ, body, { code: 1 })).toBe(isAllowed ? code : 0x70f0);
        }
    const { call } = machine();
    expect(call(READ, new Uint8Array(64), { code: 2 })).toBe(INVALID_FUNCTION);
  });

  it("end the response where the last one ends only if the guest allows a shorter one", () => {
    for (const control of [0, 0x01, 0x80, 0xff]) {
      const { memory, sclp, call, listen } = machine();
      listen(VT220);
      sclp.consoleInput(Uint8Array.of(0x61));
      call(READ, new Uint8Array(64), { control });
      const isShort = control >= 0x80;
      expect([memory.u16(AT), memory.u8(AT + 5)])
        .toEqual(isShort ? [16, control - 0x80] : [72, control]);
    }
  });
});
