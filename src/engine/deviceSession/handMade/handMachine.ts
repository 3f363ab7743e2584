/**
 * Machines that a person makes by hand: what they begin with, and the calls that can be made on them, each
 * with its arguments as texts. A call is a step like any other, so such a machine goes back by running again.
 */
import type { HandCallSummary, HandField } from "../../api/handMade.ts";
import { errnoName } from "../../api/errno.ts";
import { hex as bytesOf } from "../../base/hex.ts";
import { ok, refuse, type Result } from "../../base/result.ts";

/** Arguments as a call reads them; every one is there and of its field's kind. */
export interface Arguments {
  number(name: string): number;
  wide(name: string): bigint;
  bytes(name: string): Uint8Array;
  text(name: string): string;
}

export interface HandCall<World> {
  readonly id: string;
  readonly title: string;
  readonly fields: readonly HandField[];
  /** Carries it out; the answer is one line. */
  run(world: World, given: Arguments): string;
}

export interface HandMachine<World> {
  readonly kind: string;
  readonly title: string;
  readonly given: readonly string[];
  readonly calls: readonly HandCall<World>[];
  build(): World;
}

const U64_MAX = (1n << 64n) - 1n;
const BYTES_MAX = 4096;

export const summaryOfCall = ({ id, title, fields }: HandCall<never>): HandCallSummary =>
  ({ id, title, fields });

/** Checks the texts against the fields; refuses with a sentence that names the field. */
export function argumentsOf(
  fields: readonly HandField[], values: Readonly<Record<string, string>>,
): Result<Arguments, string> {
  for (const field of fields) {
    const objection = objectionTo(field, values[field.name]?.trim() ?? "");
    if (objection !== undefined) return refuse(`${field.label}: ${objection}.`);
  }
  const text = (name: string): string => (values[name] ?? "").trim();
  return ok({
    text,
    wide: (name) => BigInt(text(name)),
    number: (name) => Number(BigInt(text(name))),
    bytes: (name) => bytesOf(text(name).replaceAll(/\s/g, "")),
  });
}

function objectionTo({ kind, options, max }: HandField, text: string): string | undefined {
  switch (kind) {
    case "choice": return options?.includes(text) ? undefined : `one of ${options?.join(", ")}`;
    case "text": return text.length <= 200 ? undefined : "at most 200 characters";
    case "bytes": {
      const digits = text.replaceAll(/\s/g, "");
      const isHex = /^([0-9a-fA-F]{2})*$/.test(digits) && digits.length <= 2 * BYTES_MAX;
      return isHex ? undefined : `"${text}" is no row of up to ${BYTES_MAX} bytes in hexadecimal`;
    }
    case "number": {
      if (!/^(0x[0-9a-fA-F]{1,16}|[0-9]{1,20})$/.test(text))
        return `"${text}" is no number; write 42 or 0x2a`;
      const limit = max === undefined ? U64_MAX : BigInt(max);
      return BigInt(text) <= limit ? undefined : `at most 0x${limit.toString(16)}`;
    }
  }
}

/** "0", "-EINVAL", or a positive result as it is. */
export const resultText = (result: number): string => (result < 0 ? errnoName(result) : String(result));
export const hexText = (value: number | bigint): string => `0x${value.toString(16)}`;

/** How a step of it reads: the call and its arguments. */
export const stepText = (
  { title, fields }: HandCall<never>, values: Readonly<Record<string, string>>,
): string =>
  [title, ...fields.map(({ label, name }) => `${label} ${values[name]?.trim() || "–"}`)].join(", ");
