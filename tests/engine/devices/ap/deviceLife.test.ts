/** Opening, closing, unmapping, unbinding, reconfiguring: what happens to a device that is in use. */
import { describe, expect, it } from "vitest";
import { wholeConfiguration } from "../../../../src/engine/devices/ap/apConfiguration.ts";
import { apQuirks, type ApQuirks } from "../../../../src/engine/devices/ap/apQuirks.ts";
import { DmaContainer } from "../../../../src/engine/devices/ap/dmaContainer.ts";
import { deviceIoctl } from "../../../../src/engine/devices/ap/deviceCalls.ts";
import { idsOf, maskOf, withId, withoutId } from "../../../../src/engine/devices/ap/idMask.ts";
import type { AssignmentAttribute } from "../../../../src/engine/devices/ap/vfioAp.ts";
import { PlacedMemory } from "../../../../src/engine/deviceMachine/placedMemory.ts";
import { makeApqn } from "../../../../src/engine/uapi/ap.ts";
import { VFIO_DEVICE_GET_INFO, vfioDeviceInfo } from "../../../../src/engine/uapi/vfio.ts";
import { Q4, Q47, apBench, enable, held, pinCount, references, type ApBench } from "./apBench.ts";

const NOTHING = [0n, 0xff];
const HELD = [0x1234n, 3];
const adapters = ({ driver }: ApBench): number[] => idsOf(driver.device("M")!.shadow.apm);

function using(quirks: ApQuirks = apQuirks["linux-6.1"]): ApBench {
  const one = apBench({ quirks });
  enable(one, 3, 0x1234n);
  one.hardware.calls.length = 0;
  return one;
}

describe("a container", () => {
  const container = (): DmaContainer =>
    new DmaContainer((page) => (page < 0x10000n ? 0x7000_0000n + page : undefined));

  it("maps whole pages without overlap and pins only what may be read and written", () => {
    const one = container();
    const map = (iova: bigint, size: bigint, read = true, write = true): number =>
      one.map({ iova, size, read, write });
    expect([map(0x1000n, 0x2000n), map(0x2000n, 0x1000n), map(0x800n, 0x1000n), map(0n, 0n), map(0n, 0x800n)])
      .toEqual([0, -17, -22, -22, -22]);
    expect([map(0x3000n, 0x1000n, true, false), map(0x4000n, 0x1000n, false, true),
      map(0x5000n, 0x1000n, false, false), map(0x10000n, 0x1000n)]).toEqual([0, 0, -22, 0]);
    const pin = (iova: bigint): bigint | number => {
      const pinned = one.pin(iova);
      return pinned.ok ? pinned.value : pinned.error;
    };
    expect([pin(0x1234n), pin(0x2fffn), pin(0xfffn), pin(0x3000n), pin(0x4000n), pin(0x10000n)])
      .toEqual([0x7000_1000n, 0x7000_2000n, -22, -1, -1, -14]);
    expect([pin(0x1234n), pin(0x1235n)]).toEqual([0x7000_1000n, 0x7000_1000n]);
    expect([one.pinCount(0x1234n), one.pinCount(0x1235n)]).toEqual([2, 1]);
    expect(one.pinnedPages()).toEqual([0x1000n, 0x2000n]);
    expect([one.unpin(0x1234n), one.unpin(0x1234n), one.unpin(0x1234n), one.unpin(0x1000n)])
      .toEqual([true, true, false, false]);
  });

  it("asks for every pin before it unmaps, and the host stops when nobody lets go", () => {
    const one = container();
    for (const iova of [0x1000n, 0x2000n]) one.map({ iova, size: 0x1000n, read: true, write: true });
    one.pin(0x1004n);
    let asked = 0;
    const stop = one.onUnmap((iova, size) => {
      asked++;
      expect([iova, size]).toEqual([0x1000n, 0x1000n]);
      if (asked === 3) one.unpin(0x1004n);
    });
    expect([one.unmap(0x1000n, 0x1800n), asked]).toEqual([0x1000n, 3]);
    stop();
    one.pin(0x2000n);
    expect(one.unmap(0n, 1n << 40n)).toBe("host-stopped");
    one.unpin(0x2000n);
    expect(one.unmap(0n, 1n << 40n)).toBe(0x1000n);
  });
});

