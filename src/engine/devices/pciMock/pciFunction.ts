/**
 * A PCI function to pass through: it does nothing but interrupt, by MSI, MSI-X or its line, whichever the
 * guest has enabled. What it may not send yet is kept as pending where the architecture has a bit for it.
 */
import {
  ConfigSpace, command, hasInterruptStatus, msiControl, msixControl, register, type ConfigShape,
} from "./configSpace.ts";
import type { BridgePort } from "./ports.ts";
import type { PciFunctionState } from "./state.ts";

/** How the function interrupts at the moment. */
export type InterruptKind = "line" | "msi" | "msix";
/** What became of an interrupt that the function wanted to send. */
export type SendOutcome = "sent" | "pending" | "lost";

export class PciFunction {
  readonly config: ConfigSpace;
  readonly shape: ConfigShape;
  /** Per MSI-X vector: 1 masked, as after reset. */
  readonly masked: Uint8Array;
  /** Pending bits of MSI-X. */
  readonly pending: Uint8Array;
  /** Called when the vectors that are enabled change: their kind and number, 0 for none. */
  onVectors: ((kind: "msi" | "msix", count: number) => void) | undefined;
  private isLineUp = false;
  private readonly bridge: BridgePort;

  constructor(shape: ConfigShape, bridge: BridgePort) {
    this.shape = shape;
    this.config = new ConfigSpace(shape);
    this.masked = new Uint8Array(shape.msix).fill(1);
    this.pending = new Uint8Array(shape.msix);
    this.bridge = bridge;
  }

  /** MSI-X before MSI before the line, as a function with both enabled does. */
  get kind(): InterruptKind {
    if (this.msixControl & msixControl.ENABLE) return "msix";
    return this.msiControl & msiControl.ENABLE ? "msi" : "line";
  }

  /** Vectors enabled, of the kind that is; 0 for the line. */
  get enabledVectors(): number {
    if (this.kind === "msix") return this.shape.msix;
    if (this.kind === "line") return 0;
    return Math.min(this.shape.msi, 1 << ((this.msiControl & msiControl.enabledMask) >> 4));
  }

  readConfig(offset: number, size: 1 | 2 | 4): number {
    return this.config.read(offset, size);
  }

  /** A write by the guest or the host; what it enables or unmasks takes effect at once. False if ignored. */
  writeConfig(offset: number, size: 1 | 2 | 4, value: number): boolean {
    const before = [this.kind, this.enabledVectors] as const;
    const isShown = this.showsLine();
    if (!this.config.write(offset, size, value)) return false;
    if (before[0] !== this.kind || before[1] !== this.enabledVectors) this.tellVectors(before[0]);
    if (isShown !== this.showsLine()) this.bridge.line(!isShown);
    this.sendPending();
    return true;
  }

  /** Masks or unmasks one MSI-X vector; false if there is none. What was pending is sent on unmasking. */
  maskVector(vector: number, isMasked: boolean): boolean {
    if (!this.hasVector(vector, this.shape.msix)) return false;
    this.masked[vector] = isMasked ? 1 : 0;
    this.sendPending();
    return true;
  }

  /** The function wants to interrupt by vector `vector` of the kind that is enabled. */
  interrupt(vector: number): SendOutcome {
    const { kind } = this;
    if (kind === "line" || !this.hasVector(vector, this.enabledVectors)) return "lost";
    if (kind === "msix" && this.isHeld(vector)) {
      this.pending[vector] = 1;
      return "pending";
    }
    return this.send(vector);
  }

  /** The function's line; it shows while no messages are enabled and the command register lets it. */
  setLine(isRaised: boolean): void {
    if (!this.shape.hasLine) return;
    const wasShown = this.showsLine();
    this.isLineUp = isRaised;
    this.config.setInterruptStatus(isRaised);
    if (wasShown !== this.showsLine()) this.bridge.line(isRaised);
  }

  private showsLine(): boolean {
    const isAllowed = (this.config.read(register.COMMAND, 2) & command.INTX_DISABLE) === 0;
    return this.isLineUp && isAllowed && this.kind === "line";
  }

  private send(vector: number): SendOutcome {
    // A message is a write of the function's own, which only a bus master may do.
    if ((this.config.read(register.COMMAND, 2) & command.BUS_MASTER) === 0) return "lost";
    this.bridge.message(vector);
    return "sent";
  }

  private sendPending(): void {
    if (this.kind !== "msix") return;
    this.pending.forEach((isPending, vector) => {
      if (!isPending || this.isHeld(vector)) return;
      this.pending[vector] = 0;
      this.send(vector);
    });
  }

  private isHeld(vector: number): boolean {
    return this.masked[vector] === 1 || (this.msixControl & msixControl.FUNCTION_MASK) !== 0;
  }

  private tellVectors(before: InterruptKind): void {
    const { kind, enabledVectors } = this;
    if (before !== kind && before !== "line") this.onVectors?.(before, 0);
    if (kind !== "line") this.onVectors?.(kind, enabledVectors);
  }

  private hasVector(vector: number, count: number): boolean {
    return Number.isInteger(vector) && vector >= 0 && vector < count;
  }

  private get msiControl(): number {
    return this.shape.msi ? this.config.read(register.MSI + 2, 2) : 0;
  }
  private get msixControl(): number {
    return this.shape.msix ? this.config.read(register.MSIX + 2, 2) : 0;
  }

  save(): PciFunctionState {
    const { config: { bytes }, masked, pending, isLineUp } = this;
    return { config: bytes.slice(), masked: masked.slice(), pending: pending.slice(), isLineUp };
  }

  /** True for a state that a function of this shape can have. */
  canLoad({ config, masked, pending, isLineUp }: PciFunctionState): boolean {
    return this.config.canBecome(config) && masked.length === this.masked.length
      && pending.length === this.pending.length && isLineUp === hasInterruptStatus(config);
  }

  /** Takes over a state that `canLoad` lets through; false, and nothing changed, for any other. */
  load(saved: PciFunctionState): boolean {
    if (!this.canLoad(saved)) return false;
    this.config.bytes.set(saved.config);
    this.masked.set(saved.masked);
    this.pending.set(saved.pending);
    this.isLineUp = saved.isLineUp;
    return true;
  }
}
