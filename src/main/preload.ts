/**
 * All that the page in Electron's window can reach: one channel of frames. Runs sandboxed, as CommonJS.
 * The page listens first and main answers, so nothing is sent to a page that is not there yet.
 */
import { contextBridge, ipcRenderer, type IpcRendererEvent } from "electron";
import { channels } from "./channels.ts";

contextBridge.exposeInMainWorld("latchwork", {
  connect(onFrame: (frame: Uint8Array) => void, onEnd: (sentence: string) => void): void {
    ipcRenderer.removeAllListeners(channels.toPage);
    ipcRenderer.removeAllListeners(channels.end);
    ipcRenderer.on(channels.toPage, (_event: IpcRendererEvent, frame: Uint8Array) => onFrame(frame));
    ipcRenderer.on(channels.end, (_event: IpcRendererEvent, sentence: string) => onEnd(sentence));
    ipcRenderer.send(channels.connect);
  },
  send(frame: Uint8Array): void {
    ipcRenderer.send(channels.toHost, frame);
  },
});
