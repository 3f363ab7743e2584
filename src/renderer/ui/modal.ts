/** A dialog that is there as long as its component: it takes the keyboard, and gives it back at its end. */
import { onBeforeUnmount, onMounted, type Ref } from "vue";

export function useModal(dialog: Ref<HTMLDialogElement | undefined>): void {
  onMounted(() => dialog.value?.showModal());
  // One that is only taken out of the page leaves the keyboard with nobody.
  onBeforeUnmount(() => dialog.value?.close());
}
