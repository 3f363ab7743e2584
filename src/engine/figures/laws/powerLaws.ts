/** The laws of POWER's interrupt controllers: the pseries XIVE and both of KVM's devices. */
import { show } from "../../base/plainData.ts";
import { copyRam } from "../../deviceMachine/copyRam.ts";
import { device, type DeviceUnderLaw } from "./device.ts";
import { nativeSubject, pseriesSubject, xicsSubject, type Subject } from "./powerSubjects.ts";

type Row = Pick<DeviceUnderLaw<Subject>, "folder" | "name" | "reset">;

const law = (make: () => Subject, row: Row) => device<Subject>({
  ...row, make,
  calls: Object.keys(make().steps).map((name) => ({
    name,
    run: ({ steps }, prng) => {
      const { answer, isRefused } = steps[name]!(prng);
      return isRefused ? `refused: ${show(answer)}` : answer;
    },
  })),
  codec: { save: (subject) => subject.saveBytes(), load: (subject, bytes) => subject.loadBytes(bytes) },
  follow: (to, from) => {
    copyRam(to.memory, from.memory);
    if (from.user) to.user!.bytes.set(from.user.bytes);
  },
  breach: ({ ledger }) => ledger.check(),
});

export const powerLaws = [
  law(pseriesSubject, {
    folder: "xive", name: "XIVE of a pseries machine",
    reset: { says: "a machine reset is done once", run: ({ reset }) => reset!() },
  }),
  law(nativeSubject, {
    folder: "kvm", name: "KVM's XIVE native device",
    reset: { says: "KVM_DEV_XIVE_RESET is done once", run: ({ reset }) => reset!() },
  }),
  law(xicsSubject, { folder: "xics", name: "KVM's XICS device" }),
];
