/** What may be called on a running machine, and the shape of every argument. */
import * as v from "valibot";
import type { Machine as MachineApi } from "../../../resources/scripts/api/machines.d.ts";
import { debugLimits } from "../../engine/api/debug.ts";
import { isWatchable, storageEvents, watchLimits } from "../../engine/api/watch.ts";
import { snapshotNote } from "../snapshotContract.ts";
import { bytes, name, none, u64, wholeTo } from "./facade/arguments.ts";
import { getArguments, setArguments } from "./facade/attributeForms.ts";
import type { MethodTable } from "./hostObjects.ts";

const cpu = v.optional(wholeTo(3));
const spaces = v.picklist(["absolute", "real", "virtual"]);
const place = v.optional(v.strictObject({
  space: v.optional(spaces), cpu,
}));
const text = v.pipe(v.string(), v.minLength(1), v.maxLength(16 * 1024));
const seconds = v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(3600)));
const bytesTo = (max: number) =>
  v.pipe(bytes, v.check((given) => given.length >= 1 && given.length <= max, `1 to ${max} bytes`));
const watchpoint = v.variant("kind", [
  v.strictObject({
    kind: v.literal("storage"), address: u64, length: wholeTo(watchLimits.lengthMax, 1),
    on: v.picklist(storageEvents), space: v.optional(spaces), cpu,
  }),
  v.strictObject({
    kind: v.literal("register"), cpu,
    register: v.pipe(name, v.check(isWatchable, "a register that can be watched")),
  }),
]);

export const machineMethods: MethodTable<MachineApi> = {
  info: none, pause: none, resume: none, reset: none, powerOff: none,
  snapshot: v.strictTuple([v.optional(snapshotNote)]),
  waitForPhase: v.strictTuple([v.picklist(["starting", "running", "paused", "stopped", "crashed"])]),
  step: v.strictTuple([cpu]),
  stepOver: v.strictTuple([cpu]),
  stateAt: v.strictTuple([
    v.union([wholeTo(Number.MAX_SAFE_INTEGER), v.literal("back"), v.literal("stop"), watchpoint]),
  ]),
  setBreakpoints: v.strictTuple([v.pipe(v.array(u64), v.maxLength(debugLimits.breakpointsMax))]),
  setWatchpoints: v.strictTuple([v.pipe(v.array(watchpoint), v.maxLength(watchLimits.watchpointsMax))]),
  waitForStop: v.strictTuple([seconds]),
  runTo: v.strictTuple([u64]),
  registers: v.strictTuple([cpu]),
  setRegister: v.strictTuple([name, u64, cpu]),
  findMemory: v.strictTuple([u64, bytesTo(debugLimits.patternBytesMax), place]),
  readMemory: v.strictTuple([u64, wholeTo(debugLimits.readBytesMax, 1), place]),
  writeMemory: v.strictTuple([u64, bytesTo(debugLimits.writeBytesMax), place]),
  disassemble: v.strictTuple([u64, wholeTo(debugLimits.linesMax, 1), cpu]),
  write: v.strictTuple([text]),
  waitFor: v.strictTuple([text, seconds]),
  consoleText: none,
  lanes: none,
  flic: none,
  ledger: v.strictTuple([v.optional(wholeTo(1000, 1))]),
  why: v.strictTuple([wholeTo(Number.MAX_SAFE_INTEGER)]),
  setFlicAttr: setArguments,
  getFlicAttr: getArguments,
};
