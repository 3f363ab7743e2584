/** Who is told of an adapter interrupt that the machine itself makes pending, and when. */
import { describe, expect, it } from "vitest";
import { SteppedTime } from "../../../../src/engine/deviceMachine/steppedTime.ts";
import { kernelProfiles } from "../../../../src/engine/uapi/kernelProfile.ts";
import { Gisa } from "../../../../src/engine/devices/flic/gisa.ts";
import { everyCombination } from "../ap/everyCombination.ts";
import { flicMachine } from "./flicMachine.ts";

const ISC = 3, BIT = 0x10;
const EXPIRES = 50_000n;
const alerting = (options: object = {}) => {
  const time = new SteppedTime();
  const machine = flicMachine({ cpus: 2, options: { time, ...options } });
  for (const cpu of machine.cpus) cpu.open(0);
  const { flic } = machine.kvm;
  return { ...machine, flic, time, gisa: flic.gisa!, alert: flic.gisaAlert! };
};

describe("an adapter interrupt of the machine's own", () => {
  it("alerts the host where no CPU works, and else wakes the first working one that is open to it", () => {
    const { flic, cpus, kicks, time, gisa, alert } = alerting();
    for (const [isRegistered, ...bits] of everyCombination(9)) {
      const states = cpus.map((_, at) => {
        const [idle, stopped, io, subclass] = bits.slice(4 * at, 4 * at + 4);
        return { idle: idle!, stopped: stopped!, isOpen: io! && subclass!, io: io!, subclass: subclass! };
      });
      alert.cancelTimer();
      gisa.clearPending();
      gisa.references[ISC] = isRegistered ? 1 : 0;
      gisa.iam = gisa.alertMask = isRegistered ? BIT : 0;
      states.forEach(({ idle, stopped, io, subclass }, at) => {
        Object.assign(flic.vcpus.slots[at]!, { idle, gisaKicked: false });
        cpus[at]!.isStopped = stopped;
        cpus[at]!.psw = { mask: io ? 0x0200_0000_0000_0000n : 0x0104_0000_0000_0000n, address: 0n };
        cpus[at]!.controls[6] = subclass ? 0x1000_0000n : 0xefff_ffffn;
      });
      kicks.length = 0;
      expect(alert.machineInterrupt(ISC)).toBe(0);
      expect(gisa.ipm).toBe(BIT);
      const hasWorker = states.some(({ idle, stopped }) => !idle && !stopped);
      const isAlert = !hasWorker && isRegistered!;
      expect(gisa.iam).toBe(isRegistered && !isAlert ? BIT : 0);
      expect([gisa.inAlertList, time.next() !== undefined]).toEqual([false, isAlert]);
      time.pass(0n);
      const isTold = ({ idle, stopped, isOpen }: (typeof states)[number]): boolean =>
        isOpen && (hasWorker ? !idle && !stopped : isAlert && idle);
      const told = states.findIndex(isTold);
      expect(kicks, JSON.stringify({ isRegistered, states })).toEqual(told < 0 ? [] : [told]);
      expect(flic.vcpus.slots.map(({ gisaKicked }) => gisaKicked))
        .toEqual(cpus.map((_, at) => !hasWorker && at === told));
    }
  });

  it("is told again every 50 µs while it is pending and registered; then the alert mask is back", () => {
    const { flic, cpus, kicks, time, gisa, alert } = alerting();
    flic.registerGisc(ISC);
    for (const cpu of cpus) flic.enterIdle(cpu);
    alert.machineInterrupt(ISC);
    for (let round = 0n; round < 4n; round++) {
      time.runUntil(round * EXPIRES);
      expect([kicks.length, gisa.iam, time.next()]).toEqual([Number(round) + 1, 0, (round + 1n) * EXPIRES]);
      time.runUntil((round + 1n) * EXPIRES - 1n);
      expect(kicks.length).toBe(Number(round) + 1);
      flic.vcpus.slots[0]!.gisaKicked = false;
    }
    gisa.take(ISC);
    time.runUntil(4n * EXPIRES);
    expect([kicks.length, gisa.iam, time.next()]).toEqual([4, BIT, undefined]);
  });

  it("is refused for an ISC above 7, as is a forwarded event, and nothing is pending", () => {
    const { gisa, alert, time } = alerting();
    for (const isc of [8, 9, 255]) {
      expect([alert.machineInterrupt(isc), alert.forwardPciEvent(isc)]).toEqual([-34, -34]);
      expect([gisa.ipm, time.next()]).toEqual([0, undefined]);
    }
    expect([alert.forwardPciEvent(7), gisa.ipm, time.next()]).toEqual([0, 1, 0n]);
  });
});

