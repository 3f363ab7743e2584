/** What the controller answered to an attribute: errno by name and number, why, and what was read. */
import type { Outcome } from "../../../engine/api/workbench.ts";
import { classOf } from "../timeline/interruptClass.ts";
import { IRQ_BYTES, flicGroups, type Attribute } from "./flicAttributes.ts";
import { whyErrno } from "./flicErrno.ts";

export interface AttributeOutcome {
  readonly line: string;
  readonly isRefused: boolean;
  readonly sentence?: string;
  /** What a read attribute gave, a line each. */
  readonly entries: readonly string[];
}

interface Answer {
  readonly result: number;
  readonly errno: string;
  readonly bytes?: Uint8Array;
}

const hex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

export function outcomeOf({ title, group }: Attribute, answer: Outcome<Answer>): AttributeOutcome {
  if (!answer.ok) return { line: `${title}: ${answer.error}`, isRefused: true, entries: [] };
  const { result, errno, bytes } = answer.value;
  const why = whyErrno(group, errno);
  return {
    line: `${title} → ${errno === "0" ? result : `${errno} (${result})`}`,
    isRefused: result < 0,
    ...(why !== undefined && { sentence: `Because ${why} (derived from the source of Linux 6.1).` }),
    entries: result < 0 || !bytes ? [] : entriesOf(group, result, bytes),
  };
}

function entriesOf(group: number, count: number, bytes: Uint8Array): string[] {
  if (group !== flicGroups.GET_ALL_IRQS)
    return [`simm ${hex(bytes.slice(0, 1))}, nimm ${hex(bytes.slice(1, 2))}`];
  return Array.from({ length: count }, (_, index) => {
    const irq = bytes.slice(index * IRQ_BYTES, (index + 1) * IRQ_BYTES);
    const kind = new DataView(irq.buffer).getUint32(4);
    const payload = hex(irq.slice(8)).replace(/(00)+$/, "") || "00";
    return `${index + 1}: ${classOf(kind)}, type ${hex(irq.slice(4, 8))}, payload ${payload}`;
  });
}
