/**
 * `npm run mutate -- [options] [folder …]`: how strong the tests of the devices are. Stryker plants one fault
 * at a time into folders of `src/engine` (`devices` and `snapshot` by default); of the tests that judge the
 * folder those that reach the fault run, quickest first; a fault that none notices is listed.
 *
 * --every N --seed S   plants one fault in N, drawn from the seed: an estimate in minutes
 * --workers W          processes that run tests, 2 by default
 * --longest MS         leaves out tests that took longer, in processor time; what only they would catch
 *                      counts as missed
 *
 * Texts are not altered (they are sentences for people), nor is what runs once when a module is loaded: that
 * would need every module again for each fault. A fault that makes a test go on for ever counts as caught,
 * and has a column of its own.
 */
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ensureDependencies, root } from "./dependencies.mjs";
import { judgesOf } from "./mutation/judges.mjs";
import { tableOf } from "./mutation/report.mjs";
import { sampleEnvironment } from "./mutation/sample.mjs";
import { findNode } from "./node24.mjs";

const REPORT = join(root, "out", "mutation.json");

function filesOf(path, ending) {
  if (!existsSync(join(root, path))) throw new Error(`there is no ${path}`);
  if (statSync(join(root, path)).isFile()) return [path];
  return readdirSync(join(root, path), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(ending))
    .map((name) => `${path}/${name.replaceAll("\\", "/")}`)
    .sort();
}

function plant({ places, tests, workers }) {
  const stryker = join(root, "node_modules", "@stryker-mutator", "core", "bin", "stryker.js");
  const options = ["--mutate", places.join(), "--testFiles", tests.join(), "--concurrency", String(workers)];
  const child = spawn(findNode(), [stryker, "run", ...options], { cwd: root, stdio: "inherit" });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
}

function wholeNumber(name, text, least) {
  const number = Number(text);
  if (Number.isInteger(number) && number >= least) return number;
  throw new Error(`--${name} takes a whole number from ${least} on; "${text}" came`);
}

async function main() {
  const { values, positionals } = parseArgs({
    options: {
      every: { type: "string", default: "1" },
      seed: { type: "string", default: "1" },
      workers: { type: "string", default: "2" },
      longest: { type: "string" },
    },
    allowPositionals: true,
  });
  const every = wholeNumber("every", values.every, 1);
  const seed = wholeNumber("seed", values.seed, 0);
  const workers = wholeNumber("workers", values.workers, 1);
  ensureDependencies();
  const folders = positionals.length > 0 ? positionals : ["devices", "snapshot"];
  const places = folders.flatMap((name) => filesOf(`src/engine/${name}`, ".ts"));
  const judges = judgesOf(folders).filter((path) => existsSync(join(root, path)));
  const tests = [...new Set(judges.flatMap((path) => filesOf(path, ".test.ts")))];
  Object.assign(process.env, sampleEnvironment({ every, seed }));
  process.env.LATCHWORK_JUDGED_FOLDERS = folders.join();
  process.env.LATCHWORK_TEST_DURATIONS = join(root, "out", "testDurations.json");
  if (values.longest !== undefined)
    process.env.LATCHWORK_LONGEST_TEST = wholeNumber("longest", values.longest, 1);
  rmSync(REPORT, { force: true });
  const status = await plant({ places, tests, workers });
  if (!existsSync(REPORT)) return status;
  console.log(tableOf(JSON.parse(readFileSync(REPORT, "utf8"))).join("\n"));
  const left = values.longest === undefined ? "" : `, tests that took longer than ${values.longest} ms`;
  const sample = every === 1 ? "every fault" : `one fault in ${every}, seed ${seed}`;
  console.log(`planted: ${sample}; left out are texts, what runs when a module is loaded${left}`);
  return status;
}

main().then(
  (status) => (process.exitCode = status),
  (error) => {
    console.error(`mutate: ${error.message}.`);
    process.exitCode = 2;
  },
);
