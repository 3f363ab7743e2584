/** What keys mean while a panel has the keyboard, by the panel's id; the window's own keys are commands. */
export const panelKeys: Readonly<Record<string, readonly (readonly [keys: string, title: string])[]>> = {
  registers: [
    ["↑ ↓ ← →", "Go to another register or field"],
    ["Enter", "Change it while the machine is paused"],
    ["R", "Next radix"],
    ["W", "Break when it changes, or no longer"],
    ["M", "Show memory there"],
  ],
  disassembly: [
    ["↑ ↓", "Move the cursor"],
    ["PgUp PgDn", "Move the view"],
    ["Enter", "Go to where the instruction branches"],
    ["Backspace", "Come back"],
  ],
  memory: [
    ["↑ ↓ ← →", "Move the cursor"],
    ["0 to f", "Change the byte while the machine is paused"],
    ["W", "Break when the 8 bytes change, or no longer"],
    ["Enter", "Follow the pointer"],
    ["Backspace", "Come back"],
  ],
  lanes: [
    ["← →", "Go to another event"],
    ["PgUp PgDn Home End", "Go further"],
    ["Esc", "Follow the newest"],
    ["/", "Filter the events"],
  ],
  arm: [["↑ ↓", "Go to another PPI"]],
  stops: [
    ["↑ ↓", "Go to another one"],
    ["Enter", "Show it"],
    ["Delete", "Remove it"],
  ],
};
