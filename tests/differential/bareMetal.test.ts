/**
 * Control instructions on the bare machine: the same program on ours and on qemu-system-s390x, thousands of
 * cases with operands at the edges, in four addressing situations (DAT off, primary, secondary and home
 * space), all addressing modes, both states. Registers, PSW, interruption parameters, storage and keys agree
 * but where the peer is known to be wrong.
 */
import { describe, expect, it } from "vitest";
import { Prng } from "../../src/engine/base/prng.ts";
import { missingTools } from "../kit/missingTools.ts";
import { complete } from "./bare/bareDraft.ts";
import { controlFamilies } from "./bare/bareFamilies.ts";
import { perFamilies } from "./bare/barePer.ts";
import { runOurs, runPeer } from "./bare/bareRun.ts";
import { difference, peerFaults } from "./bare/peerFaults.ts";

const peerMissing = missingTools("qemu-system-s390x");
const SEED = 23;
const SHOWN = 6;
const hex = (value: bigint): string => value.toString(16);

describe.skipIf(peerMissing !== "")(`the bare machine${peerMissing}`, () => {
  it("does what qemu-system-s390x does, outside the peer's faults", { timeout: 600_000 }, () => {
    const random = new Prng(SEED);
    const named = [...controlFamilies, ...perFamilies].flatMap(({ name, count, draft }) =>
      Array.from({ length: count }, () => ({ name, one: complete(random, draft(random)) })),
    );
    const cases = named.map(({ one }) => one);
    const ours = runOurs(cases);
    const peer = runPeer(cases);
    const excused = new Map<string, number>();
    const found: string[] = [];
    let same = 0;
    named.forEach(({ name, one }, i) => {
      const fault = peerFaults.find(({ applies }) => applies(one, ours[i]!));
      if (fault) {
        excused.set(fault.reason, (excused.get(fault.reason) ?? 0) + 1);
        return;
      }
      const what = difference(one, ours[i]!, peer[i]!);
      if (what === undefined) same++;
      else {
        const registers = [0, 1, 2, 3, 4, 5].map((n) => `r${n}=${hex(one.registers[n]!)}`).join(" ");
        found.push(`${name}, case ${i}: ${one.source}; mask ${hex(one.mask)} ${registers}: ${what}`);
      }
    });
    const skipped = [...excused].map(([reason, times]) => `  ${times}: ${reason}`).join("\n");
    console.log(`${named.length} cases, ${same} the same; not compared, the peer being wrong:\n${skipped}`);
    expect(found.slice(0, SHOWN).join("\n")).toBe("");
    expect(same).toBeGreaterThan(named.length / 2);
    const idle = peerFaults.filter(({ reason }) => !excused.has(reason)).map(({ reason }) => reason);
    expect(idle, "no longer needed").toEqual([]);
  });
});
