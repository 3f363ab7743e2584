/**
 * What the debugger panels share: whose CPU they look at, the breakpoints of every machine, the addresses
 * they send each other to, and the one way to ask.
 */
import { defineStore } from "pinia";
import { computed, reactive, ref } from "vue";
import type { DebugCall, DebugCalls, DebugName, Hex } from "../../../engine/api/debug.ts";
import type { Outcome } from "../../../engine/api/workbench.ts";
import { useToasts } from "../../ui/toasts.ts";
import { useMachines } from "../machines/machines.ts";

type Answer<Name extends DebugName> = Outcome<ReturnType<DebugCalls[Name]>>;

export const useDebug = defineStore("debug", () => {
  const machines = useMachines();
  const toasts = useToasts();
  const chosenCpu = ref(0);
  const breakpoints = reactive(new Map<string, readonly Hex[]>());
  /** Where memory was asked to look; a new object each time, so that asking again goes there again. */
  const memoryTarget = ref<{ readonly address: Hex }>();
  /** The line of the disassembly that keys act on. */
  const cursor = ref<Hex>();
  const id = computed(() => machines.selectedId ?? "");
  const machine = computed(() => machines.selectedMachine);
  const isOn = computed(() => machine.value?.phase === "running" || machine.value?.phase === "paused");
  const isPaused = computed(() => machine.value?.phase === "paused");
  const cpu = computed(() => Math.min(chosenCpu.value, (machine.value?.cpus ?? 1) - 1));
  const here = computed(() => breakpoints.get(id.value) ?? []);

  async function ask<Name extends DebugName>(
    name: Name,
    call: Parameters<DebugCalls[Name]>[0],
  ): Promise<Answer<Name>> {
    const asked = { name, ...call } as unknown as DebugCall;
    return (await machines.bridge!.ask("debugMachine", { id: id.value, call: asked })) as Answer<Name>;
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
    const before = here.value;
    const next = before.includes(address)
      ? before.filter((other) => other !== address)
      : [...before, address].sort();
    if (await act("The breakpoint was not set", "setBreakpoints", { addresses: next }))
      breakpoints.set(id.value, next);
  }

  const step = (): Promise<boolean> => act("No step", "step", { cpu: cpu.value });
  const stepOver = (): Promise<boolean> => act("No step", "stepOver", { cpu: cpu.value });
  async function runToCursor(): Promise<void> {
    if (cursor.value) await act("Not run", "runTo", { address: cursor.value });
  }
  function showMemory(address: Hex): void {
    memoryTarget.value = { address };
  }

  return {
    chosenCpu,
    cpu,
    id,
    machine,
    isOn,
    isPaused,
    cursor,
    breakpoints: here,
    memoryTarget,
    ask,
    act,
    toggleBreakpoint,
    step,
    stepOver,
    runToCursor,
    showMemory,
  };
});
