/** Memory slots, dirty log and irqfds of a POWER VM, through its ioctls. */
import { describe, expect, it } from "vitest";
import { errno } from "../../../../src/engine/api/errno.ts";
import {
  BAD_ADDRESS, BUFFER, RAM, connectVcpu, native, powerMachine, type PowerMachine,
} from "../../../../src/engine/deviceMachine/powerDeviceMachine.ts";
import { BITMAP_BYTES_MAX, MemorySlots } from "../../../../src/engine/devices/kvm/memorySlots.ts";
import {
  powerDirtyLog, powerIoctl, powerIrqfd, powerMemoryRegion,
} from "../../../../src/engine/uapi/powerIoctl.ts";
import {
  KVM_XIVE_EQ_ALWAYS_NOTIFY, encodeQueueName, xicsGroup, xiveControl, xiveEq, xiveGroup,
} from "../../../../src/engine/uapi/xive.ts";

const ARGUMENT = 0x1000n, PAGE = 0x10000n, LISN = 0x1300, IRQFD_DEASSIGN = 1;

const vm = ({ kvm, user }: PowerMachine, request: number, argument: Uint8Array): number =>
  kvm.ioctl(kvm.vmFd, request, user.place(ARGUMENT, argument));
function region(
  machine: PowerMachine, slot: number, guestAddress: bigint, size: bigint, flags = 1,
): number {
  return vm(machine, powerIoctl.KVM_SET_USER_MEMORY_REGION, powerMemoryRegion.encode({
    slot, flags, guest_phys_addr: guestAddress, memory_size: size, userspace_addr: 0x7000_0000n,
  }));
}
/** Bits of a slot's log, counted from the right of byte 0 on. */
function log(machine: PowerMachine, slot: number): number[] | number {
  machine.user.place(BUFFER, new Uint8Array(8));
  const result = vm(
    machine, powerIoctl.KVM_GET_DIRTY_LOG, powerDirtyLog.encode({ slot, dirty_bitmap: BUFFER }));
  if (result !== 0) return result;
  const word = machine.user.u64(BUFFER);
  return Array.from({ length: 64 }, (_, bit) => bit).filter((bit) => (word >> BigInt(bit)) & 1n);
}
function configureQueue(machine: PowerMachine, priority: number, address: bigint): number {
  const eq = xiveEq.encode({
    flags: KVM_XIVE_EQ_ALWAYS_NOTIFY, qshift: 16, qaddr: address, qtoggle: 1, qindex: 0,
  });
  return native(machine).setAttr(
    xiveGroup.EQ_CONFIG, encodeQueueName(0, priority), machine.user.place(BUFFER, eq));
}

describe("memory slots of a POWER VM", () => {
  it("are pages of 64 KiB, writable; slot 0 is all of memory from the start", () => {
    const machine = powerMachine("xive");
    const { EINVAL, EEXIST, EFAULT } = errno;
    expect(machine.kvm.slots.list()).toMatchObject([{ slot: 0, guestAddress: 0n, size: BigInt(RAM) }]);
    expect(region(machine, 1, BigInt(RAM), PAGE)).toBe(0);
    expect(region(machine, 2, BigInt(RAM) + PAGE, PAGE / 2n)).toBe(EINVAL);
    expect(region(machine, 2, BigInt(RAM) + PAGE / 2n, PAGE)).toBe(EINVAL);
    expect(region(machine, 2, BigInt(RAM), PAGE)).toBe(EEXIST);
    expect(region(machine, 2, 2n * BigInt(RAM), PAGE, 2)).toBe(EINVAL);
    expect(region(machine, 7, 0n, 0n)).toBe(EINVAL);
    const { kvm } = machine;
    expect(kvm.ioctl(kvm.vmFd, powerIoctl.KVM_SET_USER_MEMORY_REGION, BAD_ADDRESS)).toBe(EFAULT);
    expect(machine.kvm.slots.list()).toHaveLength(2);
  });

  it("log each page of a queue that EQ_SYNC marks, once, in its own slot", () => {
    for (let frame = 1; frame < 8; frame++) {
      const machine = powerMachine("xive");
      connectVcpu(machine, 0, 0);
      expect(configureQueue(machine, 6, BigInt(frame) * PAGE)).toBe(0);
      expect(log(machine, 0)).toEqual([]);
      native(machine).setAttr(xiveGroup.CTRL, xiveControl.EQ_SYNC, 0n);
      expect(log(machine, 0)).toEqual([frame]);
      expect(log(machine, 0)).toEqual([]);
      expect(log(machine, 1)).toBe(errno.ENOENT);
    }
  });

  it("are where queues may lie: without one an address is none of the guest's", () => {
    const machine = powerMachine("xive");
    connectVcpu(machine, 0, 0);
    expect(region(machine, 0, 0n, 0n)).toBe(0);
    expect(configureQueue(machine, 6, PAGE)).toBe(errno.EINVAL);
    expect(region(machine, 0, 0n, 2n * PAGE)).toBe(0);
    expect(configureQueue(machine, 6, PAGE)).toBe(0);
    expect(configureQueue(machine, 6, 2n * PAGE)).toBe(errno.EINVAL);
  });
});

