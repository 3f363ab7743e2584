/** Lines of a machine's interruptions on their way to the host, where it wants them: some at a time. */
import type { MachineEvent } from "../api/machine.ts";
import type { S390Ccw } from "../machine/s390Ccw.ts";

const LINES_MAX = 512;

export class TraceLines {
  private readonly isOn: boolean;
  private readonly send: (event: MachineEvent) => void;
  private lines: string[] = [];

  constructor(isOn: boolean, send: (event: MachineEvent) => void) {
    this.isOn = isOn;
    this.send = send;
  }
  observe(machine: S390Ccw): void {
    if (!this.isOn) return;
    machine.onTrace = (line) => {
      this.lines.push(line);
      if (this.lines.length >= LINES_MAX) this.flush();
    };
  }
  flush(): void {
    if (this.lines.length > 0) this.send({ type: "trace", lines: this.lines });
    this.lines = [];
  }
}
