import { describe, expect, it } from "vitest";
import type { HostInfo } from "../../src/engine/api/workbench.ts";
import {
  formProblems,
  kernelProblem,
  titleFromFile,
  type GuestForm,
} from "../../src/renderer/features/machines/newGuest.ts";

const info: HostInfo = {
  host: "serve",
  version: "0",
  uploadBytesMax: 256 * 2 ** 20,
  uploadChunkBytes: 2 ** 20,
  consoleInputBytes: 2 ** 14,
};
const file = (name: string, size: number): File => ({ name, size }) as File;
const good: GuestForm = {
  title: "Mine",
  kernel: file("vmlinuz", 5_000_000),
  initrd: undefined,
  commandLine: "console=ttysclp0",
  memoryMiB: 512,
  cpus: 2,
};

describe("the form for a new guest", () => {
  it("finds nothing wrong with a good one", () => expect(formProblems(good, info)).toEqual({}));

  it.each<[keyof GuestForm, Partial<GuestForm>]>([
    ["title", { title: "  " }],
    ["title", { title: "x".repeat(81) }],
    ["kernel", { kernel: undefined }],
    ["kernel", { kernel: file("empty", 0) }],
    ["kernel", { kernel: file("huge", 2 ** 29), memoryMiB: 1024 }],
    ["initrd", { initrd: file("empty", 0) }],
    ["initrd", { initrd: file("huge", 2 ** 29), memoryMiB: 1024 }],
    ["commandLine", { commandLine: "quiet\u0000" }],
    ["commandLine", { commandLine: "x".repeat(4097) }],
    ["memoryMiB", { memoryMiB: "" }],
    ["memoryMiB", { memoryMiB: 3 }],
    ["memoryMiB", { memoryMiB: 2049 }],
    ["memoryMiB", { memoryMiB: 64.5 }],
    ["memoryMiB", { memoryMiB: 16, kernel: file("vmlinuz", 17 * 2 ** 20) }],
    ["cpus", { cpus: 0 }],
    ["cpus", { cpus: 5 }],
    ["cpus", { cpus: 1.5 }],
  ])("finds fault with %s alone, in a sentence: %o", (field, change) => {
    const problems = formProblems({ ...good, ...change }, info);
    expect(Object.keys(problems)).toEqual([field]);
    expect(problems[field]).toMatch(/^[^a-z].*\.$/);
  });
});

/** The head of an ELF file: class, byte order, type and machine are all that is looked at. */
function elf(bits: 1 | 2, order: 1 | 2, type: number, machine: number): Uint8Array {
  const head = new Uint8Array(64);
  head.set([0x7f, 0x45, 0x4c, 0x46, bits, order]);
  new DataView(head.buffer).setUint16(16, type, order === 1);
  new DataView(head.buffer).setUint16(18, machine, order === 1);
  return head;
}

describe("a kernel file", () => {
  it("may be an s390 ELF program or a raw image", () => {
    expect(kernelProblem("a", elf(2, 2, 2, 22))).toBeUndefined();
    expect(kernelProblem("a", Uint8Array.of(0x00, 0x08, 0x00, 0x00))).toBeUndefined();
    expect(kernelProblem("a", new Uint8Array(0))).toBeUndefined();
  });

  it.each([
    ["compressed", Uint8Array.of(0x1f, 0x8b, 8)],
    ["another architecture", Uint8Array.of(0x4d, 0x5a)],
    ["for machine 62", elf(2, 1, 2, 62)],
    ["not 64-bit big-endian", elf(1, 2, 2, 22)],
    ["of type 3", elf(2, 2, 3, 22)],
  ])("is refused where it is %s", (word, head) => expect(kernelProblem("a.img", head)).toContain(word));

  it("gives the guest its name", () => {
    expect(titleFromFile("vmlinuz-6.1.0-50-s390x.img")).toBe("vmlinuz-6.1.0-50-s390x");
  });
});
