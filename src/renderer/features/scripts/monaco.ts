/** Monaco, set up for scripts: loaded with the panel and not before. */
import { KeyCode, KeyMod, MarkerSeverity, editor } from "monaco-editor/editor";
import "monaco-editor/features/register.all";
import "monaco-editor/languages/definitions/typescript/register";
import { ScriptTarget, typescriptDefaults } from "monaco-editor/languages/features/typescript/register";
import type { ShownTheme } from "../../shell/theme.ts";

typescriptDefaults.setCompilerOptions({
  target: ScriptTarget.ESNext, lib: ["es2023"], strict: true, noEmit: true, allowNonTsExtensions: true,
  moduleDetection: 3, module: 99,
});

/** The declarations that completion and errors go by. */
export const setApi = (types: string): void =>
  typescriptDefaults.setExtraLibs([{ content: types, filePath: "ts:latchwork.d.ts" }]);

/** The window's own colours. */
export function applyTheme(shown: ShownTheme): void {
  const styles = getComputedStyle(document.documentElement);
  // A build writes #fff for #ffffff, which Monaco does not take.
  const colour = (token: string): string =>
    styles.getPropertyValue(token).trim().replace(/^#(.)(.)(.)$/, "#$1$1$2$2$3$3");
  const rule = (token: string, name: string) => ({ token, foreground: colour(name).slice(1) });
  editor.defineTheme("latchwork", {
    base: shown === "light" ? "vs" : shown === "dark" ? "vs-dark" : "hc-black",
    inherit: true,
    rules: [
      rule("comment", "--text-quiet"), rule("string", "--live"), rule("number", "--pending"),
      rule("keyword", "--queued"), rule("type", "--masked"), rule("", "--text"),
    ],
    colors: {
      "editor.background": colour("--surface-0"), "editor.foreground": colour("--text"),
      "editor.selectionBackground": colour("--selection"),
      "editorLineNumber.foreground": colour("--text-quiet"),
      "editorCursor.foreground": colour("--accent"), "focusBorder": colour("--accent"),
      "editorWidget.background": colour("--surface-2"), "editorWidget.border": colour("--line-strong"),
    },
  });
  editor.setTheme("latchwork");
}

export { KeyCode, KeyMod, MarkerSeverity, editor };
