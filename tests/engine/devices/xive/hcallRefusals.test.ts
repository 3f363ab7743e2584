import { describe, expect, it } from "vitest";
import { hcall } from "../../../../src/engine/devices/xive/hcallCodes.ts";
import { xiveHcall } from "../../../../src/engine/devices/xive/hcalls.ts";
import type { XiveKernel } from "../../../../src/engine/devices/xive/kernelPort.ts";
import { SpaprXive } from "../../../../src/engine/devices/xive/spaprXive.ts";
import { saveSpaprXive } from "../../../../src/engine/devices/xive/state.ts";

const ALL_ONES = 0xffff_ffff_ffff_ffffn;
/** Memory from 64 KiB up to 16 MiB. */
const memory = {
  load: (at: bigint) => (at >= 0x10000n && at < 0x100_0000n ? 0 : undefined), store: () => true,
};
const CONFIGURED = { flags: 1, qshift: 16, qaddr: 0x20000n, qtoggle: 0, qindex: 0x3fff };

/** A kernel that notes every call; each answers `result`, and loads 0. */
function recordingKernel(result: number): XiveKernel & { readonly calls: string[] } {
  const calls: string[] = [];
  const note = (name: string) => (...args: unknown[]): number => {
    calls.push([name, ...args.filter((one) => typeof one !== "object")].join(" "));
    return result;
  };
  return {
    calls, createSource: note("create"), configureSource: note("configure"), syncSource: note("sync"),
    configureQueue: note("queue"), syncQueues: note("syncQueues"), reset: note("reset"),
    queueState: (server, priority, fallback) => {
      note("state")(server, priority);
      const isUntouched = [fallback.qtoggle, fallback.qindex].every((value) => value === 0);
      return result || !isUntouched ? { ok: false, error: -5 } : { ok: true, value: CONFIGURED };
    },
    threadState: () => ({ ok: true, value: 0n }), setThreadState: note("thread"),
    loadEsb: (lisn, page, offset) => {
      note("load")(lisn, page, offset);
      return result ? undefined : 2;
    },
    storeEsb: (lisn, page, offset) => note("store")(lisn, page, offset) === 0,
  };
}

/** vCPUs 3 and 1; a message 0x10, a line 0x11. */
function controller(kernel?: XiveKernel): SpaprXive {
  const xive = new SpaprXive({ memory, irqs: 0x20, maxServers: 4, kernel });
  const isConnected = [3, 1, 1, 4, -1, 0.5].map((vcpu) => xive.connect(vcpu));
  expect(isConnected).toEqual([true, true, false, false, false, false]);
  xive.chip.eas.claim(0x10);
  xive.chip.eas.claim(0x11);
  xive.chip.sources.setLsi(0x11, true);
  return xive;
}

const source = [["lisn 0x12 is not claimed", [0n, 0x12n], -55], ["lisn beyond", [0n, 0x20n], -55],
  ["lisn of 64 bits", [0n, 0x1_0000_0010n], -55]] as const;
const queue = [["priority 7 before the target", [0n, 2n, 7n], -56], ["priority 0xff", [0n, 1n, 0xffn], -56],
  ["unknown target", [0n, 2n, 6n], -55], ["target of other 32 bits", [0n, 0x1_0000_0002n, 0n], -55]] as const;
