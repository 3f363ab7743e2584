import { describe, expect, it } from "vitest";
import { Gib } from "../../../../src/engine/devices/flic/gib.ts";
import { Gisa } from "../../../../src/engine/devices/flic/gisa.ts";
import { SteppedTime } from "../../../../src/engine/deviceMachine/steppedTime.ts";
import { kernelProfiles } from "../../../../src/engine/uapi/kernelProfile.ts";
import { flicMachine, hex, irq, toHex } from "./flicMachine.ts";

describe("GISA", () => {
  it("registers an ISC for alerts by counting, and keeps the mask off a listed area", () => {
    const gisa = new Gisa(0x5000, 1);
    expect([gisa.register(8), gisa.unregister(8), gisa.unregister(3)]).toEqual([-34, -34, -22]);
    expect([gisa.register(3), gisa.register(3), gisa.register(0)]).toEqual([0, 0, 0]);
    expect([gisa.alertMask, gisa.iam]).toEqual([0x90, 0x90]);
    expect(gisa.unregister(3)).toBe(0);
    expect(gisa.iam).toBe(0x90);
    gisa.nextAlert = 0;
    expect(gisa.unregister(3)).toBe(0);
    expect([gisa.alertMask, gisa.iam]).toEqual([0x80, 0x90]);
    expect(gisa.pendingOrRestore()).toBe(0);
    expect([gisa.iam, gisa.inAlertList]).toEqual([0x80, true]);
  });

  it("takes each ISC's own bit, the most urgent first", () => {
    for (let isc = 0; isc < 8; isc++) {
      const gisa = new Gisa(0x5000, 1);
      expect(gisa.raise(isc, 7)).toBe(0);
      expect(gisa.ipm).toBe(0x80 >> isc);
      expect(gisa.raise(isc, 8)).toBe(7);
      for (let other = 0; other < 8; other++) if (other !== isc) expect(gisa.take(other)).toBeUndefined();
      expect(gisa.take(isc)).toBe(7);
      expect(gisa.ipm).toBe(0);
    }
    const gisa = new Gisa(0x5000, 1);
    for (const isc of [6, 2, 4]) gisa.raise(isc, isc + 1);
    expect(gisa.takeTop(0x0f)).toEqual({ isc: 4, id: 5 });
    expect(gisa.takeTop(0xff)).toEqual({ isc: 2, id: 3 });
    expect(gisa.takeTop(0xf0)).toBeUndefined();
  });

  it("has the machine's layout in both formats", () => {
    for (const format of [0, 1] as const) {
      const gisa = new Gisa(0x5000, format);
      gisa.ipm = 0xa1;
      gisa.iam = 0x42;
      gisa.simm = 0x11;
      gisa.nimm = 0x22;
      expect(toHex(gisa.toBytes())).toBe((format ? "00005000a1112242" : "00005000a1000042").padEnd(64, "0"));
    }
  });
});

describe("GIB", () => {
  it("lists an area once, with its mask zeroed, and asks the host only when the list was empty", () => {
    const gib = new Gib(5);
    const alerts: number[] = [];
    const [a, b, c] = [0x1000, 0x2000, 0x3000].map((address) => {
      const gisa = new Gisa(address, 1);
      gib.attach(gisa, () => alerts.push(address));
      gisa.register(1);
      return gisa;
    }) as [Gisa, Gisa, Gisa];
    expect(gib.alert(a, 2)).toBe(false);
    expect(gib.alert(a, 1)).toBe(true);
    expect(gib.alert(a, 1)).toBe(false);
    expect(gib.alert(b, 1)).toBe(false);
    expect([a.iam, b.iam, gib.origin, b.nextAlert, a.nextAlert]).toEqual([0, 0, 0x2000, 0x1000, 0]);
    expect(toHex(gib.toBytes())).toBe("00002000000000000500".padEnd(64, "0"));
    gib.processAlerts();
    expect(alerts).toEqual([0x2000, 0x1000]);
    expect([gib.origin, a.inAlertList, b.inAlertList, c.inAlertList]).toEqual([0, false, false, false]);
  });

  it("goes round again for what is listed while it works", () => {
    const gib = new Gib();
    const alerts: number[] = [];
    const late = new Gisa(0x3000, 1);
    late.register(0);
    const first = new Gisa(0x1000, 1);
    first.register(0);
    gib.attach(late, () => alerts.push(0x3000));
    gib.attach(first, () => {
      alerts.push(0x1000);
      expect(gib.origin).toBe(1);
      expect(gib.alert(late, 0)).toBe(false);
    });
    gib.alert(first, 0);
    gib.processAlerts();
    expect(alerts).toEqual([0x1000, 0x3000]);
    expect(gib.origin).toBe(0);
  });
});

