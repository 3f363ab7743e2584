/**
 * Guest interruption block: the host's list of GISAs that have something pending for a guest that does not
 * run.
 *
 * The origin word: 0 empty and alerts on; 1 empty and alerts off while the host works; else the first GISA's
 * address.
 */
import { gibLayout } from "../../uapi/flic.ts";
import type { Gisa } from "./gisa.ts";

const EMPTY_ALERTS_ON = 0;
const EMPTY_ALERTS_OFF = 1;
/** Only whether there is an address is asked by page; the address itself need not be a page's. */
const ADDRESS_MASK = 0xfffff000;

export class Gib {
  origin: number = EMPTY_ALERTS_ON;
  /** The host's own ISC for alert interruptions, 0 to 7. */
  readonly nisc: number;
  private readonly areas = new Map<number, { gisa: Gisa; alert: () => void }>();

  constructor(nisc = 5) {
    this.nisc = nisc;
  }

  /**
   * Makes a GISA known; `alert` is called when the host handles it (it starts the kick timer with no delay).
   */
  attach(gisa: Gisa, alert: () => void): void {
    this.areas.set(gisa.address, { gisa, alert });
  }
  /** Not before the area has left the alert list: those behind it are alerted, too. */
  detach(gisa: Gisa): void {
    if (gisa.inAlertList) this.processAlerts();
    this.areas.delete(gisa.address);
  }

  /**
   * What the machine does after an ISC bit was set in a GISA that no CPU works with: if the alert mask has
   * the ISC, the area goes to the head of the list with its mask zeroed. True if the host must be
   * interrupted.
   */
  alert(gisa: Gisa, isc: number): boolean {
    if (!(gisa.iam & (0x80 >> isc)) || gisa.inAlertList) return false;
    gisa.iam = 0;
    const before = this.origin;
    gisa.nextAlert = before;
    this.origin = gisa.address;
    return before === EMPTY_ALERTS_ON;
  }

  /**
   * The host's alert interruption: processes the list until nothing was added behind its back, then turns
   * alerts on.
   */
  processAlerts(): void {
    let last: boolean;
    let cursor = EMPTY_ALERTS_ON;
    do {
      last = (cursor & 1) === 1;
      cursor = this.origin;
      this.origin = last ? EMPTY_ALERTS_ON : EMPTY_ALERTS_OFF;
      while (cursor & ADDRESS_MASK) {
        const area = this.areas.get(cursor);
        if (!area) break;
        cursor = area.gisa.nextAlert;
        area.gisa.nextAlert = area.gisa.address;
        area.alert();
      }
    } while (!last);
  }

  toBytes(): Uint8Array {
    return gibLayout.encode({ alert_list_origin: this.origin, nisc: this.nisc });
  }
}
