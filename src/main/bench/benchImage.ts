/**
 * The guest that runs benchmarks: the Debian guest with a second archive behind its initramfs, which holds
 * the programs and the first process that runs them by name.
 * Source: Linux Documentation/driver-api/early-userspace/buffer-format.rst (archives may follow each other).
 */
import { assert } from "../../engine/base/assert.ts";
import { writeCpio } from "../guests/cpio.ts";
import type { GuestImages } from "./measuredGuest.ts";

export interface GuestProgram {
  readonly name: string;
  /** A static s390x program. */
  readonly bytes: Uint8Array;
}

export function withPrograms(
  base: GuestImages,
  init: Uint8Array,
  programs: readonly GuestProgram[],
): GuestImages {
  // An archive is found only at a multiple of four bytes.
  assert(base.initrd.length % 4 === 0, `the initramfs has ${base.initrd.length} bytes`);
  const added = writeCpio([
    { kind: "directory", path: "bench", mode: 0o755 },
    { kind: "file", path: "bench/init", mode: 0o755, bytes: init },
    ...programs.map(
      ({ name, bytes }) => ({ kind: "file", path: `bench/${name}`, mode: 0o755, bytes }) as const,
    ),
  ]);
  const initrd = new Uint8Array(base.initrd.length + added.length);
  initrd.set(base.initrd);
  initrd.set(added, base.initrd.length);
  const commandLine = `${base.commandLine} rdinit=/bench/init quiet`.trim();
  return { ...base, initrd, commandLine };
}
