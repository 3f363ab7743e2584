import { describe, expect, it } from "vitest";
import { boundsFrom, boundsText } from "../../../src/main/hosts/windowState.ts";

const displays = [
  { x: 0, y: 0, width: 1920, height: 1080 },
  { x: -1280, y: 100, width: 1280, height: 1024 },
];
const at = (x: number, y: number, width = 1280, height = 800) => ({ x, y, width, height });

describe("the place of a window", () => {
  it.each([at(0, 0), at(600, 200), at(1840, 900), at(-1280, 100), at(-1300, 200), at(-1000, 500)])(
    "is taken again: %j",
    (bounds) => expect(boundsFrom(boundsText(bounds), displays)).toEqual(bounds),
  );
  it.each([at(1900, 0), at(0, 1060), at(0, -10), at(-2600, 200), at(5000, 5000), at(-1280, 50, 1000)])(
    "is forgotten where no display shows its upper edge: %j",
    (bounds) => expect(boundsFrom(boundsText(bounds), displays)).toBeUndefined(),
  );
  it.each([undefined, "", "{", "[]", "null", '{"x":0}', '{"x":0,"y":0,"width":10,"height":800}',
    '{"x":0,"y":0,"width":1e9,"height":800}', '{"x":"0","y":0,"width":800,"height":800}'])(
    "is forgotten where it is damaged: %s",
    (text) => expect(boundsFrom(text, displays)).toBeUndefined(),
  );
});
