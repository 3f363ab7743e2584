/** The shape of every call that a page may make on a device machine (`engine/api/deviceSession.ts`). */
import * as v from "valibot";
import { deviceLimits, type DeviceCall } from "../engine/api/deviceSession.ts";
import { handLimits } from "../engine/api/handMade.ts";
import { litmusLimits } from "../engine/api/litmusView.ts";
import { esbSources } from "../engine/api/xiveView.ts";

const text = v.pipe(v.string(), v.maxLength(120));
const count = (max: number) => v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(max));
const setting = {
  program: count(litmusLimits.programsMax),
  without: v.pipe(v.array(text), v.maxLength(litmusLimits.barriersMax)),
  model: text,
};
const part = count(deviceLimits.partsMax);

export const deviceCall: v.GenericSchema<unknown, DeviceCall> = v.union([
  v.strictObject({ name: v.literal("catalogue") }),
  v.strictObject({
    name: v.literal("openScenario"),
    scenario: text,
    defects: v.pipe(v.array(text), v.maxLength(deviceLimits.defectsMax)),
  }),
  v.strictObject({ name: v.literal("goTo"), step: count(deviceLimits.stepsMax) }),
  v.strictObject({ name: v.literal("makeMachine"), kind: text }),
  v.strictObject({
    name: v.literal("append"),
    call: text,
    values: v.pipe(
      v.record(text, v.pipe(v.string(), v.maxLength(handLimits.valueCharactersMax))),
      v.check((values) => Object.keys(values).length <= handLimits.fieldsMax),
    ),
  }),
  v.strictObject({ name: v.literal("closeMachine") }),
  v.strictObject({
    name: v.literal("playAll"),
    scenarios: v.optional(v.pipe(v.array(text), v.maxLength(deviceLimits.scenariosMax))),
    withDefects: v.boolean(),
  }),
  v.strictObject({ name: v.literal("cancelPlay") }),
  v.strictObject({ name: v.literal("esbMap"), part }),
  v.strictObject({ name: v.literal("source"), part, lisn: count(esbSources.count - 1) }),
  v.strictObject({ name: v.picklist(["passthrough", "ap", "arm", "flic", "books"]), part }),
  v.strictObject({ name: v.literal("why"), part, id: count(Number.MAX_SAFE_INTEGER) }),
  v.strictObject({ name: v.literal("litmusList") }),
  v.strictObject({ name: v.literal("litmusExplore"), ...setting }),
  v.strictObject({
    name: v.literal("litmusWalk"),
    ...setting,
    choices: v.pipe(v.array(count(litmusLimits.choiceMax)), v.maxLength(litmusLimits.choicesMax)),
  }),
]);
