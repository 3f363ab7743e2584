import { describe, expect, it } from "vitest";
import type { Flic } from "../../../../src/engine/devices/flic/flic.ts";
import { flicState, type FlicSnapshot } from "../../../../src/engine/devices/flic/state.ts";
import { interruptType } from "../../../../src/engine/uapi/s390Interrupt.ts";
import { flicMachine, type FlicMachine } from "./flicMachine.ts";

/** A machine with nothing at its default. */
function crowded(prepare: (flic: Flic) => void = () => undefined): FlicMachine {
  const machine = flicMachine({ cpus: 2, options: { sigpInterpretation: true } });
  const { kvm: { flic }, cpus } = machine;
  prepare(flic);
  const ext = { kind: "ext", params: 0x12341, pad: 5, params2: 6n } as const;
  const io = { kind: "io", type: 1, subchannelId: 1, subchannelNr: 1, ioIntParm: 1 } as const;
  for (let isc = 0; isc < 8; isc++) {
    flic.enqueue({ ...io, ioIntWord: (isc << 27) >>> 0 });
    flic.enqueue({ ...io, type: 0x04000000, ioIntWord: (isc << 27) >>> 0 });
    flic.registerGisc(isc);
  }
  for (const type of [0xffff2401, 0xffff2603, 0xfffe0005]) flic.enqueue({ ...ext, type });
  flic.enqueue({ kind: "mchk", cr14: 1n << 28n, mcic: 1n });
  Object.assign(flic.gisa!, { simm: 1, nimm: 2, iam: 4 });
  flic.ais = { simm: 3, nimm: 4 };
  flic.facility72 = false;
  flic.isProtected = true;
  flic.floating.masked = 1 << 15;
  flic.vcpus.nextRoundRobin = 1;
  flic.pageFaults.restore(true, [{ cpu: 1, token: 7n }]);
  flic.adapters.register({ id: 1, isc: 2, maskable: 1, swap: 1, flags: 1 });
  flic.routes = new Map(
    [[3, { gsi: 3, indAddress: 1n, summaryAddress: 2n, indOffset: 3n, summaryOffset: 4, adapterId: 5 }]],
  );
  for (const slot of flic.vcpus.slots) {
    Object.assign(slot, { idle: true, gisaKicked: true, lctl: 1, ictl: 2 });
    const { local } = slot;
    Object.assign(local, {
      bits: 0xfffffff, externalCall: 1, prefix: 2, stopFlags: 1, cpuflags: 4, sca: { source: 1, id: 9 },
      pfault: { params: 1, pad: 2, params2: 3n },
      mchk: { cr14: 1n, mcic: 2n, failing_storage_address: 3n, ext_damage_code: 4, pad: 5,
        fixed_logout: new Uint8Array(16).fill(6) },
      pgm: {
        trans_exc_code: 1n, mon_code: 2n, per_address: 3n, data_exc_code: 4, code: 5, mon_class_nr: 6,
        per_code: 7,
        per_atmid: 8, exc_access_id: 9, per_access_id: 10, op_access_id: 11, flags: 12, pad: 13,
      },
    });
    local.ids.fill(11);
    local.emergency.set(1, 12).set(0, 13);
  }
  expect(cpus).toHaveLength(2);
  return machine;
}

/** Paths of leaves that are equal in both. */
function equalLeaves(a: unknown, b: unknown, path = ""): string[] {
  if (typeof a !== "object" || a === null || typeof b !== "object" || b === null)
    return Object.is(a, b) ? [path] : [];
  return Object.keys(a).flatMap((key) =>
    key in b ? equalLeaves((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key],
      `${path}.${key}`) : []);
}

describe("a snapshot", () => {
  it("carries every field, none of which is at its default here", () => {
    const saved = structuredClone(crowded().kvm.flic.save());
    const fresh = flicMachine({ cpus: 2, options: { sigpInterpretation: true } });
    const untouched = equalLeaves(fresh.kvm.flic.save(), saved)
      .filter((path) => !/^\.(profile|vcpus\.\d\.id|gisa\.(timer|listed))$/.test(path));
    expect(untouched).toEqual([]);
    const decoded = flicState.decode(flicState.version, flicState.encode(saved));
    expect(decoded).toEqual({ ok: true, value: saved });
    fresh.kvm.flic.load(saved);
    expect(fresh.kvm.flic.save()).toEqual(saved);
    expect(fresh.kvm.flic.floating.bits).toBe(crowded().kvm.flic.floating.bits);
  });
});

it("a snapshot has emergency signals by sender, in whatever order they came", () => {
  for (const order of [[0, 1, 2], [2, 1, 0], [1, 2, 0], [2, 0, 1]]) {
    const { flic } = flicMachine({ cpus: 3 }).kvm;
    for (const code of order) flic.injectLocal(1, { type: interruptType.INT_EMERGENCY, code });
    expect(flic.save().vcpus[1]!.emergency)
      .toEqual([0, 1, 2].map((source) => ({ source, id: order.indexOf(source) + 1 })));
  }
});

it("a CPU that was never attached is our own mistake", () => {
  const { vcpus } = flicMachine({ cpus: 2 }).kvm.flic;
  expect(() => vcpus.of(2)).toThrow("CPU 2 was never attached");
});

it("a controller that nobody listens to works as one that is listened to", () => {
  const heard = crowded().kvm.flic, unheard = crowded((flic) => { flic.onDecision = undefined; }).kvm.flic;
  for (const flic of [heard, unheard]) {
    for (let isc = 0; isc < 8; isc++) flic.injectAdapter(1);
    flic.clearIo(0x0001_0001);
    flic.gisaAlert!.clearPending("cleared");
    flic.clearFloating();
  }
  expect(unheard.save()).toEqual(heard.save());
});

describe("loading", () => {
  it("refuses other CPUs, profiles and GISAs, and misplaced interrupts, with a sentence", () => {
    const { kvm } = flicMachine({ cpus: 2 });
    const good = kvm.flic.save();
    const io = {
      kind: "io", type: 1, subchannelId: 1, subchannelNr: 1, ioIntParm: 0, ioIntWord: 0x38000000,
    } as const;
    const withCpu = (change: Partial<FlicSnapshot["vcpus"][number]>): FlicSnapshot =>
      ({ ...good, vcpus: [good.vcpus[0]!, { ...good.vcpus[1]!, ...change }] });
    const bad: FlicSnapshot[] = [
      withCpu({ emergency: [{ source: 2, id: 1 }] }),
      withCpu({ sca: { source: 2, id: 1 } }),
      withCpu({ id: 0 }),
      { ...good, nextRoundRobin: 2 },
      { ...good, vcpus: good.vcpus.slice(1) },
      { ...good, profile: "linux-4.13" },
      { ...good, gisa: null },
      { ...good, simm: 256 },
      { ...good, floating: { ...good.floating, io: [[{ id: 1, interrupt: io }],
        ...good.floating.io.slice(1)] } },
    ];
    for (const snapshot of bad) {
      const decoded = flicState.decode(flicState.version, flicState.encode(snapshot));
      expect(decoded.ok && kvm.flic.load(decoded.value).ok).toBe(false);
      expect(kvm.flic.save()).toEqual(good);
    }
  });
});
