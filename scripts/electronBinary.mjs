/**
 * Electron's binary, which npm does not install: there already, or fetched by Electron's own script within
 * bounds. Where it is not to be had, nothing fails: the caller starts the `serve` host.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./dependencies.mjs";

const folder = join(root, "node_modules", "electron");
const REFUSED = join(root, "out", ".electron-not-fetched");
const FETCH_MS_MAX = 120_000;
/** A network that had no Electron a moment ago is not asked at every start. */
const RETRY_MS = 3_600_000;

function installedBinary() {
  try {
    const path = join(folder, "dist", readFileSync(join(folder, "path.txt"), "utf8"));
    return existsSync(path) ? path : undefined;
  } catch {
    return undefined;
  }
}

/** A window needs a screen; without one there is nothing to fetch a browser for. */
const hasScreen = () =>
  process.platform !== "linux" || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);

function refusedLately() {
  try {
    return Date.now() - statSync(REFUSED).mtimeMs < RETRY_MS;
  } catch {
    return false;
  }
}

/** @returns {Promise<{ path: string } | { why: string }>} */
export async function electronBinary() {
  if (!hasScreen()) return { why: "there is no display here" };
  const installed = installedBinary();
  if (installed) return { path: installed };
  if (refusedLately()) return { why: "Electron could not be fetched within the last hour" };
  console.error("Fetching Electron (once; about 100 MiB, at most two minutes) …");
  if (await runInstaller()) {
    const fetched = installedBinary();
    if (fetched) return { path: fetched };
  }
  mkdirSync(join(root, "out"), { recursive: true });
  writeFileSync(REFUSED, "");
  return { why: "Electron could not be fetched" };
}

function runInstaller() {
  const child = spawn(process.execPath, [join(folder, "install.js")], {
    stdio: "ignore",
    timeout: FETCH_MS_MAX,
    killSignal: "SIGKILL",
  });
  return new Promise((resolve) => {
    child.on("error", () => resolve(false));
    child.on("close", (status) => resolve(status === 0));
  });
}
