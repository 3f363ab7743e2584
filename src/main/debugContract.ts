/** The shape of every question that a page may ask of a machine's debugger (`engine/api/debug.ts`). */
import * as v from "valibot";
import { apActions } from "../engine/api/apView.ts";
import { apMatrixLimits } from "../engine/api/apMatrix.ts";
import { flicViewLimits } from "../engine/api/flicView.ts";
import { ledgerLimits } from "../engine/api/ledgerBlock.ts";
import { debugLimits, registerDigits, type DebugCall, type LookCall } from "../engine/api/debug.ts";
import { isWatchable, storageEvents, watchLimits } from "../engine/api/watch.ts";

const hexOf = (digits: number) => v.pipe(v.string(), v.regex(new RegExp(`^[0-9a-f]{${digits}}$`)));
const address = hexOf(16);
const cpu = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(255));
const apId = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(apMatrixLimits.idMax));
const space = v.picklist(["absolute", "real", "virtual"]);
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const countTo = (max: number) => v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(max));
const bytesTo = (max: number) =>
  v.pipe(
    v.instance(Uint8Array),
    v.check((bytes) => bytes.length >= 1 && bytes.length <= max, `1 to ${max} bytes at a time.`),
  );
const setRegister = v.pipe(
  v.strictObject({
    name: v.literal("setRegister"),
    cpu,
    register: v.pipe(
      v.string(),
      v.check((name) => Object.hasOwn(registerDigits, name)),
    ),
    value: v.string(),
  }),
  v.check(
    ({ register, value }) => new RegExp(`^[0-9a-f]{${registerDigits[register]}}$`).test(value),
    "A register is written with all its digits.",
  ),
);

export const watchpoint = v.variant("kind", [
  v.strictObject({
    kind: v.literal("storage"),
    cpu,
    space,
    address,
    length: countTo(watchLimits.lengthMax),
    on: v.picklist(storageEvents),
  }),
  v.strictObject({
    kind: v.literal("register"),
    cpu,
    register: v.pipe(v.string(), v.check(isWatchable, "This register cannot be watched.")),
  }),
]);

const look: v.GenericSchema<unknown, LookCall> = v.variant("name", [
  v.strictObject({ name: v.literal("registers"), cpu }),
  v.strictObject({
    name: v.literal("storage"),
    cpu,
    space,
    address,
    length: countTo(debugLimits.readBytesMax),
  }),
  v.strictObject({ name: v.literal("disassemble"), cpu, address, count: countTo(debugLimits.linesMax) }),
  v.strictObject({ name: v.picklist(["flic", "ap"]) }),
  v.strictObject({
    name: v.literal("ledger"),
    after: count,
    before: v.optional(count),
    max: countTo(ledgerLimits.linesMax),
  }),
  v.strictObject({ name: v.literal("why"), id: count }),
  v.strictObject({ name: v.literal("lanes"), after: count, max: v.optional(count) }),
]);

export const debugCall: v.GenericSchema<unknown, DebugCall> = v.union([
  look,
  v.strictObject({
    name: v.literal("together"),
    looks: v.pipe(v.array(look), v.minLength(1), v.maxLength(debugLimits.looksMax)),
  }),
  setRegister,
  v.strictObject({
    name: v.literal("apAction"),
    action: v.picklist(apActions),
    adapter: apId,
    domain: apId,
  }),
  v.strictObject({
    name: v.literal("setStorage"),
    cpu,
    space,
    address,
    bytes: bytesTo(debugLimits.writeBytesMax),
  }),
  v.strictObject({
    name: v.literal("find"),
    cpu,
    space,
    address,
    bytes: bytesTo(debugLimits.patternBytesMax),
  }),
  v.strictObject({
    name: v.literal("setBreakpoints"),
    addresses: v.pipe(v.array(address), v.maxLength(debugLimits.breakpointsMax)),
  }),
  v.strictObject({
    name: v.literal("setWatchpoints"),
    watchpoints: v.pipe(v.array(watchpoint), v.maxLength(watchLimits.watchpointsMax)),
  }),
  v.strictObject({
    name: v.literal("flicAttribute"),
    group: v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(0xffff_ffff)),
    attr: address,
    bytes: v.pipe(
      v.instance(Uint8Array),
      v.check((bytes) => bytes.length <= flicViewLimits.attributeBytesMax),
    ),
  }),
  v.strictObject({
    name: v.literal("readFlicAttribute"),
    group: v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(0xffff_ffff)),
    attr: address,
    length: v.pipe(count, v.maxValue(flicViewLimits.attributeBytesMax)),
  }),
  v.strictObject({ name: v.literal("step"), cpu }),
  v.strictObject({ name: v.literal("stepOver"), cpu }),
  v.strictObject({ name: v.literal("runTo"), address }),
]);
