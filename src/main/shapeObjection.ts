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
export function objectionOf([issue]: readonly [v.BaseIssue<unknown>, ...unknown[]]): string {
  const path = v.getDotPath(issue);
  if (issue.input === undefined) return path === null ? "it is not JSON" : `"${path}" is missing`;
  if (issue.expected === "never") return `"${path}" means nothing there`;
  return `${path === null ? "it" : `"${path}"`} is ${shown(issue.input)}, wanted is ${wantedBy(issue)}`;
}

/** What may stand where the issue is. */
export function wantedBy({ message, expected }: v.BaseIssue<unknown>): string {
  if (!message.startsWith("Invalid ") || expected === null) return message;
  return words[expected] ?? expected.replace(/^\((.*)\)$/, "$1").replaceAll(" | ", " or ")
    .replace(/^>=/, "at least ").replace(/^<=/, "at most ");
}

function shown(value: unknown): string {
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object" && value !== null) return "an object";
  const text = typeof value === "bigint" ? String(value) : JSON.stringify(value);
  return text.length <= SHOWN_MAX ? text : `${text.slice(0, SHOWN_MAX)}…`;
}
