/** Words that the vectors of AP passthrough are written in. */
import type { ScriptedAnswer } from "../../deviceMachine/scriptedApHardware.ts";
import type { ApCheck, ApStep } from "./apVector.ts";

export const E = 0x80000000, I = 0x01000000;
export const rc = (response: number): number => response << 16;
export const ENABLE = 0x0000800000000000n;

export const hw = (...answers: ScriptedAnswer[]): ApStep => ({ op: "hw", queue: "05.0004", answers });
export const hwOf = (queue: string, ...answers: ScriptedAnswer[]): ApStep => ({ op: "hw", queue, answers });
export const aqic = (gr1: bigint, gr2: bigint, status: bigint, conditionCode?: number): ApStep =>
  ({ op: "pqap", gr: [0x03000504n, gr1, gr2], result: "done", gr1: status, conditionCode });
export const pqap = (
  gr0: bigint, gr1: bigint, result: "userspace" | "done" | 2 | 6, out?: bigint, conditionCode?: number,
): ApStep => ({ op: "pqap", gr: [gr0, gr1, 0n], result, gr1: out, conditionCode });
export const check = (is: ApCheck): ApStep => ({ op: "check", is });
export const store = (device: string, attribute: string, text: string, result: number): ApStep =>
  ({ op: "store", device, attribute, text, result });
export const pool = (attribute: "apmask" | "aqmask", text: string, result: number): ApStep =>
  ({ op: "pool", attribute, text, result });
/** Interrupts of 05.0004 enabled for indicator 0x1234 and ISC 3. */
export const IRQ: ApStep = aqic(ENABLE | 3n, 0x1234n, 0n);
export const IRQ47: ApStep = { op: "pqap", gr: [0x03000547n, ENABLE | 3n, 0x1300n], result: "done", gr1: 0n };
export const NONE = { queues: { "05.0004": null }, references: {}, iam: 0, pins: {} };
export const HELD =
  { queues: { "05.0004": [0x1234, 3] as const }, references: { 3: 1 }, iam: 0x10, pins: { 0x1234: 1 } };
export const REFUSED = 0x10000n;
