import { kvmSuite } from "../../../../src/engine/conformance/kvm/kvmSuite.ts";
import { judgeSuite } from "../judgeSuite.ts";

judgeSuite(kvmSuite);
