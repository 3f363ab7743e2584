/** A pseries machine with its sources in the kernel: hypercalls, accesses to ESB pages and the TIMA. */
import type { HandField } from "../../api/handMade.ts";
import { native, pseries, type PseriesMachine } from "../../deviceMachine/powerDeviceMachine.ts";
import { ESB_PAGE_SIZE, type EsbPage } from "../../devices/xive/esb.ts";
import { hcall } from "../../devices/xive/hcallCodes.ts";
import { xiveHcall } from "../../devices/xive/hcalls.ts";
import { TIMA_SIZE } from "../../devices/xive/tima.ts";
import { pullVcpu, pushVcpu } from "../../devices/xive/vcpuContext.ts";
import { hexText, resultText, type Arguments, type HandCall, type HandMachine } from "./handMachine.ts";

const LISN_MAX = 0x1fff;
const lisn: HandField = { name: "lisn", label: "LISN", kind: "number", initial: "0x1300", max: LISN_MAX };
const page: HandField = {
  name: "page", label: "page", kind: "choice", initial: "management", options: ["management", "trigger"],
};
const offset: HandField = {
  name: "offset", label: "offset", kind: "number", initial: "0x800", max: ESB_PAGE_SIZE - 1,
};
const vcpu: HandField = { name: "vcpu", label: "vCPU", kind: "number", initial: "0", max: 1 };
const names = Object.keys(hcall).filter((name) => name.startsWith("H_INT_"));
const argument = (n: number, initial: string): HandField =>
  ({ name: `r${n}`, label: `R${n}`, kind: "number", initial });

function hypercall({ xive }: PseriesMachine, given: Arguments): string {
  const number = hcall[given.text("call") as keyof typeof hcall];
  const { status, outputs } = xiveHcall(xive, number, [4, 5, 6, 7, 8].map((n) => given.wide(`r${n}`)));
  return [`status ${status}`, ...outputs.map((output, n) => `R${4 + n} ${hexText(output)}`)].join(", ");
}

const calls: readonly HandCall<PseriesMachine>[] = [
  {
    id: "claim", title: "claim a number",
    fields: [lisn, { name: "kind", label: "kind", kind: "choice", initial: "MSI", options: ["MSI", "LSI"] }],
    run: ({ xive }, given) =>
      xive.claim(given.number("lisn"), given.text("kind") === "LSI") ? "claimed" : "refused",
  },
  {
    id: "hcall", title: "hypercall",
    fields: [
      { name: "call", label: "call", kind: "choice", initial: "H_INT_SET_SOURCE_CONFIG", options: names },
      argument(4, "2"), argument(5, "0x1300"), argument(6, "0"), argument(7, "6"), argument(8, "0x42"),
    ],
    run: hypercall,
  },
  {
    id: "queue", title: "H_INT_SET_QUEUE_CONFIG, always notify",
    fields: [
      vcpu, { name: "priority", label: "priority", kind: "number", initial: "6", max: 255 },
      { name: "address", label: "address", kind: "number", initial: "0x10000" },
      { name: "shift", label: "log2 of the bytes", kind: "number", initial: "16", max: 64 },
    ],
    run: ({ xive }, given) => {
      const args = [1n, ...["vcpu", "priority", "address", "shift"].map((name) => given.wide(name))];
      return `status ${xiveHcall(xive, hcall.H_INT_SET_QUEUE_CONFIG, args).status}`;
    },
  },
  {
    id: "esb-load", title: "ESB load", fields: [lisn, page, { ...offset, initial: "0xc00" }],
    run: ({ xive }, given) => {
      const value = xive.loadEsb(given.number("lisn"), given.text("page") as EsbPage, given.number("offset"));
      return value === undefined ? "failed: all ones" : hexText(value);
    },
  },
  {
    id: "esb-store", title: "ESB store", fields: [lisn, { ...page, initial: "trigger" }, { ...offset,
      initial: "0" }],
    run: ({ xive }, given) =>
      xive.storeEsb(given.number("lisn"), given.text("page") as EsbPage, given.number("offset"))
        ? "stored" : "ignored as an error",
  },
  {
    id: "line", title: "a device's line",
    fields: [lisn, { name: "level", label: "level", kind: "choice", initial: "up", options: ["up", "down"] }],
    run: ({ xive }, given) => {
      xive.setIrq(given.number("lisn"), given.text("level") === "up");
      return "done";
    },
  },
  {
    id: "dispatch", title: "a vCPU goes on or off its thread",
    fields: [vcpu, { name: "to", label: "goes", kind: "choice", initial: "on", options: ["on", "off"] }],
    run: ({ kernel }, given) => {
      const device = native(kernel!.machine);
      const one = device.vcpus.get(given.number("vcpu"))!;
      (given.text("to") === "on" ? pushVcpu : pullVcpu)(device, one, one.server);
      return one.isPushed ? `on thread ${one.server}` : "on none";
    },
  },
  {
    id: "tima", title: "TIMA access of a thread",
    fields: [
      { ...vcpu, label: "thread" },
      { name: "access", label: "access", kind: "choice", initial: "load", options: ["load", "store"] },
      { name: "offset", label: "offset", kind: "number", initial: "0x20810", max: TIMA_SIZE - 1 },
      { name: "size", label: "bytes", kind: "choice", initial: "2", options: ["1", "2", "4", "8"] },
      { name: "value", label: "value", kind: "number", initial: "0" },
    ],
    run: ({ kernel }, given) => {
      const { chip } = native(kernel!.machine).host;
      const [thread, at, size] = ["vcpu", "offset", "size"].map((name) => given.number(name)) as [
        number, number, number];
      if (given.text("access") === "store")
        return chip.timaStore(thread, at, size, given.wide("value")) ? "stored" : "ignored as an error";
      const value = chip.timaLoad(thread, at, size);
      return value === undefined ? "failed: all ones" : hexText(value);
    },
  },
  {
    id: "sync", title: "H_INT_SYNC", fields: [lisn],
    run: ({ kernel }, given) => resultText(kernel!.monitor.syncSource(given.number("lisn"))),
  },
];

export const xiveMachine: HandMachine<PseriesMachine> = {
  kind: "xive", title: "POWER9: XIVE in the kernel, vCPUs 0 and 1",
  given: [
    "a pseries controller whose sources are in KVM", "vCPUs 0 and 1 on no thread", "nothing is claimed",
  ],
  calls,
  build: () => pseries(true),
};
