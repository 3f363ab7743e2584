import { xiveSuite } from "../../../../src/engine/conformance/xive/xiveSuite.ts";
import { judgeSuite } from "../judgeSuite.ts";

judgeSuite(xiveSuite, { "event state buffers": [288, 10_368], "event queue": [2_099_200, 5_242_880] });
