/** Captured machines as a worker would give them, made from a seed and small enough for many of them. */
import { MessageChannel } from "node:worker_threads";
import type { CapturedMachine, PageSet } from "../../../src/engine/api/snapshot.ts";
import { Prng } from "../../../src/engine/base/prng.ts";
import { encodeSections } from "../../../src/engine/snapshot/sections.ts";
import { partsOf } from "../../../src/main/store/saveParts.ts";
import type { NewSnapshot } from "../../../src/main/store/snapshots.ts";
import type { SaveOrder } from "../../../src/main/store/storeApi.ts";

/** Contents that follow from `value`, so that equal values are equal pages; 0 is a zero page. */
export function pages(contents: Readonly<Record<number, number>>): PageSet {
  const entries = Object.entries(contents).map(([page, value]) => [Number(page), value] as const);
  const full = entries.filter(([, value]) => value !== 0);
  const bytes = new Uint8Array(full.length * 4096);
  full.forEach(([, value], index) => {
    const random = new Prng(value);
    for (let at = 0; at < 4096; at += 16) bytes[index * 4096 + at] = random.below(256);
  });
  return {
    numbers: Uint32Array.from(full, ([page]) => page),
    bytes,
    order: "descending",
    zeros: Uint32Array.from(
      entries.filter(([, value]) => value === 0),
      ([page]) => page,
    ),
  };
}

export function captured(memory: Readonly<Record<number, number>>, isWhole = true): CapturedMachine {
  const payload = Uint8Array.from({ length: 64 }, (_, i) => i);
  const state = encodeSections("s390-ccw", "test", [{ name: "cpu.0", version: 1, payload }]);
  return { state, memory: pages(memory), isWhole, instructions: 1, virtualSeconds: 2, pauseMs: 3 };
}

export function newSnapshot(over: Partial<NewSnapshot> = {}): NewSnapshot {
  return {
    guest: "hello",
    title: "Hello",
    note: "",
    createdMs: 1_700_000_000_000,
    parent: null,
    console: new TextEncoder().encode("on\n"),
    config: { board: "s390-ccw", memoryBytes: 16 << 20, cpus: 1, seed: 1, commandLine: "" },
    images: { kernel: Uint8Array.of(1, 2, 3) },
    captured: captured({ 1: 1 }),
    ...over,
  };
}

/** As a host orders it of the store's worker, from a machine that has sent everything. */
export function orderOf({ captured: machine, ...frame }: NewSnapshot): SaveOrder {
  const { port1, port2 } = new MessageChannel();
  for (const part of partsOf(machine)) port1.postMessage(part);
  return { ...frame, port: port2 };
}
