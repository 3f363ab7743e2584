import { describe, expect, it } from "vitest";
import { GuestPages } from "../../../../src/engine/devices/kvm/guestPages.ts";
import { XiveNative } from "../../../../src/engine/devices/kvm/xiveNative.ts";
import { loadXiveNative, saveXiveNative } from "../../../../src/engine/devices/kvm/xiveNativeState.ts";
import { HostMemory } from "../../../../src/engine/devices/xive/hostMemory.ts";
import { HostXive, type FirmwareCall } from "../../../../src/engine/devices/xive/hostXive.ts";
import type { XiveDefect } from "../../../../src/engine/devices/xive/defects.ts";
import {
  BAD_ADDRESS, BUFFER, SmallUserMemory,
} from "../../../../src/engine/deviceMachine/powerDeviceMachine.ts";
import { xiveEq } from "../../../../src/engine/uapi/xive.ts";

const [CTRL, SOURCE, CONFIG, EQ, SYNC] = [1, 2, 3, 4, 5];
const IRQ = 0x20n;
const both = [true, false];

interface World {
  readonly device: XiveNative;
  readonly memory: HostMemory;
  readonly user: SmallUserMemory;
  /** Sets an attribute from a 64-bit value. */
  set(group: number, attr: bigint, value?: bigint): number;
  queue(attr: bigint, known?: Parameters<typeof xiveEq.encode>[0]): number;
}
interface Shape {
  readonly fails?: (call: FirmwareCall) => boolean;
  readonly defect?: XiveDefect;
  readonly singleEscalation?: boolean;
  readonly pageShift?: number;
  readonly interrupts?: number;
  readonly allocate?: (bytes: number) => boolean;
  /** Connected as 0 and on. Default 2. */
  readonly servers?: number;
}
/** 256 KiB of guest memory. */
function world({ fails, defect, pageShift = 16, interrupts = 16, servers = 2, ...rest }: Shape = {}): World {
  const memory = new HostMemory({ load: () => 0, store: () => true });
  const host = new HostXive({ memory, interrupts, processors: 4, ...fails && { fails } });
  const user = new SmallUserMemory();
  const pages = new GuestPages(0x40000, pageShift);
  const device = new XiveNative({ host, user, pages, defects: new Set(defect ? [defect] : []), ...rest });
  device.setServers(4);
  for (let server = 0; server < servers; server++) device.connect(server);
  const fresh = { flags: 1, qshift: 16, qaddr: 0x20000n, qtoggle: 1, qindex: 0 };
  return {
    device, memory, user,
    set: (group, attr, value = 0n) => device.setAttr(group, attr, user.placeU64(BUFFER, value)),
    queue: (attr, known = {}) =>
      device.setAttr(EQ, attr, user.place(BUFFER, xiveEq.encode({ ...fresh, ...known }))),
  };
}
/** A value of SOURCE_CONFIG, and an attribute of EQ_CONFIG. */
const route = (server: number, priority: number, eisn: number, isMasked = false): bigint =>
  BigInt(server * 8 + priority) + (isMasked ? 1n << 32n : 0n) + (BigInt(eisn) << 33n);
const named = (server: number, priority: number): bigint => BigInt(server * 8 + priority);
/** Open sources: 0x20 to server 0 and 0x21 to server 1, at priority 6; 0x22 goes nowhere. */
function routed(shape: Shape = {}): World {
  const one = world(shape);
  for (const server of [0, 1]) one.queue(named(server, 6), { qaddr: BigInt(0x10000 * (server + 1)) });
  for (const irq of [IRQ, IRQ + 1n, IRQ + 2n]) one.set(SOURCE, irq);
  for (const server of [0, 1]) one.set(CONFIG, IRQ + BigInt(server), route(server, 6, 0x30 + server));
  for (let interrupt = 1; interrupt < 10; interrupt++) one.device.host.chip.sources.setPq(interrupt, 0);
  return one;
}
const pqOf = ({ device }: World, irq: bigint): number =>
  device.host.chip.sources.pq(device.irqs.get(Number(irq))!.ipi);

