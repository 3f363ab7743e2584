/**
 * The serve host against everybody who is not the page that it printed the address of.
 */
import { mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { WebSocket } from "ws";
import { encodeFrame } from "../../../src/engine/api/frame.ts";
import { limits } from "../../../src/main/contract.ts";
import { serve, type Served } from "../../../src/main/hosts/serve.ts";
import { Workbench } from "../../../src/main/services/workbench.ts";
import { eventually } from "../../kit/eventually.ts";
import { FakeGuests } from "../../kit/fakeGuests.ts";
import { openSocket, PageClient } from "../../kit/pageClient.ts";

const guests = new FakeGuests();
const workerUrl = new URL("../../kit/fakeEngineWorker.ts", import.meta.url);
const workbench = new Workbench({ guests, workerUrl, consoleBytes: 2 ** 20 });
const pageFolder = mkdtempSync(join(tmpdir(), "latchwork-page-"));
let served: Served;

beforeAll(async () => {
  writeFileSync(join(pageFolder, "index.html"), "<title>page</title>");
  writeFileSync(join(pageFolder, "app.js"), "0");
  writeFileSync(join(pageFolder, "notes.txt"), "private");
  writeFileSync(join(pageFolder, ".env.js"), "private");
  symlinkSync("/etc/passwd", join(pageFolder, "link.js"));
  served = await serve({ workbench, version: "0", pageFolder, tokenMs: 300 });
});
afterAll(async () => {
  await served.close();
  await workbench.close();
});

interface Answer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

/** Node's own client would tidy the path; this sends it as it is. */
function get(path: string, headers: Record<string, string> = {}, method = "GET"): Promise<Answer> {
  const { hostname, port } = new URL(served.origin);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, method, headers, agent: false }, (answer) => {
      let body = "";
      answer.setEncoding("utf8").on("data", (text: string) => (body += text));
      answer.on("end", () => resolve({ status: answer.statusCode!, headers: answer.headers, body }));
    });
    sent.on("error", reject);
    sent.end();
  });
}

const closing = (socket: WebSocket): Promise<number> =>
  new Promise((resolve) => socket.once("close", resolve));

describe("the files of the page", () => {
  it("come with a policy that lets no foreign or inline script run", async () => {
    const { status, headers, body } = await get("/");
    expect([status, body]).toEqual([200, "<title>page</title>"]);
    const policy = String(headers["content-security-policy"]);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).not.toContain("unsafe-eval");
    expect(headers).toMatchObject({ "x-content-type-options": "nosniff", "referrer-policy": "no-referrer" });
    expect(headers["access-control-allow-origin"]).toBeUndefined();
  });

  it.each([
    "/../package.json",
    "/%2e%2e/package.json",
    "/..%2fpackage.json",
    "/a/../../etc/passwd",
    "//etc/passwd",
    "/etc/passwd",
    "/app.js%00.html",
    "/app.js/",
    "/.env.js",
    "/link.js",
    "/notes.txt",
    "/nothing.js",
    "/\\..\\app.js",
    "/C:/app.js",
  ])("do not include %s", async (path) => {
    expect((await get(path)).status).toBe(404);
  });

  it("are not given under another name for this machine, nor to another method", async () => {
    const { port } = new URL(served.origin);
    for (const host of [`localhost:${port}`, "evil.example", `127.0.0.1`, `127.0.0.1:${port}.evil.example`])
      expect((await get("/", { host })).status, host).toBe(421);
    expect((await get("/", {}, "POST")).status).toBe(405);
    expect((await get("/app.js", {}, "HEAD")).body).toBe("");
  });
});

