/** Machines made by hand: what they answer, that they go back, and that no text can throw in them. */
import { describe, expect, it } from "vitest";
import type { ArmView } from "../../../src/engine/api/armView.ts";
import { Prng } from "../../../src/engine/base/prng.ts";
import { DeviceSession } from "../../../src/engine/deviceSession/deviceSession.ts";
import { handMachineList } from "../../../src/engine/deviceSession/handMade/handMachines.ts";

function made(kind: string): DeviceSession {
  const session = new DeviceSession();
  expect(session.answer({ name: "makeMachine", kind })).toEqual({ ok: true, value: null });
  return session;
}
/** The call with its initial values but for those given; the answer of the machine. */
function call(session: DeviceSession, id: string, given: Record<string, string> = {}): string | undefined {
  const { made: kind } = session.state()!;
  const { fields } = handMachineList.find((one) => one.kind === kind)!.calls.find((one) => one.id === id)!;
  const values = { ...Object.fromEntries(fields.map(({ name, initial }) => [name, initial])), ...given };
  const answer = session.answer({ name: "append", call: id, values });
  if (!answer.ok) throw new Error(answer.error);
  const state = session.state()!;
  expect(state.threw, id).toBeUndefined();
  return state.steps[state.at - 1]!.answer;
}

describe("a machine made by hand", () => {
  it("suppresses the second interrupt of a SINGLE ISC, as the controller does", () => {
    const session = made("s390");
    expect(call(session, "register-adapter")).toBe("0");
    expect(call(session, "mode")).toBe("0");
    for (const _ of [1, 2]) expect(call(session, "inject-adapter")).toBe("0");
    expect(call(session, "get-attr")).toBe("0, bytes 1010000000000000");
    expect(call(session, "masks")).toBe("open");
    expect(call(session, "deliver")).toBe("1 delivered");
    expect(call(session, "set-attr", { group: "99" })).toBe("-EINVAL");
  });

  it("routes and triggers a source of a pseries guest, and the vCPU acknowledges it", () => {
    const session = made("xive");
    expect(call(session, "claim")).toBe("claimed");
    expect(call(session, "queue")).toBe("status 0");
    expect(call(session, "hcall")).toBe("status 0");
    expect(call(session, "dispatch")).toBe("on thread 0");
    const open = { access: "store", offset: "0x20011", size: "1", value: "0xff" };
    expect(call(session, "tima", open)).toBe("stored");
    expect(call(session, "esb-load")).toBe("0x1");
    expect(call(session, "esb-store")).toBe("stored");
    expect(call(session, "tima")).toBe("0x8006");
  });

  it("passes an AP queue through to a guest that asks for its interrupts", () => {
    const session = made("ap");
    for (const domain of ["4"]) expect(call(session, "bind", { domain })).toBe("0");
    expect(call(session, "create")).toBe("0");
    expect(call(session, "store")).toBe("1");
    expect(call(session, "store", { attribute: "assign_domain", value: "4" })).toBe("1");
    expect(call(session, "open")).toBe("0");
    expect(call(session, "pqap")).toMatch(/^done, cc 0/);
    expect(call(session, "pass")).toBe("1000 µs in all");
  });

  it("raises an arm64 timer's PPI once the vCPU has run, and tells what keeps it from the CPU", () => {
    const session = made("arm");
    const arm = () => {
      const answer = session.answer({ name: "arm", part: 0 });
      if (!answer.ok) throw new Error(answer.error);
      return answer.value as ArmView;
    };
    const ppi = (intid: number) => arm().vcpus[0]!.ppis.find((one) => one.intid === intid)!;
    expect(call(session, "attribute", { attribute: "PMU IRQ" })).toBe("0");
    expect(call(session, "attribute", { attribute: "PMU INIT" })).toBe("0");
    const inFuture = call(session, "timer", { register: "CNTV_TVAL_EL0", value: "0x1000" });
    expect(inFuture).toBe("CTL 0, TVAL 4096, output low");
    call(session, "timer", { register: "CNTV_CTL_EL0", value: "1" });
    call(session, "pass");
    expect(arm().vcpus[0]!.timers[0]).toMatchObject({ name: "CNTV", control: 5, output: true });
    // Before the first KVM_RUN nobody has claimed the line.
    expect(ppi(27)).toMatchObject({ sources: ["virtual timer"], isOwned: false, line: false });
    expect(call(session, "run")).toBe("enters the guest");
    expect(ppi(27)).toMatchObject({ isOwned: true, line: true, pending: true, active: false });
    expect(ppi(27).obstacles.join()).toContain("GICR_ISENABLER0 bit 27 is zero");
    expect(call(session, "open")).toBe("IRQ");
    expect(arm().vcpus[0]).toMatchObject({ signal: "irq" });
    expect(call(session, "icc")).toBe("INTID 27");
    expect(ppi(27)).toMatchObject({ pending: true, active: true });
    const books = session.answer({ name: "books", part: 0 });
    expect(books).toMatchObject({ ok: true, value: { counts: { raised: 1, accepted: 1 }, breach: "" } });
  });

  it.each<[string, string, Record<string, string>, string]>([
    ["arm", "attribute", { attribute: "TIMER IRQ_VTIMER", value: "15" }, "-EINVAL"],
    ["arm", "attribute", { attribute: "TIMER IRQ_VTIMER", operation: "GET" }, "0, value 27"],
    ["arm", "attribute", { attribute: "PMU IRQ", operation: "GET" }, "-ENXIO"],
    ["arm", "attribute", { attribute: "PMU IRQ", pointer: "bad" }, "-EFAULT"],
    ["arm", "attribute", { attribute: "PVTIME IPA", value: "0x1001" }, "-EINVAL"],
    ["arm", "attribute", { attribute: "PVTIME IPA", value: "0x1040" }, "0"],
    ["arm", "attribute", { attribute: "PVTIME IPA", operation: "GET" }, "0, value 0xffffffffffffffff"],
    ["arm", "attribute", { attribute: "PVTIME IPA", value: "0x10000" }, "-EINVAL"],
    ["arm", "filter", { base: "0xffff", count: "2" }, "-EINVAL"],
    ["arm", "filter", {}, "0"],
    ["arm", "raw-attribute", {}, "-ENXIO"],
    ["arm", "run", {}, "-EINVAL"],
    ["arm", "create-vcpu", {}, "-EBUSY"],
    ["arm-4.13", "run", {}, "enters the guest"],
    ["arm-4.13", "attribute", { attribute: "PVTIME IPA", operation: "HAS" }, "-ENXIO"],
    ["arm-4.13", "filter", {}, "-ENXIO"],
    ["arm-bare", "attribute", { attribute: "PMU IRQ" }, "-ENODEV"],
    ["arm-bare", "run", {}, "-ENOEXEC"],
    ["arm-bare", "init-gic", {}, "-ENODEV"],
    ["arm-bare", "create-vcpu", {}, "vCPU 2"],
  ])("answers on %s to %s %j with %4$s", (kind, id, given, answer) => {
    expect(call(made(kind), id, given)).toBe(answer);
  });

  it("loses the device's interrupt to a stale page where a strategy leaves one, and not with Linux's", () => {
    const handled = (kind: string): string | undefined => {
      const session = made(kind);
      for (const id of ["connect", "event", "settle", "event"]) call(session, id);
      return call(session, "settle");
    };
    expect(handled("passthrough-S2-address-space")).toBe("2 handled so far");
    const session = made("passthrough-S2-address-space");
    expect(call(session, "connect")).toBe("0");
    expect(call(session, "connect")).toBe("connected already");
  });

  it("goes back by running again, and a call there takes the place of what came behind", () => {
    const session = made("s390");
    call(session, "register-adapter");
    call(session, "mode");
    const before = session.state();
    call(session, "inject-adapter");
    session.answer({ name: "goTo", step: 2 });
    expect(session.state()).toMatchObject({ at: 2, steps: { length: 3 } });
    call(session, "mode", { mode: "ALL" });
    expect(session.state()!.steps).toHaveLength(3);
    session.answer({ name: "goTo", step: 2 });
    expect(session.state()!.steps.slice(0, 2)).toEqual(before!.steps);
  });

  it.each([
    ["mode", { isc: "three" }, "ISC: \"three\" is no number"],
    ["mode", { isc: "256" }, "at most 0xff"],
    ["mode", { mode: "SOME" }, "one of ALL, SINGLE"],
    ["set-attr", { bytes: "0g" }, "no row of up to 4096 bytes"],
    ["no-such-call", {}, "has no call"],
  ])("refuses %s with %j and stays as it was", (id, values, sentence) => {
    const session = made("s390");
    call(session, "register-adapter");
    const before = session.state();
    const initial = { isc: "1", mode: "ALL", group: "9", attr: "0", bytes: "" };
    const answer = session.answer({ name: "append", call: id, values: { ...initial, ...values } });
    expect(answer.ok ? "" : answer.error).toContain(sentence);
    expect(session.state()).toEqual(before);
  });

  it("never throws, whatever numbers its calls are given", () => {
    const prng = new Prng(0x5eed);
    const numbers = ["0", "1", "7", "0x1300", "0xff", "0x1fff", "0xffffffff", "0xffffffffffffffff"];
    const pick = <T>(from: readonly T[]): T => from[prng.below(from.length)]!;
    for (const { kind, calls } of handMachineList)
      for (let run = 0; run < 6; run++) {
        const session = made(kind);
        for (let n = 0; n < 40; n++) {
          const { id, fields } = pick(calls);
          const valueOf = ({ kind: of, options, initial }: (typeof fields)[number]): string =>
            of === "choice" ? pick(options!) : of === "number" ? pick([initial, ...numbers]) : initial;
          const values = Object.fromEntries(fields.map((field) => [field.name, valueOf(field)]));
          session.answer({ name: "append", call: id, values });
          expect(session.state()!.threw, `${kind}: ${id} ${JSON.stringify(values)}`).toBeUndefined();
        }
      }
  });
});
