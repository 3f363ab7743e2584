/**
 * The Node that everything of ours runs on: N-API 10 and type stripping, so 22.18 or newer; the one in
 * node_modules where the machine's own is older.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { root } from "./dependencies.mjs";

export function findNode() {
  const file = process.platform === "win32" ? "node.exe" : "node";
  const bundled = join(root, "node_modules", `node-${process.platform}-${process.arch}`, "bin", file);
  if (existsSync(bundled)) return bundled;
  const [major, minor] = process.versions.node.split(".").map(Number);
  const isNewEnough = Number(process.versions.napi) >= 10 && (major > 22 || (major === 22 && minor >= 18));
  if (isNewEnough) return process.execPath;
  throw new Error(
    `This is Node ${process.versions.node}, and node_modules has no newer one for ` +
      `${process.platform} ${process.arch}. ` +
      "Install Node 24 and try again",
  );
}
