/**
 * What is wrong with data that came from outside, for a person: where, what came, and what may stand there. A
 * schema's own message, where it has one, says what may.
 */
import * as v from "valibot";

const SHOWN_MAX = 40;
const words: Readonly<Record<string, string>> = {
  Object: "an object", Array: "a list", Uint8Array: "bytes", number: "a number", string: "a text",
  boolean: "true or false", bigint: "a number",
};

/** Half a sentence without its full stop; of several faults the first. */
export function objectionOf([first]: readonly [v.BaseIssue<unknown>, ...unknown[]]): string {
  const issue = innermost(first);
  const path = v.getDotPath(issue);
  if (issue.input === undefined) return path === null ? "it is not JSON" : `"${path}" is missing`;
  if (issue.expected === "never") return `"${path}" means nothing there`;
  return `${path === null ? "it" : `"${path}"`} is ${shown(issue.input)}, wanted is ${wantedBy(issue)}`;
}

/** What may stand where the issue is. */
export function wantedBy(issue: v.BaseIssue<unknown>): string {
  const { message, expected, type, input } = issue;
  if (!message.startsWith("Invalid ")) return message;
  if (type === "safe_integer" || type === "integer") return "a whole number";
  if (type === "regex" || expected === null) return "of another form";
  const each = expected.replaceAll(/[()]/g, "").split(" | ").map((one) => words[one] ?? one);
  const wanted = [...new Set(each)].join(" or ").replace(/^>=/, "at least ").replace(/^<=/, "at most ");
  return type !== "max_length" ? wanted
    : `${wanted} ${typeof input === "string" ? "characters" : "entries"}`;
}

/**
 * Of several forms that are allowed, what is wrong with the one that fits best: the first whose fault is
 * further inside. With the whole path to it.
 */
export function innermost(issue: v.BaseIssue<unknown>): v.BaseIssue<unknown> {
  const inside = issue.type === "union" ? issue.issues?.find(({ path }) => path) : undefined;
  if (!inside) return issue;
  const path = [...(issue.path ?? []), ...inside.path!] as unknown as NonNullable<typeof issue.path>;
  return innermost({ ...inside, path });
}

/** What came, for a person, in few characters. */
export function shown(value: unknown): string {
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object" && value !== null) return "an object";
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length <= SHOWN_MAX ? text : `${text.slice(0, SHOWN_MAX)}…`;
}
