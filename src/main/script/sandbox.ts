/**
 * One script inside one QuickJS: it has the language, what the prelude gives it, and nothing else of the
 * process. Time is asked for while it executes, the stack's limit is QuickJS's own, and memory is that of a
 * WebAssembly instance: QuickJS's own count of it leaves out what an allocation holds.
 */
import {
  RELEASE_SYNC, newQuickJSWASMModuleFromVariant, newVariant, type QuickJSContext, type QuickJSHandle,
  type QuickJSRuntime,
} from "quickjs-emscripten";
import type { HostObjects } from "./hostObjects.ts";
import { prelude } from "./prelude.ts";
import type { RunEnd } from "./protocol.ts";

export interface SandboxOptions {
  readonly memoryBytes: number;
  /** Asked again and again while the script executes: true ends it. */
  isOver(): boolean;
  readonly objects: HostObjects;
  /** What a script finds by name: host objects and plain data. */
  readonly globals: Readonly<Record<string, unknown>>;
  print(stream: "out" | "err", text: string): void;
  /** A scenario was defined; throws the sentence that says what is wrong with it. */
  define(outline: unknown): void;
}

/** Of the prelude's functions, by name. */
type Part = "show" | "scenarioOf" | "build" | "does" | "seen";

/** Far below what the worker's own stack holds for QuickJS's interpreter. */
const STACK_BYTES = 256 * 2 ** 10;
const WASM_PAGE_BYTES = 65_536;
/** What the build of QuickJS begins with. */
const INITIAL_PAGES = 256;
/** Memory that grows by less than this is as full as it gets. */
const GROWTH_BYTES = 4 * 2 ** 20;
const TRACE_LINES_MAX = 20;
const OVER = "interrupted";

export class Sandbox {
  private readonly options: SandboxOptions;
  private readonly runtime: QuickJSRuntime;
  private readonly memory: WebAssembly.Memory;
  private readonly vm: QuickJSContext;
  private readonly parts: QuickJSHandle;
  /** Calls of the host that have not been answered. */
  private waiting = 0;
  /** Called when one of them was. */
  private answered: () => void = () => undefined;

  static async open(options: SandboxOptions): Promise<Sandbox> {
    const wasmMemory = new WebAssembly.Memory({
      initial: INITIAL_PAGES, maximum: Math.max(INITIAL_PAGES, options.memoryBytes / WASM_PAGE_BYTES),
    });
    const module = await newQuickJSWASMModuleFromVariant(newVariant(RELEASE_SYNC, { wasmMemory }));
    return new Sandbox(module.newRuntime(), wasmMemory, options);
  }

  private constructor(runtime: QuickJSRuntime, memory: WebAssembly.Memory, options: SandboxOptions) {
    this.options = options;
    this.runtime = runtime;
    this.memory = memory;
    runtime.setMaxStackSize(STACK_BYTES);
    runtime.setInterruptHandler(() => options.isOver());
    this.vm = runtime.newContext();
    this.parts = this.begin();
  }

  /** Runs a module to its end: when it has settled and nothing that it called is under way. */
  async run(code: string, file: string): Promise<RunEnd & { readonly scenario?: number }> {
    const { vm } = this;
    const evaluated = vm.evalCode(code, file, { type: "module" });
    if (evaluated.error) return this.failure(evaluated.error);
    const module = evaluated.value;
    for (;;) {
      const ran = this.runtime.executePendingJobs();
      if (ran.error) return this.failure(ran.error);
      // A job that was interrupted ends without an error of its own.
      if (this.options.isOver()) return { kind: "time", sentence: "" };
      const state = vm.getPromiseState(module);
      if (state.type === "rejected") return this.failure(state.error);
      if (state.type === "fulfilled" && this.waiting > 0)
        return failed(`The script ended while ${this.waiting} of its calls were under way: await them.`);
      if (state.type === "fulfilled") return this.finished(state.value);
      if (this.waiting === 0)
        return failed("The script waits for a promise that nothing will settle; no call is under way.");
      await new Promise<void>((resolve) => { this.answered = resolve; });
    }
  }

