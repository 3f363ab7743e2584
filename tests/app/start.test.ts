/** The scripts that a newcomer runs, as processes: what they print, and how they end. */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { buildApp, root } from "../kit/builtApp.ts";
import { eventually } from "../kit/eventually.ts";

const environment: NodeJS.ProcessEnv = {
  ...process.env,
  LATCHWORK_DATA: mkdtempSync(join(tmpdir(), "latchwork-start-")),
};
// A window would open on the tester's own desktop.
delete environment.DISPLAY;
delete environment.WAYLAND_DISPLAY;

const children: ChildProcess[] = [];

function run(script: string, ...args: string[]) {
  const child = spawn(process.execPath, [join(root, "scripts", script), ...args], {
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.push(child);
  const seen = { child, stdout: "", stderr: "", status: undefined as number | null | undefined };
  child.stdout.on("data", (text) => (seen.stdout += String(text)));
  child.stderr.on("data", (text) => (seen.stderr += String(text)));
  child.on("close", (status) => (seen.status = status));
  return seen;
}

const fetchStatus = (url: string): Promise<number> =>
  new Promise((resolve, reject) => {
    get(url, (answer) => {
      answer.resume();
      resolve(answer.statusCode!);
    }).on("error", reject);
  });

beforeAll(buildApp);
afterEach(() => {
  for (const child of children.splice(0)) if (child.exitCode === null) child.kill("SIGTERM");
});

describe("npm start", () => {
  it.each([
    ["with --serve", ["--serve"]],
    ["where no window can be opened", []],
  ])(
    "%s prints exactly one address with the token, serves the page there, and ends when told",
    async (_name, args) => {
      const started = run("start.mjs", ...args);
      await eventually("an address", () => started.stdout.includes("\n"), 60_000);
      expect(started.stdout).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#token=[\w-]{43}\n$/);
      expect(started.stderr).not.toContain("http");
      expect(await fetchStatus(started.stdout.split("#")[0]!)).toBe(200);
      started.child.kill("SIGTERM");
      await eventually("its end", () => started.status !== undefined);
      expect(started.stdout.match(/http/g)).toHaveLength(1);
      await expect(fetchStatus(started.stdout.split("#")[0]!)).rejects.toThrow();
    },
  );
});

describe("the command line's script", () => {
  it("passes arguments, output and exit status through", async () => {
    const version = run("latchwork.mjs", "--help");
    await eventually("its end", () => version.status !== undefined, 60_000);
    expect([version.status, version.stdout]).toEqual([0, expect.stringContaining("Usage: latchwork")]);
    const wrong = run("latchwork.mjs", "no-such-command");
    await eventually("its end", () => wrong.status !== undefined);
    expect(wrong.status).toBeGreaterThan(0);
    expect(wrong.stdout).toBe("");
  });
});
