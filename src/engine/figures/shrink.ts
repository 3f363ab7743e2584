/**
 * Makes a failing sequence short: leaves out ever smaller parts as long as what is left still fails. The
 * result is minimal in that no single step can be left out.
 */
export function shrink<Step>(
  failing: readonly Step[], stillFails: (steps: readonly Step[]) => boolean,
): readonly Step[] {
  let steps = failing;
  for (let part = Math.ceil(steps.length / 2); part >= 1;) {
    const fewer = withoutSomePart(steps, part, stillFails);
    if (fewer) steps = fewer;
    else if (part === 1) break;
    part = Math.max(1, Math.min(fewer ? part : Math.floor(part / 2), Math.ceil(steps.length / 2)));
    if (steps.length === 1) break;
  }
  return steps;
}

function withoutSomePart<Step>(
  steps: readonly Step[], part: number, stillFails: (steps: readonly Step[]) => boolean,
): readonly Step[] | undefined {
  // From the end: the last steps but one are most often not needed.
  for (let start = steps.length - part; start > -part; start -= part) {
    const from = Math.max(0, start);
    const fewer = [...steps.slice(0, from), ...steps.slice(from + part)];
    if (fewer.length > 0 && fewer.length < steps.length && stillFails(fewer)) return fewer;
  }
  return undefined;
}
