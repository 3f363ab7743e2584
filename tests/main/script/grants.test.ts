/** Which grants each question about machines needs: every question by name, so that none comes without. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { DebugCall, DebugName } from "../../../src/engine/api/debug.ts";
import { grantNames, type Grant } from "../../../src/engine/api/script.ts";
import { MachineAsks, type AskName } from "../../../src/main/script/machineAsks.ts";
import { openWorkbench } from "../../../src/main/openWorkbench.ts";

const root = new URL("../../../", import.meta.url);
const dataDir = mkdtempSync(join(tmpdir(), "latchwork-grants-"));
const { workbench } = openWorkbench(
  root.pathname, new URL("absent.js", root), new URL("src/main/store/storeWorker.ts", root),
  dataDir);
afterAll(async () => {
  await workbench.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const address = "0000000000000000";
const at = { cpu: 0, space: "absolute", address } as const;
const debugCalls: { readonly [Name in DebugName]: readonly [Grant, Extract<DebugCall, { name: Name }>] } = {
  registers: ["read", { name: "registers", cpu: 0 }],
  setRegister: ["drive", { name: "setRegister", cpu: 0, register: "r0", value: address }],
  storage: ["read", { name: "storage", ...at, length: 1 }],
  setStorage: ["drive", { name: "setStorage", ...at, bytes: Uint8Array.of(1) }],
  find: ["read", { name: "find", ...at, bytes: Uint8Array.of(1) }],
  disassemble: ["read", { name: "disassemble", cpu: 0, address, count: 1 }],
  setBreakpoints: ["drive", { name: "setBreakpoints", addresses: [] }],
  setWatchpoints: ["drive", { name: "setWatchpoints", watchpoints: [] }],
  flic: ["read", { name: "flic" }],
  ledger: ["read", { name: "ledger", after: 0, max: 1 }],
  why: ["read", { name: "why", id: 1 }],
  lanes: ["read", { name: "lanes", after: 0 }],
  ap: ["read", { name: "ap" }],
  apAction: ["drive", { name: "apAction", action: "reset", adapter: 5, domain: 4 }],
  together: ["read", { name: "together", looks: [{ name: "flic" }] }],
  flicAttribute: ["inject", { name: "flicAttribute", group: 1, attr: address, bytes: new Uint8Array(0) }],
  readFlicAttribute: ["inject", { name: "readFlicAttribute", group: 1, attr: address, length: 0 }],
  step: ["drive", { name: "step", cpu: 0 }],
  stepOver: ["drive", { name: "stepOver", cpu: 0 }],
  runTo: ["drive", { name: "runTo", address }],
};
const id = "hello";
const questions: { readonly [Name in Exclude<AskName, "debug">]: readonly [readonly Grant[], object] } = {
  guests: [["read"], {}],
  list: [["read"], {}],
  info: [["read"], { id }],
  start: [["drive"], { id: "absent" }],
  pause: [["drive"], { id }],
  resume: [["drive"], { id }],
  reset: [["drive"], { id }],
  powerOff: [["drive"], { id }],
  goToPast: [["drive"], { id, goal: { kind: "back" } }],
  waitForPhase: [["read"], { id, phase: "running" }],
  waitForStop: [["read"], { id }],
  write: [["drive"], { id, text: "x" }],
  waitFor: [["read"], { id, text: "x", after: 0 }],
  consoleText: [["read"], { id }],
  snapshots: [["snapshot"], {}],
  saveMachine: [["snapshot"], { id, note: "" }],
  diffSnapshots: [["snapshot"], { before: 1, after: 1, rowsMax: 1 }],
  noteSnapshot: [["snapshot"], { snapshot: 1, note: "" }],
  removeSnapshot: [["snapshot"], { snapshot: 1 }],
  restoreSnapshot: [["snapshot", "drive"], { snapshot: 1, into: "same" }],
};

async function refusal(grants: readonly Grant[], call: string, argument: object): Promise<string> {
  const answer = await new MachineAsks(workbench, grants).answer(call, argument);
  return answer.ok ? "" : answer.error;
}
const grantIn = (sentence: string): string | undefined => /^This needs the grant "(\w+)"/.exec(sentence)?.[1];

describe("a question about machines", () => {
  type Row = [name: string, needed: readonly Grant[], call: string, argument: object];
  const all: Row[] = [
    ...Object.entries(questions).map(([name, [needed, argument]]): Row => [name, needed, name, argument]),
    ...Object.entries(debugCalls).map(
      ([name, [needed, call]]): Row => [`debug ${name}`, [needed], "debug", { id, call }]),
  ];
  it.each(all)("%s needs %j", async (_name, needed, call, argument) => {
    for (const missing of needed) {
      const others = grantNames.filter((grant) => grant !== missing);
      expect(grantIn(await refusal(others, call, argument))).toBe(missing);
    }
    expect(grantIn(await refusal(needed, call, argument))).toBeUndefined();
  });

  it.each(all)("%s is checked before it is carried out", async (_name, _needed, call, argument) => {
    for (const wrong of [{ ...argument, more: 1 }, 5, null, "x"])
      expect(await refusal(grantNames, call, wrong as object)).toMatch(/malformed/);
  });

  it("that does not exist is none", async () => {
    for (const name of ["constructor", "__proto__", "toString", ""])
      expect(await refusal(grantNames, name, {})).toBe(`There is no question "${name}".`);
  });
});
