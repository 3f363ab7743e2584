/** Every page that is written appears in the dirty log, whoever writes it, and once taken appears again. */
import { describe, expect, it } from "vitest";
import { DirtyLog } from "../../../src/engine/memory/dirtyLog.ts";
import { S390Ccw } from "../../../src/engine/machine/s390Ccw.ts";
import { everySequence } from "../../kit/everySequence.ts";
import { builtin } from "../machine/bareMachine.ts";

describe("the dirty log", () => {
  it("knows who wrote, until taken; and that somebody ever did", () => {
    const log = new DirtyLog(8);
    log.mark(3, "cpu");
    log.mark(3, "virtio");
    log.markRange(0x4fff, 0x1002, "loader");
    expect([...log.changed()]).toEqual([3, 4, 5, 6]);
    expect(log.writersOf(3)).toEqual(["cpu", "virtio"]);
    log.take();
    log.mark(6, "sclp");
    log.commit();
    expect([...log.changed()]).toEqual([6]);
    expect([...log.written()]).toEqual([3, 4, 5, 6]);
    expect([log.writersOf(3), log.writersOf(6)]).toEqual([[], ["sclp"]]);
  });

  it("gives back what was taken for nothing, beside what was written meanwhile", () => {
    const log = new DirtyLog(4);
    log.mark(1, "css");
    log.take();
    log.mark(1, "ap");
    log.mark(2, "cpu");
    log.giveBack();
    expect([...log.changed()]).toEqual([1, 2]);
    expect(log.writersOf(1)).toEqual(["css", "ap"]);
    expect(log.isTaken).toBe(false);
  });

  it("keeps for each reader what the others have taken, in every order of six steps", () => {
    // A second opinion: each reader's own set, emptied by nobody else.
    for (const steps of everySequence(["write", "save", "fail", "follow", "other"] as const, 6)) {
      const log = new DirtyLog(2);
      const readers = { follow: log.follow(), other: log.follow() };
      const due = { save: new Set<number>(), follow: new Set<number>(), other: new Set<number>() };
      steps.forEach((step, n) => {
        if (step === "write") {
          log.mark(n & 1, "cpu");
          for (const set of Object.values(due)) set.add(n & 1);
        } else if (step === "follow" || step === "other") {
          expect(new Set(readers[step]()), steps.join()).toEqual(due[step]);
          due[step].clear();
        } else {
          expect(new Set(log.changed()), steps.join()).toEqual(due.save);
          log.take();
          if (step === "save") log.commit();
          else log.giveBack();
          if (step === "save") due.save.clear();
        }
        expect(new Set(log.changed()), steps.join()).toEqual(due.save);
      });
    }
  });

  it.each(["flic-storm", "timer-sigp", "hello"])("misses no page that %s changes", (id) => {
    const made = S390Ccw.create(builtin(id), () => undefined);
    if (!made.ok) throw new Error(made.error);
    const { core } = made.value;
    const pages = core.ram.size / 4096;
    const contents = (): string[] =>
      Array.from({ length: pages }, (_, n) => Buffer.from(core.ram.read(n * 4096, 4096)).toString("latin1"));
    let before = contents();
    for (let round = 0; round < 6; round++) {
      core.storage.dirty.take();
      core.storage.dirty.commit();
      const end = made.value.step(50_000 + round);
      if (end.kind === "idle" && end.untilNs !== undefined) made.value.skipIdle(end.untilNs);
      const after = contents();
      const marked = new Set(core.storage.dirty.changed());
      const missed = after.flatMap((page, n) => (page !== before[n] && !marked.has(n) ? [n] : []));
      expect(missed).toEqual([]);
      expect(marked.size).toBeLessThan(200);
      before = after;
    }
  });
});
