/** Device attributes and ioctls over all of their small arguments, as s390_flic.rst tells them. */
import { describe, expect, it } from "vitest";
import { loadFlic } from "../../../../src/engine/devices/flic/persist.ts";
import { flicState } from "../../../../src/engine/devices/flic/state.ts";
import { ioAdapter, ioAdapterReq } from "../../../../src/engine/uapi/flic.ts";
import { ioctl } from "../../../../src/engine/uapi/ioctl.ts";
import { irqRouting, irqRoutingEntry } from "../../../../src/engine/uapi/irqRouting.ts";
import { kernelProfiles } from "../../../../src/engine/uapi/kernelProfile.ts";
import { irqState } from "../../../../src/engine/uapi/s390Interrupt.ts";
import { Prng } from "../../../../src/engine/base/prng.ts";
import { flicMachine, hex, irq, join, toHex, type FlicMachine } from "./flicMachine.ts";
import { local, opened } from "./openMachine.ts";

const ARG = 0x6000_0000n;
const OUT = 0x6200_0000n;
const EINVAL = -22, ENOMEM = -12, EFAULT = -14, EBUSY = -16;

describe("GET_ALL_IRQS of the GISA", () => {
  const entry = (isc: number): string => toHex(irq("04000000",
    `0000000000000000${((0x80000000 | (isc << 27)) >>> 0).toString(16)}`));
  const drains = kernelProfiles["linux-6.1"];
  const reads = { ...drains, quirks: { ...drains.quirks, getAllDrainsGisa: false } };

  it.each([["takes the bits it reads", drains], ["leaves them", reads]] as const)(
    "%s, for every set of bits and every room", (_name, profile) => {
      const machine = flicMachine({ profile });
      const { kvm, user } = machine;
      const gisa = kvm.flic.gisa!;
      for (let ipm = 0; ipm < 256; ipm++)
        for (let room = 0; room <= 9; room++) {
          gisa.clearPending();
          const pending = [0, 1, 2, 3, 4, 5, 6, 7].filter((isc) => ipm & (0x80 >> isc));
          for (const isc of pending) gisa.raise(isc, isc + 1);
          user.place(OUT, new Uint8Array(72 * 9));
          // The kernel looks for room before every ISC, whether that one is pending or not.
          const taken: number[] = [];
          let fits = ipm === 0;
          if (!fits && profile === drains)
            for (let isc = 0; ; isc++) {
              fits = isc === 8;
              if (fits || taken.length === room) break;
              if (pending.includes(isc)) taken.push(isc);
            }
          else fits = pending.length <= room;
          const got = kvm.getAttr(1, BigInt(room * 72 + 71), OUT);
          expect(got, `ipm ${ipm} room ${room}`).toBe(fits ? pending.length : ENOMEM);
          if (fits) expect(toHex(user.at(OUT).subarray(0, 72 * pending.length)))
            .toBe(pending.map(entry).join(""));
          const left = profile === drains ? pending.filter((isc) => !taken.includes(isc)) : pending;
          expect(gisa.ipm).toBe(left.reduce((sum, isc) => sum | (0x80 >> isc), 0));
        }
    });
});

describe("pinned pages of an adapter", () => {
  it("are a list by exact address: the first equal one goes, and so many were asked for are counted", () => {
    const machine = flicMachine({ profile: kernelProfiles["linux-4.13"] });
    const { kvm, user } = machine;
    kvm.setAttr(6, 0n, user.place(ARG, ioAdapter.encode({ id: 3 })));
    const adapter = kvm.flic.adapters.get(3)!;
    const prng = new Prng(5);
    const places = [0x1000n, 0x1008n, 0x2000n, 0x5000n];
    let model: bigint[] = [];
    for (let step = 0; step < 400; step++) {
      const [addr, maps] = [prng.pick(places), prng.below(5) < 3];
      const request = ioAdapterReq.encode({ id: 3, type: maps ? 2 : 3, addr });
      const result = kvm.setAttr(7, 0n, user.place(ARG, request));
      const at = model.indexOf(addr);
      if (maps) model.push(addr);
      else model = model.filter((_, index) => index !== at);
      expect(result).toBe(maps || at >= 0 ? 0 : EINVAL);
      expect(adapter.maps.map(({ guestAddress }) => guestAddress)).toEqual(model);
      expect([adapter.mapsAsked, adapter.maps.every(({ guestAddress, page }) =>
        page === Number(guestAddress & ~4095n))]).toEqual([model.length, true]);
    }
  });
});