describe("a waiting PSW that is closed to I/O", () => {
  it("does not make a CPU idle while a registered ISC that CR6 is open to is pending", () => {
    for (const [isPending, isRegistered, isOpen] of everyCombination(3)) {
      const { flic, cpus: [cpu], gisa } = alerting();
      if (isRegistered) flic.registerGisc(ISC);
      flic.registerGisc(7);
      if (isPending) gisa.raise(ISC, 1);
      gisa.iam = 0;
      cpu!.psw = { mask: 0x0100_0000_0000_0000n, address: 0n };
      cpu!.controls[6] = isOpen ? 0x1000_0000n : 0xefff_ffffn;
      const mustRun = isPending! && isRegistered! && isOpen!;
      expect(flic.enterIdle(cpu!)).toBe(mustRun ? "runnable" : "idle");
      // With nothing registered pending the host is to be told of the next one again.
      expect(gisa.iam).toBe(isPending && isRegistered ? 0 : isRegistered ? BIT | 1 : 1);
      expect(flic.vcpus.of(0).idle).toBe(!mustRun);
    }
  });
});

describe("forwarded PCI events on a kernel without modes of their own", () => {
  it("obey the controller's modes, and close a SINGLE one behind them", () => {
    const { "linux-6.1": kernel } = kernelProfiles;
    const profile = { ...kernel, quirks: { ...kernel.quirks, forwardingHasOwnModes: false } };
    for (const facility72 of [true, false])
      for (const [simm, nimm] of [[0, 0], [BIT, 0], [BIT, BIT], [0, BIT]] as const) {
        const { kvm: { flic } } = flicMachine({ profile, facility72 });
        flic.ais = { simm, nimm };
        Object.assign(flic.gisa!, { simm: 0xff, nimm: 0xff });
        const isDropped = facility72 && nimm === BIT;
        expect([flic.gisaAlert!.forwardPciEvent(ISC), flic.gisa!.ipm]).toEqual([0, isDropped ? 0 : BIT]);
        expect(flic.ais).toEqual({ simm, nimm: facility72 && simm ? BIT : nimm });
      }
  });
});

describe("the kick timer", () => {
  it("comes back with a saved machine at its time, and without a clock at once", () => {
    const one = alerting();
    one.flic.registerGisc(ISC);
    for (const cpu of one.cpus) one.flic.enterIdle(cpu);
    one.alert.machineInterrupt(ISC);
    one.time.runUntil(7_000n);
    expect(one.flic.save().gisa!.timer).toMatchObject({ due: EXPIRES });
    one.flic.vcpus.slots[0]!.gisaKicked = false;
    const saved = one.flic.save();
    const other = alerting();
    other.alert.startTimer(3_000n);
    expect(other.flic.load(saved).ok).toBe(true);
    expect(other.flic.save().gisa).toEqual(saved.gisa);
    other.time.runUntil(EXPIRES - 1n);
    expect(other.kicks).toEqual([]);
    other.time.runUntil(EXPIRES);
    expect(other.kicks).toEqual([0]);
    const still = alerting({ time: undefined });
    expect([still.flic.load(saved).ok, still.kicks]).toEqual([true, [0]]);
  });

  it("does not go on where the saved machine had none", () => {
    const saved = alerting().flic.save();
    const { flic, alert, time } = alerting();
    alert.startTimer(5n);
    expect([flic.load(saved).ok, time.next()]).toEqual([true, undefined]);
  });

  it("is armed for an area that was in the host's alert list, which does not travel", () => {
    const one = alerting();
    one.flic.registerGisc(ISC);
    for (const cpu of one.cpus) one.flic.enterIdle(cpu);
    one.gisa.raise(ISC, 1);
    one.gisa.nextAlert = 0;
    const saved = one.flic.save();
    expect([saved.gisa!.listed, saved.gisa!.timer]).toEqual([true, null]);
    const other = alerting();
    other.gisa.nextAlert = 0;
    other.flic.load(saved);
    expect([other.gisa.inAlertList, other.time.next()]).toEqual([false, 0n]);
    other.time.pass(0n);
    expect(other.kicks).toEqual([0]);
  });

  it("stays, as the GISA does, where the ultravisor has AIV", () => {
    const { flic, alert, gisa, time } = alerting();
    gisa.raise(ISC, 1);
    alert.startTimer(5n);
    flic.setProtected(true);
    expect([flic.gisa === gisa, gisa.ipm, time.next()]).toEqual([true, BIT, 5n]);
    flic.setProtected(false);
    expect([flic.gisa === gisa, flic.isProtected]).toEqual([true, false]);
  });

  it("is armed for the areas behind one that leaves the host's alert list with its guest's GISA", () => {
    const { flic, alert, gisa } = alerting();
    const { gib } = alert;
    const heard: string[] = [];
    const other = new Gisa(0x9000, 1);
    gib.attach(other, () => heard.push("other"));
    for (const area of [other, gisa]) {
      area.iam = BIT;
      gib.alert(area, ISC);
    }
    flic.setProtected(true, false);
    expect([heard, gisa.inAlertList, other.inAlertList]).toEqual([["other"], false, false]);
    // Of an area that is gone nobody is told, though the machine still names it.
    gisa.iam = BIT;
    gib.alert(gisa, ISC);
    gib.processAlerts();
    expect([heard, flic.gisaAlert]).toEqual([["other"], undefined]);
    expect(gisa.inAlertList).toBe(true);
  });

  it("ends with the GISA of a guest that becomes protected", () => {
    const { flic, alert, time } = alerting();
    alert.startTimer(5n);
    flic.setProtected(true, false);
    expect([flic.gisaAlert, time.next()]).toEqual([undefined, undefined]);
  });
});
