/**
 * Damage of a saved state: every length that its file can be cut to and every single flipped bit of 64 KiB
 * are refused before anything could be loaded. The state is of a floating interrupt controller with hundreds
 * of interrupts pending.
 */
import { assert } from "../base/assert.ts";
import { s390DeviceMachine } from "../deviceMachine/s390DeviceMachine.ts";
import { flicState } from "../devices/flic/state.ts";
import { decodeSections, encodeSections } from "../snapshot/sections.ts";
import type { Failure, FigureResult } from "./figure.ts";

const FILE_BYTES = 65_536;
/** One per length below the whole one, and one per bit. */
export const FILE_DAMAGES = FILE_BYTES + 8 * FILE_BYTES;
const FAILURES_MAX = 3;
/** Interrupts that fill most of it. */
const PENDING = 500;

/** A file of exactly that many bytes; what is missing to them is a section of zeros. */
export function savedFile(): Uint8Array {
  const { kvm: { flic } } = s390DeviceMachine({ options: { aiv: false } });
  const { name, version } = flicState;
  const fileOf = (rest: number): Uint8Array => encodeSections("figures", "figures", [
    { name, version, payload: flicState.encode(flic.save()) },
    { name: "rest", version: 1, payload: new Uint8Array(rest) },
  ]);
  for (let subchannel = 1; subchannel <= PENDING; subchannel++)
    flic.enqueue({
      kind: "io", type: 0x10000 | subchannel, subchannelId: 1, subchannelNr: subchannel,
      ioIntParm: subchannel, ioIntWord: (subchannel % 8) * 2 ** 27,
    });
  const length = fileOf(0).length;
  assert(length <= FILE_BYTES && length > FILE_BYTES / 2, `a file of ${length} bytes`);
  return fileOf(FILE_BYTES - length);
}

/** `count` damages, evenly over all there are. */
export function fileDamageFigure(count: number): FigureResult {
  const file = savedFile();
  const failures: Failure[] = [];
  let reached = 0;
  for (; reached < count && failures.length < FAILURES_MAX; reached++) {
    const damage = Math.floor((reached * FILE_DAMAGES) / count);
    const what = damagedIn(file, damage);
    if (what !== undefined) failures.push({ seed: damage, sentence: `${what}: not refused`, steps: [] });
  }
  const name = "a saved state of 64 KiB, cut to every length and with every bit flipped: refused";
  return { name, reached, target: count, failures };
}

/** Names the damage if it is let through. The bit is flipped back. */
function damagedIn(file: Uint8Array, damage: number): string | undefined {
  if (damage < FILE_BYTES)
    return decodeSections(file.subarray(0, damage)).ok ? `cut to ${damage} bytes` : undefined;
  const bit = damage - FILE_BYTES;
  file[bit >> 3]! ^= 1 << (bit & 7);
  const isRead = decodeSections(file).ok;
  file[bit >> 3]! ^= 1 << (bit & 7);
  return isRead ? `bit ${bit} flipped` : undefined;
}
