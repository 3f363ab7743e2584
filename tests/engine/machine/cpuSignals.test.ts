/** SIGNAL PROCESSOR and prefixing among CPUs, as programs see them. */
import { describe, expect, test } from "vitest";
import { done, printed } from "./bareMachine.ts";

/** Order `order` to CPU `cpu` with a parameter; prints its condition code and the status. */
const signal = (order: number, cpu: number, parameter = "0"): string => `
        lghi    %r8,${cpu}
        lghi    %r4,0
        llilf   %r5,${parameter}
        sigp    %r4,%r8,${order}
        ipm     %r6
        srl     %r6,28
        NUMBER  %r6
        TEXT    " "
        HEX     %r4
        SEND
`;

describe("SIGNAL PROCESSOR", () => {
  test.each([
    ["sense: a stopped CPU", signal(1, 1), "1 00000040"],
    ["sense: oneself", signal(1, 0), "0 00000000"],
    ["sense running: a stopped CPU", signal(0x15, 1), "1 00000400"],
    ["no such CPU", signal(1, 2), "3 00000000"],
    ["no such order", signal(0x7f, 1), "1 00000002"],
    ["set architecture: it is set already", signal(0x12, 0, "1"), "1 00000100"],
    ["a prefix outside the memory", signal(0x0d, 1, "0x7fffe000"), "1 00000100"],
    ["set prefix of a CPU that runs", signal(0x0d, 0, "0x2000"), "1 00000200"],
    ["store status of a CPU that runs", signal(0x0e, 0, "0x4000"), "1 00000200"],
    ["store status outside the memory", signal(0x0e, 1, "0x7ffffe00"), "1 00000100"],
    ["a second external call", signal(2, 1) + signal(2, 1), "0 00000000\n1 00000080"],
    ["sense shows the pending call", signal(2, 1) + signal(1, 1), "0 00000000\n1 000000c0"],
    [
      "CPU reset clears the pending call",
      signal(2, 1) + signal(0x0c, 1) + signal(1, 1),
      "0 00000000\n0 00000000\n1 00000040",
    ],
    ["emergency signals do not refuse each other", signal(3, 1) + signal(3, 1), "0 00000000\n0 00000000"],
    ["conditional emergency: a stopped CPU that is disabled", signal(0x13, 1), "0 00000000"],
  ])("%s", (_, body, answer) => {
    expect(printed(body + done, { cpus: 2 })).toBe(`${answer}\n`);
  });

  test("store status puts the registers of the other CPU where it is told", () => {
    const body = `
        larl    %r3,second_area
        lghi    %r2,1
        sigp    %r3,%r2,13
        lghi    %r4,0
        stg     %r4,0x588
${signal(0x0e, 1, "status")}
        larl    %r7,status
        lg      %r5,0x100(%r7)
        HEX     %r5
        TEXT    " "
        l       %r5,0x118(%r7)
        HEX     %r5
        TEXT    " "
        lg      %r5,0x180(%r7)
        HEX     %r5
        SEND
${done}
        .align  512
status: .space  512
        .align  0x2000
second_area:
        .space  0x2000
`;
    expect(printed(body, { cpus: 2 })).toMatch(/^0 0{8}\n0{8} [0-9a-f]{5}000 000000e0\n$/);
  });

  /** The condition code of what has just been ordered, into a register. */
  const code = (register: string): string => `
        ipm     ${register}
        srl     ${register},28`;
  /** CPU 1 executes with r15 = 0x5151, its prefix at `second_area`. */
  const second = `
        larl    %r3,second_area
        lghi    %r8,1
        SIGNAL  %r3,%r8,13
        lghi    %r2,0
        lghi    %r4,0x1a0
        larl    %r3,second_area
        mvc     0x1a0(16,%r3),0(%r4)
        SIGNAL  %r2,%r8,6
1:      sigp    %r2,%r8,1
        jne     1b`;
  const secondProgram = `
        j       stop_self
secondary:
        lghi    %r15,0x5151
2:      j       2b
        .align  0x2000
second_area:
        .space  0x2000
`;

  test("a CPU that was told to stop is busy until it has, for all but a reset", () => {
    const orders = [1, 2, 3, 4, 5, 6, 9, 0x0d, 0x0e, 0x13, 0x15, 0x7f];
    const body = `${second}
        sigp    %r2,%r8,5${code("%r9")}
        lghi    %r11,0
${orders.map((one) => `        sigp    %r2,%r8,${one}${code("%r10")}
        sllg    %r11,%r11,2
        ogr     %r11,%r10
`).join("")}
3:      sigp    %r2,%r8,1
        brc     2,3b${code("%r12")}
        NUMBER  %r9
        TEXT    " "
        HEX     %r11
        TEXT    " "
        NUMBER  %r12
        TEXT    " "
        HEX     %r2
        SEND
${secondProgram}`;
    expect(printed(body, { cpus: 2 })).toBe("0 00aaaaaa 1 00000040\n");
  });

  test.each([["runs", ""], ["has stopped", `
        sigp    %r2,%r8,5
3:      sigp    %r2,%r8,1
        brc     10,3b`]])("stop and store status of a CPU that %s is at absolute addresses", (_, before) => {
    const body = `${second}${before}
        sigp    %r2,%r8,9${code("%r9")}
4:      sigp    %r2,%r8,1
        brc     10,4b
        NUMBER  %r9
        TEXT    " "
        lg      %r3,0x12f8
        HEX     %r3
        TEXT    " "
        llgf    %r3,0x1318
        larl    %r4,second_area
        sgr     %r3,%r4
        NUMBER  %r3
        TEXT    " "
        llgc    %r3,163
        NUMBER  %r3
        TEXT    " "
        lg      %r3,0x12f8(%r4)
        NUMBER  %r3
        SEND
${secondProgram}`;
    expect(printed(body, { cpus: 2 })).toBe("0 00005151 0 1 0\n");
  });
});

