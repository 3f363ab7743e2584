/** TypeScript to the JavaScript that runs: types are taken out, lines stay where they are. */
import { transform } from "sucrase";
import { ok, refuse, type Result } from "../../engine/base/result.ts";

/** Line and column count from 1. */
export interface SyntaxProblem {
  readonly sentence: string;
  readonly line?: number;
  readonly column?: number;
}

export function transpile(source: string): Result<string, SyntaxProblem> {
  try {
    return ok(transform(source, { transforms: ["typescript"], disableESTransforms: true }).code);
  } catch (error) {
    const { message, loc } = error as Error & { loc?: { line: number; column: number } };
    // The message repeats what the place says: "… (3:7)".
    const what = message.replace(/^Error transforming [^:]*: /, "").replace(/ \(\d+:\d+\)$/, "");
    if (!loc) return refuse({ sentence: `The script cannot be read: ${what}.` });
    const { line, column } = loc;
    return refuse({ sentence: `Line ${line}, column ${column}: ${what}.`, line, column });
  }
}
