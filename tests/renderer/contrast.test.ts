/** The tokens of every theme against the contrast that ui grammar asks for (WCAG 2.2, 1.4.3 and 1.4.11). */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { terminalThemes } from "../../src/renderer/features/console/terminalTheme.ts";

const css = readFileSync(new URL("../../src/renderer/style/tokens.css", import.meta.url), "utf8");

function tokensOf(theme: string): Record<string, string> {
  const [, body] = new RegExp(`\\[data-theme="${theme}"\\] \\{([^}]*)\\}`).exec(css)!;
  return Object.fromEntries(
    [...body!.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name, hex]) => [name, hex]),
  );
}

function luminance(hex: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const level = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return level <= 0.04045 ? level / 12.92 : ((level + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [darker, lighter] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number];
  return (lighter + 0.05) / (darker + 0.05);
}

const surfaces = ["surface-0", "surface-1", "surface-2"];

describe.each(["dark", "light", "contrast"] as const)("the %s theme", (theme) => {
  const tokens = tokensOf(theme);
  const pairs = (fronts: readonly string[], backs: readonly string[]): [string, string][] =>
    fronts.flatMap((front) => backs.map((back): [string, string] => [front, back]));

  it.each([
    ...pairs(["text", "text-quiet", "error"], [...surfaces, "accent-surface"]),
    ...pairs(["text"], ["error-surface", "surface-3", "selection"]),
    ...pairs(["error", "text-quiet"], ["error-surface"]),
    ["accent-text", "accent"],
  ] as [string, string][])("lets %s be read on %s", (front, back) => {
    expect(contrast(tokens[front]!, tokens[back]!)).toBeGreaterThanOrEqual(4.5);
  });

  it.each(
    pairs(
      ["idle", "live", "pending", "queued", "masked", "error", "accent", "line-strong"],
      ["surface-0", "surface-1"],
    ),
  )("lets the mark %s be seen on %s", (mark, back) => {
    const least = mark === "line-strong" ? 2 : 3;
    expect(contrast(tokens[mark]!, tokens[back]!)).toBeGreaterThanOrEqual(least);
  });

  it("keeps the terminal's background and text those of the window", () => {
    expect(terminalThemes[theme].background).toBe(tokens["surface-0"]);
    expect(contrast(terminalThemes[theme].foreground!, tokens["surface-0"]!)).toBeGreaterThanOrEqual(4.5);
  });
});
