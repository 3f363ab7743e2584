import { describe, expect, it } from "vitest";
import { touch } from "../../../../src/engine/devices/passthrough/guestAccess.ts";
import { PHB_FIRST } from "../../../../src/engine/devices/passthrough/hardware.ts";
import { setPassthru } from "../../../../src/engine/devices/passthrough/irqBypass.ts";
import { setIrq } from "../../../../src/engine/devices/passthrough/injection.ts";
import { finish } from "../../../../src/engine/devices/passthrough/operation.ts";
import { ESB_USER_PAGE } from "../../../../src/engine/devices/passthrough/passthrough.ts";
import { loadPassthrough, savePassthrough } from "../../../../src/engine/devices/passthrough/state.ts";
import { zapPages } from "../../../../src/engine/devices/passthrough/switchOperation.ts";
import { newPassthrough } from "../../../../src/engine/figures/passthroughOperations.ts";

describe("passthrough", () => {
  it("of one source touches no other", () => {
    const p = newPassthrough({ mode: "native" });
    for (const page of [0, 1, 2, 3]) touch(p, ESB_USER_PAGE + page);
    const begun = setPassthru(p, 0, 45);
    if (!("operation" in begun)) throw new Error("refused");
    const other = { ...p.source(1)! };
    finish(p, begun.operation);
    expect(p.source(1)).toEqual(other);
    expect([0, 1, 2, 3].map((page) => p.space.entries.has(ESB_USER_PAGE + page)))
      .toEqual([false, false, true, true]);
    expect(p.host.get(46)).toMatchObject({ isForwarded: false });
    expect(p.hardware.routeOf(PHB_FIRST + 1).space).toBe("host");
  });

  it("can be zapped and faulted again without a change, mapped or not", () => {
    for (const isMapped of [false, true]) {
      const p = newPassthrough({ mode: "native" });
      if (isMapped) {
        const begun = setPassthru(p, 0, 45);
        if ("operation" in begun) finish(p, begun.operation);
      }
      for (const page of [0, 1]) touch(p, ESB_USER_PAGE + page);
      const before = structuredClone(savePassthrough(p));
      zapPages(p, p.source(0)!, -1);
      expect(p.space.entries.size).toBe(0);
      for (const page of [0, 1]) touch(p, ESB_USER_PAGE + page);
      expect(savePassthrough(p)).toEqual(before);
    }
  });

  it("refuses software for a mapped source at every level", () => {
    const p = newPassthrough({ mode: "native" });
    const begun = setPassthru(p, 0, 45);
    if ("operation" in begun) finish(p, begun.operation);
    for (const level of [1, 0, -1, -2, -3, 7]) expect(setIrq(p, 0, level), String(level)).toBe(-22);
  });

  it("refuses a state of another mode, strategy or size, and one that names what is not there", () => {
    const p = newPassthrough({ mode: "native" });
    const saved = savePassthrough(p);
    const others = [
      savePassthrough(newPassthrough({ mode: "xics" })),
      savePassthrough(newPassthrough({ mode: "native", strategy: "S6-mirror" })),
      savePassthrough(newPassthrough({ mode: "native", ipis: 5 })),
      { ...saved, ipis: [8, 1, 1, 1] }, { ...saved, host: { ...saved.host, queue: [99] } },
      { ...saved, routes: [[77, { space: "host", target: 0, priority: 5, data: 0 }] as const] },
      { ...saved, operations: [{ kind: "eoi", lisn: 0, at: 2, chosen: -1 } as const] },
      { ...saved, operations: [{ kind: "eoi", lisn: 9, at: 0, chosen: -1 } as const] },
    ];
    for (const other of others) expect(loadPassthrough(p, other).ok).toBe(false);
    expect(savePassthrough(p)).toEqual(saved);
  });

  it("tells an observer each step of a switch with the source and the bit", () => {
    const p = newPassthrough({ mode: "native" });
    const steps: string[] = [];
    p.observer = ({ call, step, lisn, bit }) => {
      if (call === "set-mapped") steps.push(`${lisn} ${step} ${bit}`);
    };
    const begun = setPassthru(p, 0, 45);
    if ("operation" in begun) finish(p, begun.operation);
    expect(steps).toEqual([
      "forward host interrupt", "lock and mask", "zap pages", "select PHB source", "IPI off",
      "route PHB source", "resume", "unlock",
    ].map((name) => `0 ${name} PQ`));
  });
});
