/**
 * Runs instruction records on the peer (execute.c under qemu-s390x) and reads the answers back.
 * The record layout is that of `struct record` in execute.c.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const recordSize = 224;
const areaSize = 64;

/** What an instruction is given: registers are in the order FPR 0 2 4 6 1 3 and GPR 0 1 2 3. */
export interface PeerInput {
  readonly instruction: Uint8Array;
  readonly fpc?: number;
  readonly fpr?: readonly bigint[];
  readonly gpr?: readonly bigint[];
  /** Addressed by GPR 4. */
  readonly areaA?: Uint8Array;
  /** Addressed by GPR 5. */
  readonly areaB?: Uint8Array;
}

export interface PeerOutput {
  readonly fpc: number;
  readonly cc: number;
  /** 0, or the signal the instruction raised (4 SIGILL, 8 SIGFPE, 11 SIGSEGV). */
  readonly signal: number;
  readonly fpr: readonly bigint[];
  readonly gpr: readonly bigint[];
  readonly areaA: Uint8Array;
  readonly areaB: Uint8Array;
}

function findTool(name: string): string | undefined {
  const found = spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' });
  return found.status === 0 ? found.stdout.trim() : undefined;
}

/** Why the peer cannot run here, with the command that helps; undefined when it can. */
export function peerUnavailable(): string | undefined {
  const missing = ['qemu-s390x', 's390x-linux-gnu-gcc'].filter((name) => findTool(name) === undefined);
  if (missing.length === 0) return undefined;
  return `${missing.join(' and ')} not installed: apt-get install qemu-user gcc-s390x-linux-gnu`;
}

let program: string | undefined;

function buildProgram(): string {
  if (program !== undefined && existsSync(program)) return program;
  program = join(mkdtempSync(join(tmpdir(), 'latchwork-peer-')), 'execute');
  const source = join(import.meta.dirname, 'execute.c');
  execFileSync('s390x-linux-gnu-gcc', ['-march=z13', '-O1', '-static', '-o', program, source]);
  return program;
}

function encode(buffer: Buffer, at: number, input: PeerInput): void {
  buffer.set(input.instruction, at);
  buffer[at + 6] = input.instruction.length;
  buffer.writeUInt32BE(input.fpc ?? 0, at + 8);
  (input.fpr ?? []).forEach((value, i) => buffer.writeBigUInt64BE(value, at + 16 + 8 * i));
  (input.gpr ?? []).forEach((value, i) => buffer.writeBigUInt64BE(value, at + 64 + 8 * i));
  if (input.areaA) buffer.set(input.areaA, at + 96);
  if (input.areaB) buffer.set(input.areaB, at + 96 + areaSize);
}

function decode(buffer: Buffer, at: number): PeerOutput {
  const words = (start: number, count: number): bigint[] =>
    Array.from({ length: count }, (_, i) => buffer.readBigUInt64BE(at + start + 8 * i));
  return {
    cc: buffer[at + 7]!,
    fpc: buffer.readUInt32BE(at + 8),
    signal: buffer.readUInt32BE(at + 12),
    fpr: words(16, 6),
    gpr: words(64, 4),
    areaA: buffer.subarray(at + 96, at + 96 + areaSize),
    areaB: buffer.subarray(at + 96 + areaSize, at + 96 + 2 * areaSize),
  };
}

/** Executes each input on its own; the answers come back in the same order. */
export function runOnPeer(inputs: readonly PeerInput[]): PeerOutput[] {
  const buffer = Buffer.alloc(inputs.length * recordSize);
  inputs.forEach((input, i) => encode(buffer, i * recordSize, input));
  const run = spawnSync('qemu-s390x', ['-cpu', 'max', buildProgram()], {
    input: buffer,
    maxBuffer: buffer.length + recordSize,
  });
  if (run.status !== 0 || run.stdout.length !== buffer.length) {
    throw new Error(`the peer ended with ${run.status ?? run.signal}: ${run.stderr.toString()}`);
  }
  return inputs.map((_, i) => decode(run.stdout, i * recordSize));
}
