/**
 * Writes the golden answers of the peer (node tests/engine/isa/arith/peer/writeGolden.ts). The vectors come
 * from the case tables and their seeds; only the answers are stored: per vector the result, big-endian, then
 * the flag byte and the condition code, all in base64.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Prng } from '../../../../../src/engine/base/prng.ts';
import type { BfpCase } from '../bfpCase.ts';
import { bfpCases, goldenVectors, seedOf } from '../bfpCases.ts';
import { decimalCases, goldenDecimalVectors, type DecimalCase } from '../decimalCases.ts';
import { runOnPeer } from './peer.ts';

function answersOf(bfpCase: BfpCase): string {
  const prng = new Prng(seedOf(bfpCase.name));
  const vectors = Array.from({ length: goldenVectors }, () => bfpCase.vector(prng));
  const size = bfpCase.width / 8;
  const bytes = Buffer.alloc(goldenVectors * (size + 2));
  runOnPeer(vectors.map((vector) => vector.input)).forEach((output, i) => {
    const answer = bfpCase.readPeer(output);
    const at = i * (size + 2);
    if (size > 0) bytes.write(answer.bits.toString(16).padStart(2 * size, '0'), at, 'hex');
    bytes[at + size] = answer.flags;
    bytes[at + size + 1] = answer.cc;
  });
  return bytes.toString('base64');
}

function decimalAnswersOf(decimalCase: DecimalCase): string[] {
  const prng = new Prng(seedOf(decimalCase.name));
  const inputs = Array.from({ length: goldenDecimalVectors }, () => decimalCase.vector(prng).input);
  return runOnPeer(inputs).map((output, i) => decimalCase.readPeer(output, inputs[i]!));
}

const golden = Object.fromEntries(bfpCases.map((bfpCase) => [bfpCase.name, answersOf(bfpCase)]));
const decimalGolden = Object.fromEntries(decimalCases.map((c) => [c.name, decimalAnswersOf(c)]));
const folder = join(import.meta.dirname, '..', 'golden');
writeFileSync(join(folder, 'bfp.json'), `${JSON.stringify(golden, null, 1)}\n`);
writeFileSync(join(folder, 'decimal.json'), `${JSON.stringify(decimalGolden)}\n`);
