/**
 * Assembler source → statements: comments, `;`, .include, .macro, .rept, .if (GNU as manual, chapters
 * "Syntax" and "Assembler Directives").
 *
 * Invariant: source is hostile; files, nesting and the number of statements are bounded, so reading always
 * ends.
 */
import { Cursor, readString } from "./cursor.ts";
import { splitArguments, splitStatements, type Statement } from "./assembleStatements.ts";

/** What the reader asks of the assembler. */
export interface SourceHost {
  /** Text of an included file, or undefined if there is none. */
  include(name: string): string | undefined;
  /** Absolute value of an expression known by now; undefined after a complaint. */
  number(cursor: Cursor): bigint | undefined;
  defined(name: string): boolean;
  complain(statement: Statement, column: number, came: string, allowed: string): void;
}

interface Parameter {
  readonly name: string;
  readonly preset: string;
  readonly required: boolean;
}

interface Macro {
  readonly parameters: readonly Parameter[];
  readonly body: readonly Statement[];
}

interface Frame {
  readonly statements: readonly Statement[];
  next: number;
}

/** An open .if: is this branch assembled, was one already, is the outside assembled? */
interface Condition {
  active: boolean;
  done: boolean;
  readonly outer: boolean;
  readonly statement: Statement;
}

const callsItself = "fewer: does a macro or .include call itself?";
const includeMax = 16;
const frameMax = 64;
const statementMax = 1_000_000;
const lineCharactersMax = 4096;

const directiveOf = (text: string): string => /^\.\w+/.exec(text)?.[0].toLowerCase() ?? "";

/** Gives one statement after the other. */
export class SourceReader {
  private readonly host: SourceHost;
  private readonly frames: Frame[] = [];
  private readonly macros = new Map<string, Macro>();
  private readonly conditions: Condition[] = [];
  private expansions = 0;
  private count = 0;

  constructor(name: string, source: string, host: SourceHost) {
    this.host = host;
    this.frames.push({ statements: splitStatements(name, source), next: 0 });
  }

  /** The next statement that is not the reader's own business, or undefined at the end. */
  next(): Statement | undefined {
    for (;;) {
      const statement = this.raw();
      if (!statement) return this.finish();
      if (++this.count > statementMax) {
        this.complain(statement, `${statementMax} statements already`, callsItself);
        this.frames.length = 0;
        return undefined;
      }
      if (statement.text.length > lineCharactersMax) {
        const came = `${statement.text.length} characters`;
        this.complain(statement, came, `at most ${lineCharactersMax} in a line`);
        continue;
      }
      if (this.condition(statement) || !this.active()) continue;
      if (!this.own(statement)) return statement;
    }
  }

  private raw(): Statement | undefined {
    for (let frame = this.frames.at(-1); frame; frame = this.frames.at(-1)) {
      const statement = frame.statements[frame.next++];
      if (statement) return statement;
      this.frames.pop();
    }
    return undefined;
  }

  private finish(): undefined {
    const open = this.conditions.pop();
    if (open) this.complain(open.statement, "the end of the source", "an .endif for this .if");
    return undefined;
  }

  private active(): boolean {
    const last = this.conditions.at(-1);
    return !last || (last.outer && last.active);
  }

  private complain(statement: Statement, came: string, allowed: string, column: number = 1): void {
    this.host.complain(statement, column, came, allowed);
  }

  /** Handles the .if family; true if the statement was one of it. */
  private condition(statement: Statement): boolean {
    const directive = directiveOf(statement.text);
    const rest = statement.text.slice(directive.length).trim();
    const last = this.conditions.at(-1);
    switch (directive) {
      case ".if": case ".ifdef": case ".ifndef": case ".ifc": {
        const outer = this.active();
        const active = outer && this.holds(statement, directive, rest);
        this.conditions.push({ active, done: active, outer, statement });
        return true;
      }
      case ".else": case ".elseif":
        if (!last) this.complain(statement, directive, ".if before it");
        else {
          const open = !last.done && last.outer;
          last.active = open && (directive === ".else" || this.holds(statement, ".if", rest));
          last.done ||= last.active;
        }
        return true;
      case ".endif":
        if (!this.conditions.pop()) this.complain(statement, directive, ".if before it");
        return true;
      default: return false;
    }
  }

  private holds(statement: Statement, directive: string, rest: string): boolean {
    if (directive === ".ifdef") return this.host.defined(rest);
    if (directive === ".ifndef") return !this.host.defined(rest);
    if (directive === ".ifc") {
      const [a, b] = splitArguments(rest);
      return a === b;
    }
    return this.number(statement) !== 0n;
  }

  /** The expression after the directive. */
  private number(statement: Statement): bigint | undefined {
    const cursor = new Cursor(statement.text, directiveOf(statement.text).length);
    const value = this.host.number(cursor);
    if (value !== undefined && !cursor.atEnd()) cursor.complain("the end of the line");
    const { complaint } = cursor;
    if (complaint) this.complain(statement, complaint.came, complaint.allowed, complaint.column);
    return complaint ? undefined : value;
  }

