/** Every suite, in the order in which the command line prints them. */
import { apSuite } from "./ap/apSuite.ts";
import { armSuite } from "./arm/armSuite.ts";
import { flicSuite } from "./flic/flicSuite.ts";
import { kvmSuite } from "./kvm/kvmSuite.ts";
import { passthroughSuite } from "./passthrough/passthroughSuite.ts";
import { requestsSuite } from "./requests/requestsSuite.ts";
import { xicsSuite } from "./xics/xicsSuite.ts";
import { xiveSuite } from "./xive/xiveSuite.ts";
import type { Suite } from "./suite.ts";

export const suites: readonly Suite[] = [
  flicSuite, apSuite, xiveSuite, xicsSuite, passthroughSuite, requestsSuite, armSuite, kvmSuite,
];
