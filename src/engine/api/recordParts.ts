/** A record comes in parts: a message with all of it would hold up everything else. */
import type { RecordPart } from "./history.ts";
import type { Outcome } from "./workbench.ts";

/** Asks for one part behind the other; the texts of all, in their order, or the first refusal. */
export async function recordParts(
  ask: (rest?: number) => Promise<Outcome<RecordPart>>,
): Promise<Outcome<string[]>> {
  const texts: string[] = [];
  let rest: number | undefined;
  do {
    const part = await ask(rest);
    if (!part.ok) return part;
    texts.push(part.value.text);
    ({ rest } = part.value);
  } while (rest !== undefined);
  return { ok: true, value: texts };
}
