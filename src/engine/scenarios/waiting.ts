/**
 * Rows of the collection that no scenario plays yet, each with what it waits for. They are listed and counted
 * apart; none of them counts as passed.
 */
export interface WaitingRow {
  readonly row: string;
  readonly title: string;
  readonly waitsFor: string;
}

export const waitingRows: readonly WaitingRow[] = [];
