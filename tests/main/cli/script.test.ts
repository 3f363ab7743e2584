import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { cli } from "./cliHarness.ts";

const folder = mkdtempSync(join(tmpdir(), "latchwork-script-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

describe("script", () => {
  it("prints what the script prints, on its two streams, and ends with 0", async () => {
    const path = file("good.ts", `const n: number = 2;
      console.log("out", n, 3n, [1], { a: "b" });
      console.warn("err");`);
    const stdout = 'out 2 3n [1] { a: "b" }\n';
    expect(await cli(["script", path])).toEqual({ code: 0, stdout, stderr: "err\n" });
  });

  it("ends with 1 for a script that fails, and says where", async () => {
    const outcome = await cli(["script", file("bad.ts", "\nassert(1 > 2, 'One is not more.');")]);
    expect(outcome).toMatchObject({ code: 1, stdout: "" });
    expect(outcome.stderr).toMatch(/^latchwork: Error: One is not more\.\n {4}at <anonymous> \(bad\.ts:2:/);
  });

  it("ends with 2 for what cannot be read, and 124 when the time is up", async () => {
    expect(await cli(["script", file("torn.ts", "let = 3 +;")])).toMatchObject({ code: 2 });
    expect(await cli(["script", join(folder, "absent.ts")])).toMatchObject({ code: 2 });
    expect(await cli(["script"])).toMatchObject({ code: 2 });
    expect(await cli(["script", file("loop.ts", "for (;;);"), "--time", "2"])).toMatchObject({ code: 124 });
  });

  it.each([
    [["--grant", "everything"], /There is no grant "everything"; there are read, drive, inject, snapshot\./],
    [["--time", "0"], /Seconds above 0/],
    [["--memory", "1M"], /24M to 512M/],
  ])("refuses %j", async (flags, sentence) => {
    const outcome = await cli(["script", file("any.ts", ""), ...flags]);
    expect(outcome.code).toBe(2);
    expect(outcome.stderr).toMatch(sentence);
  });

  it("refuses each call on machines without its grant, by the grant's name", async () => {
    const path = file("grants.ts", `
      for (const call of [() => machines.list(), () => machines.get("x"), () => machines.start("hello")])
        await call().then(() => "allowed", ({ message }) => message.split(" (")[0]).then(console.log);`);
    const none = (await cli(["script", path])).stdout.split("\n");
    const refusals = ["read", "read", "drive"].map((grant) => `This needs the grant "${grant}"`);
    expect(none.slice(0, 3)).toEqual(refusals);
    const read = (await cli(["script", path, "--grant", "read"])).stdout.split("\n");
    expect(read).toEqual(["allowed", '"x" has not been started. Start it first.', refusals[2], ""]);
  });

  it("plays a scenario that the script exports", async () => {
    const path = file("own.ts", `export default defineScenario({ id: "own", title: "Mine",
      given: { build: () => ({ n: 1 }) }, when: [{ says: "it grows", does(world) { world.n += 1; } }],
      then: [{ says: "it is two", seen: ({ n }) => n, is: 3 }] });`);
    expect(await cli(["script", path])).toMatchObject({
      code: 1, stdout: "FAILED  own\n        not so: it is two (saw 2, expected 3)\n",
    });
  });

  it("prints the API's declarations for an editor", async () => {
    const { stdout } = await cli(["script", "--types"]);
    expect(stdout).toContain("declare const kvm: KvmFactory;");
    expect(stdout).not.toMatch(/^(import|export) /m);
  });
});
