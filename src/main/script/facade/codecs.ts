/** The structures of KVM's API for scripts: the engine's own codecs, with what a script gives checked. */
import * as v from "valibot";
import type { Codecs as CodecsApi, Fields, S390Irq } from "../../../../resources/scripts/api/values.d.ts";
import * as arm from "../../../engine/uapi/arm.ts";
import * as capability from "../../../engine/uapi/capability.ts";
import * as deviceAttr from "../../../engine/uapi/deviceAttr.ts";
import * as flic from "../../../engine/uapi/flic.ts";
import * as irqRouting from "../../../engine/uapi/irqRouting.ts";
import * as powerIoctl from "../../../engine/uapi/powerIoctl.ts";
import * as s390Interrupt from "../../../engine/uapi/s390Interrupt.ts";
import * as s390Memory from "../../../engine/uapi/s390Memory.ts";
import * as vfio from "../../../engine/uapi/vfio.ts";
import * as xive from "../../../engine/uapi/xive.ts";
import { join } from "../../../engine/base/hex.ts";
import { dirtyGfn } from "../../../engine/devices/kvm/dirtyRing.ts";
import type { Decoded, Struct } from "../../../engine/uapi/struct.ts";
import { ScriptRefusal, type MethodTable } from "../hostObjects.ts";
import { bytes, fields, length, name, none, wholeTo } from "./arguments.ts";

type AnyStruct = Struct<Record<string, readonly [number, number]>>;

const isStruct = (value: unknown): value is AnyStruct =>
  typeof value === "object" && value !== null && "decode" in value && "fields" in value;
const named = (prefix: string, modules: readonly object[]): [string, AnyStruct][] =>
  modules.flatMap((module) => Object.values(module).filter(isStruct))
    .map((struct) => [prefix + struct.name.replace(/^struct /, ""), struct]);

const structs: ReadonlyMap<string, AnyStruct> = new Map([
  ...named("", [capability, deviceAttr, flic, irqRouting, s390Interrupt, s390Memory, vfio, { dirtyGfn }]),
  ...named("ppc64le/", [powerIoctl, xive]),
  ...named("arm64/", [arm]),
]);

export function structOf(wanted: string): AnyStruct {
  const found = structs.get(wanted);
  if (!found) throw new ScriptRefusal(`There is no structure "${wanted}"; codecs.names() lists them.`);
  return found;
}

/** The bytes of a structure, or a sentence about the first field that does not fit. */
export function encodeFields(struct: AnyStruct, given: Fields): Uint8Array {
  const values: Record<string, number | bigint | Uint8Array> = {};
  for (const [field, value] of Object.entries(given)) {
    const place = Object.hasOwn(struct.fields, field) ? struct.fields[field] : undefined;
    if (!place)
      throw new ScriptRefusal(
        `${struct.name} has no field "${field}"; it has ${Object.keys(struct.fields).join(", ")}.`);
    values[field] = fitted(`${struct.name}.${field}`, value, place[1]);
  }
  return struct.encode(values as Partial<Decoded<AnyStruct["fields"]>>);
}

function fitted(
  what: string, value: Fields[string], size: number,
): number | bigint | Uint8Array {
  const isNumber = size === 1 || size === 2 || size === 4 || size === 8;
  if (!isNumber) {
    const given = v.safeParse(bytes, value);
    if (given.success && given.output.length <= size) return given.output;
    throw new ScriptRefusal(`${what} takes at most ${size} bytes.`);
  }
  const isWhole = typeof value === "bigint" || (typeof value === "number" && Number.isSafeInteger(value));
  const wide = isWhole ? BigInt(value) : -1n;
  if (wide < 0n || wide >= 1n << BigInt(8 * size))
    throw new ScriptRefusal(`${what} takes a whole number from 0 to 2^${8 * size} - 1.`);
  return size === 8 ? wide : Number(wide);
}

const { extInfo, ioInfo, mchkInfo, pgmInfo, prefixInfo, emergInfo, extcallInfo, stopInfo, interruptType } =
  s390Interrupt;
const nothing = { name: "this interrupt", size: 0, fields: {}, decode: () => ({}),
  encode: () => new Uint8Array(0) } satisfies AnyStruct;
