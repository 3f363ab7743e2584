/** What a PCI function asks of the bridge above it. Vectors and lines count from 0 within the function. */
export interface BridgePort {
  /** A message of one vector reaches the bridge. */
  message(vector: number): void;
  /** The function's interrupt line, INTA, goes up or down. */
  line(isRaised: boolean): void;
}
