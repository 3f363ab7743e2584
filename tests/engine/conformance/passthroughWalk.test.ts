import { describe, expect, it } from "vitest";
import { walkPassthrough } from "../../../src/engine/conformance/passthrough/passthroughWalk.ts";
import type { WalkOptions } from "../../../src/engine/conformance/passthrough/walkWorld.ts";
import type { PassthroughDefect } from "../../../src/engine/devices/passthrough/defects.ts";

/** A defect, and the rules that the walk must find broken in the smallest world that shows it. */
type Race = readonly [PassthroughDefect, WalkOptions["mode"], readonly number[], Partial<WalkOptions>];
const races: readonly Race[] = [
  ["passthrough.zap.skip", "native", [1, 2, 4], { unmaps: false }],
  ["passthrough.fault.insertUnlocked", "native", [2], { unmaps: false }],
  ["passthrough.set.eoiWithoutResend", "native", [4], { unmaps: false }],
  ["passthrough.set.eoiWithoutResend", "xics", [4], { unmaps: false }],
  ["passthrough.set.ignoreOldP", "xics", [3], { unmaps: false }],
  ["passthrough.set.forgetOldP", "xics", [3], { unmaps: false, masks: true }],
  ["passthrough.set.dropIpiQ", "native", [4], { unmaps: false, injections: 2 }],
  ["passthrough.set.dropIpiQ", "xics", [4], { unmaps: false, injections: 2 }],
  ["passthrough.set.leavePhbPending", "native", [3, 4], { unmaps: false }],
  ["passthrough.set.hardOffBeforeZap", "native", [1], { unmaps: false }],
  ["passthrough.set.hardOffBeforeSelection", "native", [4], { unmaps: false }],
  ["passthrough.set.hardOffBeforeSelection", "xics", [4], { unmaps: false }],
  ["passthrough.mask.ignoreInEoi", "xics", [1, 4], { unmaps: false }],
  ["passthrough.clr.zapLate", "native", [3, 4], { touches: 0 }],
  ["passthrough.clr.selectBeforeResume", "native", [4], { touches: 0, events: 1 }],
  ["passthrough.clr.leaveIpiPending", "native", [3, 4], { touches: 0, events: 1 }],
  ["passthrough.clr.unmaskDespiteP", "xics", [3], { events: 1 }],
  ["passthrough.host.forgetEntry", "xics", [4, 5], { injections: 0 }],
];

describe("the walk of all interleavings", () => {
  it.each(races)("finds %s in %s mode", (defect, mode, broken, options) => {
    const { findings } = walkPassthrough({ mode, ...options, defects: new Set([defect]) });
    const found = new Set(findings.map(({ invariant }) => invariant as number));
    expect(broken.filter((invariant) => !found.has(invariant))).toEqual([]);
  });

  it("finds nothing with strategies that keep up with every switch", () => {
    for (const strategy of ["S2-address-space", "S3b-overlay-at-irqfd", "S6-mirror"] as const)
      expect(walkPassthrough({ mode: "native", strategy, events: 1 }).findings, strategy).toEqual([]);
  });

  it("counts each state once, whatever the order", () => {
    const options = { mode: "native", events: 0, injections: 0, touches: 0 } as const;
    const { states, transitions, settled } = walkPassthrough(options);
    // Nothing but the device that comes and goes: one way through, and only its ends are at rest.
    expect([states, transitions, settled]).toEqual([22, 21, 3]);
  });
});
