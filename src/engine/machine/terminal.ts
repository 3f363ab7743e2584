/**
 * The one terminal of a machine: what the guest writes to any of its consoles (SCLP, virtio) is shown, and
 * what a person types goes to the console that was written to last.
 */
export type ConsoleName = "sclp" | "virtio";

export interface TerminalPorts {
  /** Bytes for the person. */
  show(bytes: Uint8Array): void;
  /** Bytes that went to or came from the person, for the trace hash. */
  note(bytes: Uint8Array): void;
  /** Gives bytes that were typed to a console. */
  give(to: ConsoleName, bytes: Uint8Array): void;
}

const NEW_LINE = Uint8Array.of(13, 10);

export class Terminal {
  inputGoesTo: ConsoleName = "sclp";
  private readonly ports: TerminalPorts;

  constructor(ports: TerminalPorts) {
    this.ports = ports;
  }
  show(from: ConsoleName, bytes: Uint8Array): void {
    this.inputGoesTo = from;
    this.ports.note(bytes);
    this.ports.show(bytes);
  }
  /**
   * For the person alone, behind a reset: what boots next has its own line, not the rest of the one that was
   * cut off.
   */
  newLine(): void {
    this.ports.show(NEW_LINE);
  }
  type(bytes: Uint8Array): void {
    this.ports.note(bytes);
    this.ports.give(this.inputGoesTo, bytes);
  }
}
