/**
 * The shape of every call a page may make, checked before a service sees it. The types are in
 * `engine/api/workbench.ts`; `callSchemas` must name each of its calls, so neither can grow without the
 * other.
 */
import * as v from "valibot";
import { apMatrixLimits } from "../engine/api/apMatrix.ts";
import { machineLimits } from "../engine/api/machineLimits.ts";
import { grantNames, scriptLimits } from "../engine/api/script.ts";
import type { HostCalls } from "../engine/api/workbench.ts";
import { debugCall } from "./debugContract.ts";
import { deviceCall } from "./deviceContract.ts";
import { pastGoal } from "./pastContract.ts";
import { settingKey, settingLimits } from "./services/settings.ts";
import { snapshotCall } from "./snapshotContract.ts";

export const limits = {
  uploadBytesMax: 256 * 2 ** 20,
  uploadsMax: 4,
  uploadChunkBytes: 2 ** 20,
  consoleInputBytes: 16 * 2 ** 10,
  /** One frame from a page: the largest upload chunk and room for its JSON. */
  frameBytesMax: 2 ** 20 + 64 * 2 ** 10,
  commandLineMax: 4096,
  titleMax: 80,
} as const;

const id = v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const bytesUpTo = (bytesMax: number) =>
  v.pipe(
    v.instance(Uint8Array),
    v.check((bytes) => bytes.length <= bytesMax, `At most ${bytesMax} bytes at a time.`),
  );
const printable = (lengthMax: number) =>
  // A kernel reads its command line up to the first NUL, and a title stands on one line.
  v.pipe(v.string(), v.maxLength(lengthMax), v.regex(/^[^\u0000-\u001f\u007f]*$/));

const fileName = v.pipe(v.string(), v.maxLength(64));
const scriptText = v.pipe(v.string(), v.maxLength(scriptLimits.sourceCharactersMax));

const apIds = v.pipe(
  v.array(v.pipe(count, v.maxValue(apMatrixLimits.idMax))),
  v.maxLength(apMatrixLimits.queuesMax),
);
const apMatrix = v.strictObject({ adapters: apIds, domains: apIds });
const byId = v.strictObject({ id });
const newGuest = v.strictObject({
  title: v.pipe(printable(limits.titleMax), v.minLength(1)),
  kernel: id,
  initrd: v.optional(id),
  commandLine: printable(limits.commandLineMax),
  memoryBytes: v.pipe(
    count,
    v.minValue(machineLimits.memoryBytesMin),
    v.maxValue(machineLimits.memoryBytesMax),
  ),
  cpus: v.pipe(count, v.minValue(1), v.maxValue(machineLimits.cpusMax)),
});

/** The arguments of every call, as a tuple. */
export const callSchemas = {
  hello: v.strictTuple([]),
  fetchGuest: v.strictTuple([byId]),
  cancelFetch: v.strictTuple([byId]),
  openUpload: v.strictTuple([v.strictObject({ name: printable(255), sizeBytes: count })]),
  writeUpload: v.strictTuple([
    v.strictObject({ id, offset: count, bytes: bytesUpTo(limits.uploadChunkBytes) }),
  ]),
  dropUpload: v.strictTuple([byId]),
  addGuest: v.strictTuple([newGuest]),
  removeGuest: v.strictTuple([byId]),
  startMachine: v.strictTuple([v.strictObject({ id, ap: v.optional(apMatrix) })]),
  takeUpMachine: v.strictTuple([byId]),
  forgetLeft: v.strictTuple([byId]),
  resumeMachine: v.strictTuple([byId]),
  pauseMachine: v.strictTuple([byId]),
  resetMachine: v.strictTuple([byId]),
  powerOffMachine: v.strictTuple([byId]),
  sendConsole: v.strictTuple([v.strictObject({ id, bytes: bytesUpTo(limits.consoleInputBytes) })]),
  attachConsole: v.strictTuple([v.strictObject({ id, fromOffset: count })]),
  ackConsole: v.strictTuple([v.strictObject({ id, offset: count })]),
  detachConsole: v.strictTuple([byId]),
  debugMachine: v.strictTuple([v.strictObject({ id, call: debugCall })]),
  recordOf: v.strictTuple([v.strictObject({ id, rest: v.optional(count) })]),
  goToPast: v.strictTuple([v.strictObject({ id, goal: pastGoal })]),
  deviceMachine: v.strictTuple([v.strictObject({ call: deviceCall })]),
  snapshots: v.strictTuple([v.strictObject({ call: snapshotCall })]),
  scripts: v.strictTuple([v.strictObject({})]),
  readScript: v.strictTuple([v.strictObject({ name: fileName })]),
  writeScript: v.strictTuple([v.strictObject({ name: fileName, text: scriptText })]),
  removeScript: v.strictTuple([v.strictObject({ name: fileName })]),
  runScript: v.strictTuple([
    v.strictObject({
      source: scriptText,
      file: printable(64),
      grants: v.pipe(v.array(v.picklist(grantNames)), v.maxLength(grantNames.length)),
      seconds: v.pipe(count, v.minValue(1), v.maxValue(scriptLimits.secondsMax)),
      memoryBytes: v.optional(v.pipe(
        count, v.minValue(scriptLimits.memoryBytesMin), v.maxValue(scriptLimits.memoryBytesMax))),
    }),
  ]),
  stopScript: v.strictTuple([v.strictObject({ run: count })]),
  ackScript: v.strictTuple([v.strictObject({ run: count, offset: count })]),
  saveSetting: v.strictTuple([
    v.strictObject({
      key: settingKey,
      value: v.optional(v.pipe(v.string(), v.maxLength(settingLimits.valueCharactersMax))),
    }),
  ]),
} satisfies { [Name in keyof HostCalls]: v.GenericSchema<unknown, Parameters<HostCalls[Name]>> };

/** The only two envelopes a page sends: a request, or the answer to one of ours. */
const envelope = v.union([
  v.strictObject({
    t: v.literal("q"),
    m: v.pipe(v.string(), v.maxLength(64)),
    a: v.array(v.unknown()),
    i: v.optional(v.pipe(v.string(), v.maxLength(64))),
    o: v.optional(v.boolean()),
  }),
  v.strictObject({
    t: v.literal("s"),
    i: v.string(),
    r: v.optional(v.unknown()),
    e: v.optional(v.unknown()),
  }),
]);

/** Throws where `message` is neither envelope, or calls what is not in the contract or not in its shape. */
export function checkMessage(message: unknown): void {
  const checked = v.parse(envelope, message);
  if (checked.t !== "q") return;
  if (!Object.hasOwn(callSchemas, checked.m))
    throw new Error(`There is no call named ${JSON.stringify(checked.m)}.`);
  v.parse(callSchemas[checked.m as keyof HostCalls], checked.a);
}
