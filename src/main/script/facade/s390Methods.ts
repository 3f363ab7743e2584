/** The shape of every call of the s390 part of the API. */
import * as v from "valibot";
import type {
  DirtyRing as DirtyRingApi, S390Options, S390Vm as S390VmApi,
} from "../../../../resources/scripts/api/s390.d.ts";
import { noKernelQuirks } from "../../../engine/uapi/kernelProfile.ts";
import type { MethodTable } from "../hostObjects.ts";
import { booksMethods } from "./books.ts";
import { ROUTE_UNION_BYTES } from "./s390Vm.ts";
import { bytes, fields, length, name, nameOrNumber, none, u32, u64, wholeTo } from "./arguments.ts";

export const profile = v.picklist(["linux-4.12", "linux-4.13", "linux-5.6", "linux-6.1"]);
const CPUS_AT_START_MAX = 8;

const quirks = v.optional(v.strictObject(Object.fromEntries(
  Object.keys(noKernelQuirks).map((quirk) => [quirk, v.optional(v.boolean())]))));
export const s390OptionFields = {
  profile: v.optional(profile),
  cpus: v.optional(wholeTo(CPUS_AT_START_MAX)),
  suppression: v.optional(v.boolean()),
  gisa: v.optional(v.picklist([0, 1, "none"])),
  sigpInterpretation: v.optional(v.boolean()),
  channelSubsystem: v.optional(v.boolean()),
  quirks: quirks as v.GenericSchema<unknown, S390Options["quirks"]>,
};
export const s390Options = v.strictObject(s390OptionFields);

const route = v.strictObject({
  gsi: u32, type: v.optional(u32), flags: v.optional(u32), indicator: u64, summary: u64,
  indicatorBit: u64, summaryBit: u32, adapter: u32,
});
const rawRoute = v.strictObject({
  gsi: u32, type: u32, flags: v.optional(u32),
  union: v.pipe(bytes, v.check(({ length: size }) => size <= ROUTE_UNION_BYTES, "at most 32 bytes")),
});
export const regionShape = v.strictObject({
  slot: u32, flags: v.optional(u32), guestAddress: u64, size: u64, userAddress: u64,
});
/** A C int in 32 bits of a structure; -1 is none. */
const descriptor = v.pipe(wholeTo(0xffff_ffff, -1), v.transform((fd) => fd >>> 0));
export const irqfdShape = v.strictObject({
  fd: descriptor, gsi: u32, flags: v.optional(u32), resamplefd: v.optional(descriptor),
});

export const s390VmMethods: MethodTable<S390VmApi> = {
  ...booksMethods,
  checkExtension: v.strictTuple([nameOrNumber]),
  capabilities: none,
  enableCap: v.strictTuple([nameOrNumber, v.optional(u32)]),
  createDevice: v.strictTuple([v.union([v.literal("FLIC"), u32]), v.optional(u32)]),
  createVcpu: none,
  vcpu: v.strictTuple([u32]),
  hasAttr: v.strictTuple([u32, u64]),
  getAttr: v.strictTuple([u32, u64, length]),
  setAttr: v.strictTuple([u32, u64, v.optional(bytes)]),
  createIrqchip: none,
  setGsiRouting: v.strictTuple([v.pipe(v.array(v.union([rawRoute, route])), v.maxLength(5000))]),
  openEventfd: none,
  irqfd: v.strictTuple([irqfdShape]),
  signalEventfd: v.strictTuple([u32]),
  interrupt: v.strictTuple([nameOrNumber, v.optional(u32), v.optional(u64)]),
  setMemoryRegion: v.strictTuple([regionShape]),
  memoryRegions: none,
  mapMemory: v.strictTuple([v.pipe(v.array(v.strictObject({
    userAddress: u64, size: u64, address: u32, writable: v.optional(v.boolean()),
  })), v.maxLength(100))]),
  getDirtyLog: v.strictTuple([u32]),
  readMemory: v.strictTuple([u32, length]),
  writeMemory: v.strictTuple([u32, bytes]),
  placeUser: v.strictTuple([u64, bytes]),
  readUser: v.strictTuple([u64, length]),
  ioctl: v.strictTuple([u32, v.union([name, u32]), v.optional(u64)]),
  close: v.strictTuple([u32]),
  setUsage: v.strictTuple([u64, wholeTo(255)]),
  getCmmaBits: v.strictTuple([
    v.strictObject({ startFrame: u64, count: u32, peek: v.optional(v.boolean()) }),
  ]),
  gisa: none,
  registerGisc: v.strictTuple([wholeTo(255)]),
  unregisterGisc: v.strictTuple([wholeTo(255)]),
  deviceInterrupt: v.strictTuple([wholeTo(255)]),
  kicks: none,
};

export const dirtyRingMethods: MethodTable<DirtyRingApi> = {
  push: v.strictTuple([u32, u64]), isSoftFull: none, read: v.strictTuple([u32]),
  write: v.strictTuple([u32, fields]), reset: none, protectedPages: none,
};
