/**
 * A device-only s390 machine with AP passthrough: a host's driver and hardware beside the VM, and a CPU whose
 * PQAP is intercepted or interpreted as on a real one.
 */
import type { ApConfiguration } from "../devices/ap/apConfiguration.ts";
import type { ApQuirks } from "../devices/ap/apQuirks.ts";
import { interpretPqap } from "../devices/ap/interpretedAp.ts";
import { interceptPqap, type ApCpu, type PqapOutcome } from "../devices/ap/pqap.ts";
import type { ApWarning } from "../devices/ap/queue.ts";
import { VfioAp } from "../devices/ap/vfioAp.ts";
import type { ApHardware } from "../devices/apPorts.ts";
import { facilityNumber } from "../devices/kvm/vmFacilities.ts";
import { makeApqn } from "../uapi/ap.ts";
import {
  KVM_S390_VM_CRYPTO, KVM_S390_VM_CRYPTO_ENABLE_APIE, deviceAttr,
} from "../uapi/deviceAttr.ts";
import { ioctl } from "../uapi/ioctl.ts";
import { RAM, s390DeviceMachine, type S390DeviceMachine, type S390Shape } from "./s390DeviceMachine.ts";

/** General registers, condition code and state of the CPU that executes PQAP. */
export class ApRegisters implements ApCpu {
  readonly registers: bigint[] = new Array<bigint>(16).fill(0n);
  conditionCode = 0;
  problemState = false;
  aiv = true;

  gr(n: number): bigint {
    return this.registers[n]!;
  }
  setGr(n: number, value: bigint): void {
    this.registers[n] = value;
  }
  setConditionCode(code: number): void {
    this.conditionCode = code;
  }
}

export interface ApShape extends S390Shape {
  readonly quirks?: ApQuirks;
  readonly configuration?: ApConfiguration;
  /** Facilities that the CPU model asks for. Default: all the host lets it have. */
  readonly model?: readonly number[];
  /** AP instructions are interpreted. Default true. */
  readonly apie?: boolean;
}

export interface ApDeviceMachine<Hardware extends ApHardware = ApHardware> extends S390DeviceMachine {
  readonly hardware: Hardware;
  readonly driver: VfioAp;
  readonly apCpu: ApRegisters;
  readonly warnings: { readonly warning: ApWarning; readonly apqn: number }[];
  /** Executes PQAP with these general registers 0, 1 and 2; others of PQAP's are interpreted. */
  pqap(gr0: bigint, gr1?: bigint, gr2?: bigint): PqapOutcome;
}

const SCRATCH = 0x7000_0000n;

/**
 * All of RAM is mapped for devices, read and write; no matrix device exists yet. The hardware is made for the
 * machine, so that it can notify the VM.
 */
export function apDeviceMachine<Hardware extends ApHardware>(
  makeHardware: (machine: S390DeviceMachine) => Hardware, shape: ApShape = {},
): ApDeviceMachine<Hardware> {
  const machine = s390DeviceMachine(shape);
  const { kvm, user } = machine;
  const hardware = makeHardware(machine);
  const warnings: ApDeviceMachine["warnings"] = [];
  const driver = new VfioAp({
    hardware, configuration: shape.configuration, quirks: shape.quirks,
    onWarning: (warning, apqn) => warnings.push({ warning, apqn }),
  });
  kvm.facilities.setList(facilityList(shape.model ?? Object.values(facilityNumber)));
  kvm.ap.container.map({ iova: 0n, size: BigInt(RAM), read: true, write: true });
  if (shape.apie ?? true)
    kvm.ioctl(kvm.vmFd, ioctl.KVM_SET_DEVICE_ATTR, user.place(SCRATCH, deviceAttr.encode({
      group: KVM_S390_VM_CRYPTO, attr: BigInt(KVM_S390_VM_CRYPTO_ENABLE_APIE) })));
  const apCpu = new ApRegisters();
  const pqap = (gr0: bigint, gr1 = 0n, gr2 = 0n): PqapOutcome => {
    [gr0, gr1, gr2].forEach((value, n) => apCpu.setGr(n, value));
    if (kvm.ap.hostHasAp && kvm.ap.crycb.interpreted && interpretPqap(apCpu, kvm.ap.crycb, hardware))
      return { kind: "done" };
    return interceptPqap(apCpu, kvm.ap, kvm.apFacilities(), driver);
  };
  return { ...machine, hardware, driver, apCpu, warnings, pqap };
}

/** Binds an adapter's queues, makes matrix device `name` of them and opens it for the VM. */
export function passThrough(
  { driver, kvm }: ApDeviceMachine, name: string, apid: number, apqis: readonly number[],
): void {
  driver.createDevice(name);
  for (const apqi of apqis) driver.bind(makeApqn(apid, apqi));
  driver.store(name, "assign_adapter", `${apid}`);
  for (const apqi of apqis) driver.store(name, "assign_domain", `${apqi}`);
  driver.open(name, kvm.ap);
}

function facilityList(facilities: readonly number[]): Uint8Array {
  const list = new Uint8Array(2048);
  for (const facility of facilities) list[facility >> 3]! |= 0x80 >> (facility & 7);
  return list;
}
