/** The figures of damaged files and of repeated seeds hold, and would say so if they did not. */
import { expect, it } from "vitest";
import { determinismFigure } from "../../../src/engine/figures/determinism.ts";
import { FILE_DAMAGES, fileDamageFigure, savedFile } from "../../../src/engine/figures/fileDamage.ts";
import { device } from "../../../src/engine/figures/laws/device.ts";
import { devicesUnderLaw } from "../../../src/engine/figures/laws/devices.ts";
import { decodeSections } from "../../../src/engine/snapshot/sections.ts";

it("a saved state of 64 KiB is read, and not with any of 4,000 damages spread over it", () => {
  const file = savedFile();
  expect([file.length, FILE_DAMAGES]).toEqual([65_536, 589_824]);
  expect(decodeSections(file).ok).toBe(true);
  expect(fileDamageFigure(4_000)).toMatchObject({ reached: 4_000, failures: [] });
});

it("every device gives the same trace for the same seed", () => {
  expect(determinismFigure(devicesUnderLaw, devicesUnderLaw.length).failures).toEqual([]);
});

it.each(["answer", "state", "surroundings"] as const)("another %s the second time is found", (where) => {
  let made = 0;
  const forgetful = device<{ readonly age: number }>({
    folder: "x", name: "x", make: () => ({ age: made++ }),
    calls: [{ name: "ask", run: ({ age }) => (where === "answer" ? age : 0) }],
    heard: ({ age }) => (where === "surroundings" ? `${age}` : ""),
    codec: {
      save: ({ age }) => Uint8Array.of(where === "state" ? age : 0),
      load: () => ({ ok: true, value: undefined }),
    },
  });
  expect(determinismFigure([forgetful], 1).failures).toHaveLength(1);
});
