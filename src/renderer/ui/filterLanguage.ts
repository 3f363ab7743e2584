/**
 * A small language that chooses rows: `isc=2 and fate=suppressed`, `not (cpu=0 or lasted>1000)`, `bit~nimm`,
 * or bare words that the row's text must contain.
 *
 *   either = both {"or" both}          both = single {["and"] single}
 *   single = "not" single | "(" either ")" | field operator value | word
 *   operator = "=" | "!=" | "<" | "<=" | ">" | ">=" | "~" (contains)
 *
 * An error names the place in the text that it is about.
 */
type Reader<T, V> = (row: T) => V | undefined;

export type FilterField<T> =
  | { readonly kind: "number"; readonly of: Reader<T, number> }
  /** One of a closed set of words. */
  | { readonly kind: "word"; readonly words: readonly string[]; readonly of: Reader<T, string> }
  | { readonly kind: "text"; readonly of: Reader<T, string> };

export interface FilterFields<T> {
  readonly fields: Readonly<Record<string, FilterField<T>>>;
  /** What bare words are looked for in. */
  readonly text: (row: T) => string;
}

export interface Filter<T> {
  readonly matches: (row: T) => boolean;
  /** Fields that decide. */
  readonly uses: ReadonlySet<string>;
}

/** `at` and `length` in characters of the text. */
export interface FilterError {
  readonly at: number;
  readonly length: number;
  readonly sentence: string;
}
export type FilterOutcome<T> =
  | ({ readonly ok: true } & Filter<T>)
  | { readonly ok: false; readonly error: FilterError };

interface Token {
  readonly kind: "word" | "quoted" | "operator" | "open" | "close" | "end";
  readonly text: string;
  readonly at: number;
  readonly length: number;
}

const OPERATORS = ["!=", "<=", ">=", "=", "<", ">", "~"] as const;
type Operator = (typeof OPERATORS)[number];
/** Parentheses may nest so deep. */
const DEPTH_MAX = 50;

class Refusal {
  readonly error: FilterError;
  constructor({ at, length }: Token, sentence: string) {
    this.error = { at, length: Math.max(1, length), sentence };
  }
}

/** An empty text matches everything. */
export function compileFilter<T>(text: string, fields: FilterFields<T>): FilterOutcome<T> {
  try {
    const parser = new Parser(tokensOf(text), fields);
    return { ok: true, matches: parser.whole(), uses: parser.uses };
  } catch (refused) {
    if (refused instanceof Refusal) return { ok: false, error: refused.error };
    throw refused;
  }
}

function tokensOf(text: string): Token[] {
  const pattern = /\s+|"([^"]*)("?)|!=|<=|>=|[=<>~]|[()]|[^\s"!<>=~()]+|!/gy;
  const tokens: Token[] = [];
  for (const match of text.matchAll(pattern)) {
    const [whole, quoted, end] = match;
    const place = { at: match.index, length: whole.length };
    if (/^\s/.test(whole)) continue;
    if (quoted !== undefined) {
      const token = { kind: "quoted", text: quoted, ...place } as const;
      if (end === "") throw new Refusal(token, "This quotation has no end: a \" is missing.");
      tokens.push(token);
    } else if (whole === "(" || whole === ")")
      tokens.push({ kind: whole === "(" ? "open" : "close", text: whole, ...place });
    else if ((OPERATORS as readonly string[]).includes(whole))
      tokens.push({ kind: "operator", text: whole, ...place });
    else tokens.push({ kind: "word", text: whole, ...place });
  }
  return [...tokens, { kind: "end", text: "", at: text.length, length: 0 }];
}

class Parser<T> {
  readonly uses = new Set<string>();
  private readonly tokens: readonly Token[];
  private readonly fields: FilterFields<T>;
  private next = 0;
  private depth = 0;

  constructor(tokens: readonly Token[], fields: FilterFields<T>) {
    this.tokens = tokens;
    this.fields = fields;
  }
  private get token(): Token {
    return this.tokens[this.next]!;
  }
  private get isAtEnd(): boolean {
    return this.token.kind === "end";
  }
  private isWord(word: string): boolean {
    return this.token.kind === "word" && this.token.text.toLowerCase() === word;
  }

  whole(): (row: T) => boolean {
    if (this.isAtEnd) return () => true;
    const matches = this.either();
    if (!this.isAtEnd)
      throw new Refusal(this.token, "This ) closes nothing: there is no ( before it.");
    return matches;
  }

