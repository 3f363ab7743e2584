import { armSuite } from "../../../../src/engine/conformance/arm/armSuite.ts";
import { judgeSuite } from "../judgeSuite.ts";

judgeSuite(armSuite);
