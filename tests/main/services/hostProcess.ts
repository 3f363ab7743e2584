/**
 * A host in a process of its own, to be killed: `node hostProcess.ts <data folder>`. Starts two guests, saves
 * one of them, makes a machine of its own from that snapshot, and says so.
 */
import { writeSync } from "node:fs";
import { eventually } from "../../kit/eventually.ts";
import { openHost } from "./openHost.ts";

/** A busy host may take long to start them. */
const LIMIT_MS = 600_000;
const { workbench } = openHost(process.argv[2]!);
const { machines, saves, sessions } = workbench;
const isOn = (id: string): boolean =>
  machines.summaries().some((one) => one.id === id && one.phase === "running");
for (const id of ["hello", "flic-storm", "timer-sigp"]) await workbench.start(id);
await eventually("they run", () => ["hello", "flic-storm"].every(isOn), LIMIT_MS);
const saved = await saves.save("hello", "before the end", {});
if (!saved.ok) throw new Error(saved.error);
const copy = await saves.restoreNew(saved.value.id, {});
if (!copy.ok) throw new Error(copy.error);
await eventually("it runs too", () => isOn(copy.value.id), LIMIT_MS);
machines.powerOff("timer-sigp");
// It may have ended by itself before.
await eventually("one is off", () => !machines.isActive("timer-sigp"), LIMIT_MS);
await sessions.settled();
writeSync(1, "ready\n");
