/**
 * What test files see as "vitest" while faults are planted: `describe`, `it` and vitest's own `expect`. Tests
 * are only collected here; `residentRunner.mjs` runs them, as often as there are faults, in one process.
 */
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { format } from "node:util";

const fromVitest = createRequire(createRequire(import.meta.url).resolve("vitest/package.json"));
const expectUrl = pathToFileURL(fromVitest.resolve("@vitest/expect")).href;
const { chai, JestAsymmetricMatchers, JestChaiExpect, JestExtend, setState } = await import(expectUrl);

for (const plugin of [JestExtend, JestChaiExpect, JestAsymmetricMatchers]) chai.use(plugin);
export const expect = Object.assign((value, message) => chai.expect(value, message), chai.expect);
setState({ assertionCalls: 0 }, expect);

let heading = [];
let tests = [];

/** The tests that `load` declares, in order: names with all headings, no two alike, and what they do. */
export async function collect(load) {
  tests = [];
  heading = [];
  await load();
  const times = new Map();
  return tests.map(({ name, act }) => {
    const time = (times.get(name) ?? 0) + 1;
    times.set(name, time);
    return { name: time === 1 ? name : `${name} (${time})`, act };
  });
}

function titled(title, values) {
  const [first] = values;
  const named = title.replace(/\$([a-z]\w*)/gi, (whole, key) => (first?.[key] ?? whole).toString());
  const places = named.match(/%[sdifjoO]/g)?.length ?? 0;
  return format(named, ...values.slice(0, places));
}

/** `each` of `describe` and `it`: a row is a list of arguments, or the one argument. */
const eachOf = (declare) => (rows) => (title, act) => {
  for (const row of rows) {
    const values = Array.isArray(row) ? row : [row];
    declare(titled(title, values), () => act(...values));
  }
};

export function describe(title, declare) {
  heading.push(title);
  declare();
  heading.pop();
}

export function it(title, act) {
  tests.push({ name: [...heading, title].join(" > "), act });
}

describe.each = eachOf(describe);
it.each = eachOf(it);
it.runIf = (condition) => (condition ? it : () => undefined);
