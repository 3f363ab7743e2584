/**
 * What the debugger panels share: whose CPU they look at, the breakpoints of every machine, the addresses
 * they send each other to, and the one way to ask.
 */
import { defineStore } from "pinia";
import { computed, ref } from "vue";
import type { AddressSpace, DebugCall, DebugCalls, DebugName, Hex } from "../../../engine/api/debug.ts";
import { sameWatch, type Watchpoint } from "../../../engine/api/watch.ts";
import type { Outcome } from "../../../engine/api/workbench.ts";
import { useToasts } from "../../ui/toasts.ts";
import { useMachines } from "../machines/machines.ts";
import { LookBatch } from "./lookBatch.ts";

type Answer<Name extends DebugName> = Outcome<ReturnType<DebugCalls[Name]>>;

export const useDebug = defineStore("debug", () => {
  const machines = useMachines();
  const toasts = useToasts();
  const chosenCpu = ref(0);
  /** Where memory was asked to look; a new object each time, so that asking again goes there again. */
  const memoryTarget = ref<{ readonly address: Hex; readonly space?: AddressSpace }>();
  /** The same for the disassembly. */
  const codeTarget = ref<{ readonly address: Hex }>();
  /** The line of the disassembly that keys act on. */
  const cursor = ref<Hex>();
  const id = computed(() => machines.selectedId ?? "");
  const machine = computed(() => machines.selectedMachine);
  const isOn = computed(() => machine.value?.phase === "running" || machine.value?.phase === "paused");
  const isPaused = computed(() => machine.value?.phase === "paused");
  /** Nothing changes in the past. */
  const mayWrite = computed(() => isPaused.value && !machine.value?.past);
  const cpu = computed(() => Math.min(chosenCpu.value, (machine.value?.cpus ?? 1) - 1));
  const breakpoints = computed(() => machine.value?.breakpoints ?? []);
  const watchpoints = computed(() => machine.value?.watchpoints ?? []);

  const batch = new LookBatch((of, call) => machines.bridge!.ask("debugMachine", { id: of, call }));

  async function ask<Name extends DebugName>(
    name: Name,
    call: Parameters<DebugCalls[Name]>[0],
  ): Promise<Answer<Name>> {
    const asked = { name, ...call } as unknown as DebugCall;
    return (await batch.ask(id.value, asked)) as Answer<Name>;
  }

  /** Asks for something a person wants done: a refusal is shown. */
  async function act<Name extends DebugName>(
    title: string,
    name: Name,
    call: Parameters<DebugCalls[Name]>[0],
  ): Promise<boolean> {
    const answer = await ask(name, call);
    if (!answer.ok) toasts.error(title, answer.error);
    return answer.ok;
  }

  async function toggleBreakpoint(address: Hex): Promise<void> {
    const before = breakpoints.value;
    const addresses = before.includes(address)
      ? before.filter((other) => other !== address)
      : [...before, address].sort();
    await act("The breakpoint was not set", "setBreakpoints", { addresses });
  }
  const isWatched = (watch: Watchpoint): boolean =>
    watchpoints.value.some((other) => sameWatch(other, watch));
  async function toggleWatch(watch: Watchpoint): Promise<void> {
    const others = watchpoints.value.filter((other) => !sameWatch(other, watch));
    const isNew = others.length === watchpoints.value.length;
    const next = isNew ? [...others, watch] : others;
    await act("The watchpoint was not set", "setWatchpoints", { watchpoints: next });
  }

  const step = (): Promise<boolean> => act("No step", "step", { cpu: cpu.value });
  const stepOver = (): Promise<boolean> => act("No step", "stepOver", { cpu: cpu.value });
  async function runToCursor(): Promise<void> {
    if (cursor.value) await act("Not run", "runTo", { address: cursor.value });
  }
  /** In the panel's own kind of address, unless one is named. */
  function showMemory(address: Hex, space?: AddressSpace): void {
    memoryTarget.value = { address, ...(space && { space }) };
  }
  function showCode(address: Hex): void {
    codeTarget.value = { address };
  }

  return {
    chosenCpu,
    cpu,
    id,
    machine,
    isOn,
    isPaused,
    mayWrite,
    cursor,
    breakpoints,
    watchpoints,
    memoryTarget,
    codeTarget,
    ask,
    act,
    toggleBreakpoint,
    isWatched,
    toggleWatch,
    step,
    stepOver,
    runToCursor,
    showMemory,
    showCode,
  };
});
