import { xiveSuite } from "../../../../src/engine/conformance/xive/xiveSuite.ts";
import { judgeSuite } from "../judgeSuite.ts";

judgeSuite(xiveSuite);
