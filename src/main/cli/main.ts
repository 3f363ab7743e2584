/** Entry of the command line: `node src/main/cli/main.ts …` or `node out/main/cli.js …`. */
import { constants } from "node:os";
import { signalExitCode } from "./context.ts";
import { placesOf } from "./places.ts";
import { runCli } from "./program.ts";

// Whoever read has left, as `head` does: that is an end, not a fault.
for (const stream of [process.stdout, process.stderr])
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit(signalExitCode(constants.signals.SIGPIPE));
  });
const code = await runCli(process.argv.slice(2), process, placesOf(import.meta.url));
// Standard input may still be open and would keep the process alive; output must be out first.
await Promise.all(
  [process.stdout, process.stderr].map((stream) => new Promise((resolve) => stream.write("", resolve))),
);
process.exit(code);
