/**
 * The three AP instructions as a machine gives them to its CPUs: PQAP, NQAP and DQAP of one VM, interpreted
 * or intercepted as its control block says. A board that has no AP leaves them operation exceptions.
 *
 * Where NQAP and DQAP leave their operands is not in the sources of KVM, which never sees them: addresses and
 * lengths are stepped over what was moved.
 */
import { errno } from "../../api/errno.ts";
import { apResponse, pqapFunction, responseOf, statusWord } from "../../uapi/ap.ts";
import type { ApMessagePort } from "../apPorts.ts";
import type { ApVm } from "./apVm.ts";
import { interpretPqap, interpretQci, isInMasks } from "./interpretedAp.ts";
import { interceptPqap, type ApCpu, type ApFacilities, type PqapOutcome } from "./pqap.ts";
import type { VfioAp } from "./vfioAp.ts";

/** Storage at logical addresses; an access exception ends the instruction there and then. */
export interface ApInstructionCpu extends ApCpu {
  loadBytes(address: bigint, length: number): Uint8Array;
  storeBytes(address: bigint, bytes: Uint8Array): void;
  /** Raises the access exception that a store of so many bytes would, and nothing else. */
  probeStore(address: bigint, length: number): void;
}

/** Longest message looked at, in bytes. */
const MESSAGE_BYTES_MAX = 64 * 1024;
const PRIVILEGED_OPERATION = 0x02;
const SPECIFICATION = 0x06;
const LOW = 0xffffffffn;

export interface ApInstructionOptions {
  readonly driver: VfioAp;
  readonly vm: ApVm;
  readonly messages: ApMessagePort;
  /** What the CPU model offers now. */
  readonly facilities: () => ApFacilities;
}

export class ApInstructions {
  private readonly options: ApInstructionOptions;

  constructor(options: ApInstructionOptions) {
    this.options = options;
  }

  pqap(cpu: ApInstructionCpu): PqapOutcome {
    const { vm, driver, facilities } = this.options;
    const functionCode = Number(cpu.gr(0) >> 24n) & 0xff;
    if (functionCode === pqapFunction.AQIC) return interceptPqap(cpu, vm, facilities(), driver);
    const refusal = this.refusal(cpu);
    if (refusal) return refusal;
    if (functionCode === pqapFunction.QCI) {
      cpu.storeBytes(cpu.gr(2), interpretQci(driver.configuration, vm.crycb));
      cpu.setConditionCode(0);
      return { kind: "done" };
    }
    const isKnown = interpretPqap(cpu, vm.crycb, driver.host.hardware);
    return isKnown ? { kind: "done" } : { kind: "program", code: SPECIFICATION };
  }

  /** The message id is in bits 32-63 of R1 and R1+1, the message's address and length in R2 and R2+1. */
  nqap(cpu: ApInstructionCpu, r1: number, r2: number): PqapOutcome {
    const refusal = this.refusal(cpu, r1, r2);
    if (refusal) return refusal;
    const apqn = this.usableQueue(cpu);
    if (apqn === undefined) return finish(cpu, statusWord(apResponse.Q_NOT_AVAIL));
    const [address, length] = [cpu.gr(r2), cpu.gr(r2 + 1)];
    if (length > MESSAGE_BYTES_MAX) return finish(cpu, statusWord(apResponse.MESSAGE_TOO_BIG));
    const bytes = cpu.loadBytes(address, Number(length));
    const id = ((cpu.gr(r1) & LOW) << 32n) | (cpu.gr(r1 + 1) & LOW);
    const status = this.options.messages.enqueue(apqn, { id, bytes });
    if (responseOf(status) === apResponse.NORMAL) stepOver(cpu, r2, length);
    return finish(cpu, status);
  }

  /** The reply goes to the address in R2, at most as many bytes as R2+1 says; its id to R1 and R1+1. */
  dqap(cpu: ApInstructionCpu, r1: number, r2: number): PqapOutcome {
    const refusal = this.refusal(cpu, r1, r2);
    if (refusal) return refusal;
    const apqn = this.usableQueue(cpu);
    if (apqn === undefined) return finish(cpu, statusWord(apResponse.Q_NOT_AVAIL));
    const bytesMax = Math.min(Number(cpu.gr(r2 + 1)), MESSAGE_BYTES_MAX);
    // Before the reply is taken: an access exception must leave it in the queue.
    cpu.probeStore(cpu.gr(r2), bytesMax);
    const got = this.options.messages.dequeue(apqn, bytesMax);
    if (!got.ok) return finish(cpu, got.error);
    const { status, reply } = got.value;
    cpu.storeBytes(cpu.gr(r2), reply.bytes);
    stepOver(cpu, r2, BigInt(reply.bytes.length));
    cpu.setGr(r1, reply.id >> 32n);
    cpu.setGr(r1 + 1, reply.id & LOW);
    return finish(cpu, status);
  }

  /** Not interpreted: the VMM's matter. In problem state, or with odd registers: a program interruption. */
  private refusal(cpu: ApInstructionCpu, ...pairs: readonly number[]): PqapOutcome | undefined {
    const { vm, facilities } = this.options;
    if (!facilities().hostHasAp || !vm.crycb.interpreted)
      return { kind: "userspace", errno: errno.EOPNOTSUPP };
    if (cpu.problemState) return { kind: "program", code: PRIVILEGED_OPERATION };
    return pairs.some((register) => register & 1) ? { kind: "program", code: SPECIFICATION } : undefined;
  }

  private usableQueue(cpu: ApInstructionCpu): number | undefined {
    const apqn = Number(cpu.gr(0) & 0xffffn);
    return isInMasks(this.options.vm.crycb, apqn) ? apqn : undefined;
  }
}

function stepOver(cpu: ApInstructionCpu, r2: number, length: bigint): void {
  cpu.setGr(r2, BigInt.asUintN(64, cpu.gr(r2) + length));
  cpu.setGr(r2 + 1, cpu.gr(r2 + 1) - length);
}

function finish(cpu: ApInstructionCpu, status: number): PqapOutcome {
  cpu.setGr(1, BigInt(status));
  cpu.setConditionCode(responseOf(status) === apResponse.NORMAL ? 0 : 3);
  return { kind: "done" };
}
