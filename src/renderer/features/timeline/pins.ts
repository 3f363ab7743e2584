/**
 * Pins with notes at instructions of a guest. A guest that is started again with the same input does the same
 * at the same instruction, so pins belong to the guest and outlive its runs; the host keeps them.
 */
import { defineStore } from "pinia";
import { computed } from "vue";
import { useSettings } from "../../shell/settings.ts";
import { useToasts } from "../../ui/toasts.ts";
import { useDebug } from "../debug/debug.ts";

export interface Pin {
  readonly at: number;
  readonly note: string;
}

const SETTING = "timeline.pins";
/** Of one guest; together they stay far below what one setting may hold. */
export const pinLimits = { pinsMax: 40, noteCharactersMax: 200, guestsMax: 6 } as const;

type Kept = Record<string, readonly Pin[]>;

/** What was kept, whoever wrote it: anything but pins is left out. */
export function readPins(text: string | undefined): Kept {
  const kept: Kept = {};
  try {
    const parsed: unknown = JSON.parse(text ?? "{}");
    for (const [guest, pins] of Object.entries(parsed ?? {})) {
      const good = (Array.isArray(pins) ? pins : []).filter(
        (pin: Partial<Pin> | null) => Number.isSafeInteger(pin?.at) && typeof pin?.note === "string",
      ) as Pin[];
      kept[guest] = good.map(({ at, note }) => ({ at, note }));
    }
  } catch {
    // A damaged text holds no pins; the next one replaces it.
  }
  return kept;
}

export const usePins = defineStore("pins", () => {
  const settings = useSettings();
  const toasts = useToasts();
  const debug = useDebug();
  const all = computed(() => readPins(settings.values.get(SETTING)));
  const pins = computed(() => all.value[debug.id] ?? []);

  /** Sets a pin or changes its note; an empty note is a note. */
  async function put(at: number, note: string): Promise<void> {
    const others = pins.value.filter((pin) => pin.at !== at);
    if (others.length >= pinLimits.pinsMax)
      return toasts.error("No pin set", `A guest has at most ${pinLimits.pinsMax} pins. Remove one first.`);
    const pin = { at, note: note.slice(0, pinLimits.noteCharactersMax) };
    await keep([...others, pin].sort((a, b) => a.at - b.at));
  }
  const remove = (at: number): Promise<void> => keep(pins.value.filter((pin) => pin.at !== at));

  async function keep(mine: readonly Pin[]): Promise<void> {
    const others = Object.entries(all.value).filter(([guest]) => guest !== debug.id);
    const next: Kept = Object.fromEntries(others.slice(1 - pinLimits.guestsMax));
    if (mine.length > 0) next[debug.id] = mine;
    const refused = await settings.set(SETTING, JSON.stringify(next));
    if (refused !== undefined) toasts.error("The pins were not kept", refused);
  }

  return { pins, put, remove };
});
