import { describe, expect, it } from "vitest";
import { Prng } from "../../../../src/engine/base/prng.ts";
import { nativeSubject, pseriesSubject, xicsSubject, type Subject } from "./randomUse.ts";

const subjects: readonly (readonly [string, () => Subject])[] = [
  ["the pseries controller", pseriesSubject],
  ["KVM's XIVE native device", nativeSubject],
  ["KVM's XICS device", xicsSubject],
];

function use(subject: Subject, prng: Prng, steps: number): unknown[] {
  return Array.from({ length: steps }, () => subject.step(prng));
}
const moveInto = (into: Subject, from: Subject): void => {
  expect(into.loadBytes(from.saveBytes())).toEqual({ ok: true, value: undefined });
  into.memory.write(0, from.memory.read(0, from.memory.size), "loader");
};

describe.each(subjects)("laws of random use, %s", (_name, make) => {
  it("saving changes nothing, and what is loaded is what was saved, three times over", () => {
    for (let seed = 1; seed <= 4; seed++) {
      const subject = make();
      use(subject, new Prng(seed), 300);
      const saved = subject.saveBytes();
      expect(subject.saveBytes()).toEqual(saved);
      let from = subject;
      for (let cycle = 0; cycle < 3; cycle++) {
        const other = make();
        use(other, new Prng(100 + cycle), 50);
        moveInto(other, from);
        expect(other.saveBytes(), `seed ${seed} cycle ${cycle}`).toEqual(saved);
        from = other;
      }
    }
  });

  it("what was moved goes on exactly as what stayed", () => {
    for (let seed = 20; seed <= 22; seed++) {
      const subject = make();
      use(subject, new Prng(seed), 200);
      const other = make();
      moveInto(other, subject);
      expect(use(other, new Prng(seed + 100), 200)).toEqual(use(subject, new Prng(seed + 100), 200));
      expect(other.saveBytes()).toEqual(subject.saveBytes());
    }
  });

  it("a refused call changes nothing", () => {
    let refusals = 0;
    for (let seed = 40; seed <= 42; seed++) {
      const subject = make();
      const prng = new Prng(seed);
      let before = subject.saveBytes();
      for (let step = 0; step < 150; step++) {
        const { name, answer, isRefused } = subject.step(prng);
        const after = subject.saveBytes();
        if (isRefused) {
          refusals++;
          expect(after, `seed ${seed} step ${step} ${name} ${String(answer)}`).toEqual(before);
        }
        before = after;
      }
    }
    expect(refusals).toBeGreaterThan(20);
  });

  it("a reset twice is a reset once", () => {
    const subject = make();
    use(subject, new Prng(60), 300);
    subject.reset();
    const once = subject.saveBytes();
    subject.reset();
    expect(subject.saveBytes()).toEqual(once);
  });

  it("a state that is cut short or not its own is refused and changes nothing", () => {
    const subject = make();
    use(subject, new Prng(61), 100);
    const before = subject.saveBytes();
    const bytes = subject.saveBytes();
    for (const length of [0, 1, 10, bytes.length >> 1, bytes.length - 1])
      expect(subject.loadBytes(bytes.slice(0, length)).ok).toBe(false);
    for (const [, other] of subjects)
      if (other !== make) expect(subject.loadBytes(other().saveBytes()).ok).toBe(false);
    expect(subject.saveBytes()).toEqual(before);
  });
});
