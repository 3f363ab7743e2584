/** The controller's view: what it says is what the device attributes set, and looking consumes nothing. */
import { describe, expect, test } from "vitest";
import type { WhyAnswer } from "../../../../src/engine/api/debug.ts";
import type { FlicView } from "../../../../src/engine/api/flicView.ts";
import type { LedgerBlock, LedgerEntry } from "../../../../src/engine/api/ledgerBlock.ts";
import { Debugger } from "../../../../src/engine/machine/debug/debugger.ts";
import { S390Ccw } from "../../../../src/engine/machine/s390Ccw.ts";
import { buildRoutes } from "../../../../src/engine/devices/flic/routes.ts";
import { aisReq, flicGroup } from "../../../../src/engine/uapi/flic.ts";
import {
  encodeIrq, extInfo, interruptType, ioInfo, mchkInfo,
} from "../../../../src/engine/uapi/s390Interrupt.ts";
import { LedgerRing } from "../../../../src/renderer/features/timeline/ledgerRing.ts";
import { builtin } from "../bareMachine.ts";

function start(id: string) {
  const made = S390Ccw.create(builtin(id), () => undefined);
  if (!made.ok) throw new Error(made.error);
  const machine = made.value;
  const debug = new Debugger(machine);
  const view = (): FlicView => {
    const answer = debug.look({ name: "flic" });
    if (!answer.ok) throw new Error(answer.error);
    return answer.value as FlicView;
  };
  const ledger = (after = 0, max = 1000, before?: number): LedgerEntry[] => {
    const answer = debug.look({ name: "ledger", after, max, ...(before !== undefined && { before }) });
    if (!answer.ok) throw new Error(answer.error);
    const ring = new LedgerRing();
    ring.append(answer.value as LedgerBlock);
    return Array.from({ length: ring.length }, (_, index) => ring.read(index));
  };
  const set = (group: number, bytes: Uint8Array, attr = 0n) => {
    const call = { name: "flicAttribute", group, attr: attr.toString(16).padStart(16, "0"), bytes } as const;
    const answer = debug.look(call);
    if (!answer.ok) throw new Error(answer.error);
    return answer.value as { result: number; errno: string };
  };
  return { machine, view, ledger, set, debug };
}
const mode = (isc: number, single: boolean): Uint8Array => aisReq.encode({ isc, mode: single ? 1 : 0 });

