import { describe, expect, it } from "vitest";
import { XiveChip } from "../../../../src/engine/devices/xive/chip.ts";
import { loadChip, saveChip } from "../../../../src/engine/devices/xive/chipState.ts";
import { HostMemory } from "../../../../src/engine/devices/xive/hostMemory.ts";
import { HostXive } from "../../../../src/engine/devices/xive/hostXive.ts";
import { KvmXive, newConnectedVcpu } from "../../../../src/engine/devices/xive/kvmXive.ts";
import {
  loadKvmXive, objectionToKvmXive, saveKvmXive, type KvmXiveSnapshot,
} from "../../../../src/engine/devices/xive/kvmState.ts";
import { IRQS_PER_BLOCK } from "../../../../src/engine/devices/xive/irqState.ts";

const noMemory = { load: () => undefined, store: () => false };
const SOURCES = 8;
const PROCESSORS = 4;
const registers = (first: number): Uint8Array => Uint8Array.from({ length: 64 }, (_, i) => first + i);

/** A value in every table; `mark` tells one chip from another. */
function fill(chip: XiveChip, mark: number): void {
  chip.sources.loadStatus(Uint8Array.from({ length: SOURCES }, (_, i) => (i * mark) % 8));
  chip.sources.setLsi(mark, true);
  chip.eas.set(mark, 0x8000_0001_0000_0000n + BigInt(mark));
  chip.ends.setWord(mark, 5, mark);
  chip.nvts.add(0x400 + mark);
  chip.nvts.addBacklog(0x400 + mark, mark);
  const context = chip.thread(mark);
  context.registers.set(registers(mark));
  Object.assign(context, { osLine: mark % 2 === 1, hvLine: mark % 2 === 0 });
}

describe("the saved state of a XIVE", () => {
  const chip = (): XiveChip => new XiveChip({ sources: SOURCES, ends: 8, memory: noMemory });

  it("is everything that is not as at power-on, by number", () => {
    expect(saveChip(chip())).toEqual({
      status: new Uint8Array(SOURCES).fill(1), lsis: [], eas: [], ends: [], nvts: [], threads: [],
    });
    const used = chip();
    fill(used, 3);
    expect(saveChip(used)).toEqual({
      status: Uint8Array.of(0, 3, 6, 1, 4, 7, 2, 5), lsis: [3],
      eas: [{ source: 3, value: 0x8000_0001_0000_0003n }],
      ends: [{ end: 3, words: [0, 0x50000000, 0, 0, 0, 3, 0, 0] }], nvts: [{ nvt: 0x403, ipb: 3 }],
      threads: [{ thread: 3, registers: registers(3), osLine: true, hvLine: false }],
    });
  });

  it("takes the place of all that was there, and says so", () => {
    const [used, other] = [chip(), chip()];
    fill(used, 3);
    fill(other, 2);
    fill(other, 5);
    const told: string[] = [];
    other.onStep = ({ step, bit }) => told.push(`${step} ${bit}`);
    const saved = saveChip(used);
    loadChip(other, saved);
    expect(saveChip(other)).toEqual(saved);
    expect(told.at(-1)).toBe("loaded reset");
    used.thread(3).registers.fill(0);
    expect(saved.threads[0]!.registers[0]).toBe(3);
  });
});

interface World {
  readonly device: KvmXive;
  readonly memory: HostMemory;
}
function world(): World {
  const memory = new HostMemory(noMemory);
  const host = new HostXive({ memory, interrupts: SOURCES, processors: PROCESSORS });
  return { device: new KvmXive({ host }), memory };
}

/** A device with every field another than at first. */
function used(mark: number): World {
  const one = world();
  const { device, memory } = one;
  device.setServers(mark);
  device.hasProcessors = true;
  const irq = mark + 2 * IRQS_PER_BLOCK;
  device.irqs.createBlock(irq);
  Object.assign(device.irqs.get(irq)!, {
    ipi: 1, passthrough: mark, valid: true, lsi: true, asserted: true, actServer: 1, actPriority: mark,
    eisn: 0x77, guestPriority: mark, savedPriority: 5, oldP: true, oldQ: true, inQueue: true,
  });
  const vcpu = newConnectedVcpu(mark - 1);
  vcpu.saved.set([1, 2, 3, 4, 5, 6, 7, 8]);
  Object.assign(vcpu, { isPushed: true, irqPending: true, escalationPriority: mark, escalationOn: true });
  Object.assign(vcpu.icp, { cppr: 1, hwCppr: 2, mfrr: 3, pending: 4, delayedIrq: 5, ipi: 6 });
  const page = memory.allocatePage();
  memory.store(page + 4n, 0x01020304);
  Object.assign(vcpu.queues[mark]!, {
    page, guestAddress: 0x20000n, guestShift: 16, shift: 12, count: mark, hasEscalation: true,
  });
  Object.assign(vcpu.queues[mark]!.consumer, { index: 9, toggle: 1 });
  device.vcpus.set(vcpu.server, vcpu);
  for (let i = 0; i < 3; i++) device.host.allocateInterrupt();
  device.host.freeInterrupt(2);
  fill(device.host.chip, mark);
  return one;
}
const save = ({ device, memory }: World): KvmXiveSnapshot => saveKvmXive(device, memory);

