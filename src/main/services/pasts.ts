/**
 * Machines that stand in the past of others, at most one of each. They are listed like guests, as long as
 * they are on: whatever looks at a paused machine looks at them, and nothing can change them.
 */
import type { Moment } from "../../engine/api/debug.ts";
import type { PastGoal, RecordPart } from "../../engine/api/history.ts";
import type { GuestSummary, MachineSummary } from "../../engine/api/workbench.ts";
import { ok, refuse, type Result } from "../../engine/base/result.ts";
import { EngineHost, engineTiming } from "../engineHost.ts";
import { recordText } from "../runRecord.ts";
import { isActive, summarize, type Machine } from "./machineRecord.ts";
import type { Machines } from "./machines.ts";
import { PastConsole } from "./pastConsole.ts";
import { RecordReading } from "./recordReading.ts";
import type { RecordedMachine } from "./runHistory.ts";

const ID_CHARACTERS_MAX = 58;

export class Pasts {
  private readonly machines: Machines;
  private readonly changed: () => Promise<void>;
  private readonly all = new Map<string, GuestSummary>();
  private readonly reading = new RecordReading();

  /** `changed`: the list of guests is another. */
  constructor(machines: Machines, changed: () => Promise<void>) {
    this.machines = machines;
    this.changed = changed;
    machines.listen({
      machineChanged: ({ id, phase }) => {
        if (phase === "stopped" && this.all.has(id)) void this.remove(id);
      },
      consoleGrew: () => undefined,
      machineRefused: () => undefined,
    });
  }

  guests(): GuestSummary[] {
    return [...this.all.values()];
  }
  isPast(id: string): boolean {
    return this.all.has(id);
  }

  /** Seen from the machine `id`, which is a present one or stands in the past itself. */
  async go(id: string, goal: PastGoal): Promise<Result<MachineSummary, string>> {
    const machine = this.machines.record(id);
    if (machine?.past) return this.send(machine, goal);
    const recorded = await this.recorded(id, goal);
    return recorded.ok ? this.open(this.machines.record(id)!, recorded.value) : recorded;
  }
  /** A file that repeats the run of a present machine up to now (`runRecord.ts`), or the rest of one. */
  async record(id: string, rest?: number): Promise<Result<RecordPart, string>> {
    if (rest !== undefined) return this.reading.goOn(rest);
    if (this.isPast(id)) return refuse("A machine in the past has no record; take the present one's.");
    const recorded = await this.recorded(id, { kind: "at", instructions: 0 });
    if (!recorded.ok) return recorded;
    const { config, past: { journal, saved } } = recorded.value;
    return ok(this.reading.begin(recordText(config, journal, saved?.state)));
  }
  private async recorded(id: string, goal: PastGoal): Promise<Result<RecordedMachine, string>> {
    const machine = this.machines.record(id);
    if (!machine) return refuse(`"${id}" has not been started, so it has no past. Start it first.`);
    if (!machine.history) return refuse(`"${id}" has only just been started; it has no past yet.`);
    const { engine } = machine;
    // The present moment of one that is on: the record ends there.
    const before = goal.kind === "at" ? goal.instructions : Number.MAX_SAFE_INTEGER;
    const mark = (number: number): void => engine?.post({ type: "mark", id: number, before });
    const marked = engine && (await machine.marks.ask(mark));
    if (marked && !marked.ok) return marked;
    const { breakpoints: addresses, watchpoints } = machine.stops;
    return machine.history.recorded(goal, { addresses, watchpoints }, marked?.value);
  }
  private send(machine: Machine, goal: PastGoal): Result<MachineSummary, string> {
    if (!machine.engine) return refuse("This machine is no longer there. Go to its moment once more.");
    machine.engine.post({ type: "seek", goal });
    // From now on it is on its way, whoever asks before its engine says so.
    machine.phase = "running";
    this.machines.events.tell(machine);
    return ok(summarize(machine));
  }
  private async open(
    present: Machine,
    { config, past }: RecordedMachine,
  ): Promise<Result<MachineSummary, string>> {
    const { machines } = this;
    const guest = pastOf(present);
    const before = machines.record(guest.id);
    const full = before && isActive(before) ? undefined : machines.objectionToAnother();
    if (full !== undefined) return refuse(full);
    if (before) machines.retire(before);
    const machine = machines.begin(guest);
    const start: Moment = { instructions: 0, virtualNs: 0 };
    const { instructions, virtualNs } = past.journal.at(-1) ?? start;
    const last: Moment = { instructions, virtualNs };
    const counts = { done: 0, rewinds: 0, checked: 0, printed: 0 };
    machine.past = { of: present.id, ...start, first: start, last, ...counts };
    machine.pastConsole = new PastConsole(present.log, present.printedFrom);
    machine.stops.breakpoints = past.stops.addresses;
    machine.stops.watchpoints = past.stops.watchpoints;
    const { workerUrl, timing = engineTiming } = machines.options;
    machine.engine = new EngineHost({
      workerUrl, config, past, timing, onEvent: (event) => machines.events.take(machine, event),
    });
    this.all.set(guest.id, guest);
    await this.changed();
    return ok(summarize(machine));
  }

  /** Forgets one that is off, once all have heard of that. */
  async remove(id: string): Promise<void> {
    await Promise.resolve();
    this.all.delete(id);
    this.machines.forget(id);
    await this.changed();
  }
}

const pastOf = ({ id, title, memoryBytes, cpus }: Machine): GuestSummary => ({
  id: `${id.slice(0, ID_CHARACTERS_MAX)}.past`,
  title: `${title}, in the past`,
  kind: "past",
  description: `Stands at one moment of the run of ${title}; nothing can be changed there.`,
  ready: true,
  memoryBytes,
  cpus,
});
