/** AP queues on a running machine, as programs see them. */
import { describe, expect, test } from "vitest";
import type { ApAction, GuestApView } from "../../../src/engine/api/apView.ts";
import type { DebugCall } from "../../../src/engine/api/debug.ts";
import type { ApMatrix, MachineConfig } from "../../../src/engine/api/machine.ts";
import { objectionTo } from "../../../src/engine/machine/configuration.ts";
import { Debugger } from "../../../src/engine/machine/debug/debugger.ts";
import { S390Ccw } from "../../../src/engine/machine/s390Ccw.ts";
import { builtin, config, consoleProgram, runMachine } from "./bareMachine.ts";

const MATRIX: ApMatrix = { adapters: [5], domains: [4, 71] };
const end = "        j       stop_self\nsecondary:\n        j       stop_self\n";

describe("ap-demo", () => {
  const reply = (n: number): string[] => [
    `request ${n}: status 01000000`,
    `reply ${n}: status 81000000, indicator 00000080, interruptions ${n}, first bytes 68776f72`,
  ];
  const expected = [
    "queue 00000504", "status 80000000", "interrupts on: status 80000000", ...[1, 2, 3].flatMap(reply),
    "nothing more: status 81100000", "reset: status 81000000",
  ];

  test("sends requests, is interrupted once for each on its subclass, and fetches replies", () => {
    const { text, reason, machine } = runMachine(builtin("ap-demo"));
    expect(text.trim().split("\n")).toEqual(expected);
    expect(reason).toEqual({ kind: "all-stopped" });
    const { book } = machine.log.ledger;
    const ofQueue = book.lines().filter(({ step, bit }) => step === "accepted" && bit.includes("ISC_3"));
    expect(ofQueue.length, book.lines().map(({ bit }) => bit).join()).toBe(3);
    expect(machine.log.ledger.check()).toBeUndefined();
  });

  test("is the same run interpreted, compiled and in small steps", () => {
    const { traceHash } = runMachine(builtin("ap-demo"));
    expect(runMachine(builtin("ap-demo", { interpreterOnly: true })).traceHash).toBe(traceHash);
    expect(runMachine(builtin("ap-demo"), { budget: 777 }).traceHash).toBe(traceHash);
  });

  test("says so where there is no AP", () => {
    const { ap: _ap, ...without } = builtin("ap-demo");
    const { text, reason } = runMachine(without);
    expect([text.trim(), reason]).toEqual([
      "This machine has no AP queues (PROCESS ADJUNCT PROCESSOR QUEUE).", { kind: "all-stopped" },
    ]);
  });
});

/** What a body prints on a machine with these queues. */
function printed(body: string, over: Partial<MachineConfig> = { ap: MATRIX }): string {
  const { text, reason } = runMachine(config(consoleProgram(body + end), over), { limit: 2_000_000 });
  expect(reason).toEqual({ kind: "all-stopped" });
  return text.trim();
}
/** Prints the program interruption code that an instruction gives, or 0. */
const codeOf = (instruction: string): string => `
        mvi     EXPECT_PROGRAM,1
        mvhhi   PGM_CODE,0
        ${instruction}
        llgh    %r5,PGM_CODE
        mvi     EXPECT_PROGRAM,0
        NUMBER  %r5
        SEND
`;
const queue = (number: string): string => `        lghi    %r0,0\n        iilf    %r0,${number}\n`;

