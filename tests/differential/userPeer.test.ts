/**
 * Our engine and a user-mode emulator agree on generated sequences: registers, condition code, FPC, storage,
 * and the signals a program would get. Skipped where the emulator or the cross compiler is not installed.
 */
import { afterAll, describe, expect, it } from "vitest";
import { Prng } from "../../src/engine/base/prng.ts";
import { instructions } from "../../src/engine/isa/s390/instructions.ts";
import { describeSequence } from "../kit/sequences/describeSequence.ts";
import { makeUserSequence } from "../kit/sequences/sequence.ts";
import { makeTemplate } from "../kit/sequences/storageMap.ts";
import { comparable, compareStates, notCompared } from "./userCompare.ts";
import { UserEngine } from "./userEngine.ts";
import { UserPeer, missingTool } from "./userPeer.ts";

const BATCHES = 8;
const BATCH = 500;
const SIGALRM = 14;

describe.skipIf(missingTool !== undefined)(
  `sequences under an emulator${missingTool ? ` (${missingTool} is missing)` : ""}`,
  () => {
    const template = makeTemplate(new Prng(7));
    const peer = missingTool ? undefined : new UserPeer(template);
    afterAll(() => peer?.close());
    const subjects = instructions.filter(comparable);

    it(`agree on ${BATCHES * BATCH} generated sequences`, { timeout: 300_000 }, () => {
      const engine = new UserEngine(template);
      const differences: string[] = [];
      const met = new Set<string>();
      let compared = 0;
      for (let batch = 0; batch < BATCHES; batch++) {
        const sequences = Array.from({ length: BATCH }, (_, i) => {
          const seed = 3_000_000 + batch * BATCH + i;
          return makeUserSequence(seed, subjects[seed % subjects.length]!, subjects);
        });
        const theirs = peer!.run(sequences);
        sequences.forEach((sequence, i) => {
          const [ours, other] = [engine.run(sequence), theirs[i]];
          if (!other || ours.astray || other.events.some((e) => e.signal === SIGALRM)) return;
          compared++;
          for (const c of sequence.code)
            if (ours.trace.some((t) => t.at === c.address)) met.add(c.instruction.mnemonic);
          const difference = compareStates(ours, other);
          if (difference)
            differences.push(
              describeSequence(sequence, { difference, trace: ours.trace, instructions: 0, compiled: 0 }),
            );
        });
      }
      const covered = subjects.filter((i) => met.has(i.mnemonic)).length;
      console.log(
        `engine and ${peer!.name}: ${compared} sequences compared,`,
        `${covered} of ${subjects.length} comparable table entries;`,
        `${instructions.length - subjects.length} left out:\n${notCompared(instructions).join("\n")}`,
      );
      expect(differences.slice(0, 5).join("\n\n")).toBe("");
      expect(compared).toBeGreaterThan(0.95 * BATCHES * BATCH);
      expect(covered).toBe(subjects.length);
    });
  },
);
