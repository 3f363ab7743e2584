import { describe, expect, it } from "vitest";
import { setIrq } from "../../../../src/engine/devices/passthrough/injection.ts";
import { finish, start } from "../../../../src/engine/devices/passthrough/operation.ts";
import type { Passthrough } from "../../../../src/engine/devices/passthrough/passthrough.ts";
import {
  eoiOperation, intOff, intOn, setXive,
} from "../../../../src/engine/devices/passthrough/xicsCalls.ts";
import { newPassthrough } from "../../../../src/engine/figures/passthroughOperations.ts";

function open(): Passthrough {
  const p = newPassthrough({ mode: "xics" });
  setXive(p, 0, 0, 5);
  return p;
}

describe("a XICS source", () => {
  it("remembers a latched event over masking and unmasking", () => {
    const p = open();
    for (const level of [1, 1]) setIrq(p, 0, level);
    intOff(p, 0);
    expect(p.source(0)).toMatchObject({ oldP: true, oldQ: true });
    intOn(p, 0);
    expect(p.hardware.pq(p.source(0)!.ipi)).toBe(3);
  });

  it("is open after unmasking if its EOI came while it was masked", () => {
    const p = open();
    setIrq(p, 0, 1);
    intOff(p, 0);
    finish(p, start(p, eoiOperation(0)));
    intOn(p, 0);
    expect(p.hardware.pq(p.source(0)!.ipi)).toBe(0);
  });

  it.each([[0, 0], [-2, 0], [1, 1], [-1, 1], [-3, 1]])("at level %s gets %s events", (level, events) => {
    const p = open();
    p.source(0)!.asserted = true;
    setIrq(p, 0, level);
    expect(p.queues.entries).toHaveLength(events);
    expect(p.source(0)!.asserted).toBe(events === 1);
  });
});
