/** A running machine's floating interrupt controller at one moment. */
export interface FlicInfo {
  /** Instructions executed by all CPUs, and virtual nanoseconds: when this was so. */
  readonly instructions: number;
  readonly virtualNs: number;
  readonly profile: string;
  /** Adapter-interruption suppression is offered to the guest (facility 72). */
  readonly suppression: boolean;
  /** Absent where the host has no adapter-interruption virtualization. In masks ISC 0 is 0x80. */
  readonly gisa?: {
    readonly format: 0 | 1;
    /** Pending, and those whose coming puts the area on the alert list. */
    readonly ipm: number;
    readonly iam: number;
    readonly alertMask: number;
    /** Format 1's own masks for forwarded PCI events; not the modes of the controller. */
    readonly simm: number;
    readonly nimm: number;
    readonly inAlertList: boolean;
  };
  readonly vcpus: readonly { readonly id: number; readonly idle: boolean; readonly stopped: boolean }[];
  /** `closed` is SINGLE after its one interrupt. `open`: CPUs whose PSW and control register 6 let it in; `idle`: those of them that wait. */
  readonly iscs: readonly {
    readonly isc: number; readonly mode: "all" | "single" | "closed";
    readonly simm: boolean; readonly nimm: boolean;
    /** Interrupts on the subclass's list, and its bit in the GISA. */
    readonly listed: number; readonly gisa: boolean;
    readonly open: readonly number[]; readonly idle: readonly number[];
  }[];
  readonly adapters: readonly {
    readonly id: number; readonly isc: number; readonly maskable: boolean; readonly masked: boolean;
    readonly swap: boolean; readonly suppressible: boolean;
    /** All of them; `routes` has the first 32. Addresses are the guest's absolute ones, in hexadecimal digits. */
    readonly routeCount: number;
    readonly routes: readonly {
      readonly gsi: number; readonly indicator: string; readonly indicatorBit: string;
      readonly summary: string; readonly summaryBit: number;
    }[];
  }[];
  /** Pending in all; `pending` has the first 200, in the order of their lists. */
  readonly pendingCount: number;
  /** `place`: the list, slot or GISA bit. `fields`: as the structure calls them, values in hexadecimal digits. */
  readonly pending: readonly {
    readonly id: number; readonly place: string; readonly type: number; readonly cpu?: number;
    readonly fields: readonly { readonly name: string; readonly value: string; readonly meaning?: string }[];
  }[];
}

/** The thread of one vCPU. */
export interface VcpuLane {
  readonly cpu: number;
  /** "operating", "stopped", "check-stop" or "load". */
  readonly state: string;
  /** `vcpu->mode`. */
  readonly mode: "outside" | "in guest" | "exiting" | "reading";
  /** In block(), and not woken yet. */
  readonly blocked: boolean;
  readonly asleep: boolean;
  /** Interlock-and-broadcast suppression: the only CPU that is started. */
  readonly ibs: boolean;
  /** Names of pending requests, by their numbers. */
  readonly requests: readonly string[];
  /** Since the machine was made or loaded. */
  readonly counts: {
    readonly kicks: number; readonly wakeUps: number; readonly exits: number; readonly ipis: number;
    readonly ipisSaved: number; readonly coalesced: number;
  };
}
