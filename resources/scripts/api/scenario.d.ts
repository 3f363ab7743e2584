/** The switches that are on while a world is built; empty for a correct machine. */
export type Defects = ReadonlySet<string>;

/** What a machine is given, what happens to it, and what must then be so; with the defects that must break it. */
export interface ScenarioDefinition<World> {
  /** Lower-case words and hyphens. */
  readonly id: string;
  readonly title: string;
  readonly evidence?: readonly ("read" | "title" | "derived" | "derived-twice" | "documented" | "measured")[];
  readonly sources?: readonly string[];
  readonly given: { readonly says?: readonly string[]; build(defects: Defects): World };
  readonly when: readonly { readonly says: string; does(world: World): void }[];
  /** What is seen equals `is`, deeply: undefined, numbers, bigints, texts, bytes, arrays and objects of them; nothing else can be claimed. */
  readonly then: readonly { readonly says: string; seen(world: World): unknown; readonly is: unknown }[];
  /** `breaks`: word for word the claim that fails with the switch on. */
  readonly defects?: readonly { readonly switch: string; readonly breaks: string; readonly because: string }[];
}

/** A scenario that runs as the built-in ones do, where the script exports it by default. Its functions cannot wait. */
export declare function defineScenario<World>(scenario: ScenarioDefinition<World>): ScenarioDefinition<World>;
