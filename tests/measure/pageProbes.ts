/** What a browser tells of a page: when it is useful, how often it draws, how long an echo takes, heap. */
import type { CDPSession, Page } from "playwright-core";

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
};

/** Milliseconds from the start of a navigation until the list of guests was drawn. */
export async function usefulPaintMs(page: Page, url: string): Promise<number> {
  await page.goto("about:blank");
  await page.goto(url, { waitUntil: "commit" });
  return page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        const look = (): void => {
          if (!document.querySelector("[data-guest]")) return void requestAnimationFrame(look);
          // The frame after the one in which it was there is the first that shows it.
          requestAnimationFrame(() => resolve(performance.now()));
        };
        look();
      }),
  );
}

/** What became of a page's frames, each a second of the time that was looked at. */
export interface Frames {
  /** Callbacks before a frame. */
  readonly asked: number;
  /** On the screen, whole or in part. */
  readonly drawn: number;
  /** Nothing on the page had changed since the frame before. */
  readonly unchanged: number;
  /** There was something to draw, and it was not drawn in time. */
  readonly missed: number;
  /** The longest time between two callbacks of which 99 in 100 are shorter, in milliseconds. */
  readonly gap99Ms: number;
}

/** The browser tells a frame's fate in a trace event; of a frame told twice the better one holds. */
const fates = ["STATE_DROPPED", "STATE_NO_UPDATE_DESIRED", "STATE_PRESENTED_PARTIAL", "STATE_PRESENTED_ALL"];

interface FrameEvent {
  readonly name: string;
  readonly pid: number;
  readonly args: {
    readonly frame_reporter?: {
      readonly state: string;
      readonly frame_source: number;
      readonly frame_sequence: number;
    };
  };
}

/** Frames of a page over some seconds, from the page's own clock and from the browser's trace. */
export async function framesOf(page: Page, seconds: number): Promise<Frames> {
  const session = await page.context().newCDPSession(page);
  const fateOf = new Map<string, number>();
  session.on("Tracing.dataCollected", ({ value }) => {
    for (const { name, pid, args } of value as unknown as FrameEvent[]) {
      if (name !== "PipelineReporter" || !args.frame_reporter) continue;
      const { state, frame_source, frame_sequence } = args.frame_reporter;
      const frame = `${pid} ${frame_source} ${frame_sequence}`;
      fateOf.set(frame, Math.max(fateOf.get(frame) ?? 0, fates.indexOf(state)));
    }
  });
  const ended = new Promise<void>((resolve) => session.once("Tracing.tracingComplete", () => resolve()));
  await session.send("Tracing.start", {
    traceConfig: { includedCategories: ["disabled-by-default-devtools.timeline.frame"] },
  });
  const gaps = await gapsBetweenFrames(page, seconds);
  await session.send("Tracing.end");
  await ended;
  await session.detach();
  const sorted = [...gaps].sort((a, b) => a - b);
  const total = gaps.reduce((sum, gap) => sum + gap, 0) / 1000;
  const withFate = (...wanted: readonly string[]): number =>
    [...fateOf.values()].filter((fate) => wanted.includes(fates[fate]!)).length / total;
  return {
    asked: gaps.length / total,
    drawn: withFate("STATE_PRESENTED_PARTIAL", "STATE_PRESENTED_ALL"),
    unchanged: withFate("STATE_NO_UPDATE_DESIRED"),
    missed: withFate("STATE_DROPPED"),
    gap99Ms: sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN,
  };
}

/** Milliseconds between the callbacks before frames, for some seconds. */
const gapsBetweenFrames = (page: Page, seconds: number): Promise<number[]> =>
  page.evaluate(
    (ms) =>
      new Promise<number[]>((resolve) => {
        const found: number[] = [];
        const start = performance.now();
        let last = start;
        const next = (now: number): void => {
          found.push(now - last);
          last = now;
          if (now - start < ms) requestAnimationFrame(next);
          else resolve(found.slice(1));
        };
        requestAnimationFrame(next);
      }),
    seconds * 1000,
  );

/** Milliseconds from the press of a key to its echo in the console with the keyboard, once for each key. */
export async function echoMs(page: Page, keys: string): Promise<number[]> {
  const times: number[] = [];
  for (const key of keys) {
    // The page listens before the key goes down: a handle is there when the script inside has run.
    const echo = await page.evaluateHandle(() => {
      const rows = document.activeElement?.closest(".xterm")?.querySelector(".xterm-rows");
      let pressed = 0;
      addEventListener("keydown", (event) => (pressed = event.timeStamp), { capture: true, once: true });
      const echoed = new Promise<number>((resolve, reject) => {
        if (!rows) return reject(new Error("no console has the keyboard"));
        const seen = new MutationObserver(() => {
          if (pressed === 0) return;
          seen.disconnect();
          resolve(performance.now() - pressed);
        });
        seen.observe(rows, { childList: true, subtree: true, characterData: true });
        setTimeout(() => reject(new Error("a key had no echo within ten seconds")), 10_000);
      });
      return { echoed };
    });
    await page.keyboard.press(key);
    times.push(await echo.evaluate(({ echoed }) => echoed));
  }
  return times;
}

/** Bytes that the page's scripts hold after a collection. */
export async function heapBytes(session: CDPSession): Promise<number> {
  await session.send("HeapProfiler.collectGarbage");
  return (await session.send("Runtime.getHeapUsage")).usedSize;
}
