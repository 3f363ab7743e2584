/**
 * CPU model, capabilities, memory slots, and interrupts of the machine's own devices, through the KVM calls.
 */
import { describe, expect, it } from "vitest";
import { kernelProfiles } from "../../../../src/engine/uapi/kernelProfile.ts";
import { MemorySlots } from "../../../../src/engine/devices/kvm/memorySlots.ts";
import { FlicInterruptPort } from "../../../../src/engine/devices/kvm/floatingPort.ts";
import { deviceAttr, vmCpuProcessor } from "../../../../src/engine/uapi/deviceAttr.ts";
import { ioctl } from "../../../../src/engine/uapi/ioctl.ts";
import { userMemoryRegion } from "../../../../src/engine/uapi/irqRouting.ts";
import { flicMachine, PSW_ALL } from "./flicMachine.ts";

const ARG = 0x6000_0000n;

describe("CPU model and capability", () => {
  it("facility 72 needs both, and not after the first CPU", () => {
    const { kvm, user } = flicMachine({ cpus: 0 });
    const setModel = (byte9: number): number => {
      const list = new Uint8Array(2048);
      list[9] = byte9;
      user.place(0x100n, vmCpuProcessor.encode({ fac_list: list }));
      return kvm.ioctl(
        kvm.vmFd, ioctl.KVM_SET_DEVICE_ATTR,
        user.place(ARG, deviceAttr.encode({ group: 3, attr: 0n, addr: 0x100n })),
      );
    };
    expect(kvm.flic.facility72).toBe(true);
    expect([setModel(0x7f), kvm.flic.facility72, setModel(0x80), kvm.flic.facility72]).toEqual([0, false, 0,
      true]);
    const late = flicMachine({ cpus: 1, facility72: false });
    late.user.place(ARG, new Uint8Array(104).fill(141, 3, 4));
    expect(late.kvm.ioctl(late.kvm.vmFd, ioctl.KVM_ENABLE_CAP, ARG)).toBe(-16);
  });
});

describe("memory slots", () => {
  it("translate within a slot and refuse overlap and odd sizes", () => {
    const slots = new MemorySlots();
    const region = (guest: bigint, size: bigint, slot = 0) => slots.set(
      { slot, flags: 0, guestAddress: guest, size, userAddress: 0x7000_0000n });
    expect([region(0n, 0x100001n), region(0n, 0x200000n), region(0x100000n, 0x100000n, 1)]).toEqual([-22, 0,
      -17]);
    expect([slots.translate(0x1f_fff8n), slots.translate(0x20_0000n)]).toEqual([0x701f_fff8n, undefined]);
    expect(region(0n, 0n)).toBe(0);
    expect(slots.translate(0n)).toBeUndefined();
  });

  it("are set by ioctl", () => {
    const { kvm, user } = flicMachine();
    user.place(ARG, userMemoryRegion.encode({
      slot: 1, guest_phys_addr: 0x4000_0000n, memory_size: 0x100000n, userspace_addr: 0x1000_0000n,
    }));
    expect(kvm.ioctl(kvm.vmFd, ioctl.KVM_SET_USER_MEMORY_REGION, ARG)).toBe(0);
    expect(kvm.slots.translate(0x4000_0010n)).toBe(0x1000_0010n);
  });
});

describe("interrupts of the machine's own devices", () => {
  it("land where ENQUEUE and routes put them", () => {
    for (const name of ["linux-4.13", "linux-6.1"] as const) {
      const machine = flicMachine({ profile: kernelProfiles[name] });
      const { kvm, cpus, memory } = machine;
      const port = new FlicInterruptPort(kvm.flic);
      cpus[0]!.open(PSW_ALL);
      port.registerAdapter(2, 3, true);
      port.registerAdapter(2, 5, true);
      const gsis = port.routeAdapter(2, 0x100000n, 0x100100n, 8, 2);
      expect(gsis).toEqual([0, 1]);
      expect(port.adapterGsi(1)).toBe(1);
      expect([memory.u8(0x100000), memory.u8(0x100101)]).toEqual([0x40, 0x80]);
      port.service(0x12340);
      port.io(0x0001, 0x0007, 0xcafe, 0x18000000);
      port.io(0x0001, 0x0008, 0xcafe, 0x18000000);
      port.clearIo(1, 7);
      port.channelReport();
      const { delivered } = kvm.flic.deliverPending(cpus[0]!);
      expect(delivered.map(({ type, parm }) => [type, parm])).toEqual([
        [0xfffe1000, 0x10000000], [0xffff2401, 0x12340], ...(name === "linux-4.13"
          ? [[0x04000000, 0], [0x00010008 & 0xffff, 0x10008]] : [[0x0008, 0x10008], [0x04000000, 0]]),
      ]);
      expect(memory.u64(cpus[0]!.prefixAddress + 0xe8) & (1n << 54n)).toBe(1n << 54n);
      port.unrouteAdapter(gsis);
      expect(port.adapterGsi(1)).toBe(-1);
    }
  });
});
