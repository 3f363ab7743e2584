import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { scenarios, waitingRows } from "../../../src/engine/scenarios/catalogue.ts";
import { cli } from "./cliHarness.ts";

const folder = mkdtempSync(join(tmpdir(), "latchwork-scenarios-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A scenario in a file; `count` is what its one claim expects of a machine with a defect. */
function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}
const own = (is: number): string => `
  export default defineScenario({
    id: "own-one", title: "Mine", evidence: ["documented"],
    given: {
      build: (defects) => {
        const vm = kvm.s390();
        return { vm, flic: vm.createDevice("FLIC").device!, skip: defects.has("own.skip") };
      },
    },
    when: [{
      says: "an interrupt is queued",
      does({ flic, skip }) { if (!skip) flic.setAttr("ENQUEUE", [{ type: "INT_VIRTIO" }]); },
    }],
    then: [{
      says: "it is there",
      seen: ({ flic }) => flic.getAttr("GET_ALL_IRQS", { length: 720 }).result as number, is: ${is},
    }],
    defects: [{ switch: "own.skip", breaks: "it is there", because: "it was never queued" }],
  });`;

describe("scenarios list", () => {
  it("names every scenario and how many wait", async () => {
    const { stdout, code } = await cli(["scenarios", "list"]);
    expect(code).toBe(0);
    for (const { id } of scenarios) expect(stdout).toContain(id);
    expect(stdout).toContain(`${scenarios.length} scenarios, ${waitingRows.length} rows wait.`);
    const json = JSON.parse((await cli(["scenarios", "list", "--json"])).stdout);
    expect(json.scenarios.map(({ id }: { id: string }) => id)).toEqual(scenarios.map(({ id }) => id));
    expect(json.scenarios[0].then[0]).toEqual(scenarios[0]!.then[0]!.says);
    expect(json.waiting).toEqual(waitingRows);
  });
});

describe("scenarios run", () => {
  it("plays one by its id or row, and with its defects", async () => {
    const plain = await cli(["scenarios", "run", "gisa-bits-lost-on-short-buffer"]);
    expect(plain).toMatchObject({ code: 0, stderr: "" });
    expect(plain.stdout).toBe("passed  gisa-bits-lost-on-short-buffer\n1 passed, 0 failed, 0 wait.\n");
    const broken = await cli(["scenarios", "run", "7", "--defects"]);
    expect(broken.stdout).toContain("broken by flic.getAll.drainsGisa as it must be");
  });

  it("plays a scenario of one's own and fails where it is wrong", async () => {
    const good = await cli(["scenarios", "run", file("good.ts", own(1)), "--defects"]);
    expect(good).toMatchObject({ code: 0 });
    expect(good.stdout).toContain("passed  own-one, broken by own.skip");
    const bad = await cli(["scenarios", "run", file("bad.ts", own(2))]);
    expect(bad).toMatchObject({ code: 1, stderr: "" });
    expect(bad.stdout).toContain("not so: it is there (saw 1, expected 2)");
    const json = JSON.parse((await cli(["scenarios", "run", file("worse.ts", own(3)), "--json"])).stdout);
    expect(json).toMatchObject({ passed: 0, failed: 1, waiting: 0 });
  });

  const seeing = (id: string, seen: string, is: string): string => file(`${id}.ts`, `
    export default defineScenario({ id: "own-${id}", title: "Mine", given: { build: () => kvm.s390() },
      when: [], then: [{ says: "so it is", seen: (vm) => ${seen}, is: ${is} }] });`);
  it.each([
    ["nothing", "vm.checkLedger()", "undefined", "passed  own-nothing"],
    ["no-number", "0 / 0", "null", "saw NaN, expected null"],
    ["kinds", "2n", "2", "saw 2 (bigint), expected 2 (number)"],
    ["map", "new Map([[1, 2]])", "{}", "it threw: TypeError: An object of kind Map cannot be given to"],
    ["error", "new Error('x')", "{}", "it threw: TypeError: An object of kind Error cannot"],
    ["machine", "vm", "1", "it threw: TypeError: An object of kind S390Vm cannot"],
  ])("compares plain data and nothing else: %s", async (id, seen, is, sentence) => {
    expect((await cli(["scenarios", "run", seeing(id, seen, is)])).stdout).toContain(sentence);
  });

  it.each([
    ["nobody", "There is no scenario"],
    [join(folder, "absent.ts"), "cannot be read"],
    [file("empty.ts", "export const nothing = 1;"), "is no scenario: its default export"],
    [file("throws.ts", "null.x;"), "cannot read property"],
    [file("twice.ts", own(1).replace('breaks: "it is there"', 'breaks: "nothing"')), "breaks no claim of it"],
    [file("badId.ts", own(1).replace("own-one", "Own One")),
      'badId.ts is no scenario: "Own One" is no scenario id: lower-case words and hyphens.\n'],
  ])("refuses %s with a sentence", async (which, sentence) => {
    const outcome = await cli(["scenarios", "run", which]);
    expect(outcome.code).toBe(2);
    expect(outcome.stderr).toContain(sentence);
  });
});

describe("conformance", () => {
  it("prints a table of one suite and its walk, and refuses a name it does not know", async () => {
    const { stdout, code } = await cli(["conformance", "flic"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^flic +(\d+) of \1 +(\d+) +\2 +0 +s390 floating interrupt controller$/m);
    expect(stdout).toMatch(/^adapter-interruption suppression, 8 ISCs +65536 +1572864 +0$/m);
    const json = JSON.parse((await cli(["conformance", "ap", "--json"])).stdout);
    expect(json[0]).toMatchObject({ name: "ap", vectorsChecked: json[0].vectorsSpecified, mismatches: [] });
    expect(await cli(["conformance", "nothing"])).toMatchObject({ code: 2 });
  });
});
