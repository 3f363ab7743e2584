/**
 * A process that knows nothing of guests and keeps a processor busy as a browser does that draws in software:
 * pixels of a window are moved through memory, for a share of every sixtieth of a second. Runs until ended.
 *
 *   node tests/bench/otherLoad.ts SHARE
 */
import { setTimeout as pause } from "node:timers/promises";

const FRAME_MS = 1000 / 60;
const FRAME_BYTES = 1280 * 800 * 4;
const busyMs = FRAME_MS * Number(process.argv[2]);
const frames = [0, 1, 2, 3].map((shade) => Buffer.alloc(FRAME_BYTES, shade));

for (let frame = 0; ; frame++) {
  const started = performance.now();
  const [to, from] = [frames[frame % frames.length]!, frames[(frame + 1) % frames.length]!];
  for (let at = 0; performance.now() - started < busyMs; at = (at + 65_536) % FRAME_BYTES)
    to.set(from.subarray(at, at + 65_536), at);
  await pause(Math.max(0, FRAME_MS - (performance.now() - started)));
}