describe("the controller's view", () => {
  test("shows each subclass's mode alone, and SINGLE closes behind one interrupt", () => {
    const { view, ledger, set } = start("ais-demo");
    const modes = (): string[] => view().iscs.map((isc) => isc.mode);
    const all = new Array<string>(8).fill("all");
    expect(modes()).toEqual(all);
    for (let isc = 0; isc < 8; isc++) {
      expect(set(flicGroup.AISM, mode(isc, true))).toEqual({ result: 0, errno: "0" });
      expect(modes()).toEqual(all.with(isc, "single"));
      expect(set(flicGroup.AISM, mode(isc, false)).result).toBe(0);
    }
    const adapter = view().adapters.find(({ suppressible }) => suppressible)!;
    set(flicGroup.AISM, mode(adapter.isc, true));
    const inject = (): { result: number; errno: string } =>
      set(flicGroup.AIRQ_INJECT, new Uint8Array(), BigInt(adapter.id));
    expect(inject().result).toBe(0);
    expect(modes()[adapter.isc]).toBe("closed");
    const before = ledger().at(-1)!.number;
    expect(inject().result).toBe(0);
    expect(ledger(before).map(({ step }) => step)).toEqual(["raised", "suppressed"]);
  });

  test("says the errno of what is refused, and nothing changes", () => {
    const { view, set } = start("ais-demo");
    const before = view();
    for (const [group, bytes] of [
      [flicGroup.AISM, mode(8, true)],
      [flicGroup.AISM, aisReq.encode({ isc: 1, mode: 2 })],
      [99, new Uint8Array(8)],
    ] as const)
      expect(set(group, bytes)).toEqual({ result: -22, errno: "-EINVAL" });
    expect(set(flicGroup.AISM, new Uint8Array(1))).toEqual({ result: -14, errno: "-EFAULT" });
    expect(view()).toEqual(before);
  });

  test("numbers decisions without a gap, gives the newest first to go, and leaves the run as it was", () => {
    const plain = start("flic-storm").machine;
    const { machine, ledger } = start("flic-storm");
    const all: LedgerEntry[] = [];
    for (let turn = 0; turn < 150; turn++) {
      plain.step(3_001);
      machine.step(3_001);
      all.push(...ledger(all.length));
    }
    expect(all.map(({ number }) => number)).toEqual(all.map((_, index) => index + 1));
    const { book } = machine.log.ledger;
    const told = ({ at, id, step, bit, kind, cpu, into }: LedgerEntry) =>
      ({ at: BigInt(at), id, step, bit, kind, cpu, into });
    expect(all.map(told)).toEqual(book.lines());
    expect(all.length).toBeGreaterThan(1000);
    expect(ledger()).toEqual(all.slice(-1000));
    expect(ledger(all.length - 3)).toEqual(all.slice(-3));
    expect(ledger(all.length)).toEqual([]);
    expect(ledger(5, 7, 100)).toEqual(all.slice(92, 99));
    expect(ledger(95, 7, 100)).toEqual(all.slice(95, 99));
    expect(ledger(0, 7, 1)).toEqual([]);
    expect(machine.traceHash).toBe(plain.traceHash);
  });

  test("answers why for what is pending, what ended, and nothing else", () => {
    const { set, ledger, debug } = start("ais-demo");
    const why = (id: number): WhyAnswer | null => {
      const answer = debug.look({ name: "why", id });
      if (!answer.ok) throw new Error(answer.error);
      return answer.value as WhyAnswer | null;
    };
    expect(why(1)).toBeNull();
    const io = encodeIrq(5, ioInfo.encode({
      subchannel_id: 1, subchannel_nr: 5, io_int_parm: 0xcafe, io_int_word: 0x18000000,
    }));
    expect(set(flicGroup.ENQUEUE, io, 72n).result).toBe(0);
    const id = ledger().at(-1)!.id || ledger().at(-2)!.id;
    expect(why(id)).toMatchObject({ id, bit: "PSW bit 6 (I/O mask) is zero" });
    expect(why(id)!.trail.map(({ step }) => step)).toEqual(["raised", "queued"]);
    set(flicGroup.CLEAR_IRQS, new Uint8Array());
    expect(why(id)).toMatchObject({ step: "cleared", obstacles: [] });
  });

  test("shows the guest's addresses of indicators, not the VMM's own that the kernel keeps", () => {
    const { machine, view } = start("ais-demo");
    const { flic } = machine;
    const { id: adapterId } = view().adapters[0]!;
    const asked = { gsi: 4, indAddress: 0x1f008n, summaryAddress: 0x20010n, indOffset: 9n, summaryOffset: 7 };
    const pages = machine.kvm.slots;
    const request = { ...asked, adapterId, type: 3, flags: 0 };
    const table = buildRoutes([request], pages, flic.profile);
    if (!table.ok) throw new Error(String(table.error));
    flic.routes = table.value;
    expect(flic.routes.get(4)!.indAddress).not.toBe(asked.indAddress);
    expect(view().adapters[0]!.routes).toEqual([{
      gsi: 4, indicator: "000000000001f008", indicatorBit: "9", summary: "0000000000020010", summaryBit: 7,
    }]);
  });

  test("decodes every field of what is pending, and counts what it does not show", () => {
    const { machine, view, set } = start("ais-demo");
    const shown = (): string[] =>
      view().pending.map(({ place, fields }) => {
        const said = fields.map(({ name, value, meaning = "" }) => `${name}=${value} ${meaning}`.trimEnd());
        return [place, ...said].join(" | ");
      });
    const enqueue = (bytes: Uint8Array): void =>
      expect(set(flicGroup.ENQUEUE, bytes, BigInt(bytes.length)).result).toBe(0);
    const io = { subchannel_id: 1, subchannel_nr: 5, io_int_parm: 0xcafe, io_int_word: 0x18000000 };
    enqueue(encodeIrq(5, ioInfo.encode(io)));
    enqueue(encodeIrq(0x04000000, ioInfo.encode({ ...io, io_int_word: 0xa8000000 })));
    enqueue(encodeIrq(interruptType.INT_SERVICE, extInfo.encode({ ext_params: 0x12341 })));
    enqueue(encodeIrq(interruptType.INT_VIRTIO, extInfo.encode({ ext_params: 0xd01, ext_params2: 7n })));
    enqueue(encodeIrq(interruptType.INT_PFAULT_DONE, extInfo.encode({ ext_params2: 0x55n })));
    enqueue(encodeIrq(interruptType.MCHK, mchkInfo.encode({ cr14: 1n << 28n, mcic: 1n << 54n })));
    machine.kvm.flic.injectLocal(0, { type: interruptType.INT_EMERGENCY, code: 0 });
    expect(shown()).toEqual([
      "GISA ISC 5 | io_int_word=a8000000 adapter, ISC 5",
      "ISC 3 | type=00000005 cssid 0 ssid 0 schid 5 | subchannel_id=0001 | subchannel_nr=0005 0.0.0005" +
        " | io_int_parm=0000cafe | io_int_word=18000000 ISC 3",
      "page faults | type=fffe0005 | ext_params=00000000 | ext_params2=0000000000000055 token",
      "virtio | type=ffff2603 | ext_params=00000d01 | ext_params2=0000000000000007",
      "service signal | ext_params=00012341 SCCB at 12340, event data",
      "service event | ext_params=00012341 SCCB at 12340, event data",
      "machine check | cr14=0000000010000000 channel report | mcic=0040000000000000 channel report pending",
      "vCPU 0 EXT_EMERGENCY | code=0000 from CPU 0",
    ]);
    for (let n = 0; n < 300; n++) enqueue(encodeIrq(5, ioInfo.encode(io)));
    expect([view().pendingCount, view().pending.length]).toEqual([308, 200]);
  });
});
