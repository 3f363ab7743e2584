/**
 * The page in Electron's own window. The page is sandboxed and isolated, comes from `app://latchwork/` only,
 * goes nowhere else, opens nothing, and reaches main through the frames of `preload.ts`.
 */
import { BrowserWindow, ipcMain, protocol, type IpcMainEvent, type Session as WebSession } from "electron";
import { channels } from "../channels.ts";
import { readPageFile, securityHeaders } from "../pageFiles.ts";
import type { Workbench } from "../services/workbench.ts";
import { Session } from "../session.ts";
import type { Bounds } from "./windowState.ts";

export interface ElectronOptions {
  readonly workbench: Workbench;
  readonly version: string;
  readonly pageFolder: string;
  readonly preload: string;
}

export const PAGE_SCHEME = "app";
const PAGE_HOST = "latchwork";
const PAGE_ORIGIN = `${PAGE_SCHEME}://${PAGE_HOST}`;

/** Copying from and pasting into the console; everything else a page can ask for is refused. */
const permissionsGranted: readonly string[] = ["clipboard-read", "clipboard-sanitized-write"];

/** Must run before the app is ready. */
export function registerPageScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: PAGE_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ]);
}

export function servePage(session: WebSession, pageFolder: string): void {
  session.protocol.handle(PAGE_SCHEME, async (request) => {
    const file = isPageUrl(request.url) ? await readPageFile(pageFolder, pathOf(request.url)) : undefined;
    if (!file)
      return new Response("There is no such file.\n", { status: 404, headers: { ...securityHeaders } });
    return new Response(new Uint8Array(file.bytes), {
      headers: { ...securityHeaders, "Content-Type": file.type },
    });
  });
  session.setPermissionRequestHandler((contents, permission, answer) =>
    answer(isPageUrl(contents.getURL()) && permissionsGranted.includes(permission)),
  );
  session.setPermissionCheckHandler(
    (_contents, permission, origin) =>
      (origin === PAGE_ORIGIN || origin === `${PAGE_ORIGIN}/`) && permissionsGranted.includes(permission),
  );
  session.setDevicePermissionHandler(() => false);
}

/** The size of a window in pixels: the workbench, and one console. */
const sizes = {
  workbench: { width: 1280, height: 800, minWidth: 880, minHeight: 560 },
  console: { width: 900, height: 560, minWidth: 400, minHeight: 240 },
} as const;

/** `bounds`: where it was the last time. */
export function openWindow(
  preload: string,
  url = `${PAGE_ORIGIN}/index.html`,
  bounds?: Bounds,
): BrowserWindow {
  const window = new BrowserWindow({
    ...(isConsoleUrl(url) ? sizes.console : sizes.workbench),
    ...bounds,
    title: "Latchwork",
    backgroundColor: "#14161a",
    show: false,
    webPreferences: {
      preload,
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      webSecurity: true,
      webviewTag: false,
      spellcheck: false,
    },
  });
  const { webContents } = window;
  // The page may ask for a console in a window of its own, and gets it from here, guarded like every window.
  webContents.setWindowOpenHandler(({ url: wanted }) => {
    if (isConsoleUrl(wanted)) openWindow(preload, wanted);
    return { action: "deny" };
  });
  webContents.on("will-navigate", (event) => event.preventDefault());
  webContents.on("will-redirect", (event) => event.preventDefault());
  webContents.on("will-frame-navigate", (event) => event.preventDefault());
  webContents.on("will-attach-webview", (event) => event.preventDefault());
  window.once("ready-to-show", () => window.show());
  void window.loadURL(url);
  return window;
}

/** One session for each page that says `connect`; a reload ends the one before. */
export function relayFrames(options: Pick<ElectronOptions, "workbench" | "version">): void {
  const sessions = new Map<number, Session>();
  ipcMain.on(channels.connect, (event) => {
    if (!isOurPage(event)) return;
    const { sender } = event;
    if (!sessions.has(sender.id))
      sender.once("destroyed", () => sessions.get(sender.id)?.end("The window is gone."));
    sessions.get(sender.id)?.end("The page was loaded again.");
    const session: Session = new Session({
      ...options,
      host: "electron",
      post: (frame) => {
        if (!sender.isDestroyed()) sender.send(channels.toPage, frame);
      },
      queuedBytes: () => 0,
      close: (sentence) => {
        if (sessions.get(sender.id) === session) sessions.delete(sender.id);
        if (!sender.isDestroyed()) sender.send(channels.end, sentence);
      },
    });
    sessions.set(sender.id, session);
  });
  ipcMain.on(channels.toHost, (event, frame: unknown) => {
    if (!isOurPage(event)) return;
    const session = sessions.get(event.sender.id);
    if (frame instanceof Uint8Array) session?.receive(frame);
    else session?.end("Frames are bytes.");
  });
}

/** Only the top frame of a window, and only while it shows our own page. */
function isOurPage(event: IpcMainEvent): boolean {
  const frame = event.senderFrame;
  return frame !== null && frame.parent === null && isPageUrl(frame.url);
}

function isPageUrl(text: string): boolean {
  return URL.canParse(text) && text.startsWith(`${PAGE_ORIGIN}/`) && new URL(text).host === PAGE_HOST;
}

/** Our own page, asked to show one guest's console. */
const isConsoleUrl = (text: string): boolean =>
  isPageUrl(text) &&
  /^\/(index\.html)?\?console=[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(text.slice(PAGE_ORIGIN.length));

/** As it was sent: `URL` would fold `..` away and hide what was asked for. */
const pathOf = (text: string): string => text.slice(PAGE_ORIGIN.length).split(/[?#]/, 1)[0]!;
