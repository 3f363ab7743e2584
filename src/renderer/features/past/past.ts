/**
 * Going to a moment of a machine's run and back to its present. A machine in the past is one of the list like
 * any other: the panels look at it once it is in front.
 */
import { defineStore } from "pinia";
import { computed } from "vue";
import type { PastGoal } from "../../../engine/api/history.ts";
import { recordParts } from "../../../engine/api/recordParts.ts";
import type { Watchpoint } from "../../../engine/api/watch.ts";
import { download } from "../../ui/download.ts";
import { useToasts } from "../../ui/toasts.ts";
import { useMachines } from "../machines/machines.ts";

export const usePast = defineStore("past", () => {
  const machines = useMachines();
  const toasts = useToasts();
  const past = computed(() => machines.selectedMachine?.past);
  /** The machine in front has run in this host, so there is something to go back to. */
  const canGo = computed(() => {
    const phase = machines.selectedMachine?.phase;
    return phase !== undefined && phase !== "starting" && past.value?.done === undefined;
  });

  /** Seen from where the machine in front stands. */
  async function go(goal: PastGoal): Promise<boolean> {
    const id = machines.selectedId ?? "";
    const gone = await machines.bridge!.ask("goToPast", { id, goal });
    if (!gone.ok) {
      toasts.error("Not in the past", gone.error);
      return false;
    }
    if (gone.value.id !== id) {
      machines.machines.set(gone.value.id, gone.value);
      machines.select(gone.value.id);
    }
    return true;
  }
  const goTo = (instructions: number): Promise<boolean> => go({ kind: "at", instructions });
  const lastWriter = (watch: Watchpoint): Promise<boolean> => go({ kind: "write", watch });

  /** A file that repeats the run of the machine in front up to now, on the command line. */
  async function saveRecord(): Promise<void> {
    const id = machines.selectedId ?? "";
    const record = await recordParts((rest) => machines.bridge!.ask("recordOf", { id, rest }));
    if (record.ok) download(`${id}-run.jsonl`, new Blob(record.value, { type: "application/jsonl" }));
    else toasts.error("No record was saved", record.error);
  }

  /** Back to the machine itself; the one in the past is let go. */
  async function leave(): Promise<void> {
    const { selectedId } = machines;
    const present = past.value?.of;
    if (!present || selectedId === undefined) return;
    machines.select(present);
    await machines.request("powerOffMachine", selectedId);
  }

  return { past, canGo, go, goTo, lastWriter, saveRecord, leave };
});
