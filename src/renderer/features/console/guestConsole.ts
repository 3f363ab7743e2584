/**
 * One guest's terminal, which lives on while other tabs are shown. Output is acknowledged only when the
 * terminal has taken it in, so the host never sends more than the page can show; input goes out in order,
 * piece by piece.
 */
import { FitAddon } from "@xterm/addon-fit";
import { SearchAddon } from "@xterm/addon-search";
import { SerializeAddon } from "@xterm/addon-serialize";
import { WebglAddon } from "@xterm/addon-webgl";
import { Terminal, type ITheme } from "@xterm/xterm";
import type { ConsoleChunk } from "../../../engine/api/workbench.ts";
import type { Bridge } from "../../bridge.ts";
import { byteSize } from "../../ui/units.ts";

const SCROLLBACK_LINES = 10_000;
/** Acknowledging every chunk would cost a message each; the host waits only after many of these. */
const ACK_BYTES = 32 * 2 ** 10;
const ACK_MS = 100;
/** RIS: the terminal is as new. */
const RESET = "\x1bc";

export class GuestConsole {
  readonly id: string;
  readonly terminal: Terminal;
  readonly search = new SearchAddon();
  private readonly fitter = new FitAddon();
  private readonly serializer = new SerializeAddon();
  private readonly bridge: Bridge;
  private readonly onRefused: (sentence: string) => void;
  private run = 0;
  private received = 0;
  private shown = 0;
  private acknowledged = 0;
  private ackTimer: ReturnType<typeof setTimeout> | undefined;
  private attached = false;
  private sending: Promise<void> = Promise.resolve();

  constructor(id: string, bridge: Bridge, theme: ITheme, onRefused: (sentence: string) => void) {
    this.id = id;
    this.bridge = bridge;
    this.onRefused = onRefused;
    this.terminal = new Terminal({
      allowProposedApi: true,
      cursorBlink: false,
      fontFamily: '"Plex Mono", ui-monospace, Consolas, "DejaVu Sans Mono", monospace',
      fontSize: 13,
      lineHeight: 1.05,
      minimumContrastRatio: 4.5,
      scrollback: SCROLLBACK_LINES,
      theme,
    });
    this.terminal.loadAddon(this.fitter);
    this.terminal.loadAddon(this.search);
    this.terminal.loadAddon(this.serializer);
    this.terminal.onData((text) => this.type(text));
    this.terminal.onBinary((text) =>
      this.send(Uint8Array.from(text, (character) => character.charCodeAt(0))),
    );
  }

  /** Puts the terminal into the page, or moves it there. */
  show(parent: HTMLElement): void {
    if (this.terminal.element) {
      parent.append(this.terminal.element);
      return;
    }
    this.terminal.open(parent);
    if (isWebglFast()) {
      const webgl = new WebglAddon();
      webgl.onContextLoss(() => webgl.dispose());
      this.terminal.loadAddon(webgl);
    }
  }

  fit(): void {
    if (this.terminal.element?.isConnected) this.fitter.fit();
  }

  async attach(): Promise<void> {
    const attached = await this.bridge.ask("attachConsole", { id: this.id, fromOffset: this.received });
    this.attached = attached.ok;
    if (attached.ok) this.beginRun(attached.value.run, attached.value.offset);
  }

  /** After a new start the host has a new run; after a lost connection, what was missed. */
  async reattach(): Promise<void> {
    if (this.attached) await this.attach();
  }

  take(chunk: ConsoleChunk): void {
    if (chunk.run !== this.run) this.beginRun(chunk.run, chunk.offset);
    const missed = chunk.offset - this.received;
    if (missed > 0)
      this.terminal.write(`\r\n\x1b[2m[${byteSize(missed)} of output came too fast and are gone]\x1b[0m\r\n`);
    const end = chunk.offset + chunk.bytes.length;
    // Where a connection broke, the same bytes may come twice.
    const fresh = missed < 0 ? chunk.bytes.subarray(Math.min(-missed, chunk.bytes.length)) : chunk.bytes;
    this.received = Math.max(this.received, end);
    this.terminal.write(fresh, () => this.shownTo(end));
  }

  type(text: string): void {
    this.send(new TextEncoder().encode(text));
  }

  /** Types text as if the person had; the terminal turns its line ends into Return. */
  paste(text: string): void {
    this.terminal.paste(text);
  }

  /** Everything the terminal still holds, as text. */
  text(): string {
    const lines: string[] = [];
    const buffer = this.terminal.buffer.normal;
    for (let row = 0; row < buffer.length; row++) {
      const line = buffer.getLine(row)!;
      if (line.isWrapped && lines.length > 0) lines[lines.length - 1] += line.translateToString(true);
      else lines.push(line.translateToString(true));
    }
    return `${lines.join("\n").trimEnd()}\n`;
  }

  /** The same with colours and attributes, as escape sequences. */
  styledText(): string {
    return this.serializer.serialize();
  }

  /**
   * The terminal mirrors its lines into a list that a screen reader follows; this costs speed, so it is asked
   * for.
   */
  toggleScreenReader(): void {
    this.terminal.options.screenReaderMode = !this.terminal.options.screenReaderMode;
  }

  clear(): void {
    this.terminal.clear();
  }

  dispose(): void {
    clearTimeout(this.ackTimer);
    this.terminal.dispose();
  }

  private beginRun(run: number, offset: number): void {
    if (run === this.run) return;
    // In the order of the output: some of the run before may still be on its way into the terminal.
    if (this.run !== 0) this.terminal.write(RESET);
    this.run = run;
    this.received = offset;
    this.shown = offset;
    this.acknowledged = offset;
  }

  private shownTo(offset: number): void {
    this.shown = Math.max(this.shown, offset);
    if (this.shown - this.acknowledged >= ACK_BYTES) this.acknowledge();
    else this.ackTimer ??= setTimeout(() => this.acknowledge(), ACK_MS);
  }

  private acknowledge(): void {
    clearTimeout(this.ackTimer);
    this.ackTimer = undefined;
    this.acknowledged = this.shown;
    this.bridge.tell("ackConsole", { id: this.id, offset: this.shown });
  }

  private send(bytes: Uint8Array): void {
    this.sending = this.sending.then(() => this.sendPieces(bytes));
  }

  private async sendPieces(bytes: Uint8Array): Promise<void> {
    const pieceBytes = 4096;
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      const sent = await this.bridge.ask("sendConsole", {
        id: this.id,
        bytes: bytes.slice(at, at + pieceBytes),
      });
      if (sent.ok) continue;
      this.onRefused(sent.error);
      return;
    }
  }
}

/** Software WebGL is slower than the terminal's own way of drawing. */
function isWebglFast(): boolean {
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("webgl2", { failIfMajorPerformanceCaveat: true });
  if (!context) return false;
  const named = context.getExtension("WEBGL_debug_renderer_info");
  const renderer = named ? String(context.getParameter(named.UNMASKED_RENDERER_WEBGL)) : "";
  context.getExtension("WEBGL_lose_context")?.loseContext();
  return !/swiftshader|llvmpipe|software/i.test(renderer);
}
