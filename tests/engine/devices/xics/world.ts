/** A XICS device with two servers that is quick to make: no guest memory, eight bytes of user memory. */
import { expect } from "vitest";
import type { Pq } from "../../../../src/engine/devices/xive/esb.ts";
import { HostMemory } from "../../../../src/engine/devices/xive/hostMemory.ts";
import { HostXive, type FirmwareCall } from "../../../../src/engine/devices/xive/hostXive.ts";
import type { IrqState } from "../../../../src/engine/devices/xive/irqState.ts";
import type { KvmXiveOptions } from "../../../../src/engine/devices/xive/kvmXive.ts";
import { Xics } from "../../../../src/engine/devices/xics/xics.ts";

export const MASKED = 0xff;
/** Where there is user memory, and where there is none. */
export const HERE = 0n;
export const NOWHERE = 0xdead_0000n;
export const IRQ = 0x20;

class EightBytes {
  readonly bytes = new Uint8Array(8);
  read(address: bigint, length: number): Uint8Array | undefined {
    return address === HERE ? this.bytes.slice(0, length) : undefined;
  }
  write(address: bigint, bytes: Uint8Array): boolean {
    if (address === HERE) this.bytes.set(bytes);
    return address === HERE;
  }
}

export interface WorldOptions extends Omit<KvmXiveOptions, "host"> {
  /** Connected at first. Default 2. */
  readonly servers?: number;
  /** Default 16, of which number 0 is never given out. */
  readonly interrupts?: number;
  readonly fails?: (call: FirmwareCall) => boolean;
}
export interface World {
  readonly device: Xics;
  /** An argument in user memory, eight bytes. */
  place(value: bigint): bigint;
  set(irq: number, value: bigint): number;
  get(irq: number): bigint;
  pq(state: IrqState): Pq;
  /** Entries written so far into the queue of a server's priority. */
  entries(server: number, priority: number): number;
}
export function world({ servers = 2, interrupts = 16, fails, ...options }: WorldOptions = {}): World {
  const memory = new HostMemory({ load: () => undefined, store: () => false });
  const user = new EightBytes();
  const host = new HostXive({ memory, interrupts, processors: 4, ...fails && { fails } });
  const device = new Xics({ host, memory, user, ...options });
  device.setServers(4);
  const view = new DataView(user.bytes.buffer);
  const place = (value: bigint): bigint => (view.setBigUint64(0, value, true), HERE);
  for (let server = 0; server < servers; server++) device.connect(server);
  return {
    device, place,
    set: (irq, value) => device.setAttr(1, BigInt(irq), place(value)),
    get(irq) {
      expect(device.getAttr(1, BigInt(irq), HERE)).toBe(0);
      return view.getBigUint64(0, true);
    },
    pq: ({ ipi, passthrough }) => host.chip.sources.pq(passthrough || ipi),
    entries: (server, priority) => host.queueState(server, priority)!.qindex,
  };
}

/** A source at priority 5 of server 1, in the state that is given. */
export function source(known: Partial<IrqState> & { readonly pq: Pq }): World & { readonly state: IrqState } {
  const one = world();
  one.set(IRQ, (5n << 32n) + 1n);
  const { pq, ...fields } = known;
  const state = Object.assign(one.device.irqs.get(IRQ)!, fields);
  one.device.host.chip.sources.setPq(state.ipi, pq);
  return { ...one, state };
}
