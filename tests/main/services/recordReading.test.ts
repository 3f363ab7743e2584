/** A long record arrives whole, in parts that hold nobody up. */
import { expect, it } from "vitest";
import { recordParts } from "../../../src/engine/api/recordParts.ts";
import { PART_CHARACTERS_MAX, RecordReading } from "../../../src/main/services/recordReading.ts";

const textOf = (length: number): string => Array.from({ length: 16 }, (_, at) => at.toString(16)).join("")
  .repeat(Math.ceil(length / 16)).slice(0, length);

it.each([0, 1, PART_CHARACTERS_MAX, PART_CHARACTERS_MAX + 1, 3 * PART_CHARACTERS_MAX + 5])(
  "of %i characters, and another reader's between its parts",
  async (length) => {
    const reading = new RecordReading();
    const text = textOf(length);
    const read = (all: string) =>
      recordParts((rest) => Promise.resolve(
        rest === undefined ? { ok: true, value: reading.begin(all) } as const : reading.goOn(rest)));
    const [mine, other] = await Promise.all([read(text), read(`x${text}`)]);
    expect(mine.ok && mine.value.join("") === text).toBe(true);
    expect(other.ok && other.value.join("") === `x${text}`).toBe(true);
    if (mine.ok) for (const part of mine.value) expect(part.length).toBeLessThanOrEqual(PART_CHARACTERS_MAX);
  },
);

it("is refused from where nobody is, and of readers that went away the oldest is forgotten", () => {
  const reading = new RecordReading();
  expect(reading.goOn(1)).toMatchObject({ ok: false });
  const rests = Array.from({ length: 5 }, () => reading.begin(textOf(PART_CHARACTERS_MAX + 1)).rest!);
  expect(rests.map((rest) => reading.goOn(rest).ok)).toEqual([false, true, true, true, true]);
  expect(reading.goOn(rests[4]!)).toMatchObject({ ok: false });
});
