/**
 * The clock of one limit. It stands still while everything that runs under the limit waits for something that the limit
 * does not count, such as a place in a pool. Waits count for the clocks in `around`, too.
 */
import type { Paused } from "../../internal/Deadline.ts"

/** Counts the waits of what runs under one limit. */
export class LimitClock {
  private waits = 0
  private parts = 1
  private limited: Paused | undefined = undefined
  private readonly around: LimitClock | undefined

  constructor(around?: LimitClock) {
    this.around = around
  }

  /** The clock that `limited` stands still with. */
  static of(limited: Paused): LimitClock {
    const clock = new LimitClock()
    clock.attach(limited)
    return clock
  }

  get isStill(): boolean {
    return this.waits > 0 && this.waits >= this.parts
  }

  /** `limited` stands still with this clock from now on. */
  attach(limited: Paused | undefined): void {
    this.limited = limited
  }

  /** One part begins to wait (1) or ends its wait (-1). */
  wait(count: 1 | -1): void {
    const { isStill } = this
    this.waits += count
    this.changed(isStill)
    this.around?.wait(count)
  }

  /** One more part runs at the same time (1), or one less (-1). */
  part(count: 1 | -1): void {
    const { isStill } = this
    this.parts += count
    this.changed(isStill)
    this.around?.part(count)
  }

  private changed(wasStill: boolean): void {
    if (this.isStill !== wasStill) this.limited?.pause(this.isStill)
  }
}
