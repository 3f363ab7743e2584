/**
 * The whole machine as named sections, and back. RAM and disk are not among them: they go as pages.
 *
 * A machine is restored by building a new one and giving it everything before it runs; what cannot be loaded
 * leaves a machine that is thrown away, and whatever ran before untouched. Order matters in one place: the
 * interrupt controller has its routes before devices count on them.
 */
import type { MachineConfig } from "../api/machine.ts";
import { PAGE_BYTES, type PageSet, type SavedMachine } from "../api/snapshot.ts";
import { ok, refuse, type Result } from "../base/result.ts";
import type { Core } from "../cpu/core.ts";
import { loadVcpu, saveVcpu, vcpuState } from "../cpu/state.ts";
import { vfioApState } from "../devices/ap/state.ts";
import { cryptoHardwareState } from "../devices/apMock/state.ts";
import { cssState } from "../devices/css/state.ts";
import { diagnoseState } from "../devices/diag/state.ts";
import { flicState } from "../devices/flic/state.ts";
import { sclpState } from "../devices/sclp/state.ts";
import { virtioConsoleInput, virtioState } from "../devices/virtio/state.ts";
import { watchdogState } from "../devices/watchdog/state.ts";
import { objectionToPages } from "../memory/pageSet.ts";
import type { StateSchema } from "../snapshot/schema.ts";
import { decodeSections, encodeSections, type SavedSections, type Section } from "../snapshot/sections.ts";
import { S390Ccw } from "./s390Ccw.ts";
import {
  apBoardState, boardState, keysState, ledgerState, logState, schedulerState, shapeState, timeState,
  type BoardState, type ShapeState,
} from "./state.ts";

/** One part of the machine: how its values are taken and given back. */
interface Part {
  readonly name: string;
  save(): Section;
  /** Refuses with a sentence. */
  load(section: Section): Result<void, string>;
}

function part<T>(
  schema: StateSchema<T>, take: () => T, give: (values: T) => Result<void, string> | void,
): Part {
  const { name, version } = schema;
  return {
    name,
    save: () => ({ name, version, payload: schema.encode(take()) }),
    load(section) {
      const values = schema.decode(section.version, section.payload);
      if (!values.ok) return values;
      return give(values.value) ?? ok(undefined);
    },
  };
}

/** Everything but RAM and disk, in the order in which it is loaded. */
function partsOf(machine: S390Ccw): readonly Part[] {
  const { core, time, scheduler, log, flic, css, sclp, diag, watchdog, virtioConsole, ap } = machine;
  return [
    part(shapeState, () => shapeOf(machine), (shape) => matchShape(machine, shape)),
    part(timeState, () => time.save(), (saved) => time.load(saved)),
    ...scheduler.threads.all.map((thread) => {
      const { vcpu } = thread;
      const save = () => ({ ...saveVcpu(core, vcpu), ...thread.save() });
      return part(vcpuState(vcpu.id), save, (saved) => {
        if (!core.ram.contains(saved.prefix, 8192))
          return refuse(`cpu.${vcpu.id} has its prefix outside of storage`);
        loadVcpu(core, vcpu, saved);
        return thread.load(saved);
      });
    }),
    part(keysState(core.storage.keys.length), () => ({ keys: core.storage.keys.slice() }),
      ({ keys }) => core.storage.keys.set(keys)),
    part(boardState, () => saveBoard(machine), (saved) => loadBoard(machine, saved)),
    part(schedulerState, () => scheduler.save(), (saved) => {
      if (Math.max(saved.turn, saved.place) >= core.vcpus.length)
        return refuse("machine.scheduler names a CPU that is not there");
      return scheduler.load(saved);
    }),
    part(logState, () => log.save(), (saved) => log.load(saved)),
    part(ledgerState, () => log.ledger.book.save(), (saved) => log.ledger.book.load(saved)),
    part(flicState, () => flic.save(), (saved) => flic.load(saved)),
    part(cssState, () => css.save(), (saved) => css.load(saved)),
    part(virtioConsoleInput, () => virtioConsole.save(), (saved) => virtioConsole.load(saved)),
    ...[...machine.virtio].map(([name, device]) =>
      part(virtioState(name), () => device.save(), (saved) => device.load(saved))),
    part(sclpState, () => sclp.save(), (saved) => sclp.load(saved)),
    part(diagnoseState, () => diag.save(), (saved) => diag.load(saved)),
    part(watchdogState, () => watchdog.save(), (saved) => watchdog.load(saved)),
    ...(ap ? [
      part(apBoardState, () => ap.save(), (saved) => ap.load(saved)),
      part(cryptoHardwareState, () => ap.hardware.save(), (saved) => ap.loadHardware(saved)),
      part(vfioApState, () => ap.saveDriver(), (saved) => ap.loadDriver(saved)),
    ] : []),
  ];
}

