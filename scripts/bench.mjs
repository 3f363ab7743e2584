/**
 * `npm run bench`: the command line's `bench`. Names and options after `--`:
 * `npm run bench -- --quick boot sieve`. `npm run bench -- window` measures the window in Chromium instead.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { root } from "./dependencies.mjs";
import { findNode } from "./node24.mjs";

if (process.argv[2] === "window") {
  const entry = join(root, "tests", "measure", "window.ts");
  const child = spawn(findNode(), [entry, ...process.argv.slice(3)], { stdio: "inherit" });
  child.on("close", (status) => (process.exitCode = status ?? 1));
} else {
  process.argv.splice(2, 0, "bench");
  await import("./latchwork.mjs");
}
