/**
 * EDIT and EDIT AND MARK (Principles of Operation, chapter 8).
 *
 * The pattern is walked left to right; digit selectors and significance starters take one source digit each,
 * and the significance indicator decides between digit, message and fill byte.
 *
 * Invariant: a source byte is fetched only when a digit is needed, so a pattern without selectors reads none.
 */
import { isMinusCode, isSignCode, type DecimalException } from './decimalFormat.ts';

const digitSelector = 0x20;
const significanceStarter = 0x21;
const fieldSeparator = 0x22;

export interface EditResult {
  readonly bytes: Uint8Array;
  /** Of the last field: 0 zero or empty, 1 less than zero, 2 greater. */
  readonly cc: number;
  /** EDIT AND MARK: offset of the last result byte that began significance by a digit; -1 when none did. */
  readonly mark: number;
  /** Source bytes fetched. */
  readonly sourceLength: number;
  readonly exception?: Extract<DecimalException, 'data'>;
}

interface EditState {
  readonly source: (offset: number) => number;
  isSignificant: boolean;
  isFieldNonzero: boolean;
  fetched: number;
  /** The right digit of the last byte fetched, still to be used; -1 when there is none. */
  pendingDigit: number;
  mark: number;
}

/**
 * One source digit. A sign in the right half of a fetched byte is no digit: plus turns significance off
 * after the left digit is done.
 */
function takeDigit(state: EditState): { digit: number; endsWithPlus: boolean } | undefined {
  if (state.pendingDigit >= 0) {
    const digit = state.pendingDigit;
    state.pendingDigit = -1;
    return { digit, endsWithPlus: false };
  }
  const byte = state.source(state.fetched++);
  const digit = byte >> 4;
  const right = byte & 0x0f;
  if (digit > 9) return undefined;
  if (!isSignCode(right)) state.pendingDigit = right;
  return { digit, endsWithPlus: isSignCode(right) && !isMinusCode(right) };
}

function editDigit(state: EditState, pattern: number, fill: number, at: number): number | undefined {
  const taken = takeDigit(state);
  if (!taken) return undefined;
  const { digit, endsWithPlus } = taken;
  const isShown = state.isSignificant || digit !== 0;
  if (digit !== 0) {
    if (!state.isSignificant) state.mark = at;
    state.isFieldNonzero = true;
    state.isSignificant = true;
  }
  if (pattern === significanceStarter) state.isSignificant = true;
  if (endsWithPlus) state.isSignificant = false;
  return isShown ? 0xf0 | digit : fill;
}

/**
 * Edits a pattern.
 * @param pattern the first operand, 1-256 bytes; its first byte is the fill byte
 * @param source fetches the source byte at an offset from the second-operand address
 */
export function edit(pattern: Uint8Array, source: (offset: number) => number): EditResult {
  const state: EditState = {
    source,
    isSignificant: false,
    isFieldNonzero: false,
    fetched: 0,
    pendingDigit: -1,
    mark: -1,
  };
  const fill = pattern[0]!;
  const bytes = new Uint8Array(pattern.length);
  for (let at = 0; at < pattern.length; at++) {
    const code = pattern[at]!;
    let result: number | undefined;
    if (code === digitSelector || code === significanceStarter) {
      result = editDigit(state, code, fill, at);
      if (result === undefined) {
        return { bytes: new Uint8Array(0), cc: 0, mark: -1, sourceLength: state.fetched, exception: 'data' };
      }
    } else if (code === fieldSeparator) {
      state.isSignificant = false;
      state.isFieldNonzero = false;
      result = fill;
    } else {
      result = at === 0 || state.isSignificant ? code : fill;
    }
    bytes[at] = result;
  }
  const cc = !state.isFieldNonzero ? 0 : state.isSignificant ? 1 : 2;
  return { bytes, cc, mark: state.mark, sourceLength: state.fetched };
}
