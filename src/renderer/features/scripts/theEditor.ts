/**
 * The one editor of this page. It outlives its panel: a person who looks elsewhere and comes back finds the
 * cursor, the scroll position and what can be undone as they were, and Monaco's workers are never asked about
 * a text that has just been given up.
 */
import { effectScope, watch } from "vue";
import { useTheme } from "../../shell/theme.ts";
import { KeyCode, KeyMod, MarkerSeverity, applyTheme, editor, setApi } from "./monaco.ts";
import { useScripts } from "./scripts.ts";

/** Of no component, so that what is watched here goes on when the panel that came first is closed. */
const scope = effectScope(true);
let made: { readonly room: HTMLElement; readonly shown: editor.IStandaloneCodeEditor } | undefined;

/** The editor with the element that it fills. */
export const theEditor = (): NonNullable<typeof made> => (made ??= scope.run(make)!);

function make(): NonNullable<typeof made> {
  const scripts = useScripts();
  const theme = useTheme();
  watch(() => theme.shown, applyTheme, { immediate: true });
  watch(() => scripts.shelf?.types, (types) => setApi(types ?? ""), { immediate: true });

  const room = document.createElement("div");
  room.style.height = "100%";
  const shown = editor.create(room, {
    value: scripts.text, language: "typescript", automaticLayout: true, fontSize: 12, tabSize: 2,
    fontFamily: getComputedStyle(document.documentElement).getPropertyValue("--font-data"),
    minimap: { enabled: false }, scrollBeyondLastLine: false,
    ariaLabel: "Script text. Press Ctrl+M to let Tab move the focus.", fixedOverflowWidgets: true,
  });
  shown.onDidChangeModelContent(() => scripts.edit(shown.getValue()));
  shown.addCommand(KeyMod.CtrlCmd | KeyCode.Enter, () => void scripts.start());
  shown.addCommand(KeyMod.CtrlCmd | KeyCode.KeyS, () => void scripts.save());
  watch(() => scripts.text, (text) => {
    if (shown.getValue() !== text) replace(shown, text);
  });
  watch(() => scripts.end, (end) => markEnd(shown, end));
  return { room, shown };
}

/** Another text in place of the one before, which Ctrl-Z brings back. */
function replace(shown: editor.IStandaloneCodeEditor, text: string): void {
  shown.pushUndoStop();
  shown.executeEdits("open", [{ range: shown.getModel()!.getFullModelRange(), text }]);
  shown.pushUndoStop();
  shown.setPosition({ lineNumber: 1, column: 1 });
  shown.setScrollTop(0);
}

type End = ReturnType<typeof useScripts>["end"];

function markEnd(shown: editor.IStandaloneCodeEditor, end: End): void {
  const model = shown.getModel()!;
  const place = placeOf(end);
  const { sentence = "" } = (end ?? {}) as { sentence?: string };
  editor.setModelMarkers(model, "run", place ? [{
    severity: MarkerSeverity.Error, message: sentence, startLineNumber: place.line, endLineNumber: place.line,
    startColumn: place.column, endColumn: model.getLineMaxColumn(Math.min(place.line, model.getLineCount())),
  }] : []);
  if (place) shown.revealLineInCenterIfOutsideViewport(place.line);
}

/** Where in the script a run went wrong. */
function placeOf(end: End): { line: number; column: number } | undefined {
  if (end?.kind === "refused" && end.line !== undefined) return { line: end.line, column: end.column ?? 1 };
  const found = end?.kind === "failed" ? /:(\d+):(\d+)\)?$/.exec(end.trace?.[0] ?? "") : undefined;
  return found ? { line: Number(found[1]), column: Number(found[2]) } : undefined;
}
