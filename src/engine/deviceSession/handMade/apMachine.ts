/** An s390 machine with AP passthrough: sysfs of the host's driver, the guest's PQAP, a crypto adapter. */
import type { HandField } from "../../api/handMade.ts";
import { apDeviceMachine, type ApDeviceMachine } from "../../deviceMachine/apDeviceMachine.ts";
import { SteppedTime } from "../../deviceMachine/steppedTime.ts";
import type { AssignmentAttribute } from "../../devices/ap/vfioAp.ts";
import { CryptoHardware } from "../../devices/apMock/cryptoHardware.ts";
import { makeApqn } from "../../uapi/ap.ts";
import { flicCalls } from "./flicMachine.ts";
import { hexText, resultText, type HandCall, type HandMachine } from "./handMachine.ts";

interface ApHandWorld extends ApDeviceMachine<CryptoHardware> {
  readonly time: SteppedTime;
}

const ADAPTERS = [5, 6], DOMAINS = [4, 0x1f];
const number = (name: string, initial: string, max: number, label = name): HandField =>
  ({ name, label, kind: "number", initial, max });
const adapter = number("adapter", "5", 255);
const domain = number("domain", "4", 255);
const device: HandField = { name: "device", label: "device", kind: "text", initial: "M" };
const apqn = (given: { number(name: string): number }): number =>
  makeApqn(given.number("adapter"), given.number("domain"));
const attributes: readonly AssignmentAttribute[] = [
  "assign_adapter", "assign_domain", "assign_control_domain",
  "unassign_adapter", "unassign_domain", "unassign_control_domain",
];

const calls: readonly HandCall<ApHandWorld>[] = [
  {
    id: "create", title: "create a matrix device", fields: [device],
    run: ({ driver }, given) => resultText(driver.createDevice(given.text("device"))),
  },
  {
    id: "bind", title: "bind a queue to the driver", fields: [adapter, domain],
    run: ({ driver }, given) => resultText(driver.bind(apqn(given))),
  },
  {
    id: "unbind", title: "unbind a queue", fields: [adapter, domain],
    run: ({ driver }, given) => resultText(driver.unbind(apqn(given))),
  },
  {
    id: "store", title: "write to an attribute",
    fields: [
      device, { name: "attribute", label: "attribute", kind: "choice", initial: attributes[0]!,
        options: attributes },
      { name: "value", label: "text", kind: "text", initial: "5" },
    ],
    run: ({ driver }, given) => {
      const attribute = given.text("attribute") as AssignmentAttribute;
      return resultText(driver.store(given.text("device"), attribute, given.text("value")));
    },
  },
  {
    id: "open", title: "the VM opens or closes the device",
    fields: [
      device, { name: "how", label: "how", kind: "choice", initial: "open", options: ["open", "close"] },
    ],
    run: ({ driver, kvm }, given) => {
      const name = given.text("device");
      if (given.text("how") === "open") return resultText(driver.open(name, kvm.ap));
      if (!driver.device(name)) return "there is none";
      driver.close(name);
      return "closed";
    },
  },
  {
    id: "pqap", title: "the guest executes PQAP",
    fields: [
      { name: "gr0", label: "GR0", kind: "number", initial: "0x03000504" },
      { name: "gr1", label: "GR1", kind: "number", initial: "0x0000800000000003" },
      { name: "gr2", label: "GR2", kind: "number", initial: "0x1234" },
    ],
    run: ({ pqap, apCpu }, given) => {
      const outcome = pqap(given.wide("gr0"), given.wide("gr1"), given.wide("gr2"));
      return `${outcome.kind}, cc ${apCpu.conditionCode}, GR1 ${hexText(apCpu.gr(1))}`;
    },
  },
  {
    id: "request", title: "the guest enqueues a request", fields: [adapter, domain],
    run: ({ hardware }, given) =>
      `status ${hexText(hardware.enqueue(apqn(given), { id: 1n, bytes: new Uint8Array(8) }))}`,
  },
  {
    id: "pass", title: "time passes", fields: [number("us", "1000", 1e9, "µs")],
    run: ({ time }, given) => {
      time.pass(given.wide("us") * 1000n);
      return `${time.now() / 1000n} µs in all`;
    },
  },
  ...flicCalls,
];

export const apMachine: HandMachine<ApHandWorld> = {
  kind: "ap", title: "s390: AP passthrough with a crypto adapter",
  given: [
    "adapters 05 and 06 with domains 0004 and 001f, none of them bound", "no matrix device",
    "all of the guest's memory mapped for devices",
  ],
  calls,
  build: () => {
    const time = new SteppedTime();
    const machine = apDeviceMachine(
      ({ kvm }) => new CryptoHardware({ time, notification: kvm.ap }), { options: { time } });
    for (const apid of ADAPTERS) for (const apqi of DOMAINS) machine.hardware.plug(makeApqn(apid, apqi));
    return { ...machine, time };
  },
};
