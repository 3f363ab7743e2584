/**
 * The drill: a machine is saved, taken up by a new engine and runs on, three times over, through the host's
 * own services. It ends as one that was never saved: same output, same trace hash.
 */
import { expect, it, onTestFinished } from "vitest";
import type { Workbench } from "../../../src/main/services/workbench.ts";
import { eventually } from "../../kit/eventually.ts";
import { temporaryFolder } from "../guests/temporaryFolder.ts";
import { openHost } from "./openHost.ts";

function open(): Workbench {
  const { workbench } = openHost(temporaryFolder());
  onTestFinished(() => workbench.close());
  return workbench;
}

/** Presses keys at a guest that waits for each; `between` is done after every one. */
async function play(between: (workbench: Workbench) => Promise<void>) {
  const workbench = open();
  const { machines } = workbench;
  const text = (): string => {
    const console = machines.console("hello");
    if (!console.ok) return "";
    const log = console.value;
    return Buffer.from(log.read(log.start, 1 << 20).bytes).toString("latin1");
  };
  await workbench.start("hello");
  await eventually("the first line", () => text().includes("q stops"));
  for (let key = 1; key <= 3; key++) {
    machines.input("hello", Uint8Array.of(0x60 + key));
    await eventually(`key ${key}`, () => text().includes(`key ${key}:`) && text().endsWith("\n"));
    await between(workbench);
  }
  machines.input("hello", new TextEncoder().encode("q"));
  await eventually("the end", () => machines.summaries()[0]?.phase === "stopped");
  const { stats, reason } = machines.summaries()[0]!;
  return { text: text(), reason, traceHash: stats?.traceHash, instructions: stats?.instructions };
}

it("three saves and three restores leave no trace in what the guest does", async () => {
  const never = await play(() => Promise.resolve());
  let saves = 0;
  const drilled = await play(async ({ saves: service }) => {
    const saved = await service.save("hello", `drill ${++saves}`, {});
    if (!saved.ok) throw new Error(saved.error);
    expect(saved.value.parent).toBe(saves === 1 ? null : saves - 1);
    const restored = await service.restoreSame(saved.value.id, {});
    if (!restored.ok) throw new Error(restored.error);
  });
  expect(saves).toBe(3);
  expect(drilled).toEqual(never);
  expect(never.text).toContain("Stopping after 3 keys.");
}, 300_000);
