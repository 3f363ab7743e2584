/** Turns of CPUs: whoever gives the rest of a turn away, and to whom, everybody comes round. */
import { describe, expect, test } from "vitest";
import { Prng } from "../../../src/engine/base/prng.ts";
import { Turns } from "../../../src/engine/machine/turns.ts";
import type { VirtualTime } from "../../../src/engine/machine/virtualTime.ts";
import { printed } from "./bareMachine.ts";

/** Instructions of a turn. */
const TURN = 50_000;

/** The longest time, in instructions, that a CPU waited for its turn. */
function longestWait(cpus: number, steps: number, yields: (cpu: number) => number | "next" | "none"): number {
  const time = { instructions: 0n };
  const turns = new Turns(time as VirtualTime, cpus);
  const lastRun = new Array<number>(cpus).fill(0);
  let longest = 0;
  for (let step = 0; step < steps; step++) {
    if (turns.isOver) turns.yield();
    const cpu = turns.turn;
    const to = yields(cpu);
    time.instructions += BigInt(to === "none" ? turns.left! : Math.min(100, turns.left!));
    longest = Math.max(longest, Number(time.instructions) - lastRun[cpu]!);
    lastRun[cpu] = Number(time.instructions);
    if (to === "next") turns.yield();
    else if (to !== "none") turns.yield(to);
  }
  const end = Number(time.instructions);
  return Math.max(longest, ...lastRun.map((at) => end - at));
}

describe("a turn", () => {
  test("comes to every CPU, to whichever others yield", () => {
    const choices = (cpus: number) => ["none", "next", ...Array.from({ length: cpus }, (_, i) => i)] as const;
    // Every way in which each CPU may always do the same.
    for (let cpus = 2; cpus <= 4; cpus++) {
      const all = choices(cpus);
      for (let way = 0; way < all.length ** cpus; way++) {
        const habit = (cpu: number) => all[Math.floor(way / all.length ** cpu) % all.length]!;
        expect(longestWait(cpus, 3000, habit), `${cpus} CPUs, ${way}`).toBeLessThanOrEqual((cpus + 1) * TURN);
      }
    }
    const prng = new Prng(1);
    expect(longestWait(4, 100_000, () => prng.pick(choices(4)))).toBeLessThanOrEqual(5 * TURN);
  });

  test("comes to a CPU that a third one waits for, while others yield to that one alone", () => {
    const body = `
        lghi    %r4,0
        lghi    %r8,2
        sigp    %r4,%r8,6
        lghi    %r8,3
        sigp    %r4,%r8,6
        lghi    %r9,10
yields: lghi    %r1,2
        diag    %r1,%r0,0x9c
        brct    %r9,yields
        larl    %r7,flag
        mvhi    0(%r7),1
answer: lt      %r6,4(%r7)
        je      answer
        TEXT    "all came round"
        SEND
        j       stop_self
secondary:
        stap    0x800
        larl    %r7,flag
        clhhsi  0x800,3
        je      third
spins:  lt      %r6,0(%r7)
        je      spins
        mvhi    4(%r7),1
        j       stop_self
third:  lghi    %r1,2
        diag    %r1,%r0,0x9c
        lt      %r6,4(%r7)
        je      third
        j       stop_self
        .align  8
flag:   .long   0, 0
`;
    expect(printed(body, { cpus: 4 })).toBe("all came round\n");
  });
});
