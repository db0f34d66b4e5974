/**
 * When each step of an observed run became ready, and why it did not start at once.
 */
import type * as Observer from "../../agent/internal/Observer.ts"

/** How long a step that was ready waited for its start, in milliseconds, and for what. */
export interface Wait {
  readonly for: "bound" | "reader" | "event loop"
  readonly duration: number
}

/** Milliseconds. A shorter wait is the time that starting steps takes. */
const shortest = 1

/** The times of one run. */
export class QueueTimes {
  /** Times are those of its last event, which is that of the step before. Reading the clock takes longer than all of this. */
  private readonly listener: Observer.Listener | undefined
  private readonly ready: Float64Array
  /** When the run last had to leave a step that was ready, by the reason. */
  private readonly stopped = { bound: -1, reader: -1 }

  constructor(observer: Observer.Observer, steps: ReadonlyArray<unknown>) {
    this.listener = observer.places[0]?.listener
    this.ready = new Float64Array(steps.length)
  }

  /** The step `at` is ready. */
  push(at: number): void {
    this.ready[at] = this.latest
  }

  /** The run starts no step for now. */
  stop(why: "bound" | "reader"): void {
    this.stopped[why] = this.latest
  }

  /** How long the step `at`, which starts `now`, has waited, and for what. `undefined` where it started at once. */
  waited(at: number, now: number): Wait | undefined {
    const since = this.ready[at]!
    if (now - since < shortest) return undefined
    // It may have waited for both: the bound comes first, since no step starts while it holds.
    const why = this.stopped.bound >= since ? "bound" : this.stopped.reader >= since ? "reader" : "event loop"
    return { for: why, duration: now - since }
  }

  private get latest(): number {
    return this.listener === undefined ? 0 : this.listener.latest
  }
}
