import { describe, expect, it } from "vitest";
import type { Pq } from "../../../../src/engine/devices/xive/esb.ts";
import {
  collectState, restoreKernel, resumeSources, stopSources,
} from "../../../../src/engine/devices/xive/handover.ts";
import type { XiveDefect } from "../../../../src/engine/devices/xive/defects.ts";
import type { QueueConfig, XiveKernel } from "../../../../src/engine/devices/xive/kernelPort.ts";
import { SpaprXive } from "../../../../src/engine/devices/xive/spaprXive.ts";
import { saveSpaprXive } from "../../../../src/engine/devices/xive/state.ts";

const MESSAGE = 0x10;
const LINE = 0x11;
const states: readonly Pq[] = [0, 1, 2, 3];

interface Kernel extends XiveKernel {
  readonly calls: string[];
  /** PQ of each source. */
  readonly pq: Map<number, Pq>;
}
/** A kernel with a source's PQ and nothing else; the call that begins with `refused` answers -5. */
function kernelWith(refused = ""): Kernel {
  const calls: string[] = [];
  const pq = new Map<number, Pq>();
  const call = (...told: unknown[]): number => {
    calls.push(told.join(" "));
    return refused !== "" && calls.at(-1)!.startsWith(refused) ? -5 : 0;
  };
  const shown = ({ flags, qshift, qaddr, qtoggle, qindex }: QueueConfig): string =>
    [flags, qshift, qaddr.toString(16), qtoggle, qindex].join(" ");
  const load = (lisn: number, offset: number): Pq => {
    const before = pq.get(lisn) ?? 1;
    if (offset >= 0xc00) pq.set(lisn, ((offset >> 8) & 3) as Pq);
    return before;
  };
  return {
    calls, pq,
    createSource: (lisn, isLsi, isAsserted) => call("create", lisn, isLsi, isAsserted),
    configureSource: (lisn, { server, priority, isMasked, eisn }) =>
      call("route", lisn, server, priority, isMasked, eisn),
    syncSource: (lisn) => call("sync", lisn),
    configureQueue: (server, priority, queue) => call("queue", server, priority, shown(queue)),
    queueState: (server, priority, fallback) =>
      (call("state", server, priority) ? { ok: false, error: -5 }
        : { ok: true, value: { ...fallback, qtoggle: 1, qindex: 0x155 } }),
    syncQueues: () => call("flush"),
    reset: () => call("reset"),
    threadState: (server) =>
      (call("thread", server) ? { ok: false, error: -5 }
        : { ok: true, value: 0x1122_3344_5566_7780n + BigInt(server) }),
    setThreadState: (server, state) => call("setThread", server, state.toString(16)),
    loadEsb: (lisn, page, offset) => (page === "management" ? load(lisn, offset) : undefined),
    storeEsb: (lisn, page, offset) => call("store", lisn, page, offset) === 0,
  };
}

/** vCPUs 0 and 2; a message that is routed to vCPU 2 at priority 5, and a line that is masked. */
function controller(kernel: XiveKernel, defect?: XiveDefect): SpaprXive {
  const memory = { load: () => 0, store: () => true };
  const defects = new Set<XiveDefect>(defect ? [defect] : []);
  const xive = new SpaprXive({ memory, irqs: 0x20, maxServers: 4, kernel, defects });
  for (const vcpu of [2, 0]) xive.connect(vcpu);
  const { eas, ends, sources } = xive.chip;
  for (const lisn of [MESSAGE, LINE]) eas.claim(lisn);
  eas.route(MESSAGE, 21, 0x123);
  sources.setLsi(LINE, true);
  sources.setAsserted(LINE, true);
  ends.setWords(21, [0xe0040000, 0x00400007, 1, 0x30000, 0, 0, 0x402, 5 << 16]);
  ends.setWords(1, [0xc0000000, 0x00000003, 0, 0x40000, 0, 0, 0x400, 1 << 16]);
  // Neither is a queue: one END has none, the other is not valid.
  ends.setWords(2, [0x80000000, 0, 0, 0, 0, 0, 0x400, 2 << 16]);
  ends.setWords(3, [0x40000000, 0, 0, 0, 0, 0, 0x400, 3 << 16]);
  return xive;
}

