/** The fields of what passthrough leaves in a snapshot, and their limits. */
import { ok, type Result } from "../../base/result.ts";
import { field, type Field } from "../../snapshot/schema.ts";
import {
  ESB_PAGES_MAX, SOURCES_MAX, type AddressSpaceState, type Frame, type Mapping,
} from "./addressSpace.ts";
import type { FaultOperation } from "./fault.ts";
import type { GuestRegion } from "./guestRegions.ts";
import type { GuestSource } from "./guestSource.ts";
import type { Eas, SourcePages } from "./hardware.ts";
import type { HostInterrupt } from "./hostInterrupts.ts";
import type { Irqfd } from "./irqBypass.ts";
import type { Operation } from "./operation.ts";
import type { QueueEntry } from "./guestQueues.ts";
import type { RemapOperation } from "./remap.ts";
import type { SwitchOperation } from "./switchOperation.ts";
import type { EoiOperation } from "./xicsCalls.ts";

const MANY = 1 << 16;
const flag = field.bool();
const lisn = field.between(0, SOURCES_MAX - 1);
/** Hardware number of a source, -1 for none. */
const source = field.between(-1, 0xffff_ffff);
const errno = field.between(-4095, 0xffff_ffff);
const page = field.between(0, Number.MAX_SAFE_INTEGER);
const step = field.between(0, 0xff);

/** A pair as it is in memory, a group of two fields in the snapshot. */
const pair = <A, B>(first: Field<A>, second: Field<B>): Field<readonly [A, B]> => {
  const both = field.object<{ first: A; second: B }>({ first, second });
  return {
    plain: ([one, two]) => both.plain({ first: one, second: two }),
    check: (value, where) => {
      const checked = both.check(value, where);
      return checked.ok ? ok([checked.value.first, checked.value.second]) : checked;
    },
  };
};

/** The OS page of the TIMA is the frame without a source. */
const frame = ((): Field<Frame> => {
  const ofSource = field.nullable(field.object<Exclude<Frame, string>>({
    source: field.u32(), page: field.oneOf("trigger", "management"),
  }));
  return {
    plain: (value) => ofSource.plain(value === "tima-os" ? null : value),
    check(value, where): Result<Frame, string> {
      const checked = ofSource.check(value, where);
      return checked.ok ? ok(checked.value ?? "tima-os") : checked;
    },
  };
})();

const switching = field.object<SwitchOperation>({
  kind: field.oneOf("set-mapped", "clr-mapped"), lisn, hostIrq: field.u32(), irqfd: source, at: step,
  priority: field.u8(), guestPq: field.between(0, 3) as Field<SwitchOperation["guestPq"]>, result: errno,
  returns: errno, fatal: field.oneOf("", "null dereference"),
});
const operations = {
  "set-mapped": switching, "clr-mapped": switching,
  fault: field.object<FaultOperation>({
    kind: field.oneOf("fault"), userPage: page, at: step, chosen: source,
    result: field.oneOf("", "mapped", "sigbus", "segv"),
  }),
  eoi: field.object<EoiOperation>({ kind: field.oneOf("eoi"), lisn, at: step, chosen: source }),
  remap: field.object<RemapOperation>({
    kind: field.oneOf("remap"), lisn, count: field.u32(), isMapped: flag, at: step,
  }),
} as const;
const kinds = field.oneOf(...(Object.keys(operations) as Operation["kind"][]));
const operation: Field<Operation> = {
  plain: (value) => (operations[value.kind] as Field<Operation>).plain(value),
  check(value, where) {
    const kind = kinds.check((value as { kind?: string } | null)?.kind ?? null, `${where}.kind`);
    return kind.ok ? (operations[kind.value] as Field<Operation>).check(value, where) : kind;
  },
};

const mapping = field.object<Mapping>({
  id: field.u32(), start: page, pages: page, filePage: field.between(0, ESB_PAGES_MAX + 4),
  maps: field.oneOf("tima", "esb"),
});
const region = field.object<GuestRegion>({ first: page, pages: page, userPage: page });
const entry = field.object<QueueEntry>({
  server: field.u32(), priority: field.u8(), data: field.u32(), source: field.u32(),
});
const guestSource = field.object<GuestSource>({
  lisn, ipi: source, pt: source, valid: flag, lsi: flag, asserted: flag, actServer: field.u32(),
  actPriority: field.u8(), eisn: field.u32(), guestPriority: field.u8(), savedPriority: field.u8(),
  oldP: flag, oldQ: flag, inEoi: flag, hcallOnly: flag,
});
const hostInterrupt: Field<HostInterrupt> = ((): Field<HostInterrupt> => {
  const fields = field.object<Omit<HostInterrupt, "target"> & { target: number | null }>({
    irq: field.u32(), source: field.u32(), target: field.nullable(field.u32()), savedP: flag, staleP: flag,
    isForwarded: flag, isOpalMsi: flag, affinityError: errno, retargetError: errno,
  });
  return {
    plain: (one) => fields.plain({ ...one, target: one.target ?? null }),
    check(value, where): Result<HostInterrupt, string> {
      const checked = fields.check(value, where);
      return checked.ok ? ok({ ...checked.value, target: checked.value.target ?? undefined }) : checked;
    },
  };
})();

const statuses = field.list(field.between(0, 7), { max: MANY });
const numbers = field.list(field.u32(), { max: MANY });
const eas = field.object<Eas>({
  space: field.oneOf("guest", "host"), target: field.u32(), priority: field.u8(), data: field.u32(),
});

export const passthroughFields = {
  ipis: statuses, phb: statuses, phbLines: numbers, phbFrozen: flag,
  routes: field.list(pair(field.u32(), eas), { max: MANY }),
  pages: field.list(
    pair(field.u32(), field.object<SourcePages>({ trigger: field.u64(), management: field.u64() })),
    { max: MANY }),
  host: field.object({
    interrupts: field.list(hostInterrupt, { max: MANY }), queue: numbers, handling: numbers,
  }),
  sources: field.list(guestSource, { max: SOURCES_MAX }), blocks: numbers, locked: numbers,
  space: field.object<AddressSpaceState>({
    mappings: field.list(mapping, { max: MANY }),
    entries: field.list(pair(page, frame), { max: SOURCES_MAX }),
    lastMapping: field.u32(), isFileMapped: flag, usedAfterFree: flag, nextId: field.u32(),
  }),
  regions: field.list(region, { max: MANY }),
  rebuilding: field.nullable(field.object({ first: page, pages: page })),
  entries: field.list(entry, { max: MANY }), handling: field.list(entry, { max: MANY }),
  table: field.nullable(field.list(pair(field.u32(), field.u32()), { max: MANY })),
  irqfds: field.list(field.object<Irqfd>({
    id: field.u32(), lisn: field.u32(), hostIrq: field.u32(), hasProducer: flag, signals: flag,
  }), { max: MANY }),
  nextIrqfd: field.u32(), isBypassDisabled: flag, isOutOfMemory: flag,
  operations: field.list(operation, { max: MANY }),
};
