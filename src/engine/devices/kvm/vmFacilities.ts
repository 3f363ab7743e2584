/**
 * Facilities of one VM's CPU model. A facility is there for the guest only where the mask (what this host
 * lets a guest have) and the list (what the model asks for) agree.
 */
import { errno } from "../../api/errno.ts";

/** AP facilities test, AP queue interruption control, AP extended addressing through MSA 3, AIS. */
export const facilityNumber = { APFT: 15, AQIC: 65, AIS: 72, MSA3: 76 } as const;

export class VmFacilities {
  private readonly mask = new Set<number>();
  private readonly list = new Set<number>();

  /** `host`: what this host lets a guest have. All but AQIC is asked for until a CPU model says else. */
  constructor(host: readonly number[]) {
    for (const facility of host) {
      this.mask.add(facility);
      if (facility !== facilityNumber.AQIC) this.list.add(facility);
    }
  }

  has(facility: number): boolean {
    return this.mask.has(facility) && this.list.has(facility);
  }

  /** KVM_ENABLE_CAP of KVM_CAP_S390_AIS: -EBUSY once a CPU exists. */
  enableAis(hasCpus: boolean): number {
    if (hasCpus) return errno.EBUSY;
    this.mask.add(facilityNumber.AIS);
    this.list.add(facilityNumber.AIS);
    return 0;
  }

  /** A new CPU model replaces the whole list. Facility n is bit n from the left. */
  setList(facilities: Uint8Array): void {
    this.list.clear();
    for (const facility of Object.values(facilityNumber))
      if (facilities[facility >> 3]! & (0x80 >> (facility & 7))) this.list.add(facility);
  }
}
