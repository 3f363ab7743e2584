/** Events of each source since a mark, and how they are drawn: the fuller a cell, the more there were. */
import { computed, shallowRef, watch } from "vue";
import type { EsbMapView } from "../../../engine/api/xiveView.ts";

export type Heat = ReadonlyMap<number, number>;
const none: Heat = new Map();

/** Fewest events of each level, from 1: the legend reads it too. */
export const heatLevels = [1, 2, 4, 16] as const;
/** 0 for none, else up to 4. */
export const heatLevel = (events: number): number => heatLevels.filter((least) => events >= least).length;

/** What has come since the mark; a machine that stands before it shows nothing. */
export function since(map: EsbMapView | undefined, mark: Heat): Heat {
  const rest = (map?.events ?? []).map(([lisn, count]) => [lisn, count - (mark.get(lisn) ?? 0)] as const);
  return new Map(rest.filter(([, count]) => count > 0));
}

/** `machine`: another one begins without a mark. */
export function useHeat(map: () => EsbMapView | undefined, machine: () => unknown) {
  const mark = shallowRef(none);
  const heat = computed(() => since(map(), mark.value));
  const isMarked = computed(() => mark.value !== none);
  watch(machine, () => (mark.value = none));
  const setMark = (): void => {
    mark.value = isMarked.value ? none : new Map(map()?.events ?? []);
  };
  return { heat, isMarked, setMark };
}
