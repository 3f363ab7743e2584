import { expect, it } from "vitest";
import { S390Ccw } from "../../../src/engine/machine/s390Ccw.ts";
import { builtin } from "./bareMachine.ts";

it("a running guest's interrupts balance after every turn, and a suppressed one says why", () => {
  const made = S390Ccw.create(builtin("ais-demo"), () => undefined);
  if (!made.ok) throw new Error(made.error);
  const machine = made.value;
  const { ledger } = machine.log;
  for (let turn = 0; turn < 2000; turn++) {
    const end = machine.step(500);
    expect(ledger.check(), `turn ${turn}`).toBeUndefined();
    if (end.kind === "ended") break;
    if (end.kind === "idle") {
      if (end.untilNs === undefined) break;
      machine.skipIdle(end.untilNs);
    }
  }
  const counts = ledger.book.counts();
  expect(counts.accepted).toBeGreaterThan(0);
  expect(counts.lost).toBe(0);
  const suppressed = ledger.book.lines().find(({ step }) => step === "suppressed");
  expect(ledger.why(suppressed!.id)!.bit).toMatch(/^nimm bit of ISC \d$/);
});