describe("attributes of the native device", () => {
  it("are known by group, and what is not is -ENXIO", () => {
    const { device } = world();
    const has =
      (group: number, ...attrs: bigint[]): number[] => attrs.map((attr) => device.hasAttr(group, attr));
    expect(has(CTRL, 0n, 1n, 2n, 3n, 4n)).toEqual([-6, 0, 0, 0, -6]);
    for (const group of [SOURCE, CONFIG, SYNC])
      expect(has(group, 0n, 0xfffffn, 0x100000n)).toEqual([0, 0, -6]);
    expect([has(EQ, 0n, 1n << 63n), has(0, 1n), has(6, 1n)]).toEqual([[0, 0], [-6], [-6]]);
    expect([0, 6].map((group) => device.setAttr(group, 1n, BUFFER))).toEqual([-6, -6]);
    expect([CTRL, SOURCE, CONFIG, SYNC, 9].map((group) => device.getAttr(group, 1n, BUFFER)))
      .toEqual([-6, -6, -6, -6, -6]);
    expect(device.setAttr(CTRL, 4n, BUFFER)).toBe(-6);
  });

  it("of a source make its block, read, want an interrupt of the host; its kind is only ever set", () => {
    const one = world({ interrupts: 2, allocate: (bytes) => bytes !== 0x20000 });
    expect([one.set(SOURCE, 0x100000n), one.set(SOURCE, IRQ)]).toEqual([-7, -12]);
    const few = world({ interrupts: 2 });
    expect([few.device.setAttr(SOURCE, IRQ, BAD_ADDRESS), few.device.irqs.hasBlock(0x20)])
      .toEqual([-14, true]);
    expect([few.set(SOURCE, IRQ), few.set(SOURCE, IRQ + 1n), few.set(SOURCE, IRQ)]).toEqual([0, -6, 0]);
    for (const [values, kind] of [[[0n], [false, false]], [[2n], [false, false]], [[1n], [true, false]],
      [[3n, 0n], [true, true]], [[1n, 2n], [true, false]], [[1n, 3n], [true, true]]] as const) {
      const { device, set } = world();
      for (const value of values) set(SOURCE, IRQ, value);
      const { lsi, asserted } = device.irqs.get(0x20)!;
      expect([lsi, asserted]).toEqual(kind);
    }
  });

  it("of a routed source start it anew: off, masked, going nowhere", () => {
    const one = routed();
    expect(one.set(SOURCE, IRQ)).toBe(0);
    const state = one.device.irqs.get(0x20)!;
    expect([pqOf(one, IRQ), state.actServer, state.actPriority, state.valid]).toEqual([1, 0, 0xff, true]);
    expect(one.device.host.chip.eas.get(state.ipi)).toBe(0x8000_0000_8000_0000n);
  });

  it("set the number of servers from four bytes", () => {
    const one = world({ servers: 0 });
    expect([one.set(CTRL, 3n, 0x7_0000_0002n), one.device.nrServers]).toEqual([0, 2]);
    expect(one.device.setAttr(CTRL, 3n, BAD_ADDRESS)).toBe(-14);
  });
});

describe("SOURCE_CONFIG of the native device", () => {
  it("is refused in the order: block, source, copy, priority, server, room, firmware", () => {
    let isFailing = false;
    const one = routed({ fails: (call) => isFailing && call === "configure-interrupt" });
    const { device } = one;
    expect([one.set(CONFIG, 5000n, 0n), one.set(CONFIG, 0x10n, route(0, 7, 0))]).toEqual([-2, -22]);
    expect(device.setAttr(CONFIG, IRQ, BAD_ADDRESS)).toBe(-14);
    expect([route(0, 7, 1), route(0, 7, 1, true), route(3, 6, 1), route(0, 5, 1)]
      .map((value) => one.set(CONFIG, IRQ, value))).toEqual([-22, -22, -22, -16]);
    // What is so already is done, whatever the mask bit says.
    expect([one.set(CONFIG, IRQ, route(0, 6, 0x30, true)), device.irqs.get(0x20)!.actPriority])
      .toEqual([0, 6]);
    isFailing = true;
    expect([one.set(CONFIG, IRQ, route(1, 6, 0x99)), device.irqs.get(0x20)]).toMatchObject(
      [-6, { actServer: 1, actPriority: 6, eisn: 0x99 }]);
    expect([one.set(SYNC, IRQ), one.set(SYNC, 0x10n), one.set(SYNC, 5000n)]).toEqual([0, -22, -2]);
  });

  it("routes whichever interrupt is selected, or masks it with everything forgotten", () => {
    for (const passthrough of [0, 9]) {
      const one = routed();
      const state = one.device.irqs.get(0x20)!;
      state.passthrough = passthrough;
      const eas = (): bigint => one.device.host.chip.eas.get(passthrough || state.ipi);
      expect([one.set(CONFIG, 0x1_0000_0020n, route(1, 6, 0x99)), eas()])
        .toEqual([0, 0x8000_000e_0000_0099n]);
      one.queue(named(0, 5), { qaddr: 0x30000n });
      // Server, priority or number alone is another.
      expect([route(0, 6, 0x99), route(0, 5, 0x99), route(0, 5, 0x98)]
        .map((value) => [one.set(CONFIG, IRQ, value), Number(eas() & 0xf_ffff_ffffn)]))
        .toEqual([[0, 0x6_0000_0099], [0, 0x5_0000_0099], [0, 0x5_0000_0098]]);
      expect([one.set(CONFIG, IRQ, route(9, 5, 1, true)), eas()]).toEqual([0, 0x8000_0000_8000_0000n]);
      expect([state.actServer, state.eisn, state.actPriority]).toEqual([0, 0, 0xff]);
    }
  });
});

