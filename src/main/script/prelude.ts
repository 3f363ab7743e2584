/**
 * The script's half of the bridge, as JavaScript that runs inside QuickJS before the script: it builds the
 * objects that a script sees from the host's description of them. Nothing here is trusted by the host.
 */
export const prelude = String.raw`(host, kindsText, rootsText) => {
  "use strict";
  const { stringify, parse } = JSON;
  const { toString } = Object.prototype;
  const { invoke, print } = host;
  const ids = new WeakMap();
  // Weak, so that the host gets back what the script no longer holds.
  const known = new Map();
  const classes = Object.create(null);

  const digits = "0123456789abcdef";
  const pairs = Array.from({ length: 256 }, (_, byte) => digits[byte >> 4] + digits[byte & 15]);
  // In short pieces: one long text that grows by two characters is slow here.
  const toHex = (bytes) => {
    const parts = [];
    for (let at = 0; at < bytes.length; at += 64) {
      const end = Math.min(bytes.length, at + 64);
      let part = "";
      for (let i = at; i < end; i++) part += pairs[bytes[i]];
      parts.push(part);
    }
    return parts.join("");
  };
  const fromHex = (text) => {
    const bytes = new Uint8Array(text.length >> 1);
    for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
    return bytes;
  };

  const refuse = (what) => {
    throw new TypeError(what + " cannot be given to a call, nor be what a claim is about: " +
      "numbers, bigints, texts, bytes, lists and objects of them can.");
  };
  const mark = function (key, value) {
    if (typeof value === "bigint") return { $n: String(value) };
    if (typeof value === "number" && !Number.isFinite(value)) return { $x: String(value) };
    if (value === undefined && Array.isArray(this)) return { $u: 1 };
    if (typeof value === "function") refuse("A function");
    // What JSON has made a text of is asked as what it was: a date.
    const given = this[key];
    if (typeof given !== "object" || given === null) return value;
    if (given instanceof Uint8Array) return { $b: toHex(given) };
    if (given instanceof ArrayBuffer) return { $b: toHex(new Uint8Array(given)) };
    if (given instanceof Set) return [...given];
    if (ids.has(given)) return { $h: ids.get(given) };
    const kind = toString.call(given).slice(8, -1);
    if (kind !== "Object" && kind !== "Array") refuse("An object of kind " + kind);
    return value;
  };
  /** What a claim is about leaves the script for good: no machine goes with it. */
  const markPlain = function (key, value) {
    if (ids.has(this[key])) refuse("An object of kind " + classOf(this[key]));
    return mark.call(this, key, value);
  };
  const unmark = (key, value) => {
    if (typeof value !== "object" || value === null) return value;
    if ("$n" in value) return BigInt(value.$n);
    if ("$b" in value) return fromHex(value.$b);
    if ("$h" in value) return objectOf(value);
    return value;
  };
  const encode = (value) => stringify(value, mark) ?? '{"$u":1}';
  const encodePlain = (value) => stringify(value, markPlain) ?? '{"$u":1}';
  const classOf = (object) => Object.getPrototypeOf(object).constructor.name;
  const decode = (text) => {
    const value = parse(text, unmark);
    return typeof value === "object" && value !== null && value.$u === 1 ? undefined : value;
  };

  const objectOf = ({ $h: id, $k: kind, $f: fields }) => {
    const held = known.get(id)?.deref();
    if (held) return held;
    const object = Object.freeze(Object.assign(Object.create(classes[kind].prototype), fields));
    ids.set(object, id);
    known.set(id, new WeakRef(object));
    return object;
  };
  /** Never while an answer is read: it may name what nothing holds yet. */
  const giveBack = () => {
    for (const [id, object] of known)
      if (object.deref() === undefined) {
        known.delete(id);
        host.forget(id);
      }
  };
  const call = (object, name, args) => {
    if (!ids.has(object)) throw new TypeError("This is no object of the host.");
    const answer = invoke(ids.get(object), name, encode(args));
    return typeof answer === "string" ? decode(answer) : answer.then(decode);
  };
  for (const [kind, names] of Object.entries(parse(kindsText))) {
    classes[kind] = { [kind]: class {} }[kind];
    for (const name of names)
      Object.defineProperty(classes[kind].prototype, name, {
        value: { [name](...args) {
          if (kind === "KvmFactory") giveBack();
          return call(this, name, args);
        } }[name],
      });
  }

  const INDENT = "  ";
  const show = (value, depth, seen) => {
    if (typeof value === "string") return depth === 0 ? value : stringify(value);
    if (typeof value === "bigint") return value + "n";
    if (typeof value === "function") return "[function " + (value.name || "without a name") + "]";
    if (typeof value !== "object" || value === null) return String(value);
    if (value instanceof Error) return value.stack ? value + "\n" + value.stack.trimEnd() : String(value);
    if (value instanceof Uint8Array) {
      const shown = toHex(value.subarray(0, 64));
      return "bytes(" + value.length + ") " + shown + (value.length > 64 ? "…" : "");
    }
    if (seen.includes(value)) return "[circular]";
    if (depth >= 5) return Array.isArray(value) ? "[…]" : "{…}";
    const inner = [...seen, value];
    if (value instanceof Map) return "Map " + show([...value], depth, seen);
    if (value instanceof Set) return "Set " + show([...value], depth, seen);
    if (Array.isArray(value)) {
      const shown = value.slice(0, 100).map((entry) => show(entry, depth + 1, inner));
      if (value.length > 100) shown.push("… " + (value.length - 100) + " more");
      return "[" + shown.join(", ") + "]";
    }
    const fields = Object.entries(value).slice(0, 100)
      .map(([key, entry]) => key + ": " + show(entry, depth + 1, inner));
    const name = ids.has(value) ? classOf(value) + " " : "";
    if (fields.length === 0) return name + "{}";
    const line = name + "{ " + fields.join(", ") + " }";
    const pad = INDENT.repeat(depth + 1);
    return line.length <= 100 ? line
      : name + "{\n" + fields.map((field) => pad + field).join(",\n") + "\n" + INDENT.repeat(depth) + "}";
  };
  const text = (values) => values.map((value) => show(value, 0, [])).join(" ");
  const printer = (stream) => (...values) => print(stream, text(values));
  const define = (name, value) =>
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  define("console", Object.freeze({
    log: printer("out"), info: printer("out"), debug: printer("out"), warn: printer("err"),
    error: printer("err"),
  }));
  define("assert", (condition, sentence = "What the script asserts is not so.") => {
    if (!condition) throw new Error(sentence);
  });
  const scenarios = [];
  const worlds = [];
  // Of a function the host sees that it is one. In a list what is undefined stays.
  const without = (name) => (part) => typeof part !== "object" || part === null ? part : {
    ...part,
    ...(part[name] !== undefined && { [name]: typeof part[name] }),
    ...("is" in part && { is: [part.is] }),
  };
  const each = (list, name) => Array.isArray(list) ? list.map(without(name)) : list;
  const outline = (scenario) => typeof scenario !== "object" || scenario === null ? scenario : {
    ...scenario,
    given: without("build")(scenario.given),
    when: each(scenario.when, "does"),
    then: each(scenario.then, "seen"),
  };
  define("defineScenario", (scenario) => {
    host.define(encodePlain(outline(scenario)));
    scenarios.push(scenario);
    return scenario;
  });
  for (const [name, value] of Object.entries(parse(rootsText, unmark))) define(name, value);

  const settled = (value) => {
    if (value instanceof Promise) throw new Error("A scenario's functions cannot wait for a promise.");
    return value;
  };
  return {
    show: (value) => show(value, 0, []),
    /** Number of the scenario that a module's default export is; -1 for anything else. */
    scenarioOf: (module) => scenarios.indexOf(module?.default),
    build: (n, defects) => worlds.push(settled(scenarios[n].given.build(new Set(parse(defects))))) - 1,
    does: (n, step, world) => void settled(scenarios[n].when[step].does(worlds[world])),
    seen: (n, claim, world) => encodePlain(settled(scenarios[n].then[claim].seen(worlds[world]))),
  };
}`;
