/** Shapes of arguments that calls of scripts share, and what they become. */
import * as v from "valibot";
import { errnoName } from "../../../engine/api/errno.ts";
import { hex } from "../../../engine/base/hex.ts";

export const BYTES_MAX = 2 ** 20;
const U64_MAX = (1n << 64n) - 1n;

const digits = v.pipe(
  v.string(),
  v.maxLength(3 * BYTES_MAX),
  v.transform((text) => text.replaceAll(" ", "")),
  v.regex(/^([0-9a-fA-F]{2})*$/, "pairs of hexadecimal digits"),
  v.transform(hex),
);
export const bytes = v.pipe(
  v.union([v.instance(Uint8Array), digits], "bytes, or hexadecimal digits"),
  v.check((given) => given.length <= BYTES_MAX, `at most ${BYTES_MAX} bytes`),
);
export const u64 = v.pipe(
  v.union([v.bigint(), v.pipe(v.number(), v.safeInteger())], "a whole number from 0 to 2^64 - 1"),
  v.transform((value) => BigInt(value)),
  v.check((value) => value >= 0n && value <= U64_MAX, "a whole number from 0 to 2^64 - 1"),
);
/** Far enough for anything that happens by itself; virtual time is 64 bits. */
export const nanoseconds = v.pipe(u64, v.check((ns) => ns <= 1n << 50n, "at most 2^50 nanoseconds"));
export const wholeTo = (max: number, min = 0) =>
  v.pipe(v.number(), v.safeInteger(), v.minValue(min), v.maxValue(max));
export const u32 = wholeTo(0xffff_ffff);
export const length = wholeTo(BYTES_MAX);
export const name = v.pipe(v.string(), v.maxLength(200));
export const nameOrNumber = v.union([name, u32]);
export const fields = v.record(name, v.union([v.number(), v.bigint(), bytes]));
export const none = v.strictTuple([]);

export interface ErrnoReply {
  readonly result: number;
  readonly errno: string;
}
/** A call's result with its errno by name. */
export const reply = (result: number): ErrnoReply => ({ result, errno: errnoName(result) });
