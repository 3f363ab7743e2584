/**
 * `npm test`: installs what is missing, checks the source, builds, runs every test. The last line is
 * `N passed, N failed`, counted by vitest, after one for each skipped test; the exit status is 0 only where
 * everything passed.
 * Names after `--` choose test files and leave the check out: `npm test -- tests/main`.
 */
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ensureBuilt } from "./build.mjs";
import { check } from "./check.mjs";
import { ensureDependencies, root } from "./dependencies.mjs";
import { findNode } from "./node24.mjs";

const REPORT = join(root, "out", "tests.json");

function runTests(chosen) {
  mkdirSync(join(root, "out"), { recursive: true });
  rmSync(REPORT, { force: true });
  const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${REPORT}`];
  const child = spawn(findNode(), [vitest, "run", ...reporters, ...chosen], { cwd: root, stdio: "inherit" });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status) => resolve(status ?? 1));
  });
}

/** A file that could not even be loaded has no tests to count; it is one failure. */
function totals() {
  const report = JSON.parse(readFileSync(REPORT, "utf8"));
  const unloadable = report.testResults.filter(
    (file) => file.status === "failed" && !file.assertionResults.some(({ status }) => status === "failed"),
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + unloadable.length,
    skippedNames: report.testResults.flatMap((file) =>
      file.assertionResults.filter(({ status }) => status === "pending" || status === "skipped"),
    ),
  };
}

async function main() {
  const chosen = process.argv.slice(2);
  ensureDependencies();
  const findings = chosen.length > 0 ? [] : await check();
  // A source that does not build fails the tests that need the build, and no others.
  await ensureBuilt().catch((error) => console.error(error.message));
  const status = await runTests(chosen);
  const { passed, failed, skippedNames } = totals();
  for (const { fullName } of skippedNames) console.log(`skipped: ${fullName}`);
  // Said again, because thousands of lines of tests stand between.
  for (const finding of findings) console.log(finding);
  if (skippedNames.length > 0) console.log(`${skippedNames.length} skipped`);
  console.log(`${passed} passed, ${failed} failed`);
  return findings.length === 0 && status === 0 && failed === 0 ? 0 : 1;
}

main().then(
  (status) => {
    process.exitCode = status;
  },
  (error) => {
    console.error(`test: ${error.message}.`);
    console.log("0 passed, 1 failed");
    process.exitCode = 1;
  },
);
