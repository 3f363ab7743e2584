/** A device of KVM's by its attributes: raw bytes or the fields of the group's structure, either way. */
import * as v from "valibot";
import type {
  AttrGroup, AttrValue, KvmDevice as KvmDeviceApi,
} from "../../../../resources/scripts/api/s390.d.ts";
import type { BytesReply, Fields, Reply, S390Irq } from "../../../../resources/scripts/api/values.d.ts";
import { ScriptRefusal, type MethodTable } from "../hostObjects.ts";
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

/** The three ioctls; without a buffer `addr` is 0. A get answers what is in the buffer after it. */
export interface AttributePort {
  has(group: number, attr: bigint): number;
  set(group: number, attr: bigint, buffer: Uint8Array | undefined): number;
  get(
    group: number, attr: bigint, buffer: Uint8Array,
  ): { readonly result: number; readonly bytes: Uint8Array };
}

export class KvmDevice implements KvmDeviceApi {
  readonly fd: number;
  readonly type: string;
  private readonly groups: Readonly<Record<string, AttributeGroup>>;
  private readonly port: AttributePort;

  constructor(
    fd: number, type: string, groups: Readonly<Record<string, AttributeGroup>>, port: AttributePort,
  ) {
    this.fd = fd;
    this.type = type;
    this.groups = groups;
    this.port = port;
  }

  hasAttr(group: AttrGroup, attr: bigint = 0n): Reply {
    return reply(this.port.has(this.groupOf(group).number, attr));
  }

  getAttr(group: AttrGroup, options: { attr?: bigint; length?: number } = {}): BytesReply {
    const { number, buffer, attrIsLength } = this.groupOf(group);
    const size = options.length ?? sizeOf(buffer);
    const attr = options.attr ?? (attrIsLength ? BigInt(size) : 0n);
    const { result, bytes: filled } = this.port.get(number, attr, new Uint8Array(size));
    const value = result < 0 ? undefined : valueOf(buffer, filled, result);
    return { ...reply(result), bytes: filled, ...(value !== undefined && { value }) };
  }

  setAttr(group: AttrGroup, value?: AttrValue, attr?: bigint): Reply {
    const { number, buffer, attrIsLength } = this.groupOf(group);
    const given = value === undefined ? undefined : bytesOf(buffer, value);
    const wanted = attr ?? (attrIsLength ? BigInt(given?.length ?? 0) : 0n);
    return reply(this.port.set(number, wanted, given));
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

const attrValue = v.union([bytes, v.array(s390Irq), fields], "Bytes, fields, or interrupts");

export const kvmDeviceMethods: MethodTable<KvmDeviceApi> = {
  hasAttr: v.strictTuple([nameOrNumber, v.optional(u64)]),
  getAttr: v.strictTuple([
    nameOrNumber, v.optional(v.strictObject({ attr: v.optional(u64), length: v.optional(length) })),
  ]),
  setAttr: v.strictTuple([nameOrNumber, v.optional(attrValue), v.optional(u64)]),
};
