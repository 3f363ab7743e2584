/**
 * Panels that look at a machine at the same time ask one question: it costs one message each way, and all of
 * them show one moment.
 */
import {
  debugLimits,
  lookNames,
  type DebugAnswer,
  type DebugCall,
  type LookAnswer,
  type LookCall,
} from "../../../engine/api/debug.ts";
import type { Outcome } from "../../../engine/api/workbench.ts";

/** Asks the host about one machine. */
type Ask = (id: string, call: DebugCall) => Promise<Outcome<DebugAnswer>>;

interface Look {
  readonly call: LookCall;
  readonly settle: (answer: Outcome<DebugAnswer>) => void;
}

const looks: ReadonlySet<string> = new Set(lookNames);
const isLook = (call: DebugCall): call is LookCall => looks.has(call.name);

export class LookBatch {
  private readonly send: Ask;
  private waiting: Look[] = [];
  private id = "";

  constructor(send: Ask) {
    this.send = send;
  }

  /** Looks of one turn of the page go together; whatever changes the machine goes at once, behind them. */
  ask(id: string, call: DebugCall): Promise<Outcome<DebugAnswer>> {
    if (id !== this.id || !isLook(call) || this.waiting.length === debugLimits.looksMax) this.flush();
    if (!isLook(call)) return this.send(id, call);
    this.id = id;
    return new Promise((settle) => {
      if (this.waiting.push({ call, settle }) === 1) setTimeout(() => this.flush());
    });
  }

  private flush(): void {
    const [first, ...others] = this.waiting.splice(0);
    if (!first) return;
    if (others.length === 0) void this.send(this.id, first.call).then(first.settle);
    else void this.askAll([first, ...others]);
  }

  private async askAll(asked: readonly Look[]): Promise<void> {
    const answer = await this.send(this.id, { name: "together", looks: asked.map(({ call }) => call) });
    const answers = answer.ok ? (answer.value as readonly LookAnswer[]) : undefined;
    asked.forEach(({ settle }, place) => settle(answers?.[place] ?? (answer as LookAnswer)));
  }
}
