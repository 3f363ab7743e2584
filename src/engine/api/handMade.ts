/** Machines made by hand, as a window offers them: kinds, and the calls of each with their fields. */

export interface HandField {
  readonly name: string;
  readonly label: string;
  /** `number`: decimal or 0x; `bytes`: hexadecimal digits, blanks allowed; `choice`: one of `options`. */
  readonly kind: "number" | "bytes" | "text" | "choice";
  readonly initial: string;
  readonly options?: readonly string[];
  /** The largest number; 2^64-1 where none is given. */
  readonly max?: number;
}

export interface HandCallSummary {
  readonly id: string;
  readonly title: string;
  readonly fields: readonly HandField[];
}

export interface HandMachineSummary {
  readonly kind: string;
  readonly title: string;
  readonly given: readonly string[];
  readonly calls: readonly HandCallSummary[];
}

export const handLimits = { stepsMax: 500, fieldsMax: 8, valueCharactersMax: 9000 } as const;
