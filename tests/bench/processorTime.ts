/** Processor time of this process's threads and of others, from /proc: what a busy host blurs least. */
import { readFileSync, readdirSync } from "node:fs";

/** Ticks of the fields utime and stime are 1/100 s on every Linux that Node runs on. */
const TICKS_A_SECOND = 100;

function seconds(statPath: string): number {
  const text = readFileSync(statPath, "utf8");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
}

/** The thread of this process that used most, apart from the first. */
export function busiestThread(): string {
  const threads = readdirSync("/proc/self/task").filter((id) => Number(id) !== process.pid);
  return threads.sort((a, b) => threadSeconds(b) - threadSeconds(a))[0]!;
}
export const threadSeconds = (id: string): number => seconds(`/proc/self/task/${id}/stat`);

/** All processes whose command line has `word`, together. */
export function processSeconds(word: string): number {
  let sum = 0;
  for (const id of readdirSync("/proc").filter((name) => /^\d+$/.test(name)))
    try {
      if (readFileSync(`/proc/${id}/cmdline`, "utf8").includes(word)) sum += seconds(`/proc/${id}/stat`);
    } catch {
      // It ended while it was looked at.
    }
  return sum;
}
