/**
 * `npm run mutate -- [--every N] [--from K] [folder …]`: how strong the tests of the devices are. Stryker
 * plants one fault at a time into folders of `src/engine` (`devices` and `snapshot` by default) and runs the
 * tests that reach it; a fault that no test notices is listed. With `--every 20` it plants only on each
 * twentieth line, beginning with line K, so that the strength of all devices can be estimated in minutes.
 *
 * Texts are not altered (they are sentences for people), nor is what runs once when a module is loaded: that
 * would need every test again for each fault.
 */
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ensureDependencies, root } from "./dependencies.mjs";
import { findNode } from "./node24.mjs";

const REPORT = join(root, "out", "mutation.json");

function sourcesOf(folder) {
  if (!existsSync(join(root, folder))) throw new Error(`there is no folder ${folder}`);
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => `${folder}/${name.replaceAll("\\", "/")}`)
    .sort();
}

/** Every so many lines of all files, counted through; a line of its own is the range `file:12-12`. */
function linesOf(files, every, from) {
  let passed = 0;
  return files.flatMap((file) =>
    readFileSync(join(root, file), "utf8")
      .split("\n")
      .map((_, index) => `${file}:${index + 1}-${index + 1}`)
      .filter(() => passed++ % every === from % every),
  );
}

function plant(places) {
  const stryker = join(root, "node_modules", "@stryker-mutator", "core", "bin", "stryker.js");
  const child = spawn(findNode(), [stryker, "run", "--mutate", places.join(",")], {
    cwd: root,
    stdio: "inherit",
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
}

const wasCaught = ({ status }) => status === "Killed" || status === "Timeout";
const wasMissed = ({ status }) => status === "Survived" || status === "NoCoverage";

function strength({ caught, missed }) {
  const planted = caught + missed;
  if (planted === 0) return "none planted";
  return `${caught} of ${planted}, ${((100 * caught) / planted).toFixed(1)} %`;
}

function report() {
  const { files } = JSON.parse(readFileSync(REPORT, "utf8"));
  const rooms = new Map();
  for (const [file, { mutants, source }] of Object.entries(files)) {
    const room = file.split("/").slice(2, -1).join("/");
    const tally = rooms.get(room) ?? { caught: 0, missed: 0 };
    rooms.set(room, tally);
    for (const mutant of mutants) {
      if (wasCaught(mutant)) tally.caught++;
      if (!wasMissed(mutant)) continue;
      tally.missed++;
      const { line, column } = mutant.location.start;
      const before = source.split("\n")[line - 1].trim();
      const place = `${file}:${line}:${column}`;
      console.log(`missed: ${place} ${mutant.mutatorName} → ${mutant.replacement} | ${before}`);
    }
  }
  const all = { caught: 0, missed: 0 };
  for (const [room, tally] of rooms) {
    all.caught += tally.caught;
    all.missed += tally.missed;
    console.log(`${room}: ${strength(tally)}`);
  }
  console.log(`planted faults caught: ${strength(all)}`);
}

function wholeNumber(name, text) {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 0) return number;
  throw new Error(`--${name} takes a whole number; "${text}" came`);
}

async function main() {
  const { values, positionals } = parseArgs({
    options: { every: { type: "string", default: "1" }, from: { type: "string", default: "0" } },
    allowPositionals: true,
  });
  const every = Math.max(1, wholeNumber("every", values.every));
  ensureDependencies();
  const folders = positionals.length > 0 ? positionals : ["devices", "snapshot"];
  const files = folders.flatMap((name) => sourcesOf(`src/engine/${name}`));
  rmSync(REPORT, { force: true });
  const status = await plant(every === 1 ? files : linesOf(files, every, wholeNumber("from", values.from)));
  report();
  return status;
}

main().then(
  (status) => (process.exitCode = status),
  (error) => {
    console.error(`mutate: ${error.message}.`);
    process.exitCode = 2;
  },
);