describe("the saved state of KVM's device", () => {
  it("is nothing but counts at first", () => {
    const { chip, ...rest } = save(world());
    expect(rest).toEqual({
      nrServers: 2048, hasProcessors: false, blocks: [], irqs: [], vcpus: [], free: [], nextInterrupt: 1,
      pages: [],
    });
    expect(chip.status.length).toBe(SOURCES);
  });

  it("takes the place of all that was there, and shares nothing with the device it was saved from", () => {
    const [one, other] = [used(3), used(2)];
    const saved = save(one);
    expect(saved.irqs.length + saved.vcpus.length + saved.pages.length + saved.free.length).toBe(4);
    const copy = structuredClone(saved);
    expect(objectionToKvmXive(other.device.host, saved)).toBeUndefined();
    loadKvmXive(other.device, other.memory, saved);
    expect(save(other)).toEqual(copy);
    for (const { device } of [one, other]) {
      const vcpu = device.vcpus.get(2)!;
      vcpu.saved.fill(0);
      vcpu.icp.cppr = 9;
      vcpu.queues[3]!.consumer.index = 1;
      device.irqs.get(3 + 2 * IRQS_PER_BLOCK)!.eisn = 0;
    }
    expect(saved).toEqual(copy);
  });

  it("loads absent pages and escalations as absent", () => {
    const other = used(2);
    const one = world();
    one.device.vcpus.set(1, newConnectedVcpu(1));
    loadKvmXive(other.device, other.memory, save(one));
    const vcpu = other.device.vcpus.get(1)!;
    expect([vcpu.escalationPriority, vcpu.queues[2]!.page]).toEqual([undefined, undefined]);
  });
});

type Deep<T> = T extends bigint | Uint8Array ? T
  : T extends readonly (infer Item)[] ? Deep<Item>[]
    : T extends object ? { -readonly [Name in keyof T]: Deep<T[Name]> } : T;
type Alter = (saved: Deep<KvmXiveSnapshot>) => void;

const LACKS = "it names an interrupt the host lacks";
const PRIORITY = "a source has a priority there is not";
const STRANGER = "it routes a source that is not there";
const STATE = "a source is in no state there is";
const alterations: readonly (readonly [string, Alter, string | undefined])[] = [
  ["nothing", () => undefined, undefined],
  ["IPI beyond", ({ irqs }) => { irqs[0]!.ipi = SOURCES; }, LACKS],
  ["last IPI", ({ irqs }) => { irqs[0]!.ipi = SOURCES - 1; }, undefined],
  ["device's interrupt beyond", ({ irqs }) => { irqs[0]!.passthrough = SOURCES; }, LACKS],
  ["free interrupt beyond", ({ free }) => { free.push(SOURCES); }, LACKS],
  ["vCPU's IPI beyond", ({ vcpus }) => { vcpus[0]!.icp.ipi = SOURCES; }, LACKS],
  ["source without IPI", ({ irqs }) => { irqs[0]!.ipi = 0; }, "a source has no interrupt of the host"],
  ["none needed", ({ irqs }) => { Object.assign(irqs[0]!, { ipi: 0, valid: false }); }, undefined],
  ["server twice", ({ vcpus }) => { vcpus.push(vcpus[0]!); }, "it has a server twice"],
  ["part of a word", ({ pages }) => { pages[0]!.bytes = new Uint8Array(6); },
    "a page of its queues ends in a word"],
  ["server beyond", ({ vcpus }) => { vcpus[0]!.server = PROCESSORS; },
    "it has a server that the host has no room for"],
  ["last server", ({ vcpus }) => { vcpus[0]!.server = PROCESSORS - 1; }, undefined],
  ["priority 8", ({ irqs }) => { irqs[0]!.actPriority = 8; }, PRIORITY],
  ["priority 254", ({ irqs }) => { irqs[0]!.actPriority = 254; }, PRIORITY],
  ["priority 7", ({ irqs }) => { irqs[0]!.actPriority = 7; }, undefined],
  ["masked", ({ irqs }) => { irqs[0]!.actPriority = 255; }, undefined],
  ["priority of none", ({ irqs }) => { Object.assign(irqs[0]!, { actPriority: 8, valid: false }); },
    undefined],
  ["status of 9 sources", ({ chip }) => { chip.status = new Uint8Array(9); },
    "it has 9 interrupt sources, this machine has 8"],
  ["status 8", ({ chip }) => { chip.status[7] = 8; }, STATE],
  ["status 7", ({ chip }) => { chip.status[7] = 7; }, undefined],
  ["line beyond", ({ chip }) => { chip.lsis.push(SOURCES); }, STRANGER],
  ["route beyond", ({ chip }) => { chip.eas.push({ source: SOURCES, value: 0n }); }, STRANGER],
  ["END beyond", ({ chip }) => { chip.ends[0]!.end = 8 * PROCESSORS; },
    "it has an event queue that is not there"],
  ["last END", ({ chip }) => { chip.ends[0]!.end = 8 * PROCESSORS - 1; }, undefined],
];

describe("a saved state that was altered", () => {
  it.each(alterations)("%s: is refused for what it names wrongly, and for nothing else",
    (_, alter, objection) => {
      const saved = structuredClone(save(used(3))) as Deep<KvmXiveSnapshot>;
      alter(saved);
      expect(objectionToKvmXive(world().device.host, saved)).toBe(objection);
    });
});
