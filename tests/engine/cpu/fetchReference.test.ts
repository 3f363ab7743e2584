/**
 * Instruction fetching sets the reference bit (Principles of Operation, chapter 3, "Reference Recording"),
 * again after a reset, however the instruction gets to be known: by its page, over a page's end, by EXECUTE.
 */
import { describe, expect, it } from "vitest";
import { RecordingMachine } from "./recordingMachine.ts";

const REFERENCED = 4n;
/** The page of `label` is executed, its reference bit reset, and it is executed again by `again`. */
const program = (call: string, away: string): string => `
  larl %r5,away
  ${call}
  rrbe %r0,%r5
  iske %r6,%r5
  ${call}
  iske %r7,%r5
  j out
  ${away}
out: nopr
`;

describe("the reference bit of a page that is only executed", () => {
  it.each([
    ["called", "basr %r14,%r5", ".balign 4096\naway: br %r14\n.balign 4096"],
    ["crossed into", "basr %r14,%r4", `.balign 4096
      .fill 4094,1,0
from: lgfi %r8,5
away: br %r14
      .balign 4096`],
    ["executed from", "ex %r0,0(%r5)", ".balign 4096\naway: lr %r9,%r9\n.balign 4096"],
  ])("comes back when it is %s after a reset", (_how, call, away) => {
    const source = (call.includes("%r4") ? "larl %r4,from\n" : "") + program(call, away);
    const machine = new RecordingMachine(source);
    machine.record({ ask: 0n });
    const { cpu } = machine.core;
    expect([cpu.gr(6) & 0xfen, cpu.gr(7) & 0xfen]).toEqual([0n, REFERENCED]);
  });
});
