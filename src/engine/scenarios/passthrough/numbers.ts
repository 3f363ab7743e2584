/** Rows R12 to R15, R18, R19 and 31: numbers, tables, and what a host takes for state. */
import { CHANGE_MSI } from "../../devices/passthrough/changeMsi.ts";
import { setIrq } from "../../devices/passthrough/injection.ts";
import { BYPASS_ENTRIES_MAX, setPassthru } from "../../devices/passthrough/irqBypass.ts";
import { finish } from "../../devices/passthrough/operation.ts";
import { createSource } from "../../devices/passthrough/sourceCalls.ts";
import { migrationBlockers } from "../../devices/passthrough/state.ts";
import { setXive } from "../../devices/passthrough/xicsCalls.ts";
import { claim, step } from "../scenario.ts";
import { connect, event, race, settle } from "./race.ts";
import { LISN } from "./world.ts";

export const ownEventNumber = race({
  id: "own-event-number", row: "R12",
  title: "The number that the guest chose for its queue survives mapping",
  shape: { mode: "native", eisn: 0x55 },
  says: ["a native guest that reads 0x55 in its queue for this source"],
  when: [connect, event, settle],
  then: [claim("the message is handled as 0x55", ({ handled }) => handled, [0x55])],
  defect: {
    switch: "passthrough.config.dataIsLisn", breaks: "the message is handled as 0x55",
    because: "the PHB source is routed with the source's own number, which the guest does not know",
  },
});

export const movingWithDevice = race({
  id: "moving-with-device", row: "R13",
  title: "A machine with a device does not move",
  shape: { mode: "native" },
  says: ["a native guest"],
  when: [connect],
  then: [claim("each mapped source is named as a reason", ({ p }) => migrationBlockers(p).length, 1)],
  defect: {
    switch: "passthrough.migrate.allowMapped", breaks: "each mapped source is named as a reason",
    because: "PQ is saved from whichever page is mapped, which is the PHB source's",
  },
});

const DISJOINT = "no number of the old block is in the new one";

export const growingBlock = race({
  id: "growing-block", row: "R14",
  title: "A function that asks for more numbers gets others while the old ones are in use",
  shape: { mode: "xics" },
  says: ["a XICS guest with one message connected"],
  before: (world) => world.connect(),
  when: [step("the driver asks for two numbers without giving up the first", ({ machine, device }) => {
    machine.msi.call(device.address, CHANGE_MSI, 2, 1);
  }), step("the second message is connected, and another interrupt to the old number", (world) => {
    const { machine, device, results } = world;
    results.push(machine.connect(device.lisns[1]!, device.hostIrq + 1).returned);
    results.push(machine.connect(LISN, device.hostIrq + 2).returned);
  })],
  then: [
    claim(DISJOINT, ({ device }) => device.lisns.includes(LISN), false),
    claim("only the number that is in use is refused", ({ results }) => results, [0, 0, -22]),
  ],
  defect: {
    switch: "passthrough.changeMsi.freeBeforeClaim", breaks: DISJOINT,
    because: "the old block is free when the new one is looked for",
  },
});

export const fullTable = race({
  id: "full-bypass-table", row: "R15",
  title: "A message that finds no room for the direct path goes through its eventfd",
  shape: { mode: "xics" },
  says: [`a XICS guest in which ${BYPASS_ENTRIES_MAX} other numbers have been mapped`],
  before: (world) => {
    world.p.table = new Map(Array.from({ length: BYPASS_ENTRIES_MAX }, (_, lisn) => [lisn, 0]));
  },
  when: [connect, event, settle],
  then: [
    claim("the direct path is refused with -EAGAIN", ({ results }) => results, [-11]),
    claim("the message is handled", ({ handled }) => handled, [LISN]),
  ],
  defect: {
    switch: "passthrough.bypass.dropEventfd", breaks: "the message is handled",
    because: "the refusal is taken for the end of the eventfd, too",
  },
});

export const formerLine = race({
  id: "former-line", row: "R18",
  title: "A number that was level-sensitive takes one message as one event",
  shape: { mode: "xics" },
  says: ["a XICS guest whose number was of a line (LSI) once", "created anew for a message"],
  before: (world) => {
    for (const value of [1n, 0n]) createSource(world.p, LISN, value);
    setXive(world.p, LISN, 0, 5);
  },
  when: [step("software injects one event", ({ p }) => { setIrq(p, LISN, 1); }), settle],
  then: [claim("it is handled once", ({ handled }) => handled.length, 1)],
  defect: {
    switch: "passthrough.source.lsiSticky", breaks: "it is handled once",
    because: "the event asserts a line that nobody lowers, so every EOI sends it again",
  },
});

export const mappedTwice = race({
  id: "mapped-twice", row: "R19",
  title: "A number stands for one interrupt of the host",
  shape: { mode: "xics" },
  says: ["a XICS guest"],
  when: [connect, step("another interrupt is to be mapped to the same number", ({ p, device, results }) => {
    const begun = setPassthru(p, LISN, device.hostIrq + 1);
    if ("result" in begun) results.push(begun.result);
    else finish(p, begun.operation);
  })],
  then: [
    claim("it is refused with -EINVAL", ({ results }) => results, [0, -22]),
    claim("one source sends the guest its events", (world) => world.broken(1), []),
  ],
  defect: {
    switch: "passthrough.table.allowRemap", breaks: "one source sends the guest its events",
    because: "the first PHB source is forgotten and goes on to send with the same number",
  },
});

export const bridgeInError = race({
  id: "bridge-in-error", row: "31",
  title: "All ones from a bridge in error are no state of a source",
  evidence: ["read"],
  sources: ["Linux 17328f218fb7"],
  shape: { mode: "native" },
  says: ["a native guest", "a PHB that answers every load with all ones"],
  before: (world) => world.machine.phb.freeze(true),
  when: [connect, step("the bridge is recovered", ({ machine }) => machine.phb.freeze(false))],
  then: [claim("the host owes no EOI", (world) => world.broken(5), [])],
  defect: {
    switch: "passthrough.host.allOnesIsState", breaks: "the host owes no EOI",
    because: "all ones have P set, so the host waits for the EOI of an interrupt that never was",
  },
});
