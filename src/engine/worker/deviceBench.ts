/**
 * What a device worker does, without its thread: answers calls on the one session, tells every change, and
 * plays many scenarios one at a time so that calls are answered between them.
 */
import type {
  BatchReport, DeviceAnswer, DeviceCall, DeviceEvent, DeviceReport, DeviceRequest, DeviceState,
} from "../api/deviceSession.ts";
import { ok, refuse, type Result } from "../base/result.ts";
import { playBatch } from "../deviceSession/catalogueView.ts";
import { DeviceSession } from "../deviceSession/deviceSession.ts";

/** Calls behind which the machine is another or stands elsewhere: every window is told. */
const moves: ReadonlySet<DeviceCall["name"]> = new Set([
  "openScenario", "makeMachine", "append", "goTo", "closeMachine",
]);

export class DeviceBench {
  private readonly session = new DeviceSession();
  private readonly send: (event: DeviceEvent) => void;
  private readonly later: (work: () => void) => void;
  private playing: ReturnType<typeof playBatch> | undefined;
  private machine: DeviceState | undefined;
  private batch: BatchReport | undefined;
  private revision = 0;

  /** `later` runs its work when messages that wait have been answered. */
  constructor(send: (event: DeviceEvent) => void, later: (work: () => void) => void) {
    this.send = send;
    this.later = later;
  }

  take({ id, call }: DeviceRequest): void {
    const answer = this.answer(call);
    if (answer.ok && moves.has(call.name)) {
      this.machine = this.session.state();
      this.tell();
    }
    this.send({ type: "answer", id, answer });
  }

  private answer(call: DeviceCall): Result<DeviceAnswer, string> {
    if (call.name === "playAll") return this.play(call.scenarios, call.withDefects);
    if (call.name === "cancelPlay") return this.cancel();
    return this.session.answer(call);
  }

  private tell(): void {
    const { machine } = this;
    const report: DeviceReport = {
      revision: ++this.revision, ...(machine && { machine }), ...(this.batch && { batch: this.batch }),
    };
    this.send({ type: "report", report });
  }

  private play(ids: readonly string[] | undefined, withDefects: boolean): Result<null, string> {
    if (this.playing) return refuse("Scenarios are being played. Cancel that first, or wait.");
    this.playing = playBatch(ids, withDefects);
    this.goOn();
    return ok(null);
  }

  private cancel(): Result<null, string> {
    if (!this.playing || !this.batch) return refuse("No scenarios are being played.");
    this.playing = undefined;
    this.batch = { ...this.batch, state: "cancelled" };
    this.tell();
    return ok(null);
  }

  private goOn(): void {
    const next = this.playing?.next();
    if (!next || next.done) {
      this.playing = undefined;
      return;
    }
    this.batch = next.value;
    this.tell();
    this.later(() => this.goOn());
  }
}