const table: Readonly<Record<string, readonly (readonly [string, readonly bigint[], number])[]>> = {
  H_INT_GET_SOURCE_INFO: [["flags", [1n, 0x10n], -4], ...source],
  H_INT_SET_SOURCE_CONFIG: [["flags", [4n, 0x12n], -4], ...source,
    ["reserved priority", [0n, 0x10n, 9n, 7n], -57], ["0x1ff is no mask", [0n, 0x10n, 1n, 0x1ffn], -57],
    ["unknown target", [0n, 0x10n, 2n, 6n], -56],
  ],
  H_INT_GET_SOURCE_CONFIG: [["flags", [1n, 0x10n], -4], ...source],
  H_INT_GET_QUEUE_INFO: [["flags", [1n, 1n, 0n], -4], ...queue],
  H_INT_SET_QUEUE_CONFIG: [["flags", [2n, 1n, 0n], -4], ...queue,
    ["shift before address", [0n, 1n, 0n, 1n, 13n], -58], ["not aligned", [0n, 1n, 0n, 0x18000n, 16n], -57],
    ["begins before memory", [0n, 1n, 0n, 0n, 21n], -57],
    ["is not memory", [0n, 1n, 0n, 0x100_0000n, 24n], -57],
  ],
  H_INT_GET_QUEUE_CONFIG: [["flags", [2n, 1n, 0n], -4], ...queue],
  H_INT_ESB: [["flags", [2n, 0x10n], -4], ...source, ["offset beyond two pages", [0n, 0x10n, 0x20008n], -56],
    ["no place of 8 bytes", [0n, 0x10n, 4n], -1]],
  H_INT_SYNC: [["flags", [1n, 0x10n], -4], ...source],
  H_INT_RESET: [["flags", [1n], -4]],
  H_INT_SET_OS_REPORTING_LINE: [["any", [0n, 0x10n], -2]],
  H_INT_GET_OS_REPORTING_LINE: [["any", [0n, 0x10n], -2]],
};

describe("a hypervisor call of the exploitation mode", () => {
  it.each(Object.entries(table))("%s is refused in the order of its checks, for nothing", (name, rows) => {
    const number = hcall[name as keyof typeof hcall];
    for (const [why, args, status] of rows) {
      const xive = controller();
      const before = saveSpaprXive(xive);
      expect(xiveHcall(xive, number, args), why).toEqual({ status, outputs: [] });
      xive.isNegotiated = false;
      expect(xiveHcall(xive, number, args).status, why).toBe(-2);
      xive.isNegotiated = true;
      expect(saveSpaprXive(xive)).toEqual(before);
    }
  });

  it("is a hardware error where the kernel refuses it, and the tables stay as they were", () => {
    for (const [number, args] of [
      [hcall.H_INT_SET_SOURCE_CONFIG, [0n, 0x10n, 1n, 5n]], [hcall.H_INT_SYNC, [0n, 0x10n]],
      [hcall.H_INT_SET_QUEUE_CONFIG, [1n, 1n, 5n, 0x20000n, 16n]], [hcall.H_INT_RESET, [0n]],
    ] as const) {
      const kernel = recordingKernel(-5);
      const xive = controller(kernel);
      const before = saveSpaprXive(xive);
      expect(xiveHcall(xive, number, args)).toEqual({ status: -1, outputs: [] });
      expect(kernel.calls.length).toBe(1);
      if (number !== hcall.H_INT_RESET) expect(saveSpaprXive(xive)).toEqual(before);
      expect(xiveHcall(controller(recordingKernel(0)), number, args).status).toBe(0);
      expect(xiveHcall(controller(), number, args).status).toBe(0);
    }
    const xive = controller(recordingKernel(-5));
    xive.chip.ends.setWord(1 * 8 + 5, 0, 0x80000000);
    expect(xiveHcall(xive, hcall.H_INT_GET_QUEUE_CONFIG, [0n, 1n, 5n]).status).toBe(-1);
  });

  it("takes a queue away by size 0, whatever its address", () => {
    for (const address of [0n, 0x20001n, ALL_ONES]) {
      const xive = controller();
      xive.chip.ends.setWord(13, 0, 0x80000000);
      const set = xiveHcall(xive, hcall.H_INT_SET_QUEUE_CONFIG, [1n, 1n, 5n, address, 0n]);
      expect([set.status, xive.chip.ends.save()]).toEqual([0, []]);
    }
  });

  it("takes generation and index of a queue from the kernel that fills it", () => {
    const xive = controller(recordingKernel(0));
    const set = xiveHcall(xive, hcall.H_INT_SET_QUEUE_CONFIG, [1n, 1n, 5n, 0x20000n, 16n]);
    expect(set).toEqual({ status: 0, outputs: [] });
    expect(xive.chip.ends.word(13, 1)).toBe(0x00400000);
    const { outputs } = xiveHcall(xive, hcall.H_INT_GET_QUEUE_CONFIG, [1n, 1n, 5n]);
    expect(outputs).toEqual([1n, 0x20000n, 16n, 0x3fffn]);
    expect(xive.chip.ends.word(13, 1)).toBe(0x00003fff);
  });

  it("loads and stores the pages, and a failed load is all ones", () => {
    const esb = (xive: SpaprXive, flags: bigint, offset: bigint): unknown =>
      xiveHcall(xive, hcall.H_INT_ESB, [flags, 0x10n, offset]);
    const done = (value: bigint): unknown => ({ status: 0, outputs: [value] });
    expect(esb(controller(), 0n, 0x800n)).toEqual(done(1n));
    expect(esb(controller(), 0n, 0x10000n)).toEqual(done(ALL_ONES));
    expect(esb(controller(recordingKernel(0)), 0n, 0x800n)).toEqual(done(2n));
    const xive = controller();
    expect(esb(xive, 1n, 0xc00n)).toEqual(done(ALL_ONES));
    expect(xive.chip.sources.pq(0x10)).toBe(0);
  });
});

