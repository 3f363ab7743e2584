/** Tells of each fault that no test noticed as soon as that is known, and how far it got. */
import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { readSample } from "./sample.mjs";

/** Faults between two lines that say how far it got. */
const STRIDE = 50;

class MissedReporter {
  #isInSample = readSample({ lowestLine: 1 });
  #planted = 0;
  #missed = 0;

  onMutantTested(mutant) {
    const { status, mutatorName, replacement, location } = mutant;
    const file = relative(process.cwd(), mutant.fileName).replaceAll("\\", "/");
    if (!this.#isInSample(file, mutant) || status === "Ignored") return;
    const isMissed = status === "Survived" || status === "NoCoverage";
    if (isMissed) this.#missed++;
    if (++this.#planted % STRIDE === 0) console.log(`so far ${this.#missed} missed of ${this.#planted}`);
    if (!isMissed) return;
    const { line, column } = location.start;
    const before = readFileSync(mutant.fileName, "utf8").split("\n")[line - 1].trim();
    const outcome = status === "Survived" ? "missed" : "unreached";
    console.log(`${outcome}: ${file}:${line}:${column} ${mutatorName} → ${replacement} | ${before}`);
  }
}

export const strykerPlugins = [{ kind: "Reporter", name: "missed", injectableClass: MissedReporter }];
