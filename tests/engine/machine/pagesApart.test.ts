/** Pages that share an entry of the direct-mapped TLB: a loop over them asks the engine once for each. */
import { expect, test } from "vitest";
import { config, consoleProgram, runMachine } from "./bareMachine.ts";

const TURNS = 20_000;
const body = `
        lghi    %r5,${TURNS}
        llilh   %r8,0x0080
        llilh   %r9,0x0100
        lghi    %r4,0
again:  agsi    768(%r8),1
        lg      %r1,768(%r8)
        stg     %r1,768(%r9)
        ag      %r4,768(%r9)
        mvc     1024(8,%r9),768(%r8)
        brct    %r5,again
        NUMBER  %r4
        SEND
secondary:
        j       stop_self
`;

test.each([true, false])("interpreted: %s", (interpreterOnly) => {
  const kernel = consoleProgram(body);
  const { text, machine } = runMachine(config(kernel, { interpreterOnly, memoryBytes: 32 << 20 }));
  expect(text).toBe(`${(TURNS * (TURNS + 1)) / 2}\n`);
  expect(machine.core.storage.misses).toBeLessThan(100);
});
