/**
 * Which part may import which, as data. A folder imports itself and what stands beside its name; the most
 * specific name counts. Nothing else may be imported, from inside or outside the project.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const source = new URL("../src/", import.meta.url).pathname;

const mayImport: Readonly<Record<string, readonly string[]>> = {
  "engine/base": [],
  "engine/api": [],
  "engine/uapi": ["engine/api/errno.ts", "engine/base"],
  "engine/memory": ["engine/api/snapshot.ts", "engine/base"],
  "engine/snapshot": ["engine/api/snapshot.ts", "engine/base"],
  "engine/wasm": ["engine/base"],
  "engine/isa": ["engine/base", "engine/wasm"],
  "engine/cpu": [
    "engine/isa", "engine/memory", "engine/snapshot/schema.ts", "engine/wasm", "engine/base",
  ],
  "engine/devices": [
    "engine/uapi", "engine/memory", "engine/snapshot/schema.ts", "engine/api/errno.ts", "engine/base",
  ],
  // KVM's own file descriptors, in front of the controllers that they configure.
  "engine/devices/kvm": [
    "engine/devices/flic",
    "engine/devices/ap",
    "engine/devices/xive",
    "engine/devices/xics",
    "engine/devices/ports.ts",
    "engine/devices/apPorts.ts",
    "engine/uapi",
    "engine/memory",
    "engine/snapshot/schema.ts",
    "engine/api/errno.ts",
    "engine/base",
  ],
  // IPIs and PHB sources are XIVE sources: their event state buffers are those of the controller.
  "engine/devices/passthrough": [
    "engine/devices/xive",
    "engine/uapi",
    "engine/snapshot/schema.ts",
    "engine/api/errno.ts",
    "engine/base",
  ],
  // XICS guests of a host that has a XIVE.
  "engine/devices/xics": [
    "engine/devices/xive", "engine/uapi", "engine/snapshot/schema.ts", "engine/api/errno.ts", "engine/base",
  ],
  // Litmus programs speak of the same modes and bits as the request protocol that they explore.
  "engine/litmus": ["engine/devices/requests", "engine/api/litmusView.ts", "engine/base"],
  "engine/machine": [
    "engine/cpu",
    "engine/devices",
    "engine/ledger",
    "engine/isa",
    "engine/memory",
    "engine/snapshot",
    "engine/wasm",
    "engine/uapi",
    "engine/api",
    "engine/base",
  ],
  // Recorded runs and machines that stand in their past.
  "engine/history": ["engine/machine", "engine/memory", "engine/api", "engine/base"],
  // The books of a machine's interrupts: they listen to devices, no device knows them.
  "engine/ledger": ["engine/devices", "engine/uapi", "engine/api", "engine/base"],
  // Devices without a guest CPU, for whoever drives them call by call.
  "engine/deviceMachine": [
    "engine/ledger", "engine/devices", "engine/memory", "engine/uapi", "engine/api/errno.ts",
    "engine/api/snapshot.ts", "engine/base",
  ],
  // Some rows need a guest that runs: its program is assembled where it stands.
  "engine/scenarios": [
    "engine/machine", "engine/isa", "engine/deviceMachine", "engine/ledger", "engine/litmus",
    "engine/devices", "engine/memory", "engine/uapi", "engine/api/errno.ts", "engine/api/snapshot.ts",
    "engine/base",
  ],
  // Vectors of the specifications and what carries them out.
  "engine/conformance": [
    "engine/deviceMachine", "engine/litmus", "engine/devices", "engine/memory", "engine/uapi",
    "engine/api/errno.ts", "engine/base",
  ],
  // Counts with a target: random use and bad calls by the million.
  "engine/figures": [
    "engine/snapshot", "engine/conformance", "engine/scenarios", "engine/deviceMachine", "engine/ledger",
    "engine/devices", "engine/memory", "engine/uapi", "engine/api/errno.ts", "engine/base",
  ],
  // What a window looks at: a machine of devices, found and shown as plain data.
  "engine/deviceSession": [
    "engine/machine/debug/flicView.ts", "engine/machine/debug/apView.ts",
    "engine/scenarios", "engine/deviceMachine", "engine/litmus", "engine/ledger", "engine/devices",
    "engine/memory", "engine/uapi", "engine/api", "engine/base",
  ],
  // The worker gives its machine the compiler: the machine itself knows only the interface.
  "engine/worker": [
    "engine/machine", "engine/history", "engine/deviceSession", "engine/memory", "engine/cpu", "engine/api",
    "engine/base", "node:worker_threads", "node:v8",
  ],
  // The build runs it: it makes a file.
  "engine/worker/interpreterFile.ts": ["engine/cpu", "engine/isa", "node:fs"],
  main: ["engine/api", "engine/base", "node:", "birpc", "valibot", "ws"],
  "main/main.ts": ["main", "node:", "electron"],
  "main/preload.ts": ["main/channels.ts", "electron"],
  "main/hosts/electron.ts": ["main", "electron"],
  // The command line assembles, disassembles and holds devices against their specifications; it runs
  // machines in a worker like every other host.
  "main/cli": [
    "main", "engine/api", "engine/base", "engine/snapshot", "engine/isa", "engine/conformance",
    "engine/scenarios", "engine/figures", "node:", "commander",
  ],
  // A script's thread holds device-only machines beside the sandbox; resources/scripts/api is the contract.
  "main/script": [
    "main", "../resources/scripts/api", "engine/api", "engine/base", "engine/uapi", "engine/devices",
    "engine/deviceMachine", "engine/ledger", "engine/scenarios", "engine/memory", "node:", "valibot",
    "quickjs-emscripten", "sucrase",
  ],
  // Built-in guests are s390 assembler source: the catalogue assembles them.
  "main/guests": ["main", "engine/api", "engine/base", "engine/isa", "node:", "openpgp", "valibot"],
  // The store checks what it keeps: sections are read where they lie.
  "main/store": [
    "main", "engine/api", "engine/base", "engine/snapshot", "node:", "valibot", "better-sqlite3",
  ],
  renderer: ["engine/api", "vue", "pinia", "birpc", "@xterm/", "dockview-vue", "monaco-editor/"],
};

/**
 * Devices know the ports that boards wire, and never each other: unless the rule above names the other one.
 */
