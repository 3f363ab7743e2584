/** The design tokens as a canvas needs them, and the hue and the shape of each fate. */
import type { Fate } from "./interruptHistory.ts";

const tokens = [
  "surface-0", "line", "line-strong", "text", "text-quiet", "accent",
  "idle", "live", "pending", "queued", "masked", "error",
] as const;
export type Token = (typeof tokens)[number];
export type Palette = Readonly<Record<Token, string>> & { readonly font: string };

export function readPalette(element: Element): Palette {
  const style = getComputedStyle(element);
  const colours = tokens.map((token) => [token, style.getPropertyValue(`--${token}`).trim()] as const);
  const font = style.getPropertyValue("--font-data").trim() || "monospace";
  return { ...(Object.fromEntries(colours) as Record<Token, string>), font };
}

export const hueOf: Readonly<Record<Fate, Token>> = {
  pending: "pending", unseen: "idle", accepted: "live", coalesced: "queued", suppressed: "masked",
  masked: "masked", refused: "error", cleared: "idle", drained: "idle", lost: "error",
};

/** The shape at an interrupt's end, which alone tells the fate; also the glyph in lists. */
export const glyphOf: Readonly<Record<Fate, string>> = {
  pending: "▷", unseen: "·", accepted: "●", coalesced: "◆", suppressed: "×", masked: "╱", refused: "▲",
  cleared: "□", drained: "▽", lost: "!",
};
