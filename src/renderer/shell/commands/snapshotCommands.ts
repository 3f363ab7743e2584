/** Commands on saved machines: those that take the machine in front, and those on the snapshot in front. */
import { nextTick } from "vue";
import { useConsoles } from "../../features/console/consoles.ts";
import { useMachines } from "../../features/machines/machines.ts";
import { uploadFile } from "../../features/machines/upload.ts";
import { useSnapshots } from "../../features/snapshots/snapshots.ts";
import { useDialogs } from "../../ui/dialogs.ts";
import { download } from "../../ui/download.ts";
import { useToasts } from "../../ui/toasts.ts";
import type { Command } from "../command.ts";
import { useWorkspace } from "../workspace.ts";

export function snapshotCommands(): readonly Command[] {
  const snapshots = useSnapshots();
  const machines = useMachines();
  const consoles = useConsoles();
  const workspace = useWorkspace();
  const dialogs = useDialogs();
  const toasts = useToasts();
  const isLive = (): boolean => ["running", "paused"].includes(machines.selectedState ?? "");
  const hasChosen = (): boolean => snapshots.chosen !== undefined && !snapshots.isBusy;

  async function take(): Promise<void> {
    const saved = await snapshots.save(machines.selectedId!);
    if (!saved) return;
    const guest = machines.machines.get(saved.guest)?.phase === "paused" ? "stays paused" : "runs on";
    toasts.note(`Saved as snapshot ${saved.id}`, `The guest ${guest}. The panel Snapshots has the rest.`);
  }

  async function restore(): Promise<void> {
    const { id, guest, title } = snapshots.chosen!;
    const machine = machines.machines.get(guest);
    const isOn = machine && ["starting", "running", "paused"].includes(machine.phase);
    const sentence = `${title} goes back; what it has done since is lost unless it was saved.`;
    if (isOn && !(await dialogs.confirm(`Go on from snapshot ${id}?`, sentence, "Go on from there"))) return;
    await showMachine(await snapshots.restore(id, "same"));
  }
  async function showMachine(machine: { readonly id: string } | undefined): Promise<void> {
    if (!machine) return;
    machines.select(machine.id);
    workspace.show("console");
    consoles.reveal(machine.id);
    await nextTick();
    consoles.focus();
  }

  async function remove(): Promise<void> {
    const { id, note } = snapshots.chosen!;
    const what = note ? `“${note}”` : "It";
    const sentence = `${what} is deleted for good; those that were made after it stay.`;
    if (await dialogs.confirm(`Remove snapshot ${id}?`, sentence, "Remove")) await snapshots.remove(id);
  }

  async function exportFile(): Promise<void> {
    const file = await snapshots.exportFile(snapshots.chosen!.id);
    if (file) download(file.name, file);
  }

  function importFile(): void {
    const input = document.createElement("input");
    input.type = "file";
    input.accept = ".lwsnap";
    input.onchange = () => void takeFile(input.files?.[0]);
    input.click();
  }
  async function takeFile(file: File | undefined): Promise<void> {
    if (!file) return;
    const chunk = machines.info!.uploadChunkBytes;
    const { signal } = new AbortController();
    const uploaded = await uploadFile(machines.bridge!, file, chunk, () => undefined, signal);
    if (!uploaded.ok) return toasts.error("Not imported", uploaded.error);
    const came = await snapshots.importUpload(uploaded.value);
    if (came) snapshots.chosenId = came.id;
  }

  return [
    {
      id: "snapshot.take",
      title: "Take a snapshot",
      group: "Snapshots",
      keys: "Ctrl+Shift+S",
      enabled: () => isLive() && !snapshots.isBusy,
      run: take,
    },
    {
      id: "snapshot.restore",
      title: "Go on from the snapshot",
      group: "Snapshots",
      enabled: hasChosen,
      run: restore,
    },
    {
      id: "snapshot.restoreNew",
      title: "Go on from the snapshot in a new machine",
      group: "Snapshots",
      enabled: hasChosen,
      run: async () => showMachine(await snapshots.restore(snapshots.chosen!.id, "new")),
    },
    {
      id: "snapshot.note",
      title: "Change the snapshot's note",
      group: "Snapshots",
      enabled: hasChosen,
      run: async () => {
        workspace.show("snapshots");
        await nextTick();
        document.querySelector<HTMLElement>(".card input.note")?.focus();
      },
    },
    {
      id: "snapshot.compare",
      title: "Compare the snapshot",
      group: "Snapshots",
      enabled: () => hasChosen() && snapshots.other !== undefined,
      run: () => snapshots.compare(),
    },
    {
      id: "snapshot.export",
      title: "Export the snapshot",
      group: "Snapshots",
      enabled: hasChosen,
      run: exportFile,
    },
    {
      id: "snapshot.import",
      title: "Import a snapshot",
      group: "Snapshots",
      enabled: () => machines.info !== undefined && !snapshots.isBusy,
      run: importFile,
    },
    {
      id: "snapshot.remove",
      title: "Remove the snapshot",
      group: "Snapshots",
      enabled: hasChosen,
      run: remove,
    },
    {
      id: "snapshot.cancel",
      title: "Cancel the work on snapshots",
      group: "Snapshots",
      enabled: () => snapshots.isBusy,
      run: () => snapshots.cancel(),
    },
  ];
}