const isForbiddenPair = (from: string, to: string): boolean => {
  const device = (path: string): string | undefined => /^engine\/devices\/([^/]+)\//.exec(path)?.[1];
  if (device(from) === undefined || device(to) === undefined || device(from) === device(to)) return false;
  return !mayImport[ruleFor(from)!]!.includes(`engine/devices/${device(to)}`);
};

const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((path) =>
  /\.(ts|vue)$/.test(path),
);

/** Modules that a file imports, as paths under src/ or as package names. */
function importsOf(path: string): string[] {
  const text = readFileSync(join(source, path), "utf8");
  const script = path.endsWith(".vue")
    ? [...text.matchAll(/<script[^>]*>([^]*?)<\/script>/g)].map(([, code]) => code).join()
    : text;
  return ts
    .preProcessFile(script, true, true)
    .importedFiles.map(({ fileName }) =>
      fileName.startsWith(".") ? relative(source, resolve(source, dirname(path), fileName)) : fileName,
    );
}

const covers = (rule: string, path: string): boolean =>
  rule.endsWith(":") || rule.endsWith("/")
    ? path.startsWith(rule)
    : path === rule || path.startsWith(`${rule}/`);

const ruleFor = (path: string): string | undefined =>
  Object.keys(mayImport)
    .filter((rule) => covers(rule, path))
    .sort((a, b) => b.length - a.length)[0];

function offence(from: string, to: string): string | undefined {
  const rule = ruleFor(from);
  if (rule === undefined) return `${from} is in no layer`;
  if (isForbiddenPair(from, to)) return `${from} imports another device: ${to}`;
  const isAllowed = covers(rule, to) || mayImport[rule]!.some((allowed) => covers(allowed, to));
  return isAllowed ? undefined : `${from} imports ${to}`;
}

describe("layers", () => {
  it("import only what stands below them", () => {
    const offences = files.flatMap((path) => importsOf(path).map((target) => offence(path, target)));
    expect(offences.filter(Boolean)).toEqual([]);
  });

  it("are each there, and the rule refuses what it is for", () => {
    for (const rule of ["engine/base", "engine/api", "engine/memory", "main", "renderer"])
      expect(
        files.some((path) => covers(rule, path)),
        rule,
      ).toBe(true);
    const refused = [
      ["engine/base/bits.ts", "engine/api/errno.ts"],
      ["engine/cpu/decode.ts", "node:fs"],
      ["engine/devices/flic/ais.ts", "engine/devices/sclp/console.ts"],
      ["engine/devices/flic/ais.ts", "engine/api/machine.ts"],
      ["engine/isa/s390/branch.ts", "engine/memory/guestMemory.ts"],
      ["main/services/machines.ts", "engine/machine/board.ts"],
      ["main/services/machines.ts", "engine/worker/engineWorker.ts"],
      ["main/services/machines.ts", "electron"],
      ["renderer/app.ts", "main/contract.ts"],
      ["renderer/app.ts", "node:fs"],
    ] as const;
    for (const [from, to] of refused) expect(offence(from, to), `${from} → ${to}`).toBeDefined();
    expect(offence("engine/devices/flic/ais.ts", "engine/devices/ports.ts")).toBeUndefined();
  });
});

describe("the engine", () => {
  it("knows neither wall clock nor chance nor waiting nor the machine it runs on", () => {
    const banned =
      /\b(Date\.now|new Date|performance\.now|Math\.random|setTimeout|setInterval|setImmediate)\b/;
    const offences = files
      .filter((path) => path.startsWith("engine/") && !path.startsWith("engine/worker/"))
      .filter((path) => banned.test(withoutComments(readFileSync(join(source, path), "utf8"))));
    expect(offences).toEqual([]);
  });
});

function withoutComments(text: string): string {
  return text.replace(/\/\*[^]*?\*\/|(^|\s)\/\/.*$/gm, "");
}
