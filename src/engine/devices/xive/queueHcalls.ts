/**
 * The hypervisor calls about event queues. Here the priority is judged before the target, although its code
 * names the later parameter.
 */
import {
  END_ALWAYS_NOTIFY, END_ENQUEUE, END_FRESH_QUEUE, END_GENERATION, END_INDEX, END_VALID, qsizeOf, queueShift,
} from "./end.ts";
import { queueAddress } from "./eventQueue.ts";
import {
  H_HARDWARE, H_P2, H_P3, H_P4, H_P5, QUEUE_ALWAYS_NOTIFY, QUEUE_DEBUG, QUEUE_GENERATION_SHIFT, hcallDone,
  hcallRefused, type HcallResult,
} from "./hcallCodes.ts";
import type { QueueConfig } from "./kernelPort.ts";
import { NVT_BASE, RESERVED_PRIORITY, type SpaprXive } from "./spaprXive.ts";

const NO_QUEUE = 0n;
const SHIFTS: readonly bigint[] = [NO_QUEUE, 12n, 16n, 21n, 24n];

interface QueueName {
  readonly server: number;
  readonly priority: number;
  readonly end: number;
}

/** R5 and R6: target, truncated to 32 bits, and priority, to 8. A number is the refusal. */
function queueNamed(xive: SpaprXive, [, target, wide]: readonly bigint[]): QueueName | number {
  const priority = Number(wide! & 0xffn);
  const server = Number(BigInt.asUintN(32, target!));
  if (priority >= RESERVED_PRIORITY) return H_P3;
  if (!xive.hasVcpu(server)) return H_P2;
  return { server, priority, end: xive.endIndex(server, priority) };
}

export function getQueueInfo(xive: SpaprXive, args: readonly bigint[]): HcallResult {
  const queue = queueNamed(xive, args);
  if (typeof queue === "number") return hcallRefused(queue);
  const word0 = xive.chip.ends.word(queue.end, 0);
  const shift = word0 & END_ENQUEUE ? queueShift(word0) : 0;
  return hcallDone(xive.endEsbAddress(queue.end), BigInt(shift));
}

export function setQueueConfig(xive: SpaprXive, args: readonly bigint[]): HcallResult {
  const queue = queueNamed(xive, args);
  if (typeof queue === "number") return hcallRefused(queue);
  const [flags, , , qaddr, shift] = args as [bigint, bigint, bigint, bigint, bigint];
  if (!SHIFTS.includes(shift)) return hcallRefused(H_P5);
  const size = 1n << shift;
  if (shift !== NO_QUEUE) {
    if (qaddr % size !== 0n) return hcallRefused(H_P4);
    const { memory } = xive.chip;
    if (memory.load(qaddr) === undefined || memory.load(qaddr + size - 4n) === undefined)
      return hcallRefused(H_P4);
  }
  const qshift = Number(shift);
  const wanted: QueueConfig = qshift === 0
    ? { flags: 0, qshift, qaddr: 0n, qtoggle: 0, qindex: 0 }
    : { flags: Number(flags) & QUEUE_ALWAYS_NOTIFY, qshift, qaddr, qtoggle: 1, qindex: 0 };
  if (xive.kernel?.configureQueue(queue.server, queue.priority, wanted)) return hcallRefused(H_HARDWARE);
  if (qshift === 0) xive.chip.ends.reset(queue.end);
  else xive.chip.ends.setWords(queue.end, endWords(queue, wanted));
  return hcallDone();
}

function endWords({ server, priority }: QueueName, { flags, qshift, qaddr }: QueueConfig): number[] {
  const notifies = flags & QUEUE_ALWAYS_NOTIFY ? END_ALWAYS_NOTIFY : 0;
  return [
    END_VALID | END_ENQUEUE | notifies | qsizeOf(qshift), END_FRESH_QUEUE,
    Number(qaddr >> 32n) & 0x0fffffff, Number(BigInt.asUintN(32, qaddr)), 0, 0, NVT_BASE + server,
    priority << 16,
  ];
}

export function getQueueConfig(xive: SpaprXive, args: readonly bigint[]): HcallResult {
  const queue = queueNamed(xive, args);
  if (typeof queue === "number") return hcallRefused(queue);
  const { ends } = xive.chip;
  if (!refreshQueue(xive, queue.server, queue.priority)) return hcallRefused(H_HARDWARE);
  const word0 = ends.word(queue.end, 0);
  const word1 = ends.word(queue.end, 1);
  const enqueues = (word0 & END_ENQUEUE) !== 0;
  const isDebug = (args[0]! & BigInt(QUEUE_DEBUG)) !== 0n;
  const always = word0 & END_ALWAYS_NOTIFY ? BigInt(QUEUE_ALWAYS_NOTIFY) : 0n;
  const generation = isDebug && word1 & END_GENERATION ? 1n << QUEUE_GENERATION_SHIFT : 0n;
  return hcallDone(
    always | generation,
    enqueues ? queueAddress(ends, queue.end) : 0n,
    enqueues ? BigInt(queueShift(word0)) : 0n,
    isDebug ? BigInt(word1 & END_INDEX) : 0n,
  );
}

/** Takes over generation and index of a valid queue that the kernel fills. False if it refuses. */
export function refreshQueue(xive: SpaprXive, server: number, priority: number): boolean {
  const { ends } = xive.chip;
  const end = xive.endIndex(server, priority);
  if (!xive.kernel || !ends.isValid(end)) return true;
  const untouched: QueueConfig = { flags: 0, qshift: 0, qaddr: 0n, qtoggle: 0, qindex: 0 };
  const state = xive.kernel.queueState(server, priority, untouched);
  if (!state.ok) return false;
  const others = ends.word(end, 1) & ~(END_GENERATION | END_INDEX);
  const generation = state.value.qtoggle & 1 ? END_GENERATION : 0;
  ends.setWord(end, 1, (others | generation | (state.value.qindex & END_INDEX)) >>> 0);
  return true;
}
