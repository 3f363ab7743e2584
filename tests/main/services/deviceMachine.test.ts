/** The one device machine of a host, in its real worker. */
import { afterEach, describe, expect, it } from "vitest";
import { nothingOpen, type DeviceReport } from "../../../src/engine/api/deviceSession.ts";
import { DeviceMachine } from "../../../src/main/services/deviceMachine.ts";
import { eventually } from "../../kit/eventually.ts";

const workerUrl = new URL("../../../src/engine/worker/deviceWorker.ts", import.meta.url);
const ID = "queue-page-never-released";

describe("the device machine of a host", () => {
  let machine = new DeviceMachine(workerUrl);
  const reports: DeviceReport[] = [];
  const open = () => {
    machine = new DeviceMachine(workerUrl);
    reports.length = 0;
    machine.listen((report) => reports.push(report));
    return machine;
  };
  afterEach(() => machine.close());

  it("tells every listener where it stands, before it answers", async () => {
    open();
    expect(machine.report()).toEqual(nothingOpen);
    const opened = await machine.ask({ name: "openScenario", scenario: ID, defects: [] });
    expect(opened).toEqual({ ok: true, value: null });
    expect((await machine.ask({ name: "goTo", step: 2 })).ok).toBe(true);
    expect(machine.report().machine).toMatchObject({ at: 2, scenario: { id: ID } });
    expect(reports.map(({ machine: now }) => now?.at)).toEqual([0, 2]);
    expect(await machine.ask({ name: "goTo", step: 99 })).toMatchObject({ ok: false });
    expect(reports).toHaveLength(2);
  });

  it("plays all scenarios with their defects, says how far it is, and stops when it is told", async () => {
    open();
    await machine.ask({ name: "playAll", withDefects: true });
    expect((await machine.ask({ name: "playAll", withDefects: true })).ok).toBe(false);
    expect((await machine.ask({ name: "cancelPlay" })).ok).toBe(true);
    const stopped = machine.report().batch!;
    expect(stopped.state).toBe("cancelled");
    expect(stopped.verdicts.length).toBeLessThan(stopped.total);
    await machine.ask({ name: "playAll", scenarios: [ID], withDefects: true });
    await eventually("the row was played", () => machine.report().batch?.state === "finished");
    expect(machine.report().batch?.verdicts).toMatchObject([
      { id: ID, passed: true, brokenBy: ["xive.queue.leakPage"] },
    ]);
  });

  it("starts again after its worker is gone, with nothing open", async () => {
    open();
    await machine.ask({ name: "openScenario", scenario: ID, defects: [] });
    const asked = machine.ask({ name: "catalogue" });
    await machine.close();
    expect(await asked).toMatchObject({ ok: false });
    expect(machine.report().machine).toBeUndefined();
    expect((await machine.ask({ name: "goTo", step: 0 })).ok).toBe(false);
  });
});