const members: Readonly<Record<keyof typeof interruptType, object>> = {
  SIGP_STOP: stopInfo, PROGRAM_INT: pgmInfo, SIGP_SET_PREFIX: prefixInfo, RESTART: nothing,
  INT_PFAULT_INIT: extInfo, INT_PFAULT_DONE: extInfo, MCHK: mchkInfo, INT_CLOCK_COMP: nothing,
  INT_CPU_TIMER: nothing, INT_EMERGENCY: emergInfo, INT_EXTERNAL_CALL: extcallInfo, INT_SERVICE: extInfo,
  INT_VIRTIO: extInfo,
};

/** The number of an interrupt type given by name or number. */
export function typeNumber(type: string | number): number {
  if (typeof type === "number") return type;
  if (Object.hasOwn(interruptType, type)) return interruptType[type as keyof typeof interruptType];
  const known = Object.keys(interruptType).join(", ");
  throw new ScriptRefusal(`There is no interrupt type "${type}"; there are ${known}, and numbers for I/O.`);
}
const typeName = (type: number): string | number =>
  Object.entries(interruptType).find(([, number]) => number === type)?.[0] ?? type;
const memberOf = (type: number): AnyStruct => {
  const found = typeName(type);
  return (typeof found === "string" ? members[found as keyof typeof members] : ioInfo) as AnyStruct;
};

export function encodeInterrupt({ type, ...rest }: S390Irq): Uint8Array {
  const number = typeNumber(type as string | number);
  return s390Interrupt.encodeIrq(number, encodeFields(memberOf(number), rest));
}

/** All whole structures of the buffer. */
export function decodeInterrupts(buffer: Uint8Array): S390Irq[] {
  const size = s390Interrupt.KVM_S390_IRQ_SIZE;
  return Array.from({ length: Math.floor(buffer.length / size) }, (_, index) => {
    const at = index * size;
    const type = Number(s390Interrupt.s390Irq.decode(buffer, at).type & 0xffff_ffffn);
    return { type: typeName(type), ...memberOf(type).decode(buffer, at + 8) } as S390Irq;
  });
}
export const encodeInterrupts = (interrupts: readonly S390Irq[]): Uint8Array =>
  join(...interrupts.map(encodeInterrupt));

export const s390Irq = v.pipe(
  v.objectWithRest({ type: v.union([v.string(), v.number()]) }, fields.value),
) as unknown as v.GenericSchema<unknown, S390Irq>;

export class Codecs implements CodecsApi {
  names(): string[] {
    return [...structs.keys()].sort();
  }
  layout(name: string): ReturnType<CodecsApi["layout"]> {
    const { size, fields } = structOf(name);
    return { size, fields: { ...fields } };
  }
  encode(name: string, given: Fields): Uint8Array {
    return encodeFields(structOf(name), given);
  }
  decode(name: string, given: Uint8Array, at = 0): ReturnType<CodecsApi["decode"]> {
    const struct = structOf(name);
    if (at + struct.size > given.length)
      throw new ScriptRefusal(
        `${struct.name} has ${struct.size} bytes; there are ${Math.max(0, given.length - at)}.`);
    return struct.decode(given, at);
  }
  irq(interrupt: S390Irq): Uint8Array {
    return encodeInterrupt(interrupt);
  }
  irqs(given: Uint8Array): S390Irq[] {
    return decodeInterrupts(given);
  }
  xiveRoute(route: { server: number; priority: number; isMasked?: boolean; eisn: number }): bigint {
    return xive.encodeSourceConfig({ isMasked: false, ...route });
  }
  xiveQueue(server: number, priority: number): bigint {
    return xive.encodeQueueName(server, priority);
  }
}

const server = wholeTo(0x1fff_ffff);

export const codecMethods: MethodTable<CodecsApi> = {
  names: none, layout: v.strictTuple([name]), encode: v.strictTuple([name, fields]),
  decode: v.strictTuple([name, bytes, v.optional(length)]), irq: v.strictTuple([s390Irq]),
  irqs: v.strictTuple([bytes]),
  xiveRoute: v.strictTuple([v.strictObject({
    server, priority: wholeTo(7), isMasked: v.optional(v.boolean()), eisn: wholeTo(0x7fff_ffff),
  })]),
  xiveQueue: v.strictTuple([server, wholeTo(7)]),
};
