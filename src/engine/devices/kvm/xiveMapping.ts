/**
 * Mapping the XIVE native device's file: 4 pages of TIMA at page 0, then two pages per interrupt number from
 * page 4. Pages are the host's (64 KiB). Nothing is looked up until a page is touched.
 */
import { errno } from "../../api/errno.ts";
import { ok, refuse, type Result } from "../../base/result.ts";
import { KVM_XIVE_ESB_PAGE_OFFSET, KVM_XIVE_TIMA_PAGE_OFFSET } from "../../uapi/xive.ts";
import type { EsbPage } from "../xive/esb.ts";
import { KVM_IRQS, selected } from "../xive/irqState.ts";
import type { KvmXive } from "../xive/kvmXive.ts";
import { TIMA_PAGE_OS } from "../xive/tima.ts";

const TIMA_PAGES = 4;
const ESB_PAGES = 2 * KVM_IRQS;

export interface XiveMapping {
  readonly area: "tima" | "esb";
  /** Length. */
  readonly pages: number;
}

/** What the first touch of a page finds. `interrupt` is the host's, whose page is then mapped. */
export type XiveFault =
  | { readonly kind: "sigbus" }
  | { readonly kind: "tima-os" }
  | { readonly kind: "esb"; readonly interrupt: number; readonly page: EsbPage };

const SIGBUS: XiveFault = { kind: "sigbus" };

/** mmap(2): offset and length in pages. -EINVAL for all but a beginning of one of the two areas. */
export function mapXive(pageOffset: number, pages: number): Result<XiveMapping, number> {
  if (pageOffset === KVM_XIVE_TIMA_PAGE_OFFSET && pages <= TIMA_PAGES) return ok({ area: "tima", pages });
  if (pageOffset === KVM_XIVE_ESB_PAGE_OFFSET && pages <= ESB_PAGES) return ok({ area: "esb", pages });
  return refuse(errno.EINVAL);
}

/**
 * `index` counts pages from the start of the mapping, so the tail of one that was split begins at 0 again.
 */
export function faultXive(device: KvmXive, { area, pages }: XiveMapping, index: number): XiveFault {
  if (index >= pages) return SIGBUS;
  if (area === "tima") return index === TIMA_PAGE_OS ? { kind: "tima-os" } : SIGBUS;
  const state = device.irqs.valid(Math.floor(index / 2));
  if (!state) return SIGBUS;
  return { kind: "esb", interrupt: selected(state), page: index % 2 === 0 ? "trigger" : "management" };
}
