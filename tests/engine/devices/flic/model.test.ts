/** The controller answers, says, stores and kicks what its model does, in random use from a seed. */
import { describe, expect, it } from "vitest";
import { isSame, show } from "../../../../src/engine/base/plainData.ts";
import { Prng } from "../../../../src/engine/base/prng.ts";
import { RegisterCpu } from "../../../../src/engine/deviceMachine/registerCpu.ts";
import type { DeliveredInterrupt } from "../../../../src/engine/devices/flic/deliver.ts";
import { GuestMemory } from "../../../../src/engine/memory/guestMemory.ts";
import { flicMachine, toHex, type MachineShape } from "./flicMachine.ts";
import { calls, protectedCalls, type Call, type Pair } from "./model/calls.ts";
import { FlicModel } from "./model/flicModel.ts";
import type { ModelCpu } from "./model/modelCpu.ts";
import { lineOf } from "./model/pending.ts";

const CPUS = 3;
const CALLS = 300;
const RUNS = 4;

interface Subject extends Pair {
  /** What either side has told since this was last asked. */
  heard(): readonly [unknown, unknown];
}

function subject(shape: MachineShape, isProtectable: boolean): Subject {
  const machine = flicMachine({ cpus: CPUS, ...shape });
  const { flic } = machine.kvm;
  const memory = GuestMemory.standalone(machine.memory.size);
  const registers: ModelCpu[] = machine.cpus.map(({ id }) => new RegisterCpu(id, memory));
  const handed: DeliveredInterrupt[][] = [[], []];
  const busy = { at: 0 };
  [machine.cpus, registers].forEach((side, index) => {
    if (isProtectable) for (const cpu of side)
      Object.assign(cpu, {
        injectProtected: (one: DeliveredInterrupt) => { handed[index]!.push(one); },
        injectionBusy: () => busy.at % 3 === 0,
      });
  });
  const model = new FlicModel(registers, {
    hasGisa: flic.gisa !== undefined, callsUseSca: shape.options?.sigpInterpretation ?? false,
    hasFacility72: flic.facility72,
  });
  for (let id = 0; id < 6; id++) {
    flic.adapters.register({ id, isc: id, maskable: 0, swap: 0, flags: id % 3 === 0 ? 0 : 1 });
    model.floating.adapters.set(id, { isc: id, suppressible: id % 3 !== 0 });
  }
  const state = ({ psw, prefixAddress: at, statusStored, memory: ram }: ModelCpu): unknown => {
    const places = [[0x2000, 12], ...ram.contains(at, 8192)
      ? [[at + 0x80, 0x180], [at + 0x11b8, 8], [at + 0x1300, 16]] : []] as [number, number][];
    const stored = places.map(([from, size]) => toHex(ram.read(from, size)));
    return [psw.mask, psw.address, at, statusStored, ...stored];
  };
  return {
    flic, cpus: machine.cpus, model,
    heard: () => {
      busy.at++;
      const said = machine.decisions.splice(0).map(lineOf);
      return [
        [said, machine.kicks.splice(0), handed[0]!.splice(0), flic.vcpus.nextRoundRobin,
          flic.floating.ioCount,
          machine.cpus.map((cpu) => {
            const { local, lctl, ictl, idle } = flic.vcpus.of(cpu.id);
            return [state(cpu), local.cpuflags, lctl, ictl, idle, flic.hasDeliverable(cpu),
              flic.isPending(cpu)];
          })],
        [model.speaker.said.splice(0), model.kicks.splice(0), handed[1]!.splice(0), model.nextRoundRobin,
          model.floating.io.flat().length,
          model.cpus.map((cpu) => [state(cpu.registers), cpu.cpuflags, cpu.lctl, cpu.ictl, cpu.isIdle,
            model.hasDeliverable(cpu), model.isPending(cpu)])],
      ];
    },
  };
}

/** The first call after which the two differ; undefined if they never do. */
function difference(one: Subject, those: readonly Call[], seed: number): string | undefined {
  const prng = new Prng(seed);
  for (let at = 1; at <= CALLS; at++) {
    const call = prng.pick(those);
    const [got, wanted] = call.run(one, prng, prng.below(CPUS));
    const [heard, told] = one.heard();
    if (!isSame(got, wanted)) return `call ${at}, ${call.name}: ${show(got)}; the model: ${show(wanted)}`;
    if (!isSame(heard, told)) return `call ${at}, ${call.name}: ${show(heard)}; the model: ${show(told)}`;
  }
  return undefined;
}

const shapes: readonly (readonly [string, MachineShape, readonly Call[]])[] = [
  ["with GISA", {}, calls],
  ["without GISA", { options: { aiv: false } }, calls],
  ["with SIGP interpretation", { options: { sigpInterpretation: true } }, calls],
  ["without facility 72", { facility72: false }, calls],
  // Calls of before wait in the machine's SIGP area, those of a protected guest among the pending bits.
  ["of a guest that is protected by turns", { options: { sigpInterpretation: true } }, protectedCalls],
];

describe.each(shapes)("a controller %s", (_name, shape, those) => {
  it("does what its model does", () => {
    for (let seed = 1; seed <= RUNS; seed++) {
      const pair = subject(shape, those === protectedCalls);
      expect(difference(pair, those, seed), `seed ${seed}`).toBeUndefined();
    }
  });
});
