import { describe, expect, it } from "vitest";
import { Prng } from "../../../src/engine/base/prng.ts";
import { RAM, irq, s390DeviceMachine } from "../../../src/engine/deviceMachine/s390DeviceMachine.ts";
import { ioctl } from "../../../src/engine/uapi/ioctl.ts";

const BUFFER = 0x5000_0000n;
/** What stores: external with and without a token, I/O, machine check, restart, program. */
const floating = ["ffff2401", "ffff2603", "fffe0005", "00010005", "04000000", "fffe1000"];
const local = ["fffe0001", "fffe0003", "fffe0004", "ffff1201", "ffff1202"];
const union: Readonly<Record<string, string>> = {
  ffff2401: "00012341", "00010005": "00010005cafe000118000000", "04000000": "000000000000000018000000",
  fffe1000: "00000000100000000100000000000000", fffe0001: "00".repeat(28) + "0005",
};

describe("the dirty log of an s390 machine of devices", () => {
  it("has every page that KVM stores into, and no page that nothing was stored into", () => {
    const machine = s390DeviceMachine({ cpus: 2 });
    const { kvm, memory, user, cpus } = machine;
    const random = new Prng(0x5390);
    const frames = (): number[] => kvm.slots.takeDirtyFrames().map(Number);
    for (let round = 0; round < 120; round++) {
      const [cpu, fd] = random.u32() % 2 ? [cpus[0]!, machine.cpuFds[0]!] : [cpus[1]!, machine.cpuFds[1]!];
      cpu.prefixAddress = 0x2000 * (2 + random.u32() % 100);
      for (let n = random.u32() % 4; n > 0; n--) {
        const type = floating[random.u32() % floating.length]!;
        user.place(BUFFER, irq(type, union[type]));
        expect(kvm.setAttr(2, 72n, BUFFER)).toBe(0);
      }
      const mine = local[random.u32() % local.length]!;
      kvm.ioctl(fd, ioctl.KVM_S390_IRQ, user.place(BUFFER, irq(mine, union[mine])));
      cpu.open(random.u32() % 2 ? 0x03040000 : 0);
      const before = memory.read(0, RAM);
      frames();
      if (random.u32() % 4 === 0) kvm.flic.tpi(cpu, BigInt(4 * (random.u32() % 0x2000)));
      else kvm.flic.deliverPending(cpu);
      const after = memory.read(0, RAM);
      const marked = new Set(frames());
      for (let frame = 0; frame < RAM / 4096; frame++) {
        const part = [frame * 4096, (frame + 1) * 4096] as const;
        if (Buffer.compare(before.subarray(...part), after.subarray(...part)) !== 0)
          expect(marked, `round ${round}`).toContain(frame);
      }
      expect(marked.size).toBeLessThanOrEqual(2);
    }
  });

  it("does not have what the script itself places", () => {
    const { kvm, memory } = s390DeviceMachine();
    memory.write(0x9000, new Uint8Array(8), "loader");
    expect(kvm.slots.takeDirtyFrames()).toEqual([]);
  });
});
