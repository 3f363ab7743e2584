/**
 * The command line: `npm run latchwork -- …` or `node scripts/latchwork.mjs …`. Standard input, output and
 * the exit status are the program's own; what has to be said before it runs goes to standard error.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { ensureBuilt } from "./build.mjs";
import { ensureDependencies, root } from "./dependencies.mjs";
import { findNode } from "./node24.mjs";

async function main() {
  ensureDependencies();
  await ensureBuilt();
  const entry = join(root, "out", "main", "cli.js");
  const child = spawn(findNode(), [entry, ...process.argv.slice(2)], { stdio: "inherit" });
  // Ctrl-C reaches the child from the terminal by itself; it may be a key for the guest.
  process.on("SIGINT", () => undefined);
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("close", (status, signal) => {
    if (signal) process.kill(process.pid, signal);
    else process.exitCode = status ?? 1;
  });
}

main().catch((error) => {
  console.error(`latchwork: ${error.message}.`);
  process.exitCode = 1;
});