describe("the pseries controller", () => {
  it("tells the kernel of a message that comes, and of a line that comes or goes", () => {
    for (const [lisn, level, calls] of [
      [0x10, true, ["store 16 management 0"]], [0x10, false, []], [0x11, true, ["store 17 management 0"]],
      [0x11, false, ["store 17 management 0"]], [0x12, true, []],
    ] as const) {
      const kernel = recordingKernel(0);
      const xive = controller(kernel);
      xive.chip.sources.setAsserted(0x11, !level);
      xive.setIrq(lisn, level);
      expect(kernel.calls).toEqual(calls);
      expect(xive.chip.sources.isAsserted(0x11)).toBe(lisn === 0x11 ? level : !level);
    }
  });

  it("ends a line's interrupt itself, as the kernel does not know the line", () => {
    for (const asserted of [false, true]) {
      const kernel = recordingKernel(0);
      const xive = controller(kernel);
      xive.chip.sources.setAsserted(0x11, asserted);
      expect(xive.loadEsb(0x11, "management", 0)).toBe(0);
      expect(kernel.calls).toEqual(["load 17 management 3072", ...(asserted ? ["store 17 trigger 0"] : [])]);
      const others = [[0x11, "management", 8], [0x11, "trigger", 0], [0x10, "management", 0]] as const;
      expect(others.map(([lisn, page, at]) => xive.loadEsb(lisn, page, at))).toEqual([2, 2, 2]);
    }
  });

  it("claims numbers once, gives them back, and never forgets that one was a line", () => {
    const xive = controller();
    const isClaimed = [0x10, 0x12, 0x20, -1].map((lisn) => xive.claim(lisn, false));
    expect(isClaimed).toEqual([false, true, false, false]);
    expect(xive.lisns()).toEqual([0x10, 0x11, 0x12]);
    expect([xive.release(0x11), xive.release(0x11), xive.release(0x20)]).toEqual([true, false, false]);
    expect([xive.claim(0x11, false), xive.chip.sources.isLsi(0x11)]).toEqual([true, true]);
    const refused = controller(recordingKernel(-12));
    expect([refused.claim(0x12, true), refused.hasLisn(0x12), refused.chip.sources.isLsi(0x12)])
      .toEqual([false, false, false]);
  });

  it("is after a reset as at power-on, but for numbers claimed", () => {
    const xive = controller();
    const fresh = saveSpaprXive(xive);
    expect(xive.vcpuIds()).toEqual([1, 3]);
    xive.chip.eas.route(0x10, 13, 5);
    xive.chip.ends.setWord(13, 0, 1);
    xive.chip.sources.setPq(0x10, 3);
    xive.chip.nvts.addBacklog(0x401, 1);
    xive.context(3).registers.fill(0x55);
    expect(xive.reset()).toBe(0);
    expect(saveSpaprXive(xive)).toEqual(fresh);
    expect(xive.context(3).word2(0x10)).toBe(0x80000403);
    expect(controller(recordingKernel(-5)).reset()).toBe(-5);
  });
});
