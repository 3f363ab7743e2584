/** Every attribute that a person can send, as a form: its fields with what they begin with, and its bytes. */
import * as attributes from "./flicAttributes.ts";
import type { Attribute } from "./flicAttributes.ts";

export type FormField =
  /** Hex digits, at most so many. */
  | { readonly kind: "hex"; readonly name: string; readonly digits: number; readonly start: string }
  | { readonly kind: "number"; readonly name: string; readonly max: number; readonly start: number }
  | {
      readonly kind: "choice";
      readonly name: string;
      readonly choices: readonly (readonly [value: number, words: string])[];
    }
  | { readonly kind: "flag"; readonly name: string; readonly start: boolean };

/** By the field's name; a form reads what it named. */
export interface FormValues {
  readonly number: (name: string) => number;
  readonly wide: (name: string) => bigint;
  readonly bytes: (name: string) => Uint8Array;
}

export interface AttributeForm {
  readonly id: string;
  readonly title: string;
  readonly fields: readonly FormField[];
  /** What happens besides, where a person would not expect it. */
  readonly warning?: string;
  readonly make: (values: FormValues) => Attribute;
}

const hex = (name: string, digits: number, start: string): FormField => ({
  kind: "hex", name, digits, start,
});
const count = (name: string, max: number, start = 0): FormField => ({ kind: "number", name, max, start });
const flag = (name: string, start = false): FormField => ({ kind: "flag", name, start });
const isc = count("ISC", 255, 3);
const adapter = count("adapter", 0xffff_ffff, 0);

export const attributeForms: readonly AttributeForm[] = [
  {
    id: "airq", title: "AIRQ_INJECT: an adapter's interrupt", fields: [adapter],
    make: ({ number }) => attributes.injectAttribute(number("adapter")),
  },
  {
    id: "io", title: "ENQUEUE: I/O of a subchannel",
    fields: [
      hex("subchannel_id", 4, "0001"), hex("subchannel_nr", 4, "0000"), hex("io_int_parm", 8, "0"), isc,
    ],
    make: ({ number }) => attributes.enqueueIo({
      subchannelId: number("subchannel_id"), subchannelNr: number("subchannel_nr"),
      parm: number("io_int_parm"), isc: number("ISC"),
    }),
  },
  {
    id: "adapter", title: "ENQUEUE: adapter", fields: [isc],
    warning: "Passes adapter-interruption suppression by; AIRQ_INJECT does not.",
    make: ({ number }) => attributes.enqueueAdapter(number("ISC")),
  },
  {
    id: "service", title: "ENQUEUE: service signal",
    fields: [
      hex("SCCB", 8, "0"),
      {
        kind: "choice", name: "events",
        choices: [[1, "event data"], [0, "none"], [2, "event-mask change"], [3, "both"]],
      },
    ],
    make: ({ number }) => attributes.enqueueService(number("SCCB"), number("events")),
  },
  {
    id: "virtio", title: "ENQUEUE: virtio", fields: [hex("params", 8, "d00"), hex("params2", 16, "0")],
    make: ({ number, wide }) => attributes.enqueueVirtio(number("params"), wide("params2")),
  },
  {
    id: "machineCheck", title: "ENQUEUE: machine check",
    fields: [hex("cr14", 16, "10000000"), hex("mcic", 16, "0040000000000000")],
    make: ({ wide }) => attributes.enqueueMachineCheck(wide("cr14"), wide("mcic")),
  },
  {
    id: "pageFault", title: "ENQUEUE: page fault done", fields: [hex("token", 16, "0")],
    make: ({ wide }) => attributes.enqueuePageFault(wide("token")),
  },
  {
    id: "raw", title: "ENQUEUE: any type", fields: [hex("type", 16, "fffe0003"), hex("payload", 128, "")],
    make: ({ wide, bytes }) =>
      attributes.enqueue(wide("type"), bytes("payload"), `type ${wide("type").toString(16)}`),
  },
  {
    id: "mode", title: "AISM: mode of an ISC",
    fields: [isc, { kind: "choice", name: "mode", choices: [[0, "ALL"], [1, "SINGLE"]] }],
    make: ({ number }) => attributes.modeAttribute(number("ISC"), number("mode") ? "single" : "all"),
  },
  {
    id: "modes", title: "AISM_ALL: set every mode", fields: [hex("simm", 2, "00"), hex("nimm", 2, "00")],
    make: ({ number }) => attributes.allModesAttribute(number("simm"), number("nimm")),
  },
  {
    id: "readModes", title: "AISM_ALL: get every mode", fields: [], make: () => attributes.readModesAttribute,
  },
  {
    id: "readAll", title: "GET_ALL_IRQS", fields: [count("length", 4032, 4032)],
    warning: "As in KVM, reading takes the GISA's pending bits out of the machine.",
    make: ({ number }) => attributes.readAllAttribute(number("length")),
  },
  {
    id: "register", title: "ADAPTER_REGISTER",
    fields: [
      count("adapter", 0xffff_ffff, 40), isc, flag("maskable"), flag("swap", true),
      flag("suppressible", true),
    ],
    make: ({ number }) => attributes.registerAttribute({
      id: number("adapter"), isc: number("ISC"), maskable: number("maskable") !== 0,
      swap: number("swap") !== 0, suppressible: number("suppressible") !== 0,
    }),
  },
  {
    id: "modify", title: "ADAPTER_MODIFY",
    fields: [
      adapter,
      { kind: "choice", name: "request", choices: [[1, "mask or unmask"], [2, "map"], [3, "unmap"]] },
      flag("masked"), hex("address", 16, "0"),
    ],
    make: ({ number, wide }) => attributes.modifyAttribute(
      number("adapter"), number("request"), number("masked"), wide("address"),
    ),
  },
  {
    id: "clearIo", title: "CLEAR_IO_IRQ: of one subchannel", fields: [hex("schid", 8, "00010000")],
    make: ({ number }) => attributes.clearIoAttribute(number("schid")),
  },
  {
    id: "clear", title: "CLEAR_IRQS: everything floating", fields: [],
    make: () => attributes.clearAttribute,
  },
  {
    id: "pageFaults", title: "APF_ENABLE: page faults", fields: [],
    make: () => attributes.enablePageFaultsAttribute,
  },
  {
    id: "noPageFaults", title: "APF_DISABLE_WAIT: page faults", fields: [],
    make: () => attributes.disablePageFaultsAttribute,
  },
];

