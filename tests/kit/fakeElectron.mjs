/**
 * Stands in for the `electron` module under plain Node: writes down what the app asks for and lets a test
 * poke it.
 */
import { EventEmitter } from "node:events";

export const record = { schemes: [], handlers: new Map(), windows: [], sandboxed: false, menu: undefined };

class WebContents extends EventEmitter {
  id = record.windows.length + 1;
  sent = [];
  setWindowOpenHandler(handler) {
    this.windowOpenHandler = handler;
  }
  send(channel, value) {
    this.sent.push({ channel, value });
    this.emit("test:sent");
  }
  isDestroyed() {
    return false;
  }
}

export class BrowserWindow extends EventEmitter {
  webContents = new WebContents();
  constructor(options) {
    super();
    this.options = options;
    record.windows.push(this);
  }
  static getAllWindows() {
    return record.windows;
  }
  loadURL(url) {
    this.url = url;
    return Promise.resolve();
  }
  show() {
    this.shown = true;
  }
  isDestroyed() {
    return this.destroyed === true;
  }
  isMinimized() {
    return false;
  }
  getNormalBounds() {
    return { x: 40, y: 30, width: 1300, height: 900 };
  }
}

export const app = Object.assign(new EventEmitter(), {
  enableSandbox: () => (record.sandboxed = true),
  requestSingleInstanceLock: () => true,
  whenReady: () => Promise.resolve(),
  quit: () => undefined,
  exit: (code) => process.exit(code),
});
export const Menu = {
  setApplicationMenu: (menu) => (record.menu = menu),
  buildFromTemplate: (template) => template,
};
export const screen = { getAllDisplays: () => [{ workArea: { x: 0, y: 0, width: 1920, height: 1080 } }] };
export const protocol = { registerSchemesAsPrivileged: (schemes) => record.schemes.push(...schemes) };
export const ipcMain = new EventEmitter();
export const session = {
  defaultSession: {
    protocol: { handle: (scheme, handler) => record.handlers.set(scheme, handler) },
    setPermissionRequestHandler: (handler) => (record.permissionRequest = handler),
    setPermissionCheckHandler: (handler) => (record.permissionCheck = handler),
    setDevicePermissionHandler: (handler) => (record.devicePermission = handler),
  },
};
