import { describe, expect, it } from "vitest";
import { pgmInfo } from "../../../../src/engine/uapi/s390Interrupt.ts";
import { irq, PSW_ALL, toHex, type FlicMachine } from "./flicMachine.ts";
import {
  opened,
  local,
  enqueue,
  deliver,
  low,
} from "./openMachine.ts";

describe("lowcore", () => {
  it.each([
    ["clock comparator", (m: FlicMachine) => { m.cpus[0]!.clockDue = true; }, "00001004", "", ""],
    ["CPU timer", (m: FlicMachine) => { m.cpus[0]!.timerDue = true; }, "00001005", "", ""],
    ["emergency", (m: FlicMachine) => { local(m, irq("ffff1201", "0001")); }, "00011201", "", ""],
    ["external call", (m: FlicMachine) => { local(m, irq("ffff1202", "0001")); }, "00011202", "", ""],
    ["service", (m: FlicMachine) => { enqueue(m, irq("ffff2401", "00012340")); }, "00002401", "00012340", ""],
    ["page fault", (m: FlicMachine) => { local(m, irq("fffe0004", "0000000000000000 1122334455667788")); },
      "06002603", "", "1122334455667788"],
    ["page has come", (m: FlicMachine) => { enqueue(m, irq("fffe0005",
      "0000000000000000 1122334455667788")); }, "06802603", "", "1122334455667788"],
    ["virtio", (m: FlicMachine) => { enqueue(m, irq("ffff2603", "0a0b0c0d00000000 1122334455667788")); },
      "0d002603", "0a0b0c0d", "1122334455667788"],
  ])("of %s: code, CPU address, parameters, PSWs, nothing else", (_name, make, code, params, params2) => {
    const machine = opened(0, { cpus: 2 });
    machine.memory.fill(machine.cpus[0]!.prefixAddress + 0x80, 4, 0xee, "loader");
    machine.memory.fill(machine.cpus[0]!.prefixAddress + 0x11b8, 8, 0xee, "loader");
    make(machine);
    expect(deliver(machine)).toMatchObject({ error: 0, delivered: [{}] });
    expect(low(machine, 0x84, 4)).toBe(code);
    expect(low(machine, 0x80, 4)).toBe(params || "eeeeeeee");
    expect(low(machine, 0x11b8, 8)).toBe(params2 || "eeeeeeeeeeeeeeee");
    expect(low(machine, 0x130, 16)).toBe("03040000000000000000000000001000");
    expect(machine.cpus[0]!.psw).toEqual({ mask: 0n, address: 0x101b0n });
  });

  it("of I/O, machine check and restart", () => {
    const machine = opened();
    enqueue(machine, irq("00000005", "0001 0005 cafe0001 28000000"));
    deliver(machine);
    expect(low(machine, 0xb8, 12)).toBe("00010005cafe000128000000");
    expect(machine.cpus[0]!.psw.address).toBe(0x101f0n);
    machine.cpus[0]!.open();
    local(
      machine,
      irq("fffe1000",
        "0000000000000000 8000004008000000 1111111111111111 22222222 00000000 " + "ab".repeat(16)),
    );
    deliver(machine);
    expect([low(machine, 0xe8, 8), low(machine, 0xf4, 4), low(machine, 0xf8, 8), low(machine, 0x1300, 16),
      low(machine, 0xa3, 1)])
      .toEqual(["8000000000000000", "22222222", "1111111111111111", "ab".repeat(16), "01"]);
    machine.cpus[0]!.open();
    machine.cpus[0]!.vectorSaved = true;
    local(machine, irq("fffe1000", "0000000000000000 8000004008000000"));
    deliver(machine);
    expect(low(machine, 0xe8, 8)).toBe("8000004000000000");
    local(machine, irq("fffe0003"));
    deliver(machine);
    expect([machine.cpus[0]!.psw.address, low(machine, 0x120, 16)]).toEqual([0x101a0n,
      "000000000000000000000000000101e0"]);
  });

  it("outside storage: the interrupt is gone, the pass ends with EFAULT, later ones wait", () => {
    const machine = opened();
    machine.cpus[0]!.prefixAddress = 0x7fff_e000;
    enqueue(machine, irq("ffff2603"));
    enqueue(machine, irq("ffff2603"));
    expect(deliver(machine)).toMatchObject({ error: -14 });
    expect(machine.kvm.flic.floating.virtio.length).toBe(1);
  });
});