/** The objection to a typed text, as a sentence; undefined if it is good. */
export function objectionTo(field: FormField, text: string): string | undefined {
  if (field.kind === "hex") {
    const digits = text.replace(/^0x/i, "");
    const least = field.name === "payload" ? 0 : 1;
    const isGood = new RegExp(`^[0-9a-f]{${least},${field.digits}}$`, "i").test(digits);
    return isGood ? undefined : `${field.name} has 1 to ${field.digits} hex digits, not "${text}".`;
  }
  if (field.kind !== "number") return undefined;
  const isGood = /^\d+$/.test(text) && Number(text) <= field.max;
  return isGood ? undefined : `${field.name} is a number from 0 to ${field.max}, not "${text}".`;
}

export const startOf = (field: FormField): string =>
  field.kind === "choice" ? String(field.choices[0]![0]) : field.kind === "flag" ? (field.start ? "1" : "0")
    : String(field.start);

/** Reads texts that nothing was objected to. */
export function valuesOf(form: AttributeForm, texts: Readonly<Record<string, string>>): FormValues {
  const kinds = new Map(form.fields.map((field) => [field.name, field.kind]));
  const digits = (name: string): string => (texts[name] ?? "").replace(/^0x/i, "");
  const wide = (name: string): bigint =>
    BigInt(kinds.get(name) === "hex" ? `0x${digits(name) || "0"}` : texts[name] || "0");
  return {
    wide,
    number: (name) => Number(wide(name)),
    bytes: (name) => Uint8Array.from(digits(name).match(/../g) ?? [], (pair) => parseInt(pair, 16)),
  };
}
