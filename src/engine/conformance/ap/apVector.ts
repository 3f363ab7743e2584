/** What a vector of AP passthrough is made of: the machine, calls, results, and what is then there. */
import type { ScriptedAnswer } from "../../deviceMachine/scriptedApHardware.ts";

export interface ApCheck {
  /** Indicator address and ISC that a queue holds; null: nothing. */
  readonly queues?: Readonly<Record<string, readonly [iova: number, isc: number] | null>>;
  readonly resetResponse?: Readonly<Record<string, number>>;
  readonly references?: Readonly<Record<number, number>>;
  readonly iam?: number;
  readonly alertMask?: number;
  /** Pins by exact address, every one there is. */
  readonly pins?: Readonly<Record<number, number>>;
  /** State at the latest AQIC of the host. */
  readonly during?: {
    readonly references?: Readonly<Record<number, number>>; readonly alertMask?: number;
    readonly iam?: number; readonly pins?: Readonly<Record<number, number>>;
  };
  /** Host calls since the script began. */
  readonly calls?: readonly string[];
  readonly gr1?: bigint;
  readonly conditionCode?: number;
  readonly guestMatrix?: string;
  readonly matrix?: Readonly<Record<string, string>>;
  readonly controlDomains?: string;
  /** Adapters the guest sees. */
  readonly guestAdapters?: readonly number[];
  readonly pool?: { readonly apm: readonly number[]; readonly aqm: readonly number[] };
  readonly status?: Readonly<Record<string, string>>;
  /** Writes of the control block's masks since the script began. */
  readonly updates?: number;
  /** Offset to expected bytes. */
  readonly crycb?: Readonly<Record<number, string>>;
  readonly hook?: string | null;
}

export type ApStep =
  /** Forgets earlier calls; the named queue answers so. */
  | { readonly op: "hw"; readonly queue: string; readonly answers: readonly ScriptedAnswer[] }
  /** `result`: "userspace", a program interruption code, or "done". */
  | {
    readonly op: "pqap"; readonly gr: readonly [bigint, bigint, bigint];
    readonly result: "userspace" | "done" | 2 | 6;
    readonly gr1?: bigint; readonly conditionCode?: number;
  }
  | {
    readonly op: "cpu"; readonly conditionCode?: number; readonly problemState?: boolean;
    readonly aiv?: boolean;
  }
  | { readonly op: "store"; readonly device: string; readonly attribute: string; readonly text: string;
    readonly result: number }
  | { readonly op: "pool"; readonly attribute: "apmask" | "aqmask"; readonly text: string;
    readonly result: number }
  | { readonly op: "bind" | "unbind"; readonly queue: string }
  | { readonly op: "open"; readonly device: string; readonly vm: boolean; readonly result: number }
  | { readonly op: "close"; readonly device: string }
  | { readonly op: "unmapAll" }
  | { readonly op: "getInfo"; readonly bytes: string; readonly result: number; readonly out?: string }
  | { readonly op: "reset"; readonly result: number }
  | { readonly op: "vmAttribute"; readonly call: "set" | "has"; readonly group: number; readonly attr: number;
    readonly result: number }
  | { readonly op: "hostAdm"; readonly without: number }
  | { readonly op: "check"; readonly is: ApCheck };

export interface ApVector {
  readonly id: string;
  readonly title: string;
  /** Where the specification can be read in two ways: both, and which one is followed. */
  readonly note?: string;
  readonly hostHasAp?: boolean;
  readonly apxa?: boolean;
  /** Facilities that the host lets the guest have. */
  readonly facilities?: readonly number[];
  readonly open?: boolean;
  readonly steps: readonly ApStep[];
}
