/** Litmus programs as a window shows them: their code, their outcomes, and interleavings step by step. */

export interface ThreadFrame {
  readonly name: string;
  /** Index of the next instruction among those that are not removed; past the last once it has finished. */
  readonly at: number;
  /** The next instruction; undefined once the thread has finished. */
  readonly next: string | undefined;
  readonly inGuest: boolean;
  readonly interruptsOn: boolean;
  readonly registers: readonly { readonly name: string; readonly value: number }[];
  /** Oldest first; a store barrier shows as a bar. */
  readonly buffer: readonly string[];
  /** Accesses done before their turn. */
  readonly early: readonly string[];
}

/** A moment of a program. */
export interface Frame {
  readonly memory: readonly { readonly word: string; readonly value: string }[];
  readonly ghosts: readonly { readonly name: string; readonly value: number }[];
  /** For each host CPU: who waits for an IPI to be taken; "kick" for one that nobody waits for. */
  readonly ipis: readonly (readonly string[])[];
  readonly threads: readonly ThreadFrame[];
}

/** One line of a thread's code. */
export interface CodeLine {
  readonly text: string;
  /** Index among the instructions that are not removed; none for a label or a removed barrier. */
  readonly at?: number;
  /** Name of a barrier that can be taken out. */
  readonly barrier?: string;
  readonly isRemoved: boolean;
}

export interface LitmusQuestion {
  /** Row of the catalogue and a letter for the variant. */
  readonly id: string;
  readonly title: string;
  readonly without: readonly string[];
  /** "can … come about?", in words. */
  readonly asks: string;
}

export interface LitmusSummary {
  /** Counts the programs of the catalogue. */
  readonly program: number;
  readonly title: string;
  readonly barriers: readonly string[];
  readonly questions: readonly LitmusQuestion[];
}

export interface LitmusList {
  readonly programs: readonly LitmusSummary[];
  readonly models: readonly { readonly id: string; readonly title: string }[];
}

/** Which program, without which barriers, on which machine. */
export interface LitmusSetting {
  readonly program: number;
  readonly without: readonly string[];
  readonly model: string;
}

export interface OutcomeCount {
  readonly id: string;
  readonly title: string;
  readonly verdict: "forbidden" | "remark" | "final";
  /** Interleavings in which it holds at some moment, exact, in decimal. */
  readonly interleavings: string;
  /** States from which it can no longer come about. */
  readonly strandedStates: number;
  /** The numbers to choose for a shortest interleaving to it; none where it cannot be reached. */
  readonly choices?: readonly number[];
}

export interface LitmusResult {
  readonly threads: readonly { readonly name: string; readonly code: readonly CodeLine[] }[];
  readonly states: number;
  readonly transitions: number;
  readonly interleavings: string;
  readonly outcomes: readonly OutcomeCount[];
}

/** One interleaving from its beginning. */
export interface LitmusWalk {
  /** The moment before each step, and the one after the last. */
  readonly frames: readonly Frame[];
  /** What each step did. */
  readonly steps: readonly string[];
  /** Ids of the outcomes that hold at each moment. */
  readonly holding: readonly (readonly string[])[];
  /** What can come next; empty at rest. */
  readonly offers: readonly string[];
}

export const litmusLimits = { programsMax: 500, barriersMax: 32, choicesMax: 1000, choiceMax: 255 } as const;