describe("an irqfd of a POWER VM", () => {
  it.each(["xive", "xics"] as const)("raises its number in %s as KVM_IRQ_LINE does", (type) => {
    const machine = powerMachine(type);
    const { kvm } = machine;
    const [group, value] = type === "xive" ? [xiveGroup.SOURCE, 0n] : [xicsGroup.SOURCES, 5n << 32n];
    expect(kvm.device!.setAttr(group, BigInt(LISN), machine.user.placeU64(BUFFER, value))).toBe(0);
    // Not counting escalations, which are raised by ENDs.
    const raised = (): number =>
      machine.ledger.book.lines().filter(({ step, bit }) => step === "raised" && bit === "P").length;
    const fd = kvm.openEventfd();
    const bind = (flags: number, gsi = LISN): number =>
      vm(machine, powerIoctl.KVM_IRQFD, powerIrqfd.encode({ fd, gsi, flags }));
    expect([bind(4), bind(0), bind(0)]).toEqual([errno.EINVAL, 0, errno.EBUSY]);
    const before = raised();
    kvm.signalEventfd(fd);
    kvm.signalEventfd(fd);
    expect(kvm.irqfds.runDue()).toEqual([0]);
    expect(kvm.irqfds.runDue()).toEqual([]);
    expect(raised()).toBe(before + 1);
    expect(bind(IRQFD_DEASSIGN)).toBe(0);
    kvm.signalEventfd(fd);
    expect(kvm.irqfds.runDue()).toEqual([]);
    expect(bind(0, 9)).toBe(0);
    expect(kvm.irqfds.runDue()).toEqual([errno.EINVAL]);
    expect(machine.ledger.check()).toBeUndefined();
  });

  it("is refused for what is no eventfd, and raises nothing without a controller", () => {
    const machine = powerMachine("xive");
    const { kvm } = machine;
    const bind = (fd: number): number =>
      vm(machine, powerIoctl.KVM_IRQFD, powerIrqfd.encode({ fd, gsi: LISN }));
    expect([bind(0xffff_ffff), bind(kvm.vmFd), bind(machine.vcpuFds[0]!)])
      .toEqual([errno.EBADF, errno.EINVAL, errno.EINVAL]);
    const fd = kvm.openEventfd();
    expect(kvm.ioctl(fd, powerIoctl.KVM_IRQFD, 0n)).toBe(errno.ENOTTY);
    expect(bind(fd)).toBe(0);
    kvm.close(machine.deviceFd);
    kvm.signalEventfd(fd);
    expect(kvm.irqfds.runDue()).toEqual([errno.ENODEV]);
  });
});

describe("logs that there is no room for", () => {
  it("are refused with -ENOMEM, more than 2^31 - 1 pages with -EINVAL, and nothing is changed", () => {
    const slots = new MemorySlots();
    const of = (slot: number, size: bigint, flags = 1) =>
      ({ slot, guestAddress: BigInt(slot) << 50n, size, flags, userAddress: 0n });
    const all = BigInt(BITMAP_BYTES_MAX) << 15n;
    expect(slots.set(of(0, all + 0x100000n))).toBe(errno.ENOMEM);
    expect(slots.set(of(0, all))).toBe(0);
    expect(slots.set(of(1, 0x100000n))).toBe(errno.ENOMEM);
    expect(slots.set(of(1, 0x100000n, 0))).toBe(0);
    expect(slots.set(of(2, (1n << 43n) - 0x100000n, 0))).toBe(0);
    expect(slots.set(of(3, 1n << 43n, 0))).toBe(errno.EINVAL);
    expect(slots.set(of(0, 0n))).toBe(0);
    expect(slots.set(of(1, 0x100000n))).toBe(0);
    expect(slots.list().map(({ slot }) => slot)).toEqual([2, 1]);
  });
});
