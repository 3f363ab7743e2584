/** The menu of a value that is pointed at: where it stands, and what can be done with it. One at a time. */
import { shallowRef } from "vue";

export interface ValueAction {
  readonly title: string;
  /** The key that does the same where the value is. */
  readonly keys?: string;
  readonly run: () => void | Promise<void>;
}
interface OpenMenu {
  readonly x: number;
  readonly y: number;
  readonly title: string;
  readonly actions: readonly ValueAction[];
  /** Gets the keyboard back. */
  readonly from: HTMLElement;
}

export const openMenu = shallowRef<OpenMenu>();

/** At the pointer, or at the element where the keyboard asked. */
export function showValueMenu(
  event: MouseEvent,
  title: string,
  actions: readonly ValueAction[],
  from = event.currentTarget as HTMLElement,
): void {
  event.preventDefault();
  event.stopPropagation();
  const box = from.getBoundingClientRect();
  const isPointed = event.clientX !== 0 || event.clientY !== 0;
  const [x, y] = isPointed ? [event.clientX, event.clientY] : [box.left, box.bottom];
  openMenu.value = { x, y, title, actions, from };
}
