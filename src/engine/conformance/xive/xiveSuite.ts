/** POWER9's XIVE against its specification: registers, hypervisor calls, KVM's native device. */
import { numbered, type Suite } from "../suite.ts";
import { chipVectorMismatches } from "./chipVectorRunner.ts";
import { esbWalk } from "./esbWalk.ts";
import { kvmXiveVectorMismatches } from "./kvmVectorRunner.ts";
import { kvmXiveVectors } from "./kvmXiveVectors.ts";
import { queueWalk } from "./queueWalk.ts";
import { spaprSentenceVectors } from "./spaprSentenceVectors.ts";
import { spaprXiveVectorMismatches } from "./spaprVectorRunner.ts";
import { spaprXiveVectors } from "./spaprXiveVectors.ts";
import { xiveChipVectors } from "./xiveChipVectors.ts";

/** Steps that only arrange the machine, or look at it. */
const arranging: ReadonlySet<string> = new Set(["check", "guestPq", "backlog", "setPq"]);
const callsOf = (steps: readonly { readonly op: string }[]): number =>
  steps.filter(({ op }) => !arranging.has(op)).length;

/** X86 to X98 are of XICS. */
const LAST = 85;

export const xiveSuite: Suite = {
  name: "xive", title: "POWER9 XIVE and KVM's native device",
  specified: [...numbered("X", LAST), ...numbered("XA", 16)],
  vectors: [
    ...xiveChipVectors.map((vector) => ({
      id: vector.id, title: vector.title, calls: callsOf(vector.steps),
      mismatches: () => chipVectorMismatches(vector),
    })),
    ...[...spaprXiveVectors, ...spaprSentenceVectors].map((vector) => ({
      id: vector.id, title: vector.title, calls: callsOf(vector.steps),
      mismatches: () => spaprXiveVectorMismatches(vector),
    })),
    ...kvmXiveVectors.map((vector) => ({
      id: vector.id, title: vector.title, calls: callsOf(vector.steps),
      mismatches: () => kvmXiveVectorMismatches(vector),
    })),
  ],
  walks: [esbWalk, queueWalk],
};
