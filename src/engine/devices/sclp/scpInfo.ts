/**
 * READ SCP INFO and READ CPU INFO: what the configuration is.
 * Field offsets as Linux's `struct read_info_sccb` and `struct read_cpu_info_sccb` expect them.
 */
import { response, type Sccb } from "./sccb.ts";

export interface SclpConfig {
  /** A multiple of 1 MiB. */
  readonly memoryBytes: number;
  readonly cpus: number;
  /** Line-mode console besides the VT220 one; default true. */
  readonly lineMode?: boolean;
  /** IPL load parameter, eight EBCDIC characters; default blanks. */
  readonly loadParameter?: Uint8Array;
  /** Facility bytes by offset, where the board wants others than the default. */
  readonly facilityBytes?: Readonly<Record<number, number>>;
}

const CPU_ENTRY_BYTES = 16;
const SCP_CPUS_OFFSET = 128;
const CPU_INFO_OFFSET = 24;
const MIB = 0x10_0000;
const EBCDIC_BLANK = 0x40;

/** READ CPU INFO is provided (facilities, bits 4 and 5). */
const FACILITIES = 0x0c00_0000_0000_0000n;
/** Enhanced suppression on protection (byte 85); 2^47 is the highest host address (byte 99). */
const DEFAULT_FACILITY_BYTES: Readonly<Record<number, number>> = { 85: 0x02, 99: 0x2f };

export function readScpInfo(sccb: Sccb, config: SclpConfig): void {
  const { bytes, view } = sccb;
  if (sccb.length < SCP_CPUS_OFFSET + config.cpus * CPU_ENTRY_BYTES) {
    sccb.responseCode = response.insufficientLength;
    return;
  }
  bytes.fill(0, 8, SCP_CPUS_OFFSET);
  const increments = Math.floor(config.memoryBytes / MIB);
  if (increments < 0x1_0000) view.setUint16(8, increments);
  else view.setBigUint64(104, BigInt(increments));
  bytes[10] = 1;
  view.setUint16(16, config.cpus);
  view.setUint16(18, SCP_CPUS_OFFSET);
  bytes.fill(EBCDIC_BLANK, 24, 32);
  bytes.set((config.loadParameter ?? new Uint8Array()).subarray(0, 8), 24);
  view.setBigUint64(48, FACILITIES);
  // Highest CPU address.
  view.setUint16(120, config.cpus - 1);
  const facilityBytes = { ...DEFAULT_FACILITY_BYTES, ...config.facilityBytes };
  for (const [offset, value] of Object.entries(facilityBytes)) bytes[Number(offset)] = value;
  writeCpuEntries(bytes, SCP_CPUS_OFFSET, config.cpus);
  sccb.responseCode = response.readComplete;
}

export function readCpuInfo(sccb: Sccb, config: SclpConfig): void {
  const { bytes, view } = sccb;
  const end = CPU_INFO_OFFSET + config.cpus * CPU_ENTRY_BYTES;
  if (sccb.length < end) {
    sccb.responseCode = response.insufficientLength;
    return;
  }
  bytes.fill(0, 8, CPU_INFO_OFFSET);
  view.setUint16(8, config.cpus);
  view.setUint16(10, CPU_INFO_OFFSET);
  // No standby CPUs (bytes 12-13); their list starts behind the configured ones.
  view.setUint16(14, end);
  writeCpuEntries(bytes, CPU_INFO_OFFSET, config.cpus);
  sccb.responseCode = response.readComplete;
}

/** CPU address (byte 0); all facility bits and the type (byte 14: 0 general purpose) are zero. */
function writeCpuEntries(bytes: Uint8Array, offset: number, cpus: number): void {
  bytes.fill(0, offset, offset + cpus * CPU_ENTRY_BYTES);
  for (let cpu = 0; cpu < cpus; cpu++) bytes[offset + cpu * CPU_ENTRY_BYTES] = cpu;
}
