/** The machine around an s390 device with nothing behind it: RAM, stepped time, and ports that listen. */
import type { FloatingInterruptPort, MachinePorts } from "../devices/ports.ts";
import { GuestMemory } from "../memory/guestMemory.ts";
import { copyRam } from "./copyRam.ts";
import { SteppedTime } from "./steppedTime.ts";

export class QuietPorts implements MachinePorts, FloatingInterruptPort {
  readonly memory: GuestMemory;
  readonly time = new SteppedTime();
  readonly interrupts = this;
  /** What came from the device, one line each. */
  heard: string[] = [];
  private routes = 0;

  constructor(memoryBytes: number) {
    this.memory = GuestMemory.standalone(memoryBytes);
  }

  /** Stands where another stands: RAM, time and routes; nothing was heard yet. */
  follow({ memory, time, routes }: QuietPorts): void {
    copyRam(this.memory, memory);
    this.time.follow(time);
    this.routes = routes;
    this.heard = [];
  }
  /** What was heard since this was last asked. */
  takeHeard(): string {
    const text = this.heard.join("; ");
    this.heard = [];
    return text;
  }

  consoleOut(bytes: Uint8Array): void {
    this.heard.push(`shows ${bytes.join()}`);
  }
  service(parm: number): void {
    this.heard.push(`service ${parm}`);
  }
  io(id: number, number: number, parameter: number, word: number): void {
    this.heard.push(`io ${[id, number, parameter, word].join()}`);
  }
  clearIo(id: number, number: number): void {
    this.heard.push(`clear io ${id},${number}`);
  }
  channelReport(): void {
    this.heard.push("channel report");
  }
  adapterGsi(gsi: number): number {
    this.heard.push(`gsi ${gsi}`);
    return 1;
  }
  /** GSIs count up and are never used again. */
  routeAdapter(_id: number, _indicator: bigint, _summary: bigint, _bit: number, queues: number): number[] {
    const first = this.routes;
    this.routes += queues;
    return Array.from({ length: queues }, (_, queue) => (first + queue) & 0xffff);
  }
  unrouteAdapter(gsis: readonly number[]): void {
    this.heard.push(`unroute ${gsis.join()}`);
  }
  registerAdapter(id: number, isc: number): void {
    this.heard.push(`adapter ${id} of ${isc}`);
  }
}
