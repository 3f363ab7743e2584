/** Carries out one vector of a pseries machine's XIVE and says what was different. */
import { ESB_GET, type Pq } from "../../devices/xive/esb.ts";
import { resumeSources, stopSources } from "../../devices/xive/handover.ts";
import { xiveHcall } from "../../devices/xive/hcalls.ts";
import type { SpaprStep, SpaprVector } from "./spaprSteps.ts";
import { pseries, type PseriesMachine } from "../../deviceMachine/powerDeviceMachine.ts";
import { firstMismatch, mustBe } from "../mustBe.ts";

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
    mustBe(status, step.status);
    if (step.outputs) mustBe(outputs.slice(0, step.outputs.length), step.outputs);
  } else if (step.op === "setIrq") {
    xive.setIrq(step.lisn, step.level === 1);
  } else if (step.op === "stop") {
    mustBe(stopSources(xive, kernel!.monitor), 0);
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
  mustBe(Object.fromEntries(asked.map((key) => [key, found[key]])), is);
}

/** The first difference from the vector; empty if it holds. */
export function spaprXiveVectorMismatches(vector: SpaprVector): string[] {
  const run = start(vector);
  return firstMismatch(vector.id, vector.steps, (step) => doStep(run, step));
}
