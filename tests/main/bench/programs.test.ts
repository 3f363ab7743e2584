/** The programs: run on this host, and compiled for the guest, where the compilers are there. */
import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { withPrograms } from "../../../src/main/bench/benchImage.ts";
import { programNames, select } from "../../../src/main/bench/catalogue.ts";
import { runOnHost } from "../../../src/main/bench/hostRun.ts";
import {
  compileProgram,
  crossCompiler,
  hostCompiler,
  versionOf,
  type Toolchain,
} from "../../../src/main/bench/toolchain.ts";
import { missingTools } from "../../kit/missingTools.ts";

const crossCompilerMissing = missingTools("s390x-linux-gnu-gcc");
const compilerMissing = missingTools("gcc");
const sourceFolder = fileURLToPath(new URL("../../../resources/bench", import.meta.url));
const { signal } = new AbortController();
const hasHostCompiler = (await versionOf(hostCompiler, signal)) !== undefined;
const hasCrossCompiler = (await versionOf(crossCompiler, signal)) !== undefined;

let tools: Toolchain;
beforeAll(async () => {
  tools = { sourceFolder, buildFolder: await mkdtemp(join(tmpdir(), "latchwork-bench-")), signal };
});
afterAll(() => rm(tools.buildFolder, { recursive: true, force: true }));

describe("the catalogue", () => {
  it("names every program there is, and no other", async () => {
    const sources = (await readdir(sourceFolder)).filter((name) => name.endsWith(".c"));
    expect(sources.map((name) => name.slice(0, -2)).sort()).toEqual([...programNames].sort());
    for (const name of programNames) {
      const source = await readFile(join(sourceFolder, `${name}.c`), "utf8");
      expect(source).toContain(`#define BENCH_NAME "${name}"`);
    }
  });

  it("selects in its own order, everything without names, and refuses what it does not have", () => {
    const everything = { boot: true, snapshot: true, programs: [...programNames] };
    expect(select([])).toEqual({ ok: true, value: everything });
    expect(select(["sieve", "boot", "intmix"])).toEqual({
      ok: true,
      value: { boot: true, snapshot: false, programs: ["intmix", "sieve"] },
    });
    expect(select(["sieve"])).toMatchObject({ ok: true, value: { boot: false } });
    expect(select(["snapshot"])).toEqual({ ok: true, value: { boot: false, snapshot: true, programs: [] } });
    expect(select(["sieves"])).toMatchObject({ ok: false });
  });
});

describe("a program", () => {
  it.skipIf(!hasHostCompiler)(`computes SHA-256 as everybody does${compilerMissing}`, async () => {
    const path = await compileProgram("sha256", "host", tools);
    if (!path.ok) throw new Error(path.error);
    const ran = await runOnHost("sha256", path.value);
    const message = Buffer.alloc(1 << 20).map((_, i) => i * 13 + (i >> 9));
    const hash = createHash("sha256");
    for (let i = 0; i < 8; i++) hash.update(message);
    expect(ran).toMatchObject({ ok: true, value: { checksum: hash.digest("hex").slice(0, 16) } });
  });

  it.skipIf(!hasHostCompiler)(`gives the same checksum every time${compilerMissing}`, async () => {
    const path = await compileProgram("qsort", "host", tools);
    if (!path.ok) throw new Error(path.error);
    const [one, two] = [await runOnHost("qsort", path.value), await runOnHost("qsort", path.value)];
    expect(one.ok && one.value.checksum).toMatch(/^[0-9a-f]{16}$/);
    expect(one.ok && one.value.checksum).not.toBe("0".repeat(16));
    expect(two.ok && two.value.checksum).toBe(one.ok && one.value.checksum);
  });

  it.skipIf(!hasCrossCompiler)(`is one static s390x file for the guest${crossCompilerMissing}`, async () => {
    for (const name of programNames) {
      const path = await compileProgram(name, "guest", tools);
      if (!path.ok) throw new Error(path.error);
      const elf = await readFile(path.value);
      expect(elf.subarray(0, 6), name).toEqual(Buffer.from("\x7fELF\x02\x02", "latin1"));
      expect(elf.readUInt16BE(16), `${name} is ET_EXEC`).toBe(2);
      expect(elf.readUInt16BE(18), `${name} is for s390`).toBe(22);
      const headers = Array.from({ length: elf.readUInt16BE(56) }, (_, i) => elf.readUInt32BE(64 + 56 * i));
      expect(headers, `${name} asks for no interpreter`).not.toContain(3);
    }
  });

  it("that cannot be compiled is refused with the compiler's words", async () => {
    const refused = await compileProgram("missing", hasHostCompiler ? "host" : "guest", tools);
    expect(refused.ok).toBe(false);
  });
});

describe("the image", () => {
  const initrd = Buffer.alloc(512, "0");
  const base = { kernel: new Uint8Array(1), initrd, commandLine: "a=b", memoryBytes: 1 };

  it("is the guest's own initramfs with the programs behind it", () => {
    const init = Buffer.from("#!/bin/busybox sh\n");
    const image = withPrograms(base, init, [{ name: "one", bytes: Buffer.from("PROGRAM") }]);
    expect(Buffer.from(image.initrd.subarray(0, 512))).toEqual(base.initrd);
    const added = Buffer.from(image.initrd.subarray(512)).toString("latin1");
    expect(added.startsWith("070701")).toBe(true);
    const places = ["bench\0", "bench/init\0", "bench/one\0", "PROGRAM", "TRAILER!!!\0"].map((part) =>
      added.indexOf(part),
    );
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(places).not.toContain(-1);
    expect(image.commandLine).toBe("a=b rdinit=/bench/init quiet");
  });
});
