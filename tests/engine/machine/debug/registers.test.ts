/** Registers by name: each is its own, of running and of parked CPUs. */
import { describe, expect, test } from "vitest";
import { registerDigits, registerNames, type RegisterFile } from "../../../../src/engine/api/debug.ts";
import { Debugger } from "../../../../src/engine/machine/debug/debugger.ts";
import { S390Ccw } from "../../../../src/engine/machine/s390Ccw.ts";
import { builtin } from "../bareMachine.ts";

function start(): { machine: S390Ccw; debug: Debugger; read: (cpu: number) => Record<string, string> } {
  const made = S390Ccw.create(builtin("timer-sigp"), () => undefined);
  if (!made.ok) throw new Error(made.error);
  const debug = new Debugger(made.value);
  const read = (cpu: number): Record<string, string> => {
    const answer = debug.look({ name: "registers", cpu });
    if (!answer.ok) throw new Error(answer.error);
    return { ...(answer.value as RegisterFile).values };
  };
  return { machine: made.value, debug, read };
}

/** Bits that a register cannot hold. */
const heldBits: Readonly<Record<string, bigint>> = {
  pswMask: 0xffffffff_80000000n & ~0x00000000_00000000n,
  prefix: 0x00ffe000n,
  todProgrammable: 0xffffn,
};

describe("every register", () => {
  test("has all its digits, and reading changes nothing", () => {
    const { read, machine } = start();
    machine.step(100);
    for (const cpu of [0, 1]) {
      const values = read(cpu);
      expect(Object.keys(values)).toEqual(registerNames);
      for (const [name, digits] of Object.entries(registerDigits))
        expect(values[name], name).toMatch(new RegExp(`^[0-9a-f]{${digits}}$`));
      expect(read(cpu)).toEqual(values);
    }
  });

  test.each([0, 1])("of CPU %d is written alone: nothing else of either CPU changes", (cpu) => {
    const { read, debug } = start();
    // Also while the other one is in front.
    for (const name of registerNames.filter((register) => register !== "tod")) {
      const digits = registerDigits[name]!;
      const held = heldBits[name] ?? (1n << BigInt(digits * 4)) - 1n;
      const pattern = BigInt(`0x${"a5c3960f1e2d4b78".repeat(2).slice(0, digits)}`) & held;
      // A PSW that is valid: a program mask and a condition code, 64-bit addressing.
      const value = (name === "pswMask" ? 0x00002a0180000000n : pattern).toString(16).padStart(digits, "0");
      const before = [read(0), read(1)];
      const written = debug.look({ name: "setRegister", cpu, register: name, value });
      expect(written.ok, name).toBe(true);
      before[cpu]![name] = value;
      expect([read(0), read(1)], name).toEqual(before);
    }
  });

  test("that is a clock is refused, and a CPU that is not there", () => {
    const { debug } = start();
    expect(debug.look({ name: "setRegister", cpu: 0, register: "tod", value: "0".repeat(16) }).ok).toBe(
      false,
    );
    expect(debug.look({ name: "registers", cpu: 2 })).toEqual({
      ok: false,
      error: "There is no CPU 2; this machine has 2.",
    });
  });
});
