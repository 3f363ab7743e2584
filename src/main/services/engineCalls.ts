/** Questions to a machine's engine that wait for their answers, by number. */
import { refuse, type Result } from "../../engine/base/result.ts";

/** A page asks a few at a time; more than this means that the engine does not answer. */
const WAITING_MAX = 256;

export class EngineCalls<Answer> {
  private readonly waiting = new Map<number, (answer: Result<Answer, string>) => void>();
  private last = 0;

  /** Sends by `post`, which is given the number that the answer comes with. */
  ask(post: (id: number) => void): Promise<Result<Answer, string>> {
    if (this.waiting.size >= WAITING_MAX)
      return Promise.resolve(refuse("The engine has not answered earlier questions yet. Try again."));
    const id = ++this.last;
    return new Promise((resolve) => {
      this.waiting.set(id, resolve);
      post(id);
    });
  }

  settle(id: number, answer: Result<Answer, string>): void {
    const resolve = this.waiting.get(id);
    this.waiting.delete(id);
    resolve?.(answer);
  }

  /** The machine is gone: nobody will answer. */
  refuseAll(sentence: string): void {
    for (const id of [...this.waiting.keys()]) this.settle(id, refuse(sentence));
  }
}
