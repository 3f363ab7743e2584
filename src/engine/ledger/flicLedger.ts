/**
 * The ledger of an s390 machine: the controller's decisions become lines, and the controller's state answers
 * why something is still pending.
 */
import type { LedgerLine, LedgerStep, Obstacle, Why } from "../api/ledger.ts";
import type { Decision, DecisionStep } from "../devices/flic/decision.ts";
import type { Flic } from "../devices/flic/flic.ts";
import {
  IO_MASK, bitOfIsc, bitOfType, iscOfBit, isIoType, pendingBit,
} from "../devices/flic/interruptBits.ts";
import type { VcpuSlot } from "../devices/flic/vcpus.ts";
import { interruptType } from "../uapi/s390Interrupt.ts";
import { obstaclesFor } from "./flicObstacles.ts";
import { Ledger } from "./ledger.ts";

const stepOf: Readonly<Record<DecisionStep, LedgerStep>> = {
  raised: "raised", queued: "queued", requeued: "requeued", kicked: "kicked", coalesced: "coalesced",
  suppressed: "suppressed", masked: "masked", refused: "refused", delivered: "accepted", taken: "accepted",
  cleared: "cleared", drained: "drained", lost: "lost",
};

/** One pending interrupt, where it is, and what is ahead of it there. */
interface Place {
  readonly id: number;
  readonly bit: number;
  /** Undefined for a floating interrupt. */
  readonly slot?: VcpuSlot;
  /** How many are taken from the same list first. */
  readonly behind: number;
}

export class FlicLedger {
  readonly book: Ledger;
  private readonly flic: Flic;
  private readonly now: () => bigint;

  /** Starts listening to `flic`; `now` counts whatever the machine's time is. */
  constructor(flic: Flic, now: () => bigint, book = new Ledger()) {
    this.flic = flic;
    this.now = now;
    this.book = book;
    flic.onDecision = (decision) => this.note(decision);
  }

  /** For a listener that shares the controller's one place with others. */
  note({ step, id, type, bit, cpu, into }: Decision): void {
    this.book.write({
      at: this.now(), id, step: stepOf[step], bit: decidingBit(step, type, bit, into), kind: type, cpu, into,
    });
  }

  /** Conservation against the controller's own state: undefined if the books agree, else what is wrong. */
  check(): string | undefined {
    return this.book.check(pendingIn(this.flic));
  }

  /** Undefined for an identity that is neither pending nor remembered. */
  why(id: number): Why | undefined {
    const trail = this.book.trail(id);
    const place = placeOf(this.flic, id);
    if (place) return this.whyPending(place, trail);
    const last = trail.at(-1);
    if (!last) return undefined;
    return { id, step: last.step, bit: last.bit, sentence: sentenceOf(last, trail), obstacles: [], trail };
  }

  private whyPending(place: Place, trail: readonly LedgerLine[]): Why {
    const { id, bit, slot, behind } = place;
    const candidates = slot ? [slot] : this.flic.vcpus.slots;
    const obstacles = candidates.flatMap((candidate): Obstacle[] =>
      obstaclesFor(this.flic, candidate, bit).map((text) => ({ cpu: candidate.port.id, bit: text })));
    const blocked = new Set(obstacles.map(({ cpu }) => cpu));
    const open = candidates.filter(({ port }) => !blocked.has(port.id)).map(({ port }) => port.id);
    const step = trail.at(-1)?.step ?? "queued";
    const turn = behind ? `, behind ${behind} on the same list` : "";
    const fate = open.length
      ? `CPU ${open.join(", ")} takes it at its next look${turn}`
      : candidates.length ? `no CPU is open to it${turn}` : "the machine has no CPU";
    return {
      id, step, bit: obstacles[0]?.bit ?? nameOfBit(bit), obstacles, trail,
      sentence: `Pending as ${nameOfBit(bit)}: ${fate}.`,
    };
  }
}

