/** One litmus program under study: its setting, what exploring it gave, and the interleaving played. */
import { computed, ref, shallowRef } from "vue";
import type { LitmusList, LitmusResult, LitmusSetting, LitmusWalk } from "../../../engine/api/litmusView.ts";
import { useDevices } from "../devices/devices.ts";

export function useLitmus() {
  const devices = useDevices();
  const list = shallowRef<LitmusList>();
  const setting = ref<LitmusSetting>({ program: 0, without: [], model: "T" });
  const result = shallowRef<LitmusResult>();
  const walk = shallowRef<LitmusWalk>();
  const problem = ref("");
  const isExploring = ref(false);
  /** All numbers chosen; the moment that is looked at may lie before their end. */
  const choices = ref<readonly number[]>([]);
  const moment = ref(0);
  let asked = 0;

  const summary = computed(() => list.value?.programs[setting.value.program]);
  const frame = computed(() => walk.value?.frames[moment.value]);
  const holding = computed(() => walk.value?.holding[moment.value] ?? []);
  /** Steps can be offered only where the interleaving ends. */
  const offers = computed(() => (moment.value === choices.value.length ? (walk.value?.offers ?? []) : []));

  async function load(): Promise<void> {
    if (list.value || !devices.bridge) return;
    const answer = await devices.ask("litmusList", {});
    if (!answer.ok) return void (problem.value = answer.error);
    list.value = answer.value;
    await study(setting.value);
  }

  /** Explores the program as it is set; an answer to an earlier setting is dropped. */
  async function study(next: LitmusSetting): Promise<void> {
    setting.value = next;
    const mine = ++asked;
    isExploring.value = true;
    const answer = await devices.ask("litmusExplore", next);
    if (mine !== asked) return;
    isExploring.value = false;
    problem.value = answer.ok ? "" : answer.error;
    result.value = answer.ok ? answer.value : undefined;
    await play([], 0);
  }

  async function play(next: readonly number[], at: number): Promise<void> {
    const mine = asked;
    const answer = await devices.ask("litmusWalk", { ...setting.value, choices: [...next] });
    if (mine !== asked) return;
    if (!answer.ok) return void (problem.value = answer.error);
    choices.value = next;
    walk.value = answer.value;
    moment.value = at;
  }

  function toggle(barrier: string): Promise<void> {
    const { without } = setting.value;
    const isOut = without.includes(barrier);
    return study({
      ...setting.value,
      without: isOut ? without.filter((one) => one !== barrier) : [...without, barrier],
    });
  }
  const take = (offer: number): Promise<void> => play([...choices.value, offer], choices.value.length + 1);
  function goTo(at: number): void {
    moment.value = Math.max(0, Math.min(choices.value.length, at));
  }

  return {
    list,
    setting,
    summary,
    result,
    walk,
    problem,
    isExploring,
    choices,
    moment,
    frame,
    holding,
    offers,
    load,
    study,
    play,
    toggle,
    take,
    goTo,
  };
}
