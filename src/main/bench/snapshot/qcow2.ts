/**
 * An empty disk in QEMU's format, for its `savevm` to keep a machine's state in.
 * Source: QEMU, docs/interop/qcow2.txt (version 3; clusters of 64 KiB, reference counts of 16 bits).
 */

const CLUSTER_BYTES = 1 << 16;
/** Header, reference table, reference block, L1 table: a cluster each. */
const [REFERENCE_TABLE, REFERENCE_BLOCK, L1_TABLE, CLUSTERS] = [1, 2, 3, 4];
const HEADER_BYTES = 104;

/** A disk of one cluster that holds nothing. */
export function emptyQcow2(): Uint8Array {
  const bytes = new Uint8Array(CLUSTERS * CLUSTER_BYTES);
  const view = new DataView(bytes.buffer);
  const offsetOf = (cluster: number): bigint => BigInt(cluster * CLUSTER_BYTES);
  view.setUint32(0, 0x514649fb);
  view.setUint32(4, 3);
  view.setUint32(20, 16);
  view.setBigUint64(24, BigInt(CLUSTER_BYTES));
  view.setUint32(36, 1);
  view.setBigUint64(40, offsetOf(L1_TABLE));
  view.setBigUint64(48, offsetOf(REFERENCE_TABLE));
  view.setUint32(56, 1);
  view.setUint32(96, 4);
  view.setUint32(100, HEADER_BYTES);
  view.setBigUint64(REFERENCE_TABLE * CLUSTER_BYTES, offsetOf(REFERENCE_BLOCK));
  for (let cluster = 0; cluster < CLUSTERS; cluster++)
    view.setUint16(REFERENCE_BLOCK * CLUSTER_BYTES + 2 * cluster, 1);
  return bytes;
}
