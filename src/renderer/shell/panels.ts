/** The panels of the workspace: what can be docked, under which name. */
import type { Component } from "vue";
import ConsoleBeside from "../features/console/ConsoleBeside.vue";
import ConsoleStage from "../features/console/ConsoleStage.vue";
import DevicePanel from "../features/devices/DevicePanel.vue";
import ScenariosPanel from "../features/devices/ScenariosPanel.vue";
import EsbPanel from "../features/esb/EsbPanel.vue";
import GuestApPanel from "../features/ap/GuestApPanel.vue";
import ApPanel from "../features/ap/ApPanel.vue";
import ArmPanel from "../features/arm/ArmPanel.vue";
import PassthroughPanel from "../features/passthrough/PassthroughPanel.vue";
import LitmusPanel from "../features/litmus/LitmusPanel.vue";
import LedgerPanel from "../features/devices/LedgerPanel.vue";
import DeviceFlicPanel from "../features/devices/DeviceFlicPanel.vue";
import DisassemblyPanel from "../features/disassembly/DisassemblyPanel.vue";
import FlicPanel from "../features/interrupts/FlicPanel.vue";
import LanesPanel from "../features/lanes/LanesPanel.vue";
import MemoryPanel from "../features/memory/MemoryPanel.vue";
import RegistersPanel from "../features/registers/RegistersPanel.vue";
import StopsPanel from "../features/stops/StopsPanel.vue";
import ScriptPanel from "../features/scripts/ScriptPanel.vue";
import TimelinePanel from "../features/timeline/TimelinePanel.vue";
import SnapshotsPanel from "../features/snapshots/SnapshotsPanel.vue";

export interface PanelKind {
  readonly id: string;
  readonly title: string;
  readonly component: Component;
  /** The chord that shows it. */
  readonly keys?: string;
}

export const panels: readonly PanelKind[] = [
  { id: "console", title: "Console", component: ConsoleStage },
  { id: "consoleBeside", title: "Second console", component: ConsoleBeside },
  { id: "registers", title: "Registers", component: RegistersPanel },
  { id: "disassembly", title: "Disassembly", component: DisassemblyPanel },
  { id: "memory", title: "Memory", component: MemoryPanel },
  { id: "stops", title: "Breakpoints", component: StopsPanel },
  { id: "flic", title: "FLIC and AIS", component: FlicPanel },
  { id: "lanes", title: "vCPU lanes", component: LanesPanel },
  { id: "apQueues", title: "AP queues", component: GuestApPanel },
  { id: "timeline", title: "Timeline", component: TimelinePanel },
  { id: "snapshots", title: "Snapshots", component: SnapshotsPanel },
  { id: "scenarios", title: "Scenarios", component: ScenariosPanel },
  { id: "device", title: "Device machine", component: DevicePanel },
  { id: "esb", title: "ESB map", component: EsbPanel },
  { id: "deviceFlic", title: "Device FLIC", component: DeviceFlicPanel },
  { id: "script", title: "Script", component: ScriptPanel },
  { id: "passthrough", title: "Passthrough", component: PassthroughPanel },
  { id: "ap", title: "AP matrix", component: ApPanel },
  { id: "arm", title: "ARM interrupts", component: ArmPanel },
  { id: "litmus", title: "Litmus explorer", component: LitmusPanel },
  { id: "books", title: "Device ledger", component: LedgerPanel },
];
