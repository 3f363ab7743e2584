/** The second console shows another machine, and the past of the one in front is no other. */
import { describe, expect, it } from "vitest";
import { machineBeside } from "../../src/renderer/features/console/machineBeside.ts";

const at = (of: string) => ({ id: `${of}@past`, past: { of, instructions: 1, virtualNs: 1, printed: 0 } });
const [debian, past, storm] = [{ id: "debian" }, at("debian"), { id: "storm" }];

describe("the machine beside the one in front", () => {
  it.each([
    ["nothing is on", [], undefined, undefined],
    ["one machine is on", [debian], "debian", undefined],
    ["another is on", [debian, storm], "debian", "storm"],
    ["its past was opened first", [past, debian, storm], "debian", "storm"],
    ["only its past is there", [debian, past], "debian", undefined],
    ["the past is in front, and another is on", [debian, past, storm], "debian@past", "storm"],
    ["the past is in front alone", [debian, past], "debian@past", undefined],
    ["another's past stands there", [storm, past], "storm", "debian@past"],
    ["the one in front is off, with a past", [past, storm], "debian", "storm"],
    ["none is in front", [debian], undefined, "debian"],
  ])("where %s", (_, machines, front, beside) => {
    expect(machineBeside(machines, front, undefined)).toBe(beside);
  });

  it("is the one that a person chose, for as long as it is there: its own past too", () => {
    expect(machineBeside([debian, past, storm], "debian", "debian@past")).toBe("debian@past");
    expect(machineBeside([debian, storm], "debian", "debian")).toBe("debian");
    expect(machineBeside([debian, storm], "debian", "debian@past")).toBe("storm");
  });
});
