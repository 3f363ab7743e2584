/**
 * Keys of a raw terminal: everything belongs to the guest but Ctrl-A, which begins a command to us.
 *
 *   Ctrl-A X       leave            Ctrl-A Ctrl-A  a Ctrl-A for the guest
 *   Ctrl-A H       say this         Ctrl-A other   both keys for the guest
 */
export interface KeyOutcome {
  readonly forGuest: Uint8Array;
  readonly leaves: boolean;
  readonly asksHelp: boolean;
}

export const escapeHelp = "Ctrl-A X leaves; Ctrl-A Ctrl-A sends Ctrl-A to the guest.";
const ctrlA = 1;

/** Sorts key bytes; a prefix may come in one read and its command in the next. */
export class EscapeKeys {
  private isPrefixed = false;

  take(bytes: Uint8Array): KeyOutcome {
    const forGuest: number[] = [];
    let asksHelp = false;
    for (const byte of bytes) {
      if (!this.isPrefixed) {
        if (byte === ctrlA) this.isPrefixed = true;
        else forGuest.push(byte);
        continue;
      }
      this.isPrefixed = false;
      const key = String.fromCharCode(byte).toLowerCase();
      // What is typed after leaving belongs to nobody.
      if (key === "x") return { forGuest: Uint8Array.from(forGuest), leaves: true, asksHelp };
      if (key === "h" || key === "?") asksHelp = true;
      else if (byte === ctrlA) forGuest.push(ctrlA);
      else forGuest.push(ctrlA, byte);
    }
    return { forGuest: Uint8Array.from(forGuest), leaves: false, asksHelp };
  }
}
