import { describe, expect, it } from "vitest";
import { checkMessage } from "../../src/main/contract.ts";

const check = (call: unknown) => (): void =>
  checkMessage({ t: "q", m: "debugMachine", a: [{ id: "hello", call }] });
const address = "0".repeat(16);
const stored = { kind: "storage", cpu: 0, space: "virtual", address, length: 8, on: "change" };

describe("a question to the debugger", () => {
  it.each([
    [{ name: "registers", cpu: 0 }],
    [{ name: "setRegister", cpu: 0, register: "r15", value: address }],
    [{ name: "setRegister", cpu: 0, register: "a3", value: "01234567" }],
    [{ name: "storage", cpu: 1, space: "virtual", address, length: 4096 }],
    [{ name: "setStorage", cpu: 1, space: "real", address, bytes: Uint8Array.of(1) }],
    [{ name: "setBreakpoints", addresses: [] }],
    [{ name: "runTo", address }],
    [{ name: "together", looks: new Array(16).fill({ name: "flic" }) }],
    [{ name: "setWatchpoints", watchpoints: [stored, { kind: "register", cpu: 0, register: "v31" }] }],
  ])("is let through: %j", (call) => expect(check(call)).not.toThrow());

  it.each([
    [{ name: "registers" }],
    [{ name: "registers", cpu: -1 }],
    [{ name: "registers", cpu: 0, more: 1 }],
    [{ name: "setRegister", cpu: 0, register: "r16", value: address }],
    [{ name: "setRegister", cpu: 0, register: "constructor", value: address }],
    [{ name: "setRegister", cpu: 0, register: "r1", value: "0" }],
    [{ name: "setRegister", cpu: 0, register: "a3", value: address }],
    [{ name: "setRegister", cpu: 0, register: "r1", value: "0".repeat(15) + "G" }],
    [{ name: "storage", cpu: 1, space: "virtual", address, length: 2 ** 20 }],
    [{ name: "storage", cpu: 1, space: "nowhere", address, length: 1 }],
    [{ name: "storage", cpu: 1, space: "real", address: "0x10", length: 1 }],
    [{ name: "setStorage", cpu: 1, space: "real", address, bytes: new Uint8Array(5000) }],
    [{ name: "find", cpu: 1, space: "real", address, bytes: new Uint8Array() }],
    [{ name: "setBreakpoints", addresses: new Array(257).fill(address) }],
    [{ name: "disassemble", cpu: 0, address, count: 0 }],
    [{ name: "setWatchpoints", watchpoints: new Array(33).fill(stored) }],
    [{ name: "setWatchpoints", watchpoints: [{ ...stored, length: 0 }] }],
    [{ name: "setWatchpoints", watchpoints: [{ ...stored, on: "fetch" }] }],
    [{ name: "setWatchpoints", watchpoints: [{ kind: "register", cpu: 0, register: "tod" }] }],
    [{ name: "setWatchpoints", watchpoints: [{ kind: "register", cpu: 0, register: "r1", on: "read" }] }],
    [{ name: "together", looks: [] }],
    [{ name: "together", looks: new Array(17).fill({ name: "flic" }) }],
    [{ name: "together", looks: [{ name: "step", cpu: 0 }] }],
    [{ name: "together", looks: [{ name: "together", looks: [{ name: "flic" }] }] }],
    [{ name: "look" }],
    [null],
  ])("is refused: %j", (call) => expect(check(call)).toThrow());
});
