/**
 * INVALIDATE PAGE TABLE ENTRY (Principles of Operation, chapter 10): what was known by that entry is
 * forgotten for data and for code, in both levels of the TLB; pages of other indexes are not.
 */
import { describe, expect, test } from "vitest";
import { config, consoleProgram, runMachine } from "./bareMachine.ts";

const TURNS = 4500;

/** With DAT: 16 MiB as they are, page table `pages` for the MiB at 1 GiB, the one behind it for 16 MiB on. */
const translated = (body: string, data: string): string => `
        larl    %r1,segments
        lghi    %r2,0
        llilh   %r3,0x10
        lghi    %r5,16
fill:   lgr     %r6,%r2
        oill    %r6,0x400
        stg     %r6,0(%r1)
        aghi    %r1,8
        agr     %r2,%r3
        brct    %r5,fill
        larl    %r1,segments
        larl    %r2,pages
        lay     %r1,0x2000(%r1)
        stg     %r2,0(%r1)
        aghi    %r2,2048
        stg     %r2,128(%r1)
        larl    %r10,scratch
        larl    %r1,segments
        oill    %r1,3
        stg     %r1,0(%r10)
        lctlg   %c1,%c1,0(%r10)
        stctg   %c0,%c0,0(%r10)
        oi      5(%r10),0x80
        lctlg   %c0,%c0,0(%r10)
        lghi    %r4,0
        larl    %r11,pages
        larl    %r8,one
        larl    %r9,two
        llilf   %r6,0x40000000
        llilf   %r7,0x41000000
        lghi    %r5,${TURNS}
        stosm   0(%r10),4
${body}
        stnsm   0(%r10),0xfb
        NUMBER  %r4
        SEND
        j       stop_self
secondary:
        j       stop_self
        .balign 8
scratch: .quad  0
        .balign 4096
${data}
        .balign 4096
pages:  .skip   4096
        .balign 4096
segments: .skip 16384
`;

const run = (source: string, interpreterOnly: boolean) =>
  runMachine(config(consoleProgram(source), { interpreterOnly }));

/** One frame after the other behind the same address. */
const swapped = (use: string): string => `
again:  stg     %r8,0(%r11)
${use}
        ipte    %r11,%r6
        stg     %r9,0(%r11)
${use}
        ipte    %r11,%r6
        brct    %r5,again
`;

describe.each([
  ["interpreted", true],
  ["compiled", false],
])("a page that was invalidated: %s", (_tier, only) => {
  test("gives the bytes of the frame that is there now", () => {
    const { text } = run(
      translated(swapped("        ag      %r4,8(%r6)"), `
one:    .quad   0,3
        .balign 4096
two:    .quad   0,500
`), only);
    expect(text).toBe(`${TURNS * 503}\n`);
  });

  test("is not found in the second level either, where another page drove it from the first", () => {
    const other = `
        ag      %r4,8(%r6)
        ag      %r4,8(%r7)`;
    const source = translated(`        stg     %r9,2048(%r11)\n${swapped(other)}`, `
one:    .quad   0,3
        .balign 4096
two:    .quad   0,500
`);
    expect(run(source, only).text).toBe(`${TURNS * 1503}\n`);
  });

  test("executes the code of the frame that is there now", () => {
    const { text, reason } = run(
      translated(swapped("        basr    %r14,%r6"), `
one:    aghi    %r4,3
        br      %r14
        .balign 4096
two:    aghi    %r4,500
        br      %r14
`), only);
    expect(reason).toEqual({ kind: "all-stopped" });
    expect(text).toBe(`${TURNS * 503}\n`);
  });

  test("leaves pages of other indexes known", () => {
    const { text, machine } = run(
      translated(`        stg     %r9,2056(%r11)
        stg     %r8,0(%r11)
again:  ipte    %r11,%r6
        ag      %r4,4104(%r7)
        brct    %r5,again
`, `
one:    .quad   0,3
        .balign 4096
two:    .quad   0,500
`), only);
    expect(text).toBe(`${TURNS * 500}\n`);
    expect(machine.core.storage.misses).toBeLessThan(TURNS / 10);
  });
});