describe("program interruptions", () => {
  const pgm = (fields: Parameters<typeof pgmInfo.encode>[0]): Uint8Array => irq("fffe0001",
    toHex(pgmInfo.encode(fields)));

  it("merge a PER event with another, whichever came first, and a full one replaces both", () => {
    const per = { code: 0x80, flags: 5, per_code: 0x40, per_atmid: 2, per_address: 0xabcn, per_access_id: 3 };
    const page = { code: 0x11, flags: 7, trans_exc_code: 0x5000n, exc_access_id: 1, op_access_id: 2 };
    for (const order of [[per, page], [page, per]]) {
      const machine = opened();
      for (const fields of order) expect(local(machine, pgm(fields))).toBe(0);
      expect(machine.kvm.flic.vcpus.of(0).local.pgm).toMatchObject({
        ...page, ...per, code: 0x91, flags: order[1]!.flags,
      });
      local(machine, pgm({ code: 0x84, flags: 3, per_code: 1 }));
      expect(machine.kvm.flic.vcpus.of(0).local.pgm).toMatchObject({
        code: 0x84, per_code: 1, per_address: 0n, trans_exc_code: 0n, flags: 3,
      });
    }
  });

  it("take the intercepted instruction's length when none is given", () => {
    const machine = opened();
    local(machine, pgm({ code: 5, flags: 6 }));
    expect(machine.kvm.flic.vcpus.of(0).local.pgm.flags).toBe(5);
  });

  it("rewind a nullified instruction unless told not to, and store by code", () => {
    for (const [flags, address] of [[0x05, 0x0ffcn], [0x0d, 0x1000n]] as const) {
      const machine = opened();
      local(machine, pgm({
        code: 0x91, flags, trans_exc_code: 0x5000n, exc_access_id: 1, op_access_id: 2, per_code: 0x40,
        per_address: 0xabcn,
      }));
      deliver(machine);
      expect(low(machine, 0x158, 8)).toBe(address.toString(16).padStart(16, "0"));
      expect([low(machine, 0x8c, 4), low(machine, 0xa8, 8), low(machine, 0xa0, 1), low(machine, 0xa2, 1),
        low(machine, 0x96, 1), low(machine, 0x98, 8), low(machine, 0x110, 8)])
        .toEqual(["00040091", "0000000000005000", "01", "02", "40", "0000000000000abc", "000000000000be00"]);
    }
  });
});

