/**
 * Makes `node_modules` what package-lock.json says, with `npm ci`, where it is not. Node's own modules only:
 * this runs before anything is installed.
 */
import { spawnSync } from "node:child_process";
import { existsSync, lstatSync, readFileSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));

/** @returns {Record<string, { version?: string, optional?: boolean }> | undefined} */
function lockedPackages(path) {
  try {
    return JSON.parse(readFileSync(join(root, path), "utf8")).packages;
  } catch {
    return undefined;
  }
}

/** Compared by what is in it, not by its date: a checkout changes dates and nothing else. */
export function isInstalled() {
  const wanted = lockedPackages("package-lock.json") ?? {};
  const present = lockedPackages("node_modules/.package-lock.json");
  if (!present || !existsSync(join(root, "node_modules"))) return false;
  return Object.entries(wanted).every(
    ([path, { version, optional }]) => path === "" || optional || present[path]?.version === version,
  );
}

/** `npm ci` empties what a linked `node_modules` points to: it is another checkout's. Only the link goes. */
export function dropLink(folder) {
  const modules = join(folder, "node_modules");
  if (lstatSync(modules, { throwIfNoEntry: false })?.isSymbolicLink()) unlinkSync(modules);
}

export function ensureDependencies() {
  if (isInstalled()) return;
  dropLink(root);
  console.log("Installing dependencies (npm ci) …");
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const installed = spawnSync(npm, ["ci", "--no-audit", "--no-fund"], {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
    shell: process.platform === "win32",
  });
  if (installed.status !== 0)
    throw new Error(
      "npm ci failed, so nothing can start. Its own message is above; try again when the network is there",
    );
}
