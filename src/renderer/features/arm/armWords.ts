/** Timers and PPIs of arm64 in words. */
import type { ArmTimerView, ArmVcpuView, ArmView, PpiView } from "../../../engine/api/armView.ts";
import { grouped } from "../../ui/units.ts";

/** Its state as one word, with the sign that stands for it. */
export function ppiState({ pending, active }: PpiView): string {
  if (pending && active) return "◧■ pending, active";
  return pending ? "◧ pending" : active ? "■ active" : "·";
}

/** Who drives the line, and whether the GIC hears it. */
export function ppiSource({ sources, isOwned }: PpiView): string {
  if (sources.length === 0) return "";
  return `${sources.join(", ")}${isOwned ? "" : " (not claimed)"}`;
}

/** What keeps it from the CPU, or what takes it; "" where nothing is pending. */
export function ppiWhy({ pending, obstacles }: PpiView): string {
  if (!pending) return "";
  return obstacles.length === 0 ? "signalled: the next acknowledge takes it" : obstacles.join("; ");
}

export function timerControl({ control }: ArmTimerView): string {
  const bits = ["ENABLE", "IMASK", "ISTATUS"].filter((_, n) => control & (1 << n));
  return bits.join(" ") || "0";
}

export const timerDue = ({ control, remaining }: ArmTimerView): string =>
  !(control & 1)
    ? "disabled"
    : remaining > 0
      ? `in ${grouped(remaining)} ticks`
      : `${grouped(-remaining)} ticks ago`;

export function vcpuFacts(vcpu: ArmVcpuView): string {
  const init = !vcpu.isInitialized
    ? "not initialised"
    : vcpu.hasPmuFeature
      ? "initialised with the PMU feature"
      : "initialised without PMU";
  const run = vcpu.timersEnabled ? "timers enabled by KVM_RUN" : "timers not enabled yet";
  const steal = vcpu.stealTime === "" ? "no steal time" : `steal time at 0x${vcpu.stealTime}`;
  return `${init}, ${run}, ${steal}`;
}

export function machineFacts(view: ArmView): string {
  const gic =
    view.gicVersion === 0
      ? "no in-kernel GIC"
      : `GICv${view.gicVersion} ${view.gicInitialized ? "initialised" : "not initialised"}`;
  const pmu = view.pmuType < 0 ? "no PMU chosen" : `PMU of perf type ${view.pmuType}`;
  const filter =
    view.events === 0
      ? "no event filter"
      : `filter: ${grouped(view.eventsAllowed)} of ${grouped(view.events)} events may count`;
  const spis = view.highSpis.length ? [`SPI lines high: ${view.highSpis.join(" ")}`] : [];
  return [view.profile, gic, pmu, filter, ...spis, "orders of checks are derived from source"].join(" · ");
}
