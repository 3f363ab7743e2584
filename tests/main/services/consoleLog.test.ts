import { describe, expect, it } from "vitest";
import { Prng } from "../../../src/engine/base/prng.ts";
import { ConsoleLog } from "../../../src/main/services/consoleLog.ts";

describe("a console log", () => {
  it("keeps exactly the last bytes, for any cut of the stream and any capacity", () => {
    const prng = new Prng(3);
    for (let run = 0; run < 300; run++) {
      const capacity = 1 + prng.below(40);
      const log = new ConsoleLog(capacity);
      const all: number[] = []; // the rule said aloud: everything ever printed, of which the tail is kept
      for (let step = 0; step < 20; step++) {
        const bytes = Uint8Array.from({ length: prng.below(2 * capacity) }, () => prng.below(256));
        log.append(bytes);
        all.push(...bytes);
        expect(log.end).toBe(all.length);
        expect(log.start).toBe(Math.max(0, all.length - capacity));
        const from = prng.below(all.length + 2);
        const most = prng.below(capacity + 2);
        const offset = Math.min(Math.max(from, log.start), log.end);
        expect(log.read(from, most)).toEqual({
          offset,
          bytes: Uint8Array.from(all.slice(offset, offset + most)),
        });
      }
    }
  });

  it("goes on counting after it was cleared", () => {
    const log = new ConsoleLog(8);
    log.append(Uint8Array.of(1, 2, 3));
    log.clear();
    log.append(Uint8Array.of(4));
    expect(log.read(0, 9)).toEqual({ offset: 3, bytes: Uint8Array.of(4) });
  });
});
