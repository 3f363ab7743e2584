/** Attribute bytes against the engine's own structure codecs, and every form against the real controller. */
import { describe, expect, it } from "vitest";
import { Debugger } from "../../src/engine/machine/debug/debugger.ts";
import { S390Ccw } from "../../src/engine/machine/s390Ccw.ts";
import { aisAll, aisReq, flicGroup, ioAdapter, ioAdapterReq } from "../../src/engine/uapi/flic.ts";
import {
  encodeIrq, extInfo, interruptType, ioInfo, mchkInfo,
} from "../../src/engine/uapi/s390Interrupt.ts";
import {
  attributeForms, objectionTo, startOf, valuesOf,
} from "../../src/renderer/features/interrupts/attributeForms.ts";
import { outcomeOf } from "../../src/renderer/features/interrupts/attributeOutcome.ts";
import * as attributes from "../../src/renderer/features/interrupts/flicAttributes.ts";
import { whyErrno } from "../../src/renderer/features/interrupts/flicErrno.ts";
import { builtin } from "../engine/machine/bareMachine.ts";

const T = interruptType;
type Answer = { result: number; errno: string; bytes?: Uint8Array };

function machine(id = "ais-demo") {
  const made = S390Ccw.create(builtin(id), () => undefined);
  if (!made.ok) throw new Error(made.error);
  const debug = new Debugger(made.value);
  const send = ({ group, attr, bytes, reads }: attributes.Attribute): Answer => {
    const answer =
      reads === undefined
        ? debug.look({ name: "flicAttribute", group, attr, bytes })
        : debug.look({ name: "readFlicAttribute", group, attr, length: reads });
    if (!answer.ok) throw new Error(answer.error);
    return answer.value as Answer;
  };
  return { flic: made.value.flic, send };
}
const formNamed = (id: string) => attributeForms.find((form) => form.id === id)!;
const filled = (id: string, texts: Record<string, string> = {}) => {
  const form = formNamed(id);
  const starts = Object.fromEntries(form.fields.map((field) => [field.name, startOf(field)]));
  return form.make(valuesOf(form, { ...starts, ...texts }));
};

describe("attribute bytes", () => {
  it("are those of KVM's structures", () => {
    const io = {
      subchannel_id: 0x0103, subchannel_nr: 0x1234, io_int_parm: 0xcafe0001, io_int_word: 0x38000000,
    };
    const typeOfIo = (1 << 18) | (1 << 16) | 0x1234;
    const pairs: [attributes.Attribute, Uint8Array][] = [
      [attributes.enqueueIo({ subchannelId: 0x0103, subchannelNr: 0x1234, parm: 0xcafe0001, isc: 7 }),
        encodeIrq(typeOfIo, ioInfo.encode(io))],
      [attributes.enqueueAdapter(2), encodeIrq(0x04000000, ioInfo.encode({ io_int_word: 0x90000000 }))],
      [attributes.enqueueService(0xfffffff8, 3),
        encodeIrq(T.INT_SERVICE, extInfo.encode({ ext_params: 0xfffffffb }))],
      [attributes.enqueueVirtio(0xd01, 2n ** 63n),
        encodeIrq(T.INT_VIRTIO, extInfo.encode({ ext_params: 0xd01, ext_params2: 2n ** 63n }))],
      [attributes.enqueuePageFault(7n), encodeIrq(T.INT_PFAULT_DONE, extInfo.encode({ ext_params2: 7n }))],
      [attributes.enqueueMachineCheck(1n << 28n, 5n),
        encodeIrq(T.MCHK, mchkInfo.encode({ cr14: 1n << 28n, mcic: 5n }))],
      [attributes.modeAttribute(5, "single"), aisReq.encode({ isc: 5, mode: 1 })],
      [attributes.allModesAttribute(0x12, 0x34), aisAll.encode({ simm: 0x12, nimm: 0x34 })],
      [attributes.registerAttribute({ id: 63, isc: 3, maskable: true, swap: false, suppressible: true }),
        ioAdapter.encode({ id: 63, isc: 3, maskable: 1, swap: 0, flags: 1 })],
      [attributes.modifyAttribute(9, 1, 1, 0x1f000n),
        ioAdapterReq.encode({ id: 9, type: 1, mask: 1, addr: 0x1f000n })],
    ];
    for (const [{ bytes, title }, wanted] of pairs) expect(bytes, title).toEqual(wanted);
    expect(attributes.flicGroups).toEqual(flicGroup);
  });
});