describe("asynchronous page faults", () => {
  it("of a CPU are ended by its own token, once, and at most 64 are under way", () => {
    const { kvm } = flicMachine({ cpus: 2 });
    const { pageFaults, floating } = kvm.flic;
    pageFaults.enabled = true;
    const token = (cpu: number, number: number): bigint => BigInt(cpu * 1000 + number);
    for (let number = 0; number < 66; number++)
      for (const cpu of [0, 1]) expect(pageFaults.start(cpu, token(cpu, number))).toBe(number < 64);
    for (const [cpu, other] of [[0, 1], [1, 0]] as const) pageFaults.finish(cpu, token(other, 5));
    expect([pageFaults.list().length, floating.pfault.length]).toEqual([128, 0]);
    for (const cpu of [1, 0, 1]) pageFaults.finish(cpu, token(cpu, 5));
    expect(floating.pfault.values().map(({ interrupt }) => interrupt.params2)).toEqual([1005n, 5n]);
    expect(pageFaults.list().some(({ token: one }) => one % 1000n === 5n)).toBe(false);
    expect([pageFaults.start(0, 99n), pageFaults.start(0, 98n)]).toEqual([true, false]);
    const [oldest] = pageFaults.list();
    pageFaults.finish(oldest!.cpu, oldest!.token);
    expect([pageFaults.list().includes(oldest!), floating.pfault.length]).toEqual([false, 3]);
  });
});

describe("SET_IRQ_STATE", () => {
  const set = ({ kvm, user, cpuFds }: FlicMachine, ...entries: readonly Uint8Array[]): number => {
    user.place(OUT, join(...entries));
    user.place(ARG, irqState.encode({ buf: OUT, len: 72 * entries.length }));
    return kvm.ioctl(cpuFds[0]!, ioctl.KVM_S390_SET_IRQ_STATE, ARG);
  };
  const [restart, clock, stop, prefix, floats] = [
    irq("fffe0003"), irq("ffff1004"), irq("fffe0000"), irq("fffe0002", "00008000"), irq("ffff2603"),
  ];

  it("injects in order up to the first that is refused, keeps those before it and wakes nobody", () => {
    for (const [bad, errno] of [[prefix, EBUSY], [floats, EINVAL], [irq("1fffe0003"), EINVAL]] as const)
      for (const [entries, bits] of [
        [[bad, restart], 0], [[restart, bad, clock], 2], [[restart, clock, bad], 2 | (1 << 19)],
      ] as const) {
        const machine = flicMachine();
        expect(set(machine, ...entries)).toBe(errno);
        expect([machine.kvm.flic.vcpus.of(0).local.bits, machine.kicks]).toEqual([bits, []]);
      }
    const machine = flicMachine();
    expect(set(machine, restart, clock, stop)).toBe(0);
    expect(machine.kvm.flic.vcpus.of(0).local.bits).toBe(2 | 4 | (1 << 19));
    expect(set(machine, restart)).toBe(EBUSY);
  });

  it("wants whole entries, at least one and at most 287", () => {
    const machine = flicMachine();
    const { kvm, user, cpuFds } = machine;
    for (const len of [0, 1, 71, 73, 72 * 288, 72 * 287 + 1, 72 * 287]) {
      user.place(ARG, irqState.encode({ buf: 0n, len }));
      const errno = len === 72 * 287 ? EFAULT : EINVAL;
      expect(kvm.ioctl(cpuFds[0]!, ioctl.KVM_S390_SET_IRQ_STATE, ARG)).toBe(errno);
    }
  });
});

describe("a CPU's reset", () => {
  it("leaves nothing of any local interrupt behind, and requests that others made of it stay", () => {
    for (const sigpInterpretation of [false, true]) {
      const machine = opened(0, { cpus: 2, options: { sigpInterpretation } });
      const fresh = machine.kvm.flic.save().vcpus[0]!;
      machine.cpus[0]!.isStopped = true;
      expect(local(machine, irq("fffe0002", "00008000"))).toBe(0);
      machine.cpus[0]!.isStopped = false;
      for (const one of [
        irq("fffe0000", "00000001"), irq("fffe0001", "11".repeat(40)), irq("fffe0003"),
        irq("fffe0004", "22".repeat(16)), irq("fffe1000", "33".repeat(48)), irq("fffe1000", "ff".repeat(48)),
        irq("ffff1004"), irq("ffff1005"),
        irq("ffff1201", "0001"), irq("ffff1202", "0001"),
      ]) expect(local(machine, one)).toBe(0);
      machine.kvm.flic.clearLocal(0);
      expect(machine.kvm.flic.save().vcpus[0]).toEqual({ ...fresh, cpuflags: 0x05000000 });
    }
  });
});

