/** The subclass that the interrupt controller's panel was asked to show. */
import { defineStore } from "pinia";
import { ref } from "vue";
import { useWorkspace } from "../../shell/workspace.ts";

export const useIscTarget = defineStore("iscTarget", () => {
  const workspace = useWorkspace();
  /** Until its row is shown. */
  const isc = ref<number>();

  function show(wanted: number): void {
    workspace.show("flic");
    isc.value = wanted;
  }
  return { isc, show };
});
