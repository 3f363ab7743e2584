import { describe, expect, it } from "vitest";
import { ESB_GET, type Pq } from "../../../../src/engine/devices/xive/esb.ts";
import { resumeSources, stopSources } from "../../../../src/engine/devices/xive/handover.ts";
import { xiveHcall } from "../../../../src/engine/devices/xive/hcalls.ts";
import { spaprXiveVectors, type SpaprStep, type SpaprVector } from "../../../vectors/spaprXiveVectors.ts";
import { pseries, type PseriesMachine } from "./powerMachine.ts";

interface Run extends PseriesMachine {
  triggers: number;
}

function start({ kernel }: SpaprVector): Run {
  const run: Run = { ...pseries(kernel ?? false), triggers: 0 };
  run.xive.claim(0x1200, true);
  for (const lisn of [0x1300, 0x1301]) run.xive.claim(lisn, false);
  const host = run.kernel?.machine.kvm.host;
  if (host) host.chip.onStep = ({ step }) => { if (step === "raised") run.triggers++; };
  return run;
}

function doStep(run: Run, step: SpaprStep): void {
  const { xive, kernel } = run;
  if (step.op === "hcall") {
    const { status, outputs } = xiveHcall(xive, step.number, step.args);
    expect(status).toBe(step.status);
    if (step.outputs) expect(outputs.slice(0, step.outputs.length)).toEqual(step.outputs);
  } else if (step.op === "setIrq") {
    xive.setIrq(step.lisn, step.level === 1);
  } else if (step.op === "stop") {
    expect(stopSources(xive, kernel!.monitor)).toBe(0);
  } else if (step.op === "resume") {
    run.triggers = 0;
    resumeSources(xive, kernel!.monitor);
  } else if (step.op === "setPq") {
    xive.storeEsb(step.lisn, "management", 0xc00 | (step.pq << 8));
    if (step.saved !== undefined) xive.chip.sources.setPq(step.lisn, step.saved as Pq);
  } else {
    compare(run, step);
  }
}

function compare({ xive, triggers }: Run, { op: _op, lisn, end, ...is }: SpaprStep & { op: "check" }): void {
  const { sources, eas, ends } = xive.chip;
  const found = {
    pq: lisn === undefined ? undefined : xive.loadEsb(lisn, "management", ESB_GET),
    saved: lisn === undefined ? undefined : sources.pq(lisn),
    asserted: lisn === undefined ? undefined : sources.isAsserted(lisn),
    eas: lisn === undefined ? undefined : eas.get(lisn),
    words: end === undefined ? undefined : ends.words(end),
    triggers,
  };
  const asked = Object.keys(is) as (keyof typeof found)[];
  expect(Object.fromEntries(asked.map((key) => [key, found[key]]))).toEqual(is);
}

describe("pseries XIVE vectors", () => {
  it.each(spaprXiveVectors.map((vector) => [vector.id, vector.title, vector] as const))("%s: %s",
    (_id, _title, vector) => {
    const run = start(vector);
    for (const step of vector.steps) doStep(run, step);
  });

  it("cover X17, X44 to X62 and X82 to X85", () => {
    const numbers = new Set(spaprXiveVectors.map(({ id }) => Number(id.slice(1, 3))));
    const from = (first: number, last: number): number[] =>
      Array.from({ length: last - first + 1 }, (_, i) => first + i);
    expect([...numbers]).toEqual([17, ...from(44, 62), ...from(82, 85)]);
    expect(new Set(spaprXiveVectors.map(({ id }) => id)).size).toBe(spaprXiveVectors.length);
  });
});
