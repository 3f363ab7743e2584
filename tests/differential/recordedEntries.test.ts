/**
 * Program-event recording changes nothing of what instructions do, and tells what they did: every entry of
 * the tables, in generated sequences.
 */
import { expect, it } from "vitest";
import { instructions } from "../../src/engine/isa/s390/instructions.ts";
import { describeSequence } from "../kit/sequences/describeSequence.ts";
import { RecordedTwins } from "../kit/sequences/recordedTwins.ts";
import { makeSequence } from "../kit/sequences/sequence.ts";

const SEQUENCES = 1_200;
const DIFFERENCES_MAX = 5;

it(`holds on ${SEQUENCES} generated sequences`, { timeout: 300_000 }, () => {
  const twins = new RecordedTwins(7);
  const found: string[] = [];
  for (let i = 0; i < SEQUENCES && found.length < DIFFERENCES_MAX; i++) {
    const sequence = makeSequence(5_000_000 + i, instructions[i % instructions.length]!, instructions);
    if (!RecordedTwins.canRun(sequence)) continue;
    const difference = twins.run(sequence);
    const outcome = { difference, instructions: 0, compiled: 0, trace: [] };
    if (difference) found.push(describeSequence(sequence, outcome));
  }
  expect(found.join("\n\n")).toBe("");
  const { instructions: ran, ...events } = twins.counts;
  console.log(`${ran} instructions recorded: ${JSON.stringify(events)}`);
  expect(Math.min(...Object.values(events))).toBeGreaterThan(5);
});
