/**
 * The tree of snapshots as this page knows it, the same in every window; the one in front and the one it is
 * compared with; and the piece of work under way, with its progress and its end.
 */
import { defineStore } from "pinia";
import { computed, ref, shallowRef } from "vue";
import type { SnapshotSummary } from "../../../engine/api/snapshot.ts";
import {
  snapshotLimits,
  type SnapshotCall,
  type SnapshotCallName,
  type SnapshotCalls,
  type SnapshotDiff,
  type SnapshotTask,
} from "../../../engine/api/snapshotCalls.ts";
import type { TaskProgress } from "../../../engine/api/task.ts";
import type { Outcome } from "../../../engine/api/workbench.ts";
import type { Bridge } from "../../bridge.ts";
import { useToasts } from "../../ui/toasts.ts";
import { rowsOf } from "./tree.ts";

type Answer<Name extends SnapshotCallName> = Outcome<ReturnType<SnapshotCalls[Name]>>;
export interface Comparison {
  readonly before: SnapshotSummary;
  readonly after: SnapshotSummary;
  readonly diff: SnapshotDiff;
}

/** Rows of memory that a comparison asks for: more is for the command line. */
const DIFF_ROWS = 512;

export const useSnapshots = defineStore("snapshots", () => {
  const toasts = useToasts();
  const bridge = shallowRef<Bridge>();
  /** Undefined until the host has told. */
  const tree = shallowRef<readonly SnapshotSummary[]>();
  const problem = ref("");
  const chosenId = ref<number>();
  /** Which one the chosen one is compared with; none: its parent. */
  const otherId = ref<number>();
  const comparison = shallowRef<Comparison>();
  const work = shallowRef<{
    readonly task: string;
    readonly title: string;
    readonly progress?: TaskProgress;
  }>();
  let tasks = 0;

  const rows = computed(() => rowsOf(tree.value ?? []));
  const byId = computed(() => new Map(tree.value?.map((one) => [one.id, one])));
  const chosen = computed(() => byId.value.get(chosenId.value ?? -1));
  const other = computed(() => byId.value.get(otherId.value ?? chosen.value?.parent ?? -1));
  const isBusy = computed(() => work.value !== undefined);

  function load(from: Bridge): void {
    bridge.value = from;
    work.value = undefined;
    void refresh();
  }
  function changed(next: readonly SnapshotSummary[]): void {
    const place = rows.value.findIndex(({ snapshot }) => snapshot.id === chosenId.value);
    tree.value = next;
    problem.value = "";
    // Where the chosen one is gone, what stands in its place now; the newest where none was chosen.
    const inPlace = rows.value[Math.min(place, rows.value.length - 1)]?.snapshot;
    if (!chosen.value) chosenId.value = (inPlace ?? next.at(-1))?.id;
    const [before, after] = [comparison.value?.before.id, comparison.value?.after.id];
    if (!byId.value.has(before ?? 0) || !byId.value.has(after ?? 0)) comparison.value = undefined;
  }
  function progressed({ task, progress }: SnapshotTask): void {
    if (work.value?.task === task) work.value = { ...work.value, progress };
  }

  async function ask<Name extends SnapshotCallName>(
    name: Name,
    call: Parameters<SnapshotCalls[Name]>[0],
  ): Promise<Answer<Name>> {
    const asked = { name, ...call } as unknown as SnapshotCall;
    return (await bridge.value!.ask("snapshots", { call: asked })) as Answer<Name>;
  }
  async function refresh(): Promise<void> {
    const listed = await ask("list", {});
    if (listed.ok) changed(listed.value);
    else problem.value = listed.error;
  }

  /** Work that takes its time, shown with its progress; a refusal is shown as a message. */
  async function doWork<Name extends SnapshotCallName>(
    title: string,
    name: Name,
    call: Parameters<SnapshotCalls[Name]>[0],
  ): Promise<ReturnType<SnapshotCalls[Name]> | undefined> {
    if (work.value) {
      toasts.error(title, `${work.value.title} is under way; wait for its end, or cancel it.`);
      return undefined;
    }
    const task = `task-${++tasks}`;
    work.value = { task, title };
    const done = await ask(name, { ...call, task });
    if (work.value?.task === task) work.value = undefined;
    if (done.ok) return done.value;
    if (!done.error.includes("was cancelled")) toasts.error(`${title} failed`, done.error);
    return undefined;
  }
  async function cancel(): Promise<void> {
    if (work.value) await ask("cancel", { task: work.value.task });
  }

  async function save(machine: string, note = ""): Promise<SnapshotSummary | undefined> {
    const saved = await doWork("Saving", "save", { machine, note });
    if (saved) chosenId.value = saved.id;
    return saved;
  }
  const restore = (snapshot: number, into: "same" | "new") =>
    doWork("Restoring", "restore", { snapshot, into });

  async function act<Name extends "note" | "remove">(
    title: string,
    name: Name,
    call: Parameters<SnapshotCalls[Name]>[0],
  ): Promise<void> {
    const done = await ask(name, call);
    if (!done.ok) toasts.error(title, done.error);
  }
  const setNote = (snapshot: number, note: string): Promise<void> =>
    act("The note was not kept", "note", { snapshot, note });
  const remove = (snapshot: number): Promise<void> => act("Not removed", "remove", { snapshot });

  async function compare(): Promise<void> {
    const [before, after] = [other.value, chosen.value];
    if (!before || !after) return;
    const order = { before: before.id, after: after.id, rowsMax: DIFF_ROWS };
    const diff = await doWork("Comparing", "diff", order);
    if (diff) comparison.value = { before, after, diff };
  }

  /** The snapshot as a file of the person's. */
  async function exportFile(snapshot: number): Promise<File | undefined> {
    const made = await doWork("Exporting", "export", { snapshot });
    if (!made) return undefined;
    const { id, name, sizeBytes } = made;
    const parts: Uint8Array<ArrayBuffer>[] = [];
    for (let offset = 0; offset < sizeBytes; offset += snapshotLimits.exportChunkBytes) {
      const part = await ask("readExport", { id, offset });
      if (!part.ok) {
        toasts.error("Exporting failed", part.error);
        return undefined;
      }
      parts.push(part.value as Uint8Array<ArrayBuffer>);
    }
    await ask("dropExport", { id });
    return new File(parts, name, { type: "application/octet-stream" });
  }
  const importUpload = (upload: string) => doWork("Importing", "import", { upload });

  return {
    bridge,
    tree,
    problem,
    rows,
    chosenId,
    otherId,
    chosen,
    other,
    comparison,
    work,
    isBusy,
    load,
    changed,
    progressed,
    refresh,
    cancel,
    save,
    restore,
    setNote,
    remove,
    compare,
    exportFile,
    importUpload,
  };
});
