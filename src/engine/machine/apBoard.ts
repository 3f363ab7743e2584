/**
 * AP queues on the board: a host's adapter that behaves like a crypto card, passed through to the machine as
 * vfio-ap does it. Every AP instruction is one of `apInstructions.ts`; a finished request sets its indicator
 * and the subclass's bit in the GISA.
 */
import type { ApAction } from "../api/apView.ts";
import { errno } from "../api/errno.ts";
import type { ApMatrix } from "../api/machine.ts";
import { assert } from "../base/assert.ts";
import { refuse, type Result } from "../base/result.ts";
import type { Core } from "../cpu/core.ts";
import { ApInstructions, type ApInstructionCpu } from "../devices/ap/apInstructions.ts";
import { loadVfioAp, saveVfioAp } from "../devices/ap/persist.ts";
import type { QueueWarning } from "../devices/ap/queue.ts";
import { resetQueue } from "../devices/ap/queueReset.ts";
import type { VfioApState } from "../devices/ap/state.ts";
import { VfioAp } from "../devices/ap/vfioAp.ts";
import { CryptoHardware } from "../devices/apMock/cryptoHardware.ts";
import type { CryptoHardwareState } from "../devices/apMock/state.ts";
import type { S390Kvm } from "../devices/kvm/s390Kvm.ts";
import { facilityNumber } from "../devices/kvm/vmFacilities.ts";
import type { TimePort } from "../devices/ports.ts";
import type { ApInstruction } from "../isa/s390/helperCpu.ts";
import { apidOf, apqiOf, makeApqn } from "../uapi/ap.ts";
import {
  KVM_S390_VM_CPU_MODEL, KVM_S390_VM_CPU_PROCESSOR, KVM_S390_VM_CRYPTO, KVM_S390_VM_CRYPTO_ENABLE_APIE,
  deviceAttr, vmCpuProcessor,
} from "../uapi/deviceAttr.ts";
import { ioctl } from "../uapi/ioctl.ts";
import type { HandoverBuffer } from "./demoAdapters.ts";
import { AP_WARNINGS_MAX, type ApBoardState } from "./state.ts";

/** Of `fac_list` in struct kvm_s390_vm_cpu_processor. */
const FACILITY_LIST_BYTES = 2048;
const OPERATION = 0x01;
const MATRIX = "matrix";
const STRANGE_QUEUE = "it has an AP queue that is not of the machine's matrix";

export class ApBoard {
  readonly driver: VfioAp;
  readonly hardware: CryptoHardware;
  private readonly instructions: ApInstructions;
  private readonly cpu: ApInstructionCpu;

  /** What the kernel's log would have said. */
  readonly warnings: QueueWarning[] = [];
  private readonly kvm: S390Kvm;
  private readonly matrix: ApMatrix;

  private constructor(core: Core, kvm: S390Kvm, time: TimePort, matrix: ApMatrix) {
    this.kvm = kvm;
    this.matrix = matrix;
    this.hardware = new CryptoHardware({ time, notification: kvm.ap });
    this.driver = new VfioAp({
      hardware: this.hardware, onWarning: (warning, apqn) => this.warn({ warning, apqn }),
    });
    this.instructions = new ApInstructions({
      driver: this.driver, vm: kvm.ap, messages: this.hardware, facilities: () => kvm.apFacilities(),
    });
    this.cpu = apCpuOf(core);
  }

  /**
   * Plugs every queue of the matrix and passes all of them through. Call before the first CPU is attached:
   * facilities are part of the CPU model.
   */
  static plugIn(
    core: Core, kvm: S390Kvm, user: HandoverBuffer, time: TimePort, matrix: ApMatrix,
  ): ApBoard {
    const { adapters, domains } = matrix;
    const board = new ApBoard(core, kvm, time, matrix);
    const { driver, hardware } = board;
    const isModelled = setAttribute(kvm, user, KVM_S390_VM_CPU_MODEL, KVM_S390_VM_CPU_PROCESSOR,
      vmCpuProcessor.encode({ fac_list: facilityBits(Object.values(facilityNumber)) }));
    const isEnabled = setAttribute(kvm, user, KVM_S390_VM_CRYPTO, KVM_S390_VM_CRYPTO_ENABLE_APIE);
    kvm.ap.container.map({ iova: 0n, size: BigInt(core.ram.size), read: true, write: true });
    driver.createDevice(MATRIX);
    for (const adapter of adapters)
      for (const domain of domains) {
        hardware.plug(makeApqn(adapter, domain));
        driver.bind(makeApqn(adapter, domain));
      }
    for (const adapter of adapters) driver.store(MATRIX, "assign_adapter", String(adapter));
    for (const domain of domains) {
      driver.store(MATRIX, "assign_domain", String(domain));
      driver.store(MATRIX, "assign_control_domain", String(domain));
    }
    const isOpen = driver.open(MATRIX, kvm.ap) === 0;
    assert(isModelled && isEnabled && isOpen, "the matrix of a checked configuration opens");
    return board;
  }

