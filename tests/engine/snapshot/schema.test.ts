import { describe, expect, it } from "vitest";
import { encodePlain, type Plain } from "../../../src/engine/snapshot/cbor.ts";
import { defineState, field } from "../../../src/engine/snapshot/schema.ts";

interface Lamp {
  colour: "red" | "green";
  hours: number;
  serial: bigint;
  offset: bigint;
  lit: boolean;
  key: Uint8Array;
  log: Uint8Array;
  label: string | null;
  rooms: { floor: number }[];
}
const lamp: Lamp = {
  colour: "red", hours: 65535, serial: 2n ** 64n - 1n, offset: -(2n ** 63n), lit: true,
  key: Uint8Array.of(1, 2), log: Uint8Array.of(3), label: null, rooms: [{ floor: -1 }, { floor: 3 }],
};
/** Version 1 had no label, version 2 counted minutes. */
const schema = defineState<Lamp>({
  name: "demo.lamp",
  version: 3,
  fields: {
    colour: field.oneOf("red", "green"), hours: field.u16(), serial: field.u64(), offset: field.i64(),
    lit: field.bool(), key: field.bytes(2), log: field.bytes(4, 1), label: field.nullable(field.text(8)),
    rooms: field.list(field.object({ floor: field.between(-2, 9) }), { max: 3, min: 1 }),
  },
  needs: ({ lit }) => (lit ? ["MAINS"] : []),
  objection: ({ rooms }) =>
    new Set(rooms.map((r) => r.floor)).size < rooms.length ? "two lamps a floor" : undefined,
  upgrade: {
    1: (old) => ({ ...old, label: null }),
    2: ({ minutes, ...old }) => ({ ...old, hours: Math.floor((minutes as number) / 60) }),
  },
});
const plain = { ...lamp } as unknown as { [name: string]: Plain };
const refusal = (over: object, version = 3): string => {
  const decoded = schema.decode(version, encodePlain({ ...plain, ...over }));
  if (decoded.ok) throw new Error("accepted");
  return decoded.error;
};

describe("a state's schema", () => {
  it("gives back what was encoded", () => {
    expect(schema.decode(3, schema.encode(lamp))).toEqual({ ok: true, value: lamp });
  });

  it("asks of a target only what the values need", () => {
    expect([schema.needs(lamp), schema.needs({ ...lamp, lit: false })]).toEqual([["MAINS"], []]);
  });

  it("walks from every older version to today's", () => {
    const { label: _, hours: __, ...old } = plain;
    const want = { ok: true, value: { ...lamp, hours: 2, label: null } };
    expect(schema.decode(1, encodePlain({ ...old, minutes: 125 }))).toEqual(want);
    expect(schema.decode(2, encodePlain({ ...old, minutes: 125, label: null }))).toEqual(want);
  });

  it("refuses versions it has no step for, with both numbers", () => {
    expect(refusal({}, 4)).toBe("demo.lamp has version 4; this program knows versions up to 3");
    expect(refusal({}, 0)).toBe("demo.lamp has version 0, which this program cannot read any more");
  });

  const refused: readonly (readonly [object, string])[] = [
    [{ colour: "blue" }, "demo.lamp.colour is blue; red, green are allowed"],
    [{ hours: 65536 }, "demo.lamp.hours is 65536; 0 to 65535 is allowed"],
    [{ hours: -1 }, "demo.lamp.hours is -1; 0 to 65535 is allowed"],
    [{ hours: true }, "demo.lamp.hours is true; 0 to 65535 is allowed"],
    [{ serial: -1 }, "demo.lamp.serial is -1; 0 to 18446744073709551615 is allowed"],
    [{ offset: 2n ** 63n }, "demo.lamp.offset is 9223372036854775808; "],
    [{ lit: 1 }, "demo.lamp.lit is 1; true or false is wanted"],
    [{ key: Uint8Array.of(1) }, "demo.lamp.key is 1 bytes; 2 bytes are wanted"],
    [{ log: new Uint8Array(5) }, "demo.lamp.log is 5 bytes; 1 to 4 bytes are wanted"],
    [{ log: [] }, "demo.lamp.log is a list of 0; "],
    [{ label: "nine signs" }, "demo.lamp.label is no text of up to 8 characters"],
    [{ rooms: [] }, "demo.lamp.rooms is a list of 0; a list of 1 to 3 is allowed"],
    [{ rooms: [{ floor: 1 }, { floor: 10 }] }, "demo.lamp.rooms[1].floor is 10; -2 to 9 is allowed"],
    [{ rooms: [{}] }, "demo.lamp.rooms[0] has no field \"floor\""],
    [{ rooms: [7] }, "demo.lamp.rooms[0] is 7; a group of fields is wanted"],
    [{ rooms: [{ floor: 1 }, { floor: 1 }] }, "demo.lamp: two lamps a floor"],
    [{ shade: 1 }, "demo.lamp has a field \"shade\" that is not known"],
    [{ ["__proto__x"]: 1 }, "demo.lamp has a field \"__proto__x\" that is not known"],
  ];
  it("refuses what is outside of the limits: which field, what came, what is allowed", () => {
    for (const [over, sentence] of refused) expect(refusal(over)).toContain(sentence);
  });

  it("refuses what is no group of fields, and what cannot be read", () => {
    for (const bytes of [encodePlain(5), encodePlain([1]), Uint8Array.of(0xff)])
      expect(schema.decode(3, bytes).ok).toBe(false);
  });
});
