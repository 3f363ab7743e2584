/** The cores against qemu-s390x executing the same instructions, live; skipped where QEMU is missing. */
import { describe, expect, it } from 'vitest';
import { Prng } from '../../../../src/engine/base/prng.ts';
import { bfpCases, seedOf } from './bfpCases.ts';
import { decimalCases } from './decimalCases.ts';
import { peerUnavailable, runOnPeer } from './peer/peer.ts';

const missing = peerUnavailable();
const vectorsPerCase = 400;

describe.skipIf(
  missing !== undefined,
)(`binary floating point on the peer${missing ? ` (${missing})` : ''}`, () => {
  it.each(bfpCases.map((bfpCase) => [bfpCase.name, bfpCase] as const))('%s', (name, bfpCase) => {
    const prng = new Prng(seedOf(name) ^ 0x5eed);
    const vectors = Array.from({ length: vectorsPerCase }, () => bfpCase.vector(prng));
    const outputs = runOnPeer(vectors.map((vector) => vector.input));
    vectors.forEach((vector, i) => {
      if (vector.deviation !== undefined) return;
      expect(outputs[i]!.signal, vector.text).toBe(0);
      expect(bfpCase.readPeer(outputs[i]!), vector.text).toEqual(vector.ours);
    });
  });
});

describe.skipIf(missing !== undefined)(`decimal on the peer${missing ? ` (${missing})` : ''}`, () => {
  it.each(
    decimalCases.map((decimalCase) => [decimalCase.name, decimalCase] as const),
  )('%s', (name, decimalCase) => {
    const prng = new Prng(seedOf(name) ^ 0x5eed);
    const vectors = Array.from({ length: vectorsPerCase }, () => decimalCase.vector(prng));
    const outputs = runOnPeer(vectors.map((vector) => vector.input));
    vectors.forEach((vector, i) => {
      expect(decimalCase.readPeer(outputs[i]!, vector.input), vector.text).toBe(vector.ours);
    });
  });
});