it("a GIB lets an area go once it is off the alert list, and alerts nobody for it from then on", () => {
  const gib = new Gib();
  const alerts: number[] = [];
  const areas = [0x1000, 0x2000, 0x3000].map((address) => {
    const gisa = new Gisa(address, 1);
    gib.attach(gisa, () => alerts.push(address));
    gisa.register(1);
    return gisa;
  }) as [Gisa, Gisa, Gisa];
  const [first, second, idle] = areas;
  for (const gisa of [first, second]) gib.alert(gisa, 1);
  gib.detach(idle);
  expect(alerts).toEqual([]);
  gib.detach(second);
  expect([alerts, gib.origin]).toEqual([[0x2000, 0x1000], 0]);
  expect(areas.map(({ inAlertList }) => inAlertList)).toEqual([false, false, false]);
  second.iam = 0x40;
  gib.alert(second, 1);
  gib.processAlerts();
  expect([alerts.length, gib.origin]).toEqual([2, 0]);
});

describe("GISA alerts in a machine", () => {
  const alerting = () => {
    const time = new SteppedTime();
    const machine = flicMachine({ cpus: 3, options: { time } });
    const { kvm, cpus } = machine;
    cpus.forEach((cpu) => { cpu.open(0); });
    return { ...machine, flic: kvm.flic, time };
  };

  it("answer the host's ISC, or ENODEV without a GISA", () => {
    const { flic } = alerting();
    expect([flic.registerGisc(3), flic.unregisterGisc(3), flic.unregisterGisc(3),
      flic.registerGisc(8)]).toEqual([5, 0, -22, -34]);
    const none = flicMachine({ profile: kernelProfiles["linux-4.13"] }).kvm.flic;
    expect([none.gisa, none.registerGisc(3), none.unregisterGisc(3)]).toEqual([undefined, -19, -19]);
  });

  it("kick the first idle CPU open to the ISC, again only after it looked, and leave nothing", () => {
    const { flic, cpus, time, kicks } = alerting();
    cpus[0]!.controls[6] = 0x80000000n;
    flic.registerGisc(3);
    for (const cpu of cpus) expect(flic.enterIdle(cpu)).toBe("idle");
    flic.gisaAlert!.machineInterrupt(3);
    expect([flic.gisa!.ipm, flic.gisa!.iam]).toEqual([0x10, 0]);
    time.runUntil(0n);
    expect(kicks).toEqual([1]);
    time.runUntil(500_000n);
    expect(kicks).toEqual([1]);
    expect(flic.hasDeliverable(cpus[1]!)).toBe(true);
    time.runUntil(550_000n);
    expect(kicks).toEqual([1, 1]);
    flic.leaveIdle(cpus[1]!);
    expect(flic.deliverPending(cpus[1]!).delivered).toHaveLength(1);
    time.runUntil(700_000n);
    expect([time.next(), flic.gisa!.iam]).toEqual([undefined, 0x10]);
  });

  it("kick again a CPU that was kicked and went through a delivery pass", () => {
    const { flic, cpus, time, kicks } = alerting();
    flic.registerGisc(3);
    for (const cpu of cpus) flic.enterIdle(cpu);
    flic.gisaAlert!.machineInterrupt(3);
    time.runUntil(0n);
    cpus[0]!.psw = { mask: 0n, address: 0n };
    flic.deliverPending(cpus[0]!);
    cpus[0]!.open(0);
    time.runUntil(50_000n);
    expect(kicks).toEqual([0, 0]);
  });

  it("restore the alert mask on the way to sleep", () => {
    const { flic, cpus } = alerting();
    flic.registerGisc(2);
    flic.gisa!.iam = 0;
    expect(flic.enterIdle(cpus[0]!)).toBe("idle");
    expect(flic.gisa!.iam).toBe(0x20);
  });

  it("drop a forwarded PCI event only when both of the GISA's own masks hold the ISC", () => {
    for (const [simm, nimm, ipm] of [[0, 0, 0x08], [0x08, 0, 0x08], [0, 0x08, 0x08], [0x08, 0x08, 0],
      [0xf7, 0xf7, 0x08]] as const) {
      const { flic } = alerting();
      flic.ais = { simm: 0xff, nimm: 0xff };
      Object.assign(flic.gisa!, { simm, nimm });
      expect(flic.gisaAlert!.forwardPciEvent(4)).toBe(0);
      expect(flic.gisa!.ipm).toBe(ipm);
    }
    const before = flicMachine({ profile: kernelProfiles["linux-5.6"] }).kvm.flic;
    expect([before.gisaAlert!.forwardPciEvent(4), before.gisa!.ipm]).toEqual([-19, 0]);
  });

  it("go with the GISA of a protected guest whose ultravisor has no AIV, and come back empty", () => {
    const { flic, kvm, user } = alerting();
    user.place(0x100n, irq("04000000"));
    kvm.setAttr(2, 72n, 0x100n);
    flic.setProtected(true, false);
    expect([flic.gisa, flic.floating.masked]).toEqual([undefined, 1 << 15]);
    kvm.setAttr(2, 72n, 0x100n);
    expect(flic.floating.bits).toBe(1 << 10);
    flic.setProtected(false);
    expect([flic.gisa!.ipm, flic.floating.masked]).toEqual([0, 0]);
  });
});

