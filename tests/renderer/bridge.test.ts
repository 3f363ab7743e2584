/** A page's socket to its host: which ends are final, and that all others are tried again. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { PageCalls } from "../../src/engine/api/workbench.ts";
import { Bridge } from "../../src/renderer/bridge.ts";

class FakeSocket {
  static readonly opened: FakeSocket[] = [];
  readonly sent: unknown[] = [];
  readonly url: string;
  onopen: () => void = () => undefined;
  onmessage: (event: { data: unknown }) => void = () => undefined;
  onclose: (event: { code: number; reason: string }) => void = () => undefined;

  constructor(url: string) {
    this.url = url;
    FakeSocket.opened.push(this);
  }
  send(data: unknown): void {
    this.sent.push(data);
  }
}

describe("the page's socket", () => {
  let bridge: Bridge;
  const newest = (): FakeSocket => FakeSocket.opened.at(-1)!;

  beforeEach(() => {
    vi.useFakeTimers();
    FakeSocket.opened.length = 0;
    const stored = new Map<string, string>();
    vi.stubGlobal("WebSocket", FakeSocket);
    vi.stubGlobal("window", {});
    vi.stubGlobal("location", { hash: "#token=secret", origin: "http://127.0.0.1:8080", pathname: "/" });
    vi.stubGlobal("history", { replaceState: () => undefined });
    vi.stubGlobal("sessionStorage", {
      getItem: (key: string) => stored.get(key) ?? null,
      setItem: (key: string, value: string) => void stored.set(key, value),
    });
    bridge = new Bridge({} as PageCalls);
    bridge.open();
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it.each([
    ["the token came too late", 4408],
    ["a message was not in the contract", 4400],
    ["the host went away", 1006],
  ])("is opened again with the same token after %s", (_what, code) => {
    newest().onclose({ code, reason: "" });
    expect(bridge.connection.value).toBe("lost");
    expect(FakeSocket.opened.length).toBe(1);
    vi.advanceTimersByTime(60_000);
    expect(FakeSocket.opened.length).toBe(2);
    newest().onopen();
    expect(newest().sent).toEqual(["secret"]);
    newest().onmessage({ data: "ready" });
    expect(bridge.connection.value).toBe("open");
  });

  it("is not opened again where the token is wrong, and says so", () => {
    newest().onclose({ code: 4401, reason: "The token is wrong." });
    vi.advanceTimersByTime(3_600_000);
    expect(FakeSocket.opened.length).toBe(1);
    expect(bridge.connection.value).toBe("refused");
    expect(bridge.sentence.value).toBe("The token is wrong.");
  });

  it("is tried less and less often, at least every five seconds", () => {
    const waits: number[] = [];
    for (let n = 0; n < 8; n++) {
      const before = FakeSocket.opened.length;
      newest().onclose({ code: 1006, reason: "" });
      let waited = 0;
      for (; FakeSocket.opened.length === before; waited += 250) vi.advanceTimersByTime(250);
      waits.push(waited);
    }
    expect(waits).toEqual([250, 500, 1000, 2000, 4000, 5000, 5000, 5000]);
  });
});
