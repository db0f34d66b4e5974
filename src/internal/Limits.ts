/**
 * What passes with the time. Limits of equal length share one timer of Node, and a synchronous call, in which no timer fires, looks
 * at its own limits itself.
 */
import type * as Fiber from "effect/Fiber"
import type * as Scheduler from "effect/Scheduler"

/** What expires when its time has passed. It stands in one list at most. */
export abstract class Timed {
  /** Its neighbours in the list, the older one first. */
  older: Timed | undefined = undefined
  younger: Timed | undefined = undefined
  list: SameTime | undefined = undefined
  due = 0

  abstract expire(): void
}

/**
 * One timer of Node for all that expires after the same time: what begins later ends later, so 10,000 runs with one limit arm one
 * timer. None expires before a timer of its own would.
 */
export class SameTime {
  private static readonly lists = new Map<number, SameTime>()
  private readonly millis: number
  private oldest: Timed | undefined = undefined
  private youngest: Timed | undefined = undefined
  private timer: NodeJS.Timeout | undefined = undefined
  /** When the timer ends. */
  private next = 0
  private isExpiring = false

  private constructor(millis: number) {
    this.millis = millis
  }

  static add(one: Timed, millis: number): void {
    let list = SameTime.lists.get(millis)
    if (list === undefined) SameTime.lists.set(millis, list = new SameTime(millis))
    list.add(one)
  }

  private add(one: Timed): void {
    one.list = this
    // A whole number is kept in the object itself.
    one.due = Math.ceil(performance.now() + this.millis)
    one.older = this.youngest
    if (this.youngest === undefined) this.oldest = one
    else this.youngest.younger = one
    this.youngest = one
    if (this.timer === undefined && !this.isExpiring) this.arm(one.due, this.millis)
  }

  remove(one: Timed): void {
    if (one.older === undefined) this.oldest = one.younger
    else one.older.younger = one.younger
    if (one.younger === undefined) this.youngest = one.older
    else one.younger.older = one.older
    one.older = one.younger = one.list = undefined
    if (!this.isExpiring) this.endIfEmpty()
  }

  private arm(due: number, millis: number): void {
    this.next = due
    this.timer = setTimeout(this.expire, millis)
  }

  private endIfEmpty(): void {
    if (this.oldest !== undefined) return
    clearTimeout(this.timer)
    SameTime.lists.delete(this.millis)
  }

  private readonly expire = (): void => {
    this.timer = undefined
    this.isExpiring = true
    // The clock of timers is not quite this one.
    const now = Math.max(this.next, performance.now())
    try {
      while (this.oldest !== undefined && this.oldest.due <= now) {
        const one = this.oldest
        this.remove(one)
        one.expire()
      }
    } finally {
      this.isExpiring = false
      if (this.oldest === undefined) this.endIfEmpty()
      else this.arm(this.oldest.due, Math.max(1, this.oldest.due - now))
    }
  }
}

/** The limits of what runs on one `SharedDispatcher`, which looks at them where timers do not fire. */
export class SharedLimits {
  private readonly limits = new Map<Timed, number>()
  /** No limit passes before. */
  private next = Infinity

  add(one: Timed, millis: number): void {
    const due = performance.now() + millis
    this.limits.set(one, due)
    this.next = Math.min(this.next, due)
  }

  remove(one: Timed): void {
    this.limits.delete(one)
  }

  /** Expires those whose time has passed, the first that began first. */
  expireDue(): void {
    if (this.limits.size === 0) return
    const now = performance.now()
    if (now < this.next) return
    this.next = Infinity
    // What the end of one ends, too, is not met any more.
    for (const [one, due] of this.limits) {
      if (due <= now) {
        this.remove(one)
        one.expire()
      } else this.next = Math.min(this.next, due)
    }
  }
}

/** A dispatcher that all fibers of a synchronous call share, so that one flush lets all of them go on. */
export interface SharedDispatcher extends Scheduler.SchedulerDispatcher {
  readonly limits: SharedLimits
}

/** The limits of its dispatcher, where fibers share that. To ask any other fiber for its dispatcher would make one. */
export const sharedBy = (fiber: Fiber.Fiber<unknown, unknown>): SharedLimits | undefined => {
  if (fiber.cache.scheduler.executionMode !== "sync") return undefined
  const dispatcher: Partial<SharedDispatcher> = fiber.currentDispatcher
  return dispatcher.limits
}

/**
 * `Effect.runSync` lets only the fiber that it started go on after a yield. This lets `fiber`, which a fiber of it waits for, go
 * on, too, unless they share a dispatcher.
 */
export const goOn = (fiber: Fiber.Fiber<unknown, unknown>): void => {
  if (fiber.cache.scheduler.executionMode === "sync" && sharedBy(fiber) === undefined) fiber.currentDispatcher.flush()
}
