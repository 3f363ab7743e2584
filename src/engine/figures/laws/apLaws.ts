/** The laws of AP passthrough, of the mock adapters behind it, and of the table for PCI events. */
import { copyRam } from "../../deviceMachine/copyRam.ts";
import { apQuirks, type ApQuirks } from "../../devices/ap/apQuirks.ts";
import { loadVfioAp, saveVfioAp } from "../../devices/ap/persist.ts";
import { vfioApState } from "../../devices/ap/state.ts";
import { cryptoHardwareState } from "../../devices/apMock/state.ts";
import { Gait } from "../../devices/zpci/gait.ts";
import { GAIT_ENTRIES, gaitState } from "../../devices/zpci/state.ts";
import { apWalks, walkedHost, type WalkedHost } from "../apOperations.ts";
import { brokenInvariants } from "../apUse.ts";
import { codecOf, device } from "./device.ts";

const saveDriver = ({ machine: { driver, kvm } }: WalkedHost) => saveVfioAp(driver, [kvm.ap]);
const saveHardware = ({ machine: { hardware } }: WalkedHost) => hardware.save();
const driverCodec = codecOf<WalkedHost, ReturnType<typeof saveDriver>>(
  vfioApState, saveDriver, ({ machine: { driver, kvm } }, saved) => loadVfioAp(driver, [kvm.ap], saved));
const hardwareCodec = codecOf<WalkedHost, ReturnType<typeof saveHardware>>(
  cryptoHardwareState, saveHardware, ({ machine: { hardware } }, saved) => hardware.load(saved));

/** The VM around the queues: RAM, time, interrupts and their books. */
function follow(to: WalkedHost, from: WalkedHost): void {
  to.time.follow(from.time);
  copyRam(to.machine.memory, from.machine.memory);
  to.machine.kvm.flic.load(from.machine.kvm.flic.save());
  to.machine.ledger.book.load(from.machine.ledger.book.save());
}

const hosts: Readonly<Record<string, ApQuirks>> = {
  repaired: apQuirks.none, "Linux 6.1": apQuirks["linux-6.1"],
};

export const apLaws = Object.entries(hosts).flatMap(([name, quirks]) => {
  const shared = { make: () => walkedHost(quirks), calls: apWalks };
  const breach = (host: WalkedHost): string | undefined =>
    brokenInvariants(host, quirks === apQuirks.none)[0];
  return [
    device<WalkedHost>({
      ...shared, folder: "ap", name: `AP passthrough, ${name}`, codec: driverCodec, breach,
      follow: (to, from) => {
        follow(to, from);
        to.machine.hardware.load(saveHardware(from));
      },
    }),
    device<WalkedHost>({
      ...shared, folder: "apMock", name: `mock of AP hardware, ${name}`, codec: hardwareCodec, breach,
      follow: (to, from) => {
        follow(to, from);
        loadVfioAp(to.machine.driver, [to.machine.kvm.ap], saveDriver(from));
      },
    }),
  ];
});

interface GaitWorld {
  readonly gait: Gait;
  heard: string;
}

export const gaitLaws = [false, true].map((indexScaledTwice) => device<GaitWorld>({
  folder: "zpci", name: `forwarding of PCI events${indexScaledTwice ? ", index scaled twice" : ""}`,
  make: () => {
    const world: GaitWorld = {
      heard: "",
      gait: new Gait((isc) => {
        world.heard += ` ${isc}`;
        return 0;
      }, { indexScaledTwice }),
    };
    return world;
  },
  calls: [
    {
      name: "enable",
      run: ({ gait }, prng) => gait.enable(prng.below(GAIT_ENTRIES + 8) - 4, { isc: prng.below(10) - 1 }),
    },
    { name: "summary bit", run: ({ gait }, prng) => gait.raise(prng.below(GAIT_ENTRIES + 8) - 4) },
  ],
  codec: codecOf(gaitState, ({ gait }) => gait.save(), ({ gait }, saved) => gait.load(saved)),
  follow: (to) => { to.heard = ""; },
  heard: (world) => {
    const { heard } = world;
    world.heard = "";
    return heard;
  },
}));
