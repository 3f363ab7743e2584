/**
 * The engine's WebAssembly memory and typed views of it. The memory never grows, so the views stay valid.
 * Guest RAM lies reversed at its end; `top` is the host offset just above absolute address 0.
 */
import { assert } from "../base/assert.ts";
import type { MemoryLimits } from "../wasm/module.ts";
import { FRAME_INFO, frameInfoBytes } from "./layout.ts";

export class EngineMemory {
  readonly wasm: WebAssembly.Memory;
  readonly limits: MemoryLimits;
  readonly u8: Uint8Array;
  readonly u16: Uint16Array;
  readonly u32: Uint32Array;
  readonly i32: Int32Array;
  readonly u64: BigUint64Array;
  readonly view: DataView;
  readonly top: number;
  readonly ramSize: number;

  constructor(ramSize: number) {
    assert(ramSize % 0x10000 === 0, "guest RAM is a multiple of 64 KiB");
    const pages = (FRAME_INFO + frameInfoBytes(ramSize) + ramSize) / 0x10000;
    this.limits = { min: pages, max: pages };
    this.wasm = new WebAssembly.Memory({ initial: pages, maximum: pages });
    const buffer = this.wasm.buffer;
    this.u8 = new Uint8Array(buffer);
    this.u16 = new Uint16Array(buffer);
    this.u32 = new Uint32Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.u64 = new BigUint64Array(buffer);
    this.view = new DataView(buffer);
    this.top = buffer.byteLength;
    this.ramSize = ramSize;
  }

  /** Halfword of guest RAM at an absolute even address. */
  halfword(absolute: number): number {
    return this.u16[(this.top - absolute - 2) >>> 1]!;
  }
}
