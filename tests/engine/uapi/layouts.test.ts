import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as attribute from "../../../src/engine/uapi/deviceAttr.ts";
import * as cap from "../../../src/engine/uapi/capability.ts";
import * as flic from "../../../src/engine/uapi/flic.ts";
import * as interrupt from "../../../src/engine/uapi/s390Interrupt.ts";
import * as routing from "../../../src/engine/uapi/irqRouting.ts";
import { ioctl } from "../../../src/engine/uapi/ioctl.ts";
import { struct, type Fields, type Struct } from "../../../src/engine/uapi/struct.ts";
import { pendingBit } from "../../../src/engine/devices/flic/interruptBits.ts";
import { ADAPTER_COUNT } from "../../../src/engine/devices/flic/adapters.ts";
import { GISA_EXPIRES_NS } from "../../../src/engine/devices/flic/gisa.ts";
import { IRQ_STATE_MAX_BYTES } from "../../../src/engine/devices/flic/irqState.ts";
import { IO_LIMIT, PFAULT_LIMIT, VIRTIO_LIMIT } from "../../../src/engine/devices/flic/pending.ts";
import { PAGE_FAULTS_PER_CPU } from "../../../src/engine/devices/flic/pageFaults.ts";
import { Prng } from "../../../src/engine/base/prng.ts";

interface Layouts {
  readonly structs: Record<string, { size: number; fields: Record<string, [number, number]> }>;
  readonly constants: Record<string, number>;
  readonly pendingBits: Record<string, number>;
  readonly limits: Record<string, number>;
}
const compiled = JSON.parse(
  readFileSync(new URL("../../vectors/flicLayouts.json", import.meta.url), "utf8")) as Layouts;

const isStruct = (value: unknown): value is Struct<Fields> =>
  typeof value === "object" && value !== null && "decode" in value && "fields" in value;
const ours = [attribute, cap, flic, interrupt, routing].flatMap(
  (module) => Object.values(module).filter(isStruct),
);

describe("structure tables", () => {
  it.each(ours.map((layout) => [layout.name, layout] as const))("%s has the compiled size and offsets",
    (name, layout) => {
    const truth = compiled.structs[name];
    if (!truth) throw new Error(`${name} is not among the compiled layouts`);
    expect(layout.size).toBe(truth.size);
    for (const [field, place] of Object.entries(layout.fields))
      expect(place, field).toEqual(truth.fields[field]);
  });

  it("leave no compiled structure out", () => {
    expect(ours.map(({ name }) => name).sort()).toEqual(Object.keys(compiled.structs).sort());
  });

  it("encode and decode are inverse, and padding is zero", () => {
    const prng = new Prng(1);
    for (const layout of ours) {
      const values = Object.fromEntries(Object.entries(layout.fields).map(([field, [, size]]) => [field,
        size === 8 ? prng.u64() : size <= 4 && size !== 3 ? prng.below(2 ** (8 * size))
          : Uint8Array.from({ length: size }, () => prng.below(256))]));
      const bytes = layout.encode(values as Parameters<typeof layout.encode>[0]);
      expect(layout.decode(bytes), layout.name).toEqual(values);
      const covered = new Set(
        Object.values(layout.fields).flatMap(([at, size]) => Array.from({ length: size }, (_, i) => at + i)),
      );
      bytes.forEach((byte, at) => { if (!covered.has(at)) expect(byte, `${layout.name} +${at}`).toBe(0); });
    }
  });

  it("are big-endian and honour the start offset", () => {
    const pair = struct("pair", 8, { a: [0, 2], b: [4, 4] });
    const bytes = Uint8Array.from([9, 9, 1, 2, 0, 0, 3, 4, 5, 6]);
    expect(pair.decode(bytes, 2)).toEqual({ a: 0x0102, b: 0x03040506 });
  });
});

describe("numbers", () => {
  const table: Record<string, number> = {
    ...ioctl, ...cap.capability,
    ...Object.fromEntries(Object.entries(flic.flicGroup).map(([name, value]) => [`KVM_DEV_FLIC_${name}`,
      value])),
    ...Object.fromEntries(Object.entries(interrupt.interruptType).map(([name, value]) => [`KVM_S390_${name}`,
      value])),
    ...Object.fromEntries([attribute, flic, interrupt, routing].flatMap((module) =>
      Object.entries(module).filter(([name,
        value]) => name.startsWith("KVM_") && typeof value === "number"))),
  };

  it("are the header's wherever both have the name", () => {
    const shared = Object.keys(table).filter((name) => name in compiled.constants);
    for (const name of shared) expect(table[name], name).toBe(compiled.constants[name]);
    expect(shared.length).toBeGreaterThan(60);
  });

  it("of pending bits are the kernel's", () => {
    expect(pendingBit).toEqual(compiled.pendingBits);
  });

  it("of limits are the kernel's", () => {
    const { limits } = compiled;
    expect(IO_LIMIT).toBe(limits["s390.KVM_S390_MAX_FLOAT_IRQS"]);
    expect(VIRTIO_LIMIT).toBe(limits["s390.KVM_S390_MAX_VIRTIO_IRQS"]);
    expect(PFAULT_LIMIT).toBe(limits["s390.MAX_PFAULT_DONE"]);
    expect(ADAPTER_COUNT).toBe(limits["s390.MAX_S390_IO_ADAPTERS"]);
    expect(IRQ_STATE_MAX_BYTES).toBe(limits["s390.VCPU_IRQS_MAX_BUF"]);
    expect(PAGE_FAULTS_PER_CPU).toBe(limits["s390.ASYNC_PF_PER_VCPU"]);
    expect(Number(GISA_EXPIRES_NS)).toBe(limits["s390.GISA_EXPIRES_NS"]);
    expect(routing.KVM_MAX_IRQ_ROUTES).toBe(limits["kvm.KVM_MAX_IRQ_ROUTES"]);
  });
});
