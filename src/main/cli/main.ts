/** Entry of the command line: `node src/main/cli/main.ts …` or `node out/main/cli.js …`. */
import { placesOf } from "./places.ts";
import { runCli } from "./program.ts";

const code = await runCli(process.argv.slice(2), process, placesOf(import.meta.url));
// Standard input may still be open and would keep the process alive; output must be out first.
await Promise.all(
  [process.stdout, process.stderr].map((stream) => new Promise((resolve) => stream.write("", resolve))),
);
process.exit(code);
