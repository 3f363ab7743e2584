/** Passthrough machines for scripts: what stands between a script and the devices. */
import { describe, expect, it } from "vitest";
import { errno } from "../../../src/engine/api/errno.ts";
import { PassthroughVm } from "../../../src/main/script/facade/passthroughVm.ts";

type Options = ConstructorParameters<typeof PassthroughVm>[0];
const FIRST_PAGE = 0x10_0000;
const EISN = 0x55;

/** A function that may send messages, with one LISN, routed and open. */
function connectable(options: Partial<Options> = {}) {
  const vm = new PassthroughVm({ mode: "native", ...options });
  const nic = vm.plug();
  nic.writeConfig(4, 2, 4);
  nic.writeConfig(0x52, 2, nic.readConfig(0x52, 2) | 1);
  vm.changeMsi(nic.address, 1);
  const lisn = nic.lisns()[0]!;
  vm.configureSource(lisn, { priority: 6, eisn: EISN });
  vm.load(lisn, "management", 0xc00);
  return { vm, nic, lisn, page: FIRST_PAGE + 2 * lisn + 1 };
}
const sourceOf = ({ vm, lisn }: ReturnType<typeof connectable>) =>
  vm.sources().find((one) => one.lisn === lisn)!;

describe("a call that goes step by step", () => {
  it("loses no message and doubles none, at whichever of its points it comes", () => {
    for (let at = 0; ; at++) {
      const one = connectable();
      const call = one.vm.beginConnect(one.lisn, one.nic.hostIrq);
      for (let steps = 0; steps < at; steps++) expect(call.step()).not.toBe("blocked");
      const isOver = call.next() === undefined;
      expect(one.nic.interrupt(0)).toBe("sent");
      expect(call.finish()).toBe(0);
      const seen: number[] = [];
      for (let round = 0; round < 4; round++) {
        while (one.vm.handleHost() !== undefined) continue;
        const entry = one.vm.takeEntry();
        if (!entry) continue;
        seen.push(entry.data);
        one.vm.eoi(one.lisn);
        one.vm.finishEntry(entry.data);
      }
      expect([at, seen, one.vm.violations(), one.vm.checkLedger()]).toEqual([at, [EISN], [], undefined]);
      if (isOver) break;
    }
  });

  it("makes a fault wait while it holds the lock, then has the source that is selected", () => {
    const one = connectable();
    const call = one.vm.beginConnect(one.lisn, one.nic.hostIrq);
    while (call.next() !== "zap pages") call.step();
    const fault = one.vm.beginFault(one.page);
    expect([fault.step(), fault.finish(), one.vm.userSpace().touch(one.page)])
      .toEqual(["blocked", "blocked", { source: sourceOf(one).ipi, page: "management" }]);
    expect([call.finish(), fault.finish()]).toEqual([0, 0]);
    expect(one.vm.userSpace().touch(one.page)).toEqual({ source: sourceOf(one).phb, page: "management" });
  });

  it("is taken away again by its descriptor", () => {
    const one = connectable();
    const { irqfd } = one.vm.beginConnect(one.lisn, one.nic.hostIrq);
    expect(() => one.vm.beginDisconnect(irqfd + 1)).toThrow("no irqfd");
    const call = one.vm.beginConnect(one.lisn, 9999);
    expect([call.next(), call.step(), call.finish()]).toEqual([undefined, "done", errno.EIO]);
  });
});

describe("user space", () => {
  it("maps the file as KVM lets it, and each mapping has entries of its own", () => {
    const one = connectable();
    const space = one.vm.userSpace();
    expect(space.mmap(0x80_0000, 4, 0).errno).toBe("0");
    expect([0, 1, 2, 3].map((page) => space.touch(0x80_0000 + page)))
      .toEqual(["sigbus", "sigbus", "tima", "sigbus"]);
    expect([space.mmap(1, 1, 5).errno, space.touch(1), space.touch(FIRST_PAGE)])
      .toEqual(["-EINVAL", "segv", "sigbus"]);
    expect(space.mprotect(one.page, 1).errno).toBe("0");
    const parts = space.mappings().map(({ filePage }) => filePage);
    expect(parts).toEqual([4, 4 + 2 * one.lisn + 1, 6 + 2 * one.lisn, 0]);
    expect(space.munmap(one.page, 1).errno).toBe("0");
    expect(one.vm.load(one.lisn, "management", 0x800)).toEqual({ kind: "refused", why: "segv" });
  });
});

