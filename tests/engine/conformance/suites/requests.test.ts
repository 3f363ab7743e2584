import { requestsSuite } from "../../../../src/engine/conformance/requests/requestsSuite.ts";
import { judgeSuite } from "../judgeSuite.ts";

judgeSuite(requestsSuite);
