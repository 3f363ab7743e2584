import { xicsSuite } from "../../../../src/engine/conformance/xics/xicsSuite.ts";
import { judgeSuite } from "../judgeSuite.ts";

judgeSuite(xicsSuite);
