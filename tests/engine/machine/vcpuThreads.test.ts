/** The threads of the vCPUs: laws of the protocol on random use, and what a real machine shows of them. */
import { describe, expect, test } from "vitest";
import type { LanesView } from "../../../src/engine/api/lanes.ts";
import { Prng } from "../../../src/engine/base/prng.ts";
import { vcpuState } from "../../../src/engine/cpu/state.ts";
import { Vcpu } from "../../../src/engine/cpu/vcpu.ts";
import { vcpuMode } from "../../../src/engine/devices/requests/mode.ts";
import { Debugger } from "../../../src/engine/machine/debug/debugger.ts";
import { saveState } from "../../../src/engine/machine/snapshot.ts";
import { VcpuThreads } from "../../../src/engine/machine/vcpuThreads.ts";
import { decodePlain, encodePlain } from "../../../src/engine/snapshot/cbor.ts";
import { decodeSections } from "../../../src/engine/snapshot/sections.ts";
import type { S390Ccw } from "../../../src/engine/machine/s390Ccw.ts";
import { builtin, runMachine } from "./bareMachine.ts";

const CPUS = 4;

/** Threads that do what the scheduler may do with them, in any order. */
class RandomThreads {
  readonly vcpus = Array.from({ length: CPUS }, (_, id) => new Vcpu(id));
  readonly threads = new VcpuThreads(this.vcpus, () => this.at++);
  private at = 0n;

  step(prng: Prng): { readonly did: string; readonly vcpu: Vcpu } {
    const { threads } = this;
    const vcpu = prng.pick(this.vcpus);
    const isRunning = vcpu.state === "operating";
    const { blocked } = threads.of(vcpu);
    const did = prng.pick(["kick", "flush", "outside", "start", "stop", "block", "look", "run"]);
    if (did === "kick") threads.kick(vcpu);
    if (did === "flush") threads.flushed(vcpu);
    if (did === "outside") threads.outside();
    if (did === "start" && !isRunning) {
      vcpu.state = "operating";
      threads.started(vcpu);
    }
    if (did === "stop" && isRunning) {
      vcpu.state = "stopped";
      threads.stopped(vcpu);
      threads.unblock(vcpu);
    }
    if (did === "block" && isRunning && !blocked) threads.block(vcpu, prng.below(2) === 0);
    if (did === "look" && isRunning) {
      threads.looks(vcpu);
      threads.unblock(vcpu);
    }
    if (did === "run" && isRunning && !blocked) {
      threads.looks(vcpu);
      threads.handleRequests(vcpu);
      threads.enter(vcpu);
      // A device that the guest drives may ask for something.
      if (prng.below(2)) threads.kick(prng.pick(this.vcpus));
      threads.exit(vcpu);
    }
    return { did, vcpu };
  }
}

