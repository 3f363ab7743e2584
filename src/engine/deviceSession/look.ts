/** Questions about one part of the open machine, and their answers as plain data. */
import type { DeviceAnswer, DeviceCall } from "../api/deviceSession.ts";
import { ok, refuse, type Result } from "../base/result.ts";
import { viewAp } from "../machine/debug/apView.ts";
import { viewFlic } from "../machine/debug/flicView.ts";
import { armView } from "./armPartView.ts";
import { bookView, whyView } from "./bookView.ts";
import type { Part } from "./parts.ts";
import { passthroughSource, passthroughView } from "./passthroughView.ts";
import { lastStepOf } from "./sourceEvents.ts";
import { esbMap } from "./sourceTable.ts";
import { xiveSource } from "./xiveChain.ts";

/** A machine of devices alone executes nothing, and what time it has is its ledger's. */
const NO_TIME = { instructions: 0, virtualNs: 0 };

export type Look = Extract<DeviceCall, { readonly part: number }>;

/** Refuses a part that is not there, or is of another kind. */
export function look(parts: readonly Part[], call: Look): Result<DeviceAnswer, string> {
  const part = parts[call.part];
  if (!part) return refuse(`The machine has no part ${call.part}: it has ${parts.length}, counted from 0.`);
  switch (call.name) {
    case "esbMap":
      if (part.kind === "xive" || part.kind === "passthrough") return ok(esbMap(part));
      break;
    case "source":
      if (part.kind === "xive") {
        return ok({ ...xiveSource(part, call.lisn), ...lastStepOf(part, call.lisn) });
      }
      if (part.kind === "passthrough") {
        const source = passthroughSource(part.passthrough, call.lisn);
        return ok({ ...source, ...lastStepOf(part, call.lisn) });
      }
      break;
    case "flic":
      if (part.kind === "flic") return ok(viewFlic(part.flic, NO_TIME));
      break;
    case "ap":
      if (part.kind === "ap") return ok(viewAp(part));
      break;
    case "arm":
      if (part.kind === "arm") return ok(armView(part));
      break;
    case "books": return ok(part.books ? bookView(part.books) : null);
    case "why": return ok(part.books ? whyView(part.books, call.id) : null);
    case "passthrough":
      if (part.kind === "passthrough") return ok(passthroughView(part.passthrough));
      break;
  }
  return refuse(`Part ${call.part} is of kind ${part.kind}; it cannot answer "${call.name}".`);
}
