/**
 * Guests that do all they can: every one goes on running or ends with a sentence; the engine never fails.
 * What a run gives is not looked at beyond that, except where the Principles of Operation say what must come.
 */
import { describe, expect, test } from "vitest";
import { Prng } from "../../../src/engine/base/prng.ts";
import { loadGuest } from "../../../src/engine/machine/loader.ts";
import { GuestMemory } from "../../../src/engine/memory/guestMemory.ts";
import { config, consoleProgram, program, runMachine, type Run } from "./bareMachine.ts";

const MIB = 1 << 20;
const hex = (value: bigint | number): string => `0x${value.toString(16)}`;

/** A guest that is stopped, crashed with a sentence, waiting or still running. */
function expectSane({ reason }: Run): void {
  if (reason?.kind === "crashed") expect(reason.sentence).toMatch(/^[A-Z].*\.$/);
  else if (reason) expect(["all-stopped", "powered-off"]).toContain(reason.kind);
}

describe("images", () => {
  test.each([1, 2, 3, 4, 5, 6])("noise with Linux's mark, seed %i", (seed) => {
    const random = new Prng(seed);
    const image = Uint8Array.from({ length: MIB }, () => random.below(256));
    image.set(new TextEncoder().encode("S390EP"), 0x10008);
    image.fill(0, 0x10400, 0x10480);
    expectSane(runMachine(config(image, { cpus: 1 + (seed % 4) }), { limit: 200_000 }));
  });

  test("an ELF file with any bit of its headers flipped is refused, or runs", () => {
    const elf = program(".globl _start\n_start: lpswe 0(%r15)\n");
    const ram = new GuestMemory(new ArrayBuffer(16 * MIB), 16 * MIB, 16 * MIB);
    const loaded: Uint8Array[] = [];
    for (let bit = 0; bit < (64 + 56) * 8; bit++) {
      const image = elf.slice();
      image[bit >> 3]! ^= 0x80 >> (bit & 7);
      const result = loadGuest(ram, image, undefined, "");
      if (result.ok) loaded.push(image);
      else expect(result.error).toMatch(/^[A-Z].*\.$/);
    }
    expect(loaded.length).toBeGreaterThan(0);
    const random = new Prng(1);
    for (let i = 0; i < 5; i++) expectSane(runMachine(config(random.pick(loaded)), { limit: 50_000 }));
  });
});

describe("programs that leave the road", () => {
  const crashOf = (body: string): string => {
    const { reason } = runMachine(config(consoleProgram(`${body}\nsecondary: j stop_self\n`)), {
      limit: 500_000,
    });
    return reason?.kind === "crashed" ? reason.sentence : String(reason?.kind);
  };
  test.each([
    ["a branch outside the memory", "llihf %r1,1\n br %r1", "code 0xe005"],
    ["a branch to an odd address", "lghi %r1,0x2001\n br %r1", "code 0xe006"],
    ["a store outside the memory", "llihf %r1,1\n stg %r1,0(%r1)", "code 0xe005"],
    ["EXECUTE of itself", "1: larl %r1,1b\n 2: larl %r1,2f\n 2: ex %r0,0(%r1)", "code 0xe003"],
    [
      "a PSW with a wrong bit",
      "larl %r1,1f\n lpswe 0(%r1)\n .align 8\n1: .quad 0x4000000180000000+0x0800000000000000,0",
      "code 0xe006",
    ],
    [
      "a PSW with a long address in 31-bit mode",
      "larl %r1,1f\n lpswe 0(%r1)\n .align 8\n1: .quad 0x80000000,0x80000000",
      "code 0xe006",
    ],
    [
      "a prefix outside the memory",
      "larl %r1,1f\n spx 0(%r1)\n .align 8\n1: .long 0x7fffe000",
      "code 0xe005",
    ],
    [
      "an empty prefix area",
      "larl %r1,1f\n spx 0(%r1)\n .short 0\n .align 8\n1: .long 0x400000",
      "loops in program interruptions: code 0x1 at 0x0",
    ],
  ])("%s", (_, body, sentence) => {
    expect(crashOf(body)).toContain(sentence);
  });

  test.each([1, 2, 3])("PSWs of noise, seed %i", (seed) => {
    const random = new Prng(seed);
    const psw = Array.from({ length: 2 }, () => hex(random.u64())).join();
    expectSane(
      runMachine(
        config(
          consoleProgram(`larl %r1,1f\n lpswe 0(%r1)\n .align 8\n1: .quad ${psw}\nsecondary: j stop_self\n`),
        ),
        { limit: 300_000 },
      ),
    );
  });
});

