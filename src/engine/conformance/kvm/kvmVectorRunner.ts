/** Carries out one vector of KVM's own calls, on either architecture, and says what was different. */
import { join } from "../../base/hex.ts";
import { native, powerMachine, type PowerMachine } from "../../deviceMachine/powerDeviceMachine.ts";
import { s390DeviceMachine, type S390DeviceMachine } from "../../deviceMachine/s390DeviceMachine.ts";
import { DirtyRing, KVM_DIRTY_GFN_F_RESET, dirtyGfn } from "../../devices/kvm/dirtyRing.ts";
import { ioctl } from "../../uapi/ioctl.ts";
import { dirtyLog, irqRouting, irqRoutingEntry, irqfd, userMemoryRegion } from "../../uapi/irqRouting.ts";
import {
  powerDirtyLog, powerIoctl, powerIrqfd, powerMemoryRegion, powerOneReg,
} from "../../uapi/powerIoctl.ts";
import { KVM_REG_PPC_DPDES, xiveGroup } from "../../uapi/xive.ts";
import { firstMismatch, mustBe } from "../mustBe.ts";
import type { FileName, KvmStep, KvmVector } from "./kvmVectors.ts";

const ARGUMENT = 0x4000n, BUFFER = 0x6000n, NOWHERE = 0xdead_0000_0000n;
const NO_FILE = 1000;
const LOG_BYTES = 64;
const S390_ADAPTER = 3;
const RING_PAGES = 512n;
const s390Calls = { numbers: ioctl, region: userMemoryRegion, log: dirtyLog, irqfd };
const powerCalls = { numbers: powerIoctl, region: powerMemoryRegion, log: powerDirtyLog, irqfd: powerIrqfd };

interface Run {
  readonly s390: S390DeviceMachine;
  readonly power: PowerMachine;
  /** The one that the vector is about. */
  readonly machine: S390DeviceMachine | PowerMachine;
  readonly calls: typeof s390Calls | typeof powerCalls;
  readonly files: Readonly<Record<FileName, number>>;
  ring: DirtyRing | undefined;
  readonly again: bigint[];
}

function begin(on: KvmVector["on"]): Run {
  const [s390, power] = [s390DeviceMachine(), powerMachine("xive", 0)];
  const machine = on === "power" ? power : s390;
  const R = on === "power" ? power.kvm.openOther("regular") : s390.kvm.files.add({ kind: "regular" });
  const files = { A: machine.kvm.openEventfd(), B: machine.kvm.openEventfd(), R, none: NO_FILE };
  const calls = on === "power" ? powerCalls : s390Calls;
  return { s390, power, machine, calls, files, ring: undefined, again: [] };
}

const vmCall = ({ machine: { kvm, user } }: Run, request: number, argument: Uint8Array): number =>
  kvm.ioctl(kvm.vmFd, request, user.place(ARGUMENT, argument));

function doStep(run: Run, step: KvmStep): void {
  const { machine: { kvm }, calls: { numbers, region, irqfd: binding }, files } = run;
  switch (step.op) {
    case "region": {
      const { slot, flags = 1, guest, size, user = 0n, result } = step;
      const bytes = region.encode({
        slot, flags, guest_phys_addr: guest, memory_size: size, userspace_addr: user });
      return mustBe(vmCall(run, numbers.KVM_SET_USER_MEMORY_REGION, bytes), result);
    }
    case "log": return readLog(run, step);
    case "mark": return kvm.slots.markFrameDirty(step.frame);
    case "routes": return setRoutes(run, step);
    case "irqfd": {
      const { fd, gsi = 1, flags = 0, resample = "none", result } = step;
      const bytes = binding.encode({ fd: files[fd], gsi, flags, resamplefd: files[resample] });
      return mustBe(vmCall(run, numbers.KVM_IRQFD, bytes), result);
    }
    case "signal": return kvm.signalEventfd(files[step.fd]);
    case "worker": return mustBe(kvm.irqfds.runDue(), step.results);
    case "close": return mustBe(kvm.close(files[step.fd]), 0);
    case "source": {
      const { power } = run;
      const address = power.user.placeU64(BUFFER, 0n);
      return mustBe(native(power).setAttr(xiveGroup.SOURCE, BigInt(step.number), address), 0);
    }
    case "extension":
      return mustBe(
        kvm.ioctl(kvm.vmFd, numbers.KVM_CHECK_EXTENSION, BigInt(step.capability)), step.result);
    case "ioctl": return mustBe(kvm.ioctl(kvm.vmFd, step.request, ARGUMENT), step.result);
    case "ring": case "push": case "collect": case "resetRing": return useRing(run, step);
    case "doorbell": {
      const { power } = run;
      power.kvm.doorbell(power.vcpuFds[step.vcpu]!)![step.does]();
      return;
    }
    case "setDpdes": case "dpdes": return useDpdes(run.power, step);
    case "check": return compare(run, step);
  }
}

