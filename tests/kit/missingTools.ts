/** Names the tools that a test compares with and this host lacks, for the title of the skipped test. */
import { spawnSync } from "node:child_process";

/** Debian's package of each tool, as `.ci/run` installs them. */
const packages = {
  "qemu-s390x": "qemu-user",
  "qemu-system-s390x": "qemu-system-misc",
  "s390x-linux-gnu-as": "binutils-s390x-linux-gnu",
  "s390x-linux-gnu-gcc": "gcc-s390x-linux-gnu libc6-dev-s390x-cross",
  gcc: "gcc libc6-dev",
} as const;

export type Tool = keyof typeof packages;

const isThere = (tool: Tool): boolean => spawnSync(tool, ["--version"], { stdio: "ignore" }).status === 0;

/** Empty where all are here. */
export function missingTools(...tools: readonly Tool[]): string {
  const missing = tools.filter((tool) => !isThere(tool));
  if (missing.length === 0) return "";
  const wanted = missing.map((tool) => packages[tool]).join(" ");
  return ` [skipped: no ${missing.join(", no ")}; apt-get install ${wanted}]`;
}