/** Instructions that reach outside the CPU; registers 1 to 4 hold what `ringing` loads. */
const rings = [
  ..."ssch tsch stsch msch tpi stcrw".split(" ").map((name) => `${name} 0(%r3)`),
  ..."csch hsch rsch xsch rchp schm sal".split(" "),
  "chsc %r3",
  "servc %r2,%r3",
  "stsi 0(%r3)",
  "stfle 0(%r3)",
  "sckc 0(%r3)",
  "spt 0(%r3)",
  "sck 0(%r3)",
  "tb %r0,%r3",
  "iske %r2,%r3",
  "sske %r2,%r3",
  "rrbe %r2,%r3",
  "ptlb",
  "idte %r2,%r1,%r4",
  "pfmf %r2,%r3",
  "stap 0(%r3)",
  "ptff",
  "lpp 0(%r3)",
  "ectg 0(%r3),8(%r3),%r2",
  "stosm SAVE_LINK+8,3",
  "stnsm SAVE_LINK+8,0xfc",
];
const diagnoses = [0x10, 0x44, 0x9c, 0x204, 0x224, 0x258, 0x260, 0x288, 0x500, 0x5a0, 0xfff];
/** Not those that stop, reset or move the CPU that counts on itself: 0 to 4 and some that do not exist. */
const orders = [1, 2, 3, 0x13, 0x15, 0x0e, 0x12, 0, 0x7f];

/** A program without end that calls devices with garbage; every program interruption is passed over. */
function ringing(seed: number, blocks: number): Uint8Array {
  const random = new Prng(seed);
  const value = (): string =>
    random.pick([
      () => hex(0x10000 + random.below(4)),
      () => `garbage+${random.below(4096) * 8}`,
      () => `garbage+${random.below(8) * 4096}`,
      () => `garbage+${random.below(8) * 4096}`,
      () => hex(random.u32()),
      () => hex(random.below(8)),
      () => "0x00760005",
      () => "0x00780005",
      () => "0x00770005",
      () => "0x00020001",
      () => "0x4000000f",
    ])();
  const instruction = (): string =>
    random.pick([
      () => random.pick(rings),
      () => random.pick(rings),
      () => random.pick(rings),
      () => `diag %r2,%r4,${hex(random.pick(diagnoses))}`,
      () => `sigp %r2,%r4,${random.pick(orders)}`,
      () => `sic %r2,%r4,0`,
    ])();
  const block = (): string => {
    const loads = [1, 2, 3, 4].map((r) => `        llilf   %r${r},${value()}`);
    return [...loads, "        mvi     EXPECT_PROGRAM,1", `        ${instruction()}`].join("\n");
  };
  const words = Array.from({ length: 8192 }, (_, i) => {
    // Every other block has the head of a plausible SCCB, ORB or CCW.
    if (i % 64 === 0)
      return hex((BigInt(random.pick([32, 64, 4096, 8])) << 48n) | BigInt(random.u32() & 0xffff));
    return hex(
      random.pick([
        () => random.u64(),
        () => BigInt(random.u32()),
        () => 0x0104_0000_0020_0000n + BigInt(random.below(4096)),
        () => 0n,
      ])(),
    );
  });
  return consoleProgram(`
        larl    %r4,subclasses
        lctlg   %c6,%c6,0(%r4)
again:
${Array.from({ length: blocks }, block).join("\n")}
        jg      again
secondary:
        j       stop_self
        .align  8
subclasses:
        .quad   0xff000000
        .align  4096
garbage:
${words.map((word) => `        .quad   ${word}`).join("\n")}
`);
}

describe("every device rung with garbage", () => {
  test.each([1, 2, 3, 4])("seed %i", (seed) => {
    const disk = new Uint8Array(64 * 512);
    const kernel = ringing(seed, 300);
    const demoAdapters = [{ isc: 3, suppressible: true }];
    const run = (interpreterOnly: boolean): Run =>
      runMachine(config(kernel, { cpus: 1 + (seed % 2), disk, demoAdapters, interpreterOnly }), {
        limit: 600_000,
        budget: 100_000,
      });
    const compiled = run(false);
    expectSane(compiled);
    expect(run(true).traceHash).toBe(compiled.traceHash);
  });
});
