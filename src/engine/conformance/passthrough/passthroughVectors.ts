/**
 * Behaviour of interrupt passthrough under Linux 6.1 as data: what is there, what is called, what comes back,
 * what is then there. Derived from source. Ids are stable; a vector is never reused for something else.
 *
 * Unless given: LISN 0x1300 valid, IPI and PHB source idle and their pages untouched, the PHB source an MSI
 * without Store-EOI that the host takes as interrupt 45 at CPU 3, strategy S2, the defects of Linux 6.1. PQ
 * is two binary digits. A XICS source is open at priority 5 of server 0, a native one is routed nowhere.
 */

export type PqText = "00" | "01" | "10" | "11";

export interface Given {
  /** N: KVM's native device. X: XICS over XIVE. */
  readonly mode: "N" | "X";
  readonly strategy?: "S1-vma-pointer";
  /** Besides those of Linux 6.1. */
  readonly defects?: readonly string[];
  /** Native: SOURCE_CONFIG's value. XICS: the guest has masked the source. */
  readonly config?: bigint;
  readonly masked?: boolean;
  /** set_mapped has run, before PQ and the host's notes are set. */
  readonly mapped?: boolean;
  /** The guest has touched both pages before anything else. */
  readonly touched?: boolean;
  readonly ipi?: PqText;
  readonly phb?: PqText;
  /** Data of entries in the guest's queue. */
  readonly queued?: readonly number[];
  /** Host interrupt 45 has an entry in a host queue. */
  readonly hostQueued?: boolean;
  readonly savedP?: boolean;
  readonly staleP?: boolean;
  readonly noHostTarget?: boolean;
  readonly affinityError?: number;
  readonly retargetError?: number;
  /** Vectors of PCI functions: function n has [MSI, MSI-X] of entry n. */
  readonly functions?: readonly (readonly [msi: number, msix: number])[];
}

export type Step =
  /** The switches themselves, for the LISN and its PHB source. */
  | { readonly op: "setMapped" | "clrMapped"; readonly result: number; readonly lisn?: number }
  /** The calls around them, through KVM's table. */
  | { readonly op: "setPassthru"; readonly lisn: number; readonly irq: number; readonly result: number }
  | { readonly op: "clrPassthru"; readonly lisn: number; readonly result: number }
  | { readonly op: "addProducer"; readonly result: number }
  | { readonly op: "mapAndClear"; readonly first: number; readonly count: number }
  | { readonly op: "disableBypass" }
  | { readonly op: "setIrq"; readonly level: number; readonly result: number }
  | { readonly op: "phbEvent" }
  | { readonly op: "hEoi" | "intOn" | "hostEoi" | "reset" | "release" }
  | { readonly op: "hXirr"; readonly result: number }
  | { readonly op: "load"; readonly offset: number; readonly result: number }
  | { readonly op: "store" }
  | { readonly op: "source"; readonly lisn?: number; readonly value: bigint; readonly result: number }
  | { readonly op: "sourceConfig"; readonly value: bigint; readonly result: number }
  | { readonly op: "syncQueues"; readonly result: readonly number[] }
  /** Maps all 0x2000 sources at another place; later steps name the place by number, 0 for the first. */
  | { readonly op: "mmapAgain" }
  | { readonly op: "munmap"; readonly index: number; readonly pages: number }
  /** Touches the page at an index of a place: the real address behind it, or what came of it. */
  | {
    readonly op: "touch"; readonly place?: number; readonly index: number;
    readonly result: bigint | "sigbus" | "segv";
  }
  | { readonly op: "pages"; readonly trigger: bigint; readonly management: bigint }
  /** A fault on the trigger page up to, and from, the point where the interrupt has been chosen. */
  | { readonly op: "faultChooses" | "faultInserts" }
  | {
    readonly op: "changeMsi"; readonly function: number; readonly type: 3 | 4; readonly count: number;
    readonly sequence: number; readonly result: readonly [status: number, count?: number, sequence?: number];
    readonly lisns?: readonly number[];
  }
  | { readonly op: "check"; readonly is: Check };

export interface Check {
  readonly ipi?: PqText;
  readonly phb?: PqText;
  /** Space, target, priority, data. */
  readonly ipiEas?: Eas;
  readonly phbEas?: Eas;
  readonly guestPriority?: number;
  readonly actPriority?: number;
  readonly oldP?: boolean;
  readonly oldQ?: boolean;
  readonly savedP?: boolean;
  readonly staleP?: boolean;
  readonly forwarded?: boolean;
  readonly selected?: "ipi" | "phb" | "none";
  /** Where trigger and management page of the LISN lead at each place; "ipi none" where they differ. */
  readonly pages?: readonly string[];
  readonly queue?: readonly number[];
  readonly hostQueue?: readonly number[];
  readonly locked?: boolean;
  readonly tableEntry?: number;
  readonly hasProducer?: boolean;
}
export type Eas = readonly [space: "guest" | "host", target: number, priority: number, data: number];