describe("the attribute forms", () => {
  it("each send what the controller takes as they begin, but where the guest has nothing for them", () => {
    const { send } = machine();
    const answers = Object.fromEntries(attributeForms.map(({ id }) => [id, send(filled(id)).errno]));
    const refused = Object.entries(answers).filter(([, errno]) => errno !== "0");
    // No adapter has the number 0, nothing is maskable, and RESTART does not float.
    expect(Object.fromEntries(refused)).toEqual({ airq: "-EINVAL", raw: "-EINVAL", modify: "-EINVAL" });
  });

  it("inject what they say, into the controller's own lists", () => {
    const { flic, send } = machine();
    expect(send(filled("io", { ISC: "6", subchannel_nr: "0042" })).result).toBe(0);
    const [listed] = flic.floating.io[6]!.values();
    expect(listed!.interrupt).toMatchObject({ subchannelId: 1, subchannelNr: 0x42 });
    send(filled("adapter", { ISC: "1" }));
    expect(flic.gisa!.ipm).toBe(0x40);
    send(filled("service", { SCCB: "12340" }));
    expect(flic.floating.serviceParams).toBe(0x12341);
    const read = send(filled("readAll"));
    expect(read).toMatchObject({ result: 3, errno: "0" });
    const { line, entries } = outcomeOf(filled("readAll"), { ok: true, value: read });
    expect(line).toBe("GET_ALL_IRQS → 3");
    expect(entries.map((entry) => entry.split(",")[0])).toEqual(["1: adapter", "2: io", "3: service"]);
    expect(flic.gisa!.ipm).toBe(0);
    send(filled("modes", { simm: "81", nimm: "01" }));
    expect(outcomeOf(filled("readModes"), { ok: true, value: send(filled("readModes")) }).entries)
      .toEqual(["simm 81, nimm 01"]);
    send(filled("clear"));
    expect(flic.floating.bits).toBe(0);
  });

  it("say by name, number and reason what the controller refuses", () => {
    const { send } = machine("hello");
    const told = (id: string, texts: Record<string, string> = {}): string => {
      const attribute = filled(id, texts);
      const { line, sentence } = outcomeOf(attribute, { ok: true, value: send(attribute) });
      return `${line} ${sentence ?? ""}`;
    };
    expect(told("mode")).toContain("AISM isc 3 ALL → -EOPNOTSUPP (-95) Because adapter-interruption");
    expect(told("airq", { adapter: "63" })).toContain("AIRQ_INJECT adapter 63 → -EINVAL (-22) Because the");
    expect(told("readAll", { length: "0" })).toContain("GET_ALL_IRQS → -EINVAL (-22) Because the length");
    expect(told("clearIo", { schid: "0" })).toContain("identification is 0");
    expect(told("clear")).toBe("CLEAR_IRQS → 0 ");
    expect(whyErrno(99, "-EINVAL")).toBe("the controller has no such attribute");
  });

  it("object to what is no number of their field, and to nothing else", () => {
    const [digits] = formNamed("service").fields;
    for (const good of ["0", "0x12340", "ffffFFFF"]) expect(objectionTo(digits!, good)).toBeUndefined();
    for (const bad of ["", "x", "123456789", "-1"])
      expect(objectionTo(digits!, bad)).toContain("SCCB has 1 to 8");
    const [isc] = formNamed("adapter").fields;
    for (const good of ["0", "255"]) expect(objectionTo(isc!, good)).toBeUndefined();
    for (const bad of ["", "256", "1.5", "-1", "a"])
      expect(objectionTo(isc!, bad)).toContain("ISC is a number");
    expect(objectionTo(formNamed("raw").fields[1]!, "")).toBeUndefined();
  });
});
