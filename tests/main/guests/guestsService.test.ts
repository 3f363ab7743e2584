import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { GuestStore } from "../../../src/main/guests/guestStore.ts";
import { GuestsService, type GuestSpec } from "../../../src/main/services/guests.ts";
import { contents } from "./debianArchive.ts";
import { makeFakeApt } from "./fakeApt.ts";
import { temporaryFolder } from "./temporaryFolder.ts";

const debian = "debian-12-s390x";
const mib = 2 ** 20;

/** Resources with Debian's /init and one built-in guest. */
function resources(): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "guests", "debian"), { recursive: true });
  writeFileSync(join(folder, "guests", "debian", "init"), "#!/bin/busybox sh\n");
  const record = {
    title: "Ticker",
    description: "Counts.",
    memoryBytes: 16 * mib,
    cpus: 2,
    source: "ticker.s",
  };
  writeFileSync(join(folder, "guests", "ticker.json"), JSON.stringify(record));
  return folder;
}

function service(dataDir = temporaryFolder()): GuestsService {
  return new GuestsService({ dataDir, resourcesDir: resources(), apt: makeFakeApt(temporaryFolder()) });
}

const spec: GuestSpec = {
  title: "My kernel",
  kernel: { name: "vmlinuz", bytes: contents.kernel },
  commandLine: "quiet",
  memoryBytes: 64 * mib,
  cpus: 2,
};
const neverAborted = new AbortController().signal;

describe("the list", () => {
  it("names built-in, Debian and added guests, and what is missing", async () => {
    const guests = service();
    await guests.add(spec);
    expect(await guests.list()).toMatchObject([
      { id: "ticker", kind: "builtin", ready: true, memoryBytes: 16 * mib, cpus: 2 },
      { id: debian, kind: "debian", ready: false, missing: expect.stringMatching(/fetch/) },
      { id: "user-my-kernel", kind: "user", ready: true, title: "My kernel" },
    ]);
  });

  it("has the program's own guests, each of which can be assembled", async () => {
    const guests = new GuestsService({
      dataDir: temporaryFolder(),
      resourcesDir: fileURLToPath(new URL("../../../resources", import.meta.url)),
    });
    const builtins = (await guests.list()).filter(({ kind }) => kind === "builtin");
    expect(builtins.length).toBeGreaterThan(0);
    for (const { id, ready } of builtins) {
      expect(ready, id).toBe(true);
      expect(await guests.machineConfig(id), id).toMatchObject({ ok: true });
    }
  });

  it("shows a built-in guest whose record is damaged, and goes on", async () => {
    const resourcesDir = resources();
    writeFileSync(join(resourcesDir, "guests", "bad.json"), "{}");
    const guests = new GuestsService({ dataDir: temporaryFolder(), resourcesDir });
    expect(await guests.list()).toMatchObject([
      { id: "bad", ready: false, missing: expect.stringMatching(/bad.json/) },
      { id: "ticker", ready: true },
      {},
    ]);
    expect(await guests.machineConfig("bad")).toMatchObject({ ok: false });
  });

  it("survives whatever lies in the data folder", async () => {
    const dataDir = temporaryFolder();
    for (const [name, text] of [
      ["user-x", "{"],
      ["user-y", ""],
      ["UPPER", "{}"],
      [debian, "null"],
      ["user-z", "9".repeat(70_000)],
    ] as const) {
      mkdirSync(join(dataDir, "guests", name), { recursive: true });
      writeFileSync(join(dataDir, "guests", name, "guest.json"), text);
    }
    const list = await service(dataDir).list();
    expect(list.filter(({ ready }) => ready).map(({ id }) => id)).toEqual(["ticker"]);
    expect(list.map(({ id }) => id)).toEqual(["ticker", debian, "user-x", "user-z"]);
    for (const guest of list.slice(1)) expect(guest.missing).toMatch(/^.{20,}\.$/s);
  });
});

