/**
 * Makes the Debian guest out of two packages: the kernel as it is, and an initramfs of ours.
 * Invariant: the packages were verified by whoever fetched them; here only their contents can still be
 * refused.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ok, refuse, type Result } from "../../engine/base/result.ts";
import { unpackDeb } from "./debArchive.ts";
import { buildInitramfs } from "./initramfs.ts";
import { readKernelModule, selectModules } from "./kernelModules.ts";
import type { FetchContext, FetchedPackages } from "./packageSource.ts";

export const debianGuestId = "debian-12-s390x";

export interface DebianImages {
  readonly kernel: Uint8Array;
  readonly initrd: Uint8Array;
  /** What `uname -r` will print. */
  readonly kernelRelease: string;
}

/** Drivers of virtio devices, and a file system for a disk. */
const wantedModules = ["virtio_blk", "virtio_net", "virtio_console", "virtio_rng", "ext4", "crc32c_generic"];

const kernelPath = /^boot\/vmlinuz-([\w.+~-]+)$/;
const modulePath = /^(?:usr\/)?lib\/modules\/[^/]+\/(.+\.ko)$/;
const busyboxPath = /^(?:usr\/)?bin\/busybox$/;

/** `resourcesDir` holds `guests/debian/init`. */
export async function buildDebianGuest(
  packages: FetchedPackages,
  resourcesDir: string,
  context: FetchContext,
): Promise<Result<DebianImages, string>> {
  const say = (step: string): void => context.onProgress({ step, doneBytes: 0, totalBytes: 0 });
  say("Unpacking the kernel");
  const kernelFiles = await unpackDeb(
    await readFile(packages.kernel.file),
    (path) => kernelPath.test(path) || modulePath.test(path),
    context.signal,
  );
  if (!kernelFiles.ok) return kernelFiles;
  const kernel = kernelFiles.value.find(({ path }) => kernelPath.test(path));
  if (kernel?.kind !== "file")
    return refuse(`${packages.kernel.record.name} holds no boot/vmlinuz; it cannot be started.`);
  const modules = kernelFiles.value.flatMap((file) => {
    const path = modulePath.exec(file.path)?.[1];
    if (file.kind !== "file" || path === undefined) return [];
    const module = readKernelModule(path, file.bytes);
    return module.ok ? [module.value] : [];
  });

  say("Building the initramfs");
  const busyboxFiles = await unpackDeb(
    await readFile(packages.busybox.file),
    (path) => busyboxPath.test(path),
    context.signal,
  );
  if (!busyboxFiles.ok) return busyboxFiles;
  const [busybox] = busyboxFiles.value;
  if (busybox?.kind !== "file")
    return refuse(`${packages.busybox.record.name} holds no bin/busybox; there would be no shell.`);
  const kernelRelease = kernelPath.exec(kernel.path)![1]!;
  const initrd = buildInitramfs({
    busybox: busybox.bytes,
    init: await readFile(join(resourcesDir, "guests", "debian", "init")),
    kernelRelease,
    modules: selectModules(modules, wantedModules),
  });
  return ok({ kernel: kernel.bytes, initrd, kernelRelease });
}
