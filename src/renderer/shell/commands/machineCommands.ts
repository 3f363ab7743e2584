/** Commands on the machine of the guest in front, and on the list of guests. */
import { nextTick, ref } from "vue";
import { useConsoles } from "../../features/console/consoles.ts";
import { useMachines } from "../../features/machines/machines.ts";
import { useDialogs } from "../../ui/dialogs.ts";
import { always, type Command } from "../command.ts";

export function machineCommands(): readonly Command[] {
  const machines = useMachines();
  const consoles = useConsoles();
  const dialogs = useDialogs();
  const state = () => machines.selectedState;
  /** Added by the person, as a guest or from a snapshot. */
  const isOwn = (): boolean => ["user", "snapshot"].includes(machines.selected?.kind ?? "");

  /** What was on when its host ended can go on where it was saved. */
  const canBeTakenUp = (): boolean => machines.leftOf(machines.selectedId ?? "")?.snapshot !== undefined;
  const isBeginning = ref(false);

  /** Go on, take up again or start: whatever running this guest means now. */
  async function run(): Promise<void> {
    const id = machines.selectedId!;
    if (state() === "paused") return machines.request("resumeMachine", id);
    await begin(id, canBeTakenUp() ? machines.takeUp : machines.start);
  }
  async function begin(id: string, how: (id: string) => Promise<boolean>): Promise<void> {
    isBeginning.value = true;
    const isOn = await how(id);
    isBeginning.value = false;
    if (!isOn) return;
    consoles.reveal(id);
    await nextTick();
    consoles.focus();
  }

  async function reset(): Promise<void> {
    const sentence =
      "The guest begins again from its kernel. What it has not written to a disk is lost to it; " +
      "the record of its run goes on, so its past can still be gone to.";
    const id = machines.selectedId!;
    if (await dialogs.confirm(`Reset ${machines.titleOf(id)}?`, sentence, "Reset"))
      await machines.request("resetMachine", id);
  }

  async function powerOff(): Promise<void> {
    const sentence = "The guest is not asked to shut down. What it has not written to a disk is lost.";
    const id = machines.selectedId!;
    if (await dialogs.confirm(`Power off ${machines.titleOf(id)}?`, sentence, "Power off"))
      await machines.request("powerOffMachine", id);
  }

  async function remove(): Promise<void> {
    const isCopy = machines.selected?.kind === "snapshot";
    const sentence = isCopy
      ? "Its snapshot is kept; the machine can be made from it again."
      : "Its kernel, initrd and settings are deleted from this machine.";
    const id = machines.selectedId!;
    if (await dialogs.confirm(`Remove ${machines.titleOf(id)}?`, sentence, "Remove"))
      await machines.removeGuest(id);
  }

  const can =
    (...states: (string | undefined)[]) =>
    () =>
      states.includes(state());
  return [
    {
      id: "machine.run",
      title: "Start, take up again or resume",
      group: "Machine",
      keys: "F5",
      enabled: () => can("off", "crashed", "paused")() && !isBeginning.value,
      run,
    },
    {
      id: "machine.startAfresh",
      title: "Start afresh, not where it was saved",
      group: "Machine",
      enabled: () => can("off", "crashed")() && canBeTakenUp() && !isBeginning.value,
      run: () => begin(machines.selectedId!, machines.start),
    },
    {
      id: "machine.pause",
      title: "Pause",
      group: "Machine",
      keys: "F6",
      enabled: can("running"),
      run: () => machines.request("pauseMachine", machines.selectedId!),
    },
    { id: "machine.reset", title: "Reset", group: "Machine", enabled: can("running", "paused"), run: reset },
    {
      id: "machine.powerOff",
      title: "Power off",
      group: "Machine",
      enabled: can("starting", "running", "paused"),
      run: powerOff,
    },
    {
      id: "machine.fetch",
      title: "Fetch the guest",
      group: "Machine",
      enabled: can("absent"),
      run: () => machines.fetchGuest(machines.selectedId!),
    },
    {
      id: "guest.add",
      title: "Add guest",
      group: "Machine",
      keys: "Ctrl+Shift+A",
      enabled: always,
      run: () => {
        machines.adding = true;
      },
    },
    {
      id: "guest.remove",
      title: "Remove the guest",
      group: "Machine",
      enabled: () => isOwn() && can("off", "crashed")(),
      run: remove,
    },
    {
      id: "guest.filter",
      title: "Filter the panel, or the guests",
      group: "Machine",
      shortKeys: "/",
      enabled: always,
      run: () => {
        const panel = document.activeElement?.closest(".panel");
        const own = panel?.querySelector<HTMLElement>("[data-filter]");
        (own ?? document.querySelector<HTMLElement>(".machine-list input"))?.focus();
      },
    },
  ];
}
