/** The controller's view: what it says is what the device attributes set, and looking consumes nothing. */
import { describe, expect, test } from "vitest";
import type { FlicView } from "../../../../src/engine/api/flicView.ts";
import { Debugger } from "../../../../src/engine/machine/debug/debugger.ts";
import { S390Ccw } from "../../../../src/engine/machine/s390Ccw.ts";
import { aisReq, flicGroup } from "../../../../src/engine/uapi/flic.ts";
import { builtin } from "../bareMachine.ts";

function start(id: string) {
  const made = S390Ccw.create(builtin(id), () => undefined);
  if (!made.ok) throw new Error(made.error);
  const machine = made.value;
  const debug = new Debugger(machine);
  const view = (after = 0): FlicView => {
    const answer = debug.look({ name: "flic", after });
    if (!answer.ok) throw new Error(answer.error);
    return answer.value as FlicView;
  };
  const set = (group: number, bytes: Uint8Array, attr = 0n) => {
    const call = { name: "flicAttribute", group, attr: attr.toString(16).padStart(16, "0"), bytes } as const;
    const answer = debug.look(call);
    if (!answer.ok) throw new Error(answer.error);
    return answer.value as { result: number; errno: string };
  };
  return { machine, view, set };
}
const mode = (isc: number, single: boolean): Uint8Array => aisReq.encode({ isc, mode: single ? 1 : 0 });

describe("the controller's view", () => {
  test("shows each subclass's mode alone, and SINGLE closes behind one interrupt", () => {
    const { view, set } = start("ais-demo");
    const modes = (): string[] => view().iscs.map((isc) => isc.mode);
    const all = new Array<string>(8).fill("all");
    expect(modes()).toEqual(all);
    for (let isc = 0; isc < 8; isc++) {
      expect(set(flicGroup.AISM, mode(isc, true))).toEqual({ result: 0, errno: "0" });
      expect(modes()).toEqual(all.with(isc, "single"));
      expect(set(flicGroup.AISM, mode(isc, false)).result).toBe(0);
    }
    const adapter = view().adapters.find(({ suppressible }) => suppressible)!;
    set(flicGroup.AISM, mode(adapter.isc, true));
    const inject = (): { result: number; errno: string } =>
      set(flicGroup.AIRQ_INJECT, new Uint8Array(), BigInt(adapter.id));
    expect(inject().result).toBe(0);
    expect(modes()[adapter.isc]).toBe("closed");
    const before = view().decisions.at(-1)!.number;
    expect(inject().result).toBe(0);
    const steps = view(before).decisions.map(({ step }) => step);
    expect(steps).toEqual(["raised", "suppressed"]);
  });

  test("says the errno of what is refused, and nothing changes", () => {
    const { view, set } = start("ais-demo");
    const before = { ...view(), decisions: [] };
    for (const [group, bytes] of [
      [flicGroup.AISM, mode(8, true)],
      [flicGroup.AISM, aisReq.encode({ isc: 1, mode: 2 })],
      [99, new Uint8Array(8)],
    ] as const)
      expect(set(group, bytes)).toEqual({ result: -22, errno: "-EINVAL" });
    expect(set(flicGroup.AISM, new Uint8Array(1))).toEqual({ result: -14, errno: "-EFAULT" });
    expect({ ...view(), decisions: [] }).toEqual(before);
  });

  test("numbers decisions without a gap, at most the last thousand, and leaves the run as it was", () => {
    const plain = start("flic-storm").machine;
    const { machine, view } = start("flic-storm");
    let last = 0;
    for (let turn = 0; turn < 150; turn++) {
      plain.step(3_001);
      machine.step(3_001);
      const { decisions } = view(last);
      if (decisions.length > 0) expect(decisions[0]!.number).toBe(last + 1);
      decisions.forEach(({ number }, index) => expect(number).toBe(last + 1 + index));
      last += decisions.length;
    }
    expect(last).toBeGreaterThan(1000);
    const kept = view().decisions;
    expect([kept.length, kept.at(-1)!.number]).toEqual([1000, last]);
    expect(machine.traceHash).toBe(plain.traceHash);
  });
});