  private either(): (row: T) => boolean {
    const sides = [this.both()];
    while (this.isWord("or")) {
      this.next++;
      sides.push(this.both());
    }
    return sides.length === 1 ? sides[0]! : (row) => sides.some((side) => side(row));
  }

  private both(): (row: T) => boolean {
    const sides = [this.single()];
    for (;;) {
      if (this.isWord("and")) this.next++;
      else if (this.isAtEnd || this.token.kind === "close" || this.isWord("or")) break;
      sides.push(this.single());
    }
    return sides.length === 1 ? sides[0]! : (row) => sides.every((side) => side(row));
  }

  private single(): (row: T) => boolean {
    const { token } = this;
    if (token.kind === "end") throw new Refusal(token, "Something is missing here: a field, a word or a (.");
    if (token.kind === "close" || token.kind === "operator" || this.isWord("and") || this.isWord("or"))
      throw new Refusal(token, `Before "${token.text}" a field or a word is missing.`);
    this.next++;
    if (token.kind === "open") return this.parenthesized(token);
    if (token.kind === "word" && token.text.toLowerCase() === "not") {
      if (++this.depth > DEPTH_MAX) throw new Refusal(token, `At most ${DEPTH_MAX} "not" and ( may nest.`);
      const inner = this.single();
      this.depth--;
      return (row) => !inner(row);
    }
    if (this.token.kind === "operator") return this.comparison(token);
    const wanted = token.text.toLowerCase();
    const { text } = this.fields;
    return (row) => text(row).toLowerCase().includes(wanted);
  }

  private parenthesized(open: Token): (row: T) => boolean {
    if (++this.depth > DEPTH_MAX) throw new Refusal(open, `At most ${DEPTH_MAX} "not" and ( may nest.`);
    const inner = this.either();
    if (this.token.kind !== "close") throw new Refusal(open, "This ( is not closed: a ) is missing.");
    this.depth--;
    this.next++;
    return inner;
  }

  private comparison(name: Token): (row: T) => boolean {
    const known = Object.keys(this.fields.fields);
    const key = name.text.toLowerCase();
    if (name.kind !== "word" || !known.includes(key))
      throw new Refusal(name, `There is no field "${name.text}"; there are ${known.join(", ")}.`);
    const operator = this.token;
    this.next++;
    const value = this.token;
    if (value.kind !== "word" && value.kind !== "quoted")
      throw new Refusal(value, `Behind "${name.text} ${operator.text}" a value is missing.`);
    this.next++;
    this.uses.add(key);
    const field = this.fields.fields[key]!;
    return field.kind === "number"
      ? byNumber(field.of, operator, value)
      : byText(field, key, operator, value);
  }
}

function byNumber<T>(of: Reader<T, number>, operator: Token, value: Token): (row: T) => boolean {
  const text = value.text.replaceAll(/[_\u2009]/g, "");
  if (!/^(-?\d+|0x[0-9a-f]+)$/i.test(text))
    throw new Refusal(value, `"${value.text}" is no number; write digits, or 0x and hex digits.`);
  const wanted = Number(text);
  const compare: Readonly<Record<Operator, (left: number) => boolean>> = {
    "=": (left) => left === wanted,
    "!=": (left) => left !== wanted,
    "<": (left) => left < wanted,
    "<=": (left) => left <= wanted,
    ">": (left) => left > wanted,
    ">=": (left) => left >= wanted,
    "~": (left) => String(left).includes(text),
  };
  const holds = compare[operator.text as Operator];
  return (row) => {
    const left = of(row);
    return left === undefined ? operator.text === "!=" : holds(left);
  };
}

function byText<T>(
  field: Exclude<FilterField<T>, { kind: "number" }>, name: string, operator: Token, value: Token,
): (row: T) => boolean {
  if (!["=", "!=", "~"].includes(operator.text))
    throw new Refusal(operator, `"${name}" is no number: it knows =, != and ~ (contains).`);
  const wanted = value.text.toLowerCase();
  if (field.kind === "word" && operator.text !== "~" && !field.words.includes(wanted))
    throw new Refusal(value, `"${value.text}" is no ${name}; there are ${field.words.join(", ")}.`);
  const { of } = field;
  if (operator.text === "~") return (row) => (of(row) ?? "").toLowerCase().includes(wanted);
  const isWanted = operator.text === "=";
  return (row) => ((of(row) ?? "").toLowerCase() === wanted) === isWanted;
}
