import { expect, it } from "vitest";
import { esbSources } from "../../src/engine/api/xiveView.ts";
import { gridFor, lisnAt, moved, placeOf } from "../../src/renderer/features/esb/esbGrid.ts";

const all = Array.from({ length: esbSources.count }, (_, lisn) => lisn);
const sizes = [300, 428, 640, 811, 812, 1000, 1836, 2560].flatMap((width) =>
  [120, 432, 800, 1400].map((height) => [width, height] as const),
);

it("finds each source where its cell is, whatever the panel's size, and none beside the cells", () => {
  for (const [width, height] of sizes) {
    const grid = gridFor(width, height);
    const last = grid.cell - 1;
    const wrong = all.filter((lisn) => {
      const { x, y } = placeOf(grid, lisn);
      return lisnAt(grid, x, y) !== lisn || lisnAt(grid, x + last, y + last) !== lisn;
    });
    expect(wrong).toEqual([]);
    expect(lisnAt(grid, grid.width, grid.height - 1)).toBeUndefined();
    const devices = placeOf(grid, esbSources.firstOfDevices);
    expect(lisnAt(grid, devices.x, devices.y - 1)).toBeUndefined();
  }
});

it("is no wider than a panel of 428 pixels or more", () => {
  for (let width = 428; width < 2600; width++) expect(gridFor(width, 600).width).toBeLessThanOrEqual(width);
});

it("moves by a row as it is drawn, to the row's ends, and never off the map", () => {
  for (const width of [428, 1000]) {
    const grid = gridFor(width, 600);
    const wrong = all.filter((lisn) => {
      const { x, y } = placeOf(grid, lisn);
      const down = moved(grid, lisn, "ArrowDown")!;
      const isInLastRow = lisn >= esbSources.count - grid.columns;
      const isMoved = isInLastRow ? down === lisn : down > lisn && placeOf(grid, down).x === x;
      return !isMoved || ["Home", "End"].some((key) => placeOf(grid, moved(grid, lisn, key)!).y !== y);
    });
    expect(wrong).toEqual([]);
  }
  expect(moved(gridFor(428, 600), 0, "x")).toBeUndefined();
});
