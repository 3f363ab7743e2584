/** What a host keeps of a run: within bounds, and never a record that leaves something out in silence. */
import { expect, test } from "vitest";
import type { OutsideAction, PastGoal } from "../../../src/engine/api/history.ts";
import type { MachineConfig } from "../../../src/engine/api/machine.ts";
import { RunHistory } from "../../../src/main/services/runHistory.ts";

const config: MachineConfig = {
  board: "s390-ccw", memoryBytes: 16 << 20, cpus: 1, seed: 1, kernel: new Uint8Array(4), commandLine: "",
  interpreterOnly: false, pace: "skip", trace: false, disk: new Uint8Array(3 * 4096).fill(1),
};
const goal: PastGoal = { kind: "back" };
const stops = { addresses: [], watchpoints: [] };
const mark: OutsideAction = { kind: "mark", traceHash: "0123456789abcdef" };
const typed = (length: number): OutsideAction => ({ kind: "console", bytes: new Uint8Array(length) });

/** A history to which actions came, an instruction apart. */
function given(actions: readonly OutsideAction[], history = new RunHistory(config)): RunHistory {
  actions.forEach((action, n) => {
    history.take({ type: "outside", number: n + 1, event: { instructions: n, virtualNs: n, action } });
  });
  return history;
}
async function journal(history: RunHistory): Promise<string[]> {
  const recorded = await history.recorded(goal, stops);
  if (!recorded.ok) throw new Error(recorded.error);
  return recorded.value.past.journal.map(({ action }) => action.kind);
}

test("actions are all kept, in order, behind them a mark", async () => {
  const actions = [mark, typed(1), { kind: "quiesce" } as const, { kind: "reset" } as const, mark];
  expect(await journal(given(actions))).toEqual(["mark", "console", "quiesce", "reset", "mark"]);
});

test("without a mark at its end a run cannot be repeated yet", async () => {
  expect((await given([mark, typed(1)]).recorded(goal, stops)).ok).toBe(false);
  expect((await given([]).recorded(goal, stops)).ok).toBe(false);
});

test("marks are thinned out, never what a person did, and the last mark stays", async () => {
  const actions = Array.from({ length: 40_000 }, (_, n) => (n % 100 === 0 ? typed(1) : mark));
  const history = given(actions);
  const kept = await journal(history);
  expect(kept.filter((kind) => kind === "console")).toHaveLength(400);
  expect(kept.length).toBeLessThan(400 + 4097);
  const recorded = await history.recorded(goal, stops);
  expect(recorded.ok && recorded.value.past.journal.at(-1)?.instructions).toBe(39_999);
});

test("a mark at the instruction of the one before takes its place: an idle machine has one", async () => {
  const history = new RunHistory(config);
  for (let ns = 0; ns < 10; ns++) {
    const event = { instructions: 5, virtualNs: ns, action: mark };
    history.take({ type: "outside", number: ns + 1, event });
  }
  expect(await journal(history)).toEqual(["mark"]);
});

test("a run that was given too much has no past, and says so", async () => {
  const actions = [...Array.from({ length: 33 }, () => typed(1 << 20)), mark];
  expect(await given(actions).recorded(goal, stops)).toMatchObject({
    ok: false, error: expect.stringContaining("no longer kept") as string,
  });
});

test("a snapshot that cannot be read again is said", async () => {
  const gone = () => Promise.resolve({ ok: false, error: "It was removed." } as const);
  expect(await given([mark], new RunHistory(config, gone)).recorded(goal, stops)).toEqual({
    ok: false, error: "The snapshot that this run began with cannot be read again: It was removed.",
  });
});
