/** Commands on the machine of devices alone. */
import { useDevices } from "../../features/devices/devices.ts";
import type { Command } from "../command.ts";

export function deviceCommands(): readonly Command[] {
  const devices = useDevices();
  const isOpen = (): boolean => devices.machine !== undefined;
  const at = (): number => devices.machine!.at;
  return [
    {
      id: "devices.forward",
      title: "Device machine: next step",
      group: "Devices",
      shortKeys: "]",
      enabled: () => devices.canGoOn,
      run: async () => void (await devices.goTo(at() + 1)),
    },
    {
      id: "devices.back",
      title: "Device machine: back one step",
      group: "Devices",
      shortKeys: "[",
      enabled: () => devices.canGoBack,
      run: async () => void (await devices.goTo(at() - 1)),
    },
    {
      id: "devices.toEnd",
      title: "Device machine: run to the end",
      group: "Devices",
      enabled: () => devices.canGoOn,
      run: async () => void (await devices.goTo(devices.machine!.steps.length)),
    },
    {
      id: "devices.toStart",
      title: "Device machine: back to the beginning",
      group: "Devices",
      enabled: () => devices.canGoBack,
      run: async () => void (await devices.goTo(0)),
    },
    {
      id: "devices.close",
      title: "Close the device machine",
      group: "Devices",
      enabled: isOpen,
      run: async () => void (await devices.act("Not closed", "closeMachine", {})),
    },
  ];
}
