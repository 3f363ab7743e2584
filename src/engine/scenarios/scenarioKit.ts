/** What a scenario in a file of one's own is given: its default export is a function of this. */
import { errno } from "../api/errno.ts";
import { hex, join, toHex } from "../base/hex.ts";
import { irq, s390DeviceMachine } from "../deviceMachine/s390DeviceMachine.ts";
import * as flic from "../uapi/flic.ts";
import { ioctl } from "../uapi/ioctl.ts";
import { kernelProfiles } from "../uapi/kernelProfile.ts";
import { claim, defineScenario, step } from "./scenario.ts";

export const scenarioKit = {
  defineScenario, step, claim, s390DeviceMachine, irq, hex, toHex, join, errno, flic, ioctl, kernelProfiles,
} as const;
export type ScenarioKit = typeof scenarioKit;