/** Identities of everything pending in the controller: lists, slots, GISA and each CPU's own. */
export function pendingIn({ floating, gisa, vcpus }: Flic): number[] {
  const found = floating.pendingIdentities().map(({ id }) => id);
  gisa?.ids.forEach((id, isc) => {
    if (gisa.ipm & (0x80 >> isc)) found.push(id);
  });
  for (const { local } of vcpus.slots) for (const { id } of local.pendingIdentities()) found.push(id);
  return found;
}

/** Where a pending interrupt is; undefined if it is not pending. */
function placeOf({ floating, gisa, vcpus }: Flic, wanted: number): Place | undefined {
  for (const list of [...floating.io, floating.pfault, floating.virtio]) {
    const entries = list.values();
    const position = entries.findIndex(({ id }) => id === wanted);
    if (position < 0) continue;
    const { interrupt } = entries[position]!;
    const word = interrupt.kind === "io" ? interrupt.ioIntWord : 0;
    return { id: wanted, bit: bitOfType(interrupt.type, word), behind: position };
  }
  const isc = gisa ? gisa.ids.findIndex((id, n) => id === wanted && gisa.ipm & (0x80 >> n)) : -1;
  if (isc >= 0) return { id: wanted, bit: bitOfIsc(isc), behind: floating.io[isc]!.length };
  const slotted = floating.pendingIdentities().find(({ id }) => id === wanted);
  if (slotted) return { id: wanted, bit: slotted.bit, behind: 0 };
  for (const slot of vcpus.slots) {
    const held = slot.local.pendingIdentities().find(({ id }) => id === wanted);
    if (held) return { id: wanted, bit: held.bit, slot, behind: 0 };
  }
  return undefined;
}

const bitNames: ReadonlyMap<number, string> =
  new Map(Object.entries(pendingBit).map(([name, bit]) => [bit, name]));
const nameOfBit = (bit: number): string => bitNames.get(bit) ?? "no pending bit";

/** The bit that decided a step, as far as the step and the interrupt's own bit tell it. */
function decidingBit(step: DecisionStep, type: number, bit: number, into: number): string {
  const isIo = bit >= 0 && (IO_MASK & (1 << bit)) !== 0;
  if (step === "suppressed") return `nimm bit of ISC ${iscOfBit(bit)}`;
  if (step === "masked") return "adapter masked";
  if (step === "coalesced" && isIo) return into ? `IPM bit of ISC ${iscOfBit(bit)}` : "summary indicator";
  if (step === "coalesced" && type === interruptType.MCHK && into === 0) return "interruption code";
  return nameOfBit(bit);
}

function sentenceOf({ step, bit, cpu, into, kind }: LedgerLine, trail: readonly LedgerLine[]): string {
  const what = isIoType(kind) ? "I/O interruption" : "interruption";
  switch (step) {
    case "accepted": return cpu < 0 ? `Taken from ${bit}.` : `Taken by CPU ${cpu} as ${bit}.`;
    case "coalesced":
      if (!into && kind === interruptType.MCHK)
        return "Kept in the slot of machine checks, pending with the next that is exigent or repressible.";
      return into
        ? `Merged into interrupt ${into}: ${bit} was pending already.`
        : `No new ${what}: the ${bit} was one already, so somebody looks anyway.`;
    case "suppressed": return `Dropped: ${bit} is one, nothing comes through until the mode is set again.`;
    case "masked": return "Indicators set, no interruption: the adapter is masked.";
    case "refused": return `Not accepted for ${bit}: a limit, a state or an argument stood against it.`;
    case "cleared": return `Cleared while it was pending as ${bit}.`;
    case "drained": return "Moved into the buffer of a caller that read everything pending.";
    case "lost":
      return trail.some((line) => line.step === "queued")
        ? `Lost: it was taken out of ${bit} and given to nobody.`
        : "Lost: a page of the adapter's indicators could not be reached.";
    case "raised": case "queued": case "requeued": case "forwarded": case "notified": case "kicked":
    case "eoi":
      return `It was ${step} and is no longer pending here.`;
  }
}
