/**
 * The terminal's colours for each theme of the window; the sixteen are readable on the surface they stand on.
 */
import type { ITheme } from "@xterm/xterm";
import type { ShownTheme } from "../../shell/theme.ts";

const dark: ITheme = {
  background: "#0f1215",
  foreground: "#dfe3e8",
  cursor: "#63b3ed",
  cursorAccent: "#0f1215",
  selectionBackground: "#2d4d68",
  black: "#3a424b",
  red: "#f47f76",
  green: "#5fc492",
  yellow: "#e3b341",
  blue: "#6fa8f5",
  magenta: "#c39af0",
  cyan: "#5bc8cf",
  white: "#c8ced6",
  brightBlack: "#8d97a3",
  brightRed: "#ff9d95",
  brightGreen: "#84dcb0",
  brightYellow: "#f2cc6b",
  brightBlue: "#93c1ff",
  brightMagenta: "#d9bbff",
  brightCyan: "#85e0e5",
  brightWhite: "#ffffff",
};

const light: ITheme = {
  background: "#ffffff",
  foreground: "#1c2127",
  cursor: "#0b63b0",
  cursorAccent: "#ffffff",
  selectionBackground: "#b9d8f2",
  black: "#1c2127",
  red: "#b3261e",
  green: "#137a4b",
  yellow: "#8a5a00",
  blue: "#0b57b0",
  magenta: "#7b3fbf",
  cyan: "#0b6e78",
  white: "#66707c",
  brightBlack: "#56606c",
  brightRed: "#c43a31",
  brightGreen: "#1a7f52",
  brightYellow: "#946300",
  brightBlue: "#1f6fd0",
  brightMagenta: "#8b50cf",
  brightCyan: "#127884",
  brightWhite: "#3a424b",
};

export const terminalThemes: Readonly<Record<ShownTheme, ITheme>> = {
  dark,
  light,
  contrast: { ...dark, background: "#000000", foreground: "#ffffff", selectionBackground: "#00558c" },
};

/** Marks of the search in the console: every match outlined, the current one filled. */
export const searchMarks = {
  matchBorder: "#e3b341",
  matchOverviewRuler: "#e3b341",
  activeMatchBackground: "#8a5a00",
  activeMatchBorder: "#ffffff",
  activeMatchColorOverviewRuler: "#ffffff",
} as const;
