/**
 * Builds the initramfs of a Debian guest: static busybox, our /init, and the kernel modules of virtio
 * devices.
 * Source: Linux Documentation/filesystems/ramfs-rootfs-initramfs.rst.
 * Invariant: the same packages and the same /init give the same bytes.
 */
import { writeCpio, type CpioEntry } from "./cpio.ts";
import { modulesAlias, modulesDep, type KernelModule } from "./kernelModules.ts";

export interface InitramfsParts {
  readonly busybox: Uint8Array;
  readonly init: Uint8Array;
  /** The kernel's release, as `uname -r` prints it: the folder modprobe looks in. */
  readonly kernelRelease: string;
  readonly modules: readonly KernelModule[];
}

const directories = [
  "bin",
  "sbin",
  "usr",
  "usr/bin",
  "usr/sbin",
  "dev",
  "etc",
  "lib",
  "mnt",
  "proc",
  "root",
  "sys",
  "tmp",
];

export function buildInitramfs(parts: InitramfsParts): Uint8Array {
  return writeCpio([
    ...directories.map((path): CpioEntry => ({
      kind: "directory",
      path,
      mode: path === "tmp" ? 0o1777 : 0o755,
    })),
    // The kernel opens /dev/console for /init before anything can mount devtmpfs.
    { kind: "character-device", path: "dev/console", mode: 0o600, major: 5, minor: 1 },
    { kind: "character-device", path: "dev/null", mode: 0o666, major: 1, minor: 3 },
    { kind: "file", path: "bin/busybox", mode: 0o755, bytes: parts.busybox },
    { kind: "symlink", path: "bin/sh", target: "busybox" },
    textFile("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n"),
    textFile("etc/group", "root:x:0:\n"),
    // mount without -t tries these beyond what the kernel has loaded.
    textFile("etc/filesystems", "ext4\n"),
    ...moduleEntries(parts),
    { kind: "file", path: "init", mode: 0o755, bytes: parts.init },
  ]);
}

function moduleEntries({ kernelRelease, modules }: InitramfsParts): CpioEntry[] {
  if (modules.length === 0) return [];
  const root = `lib/modules/${kernelRelease}`;
  const folders = new Set(["lib/modules", root]);
  for (const module of modules) {
    const parts = module.path.split("/").slice(0, -1);
    parts.forEach((_, i) => folders.add(`${root}/${parts.slice(0, i + 1).join("/")}`));
  }
  return [
    ...[...folders].map((path): CpioEntry => ({ kind: "directory", path, mode: 0o755 })),
    ...modules.map((module): CpioEntry => ({
      kind: "file",
      path: `${root}/${module.path}`,
      mode: 0o644,
      bytes: module.bytes,
    })),
    textFile(`${root}/modules.dep`, modulesDep(modules)),
    textFile(`${root}/modules.alias`, modulesAlias(modules)),
  ];
}

const textFile = (path: string, text: string): CpioEntry => ({
  kind: "file",
  path,
  mode: 0o644,
  bytes: new TextEncoder().encode(text),
});
