/**
 * Programs that write over their own instructions: the next execution sees the new text, wherever the
 * instruction lies, by whatever instruction it was written, in either tier.
 */
import { describe, expect, test } from "vitest";
import { config, consoleProgram, runMachine } from "./bareMachine.ts";

const TURNS = 3000;

/** Bytes from a 4 KiB boundary to the instruction whose immediate is written; it is 6 bytes long. */
const places = [-8, -6, -4, -2, 0, 2, 250];
const writers = {
  sth: "sth %r5,4(%r9)",
  stcm: "stcm %r5,3,4(%r9)",
  mvc: "sth %r5,scratch-_start(%r10)\n        mvc 4(2,%r9),scratch-_start(%r10)",
  "xc, oc": `sth %r5,scratch-_start(%r10)
        xc 4(2,%r9),4(%r9)
        oc 4(2,%r9),scratch-_start(%r10)`,
  sturg: "lg %r6,0(%r9)\n        risbg %r6,%r5,32,47,16\n        sturg %r6,%r9",
  "executed sth": "exrl 0,write_it",
  stmg: `lmg %r6,%r7,0(%r9)
        risbg %r6,%r5,32,47,16
        stmg %r6,%r7,0(%r9)`,
};

const source = (place: number, writer: string): string => `
        larl    %r10,_start
        larl    %r9,page
        aghi    %r9,${place}
        mvc     0(8,%r9),routine-_start(%r10)
        lghi    %r4,0
        lghi    %r5,${TURNS}
again:  ${writer}
        basr    %r14,%r9
        agr     %r4,%r3
        brct    %r5,again
        NUMBER  %r4
        SEND
        j       stop_self
secondary:
        j       stop_self
write_it: sth   %r5,4(%r9)
        .balign 8
scratch: .quad  0
routine: llilf  %r3,0x10000
        br      %r14
        .balign 4096
        .skip   4096
page:   .skip   4096
`;

describe("an instruction that is written over", () => {
  for (const [name, writer] of Object.entries(writers))
    // STURG names a doubleword.
    for (const place of name === "sturg" ? [-8, 0, 248] : places)
      test(`by ${name}, ${place} bytes from a page boundary`, () => {
        for (const interpreterOnly of [true, false]) {
          const { text, reason } = runMachine(
            config(consoleProgram(source(place, writer)), { interpreterOnly }),
          );
          expect(reason).toEqual({ kind: "all-stopped" });
          expect(text).toBe(`${TURNS * 0x10000 + (TURNS * (TURNS + 1)) / 2}\n`);
        }
      });
});
