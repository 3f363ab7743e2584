import { describe, expect, it } from "vitest";
import { AQIC_ENABLE, makeApqn, responseOf } from "../../../../src/engine/uapi/ap.ts";
import { bench, enabled, fetched, flagsOf, NIB, OFF, ON, QUEUE, send } from "./adapterBench.ts";

describe("a mock crypto queue", () => {
  it("works on one request after the other and keeps their order", () => {
    const one = bench({ answer: (bytes) => bytes.map((byte) => byte ^ 0xff) });
    expect([send(one, 1), send(one, 2), flagsOf(one)]).toEqual([0, 0, "0"]);
    one.time.pass(99n);
    expect(fetched(one)).toBe(-0x10);
    one.time.pass(1n);
    expect(flagsOf(one)).toBe("R0");
    const got = one.hardware.dequeue(QUEUE, 2);
    expect(got.ok && got.value.reply).toEqual({ id: 1n, bytes: Uint8Array.of(0xfe, 0xfd) });
    one.time.pass(99n);
    expect(fetched(one)).toBe(-0x10);
    one.time.pass(1n);
    expect([fetched(one), flagsOf(one)]).toEqual([2, "E0"]);
  });

  it("is full at its depth, counting replies that nobody fetched", () => {
    const one = bench({ depth: 3 });
    expect([1, 2, 3, 4].map((n) => send(one, n))).toEqual([0, 0, 0, 0x10]);
    one.time.pass(1000n);
    expect([flagsOf(one), send(one, 5)]).toEqual(["RF0", 0x10]);
    expect([fetched(one), send(one, 6)]).toEqual([1, 0]);
    expect(Number(one.hardware.tapq(QUEUE).info & 15n)).toBe(2);
  });

  it("notifies for each reply while interrupts are on: the indicator first, then the ISC", () => {
    const one = enabled(bench());
    send(one, 1);
    send(one, 2);
    one.time.pass(200n);
    expect(one.heard).toEqual(["110 write 7a000234", "110 gisa 12345900 isc 3", "210 write 7a000234",
      "210 gisa 12345900 isc 3"]);
    expect(responseOf(one.hardware.aqic(QUEUE, OFF, 0n))).toBe(0);
    send(one, 3);
    one.time.pass(100n);
    expect([one.heard.length, flagsOf(one)]).toEqual([4, "R0"]);
  });

  it("answers AQIC by what it is asked to change", () => {
    const one = bench();
    const ask = (control: bigint, nib: bigint): number => responseOf(one.hardware.aqic(QUEUE, control, nib));
    expect([ask(OFF, 0n), ask(ON, 0n), ask(AQIC_ENABLE | 3n, NIB)]).toEqual([7, 6, 8]);
    expect([ask(ON, NIB), ask(ON, NIB), flagsOf(one)]).toEqual([0, 5, "E0"]);
    one.time.pass(10n);
    expect([flagsOf(one), ask(ON, NIB), ask(OFF, 0n)]).toEqual(["EI0", 7, 0]);
  });

  it("forgets everything by a reset, which takes its time and shows only at its end", () => {
    const one = enabled(bench());
    send(one, 1);
    expect(responseOf(one.hardware.zapq(QUEUE))).toBe(0);
    expect([flagsOf(one), send(one, 2), responseOf(one.hardware.rapq(QUEUE))]).toEqual(["I2", 2, 2]);
    one.hardware.sleep(999n);
    expect(flagsOf(one)).toBe("RI2");
    one.hardware.sleep(1n);
    expect([flagsOf(one), one.heard.length]).toEqual(["E0", 2]);
  });

  it("is busy as often as it was told, but for a test", () => {
    const one = bench();
    one.hardware.makeBusy(QUEUE, 2);
    expect([flagsOf(one), send(one, 1), fetched(one), send(one, 1)]).toEqual(["E0", 5, -5, 0]);
  });

  it("rests while its adapter is out of operation, and goes on", () => {
    const one = enabled(bench());
    send(one, 1);
    one.hardware.setCondition(5, "deconfigured");
    one.time.pass(500n);
    expect([flagsOf(one), send(one, 2), one.heard.length]).toEqual(["I3", 3, 0]);
    one.hardware.setCondition(5, "checkstopped");
    expect(fetched(one)).toBe(-4);
    one.hardware.setCondition(5, "operating");
    one.time.pass(0n);
    expect([fetched(one), one.heard.length]).toEqual([1, 2]);
  });

  it("is gone with its adapter, and never heard of again; another adapter stays", () => {
    const one = enabled(bench());
    const other = makeApqn(6, 4);
    one.hardware.plug(other);
    send(one, 1);
    one.hardware.unplug(5);
    one.time.pass(1000n);
    expect([flagsOf(one), send(one, 1), fetched(one), one.heard.length]).toEqual(["1", 1, -1, 0]);
    expect(responseOf(one.hardware.tapq(other).status)).toBe(0);
  });

  it("keeps a reply that does not fit and refuses a message that is too long", () => {
    const one = bench({ messageBytesMax: 2 });
    expect(responseOf(one.hardware.enqueue(QUEUE, { id: 1n, bytes: new Uint8Array(3) }))).toBe(0x15);
    send(one, 1);
    one.time.pass(100n);
    expect(one.hardware.dequeue(QUEUE, 1)).toMatchObject({ ok: false });
    expect(fetched(one)).toBe(1);
  });

  it("keeps a message of its own, whatever its sender does with the bytes", () => {
    const one = bench();
    const bytes = Uint8Array.of(1, 2);
    one.hardware.enqueue(QUEUE, { id: 7n, bytes });
    bytes.fill(9);
    one.time.pass(100n);
    const got = one.hardware.dequeue(QUEUE, 2);
    expect(got.ok && got.value.reply).toEqual({ id: 7n, bytes: Uint8Array.of(1, 2) });
  });

  it("stays as it is when it is plugged again, and is another one after it was gone", () => {
    const one = bench();
    send(one, 1);
    one.hardware.plug(QUEUE);
    expect(flagsOf(one)).toBe("0");
    one.hardware.unplug(5);
    one.hardware.plug(QUEUE);
    expect(flagsOf(one)).toBe("E0");
  });

  it("heeds what is done to its own adapter alone", () => {
    const one = bench();
    const queues = [[4, 4], [5, 0], [5, 255], [6, 4]].map(([apid, apqi]) => makeApqn(apid!, apqi!));
    for (const apqn of queues) one.hardware.plug(apqn);
    const responses = (): number[] => queues.map((apqn) => responseOf(one.hardware.tapq(apqn).status));
    one.hardware.setCondition(5, "deconfigured");
    expect(responses()).toEqual([0, 3, 3, 0]);
    one.hardware.setCondition(5, "checkstopped");
    expect(responses()).toEqual([0, 4, 4, 0]);
    one.hardware.unplug(5);
    expect(responses()).toEqual([0, 1, 1, 0]);
  });

  it("tells its adapter's type and its depth", () => {
    for (let type = 10; type <= 14; type++)
      for (let depth = 1; depth <= 16; depth++)
        expect(bench({ type, depth }).hardware.tapq(QUEUE).info).toBe(BigInt((type << 24) | (depth - 1)));
    expect(bench().hardware.tapq(QUEUE).info).toBe(BigInt((14 << 24) | 7));
  });
});
