/**
 * Device attributes of the interrupt controller as bytes (Documentation/virt/kvm/devices/s390_flic.rst and
 * the structures of arch/s390/include/uapi/asm/kvm.h); all numbers in them are big-endian. ENQUEUE takes
 * interrupts of 72 bytes: a type in 8, then the payload of the type.
 */
export interface Attribute {
  readonly group: number;
  /** 16 hex digits. */
  readonly attr: string;
  readonly bytes: Uint8Array;
  /** Reads (KVM_GET_DEVICE_ATTR) into as many bytes in place of writing `bytes`. */
  readonly reads?: number;
  /** As the outcome names it. */
  readonly title: string;
}

export const flicGroups = {
  GET_ALL_IRQS: 1, ENQUEUE: 2, CLEAR_IRQS: 3, APF_ENABLE: 4, APF_DISABLE_WAIT: 5, ADAPTER_REGISTER: 6,
  ADAPTER_MODIFY: 7, CLEAR_IO_IRQ: 8, AISM: 9, AIRQ_INJECT: 10, AISM_ALL: 11,
} as const;
type GroupName = keyof typeof flicGroups;

export const IRQ_BYTES = 72;
const TYPE = {
  adapter: 0x04000000n, service: 0xffff2401n, virtio: 0xffff2603n, pageFault: 0xfffe0005n,
  machineCheck: 0xfffe1000n,
} as const;

/** Numbers one after another: each as its value and how many bytes it has. */
function packed(...fields: readonly (readonly [value: number | bigint, bytes: 1 | 2 | 4 | 8])[]): Uint8Array {
  const bytes = new Uint8Array(fields.reduce((sum, [, size]) => sum + size, 0));
  let at = 0;
  for (const [value, size] of fields) {
    let rest = BigInt.asUintN(8 * size, BigInt(value));
    for (let place = at + size - 1; place >= at; place--, rest >>= 8n) bytes[place] = Number(rest & 0xffn);
    at += size;
  }
  return bytes;
}

const attribute = (
  name: GroupName, title: string, bytes: Uint8Array = new Uint8Array(), attr = 0n,
): Attribute => ({
  group: flicGroups[name],
  attr: BigInt.asUintN(64, attr).toString(16).padStart(16, "0"),
  bytes,
  title: title ? `${name} ${title}` : name,
});

/** One interrupt of any type, also one that the controller refuses; at most 64 bytes of payload count. */
export function enqueue(type: bigint, payload: Uint8Array, title: string): Attribute {
  const irq = new Uint8Array(IRQ_BYTES);
  irq.set(packed([type, 8]));
  irq.set(payload.subarray(0, IRQ_BYTES - 8), 8);
  return attribute("ENQUEUE", title, irq, BigInt(IRQ_BYTES));
}

export interface IoFields {
  readonly subchannelId: number;
  readonly subchannelNr: number;
  readonly parm: number;
  readonly isc: number;
}
/** An I/O interruption of a subchannel; its type code follows from the subchannel's identification. */
export function enqueueIo({ subchannelId, subchannelNr, parm, isc }: IoFields): Attribute {
  const css = BigInt(subchannelId >>> 8);
  const ssid = BigInt((subchannelId >>> 1) & 3);
  const type = (css << 18n) | (ssid << 16n) | BigInt(subchannelNr);
  const payload = packed([subchannelId, 2], [subchannelNr, 2], [parm, 4], [isc << 27, 4]);
  return enqueue(type, payload, `I/O isc ${isc}`);
}
export const enqueueAdapter = (isc: number): Attribute =>
  enqueue(TYPE.adapter, packed([0, 8], [0x80000000 | (isc << 27), 4]), `adapter isc ${isc}`);
/** `sccb` is an address, a multiple of 8; `events` its low bits: 1 event data, 2 event-mask change. */
export const enqueueService = (sccb: number, events: number): Attribute =>
  enqueue(TYPE.service, packed([((sccb & ~7) | (events & 3)) >>> 0, 4]), "service signal");
export const enqueueVirtio = (params: number, params2: bigint): Attribute =>
  enqueue(TYPE.virtio, packed([params, 4], [0, 4], [params2, 8]), "virtio");
export const enqueuePageFault = (token: bigint): Attribute =>
  enqueue(TYPE.pageFault, packed([0, 8], [token, 8]), "page fault done");
export const enqueueMachineCheck = (cr14: bigint, mcic: bigint): Attribute =>
  enqueue(TYPE.machineCheck, packed([cr14, 8], [mcic, 8]), "machine check");

export const modeAttribute = (isc: number, mode: "all" | "single"): Attribute =>
  attribute(
    "AISM", `isc ${isc} ${mode.toUpperCase()}`, packed([isc, 1], [0, 1], [mode === "single" ? 1 : 0, 2]),
  );
export const allModesAttribute = (simm: number, nimm: number): Attribute =>
  attribute("AISM_ALL", "set", packed([simm, 1], [nimm, 1]));
export const readModesAttribute: Attribute = { ...attribute("AISM_ALL", "get", undefined, 2n), reads: 2 };

export const injectAttribute = (adapter: number): Attribute =>
  attribute("AIRQ_INJECT", `adapter ${adapter}`, undefined, BigInt(adapter));

export interface AdapterFields {
  readonly id: number;
  readonly isc: number;
  readonly maskable: boolean;
  readonly swap: boolean;
  readonly suppressible: boolean;
}
export const registerAttribute = ({ id, isc, maskable, swap, suppressible }: AdapterFields): Attribute =>
  attribute("ADAPTER_REGISTER", `adapter ${id}`, packed(
    [id, 4], [isc, 1], [Number(maskable), 1], [Number(swap), 1], [Number(suppressible), 1],
  ));
export const adapterRequests = { mask: 1, map: 2, unmap: 3 } as const;
export const modifyAttribute = (id: number, request: number, mask: number, address: bigint): Attribute =>
  attribute(
    "ADAPTER_MODIFY", `adapter ${id}`, packed([id, 4], [request, 1], [mask, 1], [0, 2], [address, 8]),
  );

export const clearAttribute = attribute("CLEAR_IRQS", "");
export const clearIoAttribute = (schid: number): Attribute =>
  attribute("CLEAR_IO_IRQ", `schid ${(schid >>> 0).toString(16).padStart(8, "0")}`, packed([schid, 4]), 4n);
export const readAllAttribute = (length: number): Attribute => ({
  ...attribute("GET_ALL_IRQS", "", undefined, BigInt(length)),
  reads: length,
});
export const enablePageFaultsAttribute = attribute("APF_ENABLE", "");
export const disablePageFaultsAttribute = attribute("APF_DISABLE_WAIT", "");
