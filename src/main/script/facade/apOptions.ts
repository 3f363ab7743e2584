/** How a script describes the host of an AP machine, and the machine made of that. */
import * as v from "valibot";
import type { ApOptions } from "../../../../resources/scripts/api/ap.d.ts";
import { apDeviceMachine } from "../../../engine/deviceMachine/apDeviceMachine.ts";
import type { S390Shape } from "../../../engine/deviceMachine/s390DeviceMachine.ts";
import { ScriptedApHardware } from "../../../engine/deviceMachine/scriptedApHardware.ts";
import { SteppedTime } from "../../../engine/deviceMachine/steppedTime.ts";
import { wholeConfiguration } from "../../../engine/devices/ap/apConfiguration.ts";
import { apQuirks } from "../../../engine/devices/ap/apQuirks.ts";
import { CryptoHardware } from "../../../engine/devices/apMock/cryptoHardware.ts";
import { facilityNumber } from "../../../engine/devices/kvm/vmFacilities.ts";
import { ApVm, apHost, configured } from "./apVm.ts";
import { u64, wholeTo } from "./arguments.ts";
import { s390OptionFields } from "./s390Methods.ts";

export function apVm(
  { driver = "linux-6.1", driverQuirks, serviceNs, depth, facilities, host = {} }: ApOptions,
  shape: S390Shape,
): ApVm {
  const { APFT, AQIC, MSA3, AIS } = facilityNumber;
  const { hasAp = true, extendedAddressing: apxa = true, adapterMax = 255, domainMax = 255 } = host;
  const time = new SteppedTime();
  const timing = serviceNs === undefined ? {} : { serviceNs: BigInt(serviceNs) };
  const model = facilities ?? [APFT, AQIC, MSA3];
  let mock!: CryptoHardware;
  const machine = apDeviceMachine(({ kvm }) => {
    mock = new CryptoHardware({ time, notification: kvm.ap, timing, ...(depth && { depth }) });
    return new ScriptedApHardware(mock);
  }, {
    ...shape,
    options: { ...shape.options, time, facilities: model, ap: { hostHasAp: hasAp, apxa } },
    model: [...model, AIS], quirks: { ...apQuirks[driver], ...driverQuirks },
    configuration: configured({ ...wholeConfiguration(), apxa, adapterMax, domainMax }, host),
  });
  return new ApVm(machine, mock, time);
}

const flag = v.optional(v.boolean());
const id = wholeTo(255);
const driverQuirks = v.optional(v.strictObject(
  Object.fromEntries(Object.keys(apQuirks.none).map((quirk) => [quirk, flag]))));

export const apOptions = v.strictObject({
  ...s390OptionFields,
  driver: v.optional(v.picklist(["linux-6.1", "none"])),
  driverQuirks: driverQuirks as v.GenericSchema<unknown, ApOptions["driverQuirks"]>,
  serviceNs: v.optional(u64),
  depth: v.optional(wholeTo(16, 1)),
  facilities: v.optional(v.array(
    v.picklist([facilityNumber.APFT, facilityNumber.AQIC, facilityNumber.MSA3]))),
  host: v.optional(v.strictObject({
    ...apHost, hasAp: flag, extendedAddressing: flag, adapterMax: v.optional(id), domainMax: v.optional(id),
  })),
});
