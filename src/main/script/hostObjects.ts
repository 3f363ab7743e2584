/**
 * The objects of the host that a script holds: it sees a number and the names of methods, nothing else of
 * them. Every call is checked against its kind's table: the name, then each argument's shape.
 */
import * as v from "valibot";
import { innermost, shown, wantedBy } from "../shapeObjection.ts";
import { decodeValue, encodeValue } from "./wire.ts";

/** What a script was told in a sentence; anything else that is thrown is a mistake of ours. */
export class ScriptRefusal extends Error {}

type Arguments<T, Name extends keyof T> =
  T[Name] extends (...args: infer Args) => unknown ? v.GenericSchema<unknown, Args> : never;
/** The shape of every method's arguments: no method of the interface without one, and no other. */
export type MethodTable<T> = {
  readonly [Name in keyof T as T[Name] extends (...args: never) => unknown ? Name : never]:
    Arguments<T, Name>;
};

export interface Kind {
  readonly name: string;
  readonly methods: Readonly<Record<string, v.GenericSchema<unknown, readonly unknown[]>>>;
  /** Fields that a script reads without a call; they never change. */
  readonly fields: readonly string[];
  isOf(value: object): boolean;
}

/** `T` is the interface that scripts are told of; the class carries it out. */
export function kindOf<T>(
  name: string,
  made: abstract new (...args: never) => T,
  methods: MethodTable<T>,
  fields: readonly (keyof T & string)[] = [],
): Kind {
  return {
    name, fields, methods: methods as unknown as Kind["methods"],
    isOf: (value) => value instanceof made,
  };
}

/** More than this many live objects mean a script that makes them without end. */
const OBJECTS_MAX = 20_000;

/** What one call of a global gave, with all that calls of that gave: a machine with its CPUs and devices. */
interface Family {
  readonly madeBy: object;
  /** Objects of it that the script holds. */
  held: number;
}
interface Held {
  readonly object: object;
  /** Undefined for a global, and for what came by a promise: those stay. */
  readonly family: Family | undefined;
}

export class HostObjects {
  private readonly kinds: readonly Kind[];
  private readonly objects = new Map<number, Held>();
  private readonly ids = new Map<object, number>();
  private readonly families = new Set<Family>();
  private nextId = 0;

  constructor(kinds: readonly Kind[]) {
    this.kinds = kinds;
  }

  /** What the prelude needs to build the script's half: kinds and the names of their methods. */
  description(): Readonly<Record<string, readonly string[]>> {
    return Object.fromEntries(this.kinds.map(({ name, methods }) => [name, Object.keys(methods)]));
  }

  encode(value: unknown, familyOf?: () => Family): string {
    return encodeValue(value, (object) => this.nameOf(object, familyOf));
  }
  decode(text: string): unknown {
    return decodeValue(text, (id) => this.objects.get(id)?.object);
  }

  /** Carries out one call; the answer is text, or a promise of it for a call that waits. */
  invoke(id: number, method: string, text: string): string | Promise<string> {
    const held = this.objects.get(id);
    const kind = held && this.kinds.find((one) => one.isOf(held.object));
    if (!kind || !Object.hasOwn(kind.methods, method))
      throw new ScriptRefusal(`There is no call "${method}" here.`);
    const given = v.safeParse(kind.methods[method]!, this.decode(text));
    if (!given.success) throw new ScriptRefusal(objection(`${kind.name}.${method}`, given.issues));
    const { object, family } = held;
    const call = (object as Record<string, (...args: readonly unknown[]) => unknown>)[method]!;
    const answer = call.apply(object, [...given.output]);
    return answer instanceof Promise ? answer.then((value) => this.encode(value))
      : this.encode(answer, () => family ?? { madeBy: object, held: 0 });
  }

  /** The script no longer holds this object, and cannot come to it but by a call that gives it anew. */
  forget(id: number): void {
    const held = this.objects.get(id);
    if (!held?.family) return;
    this.objects.delete(id);
    this.ids.delete(held.object);
    if (--held.family.held === 0) this.families.delete(held.family);
  }

  /** So many of what calls of a global gave are held by the script, in whole or in part. */
  heldOf(global: object): number {
    return [...this.families].filter(({ madeBy }) => madeBy === global).length;
  }

  private nameOf(
    object: object, familyOf: (() => Family) | undefined,
  ): ReturnType<Parameters<typeof encodeValue>[1]> {
    const kind = this.kinds.find((one) => one.isOf(object));
    if (!kind) return undefined;
    let id = this.ids.get(object);
    if (id === undefined) {
      if (this.objects.size >= OBJECTS_MAX)
        throw new ScriptRefusal(`A script may hold ${OBJECTS_MAX} objects of its host; these are more.`);
      const family = familyOf?.();
      if (family) {
        family.held++;
        this.families.add(family);
      }
      id = this.nextId++;
      this.objects.set(id, { object, family });
      this.ids.set(object, id);
    }
    const all = object as Readonly<Record<string, unknown>>;
    return { id, kind: kind.name, fields: Object.fromEntries(kind.fields.map((name) => [name, all[name]])) };
  }
}

function objection(call: string, [first]: readonly [v.BaseIssue<unknown>, ...unknown[]]): string {
  const issue = innermost(first);
  const [argument, ...inside] = (issue.path ?? []).map(({ key }) => key);
  const which = typeof argument === "number" ? `argument ${argument + 1}` : "its arguments";
  const place = inside.length ? `${which}, ${inside.join(".")}` : which;
  const isMissing = issue.input === undefined;
  const came = isMissing ? "it is missing" : `it is ${shown(issue.input)}`;
  // Of a field that is missing altogether no more is known.
  const why = issue.expected === "never" ? "nothing is wanted there"
    : isMissing && issue.type === "strict_object" ? came : `${came}, wanted is ${wantedBy(issue)}`;
  return `${call} does not take this (${place}): ${why}.`;
}
