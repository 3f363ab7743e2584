/** The script in the editor, its files, and its run: what this page knows of them. */
import { defineStore } from "pinia";
import { computed, ref, shallowRef } from "vue";
import {
  grantsNamed, scriptName, type Grant, type ScriptEnd, type ScriptOutput, type ScriptShelf,
} from "../../../engine/api/script.ts";
import type { Bridge } from "../../bridge.ts";
import { useToasts } from "../../ui/toasts.ts";

const DRAFT = "latchwork.script";
const LINES_MAX = 5_000;
export const timeLimits = [10, 60, 600, 3600] as const;

export interface OutputLine {
  readonly id: number;
  readonly stream: "out" | "err";
  text: string;
}

const blank = 'console.log("guests:", await machines.guests());\n';

export const useScripts = defineStore("scripts", () => {
  const toasts = useToasts();
  const bridge = shallowRef<Bridge>();
  const shelf = shallowRef<ScriptShelf>();
  const name = ref("untitled.ts");
  const text = ref(blank);
  /** The text of the file that the editor shows, and its name; none before it was saved. */
  const saved = shallowRef<{ readonly name: string; readonly text: string }>();
  const granted = ref<Grant[]>(["read"]);
  const seconds = ref<number>(60);
  const lines = ref<OutputLine[]>([]);
  const run = ref<number>();
  const end = shallowRef<ScriptEnd>();
  const startedAt = ref(0);
  const tookSeconds = ref(0);
  let lastLine = 0;
  /** The last line of the output has no end yet. */
  let isOpenLine = false;
  const isRunning = computed(() => run.value !== undefined && end.value === undefined);
  const isChanged = computed(() => text.value !== saved.value?.text || name.value !== saved.value.name);
  const isFile = computed(() => shelf.value?.files.includes(name.value) ?? false);

  /** A new connection: a run of the one before is gone. */
  function load(from: Bridge): void {
    bridge.value = from;
    if (!isRunning.value) return;
    const sentence = "The connection broke, and the run ended.";
    ended({ run: run.value!, end: { kind: "stopped", sentence } });
  }

  /** The first look at the panel: what there is, and what was written here last. */
  async function open(): Promise<void> {
    if (shelf.value) return;
    const answer = await bridge.value!.ask("scripts", {});
    if (!answer.ok) return toasts.error("Scripts are not shown", answer.error);
    shelf.value = answer.value;
    const draft = draftOfBefore();
    if (draft) setScript(draft.name, draft.text, false);
  }

  /** Puts another script in the place of the one that was there, which can be undone in the editor. */
  function setScript(nextName: string, nextText: string, isKept: boolean): void {
    const examples = shelf.value?.examples.map((one) => one.text) ?? [];
    if (![blank, nextText, saved.value?.text, ...examples].includes(text.value))
      toasts.note(`${name.value} was not saved`, "Ctrl-Z in the editor brings its text back.");
    name.value = nextName;
    text.value = nextText;
    saved.value = isKept ? { name: nextName, text: nextText } : undefined;
    granted.value = grantsNamed(nextText);
  }
  function edit(next: string): void {
    text.value = next;
    localStorage.setItem(DRAFT, JSON.stringify({ name: name.value, text: next }));
  }

  function newScript(): void {
    setScript("untitled.ts", blank, false);
    granted.value = ["read"];
  }
  function openExample(wanted: string): void {
    const example = shelf.value?.examples.find((one) => one.name === wanted);
    if (example) setScript(example.name, example.text, true);
  }
  async function openFile(wanted: string): Promise<void> {
    const answer = await bridge.value!.ask("readScript", { name: wanted });
    if (answer.ok) setScript(wanted, answer.value, true);
    else toasts.error("The script was not opened", answer.error);
  }
  async function save(): Promise<void> {
    const kept = { name: name.value, text: text.value };
    if (!scriptName.test(kept.name))
      return toasts.error("Not saved", `"${kept.name}" is no name: letters, digits, ".", "-", then ".ts".`);
    const answer = await bridge.value!.ask("writeScript", kept);
    if (!answer.ok) return toasts.error("The script was not saved", answer.error);
    saved.value = kept;
    shelf.value = { ...shelf.value!, files: answer.value };
  }
  async function remove(): Promise<void> {
    const answer = await bridge.value!.ask("removeScript", { name: name.value });
    if (!answer.ok) return toasts.error("The script was not removed", answer.error);
    shelf.value = { ...shelf.value!, files: answer.value };
    saved.value = undefined;
    toasts.note("The script was removed", "It is still in the editor: save it to have it back.");
  }

  async function start(): Promise<void> {
    if (isRunning.value) return;
    lines.value = [];
    end.value = undefined;
    startedAt.value = performance.now();
    const call = {
      source: text.value, file: name.value, grants: [...granted.value], seconds: seconds.value,
    };
    const answer = await bridge.value!.ask("runScript", call);
    run.value = answer.ok ? answer.value.run : undefined;
    if (!answer.ok) toasts.error("The script was not run", answer.error);
  }
  async function stop(): Promise<void> {
    if (isRunning.value) await bridge.value!.ask("stopScript", { run: run.value! });
  }

  function print(output: ScriptOutput): void {
    const pieces = output.text.split("\n");
    const last = lines.value.at(-1);
    if (last?.stream === output.stream && isOpenLine) last.text += pieces.shift()!;
    for (const piece of pieces) lines.value.push({ id: ++lastLine, stream: output.stream, text: piece });
    // The text behind the last line end belongs to the next piece.
    isOpenLine = true;
    if (lines.value.length > LINES_MAX) lines.value.splice(0, lines.value.length - LINES_MAX);
    bridge.value?.tell("ackScript", { run: output.run, offset: output.offset + output.text.length });
  }
  function ended(told: { readonly run: number; readonly end: ScriptEnd }): void {
    run.value = told.run;
    end.value = told.end;
    isOpenLine = false;
    tookSeconds.value = (performance.now() - startedAt.value) / 1000;
  }

  return {
    shelf, name, text, granted, seconds, lines, end, isRunning, isChanged, isFile, startedAt, tookSeconds,
    load, open, edit, newScript, openExample, openFile, save, remove, start, stop, print, ended,
  };
});

function draftOfBefore(): { name: string; text: string } | undefined {
  try {
    const { name, text } = JSON.parse(localStorage.getItem(DRAFT) ?? "") as { name: unknown; text: unknown };
    return typeof name === "string" && typeof text === "string" ? { name, text } : undefined;
  } catch {
    return undefined;
  }
}
