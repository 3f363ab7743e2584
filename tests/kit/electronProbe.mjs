/**
 * Runs the built main bundle with `electron` replaced, pokes it the way a hostile page would, and prints what
 * came of it as JSON. A process of its own: the bundle is the app, it does not end.
 */
import { registerHooks } from "node:module";

const fakeUrl = new URL("./fakeElectron.mjs", import.meta.url).href;
registerHooks({
  resolve: (name, context, next) =>
    name === "electron" ? { url: fakeUrl, shortCircuit: true } : next(name, context),
});
const { app, ipcMain, record } = await import(fakeUrl);
const { decodeFrame, encodeFrame } = await import("../../src/engine/api/frame.ts");
await import("../../out/main/main.js");
while (record.windows.length === 0) await new Promise((resolve) => setImmediate(resolve));

const [window] = record.windows;
const contents = window.webContents;
const page = "app://latchwork/index.html";
const permissions = [
  "clipboard-read",
  "clipboard-sanitized-write",
  "media",
  "geolocation",
  "notifications",
  "openExternal",
];

async function fetched(url) {
  const answer = await record.handlers.get("app")({ url });
  return { status: answer.status, policy: answer.headers.get("content-security-policy") ?? "" };
}

function asked(permission, url) {
  let answered;
  record.permissionRequest({ getURL: () => url }, permission, (allowed) => (answered = allowed));
  return answered;
}

function prevented(event) {
  let stopped = false;
  contents.emit(event, { preventDefault: () => (stopped = true) });
  return stopped;
}

const frameFrom = (url, parent = null) => ({ sender: contents, senderFrame: { url, parent } });
const call = (m, a = []) => encodeFrame({ t: "q", m, a, i: "1" });

/** What the page hears after it was sent: the first message, or nothing once a later one was answered. */
async function heard(event, frame) {
  contents.sent = [];
  ipcMain.emit("latchwork:connect", event);
  ipcMain.emit("latchwork:to-host", event, frame);
  const limit = Date.now() + 2_000;
  const waits = event.senderFrame.url === page && event.senderFrame.parent === null;
  while (waits && contents.sent.length === 0 && Date.now() < limit)
    await new Promise((resolve) => setImmediate(resolve));
  const [first] = contents.sent.filter(({ value }) => value !== "The page was loaded again.");
  if (!first) return "nothing";
  if (first.channel === "latchwork:end") return "end";
  return Object.keys(decodeFrame(first.value).r ?? {})
    .sort()
    .join(" ");
}

const report = {
  sandboxed: record.sandboxed,
  schemes: record.schemes,
  menuGone: record.menu === null,
  url: window.url,
  preferences: window.options.webPreferences,
  files: Object.fromEntries(
    await Promise.all(
      [
        page,
        "app://latchwork/",
        "app://latchwork/../main/main.js",
        "app://latchwork/%2e%2e/main/main.js",
        "app://latchwork//etc/passwd",
        "app://latchwork/..\\main\\main.js",
        "app://other/index.html",
        "app://latchwork.evil/index.html",
      ].map(async (url) => [url, await fetched(url)]),
    ),
  ),
  windowOpen: contents.windowOpenHandler({ url: "https://example.org" }).action,
  prevented: Object.fromEntries(
    ["will-navigate", "will-redirect", "will-frame-navigate", "will-attach-webview"].map((name) => [
      name,
      prevented(name),
    ]),
  ),
  permissions: {
    own: permissions.filter((name) => asked(name, page)),
    foreign: permissions.filter((name) => asked(name, "https://example.org/")),
    checkedOwn: permissions.filter((name) => record.permissionCheck(null, name, "app://latchwork")),
    checkedForeign: permissions.filter((name) => record.permissionCheck(null, name, "https://example.org")),
    device: record.devicePermission({}),
  },
  calls: {
    own: await heard(frameFrom(page), call("hello")),
    foreign: await heard(frameFrom("https://example.org/"), call("hello")),
    lookalike: await heard(frameFrom("app://latchwork.evil/index.html"), call("hello")),
    subframe: await heard(frameFrom(page, {}), call("hello")),
    unknownCall: await heard(frameFrom(page), call("shutdown")),
    prototype: await heard(frameFrom(page), call("constructor")),
    noBytes: await heard(frameFrom(page), "hello"),
  },
};
// The window is closed while a console's own window goes on, and the app is started a second time.
window.emit("close");
window.destroyed = true;
app.emit("second-instance");
while (record.windows.length === 1) await new Promise((resolve) => setImmediate(resolve));
const { x, y, width, height } = record.windows[1].options;
report.second = { url: record.windows[1].url, bounds: { x, y, width, height } };
console.log(JSON.stringify(report));
process.exit(0);