describe("idle entry", () => {
  it("tells work, a disabled wait and sleep apart", () => {
    const { kvm, cpus } = flicMachine();
    const cpu = cpus[0]!;
    expect(kvm.flic.enterIdle(cpu)).toBe("disabled-wait");
    cpu.open(0);
    expect(kvm.flic.enterIdle(cpu)).toBe("idle");
    kvm.flic.leaveIdle(cpu);
    cpu.clockDue = true;
    expect(kvm.flic.enterIdle(cpu)).toBe("runnable");
    cpu.stepping = true;
    expect(kvm.flic.enterIdle(cpu)).toBe("idle");
  });

  it("finds a stop request a reason to run", () => {
    const { kvm, user, cpus, cpuFds } = flicMachine();
    kvm.ioctl(cpuFds[0]!, 0x4048aeb4, user.place(0x100n, irq("fffe0000", "00000001")));
    expect(kvm.flic.enterIdle(cpus[0]!)).toBe("runnable");
    expect(kvm.flic.takeStop(cpus[0]!)).toEqual({ storeStatus: true });
    expect(kvm.flic.takeStop(cpus[0]!)).toBeUndefined();
  });

  it("postpones a stop while anything is deliverable", () => {
    const { kvm, user, cpus, cpuFds } = flicMachine();
    const send = (bytes: Uint8Array): number => kvm.ioctl(cpuFds[0]!, 0x4048aeb4, user.place(0x100n, bytes));
    send(irq("fffe0000"));
    send(irq("fffe0003"));
    expect(kvm.flic.takeStop(cpus[0]!)).toBeUndefined();
    kvm.flic.deliverPending(cpus[0]!);
    expect(kvm.flic.takeStop(cpus[0]!)).toEqual({ storeStatus: false });
  });
});

describe("AISM_ALL and the GISA's masks", () => {
  it("are two places", () => {
    const { kvm, user } = flicMachine();
    kvm.setAttr(11, 0n, user.place(0x100n, hex("ff0f")));
    expect([kvm.flic.gisa!.simm, kvm.flic.gisa!.nimm]).toEqual([0, 0]);
  });
});