  private own(statement: Statement): boolean {
    switch (directiveOf(statement.text)) {
      case ".include": this.include(statement); return true;
      case ".macro": this.define(statement); return true;
      case ".rept": this.repeat(statement); return true;
      case ".endm": case ".endr":
        this.complain(statement, statement.text, "this only after .macro or .rept");
        return true;
      default: return this.expand(statement);
    }
  }

  private push(statement: Statement, statements: readonly Statement[]): void {
    if (this.frames.length >= frameMax) {
      this.complain(statement, `${frameMax} levels of expansion`, callsItself);
      this.frames.length = 0;
    } else this.frames.push({ statements, next: 0 });
  }

  private include(statement: Statement): void {
    const cursor = new Cursor(statement.text, ".include".length);
    const bytes = readString(cursor);
    if (!bytes) return this.complain(statement, cursor.came, 'a file name in "quotes"', cursor.column);
    const name = new TextDecoder().decode(new Uint8Array(bytes));
    const source = this.frames.length <= includeMax ? this.host.include(name) : undefined;
    if (source === undefined)
      this.complain(statement, `"${name}"`, "the name of a file that can be included");
    else this.push(statement, splitStatements(name, source));
  }

  /** Statements up to the matching end, which is dropped. */
  private block(statement: Statement, opening: RegExp, closing: string): Statement[] | undefined {
    const body: Statement[] = [];
    for (let depth = 1; ;) {
      const inner = this.raw();
      if (!inner) {
        this.complain(statement, "the end of the source", `${closing} for this`);
        return undefined;
      }
      const directive = directiveOf(inner.text);
      if (opening.test(directive)) depth++;
      if (directive === closing && --depth === 0) return body;
      body.push(inner);
    }
  }

  private define(statement: Statement): void {
    const found = /^\.macro\s+([\w.$]+)[\s,]*(.*)$/i.exec(statement.text);
    const body = this.block(statement, /^\.macro$/, ".endm");
    if (!found) return this.complain(statement, statement.text, ".macro name parameter, parameter=preset …");
    if (!body) return;
    const parts = splitArguments(found[2]!);
    const words = parts.flatMap((part) => (part.includes("=") ? [part] : part.split(/\s+/)));
    const parameters = words.filter(Boolean).map((word) => {
      const [, name = "", required, preset = ""] = /^([\w$]+)(:req)?(?:\s*=\s*(.*))?$/.exec(word) ?? [];
      if (!name) this.complain(statement, word, "a parameter name, :req or =preset after it");
      return { name, preset, required: required !== undefined };
    });
    this.macros.set(found[1]!.toLowerCase(), { parameters, body });
  }

  private repeat(statement: Statement): void {
    const times = this.number(statement);
    const body = this.block(statement, /^\.(rept|irp)$/, ".endr");
    if (!body || times === undefined) return;
    if (times < 0n || times * BigInt(body.length) > BigInt(statementMax))
      return this.complain(statement, `${times} repetitions`, `0 to ${statementMax} statements in all`);
    this.push(statement, Array.from({ length: Number(times) }, () => body).flat());
  }

  /** Replaces a macro call by the macro's body; false if it is none. */
  private expand(statement: Statement): boolean {
    const found = /^((?:[\w.$]+\s*:\s*)*)([\w.$]+)(?:\s+(.*))?$/.exec(statement.text);
    const macro = found && this.macros.get(found[2]!.toLowerCase());
    if (!found || !macro) return false;
    const [, labels = "", name = "", rest = ""] = found;
    const values = this.bind(statement, name, macro, splitArguments(rest));
    if (!values) return true;
    const turn = `${this.expansions++}`;
    const body = macro.body.map((line) => ({
      ...line,
      text: line.text.replace(/\\(@|\(\)|[\w$]+)/g, (all, key: string) =>
        key === "@" ? turn : key === "()" ? "" : values.get(key) ?? all),
    })).filter((line) => line.text.trim());
    this.push(statement, labels ? [{ ...statement, text: labels.trim() }, ...body] : body);
    return true;
  }

  private bind(
    statement: Statement, name: string, macro: Macro, given: string[],
  ): Map<string, string> | undefined {
    const values = new Map(macro.parameters.map((parameter) => [parameter.name, parameter.preset]));
    let position = 0;
    for (const argument of given) {
      const keyword = /^([\w$]+)\s*=(?!=)\s*(.*)$/.exec(argument);
      const parameter = keyword && values.has(keyword[1]!) ? keyword[1]! : macro.parameters[position++]?.name;
      if (parameter === undefined) {
        const most = macro.parameters.length;
        this.complain(statement, `argument ${position} of ${name}: ${argument}`, `at most ${most} arguments`);
        return undefined;
      }
      const value = keyword && parameter === keyword[1] ? keyword[2]! : argument;
      // As GNU as has it, a quoted argument loses its quotes: the body writes them itself.
      values.set(parameter, /^"(?:\\.|[^"\\])*"$/.test(value) ? value.slice(1, -1) : value);
    }
    const missing = macro.parameters.find((parameter) => parameter.required && !values.get(parameter.name));
    if (!missing) return values;
    this.complain(statement, `no ${missing.name}`, `a value for parameter ${missing.name} of ${name}`);
    return undefined;
  }
}