describe("the host", () => {
  it("can have no CPU for an interrupt, and fail on both ways", () => {
    const one = connectable();
    const host = one.vm.host(one.nic.hostIrq);
    host.failForwarding(errno.ENOSYS);
    expect(one.vm.connect(one.lisn, one.nic.hostIrq).returned).toBe(errno.ENOSYS);
    host.failForwarding(0);
    const { irqfd } = one.vm.connect(one.lisn, one.nic.hostIrq);
    expect(host.state()).toEqual({ cpu: 3, savedP: false, staleP: true, isForwarded: true });
    host.failTakingBack(errno.ENXIO);
    expect(one.vm.disconnect(irqfd)).toBe(errno.ENXIO);
    host.setCpu(-1);
    expect(host.state().cpu).toBe(-1);
    expect(() => one.vm.host(1)).toThrow("no interrupt 1");
  });

  it("refuses the direct path where it has none, and the eventfd goes on", () => {
    const one = connectable({ directPath: false });
    expect(one.vm.connect(one.lisn, one.nic.hostIrq).returned).toBe(1);
    one.nic.interrupt(0);
    expect([one.vm.handleHost(), one.vm.takeEntry()?.data]).toEqual([one.nic.hostIrq, EISN]);
  });
});

describe("a XICS guest", () => {
  it("masks, opens and moves a source by RTAS, and ends interrupts in two steps", () => {
    const targets = { hasServer: (server: number) => server < 2, hasQueue: () => true };
    const one = connectable({ mode: "xics", targets });
    const call = (name: string, ...args: number[]) => one.vm.rtas(name, [one.lisn, ...args]);
    expect([call("ibm,set-xive", 1, 5), sourceOf(one).server]).toEqual([0, 1]);
    expect([call("ibm,set-xive", 2, 4), sourceOf(one).guestPriority]).toEqual([-3, 4]);
    expect(call("ibm,int-off")).toBe(0);
    expect(sourceOf(one)).toMatchObject({ guestPriority: 0xff, savedPriority: 4 });
    expect([call("ibm,int-on"), call("ibm,int-on", 0), one.vm.rtas("ibm,int-on", [0])]).toEqual([0, -3, -3]);
    expect(() => call("ibm,get-xive")).toThrow("no RTAS call");
    one.vm.setIrq(one.lisn, 1);
    const end = one.vm.beginEoi(one.lisn);
    end.step();
    expect([call("ibm,int-off"), end.finish(), call("ibm,int-off")]).toEqual(["blocked", 0, 0]);
  });

  it("is one: the native device has neither its calls nor its EOI", () => {
    const one = connectable();
    expect(one.vm.rtas("ibm,int-off", [one.lisn])).toBe(-3);
    expect(() => one.vm.beginEoi(one.lisn)).toThrow("XICS");
  });
});

describe("sources", () => {
  it("are made, synchronized, reset and given up by the controller's own calls", () => {
    const one = connectable();
    const made = [one.vm.createSource(0x1310, 3n), one.vm.createSource(0x10_0000)];
    expect(made.map((reply) => reply.errno)).toEqual(["0", "-E2BIG"]);
    expect(one.vm.sources().at(-1)).toMatchObject({ lisn: 0x1310, isLsi: true, isAsserted: true });
    expect([one.vm.syncSource(one.lisn).errno, one.vm.syncSource(5).errno]).toEqual(["0", "-ENOENT"]);
    expect(one.vm.syncQueues()).toEqual([one.lisn]);
    one.vm.resetController();
    expect([one.vm.syncQueues(), sourceOf(one).ipiRoute.priority]).toEqual([[], 0xff]);
    const fault = one.vm.beginFault(0x10_0000 + 2 * one.lisn);
    expect([one.vm.closeController(), one.vm.sources().length]).toEqual(["blocked", 2]);
    expect(fault.finish()).toBe(0);
    expect(one.vm.closeController()).toBe("done");
    expect(one.vm.sources()).toEqual([]);
  });
});