describe("sources that are stopped and resumed", () => {
  it("latch what comes meanwhile, and are then as they were; what came is sent once", () => {
    for (const defect of [undefined, "xive.stop.maskOff", "xive.resume.skipTrigger"] as const)
      for (const before of states)
        for (const events of [0, 1, 2]) {
          const kernel = kernelWith();
          const xive = controller(kernel, defect);
          for (const lisn of [MESSAGE, LINE]) kernel.pq.set(lisn, before);
          expect(stopSources(xive, kernel)).toBe(0);
          const masked = before === 1 || defect === "xive.stop.maskOff" ? 1 : 2;
          expect([...kernel.pq]).toEqual([[MESSAGE, masked], [LINE, masked]]);
          expect([MESSAGE, LINE].map((lisn) => xive.chip.sources.pq(lisn))).toEqual([before, before]);
          expect(kernel.calls).toEqual(["flush"]);
          if (events > 0 && masked === 2) kernel.pq.set(MESSAGE, 3);
          resumeSources(xive, kernel);
          expect([...kernel.pq.values()]).toEqual([before, before]);
          const isSent = before === 0 && events > 0 && defect === undefined;
          expect(kernel.calls.slice(1)).toEqual(isSent ? [`store ${MESSAGE} trigger 0`] : []);
        }
  });

  it("say so when the queues could not be flushed", () => {
    const kernel = kernelWith("flush");
    expect(stopSources(controller(kernel), kernel)).toBe(-5);
  });
});

describe("the state that only the kernel knows", () => {
  it("is generation and index of every valid queue, and the OS ring of every vCPU", () => {
    const kernel = kernelWith();
    const xive = controller(kernel);
    expect(collectState(xive, kernel)).toBe(0);
    expect(kernel.calls).toEqual(["state 0 1", "state 0 2", "thread 0", "state 2 5", "thread 2"]);
    const told = [1, 2, 21, 3].map((end) => xive.chip.ends.word(end, 1));
    expect(told).toEqual([0x400155, 0x400155, 0x400155, 0]);
    for (const vcpu of [0, 2])
      expect([...xive.context(vcpu).registers.subarray(0x10, 0x18)])
        .toEqual([0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x80 + vcpu]);
  });

  it("is not complete where the kernel refuses a part", () => {
    for (const [refused, answer] of [["state 2 5", -1], ["thread 0", -5], ["thread 2", -5]] as const) {
      const kernel = kernelWith(refused);
      expect(collectState(controller(kernel), kernel)).toBe(answer);
      expect(kernel.calls.at(-1)).toBe(refused);
    }
  });
});

describe("the kernel of a target", () => {
  const queues = ["queue 0 1 1 12 40000 0 3", "queue 2 5 1 16 100030000 1 7"];
  const routes = ["create 16 false false", "route 16 2 5 false 291", "create 17 true true"];
  /** The calls, without the registers of threads. */
  const restored = (calls: readonly string[]): string[] =>
    calls.map((call) => call.replace(/^(setThread \d) .*/, "$1"));
  const all = [...queues, ...routes, "setThread 0", "setThread 2"];

  it("is given queues, then routes, then thread contexts: the tables stay as they are", () => {
    const kernel = kernelWith();
    const xive = controller(kernel);
    xive.context(2).registers.set([0, 7, 0x55, 0, 0, 0, 0, 1], 0x10);
    const before = saveSpaprXive(xive);
    expect(restoreKernel(xive, kernel)).toBe(0);
    expect(restored(kernel.calls)).toEqual(all);
    expect(kernel.calls.at(-1)).toBe("setThread 2 7550000000001");
    expect(saveSpaprXive(xive)).toEqual(before);
  });

  it("ends at the first call that it refuses", () => {
    for (const [index, call] of all.entries()) {
      const kernel = kernelWith(call);
      expect(restoreKernel(controller(kernel), kernel)).toBe(-5);
      expect(restored(kernel.calls)).toEqual(all.slice(0, index + 1));
    }
  });

  it("is given routes first, or no plugged CPU's context, by defects alone", () => {
    const kernel = kernelWith();
    expect(restoreKernel(controller(kernel, "xive.restore.routesBeforeQueues"), kernel)).toBe(0);
    expect(restored(kernel.calls).slice(0, 5)).toEqual([...routes, ...queues]);
    for (const defect of [undefined, "xive.restore.skipHotplugged"] as const) {
      const other = kernelWith();
      restoreKernel(controller(other, defect), other, [2]);
      const threads = defect ? ["setThread 2"] : ["setThread 0", "setThread 2"];
      expect(restored(other.calls).slice(5)).toEqual(threads);
    }
  });
});
