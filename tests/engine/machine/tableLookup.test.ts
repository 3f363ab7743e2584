/** Dynamic address translation as programs see it. */
import { expect, test } from "vitest";
import { done, printed } from "./bareMachine.ts";

test("LOAD REAL ADDRESS tells which table entry was invalid", () => {
  // A segment table with one valid entry, whose page table has nothing valid.
  const body = `
        larl    %r4,asce
        lctlg   %c1,%c1,0(%r4)
        larl    %r5,pages
        larl    %r6,segments
        stg     %r5,0(%r6)
        lghi    %r7,0x20
        stg     %r7,8(%r6)
        lghi    %r7,0x400
        stg     %r7,8(%r5)
        lghi    %r1,0x1000
        lra     %r2,0(%r1)
        ipm     %r3
        srl     %r3,28
        sgr     %r2,%r5
        NUMBER  %r3
        TEXT    " "
        NUMBER  %r2
        SEND
        llilh   %r1,0x10
        lra     %r2,0(%r1)
        ipm     %r3
        srl     %r3,28
        sgr     %r2,%r6
        NUMBER  %r3
        TEXT    " "
        NUMBER  %r2
        SEND
${done}
        .align  8
asce:   .quad   segments
        .align  4096
segments:
        .space  4096
pages:  .space  4096
`;
  expect(printed(body)).toBe("2 8\n1 8\n");
});

test("a segment frame is at an absolute address, which prefixing does not move", () => {
  const body = `
        lghi    %r2,0
        lghi    %r3,0x2000
        larl    %r4,second_area
        lghi    %r5,0x2000
        mvcl    %r4,%r2
        larl    %r8,second_area
        larl    %r9,prefix
        st      %r8,0(%r9)
        spx     0(%r9)
        mvi     0xe00(%r0),2
        mvi     0xe00(%r8),1
        larl    %r4,asce
        lctlg   %c1,%c1,0(%r4)
        stctg   %c0,%c0,0(%r4)
        oi      5(%r4),0x80
        lctlg   %c0,%c0,0(%r4)
        lghi    %r10,0
        lghi    %r11,0
        lghi    %r1,0xe00
        larl    %r6,saved
        stosm   0(%r6),0x04
        ic      %r10,0(%r1)
        ic      %r11,0xe00(%r8)
        lra     %r12,0(%r1)
        lra     %r13,0xe00(%r8)
        stnsm   0(%r6),0xfb
        sgr     %r12,%r8
        NUMBER  %r10
        TEXT    " "
        NUMBER  %r11
        TEXT    " "
        HEX     %r12
        TEXT    " "
        HEX     %r13
        SEND
${done}
        .align  8
asce:   .quad   segments
prefix: .long   0
saved:  .byte   0
        .align  4096
segments:
        .quad   0x400
        .space  4088
        .align  0x2000
second_area:
        .space  0x2000
`;
  expect(printed(body)).toBe("1 2 00000e00 00000e00\n");
});
