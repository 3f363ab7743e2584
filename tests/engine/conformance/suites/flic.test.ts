import { flicSuite } from "../../../../src/engine/conformance/flic/flicSuite.ts";
import { judgeSuite } from "../judgeSuite.ts";

judgeSuite(flicSuite);
