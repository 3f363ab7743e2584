/**
 * Run by the build, once: writes the interpreter's module beside the engine's thread, which would make the
 * same bytes anew at each start.
 */
import { writeFileSync } from "node:fs";
import { numberHandlers } from "../cpu/handlers.ts";
import { buildInterpreter } from "../cpu/interpreter.ts";
import { instructions } from "../isa/s390/instructions.ts";

writeFileSync(new URL("interpreter.wasm", import.meta.url), buildInterpreter(numberHandlers(instructions)));
