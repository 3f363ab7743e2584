/** I/O adapters: what a registration says, and who may mask one (s390_flic.rst, KVM_DEV_FLIC_ADAPTER_*). */
import { expect, it } from "vitest";
import { Adapters } from "../../../../src/engine/devices/flic/adapters.ts";
import type { AdapterPages } from "../../../../src/engine/devices/flic/indicators.ts";
import { kernelProfiles } from "../../../../src/engine/uapi/kernelProfile.ts";

const MASK = 1;
const EINVAL = -22;
const modern = kernelProfiles["linux-6.1"];
const noPages: AdapterPages = {
  translate: () => undefined, pageForWrite: () => undefined, markFrameDirty: () => undefined,
};

it("an adapter's flags are bytes of which any but 0 says yes, and bit 0 of its flags alone counts", () => {
  for (let byte = 0; byte < 256; byte++) {
    const adapters = new Adapters();
    const isSet = byte !== 0;
    adapters.register({ id: 1, isc: 3, maskable: byte, swap: 0, flags: 0 });
    adapters.register({ id: 2, isc: 3, maskable: 0, swap: byte, flags: byte });
    expect(adapters.get(1)).toMatchObject({ maskable: isSet, swap: false, suppressible: false });
    expect(adapters.get(2)).toMatchObject({ maskable: false, swap: isSet, suppressible: byte % 2 === 1 });
  }
});

it("an adapter that may be masked is masked by any byte but 0, and opened by 0; another refuses both", () => {
  for (const maskable of [0, 1, 0x80])
    for (let mask = 0; mask < 256; mask++)
      for (const before of [0, 1]) {
        const adapters = new Adapters();
        adapters.register({ id: 5, isc: 3, maskable, swap: 0, flags: 0 });
        const set = (byte: number): number =>
          adapters.modify({ id: 5, type: MASK, mask: byte, addr: 0n }, modern, noPages);
        set(before);
        expect(set(mask)).toBe(maskable ? 0 : EINVAL);
        expect(adapters.get(5)!.masked).toBe(maskable !== 0 && mask !== 0);
      }
});
