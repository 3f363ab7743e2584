/** Electron's entry: one window onto the workbench; a second start brings the first one to the front. */
import { app, BrowserWindow, Menu, session, type MenuItemConstructorOptions } from "electron";
import { fileURLToPath } from "node:url";
import { openWindow, registerPageScheme, relayFrames, servePage } from "./hosts/electron.ts";
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
  let window = openWindow(preload);
  app.on("second-instance", () => window.show());
  app.on("activate", () => {
    if (BrowserWindow.getAllWindows().length === 0) window = openWindow(preload);
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
