/** A way control may go from one instruction. */
export interface Branch {
  /** Distance in bytes from the instruction, or undefined if computed. */
  readonly distance: number | undefined;
  /** Always taken. */
  readonly always: boolean;
  /** Inside a condition of the meaning: compiled as a way out of the region. */
  readonly nested: boolean;
}
