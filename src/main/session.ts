/**
 * One page's connection, the same behind a WebSocket and behind Electron's IPC: frames in, frames out. Every
 * frame is counted, decoded and checked against the contract before a service sees it; what does not fit ends
 * the session with a sentence.
 *
 * Console output is pulled from the machine's log as the page acknowledges it, so a slow page costs nothing
 * but its own backlog.
 */
import { createBirpc } from "birpc";
import { decodeFrame, encodeFrame } from "../engine/api/frame.ts";
import type { HostCalls, HostInfo, Outcome, PageCalls } from "../engine/api/workbench.ts";
import { checkMessage, limits } from "./contract.ts";
import { ConsoleFeed } from "./services/consoleFeed.ts";
import { SnapshotDesk } from "./services/snapshotDesk.ts";
import { PageScripts } from "./services/scripts.ts";
import { Uploads } from "./services/uploads.ts";
import type { Workbench } from "./services/workbench.ts";
import { TokenBucket } from "./tokenBucket.ts";

export interface SessionOptions {
  readonly workbench: Workbench;
  readonly host: HostInfo["host"];
  readonly version: string;
  post(frame: Uint8Array): void;
  /** Bytes accepted by the transport and not yet gone. */
  queuedBytes(): number;
  /** The transport must let no more frames through. */
  close(sentence: string): void;
}

/** Above this many unsent bytes, figures are dropped: newer ones follow. */
const CONGESTED_BYTES = 2 ** 20;
const MESSAGES_PER_SECOND = 500;
const BYTES_PER_SECOND = 64 * 2 ** 20;

export class Session {
  private readonly options: SessionOptions;
  private readonly uploads = new Uploads();
  private readonly messages = new TokenBucket(MESSAGES_PER_SECOND, 4 * MESSAGES_PER_SECOND);
  private readonly bytes = new TokenBucket(BYTES_PER_SECOND, 2 * BYTES_PER_SECOND);
  private readonly consoles: ConsoleFeed;
  private readonly scripts: PageScripts;
  private readonly desk: SnapshotDesk;
  private readonly page: ReturnType<typeof createBirpc<PageCalls, HostCalls>>;
  private readonly unlisten: (() => void)[] = [];
  private handle: (frame: Uint8Array) => void = () => undefined;
  private closed = false;

  constructor(options: SessionOptions) {
    this.options = options;
    // No prototype: a page must not reach `constructor` or `toString` as if they were calls.
    const calls = Object.assign(Object.create(null) as object, this.calls()) as HostCalls;
    this.page = createBirpc<PageCalls, HostCalls>(calls, {
      post: (frame: Uint8Array) => {
        if (!this.closed) options.post(frame);
      },
      on: (handle) => {
        this.handle = handle as (frame: Uint8Array) => void;
      },
      serialize: encodeFrame,
      deserialize: (frame: Uint8Array): unknown => {
        const message = decodeFrame(frame);
        checkMessage(message);
        return message;
      },
      onGeneralError: (error) => {
        this.end(`The message is not in the contract: ${error.message}`);
        return true;
      },
      bind: "functions",
      timeout: -1,
    });
    this.desk = new SnapshotDesk(options.workbench.saves, this.uploads, (task) => {
      if (options.queuedBytes() < CONGESTED_BYTES) void this.page.snapshotTask.asEvent(task);
    });
    this.consoles = new ConsoleFeed(
      options.workbench.machines,
      (chunk) => void this.page.consoleOutput.asEvent(chunk),
    );
    this.scripts = new PageScripts(options.workbench, {
      output: (output) => void this.page.scriptOutput.asEvent(output),
      ended: (run, end) => void this.page.scriptEnded.asEvent({ run, end }),
    });
  }

  /** Takes one frame; ends the session where it is too large, too much, or not in the contract. */
  receive(frame: Uint8Array): void {
    if (this.closed) return;
    if (frame.length > limits.frameBytesMax)
      return this.end(`A frame has ${frame.length} bytes; at most ${limits.frameBytesMax} are allowed.`);
    const now = performance.now();
    if (!this.messages.take(1, now) || !this.bytes.take(frame.length, now))
      return this.end(`Too many messages: at most ${MESSAGES_PER_SECOND} in a second are allowed.`);
    this.handle(frame);
  }

  /** The transport is gone, or must go. */
  end(sentence: string): void {
    if (this.closed) return;
    this.closed = true;
    for (const unlisten of this.unlisten) unlisten();
    this.consoles.close();
    this.scripts.close();
    this.desk.close();
    this.uploads.clear();
    this.page.$close();
    this.options.close(sentence);
  }

