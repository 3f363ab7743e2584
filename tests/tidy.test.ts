/**
 * Size and naming of every source file. An exception is named here with its reason, and goes when it is not
 * needed.
 */
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";

const root = new URL("..", import.meta.url).pathname;
const LINES_MAX = 300;
const COLUMNS_MAX = 110;

/** Longer than LINES_MAX, and why. */
const longFiles: Readonly<Record<string, string>> = {
  "src/engine/conformance/xive/xiveChipVectors.ts":
    "a flat table: accesses to registers and what each must do",
};
/** Wider than COLUMNS_MAX: flat tables, one row a line. */
const wideFiles: Readonly<Record<string, string>> = {};

interface Source {
  readonly path: string;
  readonly lines: readonly string[];
}

const sources: Source[] = ["src", "tests", "scripts"]
  .flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((path) => `${folder}/${path}`),
  )
  .concat(["electron.vite.config.ts", "eslint.config.js", "vitest.config.ts"])
  .filter((path) => /\.(ts|vue|css|mjs|js)$/.test(path))
  .map((path) => ({ path, lines: readFileSync(join(root, path), "utf8").replace(/\n$/, "").split("\n") }));

const isCode = ({ path }: Source): boolean => !path.endsWith(".css");
const pathsOf = (found: readonly Source[]): string[] => found.map(({ path }) => path);

describe("every source file", () => {
  it(`has at most ${LINES_MAX} lines, or is named above with a reason`, () => {
    const long = sources.filter(({ lines }) => lines.length > LINES_MAX);
    expect(pathsOf(long).filter((path) => !(path in longFiles))).toEqual([]);
    expect(
      Object.keys(longFiles).filter((path) => !pathsOf(long).includes(path)),
      "no longer needed",
    ).toEqual([]);
  });

  it(`has no line wider than ${COLUMNS_MAX} columns, or is named above with a reason`, () => {
    const isWide = (line: string): boolean => line.length > COLUMNS_MAX;
    const wide = sources.filter((file) => isCode(file) && file.lines.some(isWide));
    const places = wide
      .filter(({ path }) => !(path in wideFiles))
      .map(({ path, lines }) => `${path}:${lines.findIndex(isWide) + 1}`);
    expect(places).toEqual([]);
    expect(
      Object.keys(wideFiles).filter((path) => !pathsOf(wide).includes(path)),
      "no longer needed",
    ).toEqual([]);
  });

  it("leaves nothing for later", () => {
    // Written apart, so that this file does not find itself.
    const marks = new RegExp(`\\b(${["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"].join("|")})\\b`);
    const found = sources.flatMap(({ path, lines }) =>
      lines.flatMap((line, index) => (marks.test(line) ? [`${path}:${index + 1}`] : [])),
    );
    expect(found).toEqual([]);
  });

  it("is named after what is inside, in the project's spelling", () => {
    const forbidden = /^(index|utils?|helpers?|manager|misc|common)\.|(Utils?|Helpers?|Manager)\./;
    const component = /^[A-Z][A-Za-z0-9]*\.vue$/;
    const other = /^[a-z][A-Za-z0-9]*(\.(test|scenario|d|config|vite\.config))?\.(ts|mjs|js|css)$/;
    const isNamedWell = (name: string): boolean =>
      !forbidden.test(name) && (component.test(name) || other.test(name));
    const odd = pathsOf(sources).filter((path) => !isNamedWell(basename(path)));
    expect(odd).toEqual([]);
  });

  it("ends its lines without spaces and has no tab", () => {
    const untidy = sources.filter(({ lines }) => lines.some((line) => /[ \t]$|\t/.test(line)));
    expect(pathsOf(untidy)).toEqual([]);
  });

  it("begins by saying what it is", () => {
    const silent = sources.filter(({ path, lines }) => {
      if (path.startsWith("tests/")) return false;
      const head = lines.slice(0, 4).join("\n");
      return !(path.endsWith(".vue") ? /<script setup[^]*\/\*\*/ : /^\/\*/).test(head);
    });
    expect(pathsOf(silent)).toEqual([]);
  });
});
