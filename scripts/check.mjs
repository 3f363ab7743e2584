/**
 * `npm run check`: everything that can be said about the source without running it. Types (vue-tsc, of
 * modules and components), lint, the layer rule and the tidiness rule. All of them run, at once; each
 * failure is shown.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureDependencies, root } from "./dependencies.mjs";
import { findNode } from "./node24.mjs";

/** What vue-tsc remembers between runs; of its own, because plain tsc knows fewer files. */
const VUE_TYPES = "out/vue.tsbuildinfo";

const steps = [
  ["types", ["vue-tsc/bin/vue-tsc.js", "--noEmit", "-p", "tsconfig.json", "--tsBuildInfoFile", VUE_TYPES]],
  ["lint", ["eslint/bin/eslint.js", "--max-warnings", "0", "."]],
  ["layers and tidiness", ["vitest/vitest.mjs", "run", "tests/layers.test.ts", "tests/tidy.test.ts"]],
];

function runStep([name, [entry, ...args]]) {
  const child = spawn(findNode(), [join(root, "node_modules", entry), ...args], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (output += text));
  return new Promise((resolve) => {
    child.on("error", (error) => resolve({ name, passed: false, output: error.message }));
    child.on("close", (status) => resolve({ name, passed: status === 0, output }));
  });
}

/** @returns {Promise<string[]>} What the failed steps found, each with its name; none where all passed. */
export async function check() {
  const findings = [];
  for (const { name, passed, output } of await Promise.all(steps.map(runStep))) {
    console.log(`check: ${name}: ${passed ? "passed" : "failed"}`);
    if (passed) continue;
    console.log(output.trimEnd());
    findings.push(`check: ${name}\n${output.trim()}`);
  }
  return findings;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  ensureDependencies();
  process.exitCode = (await check()).length === 0 ? 0 : 1;
}
