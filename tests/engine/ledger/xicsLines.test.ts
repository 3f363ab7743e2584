/** Lines of XICS in the books of the XIVE below it: what guests take, end and send, by their numbers. */
import { expect, it } from "vitest";
import type { LedgerLine } from "../../../src/engine/api/ledger.ts";
import { Prng } from "../../../src/engine/base/prng.ts";
import { BUFFER, powerMachine, xics } from "../../../src/engine/deviceMachine/powerDeviceMachine.ts";
import { hcall } from "../../../src/engine/devices/xive/hcallCodes.ts";
import { advance, peekEntry, queueEntries } from "../../../src/engine/devices/xive/eventQueue.ts";
import { setKvmIrq } from "../../../src/engine/devices/xive/injection.ts";
import { pushVcpu } from "../../../src/engine/devices/xive/vcpuContext.ts";
import { xicsRtas } from "../../../src/engine/devices/xics/rtas.ts";
import type { XicsStep } from "../../../src/engine/devices/xics/observer.ts";
import { xicsHcall } from "../../../src/engine/devices/xics/xicsHcalls.ts";
import { XICS_IPI, type Xics } from "../../../src/engine/devices/xics/xics.ts";
import { xicsGroup } from "../../../src/engine/uapi/xive.ts";

const IRQS = [0x20, 0x21, 0x22, 0x23];

function open() {
  const machine = powerMachine("xics");
  const device = xics(machine);
  for (const irq of IRQS)
    device.setAttr(xicsGroup.SOURCES, BigInt(irq), machine.user.placeU64(BUFFER, 5n << 32n));
  for (const vcpu of device.vcpus.values()) pushVcpu(device, vcpu, vcpu.server);
  const call = (server: number, number: number, ...args: bigint[]): bigint =>
    xicsHcall(device, { vcpu: device.vcpus.get(server)!, thread: server }, number, args).outputs[0] ?? 0n;
  const lines = (step: LedgerLine["step"], word: RegExp): LedgerLine[] =>
    machine.ledger.book.lines().filter((line) => line.step === step && word.test(line.bit));
  return { machine, device, call, lines };
}

/** Entries of a number that no server has taken yet. */
function waiting(device: Xics, irq: number): number {
  let count = 0;
  for (const { queues } of device.vcpus.values())
    for (const { page, shift, consumer } of queues) {
      if (page === undefined) continue;
      const ahead = { ...consumer };
      let found: number | undefined;
      while ((found = peekEntry(ahead, page, device.memory)) !== undefined) {
        if (found === irq) count++;
        advance(ahead, queueEntries(shift));
      }
    }
  return count;
}

it("an interrupt is taken by XIRR and ended by H_EOI, with server and priority", () => {
  const { machine, device, call, lines } = open();
  call(0, hcall.H_CPPR, 0xffn);
  setKvmIrq(device, 0x20, 1);
  const xirr = call(0, hcall.H_XIRR);
  call(0, hcall.H_EOI, xirr);
  call(0, hcall.H_IPI, 1n, 4n);
  const own = { id: 0, kind: 0x20, cpu: 0 };
  expect(lines("accepted", /^XIRR/)).toMatchObject([{ ...own, bit: "XIRR: 0x20 at priority 5" }]);
  expect(lines("eoi", /^H_EOI/)).toMatchObject([{ ...own, bit: "H_EOI: 0x20, CPPR 255" }]);
  expect(lines("raised", /^MFRR/)).toMatchObject([{ id: 0, kind: 2, cpu: 1, bit: "MFRR: priority 4" }]);
  expect(machine.ledger.check()).toBeUndefined();
});

it("what was queued was taken, sent again elsewhere, or waits: for every source, on random calls", () => {
  for (let seed = 1; seed <= 6; seed++) {
    const { machine, device, call, lines } = open();
    const prng = new Prng(seed);
    const told: XicsStep[] = [];
    const { onStep } = device;
    device.onStep = (step) => { told.push(step); onStep!(step); };
    const inService: [bigint[], bigint[]] = [[], []];
    let taken = 0;
    for (let n = 0; n < 600; n++) {
      const server = prng.below(2);
      const irq = prng.pick(IRQS);
      const kind = prng.below(6);
      if (kind === 0) call(server, hcall.H_CPPR, BigInt(prng.pick([0, 3, 6, 0xff, 0xff])));
      else if (kind === 1) call(server, hcall.H_IPI, BigInt(prng.below(2)), BigInt(prng.pick([0, 4, 0xff])));
      else if (kind === 2) {
        const args = [irq, prng.below(2), prng.pick([4, 5, 6])];
        xicsRtas(device, "ibm,set-xive", { args, results: 1 });
      } else if (kind === 3) setKvmIrq(device, irq, 1);
      else if (kind === 4) {
        const xirr = call(server, hcall.H_XIRR);
        if (!(xirr & 0xff_ffffn)) continue;
        taken++;
        inService[server]!.push(xirr);
      } else {
        const xirr = inService[server]!.pop();
        if (xirr !== undefined) call(server, hcall.H_EOI, xirr);
      }
      expect(machine.ledger.check(), `seed ${seed}, step ${n}`).toBeUndefined();
    }
    const count = (step: XicsStep["step"], irq: number): number =>
      told.filter((one) => one.step === step && one.irq === irq).length;
    for (const irq of IRQS) {
      const { ipi } = device.irqs.get(irq)!;
      const queued = lines("queued", /entry/).filter(({ kind }) => kind === ipi);
      expect(count("accepted", irq) + count("rerouted", irq) + waiting(device, irq), `seed ${seed}, ${irq}`)
        .toBe(queued.length);
    }
    expect(lines("accepted", /^XIRR/)).toHaveLength(taken);
    expect(told.filter(({ step }) => step === "accepted")).toHaveLength(taken);
    expect(count("mfrr", XICS_IPI)).toBe(lines("raised", /^MFRR/).length);
    expect(taken).toBeGreaterThan(20);
  }
});
