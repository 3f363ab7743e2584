/**
 * Snapshots of earlier versions: each must load for ever. A file is never made anew; what changes the state
 * of a device adds an upgrade step until this passes again, and every release adds a file.
 */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { restoreMachine } from "../../src/engine/machine/snapshot.ts";
import { readBundle } from "../../src/main/store/bundle.ts";

const folder = new URL(".", import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith(".lwsnap"));

describe("a snapshot of an earlier version", () => {
  it("is there", () => expect(files).toContain("hello-0.1.0.lwsnap"));

  it.each(files)("%s is taken up and goes on", (name) => {
    const { config, images, captured } = readBundle(readFileSync(new URL(name, folder)));
    let text = "";
    const show = (bytes: Uint8Array): void => void (text += Buffer.from(bytes).toString("latin1"));
    const how = { pace: "skip", trace: false, interpreterOnly: false } as const;
    const restored = restoreMachine({ ...config, ...images!, ...how }, captured, show);
    if (!restored.ok) throw new Error(restored.error);
    const machine = restored.value;
    expect(Number(machine.instructions)).toBe(captured.instructions);
    machine.consoleInput(new TextEncoder().encode("xq"));
    for (let turns = 0; turns < 100; turns++) {
      const end = machine.step(1_000_000);
      if (end.kind === "ended") break;
      if (end.kind === "idle" && end.untilNs !== undefined) machine.skipIdle(end.untilNs);
    }
    expect(text).toContain("Stopping after 1 keys.");
  });
});
