/** KVM's own calls, beside its interrupt controllers, against their documentation. */
import { numbered, type Suite } from "../suite.ts";
import { kvmVectorMismatches } from "./kvmVectorRunner.ts";
import { kvmVectors, type KvmStep } from "./kvmVectors.ts";

/** Steps that only arrange the machine, or look at it. */
const arranging: ReadonlySet<KvmStep["op"]> = new Set<KvmStep["op"]>([
  "check", "close", "collect", "mark", "setDpdes", "signal", "source",
]);

export const kvmSuite: Suite = {
  name: "kvm", title: "KVM's memory slots, logs, routes, irqfds, doorbells (partly derived from source)",
  specified: numbered("K", 29),
  vectors: kvmVectors.map((vector) => ({
    id: vector.id, title: vector.title,
    calls: vector.steps.filter(({ op }) => !arranging.has(op)).length,
    mismatches: () => kvmVectorMismatches(vector),
  })),
  walks: [],
};
