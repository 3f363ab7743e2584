/** Resets by DIAGNOSE 0x308 and by the watchdog, as programs see them. */
import { describe, expect, test } from "vitest";
import { config, consoleProgram, done, printed, runMachine } from "./bareMachine.ts";

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
