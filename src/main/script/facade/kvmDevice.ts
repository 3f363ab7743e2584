/** A device of KVM's by its attributes: raw bytes or the fields of the group's structure, either way. */
import * as v from "valibot";
import type {
  AttrGroup, AttrValue, KvmDevice as KvmDeviceApi,
} from "../../../../resources/scripts/api/s390.d.ts";
import type { BytesReply, Reply } from "../../../../resources/scripts/api/values.d.ts";
import type { MethodTable } from "../hostObjects.ts";
import { length, nameOrNumber, reply, u64 } from "./arguments.ts";
import { AttributeForms, setArguments, type AttributeGroup } from "./attributeForms.ts";

/** The three ioctls; without a buffer `addr` faults. A get answers what is in the buffer after it. */
export interface AttributePort {
  has(group: number, attr: bigint): number;
  set(group: number, attr: bigint, buffer: Uint8Array | undefined): number;
  get(
    group: number, attr: bigint, buffer: Uint8Array | undefined,
  ): { readonly result: number; readonly bytes: Uint8Array };
}

export class KvmDevice implements KvmDeviceApi {
  readonly fd: number;
  readonly type: string;
  private readonly forms: AttributeForms;
  private readonly port: AttributePort;

  constructor(
    fd: number, type: string, groups: Readonly<Record<string, AttributeGroup>>, port: AttributePort,
  ) {
    this.fd = fd;
    this.type = type;
    this.forms = new AttributeForms(type, groups);
    this.port = port;
  }

  hasAttr(group: AttrGroup, attr: bigint = 0n): Reply {
    return reply(this.port.has(this.forms.numberOf(group), attr));
  }
  getAttr(
    group: AttrGroup, options: { attr?: bigint; length?: number; faults?: boolean } = {},
  ): BytesReply {
    const { faults = false } = options;
    const call = this.forms.toGet(group, options);
    const { result, bytes } = this.port.get(call.group, call.attr, faults ? undefined : call.bytes);
    if (faults) return { ...reply(result), bytes };
    return this.forms.got(group, result, bytes);
  }
  setAttr(group: AttrGroup, value?: AttrValue, attr?: bigint): Reply {
    const call = this.forms.toSet(group, value, attr);
    return reply(this.port.set(call.group, call.attr, call.bytes));
  }
}

export const kvmDeviceMethods: MethodTable<KvmDeviceApi> = {
  hasAttr: v.strictTuple([nameOrNumber, v.optional(u64)]),
  getAttr: v.strictTuple([nameOrNumber, v.optional(v.strictObject({
    attr: v.optional(u64), length: v.optional(length), faults: v.optional(v.boolean()),
  }))]),
  setAttr: setArguments,
};
