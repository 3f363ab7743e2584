/** Random cases for the comparison with the peer, one generator for each unprivileged instruction. */
import type { Prng } from "../../../../src/engine/base/prng.ts";
import { decimalCases } from "./peerDecimals.ts";
import { bytes, Draft, type Case, type Generators } from "./peerDraft.ts";
import { stringCases } from "./peerStrings.ts";
import { WINDOW } from "./runner.ts";

const locked = (random: Prng): Draft => {
  const d = new Draft(random);
  const code = random.below(24);
  d.registers[0] = BigInt(random.below(8) === 0 ? 0x100 + random.below(40) : code);
  const [second, fourth, sixth, eighth, list] = [0x100, 0x200, 0x300, 0x400, 0x1000];
  const direct = (code & 3) % 2 === 0 && code < 16;
  d.address(5, second).address(6, direct ? fourth : list);
  d.window.fill(0, list, list + 160);
  d.put(list, bytes(random, 144, 200));
  for (const [at, where] of [[72, fourth], [104, sixth], [136, eighth]] as const) {
    new DataView(d.window.buffer).setBigUint64(list + at, WINDOW + BigInt(where));
  }
  d.put(second, bytes(random, 16, 200)).put(fourth, bytes(random, 16, 200));
  const width = [4, 8, 8, 16][code & 3]!;
  const match = (register: number, end: number, at: number): void => {
    if (random.below(4) === 0) return;
    d.window.copyWithin(list + end - width, at, at + width);
    const view = new DataView(d.window.buffer);
    d.registers[register] = width === 4 ? BigInt(view.getUint32(at)) : view.getBigUint64(at);
  };
  match(2, 16, second);
  match(8, 48, fourth);
  return d.with({ r1: 2, r3: 8, b2: 5, b4: 6 });
};

const swapStore = (random: Prng): Draft => {
  const d = new Draft(random);
  // The peer fails an assertion on a store of one byte, and writes the wrong half of R3 for a swapped word.
  const [size, store] = [1 + random.below(2), 1 + random.below(4)];
  d.registers[0] = BigInt(size + store * 256);
  d.address(5, 0x100).address(6, 0x1ff0).address(1, 0x800);
  d.put(0x100, bytes(random, 16, 200)).put(0x800, bytes(random, 32, 200));
  const view = new DataView(d.window.buffer);
  if (random.below(3)) {
    d.registers[8] = size === 0 ? BigInt(view.getUint32(0x100)) : view.getBigUint64(0x100);
    d.registers[9] = view.getBigUint64(0x108);
  }
  return d.with({ r3: 8, b1: 5, b2: 6 });
};

/** Two keys with a common beginning; the limit lies before, at or behind the first difference. */
const comparedKeys = (random: Prng): Draft => {
  const d = new Draft(random);
  const [a, b] = [0x100 + 2 * random.below(0x800), 0x1800 + 2 * random.below(0x400)];
  const same = random.below(random.pick([4, 40, 2000]));
  d.window.copyWithin(b, a, a + same);
  const limit = random.pick([0, 6, same & ~1, 0x400, 0x7d0]) + random.below(2);
  d.registers[2] = (random.u64() & ~0xffffn) | BigInt(random.pick([0, 0, 2, 12, limit & ~1]));
  return d.address(1, a).address(3, b).with({ b2: 0, d2: limit });
};

/** A path to the root of a tree whose nodes are seldom equal to the codeword. */
const tree = (random: Prng): Draft => {
  const d = new Draft(random, 200).address(4, 0x20);
  d.registers[0] = random.below(8) === 0 ? random.u64() : random.u64() >> 1n;
  d.registers[5] = BigInt(16 * random.below(random.pick([2, 40, 700])));
  const ancestor = (Number(d.registers[5]) >> (1 + random.below(4))) & ~15;
  if (random.below(4) === 0) new DataView(d.window.buffer).setBigUint64(0x20 + ancestor, d.registers[0]);
  return d;
};

const generators: Generators = {
  ...stringCases, ...decimalCases,
  plo: locked, csst: swapStore, cfc: comparedKeys, upt: tree,
};

export const generated: readonly string[] = Object.keys(generators);

export function caseFor(mnemonic: string, random: Prng): Case {
  return generators[mnemonic]!(random);
}
