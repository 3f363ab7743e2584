/** A POWER9 machine with one passed-through PCI function, by any of the strategies. */
import type { HandField } from "../../api/handMade.ts";
import { strategyNames, type StrategyName } from "../../devices/passthrough/strategy.ts";
import { guestLoad, guestStore, type AccessOutcome } from "../../devices/passthrough/guestAccess.ts";
import { LISN, World } from "../../scenarios/passthrough/world.ts";
import { ESB_PAGE_SIZE, type EsbPage } from "../../devices/xive/esb.ts";
import { hexText, type HandCall, type HandMachine } from "./handMachine.ts";

const page: HandField = {
  name: "page", label: "page", kind: "choice", initial: "management", options: ["management", "trigger"],
};
const offset: HandField = {
  name: "offset", label: "offset", kind: "number", initial: "0x800", max: ESB_PAGE_SIZE - 1,
};
const spoken = (outcome: AccessOutcome): string =>
  outcome.kind === "value" ? hexText(outcome.value)
    : outcome.kind === "stored" ? (outcome.stored ? "stored" : "ignored")
      : `refused: ${outcome.why}`;
const last = ({ results }: World): string => String(results.at(-1));

const calls: readonly HandCall<World>[] = [
  {
    id: "connect", title: "the guest enables the message, user space connects it", fields: [],
    run: (world) => {
      if (world.irqfd && world.p.irqfds.has(world.irqfd.id)) return "connected already";
      world.connect();
      return last(world);
    },
  },
  {
    id: "disconnect", title: "the guest disables the message", fields: [],
    run: (world) => {
      if (!world.irqfd || !world.p.irqfds.has(world.irqfd.id)) return "not connected";
      world.disconnect();
      return last(world);
    },
  },
  {
    id: "event", title: "the device sends its message", fields: [],
    run: (world) => {
      world.deviceEvent();
      return `${world.queued} in the guest's queue`;
    },
  },
  {
    id: "settle", title: "guest and host handle what there is", fields: [],
    run: (world) => {
      world.settle();
      return `${world.handled.length} handled so far`;
    },
  },
  {
    id: "load", title: "the guest loads from its page", fields: [page, offset],
    run: ({ p }, given) =>
      spoken(guestLoad(p, LISN, given.text("page") as EsbPage, given.number("offset"))),
  },
  {
    id: "store", title: "the guest stores to its page",
    fields: [{ ...page, initial: "trigger" }, { ...offset, initial: "0" }],
    run: ({ p }, given) =>
      spoken(guestStore(p, LISN, given.text("page") as EsbPage, given.number("offset"))),
  },
];

const machineWith = (strategy: StrategyName): HandMachine<World> => ({
  kind: `passthrough-${strategy}`, title: `Passthrough, ${strategy}`,
  given: [
    "a native guest with one function of eight messages behind a PHB4",
    `source ${hexText(LISN)} is routed and open`, `strategy ${strategy}; derived from source`,
  ],
  calls,
  build: () => new World({ mode: "native", strategy, defects: new Set() }),
});

export const passthroughMachines: readonly HandMachine<World>[] = strategyNames.map(machineWith);