describe("memory unmapped under an indicator", () => {
  it("stops the host of Linux 6.1, unless the indicator is its first byte", () => {
    const one = using();
    expect(one.kvm.ap.container.unmap(0n, 1n << 40n)).toBe("host-stopped");
    expect(held(one)).toEqual(HELD);
    const container = one.kvm.ap.container;
    enable(one, 3, 0x5000n);
    const mapping = { iova: 0x5000n, size: 0x1000n, read: true, write: true };
    container.load({ ...container.save(), mappings: [mapping] });
    expect(container.unmap(0x5000n, 0x1000n)).toBe(0x1000n);
    // The driver believes that it still holds it.
    expect(held(one)).toEqual([0x5000n, 3]);
    one.driver.close("M");
    expect(one.warnings.map(({ warning }) => warning)).toContain("pin-unknown");
  });

  it("ends the interrupts of a repaired driver's queues in it, and no others", () => {
    const one = using(apQuirks.none);
    const { container } = one.kvm.ap;
    const half = 0x100000n;
    container.load({ ...container.save(), mappings: [0n, half].map((iova) =>
      ({ iova, size: half, read: true, write: true })) });
    enable(one, 4, half, Q47);
    expect(container.unmap(0n, half)).toBe(half);
    expect([held(one), held(one, Q47)]).toEqual([NOTHING, [half, 4]]);
  });
});

describe("open and close", () => {
  it("hook the VM, write its masks, and undo both with everything that is held", () => {
    const one = using();
    const { driver, kvm } = one;
    driver.close("M");
    expect([kvm.ap.hook, held(one), references(one)[3], pinCount(one)]).toEqual([undefined, NOTHING, 0, 0]);
    expect([...kvm.ap.crycb.toBytes()].some(Boolean)).toBe(false);
    expect(adapters(one)).toEqual([5]);
    expect(driver.open("M2", kvm.ap)).toBe(0);
    expect([driver.open("M", kvm.ap), driver.open("nobody", kvm.ap), driver.open("M", undefined)])
      .toEqual([-1, -19, -22]);
    expect([driver.removeDevice("nobody"), driver.store("nobody", "assign_domain", "1")])
      .toEqual([-19, -19]);
    const other = apBench();
    expect(driver.open("M2", other.kvm.ap)).toBe(-1);
    other.driver.close("M");
    expect(driver.open("M2", other.kvm.ap)).toBe(-16);
  });

  it("leave what a failed reset keeps, as Linux 6.1", () => {
    const one = using();
    one.hardware.script(Q4, [["zapq", 0x50000]]);
    one.driver.close("M");
    expect([held(one), references(one)[3], pinCount(one)]).toEqual([HELD, 1, 1]);
  });
});

describe("device calls", () => {
  it("answer information by copy, size and copy", () => {
    const user = new PlacedMemory();
    const info = (bytes: Uint8Array | undefined): number => {
      if (bytes) user.place(0x100n, bytes);
      return deviceIoctl(VFIO_DEVICE_GET_INFO, bytes ? 0x100n : 0n, user, () => -5);
    };
    expect([info(undefined), info(vfioDeviceInfo.encode({ argsz: 15 })), info(new Uint8Array(15)),
      info(vfioDeviceInfo.encode({ argsz: 16 }))]).toEqual([-14, -22, -14, 0]);
    user.write = () => false;
    expect(info(vfioDeviceInfo.encode({ argsz: 16 }))).toBe(-14);
    const call = (request: number): number => deviceIoctl(request, 0n, user, () => -5);
    expect([call(0x3b6f), call(0x3b6c)]).toEqual([-5, -95]);
  });
});

