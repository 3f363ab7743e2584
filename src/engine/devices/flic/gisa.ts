/**
 * Guest interruption state area: one pending bit per ISC for adapter interrupts, which the machine presents
 * to a running guest without help, and the alert mask that asks for help when no CPU of the guest runs.
 *
 * Invariant: `iam` changes only while the area is not in the alert list, except by a restore.
 */
import { errno } from "../../api/errno.ts";
import { gisaFormat0, gisaFormat1 } from "../../uapi/flic.ts";
import { ISC_COUNT } from "./ais.ts";

/** Delay between two kicks while adapter interrupts stay pending, in ns. */
export const GISA_EXPIRES_NS = 50_000n;

export class Gisa {
  /** 31-bit address, a multiple of 32 from 4096 on: the alert list tells addresses from flags by that. */
  readonly address: number;
  readonly format: 0 | 1;
  /** ISC 0 is 0x80, as in all masks of this file. */
  ipm = 0;
  iam = 0;
  /** Own address: not in the alert list. */
  nextAlert: number;
  /** Format 1's own masks for forwarded events; not the suppression modes of the controller. */
  simm = 0;
  nimm = 0;
  /** ISCs somebody registered for alerts, and how often. */
  alertMask = 0;
  readonly references: number[] = new Array<number>(ISC_COUNT).fill(0);
  /** Identity behind each pending ISC bit. */
  readonly ids: number[] = new Array<number>(ISC_COUNT).fill(0);

  constructor(address: number, format: 0 | 1) {
    this.address = address;
    this.format = format;
    this.nextAlert = address;
  }

  get inAlertList(): boolean {
    return this.nextAlert !== this.address;
  }

  /** Sets an ISC's pending bit. Returns the identity already pending there, or 0 if `id` is it now. */
  raise(isc: number, id: number): number {
    const bit = 0x80 >> isc;
    if (this.ipm & bit) return this.ids[isc]!;
    this.ipm |= bit;
    this.ids[isc] = id;
    return 0;
  }

  /** Test and clear of one pending bit; returns its identity if it was on. */
  take(isc: number): number | undefined {
    const bit = 0x80 >> isc;
    if (!(this.ipm & bit)) return undefined;
    this.ipm &= ~bit;
    const id = this.ids[isc]!;
    this.ids[isc] = 0;
    return id;
  }

  /** The most urgent pending ISC within `mask`, taken. */
  takeTop(mask: number): { isc: number; id: number } | undefined {
    const active = this.ipm & mask & 0xff;
    if (active === 0) return undefined;
    const isc = Math.clz32(active) - 24;
    return { isc, id: this.take(isc)! };
  }

  clearPending(): void {
    this.ipm = 0;
    this.ids.fill(0);
  }

  /** -EBUSY while in the alert list; the restore that follows makes up for it. */
  setAlertMask(iam: number): number {
    if (this.inAlertList) return errno.EBUSY;
    this.iam = iam;
    return 0;
  }

  /**
   * Pending ISCs that are registered; if there is none the alert mask is restored, in the alert list or not.
   */
  pendingOrRestore(): number {
    const pending = this.ipm & this.alertMask;
    if (pending === 0) this.iam = this.alertMask;
    return pending;
  }

  /** One more user of alerts for this ISC: -ERANGE for an ISC above 7, else 0. */
  register(isc: number): number {
    if (isc >= ISC_COUNT) return errno.ERANGE;
    this.references[isc]!++;
    if (this.references[isc] === 1) this.updateAlertMask(this.alertMask | (0x80 >> isc));
    return 0;
  }

  /** One user less: -ERANGE, -EINVAL if there was none, else 0. Pending bits stay. */
  unregister(isc: number): number {
    if (isc >= ISC_COUNT) return errno.ERANGE;
    if (this.references[isc] === 0) return errno.EINVAL;
    this.references[isc]!--;
    if (this.references[isc] === 0) this.updateAlertMask(this.alertMask & ~(0x80 >> isc));
    return 0;
  }

  private updateAlertMask(mask: number): void {
    this.alertMask = mask;
    this.setAlertMask(mask);
  }

  /** The 32 bytes as the machine sees them. */
  toBytes(): Uint8Array {
    const common = { next_alert: this.nextAlert, ipm: this.ipm, iam: this.iam };
    return this.format === 0
      ? gisaFormat0.encode(common)
      : gisaFormat1.encode({ ...common, simm: this.simm, nimm: this.nimm });
  }
}
