import { describe, expect, it } from "vitest";
import { Prng } from "../../../src/engine/base/prng.ts";
import { writeCpio, type CpioEntry } from "../../../src/main/guests/cpio.ts";
import { buildInitramfs } from "../../../src/main/guests/initramfs.ts";
import {
  modulesAlias,
  modulesDep,
  readKernelModule,
  selectModules,
  type KernelModule,
} from "../../../src/main/guests/kernelModules.ts";
import { makeModule } from "./debianArchive.ts";

interface ReadEntry {
  path: string;
  mode: number;
  bytes: Uint8Array;
  device: [number, number];
  inode: number;
}

/** A second opinion on the format: as the kernel's unpacker walks it. */
function readCpio(archive: Uint8Array): ReadEntry[] {
  const entries: ReadEntry[] = [];
  for (let at = 0; ;) {
    const header = new TextDecoder().decode(archive.subarray(at, at + 110));
    expect(header).toMatch(/^070701[0-9A-F]{104}$/);
    const field = (index: number): number => Number.parseInt(header.slice(6 + 8 * index, 14 + 8 * index), 16);
    const nameAt = at + 110;
    const path = new TextDecoder().decode(archive.subarray(nameAt, nameAt + field(11) - 1));
    expect(archive[nameAt + field(11) - 1]).toBe(0);
    const dataAt = Math.ceil((nameAt + field(11)) / 4) * 4;
    const end = Math.ceil((dataAt + field(6)) / 4) * 4;
    if (path === "TRAILER!!!") {
      expect(end).toBe(archive.length);
      return entries;
    }
    entries.push({
      path,
      mode: field(1),
      bytes: archive.slice(dataAt, dataAt + field(6)),
      device: [field(9), field(10)],
      inode: field(0),
    });
    at = end;
  }
}

describe("a cpio archive", () => {
  it("reads back as it was written, for names and sizes of every alignment", () => {
    const prng = new Prng(9);
    for (let round = 0; round < 50; round++) {
      const files: CpioEntry[] = Array.from({ length: prng.below(8) }, (_, i) => ({
        kind: "file",
        path: `${"n".repeat(1 + prng.below(9))}${i}`,
        mode: 0o640,
        bytes: new Uint8Array(prng.below(20)).fill(prng.below(256)),
      }));
      const read = readCpio(writeCpio(files));
      expect(read.map(({ path, bytes }) => ({ path, bytes }))).toEqual(
        files.map((file) => ({ path: file.path, bytes: file.kind === "file" ? file.bytes : undefined })),
      );
      expect(new Set(read.map(({ inode }) => inode)).size).toBe(files.length);
    }
  });

  it("keeps kinds, modes, link targets and device numbers", () => {
    const read = readCpio(
      writeCpio([
        { kind: "directory", path: "d", mode: 0o1777 },
        { kind: "symlink", path: "d/s", target: "../x" },
        { kind: "character-device", path: "d/c", mode: 0o600, major: 5, minor: 1 },
      ]),
    );
    expect(read.map(({ mode }) => mode)).toEqual([0o041777, 0o120777, 0o020600]);
    expect(new TextDecoder().decode(read[1]!.bytes)).toBe("../x");
    expect(read[2]!.device).toEqual([5, 1]);
  });
});

const module = (name: string, depends: string[] = []): KernelModule => ({
  name,
  path: `kernel/${name}.ko`,
  depends,
  aliases: [`${name}:*`],
  bytes: Uint8Array.of(1),
});

describe("kernel modules", () => {
  it("say their name, dependencies and aliases", () => {
    const read = readKernelModule(
      "kernel/net/virtio-net.ko",
      makeModule(["license=GPL", "depends=net_failover,a-b", "alias=virtio:d1v*"]),
    );
    expect(read.ok && { ...read.value, bytes: 0 }).toEqual({
      name: "virtio_net",
      path: "kernel/net/virtio-net.ko",
      depends: ["net_failover", "a_b"],
      aliases: ["virtio:d1v*"],
      bytes: 0,
    });
  });

  it("never throw, at every truncation and flip", () => {
    const image = makeModule(["depends=a", "alias=b"]);
    for (let length = 0; length < image.length; length++) readKernelModule("x.ko", image.subarray(0, length));
    for (let bit = 0; bit < image.length * 8; bit++) {
      const flipped = image.slice();
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      readKernelModule("x.ko", flipped);
    }
  });

  it("are taken with all they need, each after its needs; what lacks something is left out", () => {
    const all = [
      module("a", ["b", "c"]),
      module("b", ["c"]),
      module("c"),
      module("lame", ["missing"]),
      module("x", ["y"]),
      module("y", ["x"]),
    ];
    const chosen = selectModules(all, ["a", "lame", "x", "absent"]);
    expect(chosen.map(({ name }) => name)).toEqual(["c", "b", "a"]);
    expect(modulesDep(chosen)).toBe(
      "kernel/c.ko:\nkernel/b.ko: kernel/c.ko\nkernel/a.ko: kernel/b.ko kernel/c.ko\n",
    );
    expect(modulesAlias(chosen)).toBe("alias c:* c\nalias b:* b\nalias a:* a\n");
  });
});

describe("the initramfs", () => {
  const parts = {
    busybox: Uint8Array.of(1),
    init: Uint8Array.of(2),
    kernelRelease: "6.1.0-50-s390x",
    modules: [module("a")],
  };

  it("names every folder before what lies in it", () => {
    const seen = new Set([""]);
    for (const { path, mode } of readCpio(buildInitramfs(parts))) {
      expect(seen, path).toContain(path.split("/").slice(0, -1).join("/"));
      if ((mode & 0o170000) === 0o040000) seen.add(path);
    }
  });

  it("is the same for the same parts", () => {
    expect(buildInitramfs(parts)).toEqual(buildInitramfs(parts));
  });

  it("has what the kernel looks for: an executable /init and /dev/console", () => {
    const read = new Map(readCpio(buildInitramfs(parts)).map((entry) => [entry.path, entry]));
    expect(read.get("init")).toMatchObject({ mode: 0o100755, bytes: Uint8Array.of(2) });
    expect(read.get("dev/console")).toMatchObject({ mode: 0o020600, device: [5, 1] });
    expect(read.has("lib/modules/6.1.0-50-s390x/modules.dep")).toBe(true);
  });
});
