/**
 * When each step of an observed run became ready, and why it did not start at once.
 */
import type * as Observer from "../../agent/internal/Observer.ts"
import type { Wait } from "./StepScope.ts"

/** Milliseconds. A shorter wait is the time that starting steps takes. */
const shortest = 1

export class QueueTimes {
  private readonly observer: Observer.Observer
  private readonly ready = new Map<number, bigint>()
  /** When the run last had to leave a step that was ready, by the reason. */
  private readonly stopped = { bound: -1n, reader: -1n }

  constructor(observer: Observer.Observer) {
    this.observer = observer
  }

  /** The step `at` is ready. */
  push(at: number): void {
    this.ready.set(at, this.observer.now)
  }

  /** The run starts no step for now. */
  stop(why: "bound" | "reader"): void {
    if (this.ready.size > 0) this.stopped[why] = this.observer.now
  }

  /** The step `at` starts. Returns how long it waited, and for what, where that is worth a word. */
  shift(at: number): Wait | undefined {
    const since = this.ready.get(at)
    this.ready.delete(at)
    if (since === undefined) return undefined
    const duration = Number(this.observer.now - since) / 1e6
    if (duration < shortest) return undefined
    // It may have waited for both: the bound comes first, since no step starts while it holds.
    const why = this.stopped.bound >= since ? "bound" : this.stopped.reader >= since ? "reader" : "event loop"
    return { for: why, duration }
  }
}