describe("queues that come and go", () => {
  it("take the whole adapter from the guest, and give it back when all are there", () => {
    const one = using();
    expect(one.driver.unbind(Q47)).toBe(0);
    expect([adapters(one), held(one), one.driver.queueStatus(Q4)]).toEqual([[], HELD, "assigned"]);
    expect([one.driver.unbind(Q47), one.driver.bind(Q4), one.driver.bind(Q47, 9), one.driver.bind(Q47, 15)])
      .toEqual([-19, -16, -19, -19]);
    expect([one.driver.bind(Q47, 10), adapters(one), one.driver.queueStatus(Q4)]).toEqual([0, [5], "in use"]);
    const free = makeApqn(9, 9);
    expect([one.driver.bind(free), one.driver.queueStatus(free), one.driver.queueStatus(1)])
      .toEqual([0, "unassigned", undefined]);
  });

  it("are reset when unassigned in sight of the guest; hidden ones keep all, until repaired", () => {
    for (const quirks of [apQuirks["linux-6.1"], apQuirks.none]) {
      const one = using(quirks);
      const isLinux = quirks.hiddenQueueKeepsLink;
      one.driver.unbind(Q47);
      expect(one.driver.store("M", "unassign_domain", "4")).toBe(1);
      expect(held(one)).toEqual(isLinux ? HELD : NOTHING);
      one.driver.close("M");
      one.driver.removeDevice("M");
      one.driver.unbind(Q4);
      expect(one.warnings.some(({ warning }) => warning === "dangling-device")).toBe(isLinux);
    }
  });

  it("stay hidden after the domain at fault is unassigned, until something filters", () => {
    const one = apBench();
    one.driver.store("M", "assign_domain", "8");
    expect(adapters(one)).toEqual([]);
    one.driver.store("M", "unassign_domain", "8");
    expect(adapters(one)).toEqual([]);
    one.driver.store("M", "assign_control_domain", "3");
    expect(adapters(one)).toEqual([]);
    one.driver.store("M", "assign_adapter", "6");
    expect(adapters(one)).toEqual([5]);
  });

  it("leave the driver when the pool takes them", () => {
    const one = apBench();
    one.driver.bind(makeApqn(9, 9));
    one.driver.storePoolMask("apmask", "+9");
    expect(one.driver.queueStatus(makeApqn(9, 9))).toBe("unassigned");
    one.driver.storePoolMask("aqmask", "+9");
    expect(one.driver.queueStatus(makeApqn(9, 9))).toBeUndefined();
    expect(one.driver.queueStatus(Q4)).toBe("in use");
  });
});

describe("a driver that only frees a queue that goes", () => {
  it("resets nothing and leaves it in the guest's sight", () => {
    for (const quirks of [apQuirks.none, { ...apQuirks.none, removalOnlyFrees: true }]) {
      const one = using(quirks);
      const device = one.driver.device("M")!;
      expect(one.driver.unbind(Q4)).toBe(0);
      expect([adapters(one), [...device.queues.keys()], one.hardware.calls.length > 0, references(one)[3]])
        .toEqual(quirks.removalOnlyFrees ? [[5], [Q47], false, 1] : [[], [Q47], true, 0]);
    }
  });
});

describe("limits of a device", () => {
  const store = ({ driver }: ApBench, kind: string, text: string): number =>
    driver.store("M2", `assign_${kind}` as AssignmentAttribute, text);
  const results = (one: ApBench): number[] => ["adapter", "domain", "control_domain"].flatMap(
    (kind) => ["15", "16", "63", "64", "200", "201", "255", "256"].map((id) => store(one, kind, id)));
  const ENODEV = -19;

  it("are 63 and 15 without extended addressing, else what the host says of adapters and domains", () => {
    const narrow = apBench({ configuration: { ...wholeConfiguration(), apxa: false } });
    expect(results(narrow)).toEqual([2, 2, 2, ...Array<number>(5).fill(ENODEV),
      ...[1, 2].flatMap(() => [2, ...Array<number>(7).fill(ENODEV)])]);
    const wide = apBench({ configuration: { ...wholeConfiguration(), adapterMax: 200, domainMax: 63 } });
    expect(results(wide)).toEqual([2, 2, 2, 2, 3, ENODEV, ENODEV, ENODEV,
      ...[1, 2].flatMap(() => [2, 2, 2, ...Array<number>(5).fill(ENODEV)])]);
  });

  it("are those of its birth for assigning, and of the latest filtering for what the guest sees", () => {
    const one = apBench();
    one.driver.changeConfiguration({ ...wholeConfiguration(), adapterMax: 4, domainMax: 4 });
    expect(one.driver.store("M", "assign_domain", "200")).toBe(3);
    const device = one.driver.device("M")!;
    expect(device.printMatrix()).toBe("05.0004\n05.0047\n05.00c8\n");
    expect(device.printGuestMatrix()).toBe(".0004\n");
  });
});

