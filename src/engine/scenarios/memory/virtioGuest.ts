/**
 * A virtio console whose driver has been through its negotiation, and as much of the driver as sends lines:
 * it suppresses notifications by the event index (Virtio 1.2, section 2.7.10).
 */
import { s390DeviceMachine } from "../../deviceMachine/s390DeviceMachine.ts";
import { SteppedTime } from "../../deviceMachine/steppedTime.ts";
import { FlicInterruptPort } from "../../devices/kvm/floatingPort.ts";
import type { MachinePorts } from "../../devices/ports.ts";
import { VirtioCcwDevice } from "../../devices/virtio/ccwTransport.ts";
import { VirtioConsole } from "../../devices/virtio/console.ts";
import type { VirtioCcwState } from "../../devices/virtio/state.ts";
import { feature } from "../../devices/virtio/virtioBits.ts";
import type { GuestMemory } from "../../memory/guestMemory.ts";

const TRANSMIT = 1;
const ENTRIES = 64;
const DESCRIPTORS = 0x1_0000, AVAILABLE = 0x1_1000, USED = 0x1_2000, TEXT = 0x1_3000;

const started = (): VirtioCcwState => {
  const unset = {
    size: ENTRIES, descriptors: 0n, available: 0n, used: 0n, lastAvailable: 0, usedIndex: 0,
    signalledUsed: -1, broken: false,
  };
  const transmit =
    { ...unset, descriptors: BigInt(DESCRIPTORS), available: BigInt(AVAILABLE), used: BigInt(USED) };
  return {
    revision: 2, status: 0x0f, driverFeatures: feature.ringEventIndex | feature.version1,
    indicators: { queues: 0n, config: 0n, adapter: null, routes: [] }, queues: [unset, transmit],
  };
};

export class VirtioGuest {
  readonly memory: GuestMemory;
  /** What the console has shown. */
  shown = "";
  /** The driver's notification waits until the device's thread looks. */
  isSignalled = false;
  private readonly ports: MachinePorts;
  private device: VirtioCcwDevice;
  private offered = 0;

  constructor() {
    const { kvm, memory } = s390DeviceMachine();
    this.memory = memory;
    this.ports = {
      memory, interrupts: new FlicInterruptPort(kvm.flic), time: new SteppedTime(),
      consoleOut: () => undefined,
    };
    this.device = this.built(started());
  }

  /** The driver offers a line of one character and notifies, if the device has asked for it. */
  send(character: string): void {
    const { memory } = this;
    const entry = this.offered % ENTRIES;
    memory.setU8(TEXT + entry, character.charCodeAt(0), "loader");
    littleEndian(memory, DESCRIPTORS + 16 * entry, 8, TEXT + entry);
    littleEndian(memory, DESCRIPTORS + 16 * entry + 8, 4, 1);
    littleEndian(memory, AVAILABLE + 4 + 2 * entry, 2, entry);
    littleEndian(memory, AVAILABLE + 2, 2, ++this.offered);
    const event = memory.u8(USED + 4 + 8 * ENTRIES);
    if (event === this.offered - 1) this.isSignalled = true;
  }

  /** The machine goes on in another process, with its RAM; what was signalled there is not signalled here. */
  move(): void {
    this.device = this.built(structuredClone(this.device.save()));
    this.isSignalled = false;
  }

  /** The device's thread looks at the queue. */
  notify(): void {
    this.device.notify(TRANSMIT);
    this.isSignalled = false;
  }

  private built(state: VirtioCcwState): VirtioCcwDevice {
    const device = new VirtioCcwDevice(this.ports, new VirtioConsole((bytes) => {
      this.shown += String.fromCharCode(...bytes);
    }));
    device.load(state);
    return device;
  }
}

function littleEndian(memory: GuestMemory, address: number, length: number, value: number): void {
  for (let at = 0; at < length; at++)
    memory.setU8(address + at, Math.floor(value / 256 ** at) & 0xff, "loader");
}
