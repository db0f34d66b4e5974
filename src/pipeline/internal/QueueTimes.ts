/**
 * When each step of an observed run became ready, and why it did not start at once.
 */
import type * as Observer from "../../agent/internal/Observer.ts"
import type { Wait } from "./StepScope.ts"

/** Milliseconds. A shorter wait is the time that starting steps takes. */
const shortest = 1

export class QueueTimes {
  private readonly observer: Observer.Observer
  /** By the time of the last event, which is that of the step before. Reading the clock takes longer than all of this. */
  private readonly ready: Array<number> = []
  /** When the run last had to leave a step that was ready, by the reason. */
  private readonly stopped = { bound: -1, reader: -1 }

  constructor(observer: Observer.Observer) {
    this.observer = observer
  }

  /** The step `at` is ready. */
  push(at: number): void {
    this.ready[at] = this.observer.latest
  }

  /** The run starts no step for now. */
  stop(why: "bound" | "reader"): void {
    this.stopped[why] = this.observer.latest
  }

  /** How long the step `at`, which starts `now`, has waited, and for what, where that is worth a word. */
  waited(at: number, now: number): Wait | undefined {
    const since = this.ready[at]
    if (since === undefined || now - since < shortest) return undefined
    // It may have waited for both: the bound comes first, since no step starts while it holds.
    const why = this.stopped.bound >= since ? "bound" : this.stopped.reader >= since ? "reader" : "event loop"
    return { for: why, duration: now - since }
  }
}
