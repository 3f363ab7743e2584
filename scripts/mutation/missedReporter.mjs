/** Tells of each fault that no test noticed as soon as that is known, as a whole run takes long. */
import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { readSample } from "./sample.mjs";

class MissedReporter {
  #isInSample = readSample({ lowestLine: 1 });

  onMutantTested(mutant) {
    const { status, mutatorName, replacement, location } = mutant;
    const file = relative(process.cwd(), mutant.fileName).replaceAll("\\", "/");
    if ((status !== "Survived" && status !== "NoCoverage") || !this.#isInSample(file, mutant)) return;
    const { line, column } = location.start;
    const before = readFileSync(mutant.fileName, "utf8").split("\n")[line - 1].trim();
    const outcome = status === "Survived" ? "missed" : "unreached";
    console.log(`${outcome}: ${file}:${line}:${column} ${mutatorName} → ${replacement} | ${before}`);
  }
}

export const strykerPlugins = [{ kind: "Reporter", name: "missed", injectableClass: MissedReporter }];