function shapeOf({ config }: S390Ccw): ShapeState {
  const { memoryBytes, cpus, disk, kernel, initrd, demoAdapters } = config;
  return {
    memoryBytes, cpus, diskBytes: disk?.length ?? 0, kernelBytes: kernel.length,
    initrdBytes: initrd?.length ?? 0, demoAdapters: demoAdapters?.length ?? 0,
  };
}

function matchShape(machine: S390Ccw, saved: ShapeState): Result<void, string> {
  const own = shapeOf(machine);
  const names = Object.keys(own) as (keyof ShapeState)[];
  const other = names.find((name) => own[name] !== saved[name]);
  if (other === undefined) return ok(undefined);
  return refuse(`it is of a machine whose ${other} is ${saved[other]}, and this one's is ${own[other]}`);
}

function saveBoard({ core, schedule, prng, terminal, resetWanted }: S390Ccw): BoardState {
  return {
    current: core.vcpu.id, resetWanted: resetWanted ?? null, inputGoesTo: terminal.inputGoesTo,
    nextHandle: schedule.nextHandle, prng: prng.save(),
  };
}

function loadBoard(machine: S390Ccw, saved: BoardState): Result<void, string> {
  const { core } = machine;
  const current = core.vcpus[saved.current];
  if (!current || (saved.resetWanted && saved.resetWanted.cpu >= core.vcpus.length))
    return refuse("machine.board names a CPU that is not there");
  core.switchTo(current);
  core.refreshMode();
  machine.resetWanted = saved.resetWanted ?? undefined;
  machine.terminal.inputGoesTo = saved.inputGoesTo;
  machine.schedule.nextHandle = saved.nextHandle;
  machine.prng.load(saved.prng);
  return ok(undefined);
}

/**
 * The state of a machine between two steps. `writer` is the version of the program. Refuses a machine that
 * has ended.
 */
export function saveState(machine: S390Ccw, writer: string): Result<Uint8Array<ArrayBuffer>, string> {
  if (machine.scheduler.ended) return refuse("The machine has ended, so there is nothing to go on with.");
  return ok(encodeSections(machine.config.board, writer, partsOf(machine).map((one) => one.save())));
}

/**
 * A machine that goes on where one was saved. `config` is the one it was started with; AP queues are those
 * that it was saved with, whatever `config` says. `over`: a machine that stands still, and of whose memory
 * `saved` has the pages that are to be others. Refuses with a sentence, and nothing else has happened.
 */