describe("the socket", () => {
  const refusal = (changes: Parameters<typeof openSocket>[1]): Promise<string> =>
    openSocket(served, changes).then(
      () => "opened",
      (error: Error) => error.message,
    );

  it("opens to its own origin only", async () => {
    const { port } = new URL(served.origin);
    for (const origin of [
      "http://evil.example",
      "null",
      `http://localhost:${port}`,
      `${served.origin}.evil.example`,
      served.origin.replace("http", "https"),
      "http://127.0.0.1",
    ])
      expect(await refusal({ headers: { origin } }), origin).toContain("403");
    expect(await refusal({ headers: {} }), "no origin").toContain("403");
    expect(await refusal({ headers: { host: "evil.example", origin: served.origin } })).toContain("421");
    expect(await refusal({ path: "/other" })).toContain("404");
  });

  it.each([
    ["a wrong token", () => "0".repeat(43)],
    ["an empty token", () => ""],
    ["the token and more", () => `${served.token}x`],
    ["the token as bytes", () => Buffer.from(served.token)],
    ["a call before the token", () => Buffer.from(encodeFrame({ t: "q", m: "hello", a: [], i: "1" }))],
  ])("closes at %s, without a word about guests", async (_name, first) => {
    const socket = await openSocket(served);
    const heard: unknown[] = [];
    socket.on("message", (data) => heard.push(data));
    const closed = closing(socket);
    socket.send(first());
    expect(await closed).toBe(4401);
    expect(heard).toEqual([]);
  });

  it("closes where no token comes in time", async () => {
    expect(await closing(await openSocket(served))).toBe(4408);
  });

  it("closes at a frame larger than any the page sends", async () => {
    const page = await PageClient.open(served);
    page.socket.send(new Uint8Array(limits.frameBytesMax + 1));
    await eventually("closed", () => page.closed?.code === 1009);
  });

  it.each<[string, () => Uint8Array | string]>([
    ["text", () => "hello"],
    ["bytes that are no frame", () => Uint8Array.of(9, 9)],
    ["a call that does not exist", () => encodeFrame({ t: "q", m: "shutdown", a: [], i: "1" })],
    ["a property of every object", () => encodeFrame({ t: "q", m: "constructor", a: [], i: "1" })],
    ["an envelope with more in it", () => encodeFrame({ t: "q", m: "hello", a: [], i: "1", x: 1 })],
    ["an id that is a path", () => encodeFrame({ t: "q", m: "startMachine", a: [{ id: "../x" }], i: "1" })],
    ["a missing argument", () => encodeFrame({ t: "q", m: "startMachine", a: [], i: "1" })],
    ["an argument too many", () => encodeFrame({ t: "q", m: "hello", a: [1], i: "1" })],
    [
      "a negative size",
      () => encodeFrame({ t: "q", m: "openUpload", a: [{ name: "a", sizeBytes: -1 }], i: "1" }),
    ],
    [
      "more keys than a person types",
      () =>
        encodeFrame({
          t: "q",
          m: "sendConsole",
          a: [{ id: "hello", bytes: new Uint8Array(limits.consoleInputBytes + 1) }],
          i: "1",
        }),
    ],
  ])("closes at %s, and other pages do not notice", async (_name, message) => {
    const [bad, good] = await Promise.all([PageClient.open(served), PageClient.open(served)]);
    bad.socket.send(message());
    await eventually("closed", () => bad.closed?.code === 4400);
    expect((await good.host.hello()).guests).toHaveLength(guests.guests.length);
    good.socket.close();
  });

  it("closes on a page that floods it with calls", async () => {
    const page = await PageClient.open(served);
    const frame = encodeFrame({ t: "q", m: "detachConsole", a: [{ id: "x" }] });
    for (let sent = 0; sent < 5_000; sent++) page.socket.send(frame);
    expect((await eventually("closed", () => page.closed)).reason).toContain("Too many messages");
  });

  it("survives what is not even HTTP", async () => {
    const { hostname, port } = new URL(served.origin);
    const raw = connect(Number(port), hostname);
    raw.on("error", () => undefined);
    const closed = new Promise((resolve) => raw.once("close", resolve));
    raw.end("\x16\x03\x01\x00 not http at all\r\n\r\n");
    raw.resume();
    await closed;
    expect((await get("/")).status).toBe(200);
  });
});
