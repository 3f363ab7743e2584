import { expect, it } from "vitest";
import * as v from "valibot";
import { objectionOf } from "../../src/main/shapeObjection.ts";

const shape = v.strictObject({
  count: v.pipe(v.number(), v.minValue(1), v.maxValue(9)),
  name: v.optional(v.pipe(v.string(), v.maxLength(60, "a text of at most 60 characters"))),
  list: v.optional(v.array(v.boolean())),
  bytes: v.optional(v.instance(Uint8Array)),
  kind: v.optional(v.picklist(["disk", "kernel"])),
});

it.each([
  [undefined, "it is not JSON"],
  [null, "it is null, wanted is an object"],
  [[], '"count" is missing'],
  [{}, '"count" is missing'],
  [{ count: "5" }, '"count" is "5", wanted is a number'],
  [{ count: 0 }, '"count" is 0, wanted is at least 1'],
  [{ count: 10 }, '"count" is 10, wanted is at most 9'],
  [{ count: 5n }, '"count" is 5, wanted is a number'],
  [{ count: { of: 5 } }, '"count" is an object, wanted is a number'],
  [{ count: new Uint8Array(3) }, '"count" is 3 bytes, wanted is a number'],
  [{ count: 5, more: 1 }, '"more" means nothing there'],
  [{ count: 5, name: "x".repeat(61) },
    `"name" is "${"x".repeat(39)}…, wanted is a text of at most 60 characters`],
  [{ count: 5, name: [1, 2] }, '"name" is a list of 2, wanted is a text'],
  [{ count: 5, list: [true, 1] }, '"list.1" is 1, wanted is true or false'],
  [{ count: 5, list: true }, '"list" is true, wanted is a list'],
  [{ count: 5, bytes: "00" }, '"bytes" is "00", wanted is bytes'],
  [{ count: 5, kind: "tape" }, '"kind" is "tape", wanted is "disk" or "kernel"'],
])("%o: %s", (given, sentence) => {
  const parsed = v.safeParse(shape, given);
  expect(parsed.success ? undefined : objectionOf(parsed.issues)).toBe(sentence);
});
