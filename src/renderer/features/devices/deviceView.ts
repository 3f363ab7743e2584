/**
 * What a panel shows of the device machine: asked anew whenever the machine stands elsewhere, and not at all
 * while nobody sees the panel.
 */
import { computed, onBeforeUnmount, ref, shallowRef, watch, type Ref, type ShallowRef } from "vue";
import type { PartKind, PartSummary } from "../../../engine/api/deviceSession.ts";
import type { Outcome } from "../../../engine/api/workbench.ts";
import type { PanelVisibility } from "../debug/liveView.ts";
import { useDevices } from "./devices.ts";

/** The parts that a panel can show, and the one that the person chose; the first where it is gone. */
export function useParts(kinds: readonly PartKind[]) {
  const devices = useDevices();
  const wanted = ref(0);
  const parts = computed(() => kinds.flatMap((kind) => devices.partsOf(kind)));
  const part = computed<PartSummary | undefined>(
    () => parts.value.find(({ id }) => id === wanted.value) ?? parts.value[0],
  );
  return { parts, part, wanted };
}

export interface DeviceView<T> {
  readonly value: ShallowRef<T | undefined>;
  readonly problem: Ref<string>;
}

/** `ask` answers undefined where there is nothing to ask for; it is asked again when `depends` changes. */
export function useDeviceView<T>(
  panel: PanelVisibility,
  ask: () => Promise<Outcome<T>> | undefined,
  depends: () => unknown,
): DeviceView<T> {
  const devices = useDevices();
  const value = shallowRef<T>();
  const problem = ref("");
  const isVisible = ref(panel.isVisible);
  let asked = 0;

  async function refresh(): Promise<void> {
    const question = isVisible.value && devices.machine ? ask() : undefined;
    const mine = ++asked;
    if (!question) {
      if (!devices.machine) value.value = undefined;
      return;
    }
    const answer = await question;
    // A later question was asked in the meantime: this answer is of before.
    if (mine !== asked) return;
    value.value = answer.ok ? answer.value : undefined;
    problem.value = answer.ok ? "" : answer.error;
  }

  const listening = panel.onDidVisibilityChange((event) => (isVisible.value = event.isVisible));
  watch(
    () => [devices.report.revision, devices.machine === undefined, isVisible.value, depends()],
    () => void refresh(),
    { immediate: true },
  );
  onBeforeUnmount(() => listening.dispose());
  return { value, problem };
}