function readLog(run: Run, { slot, isNowhere, result, frames }: KvmStep & { op: "log" }): void {
  const { machine: { user }, calls: { numbers, log } } = run;
  user.place(BUFFER, new Uint8Array(LOG_BYTES));
  const request = log.encode({ slot, dirty_bitmap: isNowhere ? NOWHERE : BUFFER });
  mustBe(vmCall(run, numbers.KVM_GET_DIRTY_LOG, request), result);
  if (result !== 0) return;
  const bitmap = user.read(BUFFER, LOG_BYTES)!;
  const all = Array.from({ length: 8 * LOG_BYTES }, (_, index) => index);
  mustBe(all.filter((index) => bitmap[index >> 3]! & (1 << (index & 7))), frames);
}

function setRoutes(run: Run, { nr, flags = 0, entries, result }: KvmStep & { op: "routes" }): void {
  const parts = entries.map((route) => irqRoutingEntry.encode({
    gsi: route.gsi, type: route.type ?? S390_ADAPTER, flags: route.flags ?? 0,
    "u.adapter.ind_addr": route.indicator ?? 0x1000n,
    "u.adapter.summary_addr": route.summary ?? 0x2000n,
  }));
  const table = join(irqRouting.encode({ nr: nr ?? entries.length, flags }), ...parts);
  mustBe(vmCall(run, ioctl.KVM_SET_GSI_ROUTING, table), result);
}

type RingStep = Extract<KvmStep, { op: "ring" | "push" | "collect" | "resetRing" }>;
function useRing(run: Run, step: RingStep): void {
  if (step.op === "ring") {
    const made = DirtyRing.ofBytes(step.bytes, {
      pagesOf: (slot) => (slot === 0 ? RING_PAGES : undefined),
      protect: (_slot, page) => { run.again.push(page); },
    });
    mustBe(made.ok ? 0 : made.error, step.result);
    run.ring = made.ok ? made.value : undefined;
    return;
  }
  const ring = run.ring!;
  if (step.op === "push") return mustBe(ring.push(step.slot, step.page), step.result);
  if (step.op === "resetRing") {
    mustBe(ring.reset(), step.result);
    return mustBe(run.again, step.again);
  }
  const at = step.entry * dirtyGfn.size;
  const { slot, offset } = dirtyGfn.decode(ring.shared, at);
  ring.shared.set(dirtyGfn.encode({
    flags: KVM_DIRTY_GFN_F_RESET, slot: step.slot ?? slot, offset: step.offset ?? offset }), at);
}

type DpdesStep = Extract<KvmStep, { op: "setDpdes" | "dpdes" }>;
function useDpdes({ kvm, user, vcpuFds }: PowerMachine, { op, vcpu, value }: DpdesStep): void {
  user.placeU64(BUFFER, op === "setDpdes" ? value : 0n);
  const argument = user.place(ARGUMENT, powerOneReg.encode({ id: KVM_REG_PPC_DPDES, addr: BUFFER }));
  const request = op === "setDpdes" ? powerIoctl.KVM_SET_ONE_REG : powerIoctl.KVM_GET_ONE_REG;
  mustBe(kvm.ioctl(vcpuFds[vcpu]!, request, argument), 0);
  if (op === "dpdes") mustBe(user.u64(BUFFER), value);
}

function compare({ machine: { kvm }, s390, files }: Run, is: KvmStep & { op: "check" }): void {
  const { slots, gsis, bound } = is;
  if (slots) mustBe(kvm.slots.list().map(({ slot }) => slot).sort((a, b) => a - b), slots);
  if (gsis) mustBe([...s390.kvm.flic.routes.keys()].sort((a, b) => a - b), gsis);
  for (const [name, wanted] of Object.entries(bound ?? {})) {
    const held = kvm.irqfds.save().filter(({ fd }) => fd === files[name as FileName]);
    mustBe(held.map(({ gsi }) => gsi), wanted);
  }
}

/** The first difference from the vector; empty if it holds. */
export function kvmVectorMismatches({ id, on, steps }: KvmVector): string[] {
  const run = begin(on);
  return firstMismatch(id, steps, (step) => doStep(run, step));
}
