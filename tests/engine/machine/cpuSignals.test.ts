/**
 * SIGNAL PROCESSOR, prefixing among CPUs, resets by DIAGNOSE 0x308 and the identity of the machine, as
 * programs see them.
 */
import { describe, expect, test } from "vitest";
import { config, consoleProgram, runMachine } from "./bareMachine.ts";
import type { MachineConfig } from "../../../src/engine/api/machine.ts";

function printed(body: string, over: Partial<MachineConfig> = {}): string {
  const { text, reason } = runMachine(config(consoleProgram(body), over), { limit: 5_000_000 });
  expect(reason).toEqual({ kind: "all-stopped" });
  return text;
}
const done = "        j       stop_self\nsecondary:\n        j       stop_self\n";
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

describe("DIAGNOSE 0x308", () => {
  /** The first time a reset is asked for; the second time (a mark in storage survives) the program ends. */
  const resetting = (subcode: number, psw: string): string => `
        larl    %r7,mark
        lgrl    %r8,mark
        cghi    %r8,1
        je      again
        mvghi   0(%r7),1
        larl    %r5,again
        llilf   %r4,${psw}
        st      %r4,0
        st      %r5,4
        oi      4,0x80
        lghi    %r9,0x77
        lghi    %r1,${subcode}
        PRINT   "reset"
        lghi    %r2,0
        lghi    %r3,${subcode}
        diag    %r2,%r3,0x308
        PRINT   "not reached"
        j       stop_self
again:  lgr     %r11,%r9
        brasl   %r14,console_open
        NUMBER  %r11
        SEND
        j       stop_self
secondary:
        j       stop_self
        .align  8
mark:   .quad   0
`;
  test("subcode 1 keeps storage and the registers of the caller, and loads the short PSW", () => {
    // The short PSW: bit 12 one, 64-bit addressing by bits 31 and 32.
    expect(printed(resetting(1, "0x00080001"), { cpus: 2 })).toBe("reset\n119\n");
  });
  test("subcode 0 clears the registers", () => {
    expect(printed(resetting(0, "0x00080001"), { cpus: 2 })).toBe("reset\n0\n");
  });
  test("subcode 4 loads the guest again over kept storage", () => {
    const body = `
        lghi    %r3,4
        lgrl    %r4,0x700000
        cghi    %r4,5
        je      again
        aghi    %r4,1
        stgrl   %r4,0x700000
        PRINT   "once more"
        lghi    %r2,0
        diag    %r2,%r3,0x308
again:  PRINT   "enough"
${done}`;
    expect(printed(body)).toBe("once more\n".repeat(5) + "enough\n");
  });
  test("subcode 3 clears storage", () => {
    const body = `
        lgrl    %r4,0x700000
        NUMBER  %r4
        SEND
        lgrl    %r4,0x700000
        lghi    %r5,1
        stgrl   %r5,0x700000
        lghi    %r3,3
        lghi    %r2,0
        diag    %r2,%r3,0x308
${done}`;
    const { text, reason } = runMachine(config(consoleProgram(body)), { limit: 20_000 });
    expect(reason).toBeUndefined();
    expect(text.split("\n").slice(0, 3)).toEqual(["0", "0", "0"]);
  });
  test("a doubleword at 0 that is no short PSW is a specification exception", () => {
    const { reason } = runMachine(config(consoleProgram(resetting(1, "0x00000001"))), { limit: 1_000_000 });
    expect(reason).toMatchObject({
      kind: "crashed",
      sentence: "The guest is in a disabled wait with code 0xe006.",
    });
  });
});

test("a watchdog that is not fed loads the guest again", () => {
  const body = `
        PRINT   "up"
        lghi    %r2,0
        lghi    %r3,15
        lghi    %r4,0
        diag    %r2,%r4,0x288
        larl    %r1,wait
        lpswe   0(%r1)
secondary:
        j       stop_self
        .align  8
wait:   .quad   PSW_WAIT_EXT, 0
`;
  const { text, machine } = runMachine(config(consoleProgram(body)), { limit: 2000, budget: 100 });
  expect(text.startsWith("up\nup\nup\n")).toBe(true);
  expect(Number(machine.now()) / 1e9).toBeGreaterThan(30);
});

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
