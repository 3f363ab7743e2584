import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { numberHandlers } from "../../../src/engine/cpu/handlers.ts";
import { buildInterpreter } from "../../../src/engine/cpu/interpreter.ts";
import { instructions } from "../../../src/engine/isa/s390/instructions.ts";
import { buildApp, built } from "../../kit/builtApp.ts";

describe("the interpreter that a build keeps", () => {
  it("is what its source makes, to the byte", async () => {
    await buildApp();
    const kept = readFileSync(built("main", "interpreter.wasm"));
    expect(kept.equals(buildInterpreter(numberHandlers(instructions)))).toBe(true);
  });
});
