/** Electron's entry: one window onto the workbench; a second start brings the first one to the front. */
import { app, BrowserWindow, Menu, screen, session, type MenuItemConstructorOptions } from "electron";
import { fileURLToPath } from "node:url";
import { openWindow, registerPageScheme, relayFrames, servePage } from "./hosts/electron.ts";
import { BOUNDS_KEY, boundsFrom, boundsText } from "./hosts/windowState.ts";
import { openWorkbench } from "./openWorkbench.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const preload = here("../preload/preload.cjs");

async function main(): Promise<void> {
  app.enableSandbox();
  registerPageScheme();
  if (!app.requestSingleInstanceLock()) return app.quit();
  await app.whenReady();
  const thread = (name: string): URL => new URL(`./${name}.js`, import.meta.url);
  const { workbench, version } = openWorkbench(here("../.."), thread("engineWorker"), thread("storeWorker"));
  // The page has its own keys (F5 runs a machine); macOS needs a menu for copy and paste to work at all.
  const menu: MenuItemConstructorOptions[] = [
    { role: "appMenu" },
    { role: "editMenu" },
    { role: "windowMenu" },
  ];
  Menu.setApplicationMenu(process.platform === "darwin" ? Menu.buildFromTemplate(menu) : null);
  servePage(session.defaultSession, here("../renderer"));
  relayFrames({ workbench, version });
  const { settings } = workbench;
  async function openMain(): Promise<BrowserWindow> {
    const kept = (await settings.all())[BOUNDS_KEY];
    const displays = screen.getAllDisplays().map(({ workArea }) => workArea);
    const window = openWindow(preload, undefined, boundsFrom(kept, displays));
    const keep = (): void => void settings.set(BOUNDS_KEY, boundsText(window.getNormalBounds()));
    // At the last close of all the process may end before the file is written; a blur comes earlier.
    window.on("blur", keep);
    window.on("close", keep);
    return window;
  }
  let window = await openMain();
  const showMain = async (): Promise<void> => {
    // Consoles in windows of their own may have outlived it.
    if (window.isDestroyed()) window = await openMain();
    if (window.isMinimized()) window.restore();
    window.show();
  };
  app.on("second-instance", () => void showMain());
  app.on("activate", () => {
    if (BrowserWindow.getAllWindows().length === 0) void showMain();
  });
  app.on("window-all-closed", () => {
    if (process.platform !== "darwin") app.quit();
  });
  app.on("will-quit", () => void workbench.close());
}

main().catch((error: unknown) => {
  console.error(`latchwork: ${error instanceof Error ? error.message : String(error)}.`);
  app.exit(1);
});
