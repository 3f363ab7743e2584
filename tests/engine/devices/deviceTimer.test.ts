import { expect, it } from "vitest";
import { Prng } from "../../../src/engine/base/prng.ts";
import { DeviceTimer } from "../../../src/engine/devices/deviceTimer.ts";
import { SteppedTime } from "../../../src/engine/deviceMachine/steppedTime.ts";

it("a device's timer runs out once, when its last start said, unless it was stopped, over saving too", () => {
  const prng = new Prng(3);
  for (let round = 0; round < 100; round++) {
    let time = new SteppedTime();
    const heard: bigint[] = [];
    const make = (): DeviceTimer => new DeviceTimer(time, () => heard.push(time.now()));
    let timer = make();
    let due: bigint | undefined;
    const expected: bigint[] = [];
    for (let step = 0; step < 12; step++) {
      const ns = BigInt(prng.below(20));
      switch (prng.below(4)) {
        case 0:
          timer.start(ns);
          due = time.now() + ns;
          break;
        case 1:
          timer.stop();
          due = undefined;
          break;
        case 2: {
          const saved = timer.save();
          const from = time;
          if (prng.below(2)) {
            time = new SteppedTime();
            time.follow(from);
            timer = make();
          }
          timer.load(saved);
          break;
        }
        default: {
          const end = time.now() + ns;
          if (due !== undefined && due <= end) expected.push(due);
          if (due !== undefined && due <= end) due = undefined;
          time.pass(ns);
        }
      }
      expect([timer.isRunning, timer.save()?.due, time.next()]).toEqual([due !== undefined, due, due]);
      expect(heard).toEqual(expected);
    }
  }
});

it("it may be started again when it runs out", () => {
  const time = new SteppedTime();
  const heard: bigint[] = [];
  const timer = new DeviceTimer(time, () => {
    heard.push(time.now());
    expect(timer.isRunning).toBe(false);
    timer.start(10n);
  });
  timer.start(5n);
  time.pass(30n);
  expect(heard).toEqual([5n, 15n, 25n]);
});
