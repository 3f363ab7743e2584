/**
 * Every general instruction in random states, compared with an independent emulator: all registers, the
 * condition code, interruptions and storage. Once in the interpreter, once in compiled regions.
 */
import { describe, expect, it } from "vitest";
import { Prng } from "../../../../src/engine/base/prng.ts";
import { differences } from "./compareOutcomes.ts";
import { havePeer, runEngine, runPeer } from "./runs.ts";
import { comparable } from "./tables.ts";
import { writeProgram } from "./userProgram.ts";
import { missingTools } from "../../../kit/missingTools.ts";

const peerMissing = missingTools("qemu-s390x");
const repeated = (times: number) => comparable.flatMap((i) => new Array<typeof i>(times).fill(i));

describe.skipIf(!havePeer)(`general instructions leave what the peer leaves${peerMissing}`, () => {
  for (const seed of [1, 2]) {
    it(`in the interpreter, seed ${seed}`, () => {
      const program = writeProgram(new Prng(seed), repeated(2));
      expect(differences(program, runPeer(program), runEngine(program).dump)).toEqual([]);
    });
  }
  it("in compiled regions", () => {
    const program = writeProgram(new Prng(4), repeated(1));
    const engine = runEngine(program, true);
    expect(engine.compiledCount).toBeGreaterThan(1000n);
    expect(differences(program, runPeer(program), engine.dump)).toEqual([]);
  }, 20_000);
});
