/**
 * Who makes a guest's pages follow when a source's pages change, as data: the proposals that were made for
 * XIVE's native mode in January 2019, and the one that Linux has (`address-space`).
 */

export type StrategyName =
  | "S1-vma-pointer" | "S2-address-space"
  | "S3-overlay" | "S3a-overlay-at-change-msi" | "S3b-overlay-at-irqfd"
  | "S4-never-reuse" | "S5-memory-region" | "S6-mirror" | "S7-hcall-only";

export interface Strategy {
  readonly name: StrategyName;
  /**
   * What KVM does to page tables at a switch: nothing; clear the entries below the one VMA that it remembers;
   * below every VMA of the file, by file offset; or wherever a page of the source is mapped, by page.
   */
  readonly zap: "none" | "last-vma" | "file-range" | "by-page";
  /** When user space maps the source's pages anew over the old ones. */
  readonly overlay: "never" | "after-irqfd" | "at-change-msi" | "at-irqfd";
  /**
   * User space maps a passed-through source's pages elsewhere and lays a region of guest memory over the
   * old.
   */
  readonly region: boolean;
  /** A passed-through device never gets a number that an emulated device has had. */
  readonly reusesNumbers: boolean;
  /** A passed-through device's sources have no pages: the guest is told to use H_INT_ESB. */
  readonly hcallOnly: boolean;
  /** A fault looks again whether the interrupt it picked is still the selected one. */
  readonly faultRetries: boolean;
  readonly summary: string;
}

const base = {
  zap: "none", overlay: "never", region: false, reusesNumbers: true, hcallOnly: false, faultRetries: false,
} as const;

const all: readonly Strategy[] = [
  { ...base, name: "S1-vma-pointer", zap: "last-vma",
    summary: "KVM keeps a pointer to the VMA that was mapped last and clears its entries" },
  { ...base, name: "S2-address-space", zap: "file-range",
    summary: "KVM keeps the file's mapping and clears the range in every VMA of it" },
  { ...base, name: "S3-overlay", overlay: "after-irqfd",
    summary: "user space unmaps and maps the range anew when it has connected the irqfd" },
  { ...base, name: "S3a-overlay-at-change-msi", overlay: "at-change-msi",
    summary: "user space maps the range anew when the guest asks for its interrupts" },
  { ...base, name: "S3b-overlay-at-irqfd", overlay: "at-irqfd",
    summary: "KVM_IRQFD maps the range anew as part of the switch" },
  { ...base, name: "S4-never-reuse", reusesNumbers: false,
    summary: "nothing is mapped anew: numbers are given so that no stale page can exist" },
  { ...base, name: "S5-memory-region", region: true,
    summary: "a region of guest memory per device lies over the common one" },
  { ...base, name: "S6-mirror", zap: "by-page", faultRetries: true,
    summary: "a mirror of the page tables knows every place of a page, and faults look again" },
  { ...base, name: "S7-hcall-only", hcallOnly: true,
    summary: "no pages: the guest uses H_INT_ESB for such sources" },
];

export const strategies = Object.fromEntries(all.map((one) => [one.name, one])) as Readonly<
  Record<StrategyName, Strategy>
>;
export const strategyNames: readonly StrategyName[] = all.map(({ name }) => name);