describe("EQ_CONFIG of the native device", () => {
  it("is refused in the order: copy, server, priority, then flags, size, place, and changes nothing", () => {
    const one = world();
    const { device } = one;
    expect(device.setAttr(EQ, named(3, 7), BAD_ADDRESS)).toBe(-14);
    expect([one.queue(named(3, 7)), one.queue(named(0, 7))]).toEqual([-2, -22]);
    for (const wrong of [{ flags: 0 }, { flags: 3 }, { qshift: 12 }, { qshift: 17 }, { qaddr: 0x8000n },
      { qaddr: 0x40000n }])
      expect(one.queue(named(0, 6), wrong)).toBe(-22);
    expect([device.pages.held(), device.host.chip.ends.save()]).toEqual([0, []]);
    const small = world({ pageShift: 12 });
    expect([small.queue(named(0, 6)), small.device.pages.held()]).toEqual([-22, 0]);
  });

  it("gives the queue to firmware with state and escalation; what fails leaves as little as it can", () => {
    for (const singleEscalation of both)
      for (const [failing, isOld, answer] of [
        [undefined, false, 0], ["configure-queue", false, -5], ["configure-queue", true, -5],
        ["set-queue-state", true, -5], ["attach-escalation", false, -5], ["attach-escalation", true, 0],
      ] as const) {
        let isFailing = false;
        const one = world({ singleEscalation, fails: (call) => isFailing && call === failing });
        const { device } = one;
        if (isOld) one.queue(named(1, 5), { qaddr: 0x10000n });
        isFailing = true;
        expect(one.queue(named(1, 5), { qtoggle: 0, qindex: 7 })).toBe(answer);
        const queue = device.vcpus.get(1)!.queues[5]!;
        const isKept = failing === "configure-queue";
        const page = answer === 0 ? 0x20000n : isKept && isOld ? 0x10000n : undefined;
        expect([queue.page, device.pages.held()]).toEqual([page, page === undefined ? 0 : 1]);
        // The address that was asked for is recorded before firmware is.
        expect(queue.guestAddress).toBe(answer === 0 || isKept ? 0x20000n : 0n);
        expect(queue.hasEscalation).toBe(answer === 0 || (isKept && isOld));
        expect(device.host.chip.ends.isValid(13)).toBe(page !== undefined);
        if (answer !== 0) continue;
        expect(device.host.chip.ends.word(13, 1) & 0x7fffff).toBe(7);
        expect(queue).toMatchObject({ guestShift: 16, shift: 16 });
        expect(device.vcpus.get(1)!.escalationPriority).toBe(singleEscalation ? 7 : undefined);
      }
  });

  it("restores a state only where it is not that of a fresh queue", () => {
    for (const [qtoggle, qindex, isFresh] of [[1, 0, true], [0, 0, false], [1, 1, false]] as const) {
      const one = world({ fails: (call) => call === "set-queue-state" });
      expect(one.queue(named(0, 6), { qtoggle, qindex })).toBe(isFresh ? 0 : -5);
    }
  });

  it("with size 0 takes the page away, and the END goes on notifying", () => {
    let isFailing = false;
    const one = routed({ fails: (call) => isFailing && call === "configure-queue" });
    const queue = one.device.vcpus.get(0)!.queues[6]!;
    isFailing = true;
    const none = { qshift: 0, flags: 9, qaddr: 5n };
    expect([one.queue(named(0, 6), none), queue.page, queue.guestAddress, queue.guestShift])
      .toEqual([-5, 0x10000n, 0n, 0]);
    isFailing = false;
    expect([one.queue(named(0, 6), none), queue.page, one.device.pages.held()]).toEqual([0, undefined, 1]);
    expect(one.device.host.chip.ends.word(6, 0) >>> 28).toBe(0xb);
    expect([one.queue(named(0, 5), none), one.device.pages.held()]).toEqual([0, 1]);
  });

  it("reads what user space gave and what hardware has, or leaves the buffer where there is no queue", () => {
    let isFailing = false;
    const one = routed({ fails: (call) => isFailing && call === "queue-state" });
    const { device, user } = one;
    const get = (attr: bigint, at = BUFFER): number => device.getAttr(EQ, attr, at);
    user.place(BUFFER, new Uint8Array(64).fill(0xaa));
    expect([get(named(3, 7)), get(named(0, 7)), get(named(0, 5)), get(named(0, 5), BAD_ADDRESS)])
      .toEqual([-2, -22, 0, 0]);
    expect(user.read(BUFFER, 64)!.every((byte) => byte === 0xaa)).toBe(true);
    device.host.setQueueState(1, 6, 0, 9);
    expect(get(0x5_0000_0000n + named(1, 6))).toBe(0);
    expect(xiveEq.decode(user.read(BUFFER, 64)!)).toMatchObject(
      { flags: 1, qshift: 16, qaddr: 0x20000n, qtoggle: 0, qindex: 9 });
    expect(get(named(1, 6), BAD_ADDRESS)).toBe(-14);
    isFailing = true;
    expect(get(named(1, 6), BAD_ADDRESS)).toBe(-5);
  });
});