describe("a change of the host's configuration", () => {
  const change = (one: ApBench, part: "apm" | "aqm" | "adm", id: number, on: boolean): void => {
    const { configuration } = one.driver;
    const mask = (on ? withId : withoutId)(configuration[part], id);
    one.driver.changeConfiguration({ ...configuration, [part]: mask });
  };

  it("hides at once what leaves and shows what comes after the scan; assignments and queues stay", () => {
    const one = using();
    const { updates } = one.kvm.ap.crycb;
    change(one, "apm", 5, false);
    expect([adapters(one), held(one), one.driver.device("M")!.printMatrix(), one.hardware.calls])
      .toEqual([[], HELD, "05.0004\n05.0047\n", []]);
    one.driver.completeScan();
    change(one, "apm", 5, true);
    expect(adapters(one)).toEqual([]);
    one.driver.bind(makeApqn(9, 9));
    one.driver.unbind(Q47);
    one.driver.bind(Q47);
    expect(adapters(one)).toEqual([]);
    one.driver.completeScan();
    expect([adapters(one), one.kvm.ap.crycb.updates - updates]).toEqual([[5], 2]);
    one.driver.completeScan();
    expect(one.kvm.ap.crycb.updates - updates).toBe(2);
  });

  it("shows control domains after the scan as well", () => {
    const one = apBench();
    one.driver.store("M", "assign_control_domain", "7");
    change(one, "adm", 7, false);
    const control = (): number[] => idsOf(one.kvm.ap.crycb.masks().adm);
    expect(control()).toEqual([]);
    change(one, "adm", 7, true);
    expect(control()).toEqual([]);
    one.driver.completeScan();
    expect(control()).toEqual([7]);
  });

  it.each([[0, false, false], [5, true, false], [9, true, false], [10, true, true], [14, true, true],
    [0x7f, true, true], [0x80, false, true], [0xff, false, true]] as const)(
    "lets an added adapter of type %i in: Linux 6.1 %s, repaired %s", (type, linux, repaired) => {
      for (const quirks of [apQuirks["linux-6.1"], apQuirks.none]) {
        const one = apBench({ quirks });
        change(one, "apm", 5, false);
        change(one, "aqm", 4, false);
        one.hardware.type = type;
        const { configuration } = one.driver;
        one.driver.changeConfiguration({ ...configuration, apm: withId(configuration.apm, 5),
          aqm: withId(configuration.aqm, 4) });
        const isIn = idsOf(one.driver.device("M")!.added.apm).length > 0;
        expect(isIn).toBe(quirks.oldAdaptersPass ? linux : repaired);
      }
    });

  it("drops an added adapter whose queue answers 01, and asks nobody without an added domain", () => {
    const one = apBench();
    change(one, "apm", 5, false);
    change(one, "aqm", 4, false);
    one.hardware.script(Q4, [["tapq", 0x10000]]);
    const { configuration } = one.driver;
    one.driver.changeConfiguration({ ...configuration, apm: withId(configuration.apm, 5),
      aqm: withId(configuration.aqm, 4) });
    expect(one.driver.device("M")!.added.apm).toEqual(maskOf());
    one.hardware.calls.length = 0;
    change(one, "apm", 5, false);
    change(one, "apm", 5, true);
    expect([one.hardware.calls, idsOf(one.driver.device("M")!.added.apm)]).toEqual([[], [5]]);
  });
});
