/** The file descriptors one VMM process holds, as far as KVM looks at them. */
import { errno } from "../../api/errno.ts";

/** `count`: the eventfd's counter. */
export interface EventFile {
  readonly kind: "eventfd";
  count: bigint;
}
export type OpenFile =
  | EventFile
  | { readonly kind: "vm" }
  | { readonly kind: "vcpu"; readonly cpu: number }
  | { readonly kind: "flic" }
  | { readonly kind: "regular" };

export class Files {
  /** Descriptors from this one on cannot be opened (EMFILE). */
  limit = 1024;
  private readonly open = new Map<number, OpenFile>();

  /** The lowest free descriptor from 3, or -EMFILE. */
  add(file: OpenFile): number {
    let fd = 3;
    while (this.open.has(fd)) fd++;
    if (fd >= this.limit) return errno.EMFILE;
    this.open.set(fd, file);
    return fd;
  }

  /** `fd` as an unsigned or signed 32-bit number. */
  get(fd: number): OpenFile | undefined {
    return this.open.get(fd | 0);
  }

  close(fd: number): number {
    return this.open.delete(fd | 0) ? 0 : errno.EBADF;
  }
}
