/** Every device there is, for the laws. A folder of `devices/` without a row here fails their test. */
import type { AnyDevice } from "./device.ts";
import { apLaws, gaitLaws } from "./apLaws.ts";
import { armLaws } from "./armLaws.ts";
import { channelLaws } from "./channelLaws.ts";
import { facadeLaws } from "./facadeLaws.ts";
import { flicLaws } from "./flicLaws.ts";
import { bridgeLaws, passthroughLaws } from "./passthroughLaws.ts";
import { powerLaws } from "./powerLaws.ts";
import { requestLaws } from "./requestLaws.ts";
import { diagnoseLaws, sclpLaws, watchdogLaws } from "./serviceLaws.ts";
import { virtioLaws } from "./virtioLaws.ts";

export const devicesUnderLaw: readonly AnyDevice[] = [
  ...flicLaws, channelLaws, ...virtioLaws, sclpLaws, diagnoseLaws, watchdogLaws, ...powerLaws,
  ...passthroughLaws, bridgeLaws, armLaws, requestLaws, ...apLaws, ...gaitLaws, ...facadeLaws,
];
