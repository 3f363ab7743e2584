/**
 * The one machine of devices alone that a window looks at: opened, stepped, taken back, judged. It answers
 * calls as data; only its owner knows of threads.
 *
 * Claims are judged on a machine of their own that was brought to the same step, so that looking never
 * changes what is looked at.
 */
import type {
  ClaimView, DeviceAnswer, DeviceCall, DeviceState, ScenarioSummary, StepView,
} from "../api/deviceSession.ts";
import { isSame, show } from "../base/plainData.ts";
import { ok, refuse, type Result } from "../base/result.ts";
import type { Claim, Step } from "../scenarios/scenario.ts";
import { catalogueView, scenarioById, summaryOf } from "./catalogueView.ts";
import { append, startByHand, type HandCourse, type HandWorld } from "./handMade/handMachines.ts";
import { litmusExplore, litmusList, litmusWalk } from "./litmusSession.ts";
import { look } from "./look.ts";
import { partsOf } from "./parts.ts";

const NOTHING_OPEN = "No machine is open. Open a scenario first.";

/** A row of steps that can be run from the start at any time. */
interface Course {
  readonly title: string;
  readonly given: readonly string[];
  readonly when: readonly Step<unknown>[];
  readonly then: readonly Claim<unknown>[];
  readonly defects: readonly string[];
  build(): unknown;
  /** Of a scenario. */
  readonly summary?: ScenarioSummary;
  /** Of a machine that was made by hand: more calls can be appended. */
  readonly hand?: HandCourse;
}

interface Standing {
  readonly course: Course;
  world: unknown;
  at: number;
  threw: string | undefined;
}

export class DeviceSession {
  private open: Standing | undefined;

  /** What is open, or undefined. */
  state(): DeviceState | undefined {
    if (!this.open) return undefined;
    const { course: { title, given, when, then, summary, hand, defects }, world, at, threw } = this.open;
    const answers = hand && threw === undefined ? (world as HandWorld).answers : [];
    return {
      title,
      ...(summary && { scenario: summary }),
      ...(hand && { made: hand.kind }),
      given,
      steps: when.map(({ says }, step): StepView =>
        ({ says, ...(answers[step] !== undefined && { answer: answers[step] }) })),
      at,
      defects,
      claims: threw === undefined && then.length > 0 ? judge(this.open) : [],
      ...(threw !== undefined && { threw }),
      parts: partsOf(world).map(({ kind, name }, id) => ({ id, kind, name })),
    };
  }

  /** Everything but playing many, which takes its time. */
  answer(call: DeviceCall): Result<DeviceAnswer, string> {
    switch (call.name) {
      case "catalogue": return ok(catalogueView());
      case "openScenario": return this.openScenario(call.scenario, call.defects);
      case "makeMachine": return this.make(call.kind);
      case "append": return this.append(call.call, call.values);
      case "goTo": return this.goTo(call.step);
      case "closeMachine":
        this.open = undefined;
        return ok(null);
      case "playAll":
      case "cancelPlay": return refuse("Playing many scenarios is the worker's.");
      case "litmusList": return ok(litmusList());
      case "litmusExplore": return litmusExplore(call);
      case "litmusWalk": return litmusWalk(call, call.choices);
      default: return this.open ? look(partsOf(this.open.world), call) : refuse(NOTHING_OPEN);
    }
  }

  private openScenario(id: string, switches: readonly string[]): Result<null, string> {
    const scenario = scenarioById(id);
    if (!scenario) return refuse(`There is no scenario "${id}"; choose one of the list.`);
    const known = scenario.defects.map((defect) => defect.switch);
    const unknown = switches.find((name) => !known.includes(name));
    if (unknown !== undefined)
      return refuse(`"${id}" has no defect "${unknown}"; it has ${known.join(", ") || "none"}.`);
    const { title, given, when, then } = scenario;
    const defects = new Set(switches);
    const build = (): unknown => given.build(defects);
    this.start({ title, given: given.says, when, then, defects: switches, build,
      summary: summaryOf(scenario) });
    return ok(null);
  }

  private make(kind: string): Result<null, string> {
    const hand = startByHand(kind);
    if (!hand.ok) return hand;
    this.start(courseOf(hand.value));
    return ok(null);
  }

  /** One more call behind where the machine stands, in place of what came there. */
  private append(id: string, values: Readonly<Record<string, string>>): Result<null, string> {
    const { open } = this;
    if (!open?.course.hand)
      return refuse("Calls can be appended to a machine made by hand alone. Make one first.");
    const longer = append(open.course.hand, open.at, id, values);
    if (!longer.ok) return longer;
    this.open = { ...open, course: courseOf(longer.value) };
    return this.goTo(open.at + 1);
  }

  private start(course: Course): void {
    this.open = { course, world: undefined, at: 0, threw: undefined };
    this.open.threw = thrownBy(() => { this.open!.world = course.build(); });
  }

  private goTo(step: number): Result<null, string> {
    const { open } = this;
    if (!open) return refuse(NOTHING_OPEN);
    const { when } = open.course;
    if (step > when.length)
      return refuse(`There is no step ${step}: this machine has ${when.length}, and 0 is its beginning.`);
    if (step < open.at || open.threw !== undefined) this.start(open.course);
    const standing = this.open!;
    while (standing.at < step && standing.threw === undefined) {
      standing.threw = thrownBy(() => when[standing.at]!.does(standing.world));
      standing.at++;
    }
    return ok(null);
  }
}

const courseOf = (hand: HandCourse): Course =>
  ({ ...hand, when: hand.when as readonly Step<unknown>[], then: [], defects: [], hand });

function judge({ course: { build, when, then }, at }: Standing): ClaimView[] {
  const claims: ClaimView[] = [];
  const threw = thrownBy(() => {
    const world = build();
    for (const { does } of when.slice(0, at)) does(world);
    for (const { says, seen, is } of then) {
      const saw = seen(world);
      claims.push({ says, holds: isSame(saw, is), seen: show(saw), expected: show(is) });
    }
  });
  if (threw === undefined) return claims;
  // Before the end there may be nothing yet to see.
  const unseen = then.slice(claims.length).map(({ says, is }): ClaimView =>
    ({ says, holds: false, seen: "–", expected: show(is) }));
  return [...claims, ...unseen];
}

function thrownBy(work: () => void): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
