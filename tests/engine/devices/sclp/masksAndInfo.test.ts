/** Event masks, and what READ INFO tells of the configuration. */
import { expect, it } from "vitest";
import { AT, COMPLETE, CPU_INFO, LENGTHS, machine, MASK, SCP_INFO } from "./serviceMachine.ts";

it("what the SCLP receives and sends depends on the line-mode console, not on the guest's masks", () => {
  for (const [lineMode, receives, sends] of [[true, "4080004000000000", "8000004800000000"],
    [false, "0000004000000000", "0000004800000000"]] as const) {
    const { ports, listen } = machine({ lineMode });
    expect(listen(0xffff_ffff_ffff_ffffn)).toBe(COMPLETE);
    expect(ports.hex(AT + 28, 16)).toBe(receives + sends);
  }
});

it("masks of every length are answered in it: missing bytes are cut off, further ones are zero", () => {
  for (let size = 1; size <= 40; size++) {
    const { ports, sclp, call } = machine();
    const body = new Uint8Array(4 + 4 * size).fill(0xee);
    new DataView(body.buffer).setUint16(2, size);
    expect(call(MASK, body)).toBe(COMPLETE);
    const [received, sent] = ["4080004000000000", "8000004800000000"]
      .map((mask) => mask.slice(0, 2 * size).padEnd(2 * size, "0"));
    expect(ports.hex(AT + 12, 4 * size)).toBe("ee".repeat(2 * size) + received + sent);
    const counted = "ee".repeat(Math.min(size, 8)).padEnd(16, "0");
    expect(sclp.save()).toMatchObject({ receiveMask: BigInt(`0x${counted}`), maskLength: size });
  }
});

it("a mask call tells a short block, a wrong mask length and a block without its masks apart", () => {
  for (const [bytes, size, code] of [[0, 8, 0x0300], [3, 8, 0x0300], [4, 0, 0x74f0], [4, 1022, 0x74f0],
    [4, 1021, LENGTHS], [35, 8, LENGTHS], [36, 8, COMPLETE], [8, 1, COMPLETE], [7, 1, LENGTHS]] as const) {
    const { call } = machine();
    const body = new Uint8Array(bytes);
    if (bytes >= 4) new DataView(body.buffer).setUint16(2, size);
    expect(call(MASK, body), `${bytes} ${size}`).toBe(code);
  }
});

it("the configuration is what the board says: load parameter, facility bytes, storage, CPUs", () => {
  const { ports, memory, call } = machine({
    cpus: 3, memoryBytes: 0xffff * 2 ** 20, loadParameter: Uint8Array.from({ length: 9 }, (_, at) => at + 1),
    facilityBytes: { 84: 0x11, 99: 0x22 },
  });
  expect(call(SCP_INFO, new Uint8Array(400).fill(0xee))).toBe(0x0010);
  expect([memory.u16(AT + 8), memory.u64(AT + 104), ports.hex(AT + 24, 9)]).toEqual([0xffff, 0n,
    "010203040506070800"]);
  expect([memory.u8(AT + 84), memory.u8(AT + 85), memory.u8(AT + 99), memory.u16(AT + 120)])
    .toEqual([0x11, 2, 0x22, 2]);
  expect([0, 16, 32].map((at) => memory.u8(AT + 128 + at))).toEqual([0, 1, 2]);
  // Behind the last entry is the guest's own.
  expect(ports.hex(AT + 128 + 48, 2)).toBe("eeee");
});

it("READ INFO writes every byte up to the last CPU's, whatever was there, and none behind it", () => {
  for (let cpus = 1; cpus <= 5; cpus++)
    for (const [command, from] of [[SCP_INFO, 128], [CPU_INFO, 24]] as const) {
      const answers = [0x00, 0xee].map((before) => {
        const { ports, call } = machine({ cpus });
        expect(call(command, new Uint8Array(300).fill(before))).toBe(0x0010);
        return ports.hex(AT + 8, 300);
      });
      const entries = Array.from({ length: cpus }, (_, cpu) => `0${cpu}`.padEnd(32, "0")).join("");
      const digits = 2 * (from - 8) + entries.length;
      expect(answers[1]).toBe(answers[0]!.slice(0, digits).padEnd(600, "e"));
      expect(answers[1]!.slice(2 * (from - 8), digits)).toBe(entries);
    }
});
