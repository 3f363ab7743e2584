/** Every kind of object that a script may hold, and what may be called on it. */
import type { ApVm as ApVmApi } from "../../../resources/scripts/api/ap.d.ts";
import type { ArmVcpu as ArmVcpuApi, ArmVm as ArmVmApi } from "../../../resources/scripts/api/arm.d.ts";
import type { KvmFactory as KvmFactoryApi } from "../../../resources/scripts/api/kvm.d.ts";
import type {
  HostInterrupt as HostInterruptApi, PassthroughCall as PassthroughCallApi, PassthroughVm as PassthroughVmApi,
  PciFunction as PciFunctionApi, UserSpace as UserSpaceApi,
} from "../../../resources/scripts/api/passthrough.d.ts";
import type {
  PowerVcpu as PowerVcpuApi, PowerVm as PowerVmApi, Pseries as PseriesApi,
} from "../../../resources/scripts/api/power.d.ts";
import type { RequestVcpus as RequestVcpusApi } from "../../../resources/scripts/api/requests.d.ts";
import type {
  DirtyRing as DirtyRingApi, KvmDevice as KvmDeviceApi, S390Vcpu as S390VcpuApi, S390Vm as S390VmApi,
} from "../../../resources/scripts/api/s390.d.ts";
import type {
  Machine as MachineApi, Machines as MachinesApi,
} from "../../../resources/scripts/api/machines.d.ts";
import type { Snapshots as SnapshotsApi } from "../../../resources/scripts/api/snapshots.d.ts";
import type { Codecs as CodecsApi } from "../../../resources/scripts/api/values.d.ts";
import { AskedMachine } from "./askedMachine.ts";
import { AskedMachines, machinesMethods } from "./askedMachines.ts";
import { AskedSnapshots, snapshotsMethods } from "./askedSnapshots.ts";
import { ApVm, apVmMethods } from "./facade/apVm.ts";
import { ArmVcpu, armVcpuMethods } from "./facade/armVcpu.ts";
import { ArmVm, armVmMethods } from "./facade/armVm.ts";
import { Codecs, codecMethods } from "./facade/codecs.ts";
import { KvmDevice, kvmDeviceMethods } from "./facade/kvmDevice.ts";
import { KvmFactory, kvmFactoryMethods } from "./facade/kvmFactory.ts";
import { BegunCall, begunCallMethods } from "./facade/passthroughCall.ts";
import { ScriptHostInterrupt, hostInterruptMethods } from "./facade/passthroughHost.ts";
import { PassthroughUserSpace, userSpaceMethods } from "./facade/passthroughUserSpace.ts";
import { PassthroughVm, passthroughVmMethods } from "./facade/passthroughVm.ts";
import { ScriptPciFunction, pciFunctionMethods } from "./facade/pciFunction.ts";
import { PowerVcpu, powerVcpuMethods } from "./facade/powerVcpu.ts";
import { PowerVm, powerVmMethods } from "./facade/powerVm.ts";
import { Pseries, pseriesMethods } from "./facade/pseries.ts";
import { RequestVcpus, requestVcpusMethods } from "./facade/requestVcpus.ts";
import { dirtyRingMethods, s390VmMethods } from "./facade/s390Methods.ts";
import { S390Vcpu, s390VcpuMethods } from "./facade/s390Vcpu.ts";
import { S390Vm } from "./facade/s390Vm.ts";
import { ScriptDirtyRing } from "./facade/scriptDirtyRing.ts";
import { kindOf, type Kind } from "./hostObjects.ts";
import { machineMethods } from "./machineMethods.ts";

/** The more special kind stands first: the first that fits is an object's. */
export const kinds: readonly Kind[] = [
  kindOf<KvmFactoryApi>("KvmFactory", KvmFactory, kvmFactoryMethods),
  kindOf<CodecsApi>("Codecs", Codecs, codecMethods),
  kindOf<ApVmApi>("ApVm", ApVm, apVmMethods, ["fd", "profile"]),
  kindOf<S390VmApi>("S390Vm", S390Vm, s390VmMethods, ["fd", "profile"]),
  kindOf<S390VcpuApi>("S390Vcpu", S390Vcpu, s390VcpuMethods, ["fd", "address"]),
  kindOf<KvmDeviceApi>("KvmDevice", KvmDevice, kvmDeviceMethods, ["fd", "type"]),
  kindOf<PowerVmApi>("PowerVm", PowerVm, powerVmMethods, ["fd"]),
  kindOf<PowerVcpuApi>("PowerVcpu", PowerVcpu, powerVcpuMethods, ["fd", "id"]),
  kindOf<PseriesApi>("Pseries", Pseries, pseriesMethods),
  kindOf<PassthroughVmApi>("PassthroughVm", PassthroughVm, passthroughVmMethods),
  kindOf<PciFunctionApi>(
    "PciFunction", ScriptPciFunction, pciFunctionMethods, ["address", "hostIrq", "lineIrq"]),
  kindOf<PassthroughCallApi>("PassthroughCall", BegunCall, begunCallMethods, ["irqfd"]),
  kindOf<HostInterruptApi>("HostInterrupt", ScriptHostInterrupt, hostInterruptMethods, ["irq"]),
  kindOf<UserSpaceApi>("UserSpace", PassthroughUserSpace, userSpaceMethods),
  kindOf<ArmVmApi>("ArmVm", ArmVm, armVmMethods),
  kindOf<ArmVcpuApi>("ArmVcpu", ArmVcpu, armVcpuMethods, ["index"]),
  kindOf<RequestVcpusApi>("RequestVcpus", RequestVcpus, requestVcpusMethods),
  kindOf<DirtyRingApi>("DirtyRing", ScriptDirtyRing, dirtyRingMethods),
  kindOf<MachinesApi>("Machines", AskedMachines, machinesMethods),
  kindOf<SnapshotsApi>("Snapshots", AskedSnapshots, snapshotsMethods),
  kindOf<MachineApi>("Machine", AskedMachine, machineMethods, ["id"]),
];
