/** Looks of one turn are one question; each is answered as if it had been asked alone. */
import { expect, it } from "vitest";
import type { DebugAnswer, DebugCall } from "../../src/engine/api/debug.ts";
import type { Outcome } from "../../src/engine/api/workbench.ts";
import { LookBatch } from "../../src/renderer/features/debug/lookBatch.ts";

/** A host that answers each look with its place among all that were asked. */
class Host {
  readonly asked: string[] = [];
  refusal: string | undefined;
  private looks = 0;

  readonly batch = new LookBatch((id, call) => Promise.resolve(this.answer(id, call)));

  private answer(id: string, call: DebugCall): Outcome<DebugAnswer> {
    const names = call.name === "together" ? call.looks.map(({ name }) => name) : [call.name];
    this.asked.push(`${id}: ${names.join(" ")}`);
    if (this.refusal !== undefined) return { ok: false, error: this.refusal };
    const answers = names.map(() => ({ ok: true, value: ++this.looks }));
    return (call.name === "together" ? { ok: true, value: answers } : answers[0]) as never;
  }
}
const flic: DebugCall = { name: "flic" };
const registers: DebugCall = { name: "registers", cpu: 0 };
const step: DebugCall = { name: "step", cpu: 0 };

it("asks what comes in one turn together, and what comes in the next turn by itself", async () => {
  const host = new Host();
  const answers = await Promise.all([flic, registers, flic].map((call) => host.batch.ask("one", call)));
  expect(answers.map((answer) => answer.ok && answer.value)).toEqual([1, 2, 3]);
  await host.batch.ask("one", flic);
  expect(host.asked).toEqual(["one: flic registers flic", "one: flic"]);
});

it("keeps the order of looks and changes, and the looks of two machines apart", async () => {
  const host = new Host();
  const calls = [["one", flic], ["one", step], ["one", registers], ["two", flic], ["two", flic]] as const;
  const answers = await Promise.all(calls.map(([id, call]) => host.batch.ask(id, call)));
  expect(answers.map((answer) => answer.ok && answer.value)).toEqual([1, 2, 3, 4, 5]);
  expect(host.asked).toEqual(["one: flic", "one: step", "one: registers", "two: flic flic"]);
});

it("tells each of them why the machine could not be asked", async () => {
  const host = new Host();
  host.refusal = "It is off.";
  const answers = await Promise.all([flic, registers].map((call) => host.batch.ask("one", call)));
  expect(answers).toEqual([{ ok: false, error: "It is off." }, { ok: false, error: "It is off." }]);
});

it("asks for no more at a time than the contract lets through", async () => {
  const host = new Host();
  await Promise.all(Array.from({ length: 20 }, () => host.batch.ask("one", flic)));
  expect(host.asked.map((line) => line.split(" ").length - 1)).toEqual([16, 4]);
});
