import { describe, expect, it } from "vitest";
import { chordOf } from "../../src/renderer/shell/keys.ts";
import { matches } from "../../src/renderer/shell/matches.ts";

const none = { code: "", ctrlKey: false, metaKey: false, shiftKey: false, altKey: false };

describe("a chord", () => {
  it.each([
    [{ ...none, key: "F5" }, "F5"],
    [{ ...none, key: "`", code: "Backquote", ctrlKey: true }, "Ctrl+`"],
    // A dead key on many layouts: its place counts.
    [{ ...none, key: "Dead", code: "Backquote", ctrlKey: true }, "Ctrl+`"],
    [{ ...none, key: "F", shiftKey: true, ctrlKey: true }, "Ctrl+Shift+F"],
    [{ ...none, key: "f", shiftKey: true, metaKey: true }, "Ctrl+Shift+F"],
    [{ ...none, key: "c", ctrlKey: true }, "Ctrl+C"],
  ])("of %o is %s", (event, chord) => expect(chordOf(event)).toBe(chord));
});

describe("a filter", () => {
  it.each([
    ["Debian 12, s390x", "", true],
    ["Debian 12, s390x", "deb 39", false],
    ["Debian 12, s390x", "s390 DEB", true],
    ["Debian 12, s390x", "ebian", false],
  ])("on %s with %s is %s", (text, query, found) => expect(matches(text, query)).toBe(found));
});