describe("fetching Debian", () => {
  it("makes it ready, with its kernel and our initramfs, and leaves no downloads", async () => {
    const dataDir = temporaryFolder();
    const guests = service(dataDir);
    const steps: string[] = [];
    const fetched = await guests.fetch(debian, ({ step }) => steps.push(step), neverAborted);
    expect(fetched).toMatchObject({ ok: true, value: { id: debian, ready: true, kind: "debian" } });
    expect(new Set(steps)).toContain("Downloading busybox-static");
    const config = await guests.machineConfig(debian);
    if (!config.ok) throw new Error(config.error);
    expect(Buffer.compare(config.value.kernel, contents.kernel)).toBe(0);
    const initrd = new TextDecoder("latin1").decode(config.value.initrd);
    for (const part of ["not really busybox", "#!/bin/busybox sh", "virtio_blk.ko", "TRAILER!!!"])
      expect(initrd).toContain(part);
    expect(readdirSync(join(dataDir, "downloads"))).toEqual([]);
  });

  it("twice gives the same bytes, and removing it gives the list as it was", async () => {
    const guests = service();
    const before = await guests.list();
    await guests.fetch(debian, () => undefined, neverAborted);
    const first = await guests.machineConfig(debian);
    await guests.fetch(debian, () => undefined, neverAborted);
    expect(await guests.machineConfig(debian)).toEqual(first);
    expect(await guests.remove(debian)).toMatchObject({ ok: true });
    expect(await guests.list()).toEqual(before);
    expect(await guests.machineConfig(debian)).toMatchObject({ ok: false });
  });

  it("refuses what is nothing to fetch, and a fetch that is cancelled already", async () => {
    const guests = service();
    for (const id of ["ticker", "nobody", "../x"])
      expect((await guests.fetch(id, () => undefined, neverAborted)).ok).toBe(false);
    expect((await guests.fetch(debian, () => undefined, AbortSignal.abort())).ok).toBe(false);
    expect(await guests.machineConfig(debian)).toMatchObject({ ok: false });
  });
});

describe("adding a guest", () => {
  it("gives every guest an id of its own and its own files back", async () => {
    const guests = service();
    const ids: string[] = [];
    for (const title of ["My kernel", "my KERNEL!", "  ", "Ünïcode", "日本", "x".repeat(80)]) {
      const added = await guests.add({ ...spec, title });
      expect(added.ok).toBe(title.trim() !== "");
      if (added.ok) ids.push(added.value.id);
    }
    expect(new Set(ids).size).toBe(5);
    for (const id of ids) {
      expect(id).toMatch(/^user-[a-z0-9-]+$/);
      const config = await guests.machineConfig(id, { seed: 7, pace: "skip" });
      expect(config.ok && { ...config.value, kernel: 0 }).toEqual({
        board: "s390-ccw",
        memoryBytes: 64 * mib,
        cpus: 2,
        seed: 7,
        kernel: 0,
        commandLine: "quiet",
        interpreterOnly: false,
        pace: "skip",
        trace: false,
      });
      expect(config.ok && Buffer.compare(config.value.kernel, contents.kernel)).toBe(0);
    }
  });

  const file = (bytes: Uint8Array): GuestSpec["kernel"] => ({ name: "f", bytes });
  it.each<[string, Partial<GuestSpec>]>([
    ["no title", { title: "" }],
    ["a long title", { title: "x".repeat(81) }],
    ["no memory", { memoryBytes: 0 }],
    ["odd memory", { memoryBytes: 64 * mib + 1 }],
    ["endless memory", { memoryBytes: 2 ** 50 }],
    ["not a number of memory", { memoryBytes: Number.NaN }],
    ["no CPU", { cpus: 0 }],
    ["five CPUs", { cpus: 5 }],
    ["half a CPU", { cpus: 1.5 }],
    ["an empty kernel", { kernel: file(new Uint8Array(0)) }],
    ["a kernel of noise", { kernel: file(new Uint8Array(100_000)) }],
    ["an ELF of another machine", { kernel: file(Uint8Array.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1])) }],
    ["an empty initrd", { initrd: file(new Uint8Array(0)) }],
    ["an initrd larger than the memory", { memoryBytes: 4 * mib, initrd: file(new Uint8Array(5 * mib)) }],
    ["a command line with a line end", { commandLine: "a\nb" }],
    ["a command line of 4096", { commandLine: "x".repeat(4096) }],
  ])("with %s is refused and leaves nothing", async (_, change) => {
    const dataDir = temporaryFolder();
    const added = await service(dataDir).add({ ...spec, ...change });
    expect(!added.ok && added.error).toMatch(/^.{20,}\.$/s);
    expect(readdirSync(dataDir)).toEqual([]);
  });

  it("can be undone, but built-in guests stay", async () => {
    const guests = service();
    const added = await guests.add(spec);
    expect(await guests.remove(added.ok ? added.value.id : "")).toMatchObject({ ok: true });
    for (const id of ["user-my-kernel", "ticker", "nobody", "../..", ""])
      expect(await guests.remove(id), id).toMatchObject({ ok: false });
  });
});

