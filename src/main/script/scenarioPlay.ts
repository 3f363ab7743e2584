/**
 * Scenarios that a script defines, played as the built-in ones are: the runner is the same, its functions
 * call into the script, where the worlds stay.
 */
import * as v from "valibot";
import { runScenario, type Verdict } from "../../engine/scenarios/runScenario.ts";
import { objectionToScenario, type Scenario } from "../../engine/scenarios/scenario.ts";
import { objectionOf } from "../shapeObjection.ts";
import { ScriptRefusal, type HostObjects } from "./hostObjects.ts";
import type { Sandbox } from "./sandbox.ts";

const text = v.pipe(v.string(), v.maxLength(400));
const texts = v.pipe(v.array(text), v.maxLength(200));
const aFunction = v.literal("function", "a function");
/** A scenario with "function" in place of each of its functions, and each claim's value in a list. */
const outline = v.strictObject({
  id: text,
  family: v.optional(text, "own"),
  row: v.optional(text),
  title: text,
  evidence: v.optional(
    v.array(v.picklist(["read", "title", "derived", "derived-twice", "documented", "measured"])), []),
  sources: v.optional(texts, []),
  given: v.strictObject({ says: v.optional(texts, []), build: aFunction }),
  when: v.pipe(v.array(v.strictObject({ says: text, does: aFunction })), v.maxLength(1000)),
  then: v.pipe(
    v.array(v.strictObject({ says: text, seen: aFunction, is: v.array(v.unknown()) })), v.maxLength(1000)),
  defects: v.optional(v.array(v.strictObject({ switch: text, breaks: text, because: text })), []),
});

export class ScenarioPlay {
  private readonly defined: v.InferOutput<typeof outline>[] = [];

  /** A scenario was defined; throws the sentence that says what is wrong with it. */
  define(given: unknown): void {
    const parsed = v.safeParse(outline, given);
    if (!parsed.success) throw new ScriptRefusal(`This is no scenario: ${objectionOf(parsed.issues)}.`);
    const objection = objectionToScenario(parsed.output);
    if (objection !== undefined) throw new ScriptRefusal(`This is no scenario: ${objection}.`);
    this.defined.push(parsed.output);
  }

  play(index: number, sandbox: Sandbox, objects: HostObjects, withDefects: boolean): Verdict {
    const scenario = withFunctions<number>(this.defined[index]!, {
      build: (defects) => sandbox.call("build", index, JSON.stringify([...defects])) as number,
      does: (step, world) => void sandbox.call("does", index, step, world),
      seen: (claim, world) => objects.decode(String(sandbox.call("seen", index, claim, world))),
    });
    return runScenario(scenario as Scenario, withDefects);
  }
}

interface Functions<World> {
  build(defects: ReadonlySet<string>): World;
  does(step: number, world: World): void;
  seen(claim: number, world: World): unknown;
}

const withFunctions = <World>(
  { given, when, then, ...rest }: v.InferOutput<typeof outline>, { build, does, seen }: Functions<World>,
): Scenario<World> => ({
  ...rest,
  given: { says: given.says, build },
  when: when.map(({ says }, step) => ({ says, does: (world) => does(step, world) })),
  then: then.map(({ says, is }, claim) => ({ says, is: is[0], seen: (world) => seen(claim, world) })),
});
