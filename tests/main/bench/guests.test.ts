import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EngineGuest } from "../../../src/main/bench/engineGuest.ts";
import { QemuGuest, qemuArguments, writeQemuFiles } from "../../../src/main/bench/qemuGuest.ts";

const waitMs = 20_000;
const images = {
  kernel: Uint8Array.of(1),
  initrd: Uint8Array.of(2),
  commandLine: "",
  memoryBytes: 512 * 2 ** 20,
};
const fakeEngine = new URL("../cli/fakeEngine.ts", import.meta.url);

describe("a guest in our engine", () => {
  const start = (commandLine: string): EngineGuest => new EngineGuest({ ...images, commandLine }, fakeEngine);

  it("shows its console, takes what is typed and tells its figures", async () => {
    const guest = start("print:GUEST-READY\n echo");
    const ready = await guest.lines.waitFor(/GUEST-READY/, waitMs);
    expect(ready.ok && ready.value.atMs >= guest.startedAtMs).toBe(true);
    guest.type("name\n");
    expect(await guest.lines.waitFor(/^NAME$/, waitMs)).toMatchObject({ ok: true });
    expect(await guest.figures()).toMatchObject({ instructions: 123_456 });
    expect(guest.processorMs()).toBeGreaterThan(0);
    await guest.close();
  });

  it("that ends says why, and then answers everything at once", async () => {
    for (const [words, sentence] of [
      ["refuse", "The kernel is no image."],
      ["crash", "The guest waits for ever."],
      ["fault", "A planted fault."],
      ["off", "The guest stopped by itself."],
    ] as const) {
      const guest = start(words);
      expect(await guest.lines.waitFor(/never/, waitMs), words).toEqual({ ok: false, error: sentence });
      expect(await guest.figures()).toBeUndefined();
      await guest.freeze();
      await guest.close();
    }
  });
});

describe("a guest in QEMU", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "latchwork-qemu-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const program = async (name: string, script: string): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, `#!/bin/sh\n${script}\n`);
    await chmod(path, 0o755);
    return path;
  };

  it("is given the same images, memory and command line, and one CPU", async () => {
    const files = await writeQemuFiles({ ...images, commandLine: "a=1 b" }, folder, "x");
    const given = qemuArguments(files);
    const valueOf = (flag: string): string | undefined => given[given.indexOf(flag) + 1];
    expect([valueOf("-m"), valueOf("-smp"), valueOf("-append")]).toEqual(["512", "1", "a=1 b"]);
    expect([valueOf("-kernel"), valueOf("-initrd")]).toEqual([files.kernel, files.initrd]);
    expect(qemuArguments({ ...files, commandLine: "" })).not.toContain("-append");
  });

  it("shows its console, takes what is typed, and is gone when closed", async () => {
    const files = await writeQemuFiles(images, folder, "y");
    const guest = new QemuGuest(files, await program("echoes", "echo GUEST-READY\nexec cat"));
    expect(await guest.lines.waitFor(/GUEST-READY/, waitMs)).toMatchObject({ ok: true });
    guest.type("name\n");
    expect(await guest.lines.waitFor(/^name$/, waitMs)).toMatchObject({ ok: true });
    await guest.close();
    expect(await guest.lines.waitFor(/never/, waitMs)).toMatchObject({ ok: false });
    expect(guest.residentBytes()).toBeUndefined();
  });

  it("that ends by itself says so with its own words; one that is missing too", async () => {
    const files = await writeQemuFiles(images, folder, "z");
    const broken = new QemuGuest(files, await program("broken", "echo no such machine >&2\nexit 3"));
    expect(await broken.lines.waitFor(/never/, waitMs)).toEqual({
      ok: false,
      error: "QEMU ended with 3. no such machine",
    });
    const missing = new QemuGuest(files, join(folder, "not-there"));
    const said = await missing.lines.waitFor(/never/, waitMs);
    expect(!said.ok && said.error).toContain("could not be started");
    await Promise.all([broken.close(), missing.close()]);
  });
});