export interface PassthroughVector {
  readonly id: string;
  readonly title: string;
  readonly given: Given;
  readonly steps: readonly Step[];
}

const L = 0x1300;
const EINVAL = -22;
const EAGAIN = -11;
const ENOSYS = -38;
const ENXIO = -6;
const ENODEV = -19;
/** Server 0, priority 6, EISN 0x55 and the LISN. */
const ROUTE_55 = 0xaa_0000_0006n;
const ROUTE_LISN = 0x2600_0000_0006n;
/** Real addresses of the trigger pages of the first IPI and of the first PHB source. */
const IPI_TRIGGER = 0x0006_0100_0000_0000n;
const PHB_TRIGGER = 0x0006_0300_0000_0000n;
const PAGE = 0x1_0000n;
const N: Given = { mode: "N", config: ROUTE_LISN };
const X: Given = { mode: "X" };
const set: Step = { op: "setMapped", result: 0 };
const clr: Step = { op: "clrMapped", result: 0 };
const check = (is: Check): Step => ({ op: "check", is });
const v = (id: string, title: string, given: Given, ...steps: Step[]): PassthroughVector =>
  ({ id, title, given, steps });

export const passthroughVectors: readonly PassthroughVector[] = [
  v("P01", "mapping a native source leaves the PHB source pending and takes the pages away",
    { mode: "N", config: ROUTE_55, touched: true }, set,
    check({ ipi: "01", phb: "10", phbEas: ["guest", 0, 6, L], ipiEas: ["guest", 0, 6, 0x55], savedP: false,
      staleP: true, pages: ["none"], guestPriority: 0xff })),
  v("P02", "an entry in the host's queue is remembered and sent again",
    { mode: "N", config: ROUTE_55, phb: "10", hostQueued: true }, set,
    check({ phb: "11", savedP: true, staleP: false })),
  v("P03", "mapping an open XICS source opens the PHB source", X, set,
    check({ phb: "00", phbEas: ["guest", 0, 5, L], ipi: "01", guestPriority: 5, oldP: false, oldQ: false })),
  v("P04", "what was on its way to the host goes to the guest too",
    { ...X, phb: "10", hostQueued: true }, set,
    check({ phb: "10", queue: [L], savedP: true }), { op: "hostEoi" }, check({ savedP: false })),
  v("P05", "the EOI of an entry from the IPI ends the PHB source", { ...X, ipi: "10", queued: [L] }, set,
    check({ phb: "10", oldP: false }), { op: "hEoi" }, check({ phb: "00" })),
  v("P06", "an event between mapping and EOI is sent by the EOI", { ...X, ipi: "10", queued: [L] }, set,
    { op: "hXirr", result: L }, { op: "phbEvent" }, check({ phb: "11", queue: [] }), { op: "hEoi" },
    check({ phb: "10", queue: [L] })),
  v("P07", "a source that the guest masked stays masked until int-on", { ...X, masked: true, ipi: "10" }, set,
    check({ ipi: "01", phb: "10", guestPriority: 0xff }), { op: "intOn" },
    check({ phb: "00", guestPriority: 5 })),
  v("P08", "an event latched in the IPI is dropped", { ...X, ipi: "11", queued: [L] }, set,
    check({ ipi: "01", phb: "10", queue: [L] })),
  v("P09", "a source that was never routed is mapped masked", { mode: "N" }, set,
    check({ phbEas: ["guest", 0, 0xff, L], phb: "10" }),
    { op: "sourceConfig", value: ROUTE_55, result: 0 }, check({ phbEas: ["guest", 0, 6, 0x55] })),
  v("P10", "a stale P of the host is not an entry", { ...N, phb: "10", staleP: true }, set,
    check({ savedP: false, staleP: true, phb: "10" })),
  v("P11", "a source that the host masked becomes pending", { ...N, phb: "01" }, set,
    check({ phb: "10", savedP: false, staleP: true })),
  v("P12", "a source that the host has not started", { ...N, phb: "01", noHostTarget: true }, set,
    check({ phb: "10", phbEas: ["guest", 0, 6, L] })),
  v("P13", "a number without a block", N, { op: "setMapped", lisn: 0x2400, result: EINVAL },
    check({ forwarded: false, phb: "00" })),
  v("P14", "a failure at the host is reported as success", { ...N, affinityError: ENOSYS },
    { op: "addProducer", result: 0 },
    check({ tableEntry: 0, selected: "ipi", ipi: "00", hasProducer: true })),
  v("P15", "a mapped LISN refuses another interrupt", N,
    { op: "setPassthru", lisn: L, irq: 45, result: 0 },
    { op: "setPassthru", lisn: L, irq: 46, result: EINVAL },
    check({ tableEntry: 45, selected: "phb" })),
  v("P16", "table entries are per LISN for the life of the machine", N,
    { op: "mapAndClear", first: 0, count: 1024 }, { op: "setPassthru", lisn: 0, irq: 45, result: 0 },
    { op: "source", lisn: 1024, value: 0n, result: 0 },
    { op: "setPassthru", lisn: 1024, irq: 46, result: EAGAIN }),
  v("P17", "without the direct path nothing is connected", { ...N, phb: "00" }, { op: "disableBypass" },
    { op: "addProducer", result: 1 }, check({ hasProducer: false, phb: "00" }),
    { op: "clrPassthru", lisn: L, result: 0 }),
  v("P18", "software cannot inject while a LISN is mapped", { ...N, mapped: true, phb: "00" },
    { op: "setIrq", level: 1, result: EINVAL }, check({ ipi: "01", queue: [] }), clr,
    { op: "setIrq", level: 1, result: 0 }, check({ ipi: "11" })),
  v("P19", "unmapping an idle native source", { ...N, mapped: true, touched: true, phb: "00" }, clr,
    check({ phb: "00", phbEas: ["host", 3, 5, 45], ipi: "10", ipiEas: ["guest", 0, 6, L], pages: ["none"],
      guestPriority: 0xff })),
  v("P20", "the guest's EOI after unmapping ends the IPI", { ...N, mapped: true, phb: "10" }, clr,
    check({ phb: "00" }), { op: "load", offset: 0xc00, result: 2 }, check({ ipi: "00" })),
  v("P21", "a latched event goes to the host", { ...N, mapped: true, phb: "11" }, clr,
    check({ phb: "10", hostQueue: [45], ipi: "10" })),
  v("P22", "unmapping an open XICS source with an entry", { ...X, mapped: true, phb: "10", queued: [L] }, clr,
    check({ phb: "10", hostQueue: [45], ipi: "10", guestPriority: 5, oldP: true })),
  v("P23", "unmapping an idle open XICS source", { ...X, mapped: true, phb: "00" }, clr,
    check({ phb: "00", ipi: "00", guestPriority: 5 })),
  v("P24", "an old entry of the host is ended by the host",
    { ...X, mapped: true, phb: "10", savedP: true, staleP: false, hostQueued: true }, clr,
    check({ phb: "11", hostQueue: [45] }), { op: "hostEoi" }, check({ phb: "10", hostQueue: [45] })),
  v("P25", "a source that the host has not started is masked again",
    { ...N, mapped: true, phb: "10", savedP: false, staleP: true, noHostTarget: true }, clr,
    check({ phb: "01", savedP: false, staleP: false, ipi: "10" })),
  v("P26", "a failure at the host leaves the block locked",
    { ...N, mapped: true, retargetError: ENXIO }, { op: "touch", index: 0x2600, result: PHB_TRIGGER },
    { op: "touch", index: 0x2601, result: PHB_TRIGGER + PAGE }, { op: "clrMapped", result: ENXIO },
    check({ locked: true, selected: "phb", pages: ["phb"], ipi: "01", tableEntry: 0, forwarded: false })),
  v("P27", "unmapping what was never mapped", N, { op: "clrPassthru", lisn: L, result: 0 },
    { op: "source", lisn: 0x1301, value: 0n, result: 0 },
    { op: "setPassthru", lisn: 0x1301, irq: 46, result: 0 }, { op: "clrPassthru", lisn: L, result: ENODEV }),
  v("P28", "a fault maps the PHB source's pages", { ...N, mapped: true },
    { op: "pages", trigger: 0xa_0000n, management: 0xb_0000n },
    { op: "touch", index: 0x2600, result: 0xa_0000n }, { op: "touch", index: 0x2601, result: 0xb_0000n }),
  v("P28b", "a page that is not there is a bus error", { ...N, mapped: true },
    { op: "pages", trigger: 0n, management: 0xb_0000n }, { op: "touch", index: 0x2600, result: "sigbus" }),
  v("P29", "every mapping of the file is zapped", { ...N, touched: true }, { op: "mmapAgain" },
    { op: "touch", place: 1, index: 0x2600, result: IPI_TRIGGER },
    { op: "touch", place: 1, index: 0x2601, result: IPI_TRIGGER + PAGE }, set,
    check({ pages: ["none", "none"] })),
  v("P29b", "with a VMA pointer only the last mapping is zapped",
    { ...N, strategy: "S1-vma-pointer", touched: true }, { op: "mmapAgain" },
    { op: "touch", place: 1, index: 0x2600, result: IPI_TRIGGER },
    { op: "touch", place: 1, index: 0x2601, result: IPI_TRIGGER + PAGE }, set,
    check({ pages: ["ipi", "none"] })),
  v("P30", "after a split a fault counts from the new start", N,
    { op: "source", lisn: 0, value: 0n, result: 0 }, { op: "source", lisn: 1, value: 0n, result: 0 },
    { op: "munmap", index: 0, pages: 2 },
    { op: "touch", index: 0, result: "segv" }, { op: "touch", index: 2, result: IPI_TRIGGER + 2n * PAGE }),
  v("P31", "RESET turns both sources off and keeps the mapping", { ...N, mapped: true }, { op: "reset" },
    check({ ipi: "01", phb: "01", ipiEas: ["guest", 0, 0xff, 0], phbEas: ["guest", 0, 0xff, 0],
      actPriority: 0xff, selected: "phb" }), { op: "touch", index: 0x2600, result: PHB_TRIGGER }),
  v("P32", "SOURCE on a mapped LISN is about the IPI alone", { ...N, mapped: true, phb: "10" },
    { op: "syncQueues", result: [L] }, { op: "source", value: 0n, result: 0 },
    check({ ipi: "01", actPriority: 0xff, phbEas: ["guest", 0, 6, L], phb: "10" }),
    { op: "syncQueues", result: [] }),
  v("P33", "SOURCE_CONFIG routes the PHB source", { ...N, mapped: true },
    { op: "sourceConfig", value: 0xee_0000_000en, result: 0 },
    check({ phbEas: ["guest", 1, 6, 0x77], ipiEas: ["guest", 0, 6, L] })),
  v("P34", "unmapping forgets the guest's EISN", { ...N, mapped: true },
    { op: "sourceConfig", value: 0xee_0000_000en, result: 0 }, clr, check({ ipiEas: ["guest", 1, 6, L] })),
  v("P35", "closing the device turns both sources off", { ...N, mapped: true, phb: "10" }, { op: "release" },
    check({ ipi: "01", phb: "01", phbEas: ["guest", 0, 0xff, 0], selected: "none", forwarded: true })),
  v("P36", "change-msi answers how many vectors there are", { ...N, functions: [[2, 0]] },
    { op: "changeMsi", function: 0, type: 3, count: 4, sequence: 1, result: [0, 2, 2], lisns: [] },
    { op: "changeMsi", function: 0, type: 3, count: 0, sequence: 2, result: [-1], lisns: [] }),
  v("P37", "MSI blocks start anywhere, MSI-X blocks at an even number",
    { mode: "X", functions: [[1, 0], [1, 0], [0, 1], [0, 1]] },
    { op: "changeMsi", function: 0, type: 3, count: 1, sequence: 1, result: [0, 1, 2], lisns: [0x1300] },
    { op: "changeMsi", function: 1, type: 3, count: 1, sequence: 1, result: [0, 1, 2], lisns: [0x1301] },
    { op: "changeMsi", function: 2, type: 4, count: 1, sequence: 1, result: [0, 1, 2], lisns: [0x1302] },
    { op: "changeMsi", function: 3, type: 4, count: 1, sequence: 1, result: [0, 1, 2], lisns: [0x1304] }),
  v("P38", "an EOI through a stale page wakes the IPI and never reaches the PHB source",
    { ...N, defects: ["passthrough.zap.skip"], touched: true, mapped: true, phb: "10", queued: [L] },
    check({ ipi: "01", pages: ["ipi"] }), { op: "load", offset: 0xc00, result: 1 }, { op: "store" },
    check({ ipi: "10", queue: [L, L], phb: "10" })),
  v("P39", "a fault that chose before the switch and maps after it leaves a stale page", N,
    { op: "faultChooses" }, set, { op: "faultInserts" }, check({ selected: "phb", pages: ["ipi none"] })),
];
