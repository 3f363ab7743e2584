/**
 * The one place that talks to a host: over Electron's preload where there is one, over a WebSocket otherwise.
 * A lost socket is opened again for as long as the page is there; every call answers with a value or a
 * sentence.
 *
 *   connecting ─▶ open ─▶ lost ─▶ connecting …        refused: the token is wrong, only a person can help
 */
import { createBirpc, type BirpcReturn } from "birpc";
import { ref } from "vue";
import { decodeFrame, encodeFrame } from "../engine/api/frame.ts";
import type { HostCalls, Outcome, PageCalls } from "../engine/api/workbench.ts";

export type Connection = "connecting" | "open" | "lost" | "refused";

interface Preload {
  connect(onFrame: (frame: Uint8Array) => void, onEnd: (sentence: string) => void): void;
  send(frame: Uint8Array): void;
}
declare global {
  interface Window {
    readonly latchwork?: Preload;
  }
}

type Remote = BirpcReturn<HostCalls, PageCalls>;
type Asked<Name extends keyof HostCalls> = Awaited<ReturnType<HostCalls[Name]>>;
/** Calls that answer with a value or a sentence. */
type AskName = {
  [Name in keyof HostCalls]: Asked<Name> extends Outcome<unknown> ? Name : never;
}[keyof HostCalls];

/** The host knows the token to be wrong; after every other end of a socket it is tried again. */
const WRONG_TOKEN = 4401;
const TOKEN_KEY = "latchwork.token";
const RETRY_MS_MAX = 5_000;

export class Bridge {
  readonly connection = ref<Connection>("connecting");
  readonly sentence = ref("");
  /** Called on every new connection, before anything else arrives. */
  onOpen: () => void = () => undefined;
  private readonly page: PageCalls;
  private remote: Remote | undefined;
  private retryMs = 250;

  constructor(page: PageCalls) {
    this.page = page;
  }

  open(): void {
    if (window.latchwork) this.openPreload(window.latchwork);
    else this.openSocket(tokenOfThisPage());
  }

  async hello(): Promise<Asked<"hello"> | undefined> {
    return this.remote?.hello().catch(() => undefined);
  }

  /** Asks the host; a broken connection is a refusal like any other. */
  async ask<Name extends AskName>(name: Name, call: Parameters<HostCalls[Name]>[0]): Promise<Asked<Name>> {
    const lost = (what: string) =>
      ({ ok: false, error: `The connection to the host ${what}.` }) as Asked<Name>;
    if (!this.remote) return lost("is lost; it is being opened again. Try once more in a moment");
    try {
      const args = [call] as unknown as Parameters<HostCalls[Name]>;
      return (await (this.remote.$call as (...all: unknown[]) => Promise<unknown>)(
        name,
        ...args,
      )) as Asked<Name>;
    } catch {
      return lost("broke before it answered. Look at the machine before you try again");
    }
  }

  /** Tells the host something that needs no answer. */
  tell<Name extends "ackConsole" | "ackScript">(name: Name, call: Parameters<HostCalls[Name]>[0]): void {
    const tells = this.remote?.[name].asEvent as ((told: typeof call) => Promise<void>) | undefined;
    tells?.(call).catch(() => undefined);
  }

  private attach(send: (frame: Uint8Array) => void): (frame: Uint8Array) => void {
    let handle: (frame: Uint8Array) => void = () => undefined;
    this.remote = createBirpc<HostCalls, PageCalls>(this.page, {
      post: send,
      on: (receive) => {
        handle = receive;
      },
      serialize: encodeFrame,
      deserialize: decodeFrame,
      bind: "functions",
      // A fetch takes as long as it takes; a lost connection ends every call at once.
      timeout: -1,
    });
    this.connection.value = "open";
    this.retryMs = 250;
    this.onOpen();
    return (frame) => handle(frame);
  }

  private detach(connection: Connection, sentence: string): void {
    this.remote?.$close();
    this.remote = undefined;
    this.connection.value = connection;
    this.sentence.value = sentence;
  }

  private openPreload(preload: Preload): void {
    let receive: (frame: Uint8Array) => void = () => undefined;
    preload.connect(
      (frame) => receive(frame),
      (sentence) => {
        this.detach("lost", sentence);
        setTimeout(() => this.openPreload(preload), this.nextRetry());
      },
    );
    receive = this.attach((frame) => preload.send(frame));
  }

  private openSocket(token: string): void {
    const socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/rpc`);
    socket.binaryType = "arraybuffer";
    let receive: ((frame: Uint8Array) => void) | undefined;
    socket.onopen = () => socket.send(token);
    socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
      if (typeof data !== "string") receive?.(new Uint8Array(data));
      else receive = this.attach((frame) => socket.send(frame as Uint8Array<ArrayBuffer>));
    };
    socket.onclose = ({ code, reason }) => {
      if (code === WRONG_TOKEN) return this.detach("refused", reason);
      this.detach("lost", reason || "The host does not answer.");
      setTimeout(() => this.openSocket(token), this.nextRetry());
    };
  }

  private nextRetry(): number {
    const now = this.retryMs;
    this.retryMs = Math.min(RETRY_MS_MAX, now * 2);
    return now;
  }
}

/**
 * From the fragment, which is taken out of the address bar at once; a reload finds it in this tab's own
 * storage.
 */
function tokenOfThisPage(): string {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given) {
    sessionStorage.setItem(TOKEN_KEY, given);
    history.replaceState(null, "", location.pathname);
  }
  return given ?? sessionStorage.getItem(TOKEN_KEY) ?? "";
}
