/**
 * A test runner for Stryker that loads sources and tests once and then only switches faults: a fault costs
 * the time of the tests that reach it, quickest first, up to the first that fails. Starting vitest anew for
 * each would cost a hundred times that.
 *
 * What a fault left behind must not fail the tests of the next one. So the test that caught a fault runs once
 * more without it; if it fails then, the process is damaged: Stryker starts another and asks again. Where it
 * was the first fault of its process, the damage is its own doing: it is caught, and the process is done for.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { isJudge } from "./judges.mjs";
import { LEFT_OUT, readSample } from "./sample.mjs";

const COLLECTOR = new URL("./collector.mjs", import.meta.url).href;
/** Where each test's processor time stands, in ms: for other processes, and for the next run. */
const DURATIONS = process.env.LATCHWORK_TEST_DURATIONS;
/** Tests that took longer are left out, in ms. */
const LONGEST = Number(process.env.LATCHWORK_LONGEST_TEST ?? Infinity);
/** Folders that are judged. */
const FOLDERS = (process.env.LATCHWORK_JUDGED_FOLDERS ?? "").split(",");

class ResidentRunner {
  static inject = ["options"];
  #files = new Map();
  #durations = existsSync(DURATIONS) ? JSON.parse(readFileSync(DURATIONS, "utf8")) : {};
  #isInSample = readSample({ lowestLine: 0 });
  #planted = 0;
  #isDamaged = false;
  #faults = (globalThis.__stryker__ ??= {});

  /**
   * A fault in what runs both when modules are loaded and in tests is judged by the tests alone. Without this
   * Stryker would start a process for each such fault, whether it is in the sample or not.
   */
  capabilities() {
    return { reloadEnvironment: true };
  }

  init() {
    registerHooks({
      resolve: (name, context, next) =>
        name === "vitest" ? { url: COLLECTOR, shortCircuit: true } : next(name, context),
    });
  }

  /** Every test once, without a fault; Stryker's own counters note which faults each of them reaches. */
  async dryRun({ testFiles }) {
    const results = [];
    for (const file of testFiles) {
      const name = relative(process.cwd(), resolve(file));
      for (const [id, act] of await this.#testsOf(name)) {
        if (this.#durations[id] > LONGEST || !isJudge(name, id, FOLDERS)) continue;
        this.#faults.currentTestId = id;
        const [start, worked] = [performance.now(), process.cpuUsage()];
        const failure = await failureOf(act);
        this.#faults.currentTestId = undefined;
        const timeSpentMs = performance.now() - start;
        const { user, system } = process.cpuUsage(worked);
        this.#durations[id] = (user + system) / 1000;
        const status = failure === undefined ? 0 : 1;
        results.push({ id, name: id, fileName: resolve(file), timeSpentMs, status, failureMessage: failure });
      }
    }
    writeFileSync(DURATIONS, JSON.stringify(this.#durations));
    return { status: "complete", tests: results, mutantCoverage: this.#faults.mutantCoverage };
  }

  async mutantRun({ testFilter, activeMutant, sandboxFileName, hitLimit }) {
    const file = relative(process.cwd(), sandboxFileName);
    if (!this.#isInSample(file, activeMutant)) return { status: "error", errorMessage: LEFT_OUT };
    if (this.#isDamaged) throw new Error("an earlier fault damaged this process");
    const isFirst = this.#planted++ === 0;
    const took = (id) => this.#durations[id];
    const quickestFirst = testFilter.filter((id) => !(took(id) > LONGEST)).sort((a, b) => took(a) - took(b));
    Object.assign(this.#faults, { hitLimit, hitCount: hitLimit === undefined ? undefined : 0 });
    for (const [ran, id] of quickestFirst.entries()) {
      const act = (await this.#testsOf(id.slice(0, id.indexOf("#")))).get(id);
      this.#faults.activeMutant = activeMutant.id;
      const failure = await failureOf(act);
      this.#faults.activeMutant = undefined;
      const { hitCount } = this.#faults;
      if (hitLimit !== undefined && hitCount > hitLimit)
        return { status: "timeout", reason: `Hit limit reached (${hitCount}/${hitLimit})` };
      if (failure === undefined) continue;
      this.#faults.hitCount = undefined;
      const without = await failureOf(act);
      this.#isDamaged = without !== undefined;
      if (this.#isDamaged && !isFirst) throw new Error(`${id} fails without a fault: ${without}`);
      return { status: "killed", killedBy: [id], failureMessage: failure, nrOfTests: ran + 1 };
    }
    return { status: "survived", nrOfTests: quickestFirst.length };
  }

  async #testsOf(file) {
    const known = this.#files.get(file);
    if (known) return known;
    const { collect } = await import(COLLECTOR);
    const tests = await collect(() => import(pathToFileURL(resolve(file)).href));
    const byId = new Map(tests.map(({ name, act }) => [`${file}#${name}`, act]));
    this.#files.set(file, byId);
    return byId;
  }
}

async function failureOf(act) {
  try {
    await act();
    return undefined;
  } catch (error) {
    return String(error?.message ?? error);
  }
}

export const strykerPlugins = [{ kind: "TestRunner", name: "resident", injectableClass: ResidentRunner }];
