/**
 * Configuration space of a PCI function with interrupts: header, MSI capability (64-bit addresses, up to 32
 * vectors) and MSI-X capability. 256 bytes, little endian; accesses of 1, 2 or 4 bytes, naturally aligned.
 * PCI Local Bus Specification 3.0, chapter 6.
 */

export const CONFIG_BYTES = 256;
export const register = {
  VENDOR: 0x00, DEVICE: 0x02, COMMAND: 0x04, STATUS: 0x06, CAPABILITIES: 0x34, INTERRUPT_LINE: 0x3c,
  INTERRUPT_PIN: 0x3d, MSI: 0x50, MSIX: 0x70,
} as const;
export const command = { BUS_MASTER: 0x4, INTX_DISABLE: 0x400 } as const;
/** Status: the function's line is up, whether or not it may show. */
export const STATUS_INTERRUPT = 0x08;
/** Status: there is a list of capabilities. */
const STATUS_CAPABILITIES = 0x10;
const ID_MSI = 0x05;
const ID_MSIX = 0x11;
const MSI_64_BIT = 0x80;
/** Message control of MSI: enable, log2 of the vectors that there are, and of those enabled. */
export const msiControl = {
  ENABLE: 0x1, capable: (log: number): number => log << 1, enabledMask: 0x70,
} as const;
/** Message control of MSI-X. */
export const msixControl = { FUNCTION_MASK: 0x4000, ENABLE: 0x8000 } as const;

export interface ConfigShape {
  readonly vendor: number;
  readonly device: number;
  /** Vectors of each kind: MSI a power of two up to 32, MSI-X up to 2048; 0 for none. */
  readonly msi: number;
  readonly msix: number;
  readonly hasLine: boolean;
}

export class ConfigSpace {
  readonly bytes = new Uint8Array(CONFIG_BYTES);
  private readonly view = new DataView(this.bytes.buffer);
  /** Bits that a write changes. */
  private readonly writable = new Uint8Array(CONFIG_BYTES);

  constructor({ vendor, device, msi, msix, hasLine }: ConfigShape) {
    this.view.setUint16(register.VENDOR, vendor, true);
    this.view.setUint16(register.DEVICE, device, true);
    this.bytes[register.INTERRUPT_PIN] = hasLine ? 1 : 0;
    this.allow(register.COMMAND, [command.BUS_MASTER | 2, command.INTX_DISABLE >> 8]);
    this.allow(register.INTERRUPT_LINE, [0xff]);
    if (msi || msix) this.bytes[register.STATUS] = STATUS_CAPABILITIES;
    this.bytes[register.CAPABILITIES] = msi ? register.MSI : msix ? register.MSIX : 0;
    if (msi) this.addMsi(msi, msix > 0);
    if (msix) this.addMsix(msix);
  }

  read(offset: number, size: 1 | 2 | 4): number {
    if (!isAccess(offset, size)) return size === 4 ? 0xffff_ffff : (1 << (8 * size)) - 1;
    if (size === 1) return this.view.getUint8(offset);
    return size === 2 ? this.view.getUint16(offset, true) : this.view.getUint32(offset, true);
  }

  /** Changes the bits that can be written; false for an access that no function answers. */
  write(offset: number, size: 1 | 2 | 4, value: number): boolean {
    if (!isAccess(offset, size)) return false;
    for (let at = 0; at < size; at++) {
      const mask = this.writable[offset + at]!;
      const byte = (value >>> (8 * at)) & mask;
      this.bytes[offset + at] = (this.bytes[offset + at]! & ~mask) | byte;
    }
    return true;
  }

  /** Interrupt status, which only the function itself sets. */
  setInterruptStatus(isRaised: boolean): void {
    const status = this.bytes[register.STATUS]!;
    this.bytes[register.STATUS] = isRaised ? status | STATUS_INTERRUPT : status & ~STATUS_INTERRUPT;
  }

  /** Differs from what is here in nothing but what a write or the function itself can change. */
  canBecome(bytes: Uint8Array): boolean {
    const changes = (at: number): number =>
      this.writable[at]! | (at === register.STATUS ? STATUS_INTERRUPT : 0);
    return bytes.length === CONFIG_BYTES
      && bytes.every((byte, at) => ((byte ^ this.bytes[at]!) & ~changes(at)) === 0);
  }

  private addMsi(vectors: number, hasNext: boolean): void {
    this.bytes[register.MSI] = ID_MSI;
    this.bytes[register.MSI + 1] = hasNext ? register.MSIX : 0;
    this.bytes[register.MSI + 2] = MSI_64_BIT | msiControl.capable(Math.log2(vectors));
    this.allow(register.MSI + 2, [msiControl.ENABLE | msiControl.enabledMask]);
    this.allow(register.MSI + 4, [0xfc, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
  }

  private addMsix(vectors: number): void {
    this.bytes[register.MSIX] = ID_MSIX;
    this.view.setUint16(register.MSIX + 2, vectors - 1, true);
    this.allow(register.MSIX + 3, [(msixControl.ENABLE | msixControl.FUNCTION_MASK) >> 8]);
  }

  private allow(offset: number, masks: readonly number[]): void {
    this.writable.set(masks, offset);
  }
}

/** The function's line is up, says a configuration space. */
export const hasInterruptStatus = (config: Uint8Array): boolean =>
  (config[register.STATUS]! & STATUS_INTERRUPT) !== 0;

const isAccess = (offset: number, size: number): boolean =>
  Number.isInteger(offset) && offset >= 0 && offset + size <= CONFIG_BYTES && offset % size === 0;
