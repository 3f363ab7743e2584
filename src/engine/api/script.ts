/** Scripts as a window knows them: what they may be allowed, what they print, how they end. Plain data. */

/** What a script may be allowed, beside computing and device-only machines. */
export const grants = {
  read: "see machines: their list, consoles, registers, memory and interrupt controller",
  drive: "start, pause, step and power off machines, type on their consoles, write registers and memory",
  inject: "set attributes of a running machine's interrupt controller",
  snapshot: "save machines, list and compare what was saved, remove what it saved itself",
} as const;
export type Grant = keyof typeof grants;
export const grantNames = Object.keys(grants) as readonly Grant[];

/** What became of a scenario that a script exports. */
export interface PlayedScenario {
  readonly id: string;
  readonly passed: boolean;
  /** The switch that was on, none in the first run; and what its claims showed. */
  readonly runs: readonly { readonly defect: string | undefined; readonly shown: readonly string[] }[];
  readonly reasons: readonly string[];
}

/**
 * How a run ended. `refused`: it never began, with the place of a syntax error. `trace`: where it failed,
 * innermost first.
 */
export type ScriptEnd<Played = PlayedScenario> =
  | { readonly kind: "done"; readonly verdict?: Played }
  | {
      readonly kind: "refused"; readonly sentence: string;
      readonly line?: number; readonly column?: number;
    }
  | { readonly kind: "failed"; readonly sentence: string; readonly trace?: readonly string[] }
  | { readonly kind: "time"; readonly sentence: string }
  | { readonly kind: "stopped"; readonly sentence: string };

export interface ExampleScript {
  readonly name: string;
  readonly text: string;
}

/** What an editor begins with. */
export interface ScriptShelf {
  /** Declarations of everything that a script finds by name. */
  readonly types: string;
  readonly examples: readonly ExampleScript[];
  /** Names of the person's own files. */
  readonly files: readonly string[];
}

export interface ScriptOutput {
  readonly run: number;
  /** Characters of the run's output before this piece. */
  readonly offset: number;
  readonly stream: "out" | "err";
  readonly text: string;
}

export const scriptLimits = {
  sourceCharactersMax: 2 ** 19,
  filesMax: 500,
  secondsMax: 3_600,
  memoryBytesMin: 24 * 2 ** 20,
  memoryBytesMax: 512 * 2 ** 20,
} as const;
/** File names that are kept: words, digits, dots and hyphens before `.ts`. */
export const scriptName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,60}\.ts$/;

/** What a script says it needs: "Grants: read, drive." in its head comment. */
export function grantsNamed(text: string): Grant[] {
  const line = /^ \* Grants: ([a-z, ]+)\.$/m.exec(text)?.[1] ?? "";
  return grantNames.filter((name) => line.split(", ").includes(name));
}
