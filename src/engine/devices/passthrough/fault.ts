/**
 * A fault on a page of the XIVE device's file: which source the page belongs to, which of its two
 * interrupts is selected, and the page table entry for that one's page.
 *
 * The choice and the entry are one act under the block lock. Linux 6.1 chooses before it takes the lock and
 * maps after it, and counts the page from the start of the VMA (`passthrough.fault.*`).
 */
import type { EsbPage } from "../xive/esb.ts";
import { ESB_FILE_PAGE, type Frame, type Mapping } from "./addressSpace.ts";
import { selectedOf } from "./guestSource.ts";
import type { OperationStep, StepOutcome } from "./operation.ts";
import type { Passthrough } from "./passthrough.ts";

/** `segv`: no mapping at all. `sigbus`: nothing behind the page. */
export type FaultResult = "" | "mapped" | "sigbus" | "segv";

export interface FaultOperation {
  readonly kind: "fault";
  readonly userPage: number;
  at: number;
  /** Hardware number of the interrupt that was chosen, or -1. */
  chosen: number;
  result: FaultResult;
}

export const faultOperation = (userPage: number): FaultOperation =>
  ({ kind: "fault", userPage, at: 0, chosen: -1, result: "" });

/** Index of the OS page among the four of the TIMA; no other can be mapped. */
const TIMA_OS_INDEX = 2;

const choose = {
  name: "choose interrupt",
  run(p: Passthrough, operation: FaultOperation): StepOutcome {
    const mapping = p.space.mappingAt(operation.userPage);
    if (!mapping) return end(operation, "segv");
    if (mapping.maps === "tima") return mapTima(p, operation, mapping);
    const source = p.source(placeOf(p, mapping, operation.userPage).lisn);
    if (!source || source.hcallOnly) return end(operation, "sigbus");
    operation.chosen = selectedOf(source);
    p.tell("fault", "choose interrupt", source.lisn, operation.chosen, "pt_number", operation.userPage);
    return "next";
  },
};

/** The address of the page is read under the lock, so this waits for a switch that is under way. */
const readAddress = {
  name: "read page address",
  run(p: Passthrough, operation: FaultOperation): StepOutcome {
    const mapping = p.space.mappingAt(operation.userPage);
    if (!mapping) return end(operation, "segv");
    const { lisn, page } = placeOf(p, mapping, operation.userPage);
    if (p.sources.isLocked(lisn)) return "blocked";
    return p.hardware.pagesOf(operation.chosen)[page] === 0n ? end(operation, "sigbus") : "next";
  },
};

const insert = {
  name: "insert page",
  run(p: Passthrough, operation: FaultOperation): StepOutcome {
    const mapping = p.space.mappingAt(operation.userPage);
    if (!mapping) return end(operation, "segv");
    const { lisn, page } = placeOf(p, mapping, operation.userPage);
    return map(p, operation, { source: operation.chosen, page }, lisn);
  },
};

const chooseAndInsert = {
  name: "choose and insert",
  run(p: Passthrough, operation: FaultOperation): StepOutcome {
    const mapping = p.space.mappingAt(operation.userPage);
    const isEsb = mapping?.maps === "esb";
    if (isEsb && p.sources.isLocked(placeOf(p, mapping, operation.userPage).lisn)) return "blocked";
    for (const part of [choose, readAddress, insert]) {
      const outcome = part.run(p, operation);
      if (outcome !== "next") return outcome;
    }
    return "done";
  },
};

const apart: readonly OperationStep<FaultOperation>[] = [choose, readAddress, insert];
const together: readonly OperationStep<FaultOperation>[] = [chooseAndInsert];

/** A strategy whose faults look again is safe without the lock: that counts as one step here. */
export const faultSteps = (p: Passthrough): readonly OperationStep<FaultOperation>[] =>
  p.has("passthrough.fault.insertUnlocked") && !p.strategy.faultRetries ? apart : together;

/** Which source and page a fault on this user page takes it for. */
export function placeOf(p: Passthrough, mapping: Mapping, userPage: number): { lisn: number; page: EsbPage } {
  const fromStart = userPage - mapping.start;
  const first = p.has("passthrough.fault.indexFromVma") ? 0 : mapping.filePage - ESB_FILE_PAGE;
  const index = first + fromStart;
  return { lisn: Math.floor(index / 2), page: index % 2 === 0 ? "trigger" : "management" };
}

function mapTima(p: Passthrough, operation: FaultOperation, mapping: Mapping): StepOutcome {
  const index = operation.userPage - mapping.start + mapping.filePage;
  return index === TIMA_OS_INDEX ? map(p, operation, "tima-os", -1) : end(operation, "sigbus");
}

function map(p: Passthrough, operation: FaultOperation, frame: Frame, lisn: number): StepOutcome {
  p.space.entries.set(operation.userPage, frame);
  p.tell("fault", "mapped", lisn, frame === "tima-os" ? -1 : frame.source, "PTE", operation.userPage);
  return end(operation, "mapped");
}

function end(operation: FaultOperation, result: FaultResult): StepOutcome {
  operation.result = result;
  return "done";
}
