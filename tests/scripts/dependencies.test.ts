import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
// @ts-expect-error The scripts are plain JavaScript: they run before TypeScript is installed.
import { dropLink } from "../../scripts/dependencies.mjs";

const drop = dropLink as (folder: string) => void;

it("an install never reaches through a link into another checkout's modules", () => {
  const folder = mkdtempSync(join(tmpdir(), "latchwork-link-"));
  const [own, other] = [join(folder, "own"), join(folder, "other")];
  mkdirSync(own);
  drop(own);
  mkdirSync(join(other, "node_modules"), { recursive: true });
  writeFileSync(join(other, "node_modules", "kept"), "kept");
  symlinkSync(join(other, "node_modules"), join(own, "node_modules"));
  drop(own);
  expect(lstatSync(join(own, "node_modules"), { throwIfNoEntry: false })).toBeUndefined();
  expect(readFileSync(join(other, "node_modules", "kept"), "utf8")).toBe("kept");
  drop(other);
  expect(existsSync(join(other, "node_modules", "kept"))).toBe(true);
  rmSync(folder, { recursive: true });
});