describe("a machine's configuration", () => {
  it("notices a file that was changed, cut or lost behind our back", async () => {
    const damages: ((path: string) => void)[] = [
      (path) => writeFileSync(path, new Uint8Array(contents.kernel.length)),
      (path) => writeFileSync(path, "short"),
      unlinkSync,
    ];
    for (const damage of damages) {
      const dataDir = temporaryFolder();
      const guests = service(dataDir);
      const added = await guests.add(spec);
      const id = added.ok ? added.value.id : "";
      const folder = join(dataDir, "guests", id);
      damage(
        join(
          folder,
          readdirSync(folder).find((name) => name.startsWith("kernel-"))!,
        ),
      );
      const config = await guests.machineConfig(id);
      expect(!config.ok && config.error).toMatch(/again/);
    }
  });

  it("is refused for a size no machine has", async () => {
    const guests = service();
    const added = await guests.add(spec);
    for (const overrides of [{ memoryBytes: 1 }, { cpus: 9 }, { memoryBytes: 2 ** 40 }])
      expect((await guests.machineConfig(added.ok ? added.value.id : "", overrides)).ok).toBe(false);
  });
});

describe("the store", () => {
  it("has the guest as it was before or as it is to be, whenever its process is killed", async () => {
    const script = fileURLToPath(new URL("storeWriter.ts", import.meta.url));
    const dataDir = temporaryFolder();
    const store = new GuestStore(dataDir);
    for (let writes = 1; writes <= 4; writes++) {
      await new Promise<void>((resolve) => {
        const child = spawn(process.execPath, [script, dataDir], { stdio: ["ignore", "pipe", "inherit"] });
        let seen = 0;
        child.stdout.on("data", (dots: Buffer) => {
          seen += dots.length;
          // From here the child is somewhere in its next write.
          if (seen >= writes) child.kill("SIGKILL");
        });
        child.on("close", () => resolve());
      });
      const record = await store.read("guest");
      if (!record.ok) throw new Error(record.error);
      expect(await store.images("guest", record.value)).toMatchObject({ ok: true });
      expect(record.value.title).toBe(`size ${record.value.kernel.bytes}`);
    }
    const fields = { title: "last", description: "", commandLine: "", memoryBytes: 64 * mib, cpus: 1 };
    await store.write("guest", fields, { kernel: Uint8Array.of(1) });
    // What the killed processes left is swept.
    expect(readdirSync(join(dataDir, "guests", "guest"))).toHaveLength(2);
  });

  it("refuses every record with one damaged byte, or reads it as a whole one; it never throws", async () => {
    const dataDir = temporaryFolder();
    const store = new GuestStore(dataDir);
    await store.write(
      "guest",
      { title: "t", description: "", commandLine: "", memoryBytes: 64 * mib, cpus: 1 },
      { kernel: Uint8Array.of(1) },
    );
    const path = join(dataDir, "guests", "guest", "guest.json");
    const whole = readFileSync(path);
    for (let at = 0; at < whole.length; at++) {
      const damaged = Buffer.from(whole);
      damaged[at]! ^= 1 << (at % 7);
      writeFileSync(path, damaged);
      const record = await store.read("guest");
      if (record.ok) expect(record.value.kernel.bytes).toBe(1);
      writeFileSync(path, whole.subarray(0, at));
      expect((await store.read("guest")).ok && at < whole.length - 1).toBe(false);
    }
  });
});