describe("the threads of vCPUs, whatever happens to them", () => {
  test("sleep only while nobody has asked them to look, and only a kick, a look or a stop wakes them", () => {
    let sleeps = 0;
    for (let seed = 1; seed <= 30; seed++) {
      const prng = new Prng(seed);
      const made = new RandomThreads();
      for (let step = 0; step < 300; step++) {
        const before = made.threads.all.map(({ requests }) => requests.waiting);
        const { did, vcpu } = made.step(prng);
        for (const [cpu, thread] of made.threads.all.entries()) {
          const { waiting } = thread.requests;
          if (waiting) sleeps++;
          expect(waiting && (!thread.blocked || thread.has("UNBLOCK"))).toBe(false);
          if (!before[cpu] || waiting) continue;
          const isOwn = ["kick", "look", "stop"].includes(did) && vcpu.id === cpu;
          expect(did === "run" || isOwn, did).toBe(true);
        }
      }
    }
    expect(sleeps).toBeGreaterThan(1000);
  });

  test("account for each kick: it ended a sleep, sent an IPI, or saved one", () => {
    for (let seed = 1; seed <= 30; seed++) {
      const prng = new Prng(seed);
      const made = new RandomThreads();
      for (let step = 0; step < 300; step++) made.step(prng);
      for (const { counts } of made.threads.all) {
        expect(counts.kicks).toBe(counts.wakeUps + counts.ipis + counts.ipisSaved);
        expect(counts.ipis, "all take turns on one thread").toBe(0);
      }
      const seen = made.threads.events.newest(0, Infinity);
      expect(seen.map(({ number }) => number)).toEqual(seen.map((_, n) => seen[0]!.number + n));
      expect(made.threads.events.newest(seen.at(-3)!.number, Infinity)).toEqual(seen.slice(-2));
      expect(made.threads.events.newest(0, 5)).toEqual(seen.slice(-5));
      expect(seen.at(-1)!.number).toBe(made.threads.events.written);
    }
  });

  test("have handled everything but UNBLOCK when they enter, and are outside between runs", () => {
    for (let seed = 1; seed <= 30; seed++) {
      const prng = new Prng(seed);
      const made = new RandomThreads();
      for (let step = 0; step < 300; step++) {
        const { did, vcpu } = made.step(prng);
        for (const { requests } of made.threads.all) expect(requests.mode).toBe(vcpuMode.OUTSIDE_GUEST_MODE);
        const thread = made.threads.of(vcpu);
        if (did !== "run" || thread.vcpu.state !== "operating" || thread.blocked) continue;
        expect(thread.has("ENABLE_IBS") || thread.has("DISABLE_IBS")).toBe(false);
      }
    }
  });

  test("have IBS exactly while one alone is started, once each has handled what it was asked", () => {
    for (let seed = 1; seed <= 30; seed++) {
      const prng = new Prng(seed);
      const made = new RandomThreads();
      for (let step = 0; step < 200; step++) {
        made.step(prng);
        const started = made.vcpus.filter(({ state }) => state === "operating");
        for (const vcpu of made.vcpus) made.threads.handleRequests(vcpu);
        for (const { vcpu, ibs } of made.threads.all)
          expect(ibs, `seed ${seed} step ${step}`).toBe(started.length === 1 && started[0] === vcpu);
      }
    }
  });

  test("do not enter twice for one TLB flush that several asked for", () => {
    const { threads, vcpus } = new RandomThreads();
    for (let n = 0; n < 3; n++) threads.flushed(vcpus[0]!);
    expect(threads.all.map((thread) => thread.has("TLB_FLUSH"))).toEqual([false, true, true, true]);
    const steps = (): string[] => threads.events.newest(0, 99).map(({ cpu, step }) => `${cpu} ${step}`);
    expect(steps()).toEqual(["1 request", "2 request", "3 request"]);
    threads.handleRequests(vcpus[2]!);
    threads.handleRequests(vcpus[2]!);
    expect(steps().slice(3)).toEqual(["2 handled"]);
  });
});

describe("a machine's lanes", () => {
  const lanes = (machine: S390Ccw): LanesView => {
    const answer = new Debugger(machine).look({ name: "lanes", after: 0 });
    if (!answer.ok) throw new Error(answer.error);
    return answer.value as LanesView;
  };

  test("show two CPUs that signal each other: woken by kicks, stopped at the end", () => {
    const { machine, reason } = runMachine(builtin("timer-sigp"));
    expect(reason).toEqual({ kind: "all-stopped" });
    const view = lanes(machine);
    expect(view.lanes.map(({ state, mode }) => [state, mode]))
      .toEqual([["stopped", "outside"], ["stopped", "outside"]]);
    // Ten calls and one start; ten answers.
    expect(view.lanes[1]!.counts.wakeUps).toBeGreaterThanOrEqual(9);
    const of = (cpu: number): string[] =>
      view.events.filter((event) => event.cpu === cpu).map(({ step }) => step);
    expect(of(1)).toContain("started");
    expect(of(1).at(-1)).toMatch(/stopped|request/);
    const again = view.events.filter(({ step, cpu }, n, all) =>
      step === "enter" && all[n + 1]?.step === "enter" && all[n + 1]!.cpu === cpu);
    expect(again, "an entry is told once until something else happens").toEqual([]);
    expect(lanes(machine), "looking changes nothing").toEqual(view);
  });

  test("tell that an emptied machine has one started CPU with IBS asked for", () => {
    const { machine } = runMachine(builtin("hello"));
    const [lane] = lanes(machine).lanes;
    expect(lane).toMatchObject({ state: "operating", blocked: true, asleep: true, ibs: true, requests: [] });
  });
});

test("a snapshot of before there were requests loads: whoever was kicked has UNBLOCK pending", () => {
  const { machine } = runMachine(builtin("hello"));
  const saved = saveState(machine, "test");
  if (!saved.ok) throw new Error(saved.error);
  const sections = decodeSections(saved.value);
  if (!sections.ok) throw new Error(sections.error);
  const { payload } = sections.value.sections.get("cpu.0")!;
  const plain = decodePlain(payload);
  if (!plain.ok) throw new Error(plain.error);
  const { requests, ibs, ...fields } = plain.value as Record<string, never>;
  expect([requests, ibs]).toEqual([0, true]);
  for (const [kicked, expected] of [[true, 4n], [false, 0n]] as const) {
    const old = vcpuState(0).decode(1, encodePlain({ ...fields, kicked }));
    expect(old).toMatchObject({ ok: true, value: { requests: expected, ibs: false } });
  }
});