test("each CPU executes and reads its own prefix area, also through the instruction buffers", () => {
  // Both CPUs execute at real address 0x600, where each has another program that names its number in r11.
  const body = `
        lghi    %r2,0
        lghi    %r3,0x2000
        larl    %r4,second_area
        lghi    %r5,0x2000
        mvcl    %r4,%r2
        mvc     0x600(12),own_code
        larl    %r7,second_area
        mvc     0x600(12,%r7),other_code
        lghi    %r8,1
        larl    %r3,second_area
        SIGNAL  %r3,%r8,13
        lghi    %r3,0
        SIGNAL  %r3,%r8,6
        lghi    %r10,200
1:      lghi    %r1,0x600
        lghi    %r11,0
        basr    %r14,%r1
        cghi    %r11,7
        jne     wrong
        sigp    %r3,%r8,1
        diag    %r0,%r0,0x44
        brctg   %r10,1b
        larl    %r4,finished
        mvi     0(%r4),1
2:      diag    %r0,%r0,0x44
        lghi    %r3,0
        sigp    %r3,%r8,1
        tmll    %r3,0x40
        jz      2b
        PRINT   "apart"
        j       stop_self
secondary:
        lghi    %r1,0x600
        lghi    %r11,0
        basr    %r14,%r1
        cghi    %r11,9
        jne     wrong
        diag    %r0,%r0,0x44
        larl    %r4,finished
        cli     0(%r4),1
        je      stop_self
        j       secondary
wrong:  PRINT   "mixed up"
        j       stop_self
own_code:
        lghi    %r11,7
        br      %r14
        .long   0, 0
other_code:
        lghi    %r11,9
        br      %r14
        .long   0, 0
finished:
        .byte   0
        .align  0x2000
second_area:
        .space  0x2000
`;
  expect(
    printed(
      body
        .replaceAll(/mvc {5}(0x600\(12(?:,%r7)?\)),(\w+)/g, "larl    %r6,$2\n        mvc     $1,0(%r6)")
        .replaceAll("(12)", "(12,%r0)"),
      { cpus: 2 },
    ),
  ).toBe("apart\n");
});
