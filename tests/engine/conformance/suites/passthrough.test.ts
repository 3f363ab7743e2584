import { passthroughSuite } from "../../../../src/engine/conformance/passthrough/passthroughSuite.ts";
import { judgeSuite } from "../judgeSuite.ts";

judgeSuite(passthroughSuite);
