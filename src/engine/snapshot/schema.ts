/**
 * What a part of the machine leaves in a snapshot: named fields with their limits, a version, what a target
 * must have, and the steps that turn an older version's values into today's.
 *
 * Invariant: `decode(encode(x)) = x`, and a value that `decode` lets through is within every field's limits.
 */
import { ok, refuse, type Result } from "../base/result.ts";
import { decodePlain, encodePlain, isPlainMap, type Plain, type PlainMap } from "./cbor.ts";

export interface Field<T> {
  plain(value: T): Plain;
  /** Refuses with a sentence that begins with `where`. */
  check(value: Plain, where: string): Result<T, string>;
}
export type Fields<T> = { readonly [Name in keyof T]-?: Field<T[Name]> };
/** The value type of a field or a schema. */
export type ValueOf<F> = F extends Field<infer T> ? T : F extends StateSchema<infer T> ? T : never;

const show = (value: Plain): string => {
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return value !== null && typeof value === "object" ? "a group of fields" : String(value);
};

const between = (least: number, most: number): Field<number> => ({
  plain: (value) => value,
  check: (value, where) =>
    typeof value === "number" && value >= least && value <= most
      ? ok(value)
      : refuse(`${where} is ${show(value)}; ${least} to ${most} is allowed`),
});

const wide = (least: bigint, most: bigint): Field<bigint> => ({
  plain: (value) => value,
  check(value, where) {
    const isInteger = typeof value === "number" || typeof value === "bigint";
    if (!isInteger || BigInt(value) < least || BigInt(value) > most)
      return refuse(`${where} is ${show(value)}; ${least} to ${most} is allowed`);
    return ok(BigInt(value));
  },
});

function object<T extends object>(fields: Fields<T>): Field<T> {
  const names = Object.keys(fields) as (keyof T & string)[];
  return {
    plain: (value) => Object.fromEntries(names.map((name) => [name, fields[name].plain(value[name])])),
    check(value, where) {
      if (!isPlainMap(value)) return refuse(`${where} is ${show(value)}; a group of fields is wanted`);
      const stranger = Object.keys(value).find((name) => !Object.hasOwn(fields, name));
      if (stranger !== undefined) return refuse(`${where} has a field "${stranger}" that is not known`);
      const checked: Partial<T> = {};
      for (const name of names) {
        if (!Object.hasOwn(value, name)) return refuse(`${where} has no field "${name}"`);
        const item = fields[name].check(value[name]!, `${where}.${name}`);
        if (!item.ok) return item;
        checked[name] = item.value;
      }
      return ok(checked as T);
    },
  };
}

interface Lengths {
  readonly max: number;
  readonly min?: number;
}

function list<T>(item: Field<T>, { max, min = 0 }: Lengths): Field<T[]> {
  return {
    plain: (value) => value.map((entry) => item.plain(entry)),
    check(value, where) {
      if (!Array.isArray(value) || value.length < min || value.length > max)
        return refuse(`${where} is ${show(value)}; a list of ${min} to ${max} is allowed`);
      const checked: T[] = [];
      for (const [index, entry] of (value as readonly Plain[]).entries()) {
        const one = item.check(entry, `${where}[${index}]`);
        if (!one.ok) return one;
        checked.push(one.value);
      }
      return ok(checked);
    },
  };
}

export const field = {
  u8: (): Field<number> => between(0, 0xff),
  u16: (): Field<number> => between(0, 0xffff),
  u32: (): Field<number> => between(0, 0xffff_ffff),
  /** An integer from `least` to `most`, both safe. */
  between,
  u64: (): Field<bigint> => wide(0n, 0xffff_ffff_ffff_ffffn),
  i64: (): Field<bigint> => wide(-(1n << 63n), (1n << 63n) - 1n),
  bool: (): Field<boolean> => ({
    plain: (value) => value,
    check: (value, where) =>
      typeof value === "boolean" ? ok(value) : refuse(`${where} is ${show(value)}; true or false is wanted`),
  }),
  /** From `least` to `most` bytes. */
  bytes: (most: number, least = most): Field<Uint8Array> => ({
    plain: (value) => value,
    check: (value, where) =>
      value instanceof Uint8Array && value.length >= least && value.length <= most
        ? ok(value)
        : refuse(
            `${where} is ${show(value)}; ${least === most ? "" : `${least} to `}${most} bytes are wanted`),
  }),
  text: (charactersMax: number): Field<string> => ({
    plain: (value) => value,
    check: (value, where) =>
      typeof value === "string" && value.length <= charactersMax
        ? ok(value)
        : refuse(`${where} is no text of up to ${charactersMax} characters`),
  }),
  oneOf: <T extends string>(...choices: readonly T[]): Field<T> => ({
    plain: (value) => value,
    check: (value, where) =>
      choices.includes(value as T)
        ? ok(value as T)
        : refuse(`${where} is ${show(value)}; ${choices.join(", ")} are allowed`),
  }),
  /** The value, or `null` where there is none. */
  nullable: <T>(item: Field<T>): Field<T | null> => ({
    plain: (value) => (value === null ? null : item.plain(value)),
    check: (value, where) => (value === null ? ok(null) : item.check(value, where)),
  }),
  object,
  list,
};

export interface StateDefinition<T extends object> {
  /** Lower-case words with dots: `s390.flic`. */
  readonly name: string;
  /** Raised with every change of `fields`; `upgrade` then gets a step. */
  readonly version: number;
  readonly fields: Fields<T>;
  /** Capabilities that only a machine with these values asks of its target. */
  readonly needs?: (values: T) => readonly string[];
  /** What no single field can tell: a sentence that refuses the values, or undefined. */
  readonly objection?: (values: T) => string | undefined;
  /** From the version that it is under to the next; it is given whatever was decoded. */
  readonly upgrade?: Readonly<Record<number, (old: PlainMap) => PlainMap>>;
}

export interface StateSchema<T> {
  readonly name: string;
  readonly version: number;
  needs(values: T): readonly string[];
  encode(values: T): Uint8Array;
  /** The values as today's version has them; refuses with a sentence. */
  decode(version: number, payload: Uint8Array): Result<T, string>;
}

export function defineState<T extends object>(definition: StateDefinition<T>): StateSchema<T> {
  const { name, version, fields, needs, objection, upgrade = {} } = definition;
  const all = object(fields);
  return {
    name,
    version,
    needs: (values) => needs?.(values) ?? [],
    encode: (values) => encodePlain(all.plain(values)),
    decode(from, payload) {
      if (from > version)
        return refuse(`${name} has version ${from}; this program knows versions up to ${version}`);
      const decoded = decodePlain(payload);
      if (!decoded.ok) return refuse(`${name} cannot be read: ${decoded.error}`);
      if (!isPlainMap(decoded.value)) return refuse(`${name} holds no fields`);
      let values = decoded.value;
      for (let at = from; at < version; at++) {
        const step = upgrade[at];
        if (!step) return refuse(`${name} has version ${at}, which this program cannot read any more`);
        values = step(values);
      }
      const checked = all.check(values, name);
      if (!checked.ok) return checked;
      const objected = objection?.(checked.value);
      return objected === undefined ? checked : refuse(`${name}: ${objected}`);
    },
  };
}