describe("the native device as a whole", () => {
  it("marks the pages of all queues by EQ_SYNC", () => {
    for (const defect of [undefined, "xive.eqSync.skipMarkDirty"] as const) {
      const one = routed({ ...defect && { defect } });
      expect([one.set(CTRL, 2n), one.device.pages.takeDirty()]).toEqual([0, defect ? [] : [1n, 2n]]);
    }
  });

  it("loses by RESET routes and queues, not sources and servers; what is masked already keeps its PQ", () => {
    const one = routed();
    const { device } = one;
    device.irqs.get(0x21)!.passthrough = 9;
    // Routed to a server that is gone.
    Object.assign(device.irqs.get(0x22)!, { actServer: 3, actPriority: 6, eisn: 5 });
    one.set(SOURCE, IRQ + 3n);
    device.host.chip.sources.setPq(4, 0);
    expect(one.set(CTRL, 1n)).toBe(0);
    expect([IRQ, IRQ + 1n, IRQ + 2n, IRQ + 3n].map((irq) => pqOf(one, irq))).toEqual([1, 1, 1, 0]);
    expect(device.host.chip.sources.pq(9)).toBe(1);
    expect(device.irqs.allValid().map(({ actPriority, actServer, eisn }) => [actPriority, actServer, eisn]))
      .toEqual([[0xff, 0, 0x30], [0xff, 1, 0x31], [0xff, 0, 0], [0xff, 0, 0]]);
    expect([device.pages.held(), device.host.chip.ends.save(), device.vcpus.size]).toEqual([0, [], 2]);
    for (const { queues } of device.vcpus.values())
      expect(queues[6])
        .toMatchObject({ page: undefined, guestAddress: 0n, guestShift: 0, hasEscalation: false, count: 1 });
  });

  it("disconnects a server with what was routed to it and no more", () => {
    const one = routed();
    const { device } = one;
    device.disconnect(3);
    device.disconnect(0);
    expect([pqOf(one, IRQ), pqOf(one, IRQ + 1n), device.irqs.get(0x20)!.actPriority]).toEqual([1, 0, 0xff]);
    expect([[...device.vcpus.keys()], device.pages.held(), device.host.chip.nvts.has(0x400)])
      .toEqual([[1], 1, false]);
    expect([device.connect(0), device.connect(0), device.connect(4)]).toEqual([0, -17, -22]);
    const failing = world({ servers: 0, fails: (call) => call === "enable-processor" });
    expect([failing.device.connect(0), failing.device.vcpus.size]).toEqual([-5, 0]);
  });

  it("is closed with every interrupt given back and off, a device's own off alone", () => {
    const one = routed();
    const { device } = one;
    device.irqs.get(0x20)!.passthrough = 9;
    device.destroy();
    const { sources, eas } = device.host.chip;
    expect([1, 2, 3, 9].map((interrupt) => sources.pq(interrupt))).toEqual([1, 1, 1, 1]);
    expect([eas.get(1), eas.get(9)]).toEqual([0n, 0x8000_0000_8000_0000n]);
    expect(device.host.saveNumbers()).toEqual({ free: [1, 2, 3], nextInterrupt: 4 });
    expect([device.vcpus.size, device.pages.held(), device.irqs.firstNumbers()]).toEqual([0, 0, []]);
  });

  it("takes over a saved state with the pages of its queues, or refuses it with a sentence", () => {
    const [from, to] = [routed(), routed()];
    to.queue(named(0, 5), { qaddr: 0x30000n });
    const saved = saveXiveNative(from.device, from.memory);
    expect([loadXiveNative(to.device, to.memory, saved).ok, to.device.pages.held()]).toEqual([true, 2]);
    to.device.pages.release(0x10000n);
    to.device.pages.release(0x20000n);
    expect([to.device.pages.held(), saveXiveNative(to.device, to.memory)]).toEqual([0, saved]);
    const other = routed();
    const before = saveXiveNative(other.device, other.memory);
    expect(loadXiveNative(other.device, other.memory, { ...saved, free: [99] })).toEqual({
      ok: false, error: "the XIVE device cannot be restored: it names an interrupt the host lacks",
    });
    expect([saveXiveNative(other.device, other.memory), other.device.pages.held()]).toEqual([before, 2]);
  });
});
