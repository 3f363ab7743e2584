/** POWER machines for scripts: what belongs to the facade itself, not to the devices behind it. */
import { describe, expect, it } from "vitest";
import { PowerVm } from "../../../src/main/script/facade/powerVm.ts";

const SOURCE_OF_1 = (5n << 32n) | 1n;

function xicsVm() {
  const vm = new PowerVm({});
  const device = vm.createDevice("XICS").device!;
  const [first, second] = [vm.createVcpu(0), vm.createVcpu(7)];
  return { vm, device, first, second };
}

describe("a vCPU of kvm.power()", () => {
  it("makes its hypervisor calls on the thread that it is on", () => {
    const { vm, device, first, second } = xicsVm();
    for (const [server, vcpu] of [first, second].entries()) {
      vcpu.connect(device, server);
      vcpu.push();
      vcpu.hcall("H_CPPR", 0xffn);
    }
    device.setAttr("SOURCES", { value: SOURCE_OF_1 }, 0x20n);
    vm.irqLine(0x20, 1);
    expect(first.hcall("H_XIRR").outputs).toEqual([0xff00_0000n]);
    expect(second.hcall("H_XIRR").outputs).toEqual([0xff00_0020n]);
    expect(second.loadTima(0x10, 4)).toBe(second.loadTima(0x10, 4, 1));
  });

  it("goes back to the thread that it was on, and is on one at most", () => {
    const { device, first } = xicsVm();
    first.connect(device, 0);
    first.push(5);
    expect(() => { first.push(6); }).toThrow("on thread 5");
    first.hcall("H_CPPR", 3n);
    first.pull();
    first.push();
    expect((first.loadTima(0x10, 4, 5)! >> 16n) & 0xffn).toBe(3n);
  });

  it.each([
    ["no controller", (): PowerVm => new PowerVm({})],
    ["the native device", (): PowerVm => {
      const vm = new PowerVm({});
      vm.createDevice("XIVE");
      return vm;
    }],
  ])("leaves hypervisor calls to the monitor with %s", (_name, build) => {
    expect(build().createVcpu(0).hcall("H_XIRR")).toEqual({ status: 9999, outputs: [] });
  });

  it("does not take the device of another VM, whose descriptor has the same number", () => {
    const { device, first } = xicsVm();
    const foreign = xicsVm().device;
    expect(foreign.fd).toBe(device.fd);
    expect(first.connect(foreign, 0).errno).toBe("-EPERM");
    expect(first.connect(device, 0).errno).toBe("0");
  });

  it("has registers of eight bytes as numbers", () => {
    const { device, first } = xicsVm();
    first.connect(device, 0);
    expect(first.setOneReg("KVM_REG_PPC_ICP_STATE", 0x0500_0000_0300_0000n).errno).toBe("0");
    const { bytes, value } = first.getOneReg("KVM_REG_PPC_ICP_STATE");
    expect(value).toBe(0x0500_0000_03ff_0000n);
    expect([...bytes]).toEqual([0, 0, 0xff, 3, 0, 0, 0, 5]);
    expect(() => first.setOneReg("KVM_REG_PPC_VP_STATE", 1n)).toThrow("16 bytes");
  });
});

describe("an attribute that is read to an address that faults", () => {
  it("is -EFAULT, or 0 where KVM writes nothing", () => {
    const { device, first } = xicsVm();
    first.connect(device, 0);
    device.setAttr("SOURCES", { value: 0 }, 0x20n);
    expect(device.getAttr("SOURCES", { attr: 0x20n, faults: true }).errno).toBe("-EFAULT");
    const native = new PowerVm({});
    const xive = native.createDevice("XIVE").device!;
    native.createVcpu(0).connect(xive, 0);
    expect(xive.getAttr("EQ_CONFIG", { attr: 6n, faults: true }).errno).toBe("0");
  });
});

describe("a buffer that is too short", () => {
  it("faults behind its end, whatever a call before had put there", () => {
    const { device, first } = xicsVm();
    first.connect(device, 0);
    for (const answer of ["0", "-EFAULT"]) {
      const size = answer === "0" ? 8 : 2;
      expect(device.setAttr("SOURCES", new Uint8Array(size), 0x20n).errno).toBe(answer);
      expect(device.getAttr("SOURCES", { attr: 0x20n, length: size }).errno).toBe(answer);
      expect(first.setOneReg("KVM_REG_PPC_ICP_STATE", new Uint8Array(size)).errno).toBe(answer);
    }
    const native = new PowerVm({});
    const xive = native.createDevice("XIVE").device!;
    native.createVcpu(0).connect(xive, 0);
    const queue = Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 16);
    expect(xive.setAttr("EQ_CONFIG", queue, 6n).errno).toBe("-EFAULT");
  });
  it("may be longer than what is read, up to 1 MiB", () => {
    const { device } = xicsVm();
    const long = new Uint8Array(0x10_0000);
    expect(device.setAttr("SOURCES", long, 0x20n).errno).toBe("0");
    expect(device.getAttr("SOURCES", { attr: 0x20n, length: long.length }))
      .toMatchObject({ errno: "0", bytes: { length: long.length } });
  });
});