  /** Calls a function of the prelude with numbers and texts; throws what the script threw, as a sentence. */
  call(part: Part, ...args: readonly (number | string)[]): number | string {
    const { vm } = this;
    const given = args.map((arg) => (typeof arg === "number" ? vm.newNumber(arg) : vm.newString(arg)));
    const answer = vm.callFunction(vm.getProp(this.parts, part), vm.undefined, ...given);
    if (answer.error) throw new Error(this.failure(answer.error).sentence);
    return vm.dump(answer.value) as number | string;
  }

  private finished(module: QuickJSHandle): RunEnd & { readonly scenario?: number } {
    const { vm } = this;
    const found = vm.callFunction(vm.getProp(this.parts, "scenarioOf"), vm.undefined, module);
    if (found.error) return this.failure(found.error);
    const scenario = vm.getNumber(found.value);
    return scenario < 0 ? { kind: "done" } : { kind: "done", scenario };
  }

  private begin(): QuickJSHandle {
    const { vm, options } = this;
    const { objects } = options;
    const host = vm.newObject();
    this.give(host, "invoke", ([id, name, text]) => {
      const answer = objects.invoke(vm.getNumber(id!), vm.getString(name!), vm.getString(text!));
      return typeof answer === "string" ? vm.newString(answer) : this.promised(answer);
    });
    this.give(host, "forget", ([id]) => {
      objects.forget(vm.getNumber(id!));
      return vm.undefined;
    });
    this.give(host, "print", ([stream, text]) => {
      options.print(vm.getString(stream!) === "err" ? "err" : "out", vm.getString(text!));
      return vm.undefined;
    });
    this.give(host, "define", ([text]) => {
      options.define(objects.decode(vm.getString(text!)));
      return vm.undefined;
    });
    const start = vm.unwrapResult(vm.evalCode(prelude, "prelude"));
    const kinds = vm.newString(JSON.stringify(objects.description()));
    const globals = vm.newString(objects.encode(options.globals));
    return vm.unwrapResult(vm.callFunction(start, vm.undefined, host, kinds, globals));
  }

  /** What is thrown by `work` is thrown in the script, with its message alone. */
  private give(
    host: QuickJSHandle, name: string, work: (args: readonly QuickJSHandle[]) => QuickJSHandle,
  ): void {
    const { vm } = this;
    vm.setProp(host, name, vm.newFunction(name, (...args) => {
      try {
        return work(args);
      } catch (error) {
        return { error: vm.newError(messageOf(error)) };
      }
    }));
  }

  private promised(answer: Promise<string>): QuickJSHandle {
    const { vm } = this;
    const deferred = vm.newPromise();
    this.waiting++;
    const settle = (work: () => void): void => {
      this.waiting--;
      work();
      this.answered();
    };
    answer.then(
      (text) => settle(() => deferred.resolve(vm.newString(text))),
      (error: unknown) => settle(() => deferred.reject(vm.newError(messageOf(error)))),
    );
    return deferred.handle;
  }

  private failure(error: QuickJSHandle): Exclude<RunEnd, { kind: "done" }> {
    const thrown = this.vm.dump(error) as unknown;
    const { name, message, stack } = (typeof thrown === "object" && thrown !== null ? thrown : {}) as
      Partial<Error>;
    if (name === "InternalError" && message === OVER) return { kind: "time", sentence: "" };
    const megabytes = this.options.memoryBytes / 2 ** 20;
    // Where not even the error found room, there is none to show.
    const isFull = this.memory.buffer.byteLength + GROWTH_BYTES > this.options.memoryBytes;
    const isEmpty = thrown === null && isFull;
    if (isEmpty || (name === "InternalError" && message === "out of memory"))
      return failed(`The script used more than the ${megabytes} MiB of memory that it may.`);
    if (name === "InternalError" && message === "stack overflow")
      return failed("The script calls itself too deep: its stack is full.");
    const what = message === undefined ? `It threw ${String(thrown)}` : `${name ?? "Error"}: ${message}`;
    return failed(what, placesIn(stack));
  }
}

const failed = (sentence: string, trace: readonly string[] = []): Exclude<RunEnd, { kind: "done" }> =>
  ({ kind: "failed", sentence, trace });

/** Lines of a QuickJS stack that are the script's own. */
const placesIn = (stack: string | undefined): string[] =>
  (stack ?? "").split("\n").map((line) => line.trim())
    .filter((line) => line !== "" && !/\((prelude|native)\b/.test(line))
    .slice(0, TRACE_LINES_MAX);

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
