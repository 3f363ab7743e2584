/**
 * Taking an I/O interrupt out of turn: TEST PENDING INTERRUPTION, TEST SUBCHANNEL and CLEAR_IO_IRQ.
 */
import { ADAPTER_INTERRUPT } from "../../uapi/s390Interrupt.ts";
import { ISC_COUNT } from "./ais.ts";
import type { Decisions } from "./decision.ts";
import type { Gisa } from "./gisa.ts";
import { adapterWord, bitOfIsc, iscOfWord } from "./interruptBits.ts";
import type { FloatingPending, IoInterrupt, Queued } from "./pending.ts";

/** All ISCs, as a mask whose bit 0x80 is ISC 0. */
export const ALL_ISCS = 0xff;

/**
 * Takes the most urgent I/O interrupt among `iscMask` (CR6 bits 32-39) for `schid`, or for anyone if that is
 * 0. GISA bits belong to no subchannel. Where a listed interrupt and a GISA bit compete, the list wins on the
 * same ISC; when the GISA's is more urgent the listed one goes to the end of its list through `reinject`.
 */
export function takeIoInterrupt(
  floating: FloatingPending, gisa: Gisa | undefined, iscMask: number, schid: number,
  reinject: (queued: Queued<IoInterrupt>) => void,
): Queued<IoInterrupt> | undefined {
  const listed = takeListed(floating, iscMask, schid);
  const fromGisa = schid === 0 ? gisa?.takeTop(iscMask) : undefined;
  if (!gisa || !fromGisa) return listed;
  if (listed && iscOfWord(listed.interrupt.ioIntWord) <= fromGisa.isc) {
    gisa.raise(fromGisa.isc, fromGisa.id);
    return listed;
  }
  if (listed) reinject(listed);
  return {
    id: fromGisa.id,
    interrupt: {
      kind: "io", type: ADAPTER_INTERRUPT, subchannelId: 0, subchannelNr: 0, ioIntParm: 0,
      ioIntWord: adapterWord(fromGisa.isc),
    },
  };
}

function takeListed(
  floating: FloatingPending, iscMask: number, schid: number,
): Queued<IoInterrupt> | undefined {
  for (let isc = 0; isc < ISC_COUNT; isc++) {
    if (!(iscMask & (0x80 >> isc))) continue;
    const taken = floating.takeIo(isc, schid);
    if (taken) return taken;
  }
  return undefined;
}

/** Notes the end of an interrupt's way that no CPU was interrupted for. */
export function noteTaken(
  decisions: Decisions, step: "taken" | "cleared" | "requeued", { id, interrupt }: Queued<IoInterrupt>,
  cpu = -1,
): void {
  decisions.note(step, id, interrupt.type, bitOfIsc(iscOfWord(interrupt.ioIntWord)), cpu);
}
