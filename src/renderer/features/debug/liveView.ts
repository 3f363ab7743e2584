/**
 * What a panel shows of a machine, kept up to date: thirty-three times a second while the machine runs, once
 * after every stop, and not at all while nobody sees the panel.
 */
import { onBeforeUnmount, onMounted, ref, shallowRef, watch, type Ref, type ShallowRef } from "vue";
import type { Outcome } from "../../../engine/api/workbench.ts";
import { useDebug } from "./debug.ts";

/** Of dockview's panel API, what is needed here. */
export interface PanelVisibility {
  readonly isVisible: boolean;
  onDidVisibilityChange(listener: (event: { readonly isVisible: boolean }) => void): { dispose(): void };
}

export interface LiveView<T> {
  /** The last answer; none before the first, or while the machine is off. */
  readonly value: ShallowRef<T | undefined>;
  readonly problem: Ref<string>;
  /** Answers in the last second. */
  readonly rate: Ref<number>;
  refresh(): void;
}

const RATE_MS = 1000;
/** A figure that changes with every answer cannot be read. */
const RATE_SHOWN_MS = 500;
/** From one question to the next: enough for the eye, and the guest pays for every one. */
const SPACING_MS = 30;
/** Timers may fire so much too early. */
const EARLY_MS = 2;

export function useLiveView<T>(
  panel: PanelVisibility,
  ask: () => Promise<Outcome<T>>,
  /** What the question depends on. */
  depends: () => unknown = () => undefined,
): LiveView<T> {
  const debug = useDebug();
  const value = shallowRef<T>();
  const problem = ref("");
  const rate = ref(0);
  let isAlive = true;
  let isVisible = panel.isVisible;
  let isAsking = false;
  let isWanted = false;
  let times: number[] = [];
  let rateShownAt = 0;

  async function refresh(): Promise<void> {
    isWanted = true;
    if (isAsking || !isAlive) return;
    isAsking = true;
    let before: Promise<void> | undefined;
    while (isAlive && isWanted && isVisible && debug.isOn) {
      isWanted = debug.machine?.phase === "running";
      const answered = askOnce();
      if (!isWanted) await answered;
      else await nextTurn();
      // One question may be under way beside the newest: a busy host answers late, and in order.
      await before;
      before = answered;
    }
    await before;
    isAsking = false;
    if (!debug.isOn) value.value = undefined;
  }

  async function askOnce(): Promise<void> {
    const { id } = debug;
    const answer = await ask();
    if (!isAlive || id !== debug.id) return;
    if (answer.ok) value.value = answer.value;
    problem.value = answer.ok ? "" : answer.error;
    count();
  }

  function count(): void {
    const now = performance.now();
    times = [...times.filter((time) => now - time < RATE_MS), now];
    if (now - rateShownAt < RATE_SHOWN_MS) return;
    rateShownAt = now;
    rate.value = times.length;
  }

  watch(
    () => [debug.id, debug.cpu, debug.machine?.phase, debug.machine?.run, debug.machine?.halt, depends()],
    () => void refresh(),
  );
  // Another machine's answers are nobody's here.
  watch(
    () => debug.id,
    () => (value.value = undefined),
    { flush: "sync" },
  );
  const listening = panel.onDidVisibilityChange((event) => {
    isVisible = event.isVisible;
    void refresh();
  });
  onMounted(() => void refresh());
  onBeforeUnmount(() => {
    isAlive = false;
    listening.dispose();
  });
  return { value, problem, rate, refresh: () => void refresh() };
}

/**
 * Waits until the next question is due, by a clock that all panels share, so that what they ask goes together
 * and comes onto the screen together. A page that nobody sees asks nothing.
 */
async function nextTurn(): Promise<void> {
  const now = performance.now();
  const due = (Math.floor((now + EARLY_MS) / SPACING_MS) + 1) * SPACING_MS;
  await new Promise((resolve) => setTimeout(resolve, due - now));
  while (document.hidden) await new Promise((resolve) => requestAnimationFrame(resolve));
}
