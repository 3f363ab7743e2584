/** Everything the page knows of the host: guests, machines, fetches, and which guest the person looks at. */
import { defineStore } from "pinia";
import { computed, ref, shallowRef } from "vue";
import { apMatrixOf } from "../../../engine/api/apMatrix.ts";
import type {
  ConsoleChunk,
  FetchState,
  GuestSummary,
  HostInfo,
  LeftMachine,
  MachineSummary,
  Outcome,
  PageCalls,
} from "../../../engine/api/workbench.ts";
import type { Bridge } from "../../bridge.ts";
import { useSettings } from "../../shell/settings.ts";
import { useToasts } from "../../ui/toasts.ts";
import { useDevices } from "../devices/devices.ts";
import { useScripts } from "../scripts/scripts.ts";
import { useSnapshots } from "../snapshots/snapshots.ts";
import { guestState, isOn, type GuestState } from "./guestState.ts";

export interface ConsoleSink {
  take(chunk: ConsoleChunk): void;
  /** The connection is new: ask for what was missed. */
  reattach(): void;
}

export const useMachines = defineStore("machines", () => {
  const toasts = useToasts();
  const settings = useSettings();
  const devices = useDevices();
  const scripts = useScripts();
  const snapshots = useSnapshots();
  const bridge = shallowRef<Bridge>();
  const info = shallowRef<HostInfo>();
  const guests = shallowRef<readonly GuestSummary[]>([]);
  const machines = ref(new Map<string, MachineSummary>());
  /** Machines that were on when their host ended. */
  const left = shallowRef<readonly LeftMachine[]>([]);
  const fetches = ref(new Map<string, FetchState>());
  /** When this page first heard of each fetch that goes on, by `performance.now()`. */
  const fetchesSince = new Map<string, number>();
  const selectedId = ref<string>();
  const adding = ref(false);
  let sink: ConsoleSink | undefined;

  const selected = computed(() => guests.value.find((guest) => guest.id === selectedId.value));
  const selectedMachine = computed(() => machines.value.get(selectedId.value ?? ""));
  const selectedState = computed(() => selected.value && stateOf(selected.value));
  /** What running the guest in front means now. */
  const runLabel = computed(() => {
    if (selectedState.value === "paused") return "Resume";
    return leftOf(selectedId.value ?? "")?.snapshot ? "Take up again" : "Start";
  });
  const connection = computed(() => bridge.value?.connection.value ?? "connecting");

  function stateOf(guest: GuestSummary): GuestState {
    return guestState(guest, machines.value.get(guest.id), fetches.value.get(guest.id));
  }

  function connect(to: Bridge): void {
    bridge.value = to;
    to.onOpen = () => void refresh();
    to.open();
  }

  async function refresh(): Promise<void> {
    const hello = await bridge.value!.hello();
    if (!hello) return;
    info.value = hello.info;
    settings.load(bridge.value!, hello.settings);
    devices.load(bridge.value!, hello.devices);
    scripts.load(bridge.value!);
    snapshots.load(bridge.value!);
    guests.value = hello.guests;
    machines.value = new Map(hello.machines.map((machine) => [machine.id, machine]));
    fetches.value = new Map(hello.fetches.map(({ id, state }) => [id, state]));
    left.value = hello.left;
    if (!selected.value) selectedId.value = firstOf(hello.machines, hello.guests);
    sink?.reattach();
  }

  const leftOf = (id: string): LeftMachine | undefined => left.value.find((one) => one.id === id);

  /** What a person most likely came for: a machine that is on, or was; else the first guest of the list. */
  function firstOf(on: readonly MachineSummary[], all: readonly GuestSummary[]): string | undefined {
    const isLeft = ({ id }: GuestSummary): boolean => leftOf(id) !== undefined;
    return (on.find(isLive) ?? all.find(isLeft) ?? all.find(({ kind }) => kind === "debian") ?? all[0])?.id;
  }

  function pageCalls(): PageCalls {
    return {
      guestsChanged: (next) => {
        guests.value = next;
        // One that stood in the past is gone with its place in the list.
        for (const [id, { past }] of machines.value)
          if (past && !next.some((guest) => guest.id === id)) machines.value.delete(id);
        if (!selected.value) selectedId.value = next[0]?.id;
      },
      machineChanged: (machine) => machines.value.set(machine.id, machine),
      leftChanged: (next) => {
        left.value = next;
      },
      settingChanged: settings.changed,
      devicesChanged: devices.changed,
      scriptOutput: scripts.print,
      scriptEnded: scripts.ended,
      snapshotsChanged: snapshots.changed,
      snapshotTask: snapshots.progressed,
      consoleOutput: (chunk) => sink?.take(chunk),
      machineRefused: ({ id, sentence }) => toasts.error(titleOf(id), sentence),
      fetchChanged: ({ id, state }) => {
        if (state) fetches.value.set(id, state);
        else fetches.value.delete(id);
        if (state?.kind !== "fetching") fetchesSince.delete(id);
        else if (!fetchesSince.has(id)) fetchesSince.set(id, performance.now());
      },
    };
  }

  const titleOf = (id: string): string => guests.value.find((guest) => guest.id === id)?.title ?? id;

  /** Shows a refusal as a message; the value where there is none. */
  function told<T>(title: string, outcome: Outcome<T>): T | undefined {
    if (outcome.ok) return outcome.value;
    toasts.error(title, outcome.error);
    return undefined;
  }

  function select(id: string): void {
    selectedId.value = id;
    adding.value = false;
  }

  async function start(id: string): Promise<boolean> {
    const ap = apMatrixOf(apOf(id));
    const call = { id, ...(ap && { ap }) };
    const started = told(`${titleOf(id)} did not start`, await bridge.value!.ask("startMachine", call));
    return started !== undefined;
  }

  async function takeUp(id: string): Promise<boolean> {
    const taken = told(`${titleOf(id)} was not taken up`, await bridge.value!.ask("takeUpMachine", { id }));
    return taken !== undefined;
  }
  async function forgetLeft(id: string): Promise<void> {
    told(titleOf(id), await bridge.value!.ask("forgetLeft", { id }));
  }
  const apKey = (id: string): string => `ap.${id}`;
  /** AP queues that a guest is to have from its next start on, as they were written; "" for its own. */
  const apOf = (id: string): string => settings.values.get(apKey(id)) ?? "";
  async function setAp(id: string, text: string): Promise<void> {
    const problem = await settings.set(apKey(id), text.trim() || undefined);
    if (problem !== undefined) toasts.error("The AP queues were not kept", problem);
  }

  type Request = "resumeMachine" | "pauseMachine" | "resetMachine" | "powerOffMachine";
  async function request(name: Request, id: string): Promise<void> {
    told(titleOf(id), await bridge.value!.ask(name, { id }));
  }

  async function fetchGuest(id: string): Promise<void> {
    const fetched = await bridge.value!.ask("fetchGuest", { id });
    // The list shows a refusal of the fetch where it belongs; one before it began has no other place.
    if (!fetched.ok && !fetches.value.has(id)) toasts.error(`${titleOf(id)} was not fetched`, fetched.error);
  }

  async function cancelFetch(id: string): Promise<void> {
    told(titleOf(id), await bridge.value!.ask("cancelFetch", { id }));
  }

  async function removeGuest(id: string): Promise<void> {
    const removed = await bridge.value!.ask("removeGuest", { id });
    told(`${titleOf(id)} was not removed`, removed);
    if (removed.ok) machines.value.delete(id);
  }

  const isLive = (machine: MachineSummary): boolean =>
    machine.phase === "running" || machine.phase === "paused";

  return {
    bridge,
    info,
    guests,
    machines,
    leftOf,
    runLabel,
    fetches,
    fetchesSince,
    selectedId,
    selected,
    selectedMachine,
    selectedState,
    adding,
    connection,
    stateOf,
    titleOf,
    isOn,
    connect,
    pageCalls,
    select,
    start,
    apOf,
    setAp,
    takeUp,
    forgetLeft,
    request,
    fetchGuest,
    cancelFetch,
    removeGuest,
    setSink: (next: ConsoleSink) => {
      sink = next;
    },
  };
});
