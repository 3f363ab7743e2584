/**
 * Code whose frame is mapped at more than one virtual address, as a library is in every program: each
 * execution goes by the address it was fetched from, and what runs over the page's end by the page behind.
 */
import { expect, test } from "vitest";
import { config, consoleProgram, runMachine } from "./bareMachine.ts";
import { DebugSession, hex } from "./debug/debugSession.ts";

const TURNS = 6000;
/** The routine's frame is at both, before another page each time. */
const HERE = 0x4000_0000;
const THERE = 0x4000_2000;
/** What the crossing instruction loads: its last halfword is in the page behind. */
const BEHIND_HERE = 0x1_0005;
const BEHIND_THERE = 0x1_0700;
/** From the routine's start to where its inner call returns. */
const RETURNS_AT = 20;

const call = (register: string): string => `
        lghi    %r5,${TURNS}
        BACK
        basr    %r14,${register}
        AGAIN
`;
const calls = (order: readonly string[]): string =>
  order.map((r, i) => call(r).replace("BACK", `turn${i}:`).replace("AGAIN", `brct    %r5,turn${i}`)).join("");

const source = (order: readonly string[]): string => `
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
        larl    %r3,code
        stg     %r3,0(%r2)
        stg     %r3,16(%r2)
        larl    %r3,behind_here
        stg     %r3,8(%r2)
        larl    %r3,behind_there
        stg     %r3,24(%r2)
        larl    %r10,scratch
        larl    %r1,segments
        oill    %r1,3
        stg     %r1,0(%r10)
        lctlg   %c1,%c1,0(%r10)
        stctg   %c0,%c0,0(%r10)
        oi      5(%r10),0x80
        lctlg   %c0,%c0,0(%r10)
        lghi    %r4,0
        llilf   %r6,${HERE}
        llilf   %r7,${THERE}
        stosm   0(%r10),4
${calls(order)}
        stnsm   0(%r10),0xfb
        NUMBER  %r4
        SEND
        j       stop_self
secondary:
        j       stop_self
        .balign 8
scratch: .quad  0
        .balign 4096
code:   larl    %r3,code
        agr     %r4,%r3
        lgr     %r11,%r14
        brasl   %r14,inner
        lgr     %r14,%r11
        j       tail
inner:  agr     %r4,%r14
        br      %r14
        .balign 4
        .skip   4092-(.-code)
tail:   .short  0xc081,${BEHIND_HERE >> 16}
behind_here:
        .short  ${BEHIND_HERE & 0xffff}
        agr     %r4,%r8
        br      %r14
        .balign 4096
behind_there:
        .short  ${BEHIND_THERE & 0xffff}
        agr     %r4,%r8
        br      %r14
        .balign 4096
pages:  .skip   2048
        .balign 4096
segments: .skip 16384
`;

const of = (address: number, behind: number): number => TURNS * (2 * address + RETURNS_AT + behind);

test.each([
  ["in one place", ["%r6"]],
  ["in two places", ["%r6", "%r7"]],
  ["in two places and back", ["%r7", "%r6", "%r7"]],
])("is executed %s as if it had never been elsewhere", (_where, order) => {
  const sum = order
    .map((r) => (r === "%r6" ? of(HERE, BEHIND_HERE) : of(THERE, BEHIND_THERE)))
    .reduce((all, one) => all + one, 0);
  const kernel = consoleProgram(source(order));
  const runs = [true, false].map((interpreterOnly) => runMachine(config(kernel, { interpreterOnly })));
  for (const { text } of runs) expect(text).toBe(`${sum}\n`);
  expect(runs[1]!.instructions).toBe(runs[0]!.instructions);
  expect(runs[1]!.traceHash).toBe(runs[0]!.traceHash);
  const { code } = runs[1]!.machine.core;
  const moved = [...code.pages()].filter((page) => page.virtual >= HERE);
  // The routine's frame once, whatever its addresses, and those behind it.
  expect(moved).toHaveLength(1 + new Set(order).size);
  expect(moved.some((page) => page.regions.size > 0)).toBe(true);
});

test("meets the breakpoint of the address it is executed at, and of no other", () => {
  const session = new DebugSession(config(consoleProgram(source(["%r6", "%r7"]))));
  session.breakAt(BigInt(THERE));
  expect(session.go()?.address).toBe(hex(BigInt(THERE)));
  expect(session.register(0, "r5")).toBe(BigInt(TURNS));
  expect(session.register(0, "r4")).toBe(BigInt(of(HERE, BEHIND_HERE)));
  expect(session.go()?.address).toBe(hex(BigInt(THERE)));
  expect(session.register(0, "r5")).toBe(BigInt(TURNS - 1));
});
