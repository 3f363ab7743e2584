/** What became of the planted faults, as a table by folder. */
import { readSample } from "./sample.mjs";

const outcomes = { Killed: "caught", Timeout: "timeouts", Survived: "survived", NoCoverage: "unreached" };
const columns = Object.values(outcomes);

/** Lines of a table for a person, from Stryker's report on folders of `src/engine`. */
export function tableOf({ files }) {
  const isInSample = readSample({ lowestLine: 1 });
  const folders = new Map();
  for (const [file, { mutants }] of Object.entries(files)) {
    const folder = file.split("/").slice(2, -1).join("/");
    for (const mutant of mutants) {
      const outcome = outcomes[mutant.status];
      if (outcome === undefined || !isInSample(file, mutant)) continue;
      if (!folders.has(folder)) folders.set(folder, emptyTally());
      folders.get(folder)[outcome]++;
    }
  }
  return linesOf(folders);
}

const emptyTally = () => Object.fromEntries(columns.map((name) => [name, 0]));

function linesOf(folders) {
  const all = emptyTally();
  for (const tally of folders.values()) for (const name of columns) all[name] += tally[name];
  const rows = [...folders, ["all", all]].map(([folder, tally]) => {
    const planted = columns.reduce((sum, name) => sum + tally[name], 0);
    const caught = tally.caught + tally.timeouts;
    const strength = planted === 0 ? "none planted" : `${((100 * caught) / planted).toFixed(1)} %`;
    return [folder, planted, ...columns.map((name) => tally[name]), strength].map(String);
  });
  const heading = ["folder", "planted", ...columns, "strength"];
  const widths = heading.map((name, i) => Math.max(name.length, ...rows.map((row) => row[i].length)));
  return [heading, ...rows].map(([folder, ...cells]) =>
    [folder.padEnd(widths[0]), ...cells.map((cell, i) => cell.padStart(widths[i + 1]))].join("  "));
}
