/**
 * `npm run check`: everything that can be said about the source without running it. Types (vue-tsc, of
 * modules and components), lint, the layer rule and the tidiness rule. All of them run; each failure is
 * shown.
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

/** @returns {Promise<boolean>} Whether every step passed. */
export async function check() {
  let passed = true;
  for (const step of steps) {
    const result = await runStep(step);
    console.log(`check: ${result.name}: ${result.passed ? "passed" : "failed"}`);
    if (!result.passed) console.log(result.output.trimEnd());
    passed &&= result.passed;
  }
  return passed;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  ensureDependencies();
  process.exitCode = (await check()) ? 0 : 1;
}
