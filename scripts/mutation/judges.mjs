/**
 * Which tests judge which folder of `src/engine`: its own, the vectors and walks of its specification, the
 * books and scenarios that it appears in. Paths below `tests/engine`; a folder stands for all tests in it.
 */
const judges = {
  "devices/ap": ["devices/ap", "ledger/apBooks.test.ts", "conformance/suites/ap.test.ts", "scenarios"],
  "devices/apMock": [
    "devices/apMock", "devices/ap", "ledger/apBooks.test.ts", "conformance/suites/ap.test.ts",
  ],
  "devices/arm": ["devices/arm", "deviceMachine/armDeviceMachine.test.ts", "conformance/suites/arm.test.ts"],
  "devices/css": ["devices/css", "devices/virtio"],
  "devices/diag": ["devices/diag"],
  "devices/flic": [
    "devices/flic", "ledger/flicLedger.test.ts", "conformance/suites/flic.test.ts", "scenarios",
  ],
  "devices/kvm": [
    "devices/kvm", "devices/flic", "devices/ap", "devices/xive", "devices/xics", "scenarios",
    "conformance/suites/kvm.test.ts", "conformance/suites/flic.test.ts", "conformance/suites/xive.test.ts",
    "conformance/suites/xics.test.ts",
  ],
  "devices/passthrough": [
    "devices/passthrough", "deviceMachine/passthroughMachine.test.ts", "ledger/passthroughLedger.test.ts",
    "conformance/passthroughWalk.test.ts", "conformance/suites/passthrough.test.ts", "scenarios",
  ],
  "devices/pciMock": [
    "devices/pciMock", "deviceMachine/passthroughMachine.test.ts", "conformance/suites/passthrough.test.ts",
  ],
  "devices/requests": ["devices/requests", "devices/flic/requests.test.ts", "litmus"],
  "devices/sclp": ["devices/sclp"],
  "devices/virtio": ["devices/virtio"],
  "devices/watchdog": ["devices/watchdog", "devices/diag"],
  "devices/xics": ["devices/xics", "ledger/xicsLines.test.ts", "conformance/suites/xics.test.ts"],
  "devices/xive": [
    "devices/xive", "devices/xics", "ledger/xiveLedger.test.ts", "conformance/suites/xive.test.ts",
    "conformance/suites/xics.test.ts", "scenarios",
  ],
  "devices/zpci": ["devices/zpci"],
  snapshot: ["snapshot"],
};

/** The laws of every device, one group of tests for each folder: all of them judge their own folder alone. */
const LAWS = "devices/deviceLaws.test.ts";

/** True if a test of this file judges one of `folders`; its name is with all headings. */
export const isJudge = (file, name, folders) =>
  !file.endsWith(LAWS) || folders.some((folder) => name.includes(`(${folder.split("/").at(-1)})`));

/** The paths of all that judge files of `folders`; of a folder that is not named above, every device test. */
export function judgesOf(folders) {
  const asked = folders.flatMap((folder) => {
    const known = Object.keys(judges).filter((name) => `${name}/`.startsWith(`${folder}/`));
    return known.length > 0 ? known.flatMap((name) => judges[name]) : ["devices"];
  });
  return [...new Set([...asked, LAWS])].map((path) => `tests/engine/${path}`);
}