  private async hello(): ReturnType<HostCalls["hello"]> {
    const { workbench, host, version } = this.options;
    if (this.unlisten.length === 0) this.listen();
    return {
      info: {
        host,
        version,
        uploadBytesMax: limits.uploadBytesMax,
        uploadChunkBytes: limits.uploadChunkBytes,
        consoleInputBytes: limits.consoleInputBytes,
      },
      guests: await workbench.guests(),
      machines: workbench.machines.summaries(),
      fetches: workbench.fetches(),
      settings: await workbench.settings.all(),
      devices: workbench.devices.report(),
      left: await workbench.sessions.left(),
    };
  }

  private listen(): void {
    const { workbench, queuedBytes } = this.options;
    this.unlisten.push(
      workbench.listen({
        guestsChanged: (guests) => void this.page.guestsChanged.asEvent(guests),
        fetchChanged: (change) => {
          if (change.state?.kind !== "fetching" || queuedBytes() < CONGESTED_BYTES)
            void this.page.fetchChanged.asEvent(change);
        },
      }),
      workbench.devices.listen((report) => void this.page.devicesChanged.asEvent(report)),
      workbench.saves.listen((tree) => void this.page.snapshotsChanged.asEvent(tree)),
      workbench.sessions.listen((left) => void this.page.leftChanged.asEvent(left)),
      workbench.settings.listen((change) => void this.page.settingChanged.asEvent(change)),
      workbench.machines.listen({
        machineChanged: (machine) => {
          if (machine.phase !== "running" || queuedBytes() < CONGESTED_BYTES)
            void this.page.machineChanged.asEvent(machine);
        },
        consoleGrew: (id) => this.consoles.grew(id),
        machineRefused: (id, sentence) => void this.page.machineRefused.asEvent({ id, sentence }),
      }),
    );
  }

  private calls(): HostCalls {
    const { workbench } = this.options;
    const { machines } = workbench;
    return {
      hello: () => this.hello(),
      fetchGuest: ({ id }) => workbench.fetch(id),
      cancelFetch: async ({ id }) => workbench.cancelFetch(id),
      openUpload: async ({ name, sizeBytes }) => this.uploads.begin(name, sizeBytes),
      writeUpload: async ({ id, offset, bytes }) => this.uploads.write(id, offset, bytes),
      dropUpload: async ({ id }) => {
        this.uploads.drop(id);
        return { ok: true, value: undefined };
      },
      addGuest: (guest) => this.addGuest(guest),
      removeGuest: ({ id }) => workbench.remove(id),
      startMachine: ({ id, ap }) => workbench.start(id, ap),
      takeUpMachine: ({ id }) => workbench.takeUp(id),
      forgetLeft: ({ id }) => workbench.sessions.forget(id),
      resumeMachine: async ({ id }) => machines.resume(id),
      pauseMachine: async ({ id }) => machines.pause(id),
      resetMachine: async ({ id }) => machines.reset(id),
      powerOffMachine: async ({ id }) => machines.powerOff(id),
      sendConsole: async ({ id, bytes }) => machines.input(id, bytes),
      attachConsole: async ({ id, fromOffset }) => this.consoles.attach(id, fromOffset),
      ackConsole: async ({ id, offset }) => this.consoles.acknowledge(id, offset),
      debugMachine: ({ id, call }) => machines.debug(id, call),
      recordOf: ({ id, rest }) => workbench.pasts.record(id, rest),
      goToPast: ({ id, goal }) => workbench.pasts.go(id, goal),
      deviceMachine: ({ call }) => workbench.devices.ask(call),
      snapshots: ({ call }) => this.desk.ask(call),
      scripts: () => workbench.scriptFiles.shelf(),
      readScript: ({ name }) => workbench.scriptFiles.read(name),
      writeScript: ({ name, text }) => workbench.scriptFiles.write(name, text),
      removeScript: ({ name }) => workbench.scriptFiles.remove(name),
      runScript: async (request) => this.scripts.start(request),
      stopScript: async ({ run }) => this.scripts.stop(run),
      ackScript: async ({ run, offset }) => this.scripts.acknowledge(run, offset),
      saveSetting: ({ key, value }) => workbench.settings.set(key, value),
      detachConsole: async ({ id }) => this.consoles.detach(id),
    };
  }

  private async addGuest(guest: Parameters<HostCalls["addGuest"]>[0]): ReturnType<HostCalls["addGuest"]> {
    const { kernel: kernelId, initrd: initrdId, ...rest } = guest;
    const kernel = this.uploads.finished(kernelId);
    if (!kernel.ok) return kernel;
    const initrd: Outcome<{ name: string; bytes: Uint8Array } | undefined> =
      initrdId === undefined ? { ok: true, value: undefined } : this.uploads.finished(initrdId);
    if (!initrd.ok) return initrd;
    const spec = { ...rest, kernel: kernel.value, ...(initrd.value && { initrd: initrd.value }) };
    const added = await this.options.workbench.add(spec);
    if (added.ok) for (const id of [kernelId, initrdId]) if (id !== undefined) this.uploads.drop(id);
    return added;
  }
}
