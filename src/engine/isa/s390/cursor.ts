/**
 * A reading position in one line of assembler source, and the strings read there (GNU as manual, chapter
 * "Syntax", "Strings").
 *
 * Invariant: the first complaint stays; after it every read gives nothing.
 */
/** What is wrong at a column (1 is the first character of the line), what came there, what is allowed. */
export interface Complaint {
  readonly column: number;
  readonly came: string;
  readonly allowed: string;
}

const escapes: { readonly [letter: string]: number } = {
  b: 8, f: 12, n: 10, r: 13, t: 9, "\\": 92, '"': 34, "'": 39,
};

export class Cursor {
  complaint: Complaint | undefined;
  readonly text: string;
  at: number;

  constructor(text: string, at: number = 0) {
    this.text = text;
    this.at = at;
  }

  skipBlanks(): void {
    while (this.text[this.at] === " " || this.text[this.at] === "\t") this.at++;
  }

  get column(): number {
    return this.at + 1;
  }

  /** The word or character at the position, for messages. */
  get came(): string {
    this.skipBlanks();
    return /[%\w.$\\]+|[^]/y.exec(this.text.slice(this.at))?.[0] ?? "the end of the line";
  }

  atEnd(): boolean {
    this.skipBlanks();
    return this.at >= this.text.length;
  }

  /** Takes the given text if it comes next. */
  take(text: string): boolean {
    this.skipBlanks();
    if (this.complaint || !this.text.startsWith(text, this.at)) return false;
    this.at += text.length;
    return true;
  }

  /** Takes what a sticky pattern matches. */
  match(pattern: RegExp): RegExpExecArray | undefined {
    this.skipBlanks();
    if (this.complaint) return undefined;
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (!found) return undefined;
    this.at = pattern.lastIndex;
    return found;
  }

  expect(text: string): boolean {
    if (this.take(text)) return true;
    this.complain(`"${text}"`);
    return false;
  }

  complain(allowed: string, came: string = this.came): undefined {
    this.skipBlanks();
    this.complaint ??= { column: this.column, came, allowed };
    return undefined;
  }
}

/** One character after a backslash, as its byte. */
export function readEscape(cursor: Cursor): number | undefined {
  const code = cursor.text.slice(cursor.at);
  const octal = /^[0-7]{1,3}/.exec(code)?.[0];
  if (octal) {
    cursor.at += octal.length;
    return parseInt(octal, 8) & 255;
  }
  const hex = /^[xX]([0-9a-fA-F]{1,2})/.exec(code);
  if (hex) {
    cursor.at += hex[0].length;
    return parseInt(hex[1]!, 16);
  }
  const value = escapes[code[0] ?? ""];
  if (value === undefined)
    return cursor.complain("one of \\b \\f \\n \\r \\t \\\\ \\\" \\' \\ooo \\xhh after a backslash");
  cursor.at++;
  return value;
}

/** A quoted string's bytes (UTF-8 for what is not ASCII). */
export function readString(cursor: Cursor): number[] | undefined {
  if (!cursor.expect('"')) return undefined;
  const bytes: number[] = [];
  for (;;) {
    const character = String.fromCodePoint(cursor.text.codePointAt(cursor.at) ?? 10);
    if (character === "\n") return cursor.complain('a closing "', "the end of the line");
    cursor.at += character.length;
    if (character === '"') return bytes;
    if (character === "\\") {
      const byte = readEscape(cursor);
      if (byte === undefined) return undefined;
      bytes.push(byte);
    } else bytes.push(...new TextEncoder().encode(character));
  }
}
