/** Registers of a CPU that may belong to a protected guest. */
import type { RegisterCpu } from "../../../../../src/engine/deviceMachine/registerCpu.ts";
import type { VcpuPort } from "../../../../../src/engine/devices/flic/vcpuPort.ts";

export type ModelCpu = RegisterCpu & Pick<VcpuPort, "injectionBusy" | "injectProtected">;