describe("local rules", () => {
  it("SET_PREFIX wants a stopped CPU, signals want a sender that exists", () => {
    const machine = opened(0, { cpus: 2 });
    expect(local(machine, irq("fffe0002", "00008000"))).toBe(-16);
    machine.cpus[0]!.isStopped = true;
    expect(local(machine, irq("fffe0002", "00008000"))).toBe(0);
    expect([local(machine, irq("ffff1201", "0002")), local(machine, irq("ffff1202", "0002"))]).toEqual([-22,
      -22]);
    for (const type of ["ffff2603", "ffff2401", "fffe0005", "00000005", "fffe0006"])
      expect(local(machine, irq(type))).toBe(-22);
    deliver(machine);
    expect(machine.cpus[0]!.prefixAddress).toBe(0x8000);
  });

  it("keep emergency signals apart by sender, lowest first, each once", () => {
    const machine = opened(PSW_ALL, { cpus: 3 });
    for (const source of ["0002", "0001", "0002"]) expect(local(machine, irq("ffff1201", source))).toBe(0);
    expect(deliver(machine).delivered.map(({ parm }) => parm)).toEqual([1, 2]);
  });

  it("hold one external call; with SIGP interpretation it is not a pending bit but is delivered and saved",
    () => {
    for (const sigpInterpretation of [false, true]) {
      const machine = opened(PSW_ALL, { cpus: 2, options: { sigpInterpretation } });
      expect([local(machine, irq("ffff1202", "0001")), local(machine, irq("ffff1202", "0000"))]).toEqual([0,
        -16]);
      expect(machine.kvm.flic.vcpus.of(0).local.bits).toBe(sigpInterpretation ? 0 : 1 << 20);
      machine.cpus[0]!.clockDue = true;
      local(machine, irq("ffff1201", "0000"));
      expect(machine.kvm.flic.hasDeliverable(machine.cpus[0]!)).toBe(true);
      const types: number[] = [];
      // The comparator stays due under the open PSW: stop it with its own delivery.
      const swap = machine.cpus[0]!.swapPsw.bind(machine.cpus[0]);
      machine.cpus[0]!.swapPsw = (from, to) => {
        if (machine.memory.u16(machine.cpus[0]!.prefixAddress + 0x86) === 0x1004)
          machine.cpus[0]!.clockDue = false;
        return swap(from, to);
      };
      types.push(...deliver(machine).delivered.map(({ type }) => type));
      expect(types).toEqual([0xffff1201, 0xffff1202, 0xffff1004]);
    }
  });

  it("present the call among the pending bits first, then the one that the machine holds itself", () => {
    const machine = opened(PSW_ALL, { cpus: 3, options: { sigpInterpretation: true } });
    expect(local(machine, irq("ffff1202", "0001"))).toBe(0);
    // A protected guest's calls are not interpreted; the one of before stays where it is.
    machine.kvm.flic.setProtected(true);
    expect(local(machine, irq("ffff1202", "0002"))).toBe(0);
    machine.kvm.flic.setProtected(false);
    expect(deliver(machine).delivered.map(({ type, parm }) => [type, parm]))
      .toEqual([[0xffff1202, 2], [0xffff1202, 1]]);
  });

  it("STORE_STATUS on a stopped CPU is done at once", () => {
    const machine = opened();
    machine.cpus[0]!.isStopped = true;
    expect(local(machine, irq("fffe0000", "00000001"))).toBe(0);
    expect([machine.cpus[0]!.statusStored, machine.kvm.flic.vcpus.of(0).local.bits]).toEqual([1, 0]);
  });

  it("CPU reset forgets all of them", () => {
    const machine = opened(0, { cpus: 2 });
    for (const one of [irq("fffe0003"), irq("ffff1201", "0001"),
      irq("fffe1000", "0".repeat(16) + "8".padEnd(16, "0"))])
      local(machine, one);
    machine.kvm.flic.clearLocal(0);
    const slot = machine.kvm.flic.vcpus.of(0);
    expect([slot.local.bits, slot.local.emergency.size, slot.local.mchk.mcic]).toEqual([0, 0, 0n]);
  });
});

describe("machine checks", () => {
  it("local ones are masked by their own CR14 subclass, exigent ones by none", () => {
    for (const [cr14, mcic, isOpen] of [
      [0x08000000n, "0100000000000000", true], [0x10000000n, "0100000000000000", false],
      [0n, "8000000000000000", true],
    ] as const) {
      const machine = opened();
      machine.cpus[0]!.controls[14] = cr14;
      local(machine, irq("fffe1000", `0000000008000000 ${mcic}`));
      expect(machine.kvm.flic.hasDeliverable(machine.cpus[0]!)).toBe(isOpen);
    }
  });

  it("that are repressible join an exigent one without a pending bit of their own", () => {
    const machine = opened();
    for (const [mcic, bits] of [["8000000000000000", 1 << 27], ["0100000000000000", 1 << 27]] as const) {
      local(machine, irq("fffe1000", `0000000000000000 ${mcic}`));
      expect(machine.kvm.flic.vcpus.of(0).local.bits).toBe(bits);
    }
    const other = opened();
    for (const mcic of ["0100000000000000", "8000000000000000"])
      local(other, irq("fffe1000", `0000000000000000 ${mcic}`));
    expect(other.kvm.flic.vcpus.of(0).local.bits).toBe((1 << 27) | (1 << 24));
  });

  it("leave no payload behind, so the next one starts from nothing", () => {
    const machine = opened();
    enqueue(machine, irq("fffe1000", "0000000010000000 0040000000000000"));
    local(machine, irq("fffe1000", "0000000010000000 8000000000000000 1111111111111111"));
    deliver(machine);
    const { floating, vcpus } = machine.kvm.flic;
    expect([floating.mchkCr14, floating.mchkMcic, vcpus.of(0).local.mchk.cr14,
      vcpus.of(0).local.mchk.mcic]).toEqual([0n, 0n, 0n, 0n]);
  });
});
