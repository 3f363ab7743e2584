/** Processor time of this process's threads and of others, from /proc: what a busy host blurs least. */
import { readFileSync, readdirSync } from "node:fs";

/** Ticks of the fields utime and stime are 1/100 s on every Linux that Node runs on. */
const TICKS_A_SECOND = 100;

/** Of `/proc/…/stat`, what follows the name: state, parent, … */
function fieldsOf(statPath: string): string[] {
  const text = readFileSync(statPath, "utf8");
  return text.slice(text.lastIndexOf(")") + 2).split(" ");
}
function seconds(statPath: string): number {
  const fields = fieldsOf(statPath);
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
}

/** The thread of this process that used most, apart from the first. */
export function busiestThread(): string {
  const threads = readdirSync("/proc/self/task").filter((id) => Number(id) !== process.pid);
  return threads.sort((a, b) => threadSeconds(b) - threadSeconds(a))[0]!;
}
export const threadSeconds = (id: string): number => seconds(`/proc/self/task/${id}/stat`);

/** All processes that `parent` started, and theirs, together: a browser is a family. */
export function familySeconds(parent = process.pid): number {
  const parents = new Map<string, string[]>();
  for (const id of readdirSync("/proc").filter((name) => /^\d+$/.test(name)))
    try {
      const of = fieldsOf(`/proc/${id}/stat`)[1]!;
      parents.set(of, [...(parents.get(of) ?? []), id]);
    } catch {
      // It ended while it was looked at.
    }
  const sum = (id: string): number =>
    (parents.get(id) ?? []).reduce((all, child) => all + secondsOf(child) + sum(child), 0);
  return sum(String(parent));
}

function secondsOf(id: string): number {
  try {
    return seconds(`/proc/${id}/stat`);
  } catch {
    return 0;
  }
}
