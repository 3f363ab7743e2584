/**
 * irqfds (KVM_IRQFD): an eventfd whose signals raise a GSI. The raising is left to a worker, as on s390
 * always, so signals that come before it ran are one.
 *
 * A binding ends by KVM_IRQFD_FLAG_DEASSIGN or with the eventfd itself; what was signalled before is raised
 * before it ends (derived from source).
 */
import { errno } from "../../api/errno.ts";
import { ok, refuse, type Result } from "../../base/result.ts";
import { KVM_IRQFD_FLAG_DEASSIGN, KVM_IRQFD_FLAG_RESAMPLE } from "../../uapi/irqRouting.ts";
import type { EventFile } from "./files.ts";

export interface IrqfdRequest {
  readonly fd: number;
  readonly gsi: number;
  readonly flags: number;
  readonly resamplefd: number;
}

/** Descriptors of the process, as far as they are eventfds. */
export interface EventFiles {
  get(fd: number): EventFile | { readonly kind: string } | undefined;
}

interface Binding {
  readonly file: EventFile;
  /** The descriptor it was bound by. */
  readonly fd: number;
  readonly gsi: number;
  readonly resampled: boolean;
  /** The worker has been asked to run. */
  due: boolean;
}

/** What irqfds leave in a snapshot; the eventfds and their counters are the process's. */
export type IrqfdsSnapshot = readonly Omit<Binding, "file">[];

export class Irqfds {
  private bindings: Binding[] = [];
  private readonly files: EventFiles;
  /** Raises or lowers a GSI. */
  private readonly setIrq: (gsi: number, level: number) => number;

  constructor(files: EventFiles, setIrq: (gsi: number, level: number) => number) {
    this.files = files;
    this.setIrq = setIrq;
  }

  /** KVM_IRQFD after the copy-in: 0 or an errno; the GSI is not looked at. */
  request(request: IrqfdRequest, allocate: (bytes: number) => boolean): number {
    if (request.flags & ~(KVM_IRQFD_FLAG_DEASSIGN | KVM_IRQFD_FLAG_RESAMPLE)) return errno.EINVAL;
    const isDeassign = (request.flags & KVM_IRQFD_FLAG_DEASSIGN) !== 0;
    if (!isDeassign && !allocate(256)) return errno.ENOMEM;
    const file = this.eventfd(request.fd);
    if (!file.ok) return file.error;
    if (isDeassign) {
      this.end((bound) => bound.file === file.value && bound.gsi === request.gsi);
      return 0;
    }
    const resampled = (request.flags & KVM_IRQFD_FLAG_RESAMPLE) !== 0;
    if (resampled) {
      const resample = this.eventfd(request.resamplefd);
      if (!resample.ok) return resample.error;
    }
    if (this.bindings.some((bound) => bound.file === file.value)) return errno.EBUSY;
    const { fd, gsi } = request;
    this.bindings.push({ file: file.value, fd, gsi, resampled, due: file.value.count > 0n });
    return 0;
  }

  /** Which GSIs an eventfd raises. */
  boundTo(file: EventFile): number[] {
    return this.bindings.filter((bound) => bound.file === file).map(({ gsi }) => gsi);
  }

  /** A write to an eventfd: a bound one is consumed and the worker asked for. */
  signal(file: EventFile, count = 1n): void {
    const bound = this.bindings.find((binding) => binding.file === file);
    if (bound) bound.due = true;
    file.count = bound ? 0n : file.count + count;
  }

  /**
   * The worker: each asked-for irqfd pulses its GSI once. Returns the results of raising, in order of
   * binding.
   */
  runDue(): number[] {
    return this.raise(this.bindings);
  }

  /** The last descriptor of an eventfd was closed: nobody can signal it any more. */
  closed(file: EventFile): void {
    this.end((bound) => bound.file === file);
  }

  save(): IrqfdsSnapshot {
    return this.bindings.map(({ file: _process, ...rest }) => rest);
  }

  /** Takes over bindings of eventfds that are open, each bound once, or refuses and changes nothing. */
  load(saved: IrqfdsSnapshot): Result<void, string> {
    const bindings: Binding[] = [];
    for (const rest of saved) {
      const file = this.eventfd(rest.fd);
      if (!file.ok || bindings.some((bound) => bound.file === file.value))
        return refuse(`descriptor ${rest.fd} is no eventfd that can be bound`);
      bindings.push({ ...rest, file: file.value });
    }
    this.bindings = bindings;
    return ok(undefined);
  }

  private end(ends: (bound: Binding) => boolean): void {
    this.raise(this.bindings.filter(ends));
    this.bindings = this.bindings.filter((bound) => !ends(bound));
  }

  private raise(bindings: readonly Binding[]): number[] {
    const results: number[] = [];
    for (const bound of bindings) {
      if (!bound.due) continue;
      bound.due = false;
      results.push(this.setIrq(bound.gsi, 1));
      // A resampled line stays up until the guest acknowledges it, which s390 guests have no way to do.
      if (!bound.resampled) this.setIrq(bound.gsi, 0);
    }
    return results;
  }

  private eventfd(fd: number): Result<EventFile, number> {
    const file = this.files.get(fd);
    if (!file) return refuse(errno.EBADF);
    return "count" in file ? ok(file) : refuse(errno.EINVAL);
  }
}
