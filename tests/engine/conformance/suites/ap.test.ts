import { apSuite } from "../../../../src/engine/conformance/ap/apSuite.ts";
import { judgeSuite } from "../judgeSuite.ts";

judgeSuite(apSuite);