export function restoreMachine(
  config: MachineConfig, saved: SavedMachine, out: (bytes: Uint8Array) => void,
  clock: () => number = () => 0, over?: S390Ccw,
): Result<S390Ccw, string> {
  const sections = decodeSections(saved.state);
  if (!sections.ok) return sections;
  if (sections.value.header.board !== config.board)
    return refuse(`The state is of a ${sections.value.header.board}; this machine is a ${config.board}.`);
  const objection = objectionToPages(saved.memory, config.memoryBytes, "descending")
    ?? (saved.disk && objectionToPages(saved.disk, config.disk?.length ?? 0, "ascending"))
    ?? (over && objectionToOver(over, config, saved.memory));
  if (objection !== undefined) return refuse(objection);
  const full = withSavedMatrix(config, sections.value);
  if (!full.ok) return full;
  const built = S390Ccw.build(full.value, out, clock);
  if (!built.ok) return built;
  if (over) takeRest(built.value.core, over.core, saved.memory);
  loadPages(built.value, saved);
  const loaded = loadParts(built.value, sections.value);
  const error = loaded.ok ? built.value.log.ledger.check() : loaded.error;
  return error === undefined ? built : refuse(`The snapshot was refused: ${error}.`);
}

/** The pages that changed since the snapshot under `over` was kept must all be among those that come. */
function objectionToOver(
  { config, core }: S390Ccw, { memoryBytes }: MachineConfig, { numbers, zeros }: PageSet,
): string | undefined {
  if (config.memoryBytes !== memoryBytes) return "The machine that is on has a memory of another size.";
  const known = new Set([...numbers, ...zeros]);
  const stale = core.storage.dirty.changed().find((page) => !known.has(page));
  return stale === undefined ? undefined : `Page ${stale} changed meanwhile, and its contents did not come.`;
}

/** What stays as it is in the other machine's memory. */
function takeRest({ ram }: Core, from: Core, { numbers, zeros }: PageSet): void {
  const comes = new Uint8Array(ram.size / PAGE_BYTES);
  for (const list of [numbers, zeros]) for (const page of list) comes[page] = 1;
  for (const page of from.storage.dirty.written())
    if (!comes[page] && !from.ram.isZeroPage(page)) ram.takePage(page, from.ram, "snapshot");
}

function withSavedMatrix(config: MachineConfig, { sections }: SavedSections): Result<MachineConfig, string> {
  const { ap: _asked, ...rest } = config;
  const section = sections.get(apBoardState.name);
  if (!section) return ok(rest);
  const saved = apBoardState.decode(section.version, section.payload);
  if (!saved.ok) return refuse(`The snapshot was refused: ${saved.error}.`);
  const { adapters, domains } = saved.value;
  return ok({ ...rest, ap: { adapters, domains } });
}

function loadParts(machine: S390Ccw, { sections }: SavedSections): Result<void, string> {
  const parts = partsOf(machine);
  const stranger = [...sections.keys()].find((name) => !parts.some((one) => one.name === name));
  if (stranger !== undefined) return refuse(`it has a section ${stranger} that this machine does not know`);
  for (const one of parts) {
    const section = sections.get(one.name);
    if (!section) return refuse(`it has no section ${one.name}`);
    const loaded = one.load(section);
    if (!loaded.ok) return loaded;
  }
  return ok(undefined);
}

function loadPages({ core, config, diskChanges }: S390Ccw, { memory, disk }: SavedMachine): void {
  const page = (set: PageSet, index: number): Uint8Array =>
    set.bytes.subarray(index * PAGE_BYTES, (index + 1) * PAGE_BYTES);
  memory.numbers.forEach((number, index) => core.ram.storePage(number, page(memory, index), "snapshot"));
  core.storage.dirty.take();
  core.storage.dirty.commit();
  if (!disk || !config.disk) return;
  for (const [index, number] of disk.numbers.entries()) {
    const at = number * PAGE_BYTES;
    config.disk.set(page(disk, index).subarray(0, config.disk.length - at), at);
  }
  for (const number of disk.zeros) config.disk.fill(0, number * PAGE_BYTES, (number + 1) * PAGE_BYTES);
  for (const number of [...disk.numbers, ...disk.zeros]) diskChanges?.mark(number, "snapshot");
  diskChanges?.take();
  diskChanges?.commit();
}
