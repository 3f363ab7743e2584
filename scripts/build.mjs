/**
 * Builds `out/` with electron-vite where a source has changed since the last build. Several processes may ask
 * at once: the first builds, the others wait for it.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { root } from "./dependencies.mjs";
import { findNode } from "./node24.mjs";

const STAMP = join(root, "out", ".built");
const LOCK = join(root, "out", ".building");
const BUILD_MS_MAX = 300_000;

function* filesUnder(path) {
  if (statSync(path).isFile()) return yield path;
  for (const name of readdirSync(path).sort()) yield* filesUnder(join(path, name));
}

/** A digest of everything a build reads. */
export function sourceDigest() {
  const digest = createHash("sha256");
  for (const part of ["src", "electron.vite.config.ts", "package.json", "package-lock.json", "tsconfig.json"])
    for (const file of filesUnder(join(root, part)))
      digest
        .update(`${file.slice(root.length)}\0`)
        .update(readFileSync(file))
        .update("\0");
  return digest.digest("hex");
}

export function isBuilt(digest = sourceDigest()) {
  try {
    return readFileSync(STAMP, "utf8") === digest;
  } catch {
    return false;
  }
}

/** @param {{ quiet?: boolean }} [options] With `quiet`, nothing is printed unless the build fails. */
export async function ensureBuilt({ quiet = false } = {}) {
  const digest = sourceDigest();
  if (isBuilt(digest)) return;
  const release = await takeLock();
  try {
    if (isBuilt(digest)) return;
    if (!quiet) console.error("Building …");
    const { status, output } = await runBuild();
    if (status !== 0) throw new Error(`the build failed:\n${output}`);
    writeFileSync(STAMP, digest);
  } finally {
    release();
  }
}

function runBuild() {
  const entry = join(root, "node_modules", "electron-vite", "bin", "electron-vite.js");
  const child = spawn(findNode(), [entry, "build", "--logLevel", "warn"], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    timeout: BUILD_MS_MAX,
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (output += text));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status) => resolve({ status, output }));
  });
}

/** The lock is a folder named after its owner's process; one whose owner is gone is taken over. */
async function takeLock() {
  mkdirSync(join(root, "out"), { recursive: true });
  for (;;) {
    try {
      mkdirSync(LOCK);
      writeFileSync(join(LOCK, "pid"), String(process.pid));
      return () => rmSync(LOCK, { recursive: true, force: true });
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    if (isAbandoned()) rmSync(LOCK, { recursive: true, force: true });
    else await pause(100);
  }
}

function isAbandoned() {
  let pid;
  try {
    pid = Number(readFileSync(join(LOCK, "pid"), "utf8"));
    // Between the folder and its file there is a moment; an old folder without one was left by a crash.
    if (!pid) return Date.now() - statSync(LOCK).mtimeMs > 5_000;
  } catch {
    return false;
  }
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error.code === "ESRCH";
  }
}
