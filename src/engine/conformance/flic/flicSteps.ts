/** Words that the vectors of the floating interrupt controller are written in. */
import type { Buffer, Check, Cpu, FlicStep } from "./flicVector.ts";

export const irq = (type: string, union = ""): string =>
  (type.padStart(16, "0") + union.replaceAll(" ", "")).padEnd(144, "0");
export const AI = "04000000";
export const ai = (word: string): string => irq(AI, `0000 0000 00000000 ${word}`);
export const set =
  (group: number, attr: bigint | number, buffer: Buffer | undefined, result: number, flags = 0): FlicStep =>
  ({ op: "set", group, attr: BigInt(attr), buffer, result, flags });
export const get = (
  group: number, attr: bigint | number, buffer: Buffer, result: number, out?: string,
): FlicStep => ({ op: "get", group, attr: BigInt(attr), buffer, result, out });
export const bytes = (...parts: string[]): Buffer => ({ bytes: parts.join("").replaceAll(" ", "") });
export const enqueue = (result: number, ...entries: string[]): FlicStep =>
  set(2, entries.length * 72, bytes(...entries), result);
export const check = (is: Check): FlicStep => ({ op: "check", is });
export const register = (adapter: string, result = 0): FlicStep => set(6, 0, bytes(adapter), result);
/** Makes exactly these GISA bits pending. */
export const ipm = (mask: number): FlicStep[] => [0, 1, 2, 3, 4, 5, 6, 7]
  .filter((isc) => mask & (0x80 >> isc))
  .map((isc) => enqueue(0, ai(((0x80000000 | (isc << 27)) >>> 0).toString(16))));
export const aisAll = (simm: string, nimm: string): FlicStep => set(11, 0, bytes(simm, nimm), 0);
export const buffer = (size: number): Buffer => ({ size });
export const UNMAPPED = 0x4000_0000n;
export const INDICATORS = 0x100000n, SUMMARY = 0x101000n;
export const OPEN: Cpu =
  { psw: 0x03040000, cr0: 0x6e00n, cr6: 0xff000000n, cr14: 0x10000000n, newPsws: 0x03040000 };
