/**
 * `npm start`: installs and builds what is missing, then opens the window: Electron's where it can be had,
 * otherwise (and with `--serve`) the same page for a browser, whose address is printed. Arguments after
 * `--serve` go to it.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { ensureBuilt } from "./build.mjs";
import { ensureDependencies, root } from "./dependencies.mjs";
import { electronBinary } from "./electronBinary.mjs";
import { findNode } from "./node24.mjs";

/** Electron that ends with an error so soon has shown nobody anything. */
const EARLY_MS = 10_000;

/** Runs a program in the foreground; our own signals are its to answer. */
function run(file, args) {
  // Editors built on Electron leave this behind in their terminals; with it Electron would be a mere Node.
  const { ELECTRON_RUN_AS_NODE: _leftBehind, ...env } = process.env;
  const child = spawn(file, args, { cwd: root, stdio: "inherit", env });
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status, signal) => resolve(signal ? 0 : (status ?? 1)));
  });
}

async function openWindow() {
  const electron = await electronBinary();
  if ("why" in electron) return { opened: false, why: electron.why };
  const begun = Date.now();
  const status = await run(electron.path, [root]).catch(() => 1);
  if (status !== 0 && Date.now() - begun < EARLY_MS) return { opened: false, why: "Electron did not start" };
  return { opened: true, status };
}

async function main() {
  const args = process.argv.slice(2);
  ensureDependencies();
  await ensureBuilt();
  if (!args.includes("--serve")) {
    const { opened, why, status } = await openWindow();
    if (opened) return status;
    console.error(`No window: ${why}. Open this address in a browser instead (Ctrl-C ends it):`);
  }
  const rest = args.filter((argument) => argument !== "--serve");
  return run(findNode(), [join(root, "out", "main", "cli.js"), "serve", ...rest]);
}

main().then(
  (status) => {
    process.exitCode = status;
  },
  (error) => {
    console.error(`latchwork: ${error.message}.`);
    process.exitCode = 1;
  },
);
