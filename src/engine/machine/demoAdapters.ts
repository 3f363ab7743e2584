/**
 * The board's demonstration adapters: sources of adapter interrupts that a guest rings itself, by DIAGNOSE
 * 0x5a0, to see adapter-interruption suppression at work. They are registered with the floating interrupt
 * controller like any adapter.
 */
import type { DemoAdapter } from "../api/machine.ts";
import { assert } from "../base/assert.ts";
import type { S390Kvm } from "../devices/kvm/s390Kvm.ts";
import { capability, enableCap } from "../uapi/capability.ts";
import { KVM_S390_ADAPTER_SUPPRESSIBLE, aisReq, flicGroup, ioAdapter } from "../uapi/flic.ts";
import { ioctl } from "../uapi/ioctl.ts";
import type { UserMemory } from "../uapi/userMemory.ts";

export const DEMO_DIAGNOSE = 0x5a0;
/** Identities above those that virtio devices take, which are subclass numbers. */
const FIRST_ID = 32;
const SPECIFICATION = 0x06;
const OPERAND = 0x15;
const ringFunction = { count: 0n, ring: 1n } as const;

/** The buffer in which this VMM hands structures to the kernel; it lies at user address 0. */
export class HandoverBuffer implements UserMemory {
  private bytes: Uint8Array = new Uint8Array(0);
  private isWritable = false;

  /** What the kernel may read. */
  put(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.isWritable = false;
  }
  /** Room that the kernel may fill: zeros until it does. */
  offer(length: number): Uint8Array {
    this.bytes = new Uint8Array(length);
    this.isWritable = true;
    return this.bytes;
  }
  read(address: bigint, length: number): Uint8Array | undefined {
    if (address + BigInt(length) > BigInt(this.bytes.length)) return undefined;
    return this.bytes.slice(Number(address), Number(address) + length);
  }
  write(address: bigint, bytes: Uint8Array): boolean {
    if (!this.isWritable || address + BigInt(bytes.length) > BigInt(this.bytes.length)) return false;
    this.bytes.set(bytes, Number(address));
    return true;
  }
}

export class DemoAdapters {
  private readonly kvm: S390Kvm;
  private readonly buffer: HandoverBuffer;
  private readonly count: number;

  private constructor(kvm: S390Kvm, buffer: HandoverBuffer, count: number) {
    this.kvm = kvm;
    this.buffer = buffer;
    this.count = count;
  }

  /** Call before the first CPU is attached: the facility is part of the CPU model. */
  static plugIn(kvm: S390Kvm, buffer: HandoverBuffer, adapters: readonly DemoAdapter[]): DemoAdapters {
    const made = new DemoAdapters(kvm, buffer, adapters.length);
    buffer.put(enableCap.encode({ cap: capability.KVM_CAP_S390_AIS }));
    assert(kvm.ioctl(kvm.vmFd, ioctl.KVM_ENABLE_CAP, 0n) === 0, "suppression is enabled before CPUs exist");
    adapters.forEach(({ isc, suppressible }, n) => {
      const flags = suppressible ? KVM_S390_ADAPTER_SUPPRESSIBLE : 0;
      const registration = ioAdapter.encode({ id: FIRST_ID + n, isc, flags });
      assert(made.set(flicGroup.ADAPTER_REGISTER, 0n, registration) === 0, "a free identity");
    });
    return made;
  }

  private set(group: number, attr: bigint, structure: Uint8Array): number {
    this.buffer.put(structure);
    return this.kvm.setAttr(group, attr, 0n);
  }

  /** DIAGNOSE 0x5a0: 0 or a program interruption code. */
  diagnose(cpu: { gr(n: number): bigint; setGr(n: number, value: bigint): void }): number {
    switch (cpu.gr(2)) {
      case ringFunction.count:
        cpu.setGr(2, BigInt(this.count));
        return 0;
      case ringFunction.ring: {
        const adapter = cpu.gr(4);
        if (adapter >= BigInt(this.count)) return SPECIFICATION;
        const result = this.kvm.setAttr(flicGroup.AIRQ_INJECT, BigInt(FIRST_ID) + adapter, 0n);
        cpu.setGr(2, result === 0 ? 0n : BigInt.asUintN(64, BigInt(result)));
        return 0;
      }
      default: return SPECIFICATION;
    }
  }

  /** SET INTERRUPTION CONTROLS: 0 or a program interruption code. */
  setMode(mode: number, isc: number): number {
    return this.set(flicGroup.AISM, 0n, aisReq.encode({ isc, mode })) === 0 ? 0 : OPERAND;
  }

  /** A subsystem reset puts every subclass into ALL mode. */
  reset(): void {
    for (let isc = 0; isc < 8; isc++) this.setMode(0, isc);
  }
}
