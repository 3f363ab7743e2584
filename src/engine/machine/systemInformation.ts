/**
 * STORE SYSTEM INFORMATION blocks and the CPU identification of this machine (Principles of Operation,
 * chapter 10).
 */
import { latinToEbcdic } from "../devices/sclp/ebcdic.ts";

/** Version ff (a virtual machine's), machine type 2964; the number field is the CPU's own affair. */
export const cpuIdentification = 0xff00_0000_2964_0000n;

const BLOCK = 4096;
/** Lower is faster; Linux shows 10,000,000 divided by it: the million instructions of a virtual second. */
const CAPABILITY = 10_000;
/** The configuration level that function code 0 asks for: a virtual machine. */
const LEVEL_VIRTUAL_MACHINE = 3;

function put(block: Uint8Array, at: number, text: string, width: number): void {
  const padded = text.padEnd(width, " ").slice(0, width);
  block.set(latinToEbcdic(Uint8Array.from(padded, (c) => c.charCodeAt(0))), at);
}

/**
 * The block, or undefined for a combination that does not exist (condition code 3). Function code 0 is the
 * CPU's own.
 */
export function systemInformation(
  functionCode: number, selector1: number, selector2: number, cpus: number, cpuAddress: number,
): Uint8Array | undefined {
  const block = new Uint8Array(BLOCK);
  const view = new DataView(block.buffer);
  const which = functionCode * 100 + selector1 * 10 + selector2;
  switch (which) {
    case 0: return Uint8Array.of(LEVEL_VIRTUAL_MACHINE);
    case 111:
      put(block, 32, "LATCHWORK", 16);
      put(block, 48, "2964", 4);
      put(block, 64, "LATCHWORK", 16);
      put(block, 80, "0000000000000001", 16);
      put(block, 96, "LATC", 4);
      return block;
    case 121:
      put(block, 80, "0000000000000001", 16);
      put(block, 96, "LATC", 4);
      view.setUint16(100, cpuAddress);
      return block;
    case 122:
      view.setUint32(32, CAPABILITY);
      view.setUint16(36, cpus);
      view.setUint16(38, cpus);
      return block;
    case 221:
      put(block, 80, "0000000000000001", 16);
      put(block, 96, "LATC", 4);
      view.setUint16(100, cpuAddress);
      view.setUint16(102, cpuAddress);
      return block;
    case 222:
      view.setUint16(36, cpus);
      view.setUint16(38, cpus);
      put(block, 44, "LATCHWRK", 8);
      return block;
    case 322:
      view.setUint8(31, 1);
      view.setUint16(36, cpus);
      view.setUint16(38, cpus);
      put(block, 44, "LATCHWRK", 8);
      put(block, 56, "KVM/Latchwork", 16);
      return block;
    default: return undefined;
  }
}
