/**
 * What a page may ask of a machine of devices alone, and its answers: plain data. Such a machine has no guest
 * CPU: it is a row of steps, each a call or a few, and stands behind `at` of them. Going back means running
 * again from the start, so that every position is the same however it was reached.
 */
import type { ApView } from "./apView.ts";
import type { ArmView } from "./armView.ts";
import type { BookView, WhyView } from "./deviceLedger.ts";
import type { FlicView } from "./flicView.ts";
import type { HandMachineSummary } from "./handMade.ts";
import type { LitmusList, LitmusResult, LitmusSetting, LitmusWalk } from "./litmusView.ts";
import type { EsbMapView, PassthroughView, SourceView } from "./xiveView.ts";

/** A scenario of the catalogue as a list shows it. */
export interface ScenarioSummary {
  readonly id: string;
  readonly family: string;
  /** Its row in the collection it comes from; "" for none. */
  readonly row: string;
  readonly title: string;
  /** How much is known about it, in words: "report read", "derived from source". */
  readonly evidence: readonly string[];
  readonly sources: readonly string[];
  readonly given: readonly string[];
  readonly when: readonly string[];
  readonly then: readonly string[];
  readonly defects: readonly DefectSummary[];
}

export interface DefectSummary {
  readonly switch: string;
  /** The claim, word for word, that fails with the switch on. */
  readonly breaks: string;
  readonly because: string;
}

/** A collected row that nothing plays yet. */
export interface WaitingSummary {
  readonly row: string;
  readonly title: string;
  readonly waitsFor: string;
}

export interface Catalogue {
  readonly scenarios: readonly ScenarioSummary[];
  readonly waiting: readonly WaitingSummary[];
  readonly byHand: readonly HandMachineSummary[];
}

/** A claim about the end of a scenario, judged where the machine stands now. */
export interface ClaimView {
  readonly says: string;
  readonly holds: boolean;
  readonly seen: string;
  readonly expected: string;
}

export interface StepView {
  readonly says: string;
  /** What the call answered, for calls that were made by hand. */
  readonly answer?: string;
}

/** What can be looked at in a machine; a scenario may have two of a kind, a source and a target. */
export type PartKind = "flic" | "xive" | "passthrough" | "ap" | "arm";
export interface PartSummary {
  /** Counts the parts of a machine; the same at every step of one run. */
  readonly id: number;
  readonly kind: PartKind;
  /** Where the scenario keeps it: "source", "target"; "" for the only one. */
  readonly name: string;
}

/** The machine that is open, where it stands. */
export interface DeviceState {
  readonly title: string;
  /** Of the catalogue, or undefined for a machine made by hand. */
  readonly scenario?: ScenarioSummary;
  /** The kind of a machine that was made by hand. */
  readonly made?: string;
  readonly given: readonly string[];
  readonly steps: readonly StepView[];
  /** Steps that have been carried out. */
  readonly at: number;
  /** Switches that are on. */
  readonly defects: readonly string[];
  readonly claims: readonly ClaimView[];
  /** A step threw: a mistake in the scenario or in the machine. */
  readonly threw?: string;
  readonly parts: readonly PartSummary[];
}

export interface ScenarioVerdict {
  readonly id: string;
  readonly passed: boolean;
  /** Why it did not pass, one sentence each. */
  readonly reasons: readonly string[];
  /** Defects that broke it as they must. */
  readonly brokenBy: readonly string[];
}

/** A run of many scenarios, as far as it is. */
export interface BatchReport {
  readonly withDefects: boolean;
  readonly total: number;
  readonly verdicts: readonly ScenarioVerdict[];
  readonly state: "running" | "finished" | "cancelled";
}

/** Everything that changes by itself or by another window; `revision` grows with every change. */
export interface DeviceReport {
  readonly revision: number;
  readonly machine?: DeviceState;
  readonly batch?: BatchReport;
}
export const nothingOpen: DeviceReport = { revision: 0 };

/** Every question with its answer. A refusal is a sentence. */
export interface DeviceCalls {
  catalogue(call: object): Catalogue;
  /** Opens a scenario before its first step, in place of what was open. */
  openScenario(call: { readonly scenario: string; readonly defects: readonly string[] }): null;
  /** Makes a machine without steps, in place of what was open. */
  makeMachine(call: { readonly kind: string }): null;
  /** Makes a call on a machine made by hand, as its next step, in place of the steps that came behind. */
  append(call: { readonly call: string; readonly values: Readonly<Record<string, string>> }): null;
  /** Stands behind so many steps, going back by running again. */
  goTo(call: { readonly step: number }): null;
  closeMachine(call: object): null;
  /** Plays these scenarios, or all, one after the other; the report says how far it is. */
  playAll(call: { readonly scenarios?: readonly string[]; readonly withDefects: boolean }): null;
  cancelPlay(call: object): null;
  /** All sources of a part that has some. */
  esbMap(call: { readonly part: number }): EsbMapView;
  /** One source and the way of its events. */
  source(call: { readonly part: number; readonly lisn: number }): SourceView;
  /** The host's side of a passthrough machine, its mappings and what of its rules is broken. */
  passthrough(call: { readonly part: number }): PassthroughView;
  ap(call: { readonly part: number }): ApView;
  flic(call: { readonly part: number }): FlicView;
  arm(call: { readonly part: number }): ArmView;
  /** The books of a part's interrupts; null where nobody keeps any. */
  books(call: { readonly part: number }): BookView | null;
  /** What became of an interrupt and why; null for one that is neither pending nor remembered. */
  why(call: { readonly part: number; readonly id: number }): WhyView | null;
  /** Litmus programs need no machine to be open. */
  litmusList(call: object): LitmusList;
  /** Walks through every state of a program. */
  litmusExplore(call: LitmusSetting): LitmusResult;
  /** One interleaving, by the number chosen at each step. */
  litmusWalk(call: LitmusSetting & { readonly choices: readonly number[] }): LitmusWalk;
}
export type DeviceCallName = keyof DeviceCalls;
export type DeviceCall = {
  [Name in DeviceCallName]: { readonly name: Name } & Parameters<DeviceCalls[Name]>[0];
}[DeviceCallName];
export type DeviceAnswer = ReturnType<DeviceCalls[DeviceCallName]>;

/** What crosses the thread between the host and the worker that has the machine. */
export interface DeviceRequest {
  readonly id: number;
  readonly call: DeviceCall;
}
export type DeviceEvent =
  | { readonly type: "report"; readonly report: DeviceReport }
  | {
      readonly type: "answer";
      readonly id: number;
      readonly answer:
        | { readonly ok: true; readonly value: DeviceAnswer }
        | { readonly ok: false; readonly error: string };
    };

export const deviceLimits = {
  partsMax: 64, scenariosMax: 1000, defectsMax: 64, stepsMax: 1000,
} as const;