describe("AP instructions", () => {
  const each = ["pqap", "nqap %r4,%r6", "dqap %r4,%r6"].map((one) => queue("0x504") + codeOf(one)).join("");

  test("are operation exceptions without AP, and are there with it", () => {
    const lengths = "        lghi    %r7,0\n";
    expect(printed(lengths + each, {})).toBe("1\n1\n1");
    expect(printed(lengths + each)).toBe("0\n0\n0");
  });

  test("want even registers, and functions that there are", () => {
    expect(printed(["nqap %r3,%r6", "nqap %r4,%r7", "dqap %r5,%r6"].map(codeOf).join(""))).toBe("6\n6\n6");
    expect(printed(queue("0x07000504") + codeOf("pqap"))).toBe("6");
  });

  test.each([["0x504", "80000000"], ["0x547", "80000000"], ["0x604", "00010000"], ["0x505", "00010000"]])(
    "test queue %s: status %s", (number, status) => {
      expect(printed(`${queue(number)}        pqap\n        HEX     %r1\n        SEND\n`)).toBe(status);
    });

  test("raise the access exception of a message, and the reply stays", () => {
    const body = `${queue("0x504")}
        larl    %r6,stop_self
        lghi    %r7,8
        nqap    %r4,%r6
        lghi    %r9,30000
        sllg    %r9,%r9,3
1:      brctg   %r9,1b
        llilh   %r6,0x7000
        lghi    %r7,8
${codeOf("dqap %r4,%r6")}
${queue("0x504")}
        larl    %r6,stop_self
        dqap    %r4,%r6
        HEX     %r1
        SEND
`;
    expect(printed(body)).toBe("5\n80000000");
  });

  test("come with their facilities, which no other machine offers", () => {
    const bits = (over: Partial<MachineConfig>): string[] => {
      const made = S390Ccw.build(config(new Uint8Array(), over), () => undefined);
      if (!made.ok) throw new Error(made.error);
      const bytes = made.value.facilities();
      return [12, 15, 65].map((bit) => ((bytes[bit >> 3] ?? 0) & (0x80 >> (bit & 7)) ? "1" : "0"));
    };
    expect([bits({ ap: MATRIX }), bits({})]).toEqual([["1", "1", "1"], ["0", "0", "0"]]);
  });
});

describe("a machine with AP queues", () => {
  test.each([
    { adapters: [], domains: [4] }, { adapters: [5], domains: [] }, { adapters: [256], domains: [4] },
    { adapters: [5], domains: [4, 4] }, { adapters: [-1], domains: [4] }, { adapters: [0.5], domains: [4] },
    { adapters: Array.from({ length: 65 }, (_, id) => id), domains: [1] },
  ])("is refused for %j", (ap) => {
    expect(objectionTo(config(new Uint8Array(), { ap }))).toContain("AP queues");
    expect(objectionTo(config(new Uint8Array(), { ap: MATRIX }))).toBeUndefined();
  });
});

describe("the debugger's look at AP queues", () => {
  const looking = (machine: S390Ccw) => {
    const debug = new Debugger(machine);
    const value = (call: DebugCall): unknown => {
      const answer = debug.look(call);
      if (!answer.ok) throw new Error(answer.error);
      return answer.value;
    };
    return {
      debug, view: () => value({ name: "ap" }) as GuestApView,
      act: (action: ApAction, domain = 4) =>
        (value({ name: "apAction", action, adapter: 5, domain }) as { errno: string }).errno,
    };
  };
  const at = (view: GuestApView, domain: number) => view.queues.find((queue) => queue.domain === domain)!;

  test("shows what the guest set up, and what becomes of it when the card is taken out and put back", () => {
    const made = S390Ccw.create(builtin("ap-demo"), () => {});
    if (!made.ok) throw new Error(made.error);
    const machine = made.value;
    const { view, act } = looking(machine);
    expect(view().queues.map(({ domain, isInGuest, nib }) => [domain, isInGuest, nib]))
      .toEqual([[4, true, ""], [71, true, ""]]);
    for (let steps = 0; at(view(), 4).nib === "" && steps < 10_000; steps++) {
      const end = machine.step(50);
      if (end.kind === "idle" && end.untilNs !== undefined) machine.skipIdle(end.untilNs);
    }
    expect(at(view(), 4)).toMatchObject({ isc: 3, isBound: true });
    expect(view().registrations[3]).toBe(1);
    expect(view().pins).toHaveLength(1);
    expect(act("plug")).toBe("-EBUSY");
    expect(act("unplug", 71)).toBe("0");
    for (const queue of view().queues)
      expect(queue).toMatchObject({ isBound: false, isInGuest: false, nib: "", hardware: "not there" });
    expect([view().registrations[3], view().pins]).toEqual([0, []]);
    expect([act("unplug"), act("reset"), act("reset", 9)]).toEqual(["-ENODEV", "-ENODEV", "-ENODEV"]);
    expect(act("plug")).toBe("0");
    expect(at(view(), 71)).toMatchObject({ isBound: true, isInGuest: true });
    expect(act("reset", 71)).toBe("0");
  });

  test("is empty on a machine without queues, which refuses to be handled", () => {
    const { machine } = runMachine(builtin("hello"));
    const { debug, view } = looking(machine);
    expect(view()).toBeNull();
    const answer = debug.look({ name: "apAction", action: "reset", adapter: 5, domain: 4 });
    expect(answer).toMatchObject({ ok: false });
  });
});
