/**
 * The lines of assembler source as statements: without comments, split at `;` (GNU as manual, chapter
 * "Syntax").
 *
 * Invariant: every statement keeps the line and column where it stands.
 */
/** Where something stands: line and column count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface Statement {
  readonly file: string;
  readonly line: number;
  /** Columns before the text in its line. */
  readonly indent: number;
  readonly text: string;
}

/** Blanks out comments, keeping lines and columns. */
function withoutComments(source: string): string {
  return source.replace(/"(?:\\.|[^"\\\n])*"|'(?:\\[^\n]|[^\\\n])'?|\/\*[^]*?(?:\*\/|$)|#[^\n]*/g, (found) =>
    found.startsWith("/*") || found.startsWith("#") ? found.replace(/[^\n]/g, " ") : found);
}

/** Statements of a source, `file` is its name in messages. */
export function splitStatements(file: string, source: string): Statement[] {
  const statements: Statement[] = [];
  const lines = withoutComments(source).split(/\r?\n/);
  lines.forEach((text, index) => {
    let start = 0;
    for (const part of text.match(/(?:"(?:\\.|[^"\\])*"?|'(?:\\.|[^\\])'?|[^;"'])+/g) ?? []) {
      const at = text.indexOf(part, start);
      start = at + part.length;
      const indent = at + (part.length - part.trimStart().length);
      if (part.trim()) statements.push({ file, line: index + 1, indent, text: part.trim() });
    }
  });
  return statements;
}

/** Arguments between commas that are outside quotes and parentheses. */
export function splitArguments(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let part = "";
  for (const piece of text.match(/"(?:\\.|[^"\\])*"?|'(?:\\.|[^\\])'?|[^"']/g) ?? []) {
    if (piece === "(") depth++;
    if (piece === ")") depth--;
    if (piece === "," && depth <= 0) {
      parts.push(part.trim());
      part = "";
    } else part += piece;
  }
  return part.trim() || parts.length ? [...parts, part.trim()] : [];
}
