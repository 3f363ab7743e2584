/**
 * The machine of devices alone as this page knows it: what is open and where it stands, the same in every
 * window, and the one way to ask it.
 */
import { defineStore } from "pinia";
import { computed, ref, shallowRef } from "vue";
import {
  nothingOpen,
  type Catalogue,
  type DeviceCall,
  type DeviceCallName,
  type DeviceCalls,
  type DeviceReport,
  type PartKind,
} from "../../../engine/api/deviceSession.ts";
import type { Outcome } from "../../../engine/api/workbench.ts";
import type { Bridge } from "../../bridge.ts";
import { useToasts } from "../../ui/toasts.ts";

type Answer<Name extends DeviceCallName> = Outcome<ReturnType<DeviceCalls[Name]>>;

export const useDevices = defineStore("devices", () => {
  const toasts = useToasts();
  const report = shallowRef<DeviceReport>(nothingOpen);
  const catalogue = shallowRef<Catalogue>();
  const bridge = shallowRef<Bridge>();
  /** The interrupt source that panels look at; the first claimed one where nobody chose. */
  const lisn = ref<number>();
  /** The interrupt whose steps the ledger shows. */
  const interrupt = ref<number>();
  const machine = computed(() => report.value.machine);
  const batch = computed(() => report.value.batch);
  const isPlaying = computed(() => batch.value?.state === "running");
  const canGoOn = computed(
    () => machine.value !== undefined && machine.value.at < machine.value.steps.length,
  );
  const canGoBack = computed(() => (machine.value?.at ?? 0) > 0);

  function load(from: Bridge, now: DeviceReport): void {
    bridge.value = from;
    report.value = now;
  }
  function changed(now: DeviceReport): void {
    report.value = now;
  }

  async function ask<Name extends DeviceCallName>(
    name: Name,
    call: Parameters<DeviceCalls[Name]>[0],
  ): Promise<Answer<Name>> {
    const asked = { name, ...call } as unknown as DeviceCall;
    return (await bridge.value!.ask("deviceMachine", { call: asked })) as Answer<Name>;
  }

  /** Asks for something a person wants done: a refusal is shown. */
  async function act<Name extends DeviceCallName>(
    title: string,
    name: Name,
    call: Parameters<DeviceCalls[Name]>[0],
  ): Promise<boolean> {
    const answer = await ask(name, call);
    if (!answer.ok) toasts.error(title, answer.error);
    return answer.ok;
  }

  /** The list is the host's and does not change while it runs. */
  async function loadCatalogue(): Promise<void> {
    if (catalogue.value || !bridge.value) return;
    const answer = await ask("catalogue", {});
    if (answer.ok) catalogue.value = answer.value;
    else toasts.error("The scenarios could not be listed", answer.error);
  }

  const open = (scenario: string, defects: readonly string[] = []): Promise<boolean> =>
    act("Not opened", "openScenario", { scenario, defects });
  const make = (kind: string): Promise<boolean> => act("Not made", "makeMachine", { kind });
  const goTo = (step: number): Promise<boolean> => act("Not stepped", "goTo", { step });

  /** Turns a defect on or off; the machine is built anew and brought to the step where it stood. */
  async function toggleDefect(name: string): Promise<void> {
    const now = machine.value;
    if (!now?.scenario) return;
    const isOn = now.defects.includes(name);
    const defects = isOn ? now.defects.filter((one) => one !== name) : [...now.defects, name];
    if (await open(now.scenario.id, defects)) await goTo(now.at);
  }

  /** Parts of a kind that the open machine has. */
  const partsOf = (kind: PartKind) => machine.value?.parts.filter((part) => part.kind === kind) ?? [];

  return {
    report,
    catalogue,
    bridge,
    lisn,
    interrupt,
    machine,
    batch,
    isPlaying,
    canGoOn,
    canGoBack,
    load,
    changed,
    ask,
    act,
    loadCatalogue,
    open,
    make,
    goTo,
    toggleDefect,
    partsOf,
  };
});
