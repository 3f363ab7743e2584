import { describe, expect, it } from "vitest";
import { wholeConfiguration } from "../../../../src/engine/devices/ap/apConfiguration.ts";
import { Crycb } from "../../../../src/engine/devices/ap/crycb.ts";
import {
  difference, emptyMask, fullMask, hasId, idsOf, intersection, isEmptyMask, isSameMask, maskOf, union, withId,
  withoutId,
} from "../../../../src/engine/devices/ap/idMask.ts";
import { interpretQci } from "../../../../src/engine/devices/ap/interpretedAp.ts";

const everyId = Array.from({ length: 256 }, (_, id) => id);

describe("a set of ids", () => {
  it("holds each number from 0 to 255 in a bit of its own, counted from the left", () => {
    for (const id of everyId) {
      const mask = withId(emptyMask(), id);
      expect(mask.indexOf(128 / 2 ** (id % 8))).toBe(Math.floor(id / 8));
      expect([idsOf(mask), isEmptyMask(mask)]).toEqual([[id], false]);
      expect(idsOf(withoutId(fullMask(), id))).toEqual(everyId.filter((other) => other !== id));
      expect(hasId(mask, id)).toBe(true);
    }
    expect([idsOf(fullMask()), idsOf(emptyMask()), isEmptyMask(emptyMask())]).toEqual([everyId, [], true]);
  });

  it("is never changed in place, and makes others of two", () => {
    const [a, b] = [maskOf(0, 7, 8, 255), maskOf(7, 9, 255)];
    expect([idsOf(union(a, b)), idsOf(intersection(a, b)), idsOf(difference(a, b))])
      .toEqual([[0, 7, 8, 9, 255], [7, 255], [0, 8]]);
    withoutId(withId(a, 1), 0);
    expect([idsOf(a), idsOf(b)]).toEqual([[0, 7, 8, 255], [7, 9, 255]]);
    expect([isSameMask(a, maskOf(255, 8, 7, 0)), isSameMask(a, b), isSameMask(a, withoutId(a, 255))])
      .toEqual([true, false, false]);
  });
});

describe("the crypto control block", () => {
  const masks = { apm: maskOf(0, 63, 64, 255), aqm: maskOf(1, 15, 16, 254), adm: maskOf(2, 14, 17, 253) };

  it("of format 2 has 256 bits each at 0x80, 0xa0 and 0xc0, of the others 64, 16 and 16 from 0 on", () => {
    for (const [facility76, apxa, format] of [[false, true, 0], [true, false, 1], [true, true, 2]] as const) {
      const block = new Crycb({ facility76, apxa });
      expect([block.format, block.hasExtendedAddressing]).toEqual([format, format === 2]);
      block.setMasks(masks);
      const bytes = new Uint8Array(256);
      if (format === 2) {
        bytes.set(masks.apm, 0x80);
        bytes.set(masks.aqm, 0xa0);
        bytes.set(masks.adm, 0xc0);
      } else {
        bytes.set(masks.apm.subarray(0, 8), 0);
        bytes.set(masks.aqm.subarray(0, 2), 8);
        bytes.set(masks.adm.subarray(0, 2), 16);
      }
      expect(block.toBytes()).toEqual(bytes);
      const { apm, aqm, adm } = block.masks();
      const kept = format === 2 ? [[0, 63, 64, 255], [1, 15, 16, 254], [2, 14, 17, 253]]
        : [[0, 63], [1, 15], [2, 14]];
      expect([apm, aqm, adm].map(idsOf)).toEqual(kept);
      block.clearMasks();
      expect([block.toBytes(), block.updates]).toEqual([new Uint8Array(256), 2]);
    }
  });

  it("is written while no CPU is in the guest, and keeps what a save took when it is changed later", () => {
    let isOutside = false;
    const seen: boolean[] = [];
    const block: Crycb = new Crycb({ facility76: true, apxa: true }, (work) => {
      isOutside = true;
      work();
      seen.push(isOutside && hasId(block.masks().apm, 63));
      isOutside = false;
    });
    block.setMasks(masks);
    expect(seen).toEqual([true]);
    expect([block.setInterpreted(true, false), block.interpreted]).toEqual([-95, false]);
    expect([block.setInterpreted(true, true), block.interpreted]).toEqual([0, true]);
    const saved = block.save();
    block.clearMasks();
    block.setInterpreted(false, true);
    block.load(saved);
    expect([block.save(), block.interpreted, block.updates]).toEqual([saved, true, 1]);
    block.clearMasks();
    expect(idsOf(saved.bytes.slice(0x80, 0xa0)), "a loaded state is nobody else's").toEqual([0, 63, 64, 255]);
  });

  it("answers QCI: the host's limits, the guest's masks, extended addressing where both have it", () => {
    for (const apxa of [true, false])
      for (const format of [1, 2]) {
        const block = new Crycb({ facility76: true, apxa: format === 2 });
        block.setMasks(masks);
        const { apm, aqm, adm } = block.masks();
        const answer = interpretQci({ ...wholeConfiguration(), apxa, adapterMax: 9, domainMax: 84 }, block);
        const wanted = new Uint8Array(128);
        wanted.set([apxa && format === 2 ? 0x40 : 0, 0, 0, 0, 9, 84]);
        for (const [mask, at] of [[apm, 16], [aqm, 48], [adm, 80]] as const) wanted.set(mask, at);
        expect(answer).toEqual(wanted);
      }
  });
});
