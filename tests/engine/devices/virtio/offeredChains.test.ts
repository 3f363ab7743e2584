/** Serving what a driver has offered: in order and never more. Virtio 1.2, section 2.7. */
import { describe, expect, it } from "vitest";
import { AVAILABLE, DATA, setup, TABLE, USED } from "./ringMachine.ts";

describe("what is offered", () => {
  it("is served and given back in order, up to what is told to wait, and asked about once more", () => {
    for (let count = 0; count <= 4; count++)
      for (let limit = 0; limit <= 4; limit++) {
        const { queue, describeAt, place, offer, get } = setup();
        for (let at = 0; at < 4; at++)
          describeAt(TABLE + 16 * at, { address: DATA, length: 1, flags: 0, next: 0 });
        place();
        queue.usesEventIndex = true;
        offer([3, 1, 2, 0].slice(0, count));
        const served: number[] = [];
        const wasGiven = queue.serveOffered(({ head }) => served.push(head), () => served.length < limit);
        const wanted = [3, 1, 2, 0].slice(0, Math.min(count, limit));
        expect([wasGiven, served]).toEqual([wanted.length > 0, wanted]);
        expect(wanted.map((_, at) => [get(USED + 4 + 8 * at, 4), get(USED + 8 + 8 * at, 4)]))
          .toEqual(wanted.map((head, at) => [head, at + 1]));
        expect([get(USED + 2, 2), get(USED + 4 + 8 * 4, 2), queue.offered()])
          .toEqual([wanted.length, wanted.length, count - wanted.length]);
      }
  });

  it("is served up to a chain that is none", () => {
    const { queue, describeAt, place, offer, get } = setup();
    describeAt(TABLE, { address: DATA, length: 1, flags: 0, next: 0 });
    place();
    offer([0, 4, 0]);
    const served: number[] = [];
    expect(queue.serveOffered(({ head }) => served.push(head))).toBe(true);
    expect([served, queue.save().broken, get(USED + 2, 2)]).toEqual([[0], true, 1]);
  });

  it("is what was offered before, though giving back writes into what is offered", () => {
    const { queue, describeAt, put } = setup();
    describeAt(TABLE, { address: DATA, length: 1, flags: 0, next: 0 });
    queue.place(4, BigInt(TABLE), BigInt(AVAILABLE), BigInt(AVAILABLE));
    queue.load({ ...queue.save(), usedIndex: 1 });
    put(AVAILABLE + 2, 2, 1);
    let served = 0;
    queue.serveOffered(() => {
      if (++served > 4) throw new Error("the ring holds the device");
      return 0;
    });
    expect([served, queue.offered()]).toEqual([1, 1]);
  });
});