describe("a machine", () => {
  it("has a GISA of format 1 where it does not ask for format 0, at 0x1000 or where it asks", () => {
    const options = [{}, { gisaFormat: 0 }, { gisaFormat: 1 }, { gisaAddress: 0x5000 }] as const;
    const areas = options.map((one) => flicMachine({ options: one }).kvm.flic.gisa!);
    expect(areas.map(({ format, address }) => [format, address]))
      .toEqual([[1, 0x1000], [0, 0x1000], [1, 0x1000], [1, 0x5000]]);
  });

  it("without CPUs keeps what is injected and kicks nobody", () => {
    const { kvm, user, kicks } = flicMachine({ cpus: 0 });
    expect(kvm.setAttr(2, 72n, user.place(ARG, irq("ffff2603")))).toBe(0);
    expect([kvm.flic.floating.virtio.length, kicks, kvm.flic.vcpus.nextRoundRobin]).toEqual([1, [], 0]);
  });

  it("that is not protected holds nothing back after CLEAR_IRQS", () => {
    const { kvm } = flicMachine();
    kvm.flic.floating.masked = 1 << 15;
    kvm.setAttr(3, 0n, 0n);
    expect(kvm.flic.floating.masked).toBe(0);
  });

  it("routes GSIs to adapters only, and a refused table leaves the old one", () => {
    const { kvm, user } = flicMachine();
    const set = (fields: Parameters<typeof irqRoutingEntry.encode>[0]): number => kvm.ioctl(
      kvm.vmFd, ioctl.KVM_SET_GSI_ROUTING, user.place(ARG, join(irqRouting.encode({ nr: 1 }),
        irqRoutingEntry.encode({ gsi: 1, type: 3, ...fields }))));
    expect(set({})).toBe(0);
    for (const type of [0, 1, 2, 4, 5, 6]) expect(set({ type, gsi: 2 })).toBe(EINVAL);
    for (const flags of [1, 2, 0x8000_0000]) expect(set({ flags, gsi: 2 })).toBe(EINVAL);
    expect([set({ gsi: 4096 }), set({ "u.adapter.ind_addr": 0x4000_0000n }),
      set({ "u.adapter.summary_addr": 0x4000_0000n })]).toEqual([EINVAL, EFAULT, EFAULT]);
    expect([...kvm.flic.routes.keys()]).toEqual([1]);
    expect([set({ gsi: 4095 }), [...kvm.flic.routes.keys()]]).toEqual([0, [4095]]);
  });

  it("takes a table of 4,096 GSIs, and none of one entry more", () => {
    const { kvm, user } = flicMachine();
    const set = (nr: number): number => {
      const route = (gsi: number): Uint8Array => irqRoutingEntry.encode({ gsi: gsi % 4096, type: 3 });
      const routes = Array.from({ length: nr }, (_, gsi) => route(gsi));
      return kvm.ioctl(kvm.vmFd, ioctl.KVM_SET_GSI_ROUTING,
        user.place(ARG, join(irqRouting.encode({ nr }), ...routes)));
    };
    expect([set(4096), kvm.flic.routes.size]).toEqual([0, 4096]);
    expect([set(4097), kvm.flic.routes.size]).toEqual([EINVAL, 4096]);
  });

  it("needs AIS, and AIS that can move, of a target exactly where a mode is not ALL", () => {
    const saved = flicMachine().kvm.flic.save();
    for (const [simm, nimm] of [[0, 0], [1, 0], [0, 1], [0x80, 0x80], [0xff, 0]] as const)
      expect(flicState.needs({ ...saved, simm, nimm }))
        .toEqual(simm + nimm === 0 ? [] : ["KVM_CAP_S390_AIS", "KVM_CAP_S390_AIS_MIGRATION"]);
  });

  it("does not take over an adapter's page that is no page of its storage", () => {
    const { kvm, memory, user } = flicMachine();
    kvm.setAttr(6, 0n, user.place(ARG, hex("00000001 02000000")));
    const saved = kvm.flic.save();
    const withPage = (page: number) => ({
      ...saved, adapters: saved.adapters.map((one) => ({ ...one, maps: [{ guestAddress: 0n, page }] })),
    });
    for (const page of [1, 0x800, memory.size, memory.size - 0x800, 2 ** 40])
      expect(loadFlic(kvm.flic, withPage(page)).ok, String(page)).toBe(false);
    expect(kvm.flic.save()).toEqual(saved);
    for (const page of [0, memory.size - 0x1000]) {
      expect(loadFlic(kvm.flic, withPage(page)).ok).toBe(true);
      expect(kvm.flic.save()).toEqual(withPage(page));
    }
  });
});