  /** PQAP, NQAP or DQAP of the CPU that runs: 0 or a program interruption code. */
  execute(name: ApInstruction, r1: number, r2: number): number {
    const { instructions, cpu } = this;
    const outcome = name === "pqap" ? instructions.pqap(cpu) : instructions[name](cpu, r1, r2);
    // What KVM leaves to the VMM, this one does not know.
    if (outcome.kind === "userspace") return OPERATION;
    return outcome.kind === "program" ? outcome.code : 0;
  }

  /** A reset of the machine resets the queues, as VFIO_DEVICE_RESET. */
  reset(): void {
    this.driver.resetQueues(this.driver.device(MATRIX)!);
  }

  /**
   * What the host does to its card: 0 or a negative errno. -ENODEV for what was not given to the machine or
   * is not there, -EBUSY for an adapter that is there already.
   */
  byHand(action: ApAction, adapter: number, domain: number): number {
    const { driver, hardware, matrix: { adapters, domains } } = this;
    if (!adapters.includes(adapter) || !domains.includes(domain)) return errno.ENODEV;
    const queues = domains.map((each) => makeApqn(adapter, each));
    const isThere = queues.every((apqn) => driver.bound.has(apqn));
    if (action === "plug") {
      if (isThere) return errno.EBUSY;
      for (const apqn of queues) {
        hardware.plug(apqn);
        driver.bind(apqn);
      }
      return 0;
    }
    const queue = driver.bound.get(makeApqn(adapter, domain));
    if (!queue) return errno.ENODEV;
    if (action === "reset") return resetQueue(queue, driver.host);
    hardware.unplug(adapter);
    for (const apqn of queues) driver.unbind(apqn);
    return 0;
  }

  save(): ApBoardState {
    return { ...this.matrix, warnings: [...this.warnings] };
  }
  load({ warnings }: ApBoardState): void {
    this.warnings.splice(0, Infinity, ...warnings);
  }

  saveDriver(): VfioApState {
    return saveVfioAp(this.driver, [this.kvm.ap]);
  }
  /** Refuses with a sentence what is not this board's matrix. */
  loadDriver(saved: VfioApState): Result<void, string> {
    const isOwn = saved.devices.filter(({ removed }) => !removed).map(({ name }) => name).join() === MATRIX;
    if (!isOwn) return refuse(`its matrix devices are not just "${MATRIX}"`);
    return this.owns(saved.queues) ? loadVfioAp(this.driver, [this.kvm.ap], saved) : refuse(STRANGE_QUEUE);
  }
  /** As `loadDriver`, for the card behind it. */
  loadHardware(saved: CryptoHardwareState): Result<void, string> {
    return this.owns(saved.queues) ? this.hardware.load(saved) : refuse(STRANGE_QUEUE);
  }

  private owns(queues: readonly { readonly apqn: number }[]): boolean {
    const { adapters, domains } = this.matrix;
    return queues.every(({ apqn }) => adapters.includes(apidOf(apqn)) && domains.includes(apqiOf(apqn)));
  }

  private warn(warning: QueueWarning): void {
    if (this.warnings.push(warning) > AP_WARNINGS_MAX) this.warnings.shift();
  }
}

/** KVM_SET_DEVICE_ATTR on the VM; true if it was accepted. */
function setAttribute(
  kvm: S390Kvm, user: HandoverBuffer, group: number, attr: number, value: Uint8Array = new Uint8Array(0),
): boolean {
  const addr = BigInt(deviceAttr.size);
  user.put(Uint8Array.of(...deviceAttr.encode({ group, attr: BigInt(attr), addr }), ...value));
  return kvm.ioctl(kvm.vmFd, ioctl.KVM_SET_DEVICE_ATTR, 0n) === 0;
}

function facilityBits(facilities: readonly number[]): Uint8Array {
  const bits = new Uint8Array(FACILITY_LIST_BYTES);
  for (const facility of facilities) bits[facility >> 3]! |= 0x80 >> (facility & 7);
  return bits;
}

/** The CPU that runs. Messages are in the primary space, whatever access registers say. */
function apCpuOf({ cpu }: Core): ApInstructionCpu {
  return {
    gr: (n) => cpu.gr(n),
    setGr: (n, value) => cpu.setGr(n, value),
    setConditionCode: (code) => (cpu.cc = code),
    get problemState() {
      return cpu.problemState;
    },
    aiv: true,
    loadBytes: (address, length) => cpu.loadBytes(cpu.wrap(address), length, 0),
    storeBytes: (address, bytes) => cpu.storeBytes(cpu.wrap(address), bytes, 0),
    probeStore: (address, length) => cpu.probe(cpu.wrap(address), length, 0, true),
  };
}
