/**
 * Sentences for the person: what came, what is allowed, what follows. Errors stay until they are dismissed.
 */
import { defineStore } from "pinia";
import { ref } from "vue";

export interface Toast {
  readonly id: number;
  readonly kind: "error" | "note";
  readonly title: string;
  readonly sentence: string;
}

const NOTE_MS = 6_000;
const TOASTS_MAX = 4;

export const useToasts = defineStore("toasts", () => {
  const toasts = ref<Toast[]>([]);
  let last = 0;

  function show(kind: Toast["kind"], title: string, sentence: string): void {
    const id = ++last;
    const others = toasts.value.filter((toast) => toast.title !== title || toast.sentence !== sentence);
    toasts.value = [...others, { id, kind, title, sentence }].slice(-TOASTS_MAX);
    if (kind === "note") setTimeout(() => dismiss(id), NOTE_MS);
  }

  function dismiss(id: number): void {
    toasts.value = toasts.value.filter((toast) => toast.id !== id);
  }

  return {
    toasts,
    dismiss,
    error: (title: string, sentence: string) => show("error", title, sentence),
    note: (title: string, sentence: string) => show("note", title, sentence),
  };
});
