/** Where in 2^64 bytes a person is: the rows that are seen, the cursor among them, and the way back. */
import { ref } from "vue";
import { ROW_BYTES } from "./memoryRows.ts";

const ROW = BigInt(ROW_BYTES);
const wrapped = (address: bigint): bigint => BigInt.asUintN(64, address);

export function useMemoryCursor() {
  const cursor = ref(0n);
  /** Address of the first row. */
  const top = ref(0n);
  /** Rows that fit. */
  const count = ref(16);
  const trail: bigint[] = [];

  function moveTo(address: bigint): void {
    cursor.value = wrapped(address);
    const row = cursor.value & ~(ROW - 1n);
    const last = top.value + BigInt(count.value - 1) * ROW;
    if (row >= top.value && row <= last) return;
    top.value = row === last + ROW ? top.value + ROW : row;
  }
  /** Goes there and remembers where from. */
  function jump(address: bigint): void {
    trail.push(cursor.value);
    moveTo(address);
  }
  function back(): void {
    const from = trail.pop();
    if (from !== undefined) moveTo(from);
  }
  function scrollRows(rows: number): void {
    top.value = wrapped(top.value + BigInt(rows) * ROW);
  }
  function page(direction: 1 | -1): void {
    scrollRows(direction * count.value);
    cursor.value = wrapped(cursor.value + BigInt(direction * count.value) * ROW);
  }
  return { cursor, top, count, moveTo, jump, back, scrollRows, page };
}
