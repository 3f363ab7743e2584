/** The built Electron bundles under plain Node, with `electron` replaced: nothing here needs the binary. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { buildApp, built, root } from "../../kit/builtApp.ts";

interface Report {
  sandboxed: boolean;
  schemes: { scheme: string; privileges: Record<string, boolean> }[];
  menuGone: boolean;
  url: string;
  preferences: Record<string, unknown>;
  files: Record<string, { status: number; policy: string }>;
  windowOpen: string;
  prevented: Record<string, boolean>;
  permissions: {
    own: string[];
    foreign: string[];
    checkedOwn: string[];
    checkedForeign: string[];
    device: boolean;
  };
  calls: Record<string, string>;
  second: { url: string; bounds: Record<string, number> };
}

let report: Report;

beforeAll(async () => {
  await buildApp();
  const probe = spawnSync(process.execPath, [join(root, "tests", "kit", "electronProbe.mjs")], {
    encoding: "utf8",
    timeout: 30_000,
    env: { ...process.env, LATCHWORK_DATA: mkdtempSync(join(tmpdir(), "latchwork-electron-")) },
  });
  if (probe.status !== 0) throw new Error(`the bundle did not run: ${probe.stderr}`);
  report = JSON.parse(probe.stdout) as Report;
});

describe("Electron's main bundle", () => {
  it("opens one sandboxed, isolated window onto its own page", () => {
    expect(report.sandboxed).toBe(true);
    expect(report.url).toBe("app://latchwork/index.html");
    expect(report.preferences).toMatchObject({
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      webSecurity: true,
      webviewTag: false,
    });
    expect(report.preferences.preload).toBe(built("preload", "preload.cjs"));
    expect(report.schemes).toEqual([
      { scheme: "app", privileges: { standard: true, secure: true, supportFetchAPI: true } },
    ]);
  });

  it("serves the page's own files with the policy, and nothing outside them", () => {
    const served = Object.entries(report.files).filter(([, { status }]) => status === 200);
    expect(served.map(([url]) => url)).toEqual(["app://latchwork/index.html", "app://latchwork/"]);
    for (const { policy } of Object.values(report.files)) expect(policy).toContain("script-src 'self';");
  });

  it("goes nowhere, opens nothing and grants nothing but the clipboard, to nobody but its own page", () => {
    expect(report.windowOpen).toBe("deny");
    expect(Object.values(report.prevented)).toEqual([true, true, true, true]);
    expect(report.permissions).toEqual({
      own: ["clipboard-read", "clipboard-sanitized-write"],
      foreign: [],
      checkedOwn: ["clipboard-read", "clipboard-sanitized-write"],
      checkedForeign: [],
      device: false,
    });
  });

  it("answers its own page's calls, ends at what is not in the contract, and hears nobody else", () => {
    expect(report.calls).toEqual({
      own: "devices fetches guests info left machines settings",
      foreign: "nothing",
      lookalike: "nothing",
      subframe: "nothing",
      unknownCall: "end",
      prototype: "end",
      noBytes: "end",
    });
  });
});

describe("a second start", () => {
  it("opens the window again where it was, if it was closed", () => {
    expect(report.second).toEqual({
      url: "app://latchwork/index.html",
      bounds: { x: 40, y: 30, width: 1300, height: 900 },
    });
  });
});

describe("the preload bundle", () => {
  it("is CommonJS, needs only electron, and gives the page two functions", () => {
    const required: string[] = [];
    const exposed: Record<string, Record<string, (...args: unknown[]) => void>> = {};
    const sent: unknown[][] = [];
    const electron = {
      contextBridge: { exposeInMainWorld: (name: string, api: never) => (exposed[name] = api) },
      ipcRenderer: {
        on: () => undefined,
        removeAllListeners: () => undefined,
        send: (...args: unknown[]) => void sent.push(args),
      },
    };
    const require = (name: string): unknown => (
      required.push(name),
      name === "electron" ? electron : undefined
    );
    // What a sandboxed preload gets: `require` for electron, and no Node around it.
    const run = new Function(
      "require",
      "exports",
      "module",
      "process",
      readFileSync(built("preload", "preload.cjs"), "utf8"),
    );
    run(require, {}, { exports: {} }, undefined);
    expect(required).toEqual(["electron"]);
    expect(Object.keys(exposed)).toEqual(["latchwork"]);
    expect(Object.keys(exposed.latchwork!).sort()).toEqual(["connect", "send"]);
    exposed.latchwork!.connect!(
      () => undefined,
      () => undefined,
    );
    exposed.latchwork!.send!(Uint8Array.of(1));
    expect(sent).toEqual([["latchwork:connect"], ["latchwork:to-host", Uint8Array.of(1)]]);
  });
});
