/**
 * Resets that a guest asks for (DIAGNOSE 0x308), the watchdog causes or a person wants, and the initial
 * program load. What each kind does to the CPUs: subcode 0 resets all of every CPU, subcode 1 is a CPU
 * reset of the others and an initial CPU reset of the caller; both then load the short PSW at absolute 0.
 * Subcodes 3 and 4 are an IPL with storage cleared or kept.
 */
import type { MachineConfig } from "../api/machine.ts";
import { PAGE_BYTES } from "../api/snapshot.ts";
import type { Result } from "../base/result.ts";
import type { Core } from "../cpu/core.ts";
import type { ResetKind } from "../devices/diag/cpuPort.ts";
import { loadGuest } from "./loader.ts";
import { startOfShortPsw, type StartPsw } from "./shortPsw.ts";
import type { ResetWanted } from "./state.ts";
import type { CpuReset, VcpuAdapter } from "./vcpuAdapter.ts";

/** What the watchdog and a person do to a machine: storage is cleared and the guest loaded again. */
export const loadAnew: ResetWanted = { kind: "re-ipl-clear", cpu: 0 };

export interface ResetPorts {
  readonly core: Core;
  readonly adapters: readonly VcpuAdapter[];
  readonly config: MachineConfig;
  /** A CPU leaves the operating state, its pending local interrupts are cleared. */
  stopCpu(cpu: number): void;
  startCpu(cpu: number): void;
  /** Channel subsystem, service processor, hypervisor calls, watchdog and the floating interrupts. */
  resetSubsystems(): void;
}

/** Loads the guest and makes CPU 0 ready to start; refuses with the loader's sentence. */
export function initialProgramLoad(p: ResetPorts): Result<StartPsw, string> {
  const { config, core } = p;
  const loaded = loadGuest(core.ram, config.kernel, config.initrd, config.commandLine);
  if (!loaded.ok) return loaded;
  resetCpus(p, () => "clear");
  core.switchTo(core.vcpus[0]!);
  core.setPsw(loaded.value.pswMask, loaded.value.pswAddress);
  p.startCpu(0);
  return loaded;
}

/** `caller` is the CPU that asked. Refuses where the guest cannot be loaded again. */
export function performReset(p: ResetPorts, kind: ResetKind, caller: number): Result<StartPsw, string> {
  p.resetSubsystems();
  // What is loaded next lies over the old guest's code: frames that are known as code would make its stores
  // slow.
  p.core.dropCode();
  if (kind === "re-ipl-clear" || kind === "re-ipl-dump") {
    if (kind === "re-ipl-clear") clearStorage(p.core);
    return initialProgramLoad(p);
  }
  if (kind === "modified-clear") resetCpus(p, () => "clear");
  else resetCpus(p, (cpu) => (cpu === caller ? "initial" : "cpu"));
  return { ok: true, value: loadShortPsw(p, caller) };
}

function resetCpus(p: ResetPorts, kindOf: (cpu: number) => CpuReset): void {
  for (const adapter of p.adapters) {
    p.stopCpu(adapter.id);
    adapter.reset(kindOf(adapter.id));
  }
}

/** A doubleword that is not a short PSW gives a PSW with bit 12 one: an early specification exception. */
function loadShortPsw({ core, startCpu }: ResetPorts, cpu: number): StartPsw {
  const psw = startOfShortPsw(core.ram.u64(0));
  core.switchTo(core.vcpus[cpu]!);
  startCpu(cpu);
  core.loadPsw(psw.pswMask, psw.pswAddress);
  return psw;
}

/** Page by page: what was never written holds zeros, and need not become memory of the host. */
function clearStorage(core: Core): void {
  for (const page of core.storage.dirty.written()) core.ram.fill(page * PAGE_BYTES, PAGE_BYTES, 0, "loader");
  core.storage.keys.fill(0);
  core.purge(undefined);
}
