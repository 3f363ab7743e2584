/**
 * Attributes of KVM's devices in the forms that a script gives and is given: raw bytes, or the fields of the
 * group's structure. The same for a device without a guest and for that of a running machine.
 */
import * as v from "valibot";
import type { AttrGroup, AttrValue } from "../../../../resources/scripts/api/s390.d.ts";
import type { BytesReply, Fields, S390Irq } from "../../../../resources/scripts/api/values.d.ts";
import { ScriptRefusal } from "../hostObjects.ts";
import { bytes, fields, length, nameOrNumber, reply, u64 } from "./arguments.ts";
import { decodeInterrupts, encodeFields, encodeInterrupts, s390Irq, structOf } from "./codecs.ts";

/** What a group's buffer holds: a structure by name, interrupts, or an integer of so many bytes. */
export type GroupBuffer =
  | { readonly struct: string }
  | { readonly interrupts: true }
  | { readonly integer: 4 | 8; readonly order: "big" | "little" };

export interface AttributeGroup {
  readonly number: number;
  readonly buffer?: GroupBuffer;
  /** The attribute is the buffer's length unless the caller says else. */
  readonly attrIsLength?: boolean;
}

/** A call as KVM takes it; without `bytes` its `addr` is 0. */
export interface AttributeCall {
  readonly group: number;
  readonly attr: bigint;
  readonly bytes: Uint8Array | undefined;
}

export class AttributeForms {
  private readonly type: string;
  private readonly groups: Readonly<Record<string, AttributeGroup>>;

  /** `type`: of the device, for sentences. */
  constructor(type: string, groups: Readonly<Record<string, AttributeGroup>>) {
    this.type = type;
    this.groups = groups;
  }

  toSet(group: AttrGroup, value?: AttrValue, attr?: bigint): AttributeCall {
    const { number, buffer, attrIsLength } = this.groupOf(group);
    const given = value === undefined ? undefined : bytesOf(buffer, value);
    const wanted = attr ?? (attrIsLength ? BigInt(given?.length ?? 0) : 0n);
    return { group: number, attr: wanted, bytes: given };
  }

  /** The bytes are the buffer, which KVM fills. */
  toGet(
    group: AttrGroup, options: { attr?: bigint; length?: number } = {},
  ): AttributeCall & { readonly bytes: Uint8Array } {
    const { number, buffer, attrIsLength } = this.groupOf(group);
    const size = options.length ?? sizeOf(buffer);
    const attr = options.attr ?? (attrIsLength ? BigInt(size) : 0n);
    return { group: number, attr, bytes: new Uint8Array(size) };
  }

  /** What a get answered, with the caller's buffer after it. */
  got(group: AttrGroup, result: number, filled: Uint8Array): BytesReply {
    const value = result < 0 ? undefined : valueOf(this.groupOf(group).buffer, filled, result);
    return { ...reply(result), bytes: filled, ...(value !== undefined && { value }) };
  }

  numberOf(group: AttrGroup): number {
    return this.groupOf(group).number;
  }

  private groupOf(group: AttrGroup): AttributeGroup {
    const known = Object.entries(this.groups);
    if (typeof group === "number")
      return known.find(([, { number }]) => number === group)?.[1] ?? { number: group };
    const found = known.find(([name]) => name === group);
    const names = known.map(([name]) => name).join(", ");
    if (!found)
      throw new ScriptRefusal(`The ${this.type} has no attribute group "${group}"; there are ${names}.`);
    return found[1];
  }
}

function sizeOf(buffer: GroupBuffer | undefined): number {
  if (!buffer) return 0;
  if ("struct" in buffer) return structOf(buffer.struct).size;
  return "integer" in buffer ? buffer.integer : 4096;
}

function bytesOf(buffer: GroupBuffer | undefined, value: AttrValue): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return encodeInterrupts(value as readonly S390Irq[]);
  if (buffer && "struct" in buffer) return encodeFields(structOf(buffer.struct), value as Fields);
  const { value: number } = value as { value?: number | bigint };
  if (buffer && "integer" in buffer && number !== undefined) return integer(buffer, BigInt(number));
  throw new ScriptRefusal("This group's buffer has no structure: give bytes, or { value } for a number.");
}

type IntegerBuffer = Extract<GroupBuffer, { integer: 4 | 8 }>;

function integer({ integer: size, order }: IntegerBuffer, value: bigint): Uint8Array {
  const view = new DataView(new ArrayBuffer(size));
  if (size === 4) view.setUint32(0, Number(BigInt.asUintN(32, value)), order === "little");
  else view.setBigUint64(0, BigInt.asUintN(64, value), order === "little");
  return new Uint8Array(view.buffer);
}

/** For interrupts the result is how many there are. */
function valueOf(buffer: GroupBuffer | undefined, filled: Uint8Array, result: number): unknown {
  if (!buffer) return undefined;
  if ("interrupts" in buffer) return decodeInterrupts(filled).slice(0, result);
  if ("struct" in buffer) {
    const struct = structOf(buffer.struct);
    return filled.length >= struct.size ? struct.decode(filled) : undefined;
  }
  if (filled.length < buffer.integer) return undefined;
  const view = new DataView(filled.buffer, filled.byteOffset);
  const isLittle = buffer.order === "little";
  return buffer.integer === 4 ? view.getUint32(0, isLittle) : view.getBigUint64(0, isLittle);
}

const attrValue = v.union([bytes, v.array(s390Irq), fields], "bytes, fields, or interrupts");
/** Arguments of a set and of a get. */
export const setArguments = v.strictTuple([nameOrNumber, v.optional(attrValue), v.optional(u64)]);
export const getArguments = v.strictTuple([
  nameOrNumber, v.optional(v.strictObject({ attr: v.optional(u64), length: v.optional(length) })),
]);
