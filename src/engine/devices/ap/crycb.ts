/**
 * The crypto control block of one VM: the masks that the machine checks AP instructions of a guest against
 * (its APCBs), and whether they are interpreted at all.
 *
 * A block of format 2 has 256-bit masks in APCB1; formats 0 and 1 have APCB0 with 64 adapters and 16 domains.
 */
import { errno } from "../../api/errno.ts";
import { MASK_BYTES, emptyMask, type IdMask } from "./idMask.ts";

export const CRYCB_BYTES = 256;
const APCB0 = { apm: 0x00, aqm: 0x08, adm: 0x10, bytes: 0x18 } as const;
const APCB1 = { apm: 0x80, aqm: 0xa0, adm: 0xc0, bytes: 0x60 } as const;
/** The low bits of the block's designation; bit 0x2 says that the guest has AP extended addressing. */
const DESIGNATION = { 0: 0, 1: 1, 2: 3 } as const;
const NARROW_ADAPTER_BYTES = 8;
const NARROW_DOMAIN_BYTES = 2;

export interface ApMasks {
  readonly apm: IdMask;
  readonly aqm: IdMask;
  readonly adm: IdMask;
}

export interface CrycbState {
  readonly bytes: Uint8Array;
  readonly interpreted: boolean;
  readonly updates: number;
}

export class Crycb {
  /** Chosen once, when the VM is created. */
  readonly format: 0 | 1 | 2;
  /** ECA.APIE of every CPU: AP instructions are interpreted. VM attribute group 2, attributes 4 and 5. */
  interpreted = false;
  /** How often the masks were written or cleared; each time all CPUs leave the guest and VSIE restarts. */
  updates = 0;
  private bytes = new Uint8Array(CRYCB_BYTES);
  private readonly withCpusOutside: (work: () => void) => void;

  /**
   * `withCpusOutside` does its work while no CPU is in guest context, and requests a VSIE restart of each.
   */
  constructor(
    { facility76, apxa }: { readonly facility76: boolean; readonly apxa: boolean },
    withCpusOutside: (work: () => void) => void = (work) => work(),
  ) {
    this.format = !facility76 ? 0 : apxa ? 2 : 1;
    this.withCpusOutside = withCpusOutside;
  }

  get hasExtendedAddressing(): boolean {
    return (DESIGNATION[this.format] & 2) !== 0;
  }

  /** KVM_S390_VM_CRYPTO_ENABLE_APIE or _DISABLE_APIE: -EOPNOTSUPP on a host without AP instructions. */
  setInterpreted(on: boolean, hostHasAp: boolean): number {
    if (!hostHasAp) return errno.EOPNOTSUPP;
    this.interpreted = on;
    return 0;
  }

  /** Ids that the format has no room for are cut off without a word. */
  setMasks({ apm, aqm, adm }: ApMasks): void {
    this.change(() => {
      if (this.format === 2) {
        this.bytes.set(apm, APCB1.apm);
        this.bytes.set(aqm, APCB1.aqm);
        this.bytes.set(adm, APCB1.adm);
      } else {
        this.bytes.set(apm.subarray(0, NARROW_ADAPTER_BYTES), APCB0.apm);
        this.bytes.set(aqm.subarray(0, NARROW_DOMAIN_BYTES), APCB0.aqm);
        this.bytes.set(adm.subarray(0, NARROW_DOMAIN_BYTES), APCB0.adm);
      }
    });
  }

  /** Both control blocks, whatever the format. */
  clearMasks(): void {
    this.change(() => {
      this.bytes.fill(0, APCB0.apm, APCB0.bytes);
      this.bytes.fill(0, APCB1.apm, APCB1.apm + APCB1.bytes);
    });
  }

  /** What the machine lets the guest use. */
  masks(): ApMasks {
    if (this.format === 2) {
      const part = (at: number): IdMask => this.bytes.slice(at, at + MASK_BYTES);
      return { apm: part(APCB1.apm), aqm: part(APCB1.aqm), adm: part(APCB1.adm) };
    }
    const part = (at: number, bytes: number): IdMask => {
      const mask = emptyMask();
      mask.set(this.bytes.subarray(at, at + bytes));
      return mask;
    };
    return {
      apm: part(APCB0.apm, NARROW_ADAPTER_BYTES), aqm: part(APCB0.aqm, NARROW_DOMAIN_BYTES),
      adm: part(APCB0.adm, NARROW_DOMAIN_BYTES),
    };
  }

  /** The 256 bytes as the machine sees them. */
  toBytes(): Uint8Array {
    return this.bytes.slice();
  }

  save(): CrycbState {
    return { bytes: this.bytes.slice(), interpreted: this.interpreted, updates: this.updates };
  }

  load({ bytes, interpreted, updates }: CrycbState): void {
    this.bytes = bytes.slice();
    this.interpreted = interpreted;
    this.updates = updates;
  }

  private change(work: () => void): void {
    this.withCpusOutside(work);
    this.updates++;
  }
}
