/**
 * Measures for how long fibers hold the event loop without a break, and what they ran meanwhile.
 *
 * Effect keeps the fiber that is running in one slot of the global object, and tells nobody when it changes. While somebody
 * measures, an accessor takes the place of that slot, which buys the exact moments at which fibers start and stop running,
 * whoever resumes them. Inside of a slice, each operation passes `shouldYield` of the fiber's scheduler, which notes when
 * the context has changed: another run, another span. What is not measured pays for no clock.
 */
import type * as Context from "effect/Context"
import type * as Fiber from "effect/Fiber"
import type * as Scheduler from "effect/Scheduler"

type AnyFiber = Fiber.Fiber<unknown, unknown>

/** Time that passed in one context. `ended` is Unix time, and times are milliseconds. */
export interface Held {
  readonly context: Context.Context<never>
  readonly millis: number
  readonly ended: number
}

/** A scheduler that measures the fibers which it schedules, and those that run inside of their slices. */
export class MeasuringScheduler implements Scheduler.Scheduler {
  readonly executionMode: "sync" | "async"
  readonly threshold: number
  readonly report: (held: Held) => void
  /** Told of each context that begins to hold the event loop, and `undefined` when it is let go. */
  readonly watch: ((context: Context.Context<never> | undefined) => void) | undefined
  private readonly inner: Scheduler.Scheduler

  constructor(options: {
    readonly inner: Scheduler.Scheduler
    readonly threshold: number
    readonly report: (held: Held) => void
    readonly watch?: ((context: Context.Context<never> | undefined) => void) | undefined
  }) {
    this.inner = options.inner
    this.executionMode = options.inner.executionMode
    this.threshold = options.threshold
    this.report = options.report
    this.watch = options.watch
  }

  shouldYield(fiber: AnyFiber): boolean {
    if (fiber.context !== running) note(fiber, this)
    return this.inner.shouldYield(fiber)
  }

  makeDispatcher(): Scheduler.SchedulerDispatcher {
    return this.inner.makeDispatcher()
  }
}

/** One stretch in which the event loop is held, from the first fiber that is measured until the last has stopped. */
interface Stretch {
  readonly scheduler: MeasuringScheduler
  /** How many fibers were running, one inside the other, when it began. */
  readonly depth: number
  readonly began: number
  /** What was reported of it already. */
  reported: number
  longest: Held | undefined
}

const slot = "~effect/Fiber/currentFiber"
/** What the slot holds. */
let current: AnyFiber | undefined
/** The fibers that are running, each inside of the slice of the one before. */
const fibers: Array<AnyFiber> = []
let stretch: Stretch | undefined
const observers = new Set<(fiber: AnyFiber) => void>()
/** The context that time passes in since `since`. */
let running: Context.Context<never> | undefined
let since = 0
let users = 0

/** Begins to measure. */
export const install = (): void => {
  if (users++ > 0) return
  set(Reflect.get(globalThis, slot))
  Object.defineProperty(globalThis, slot, { configurable: true, enumerable: true, get: () => current, set })
}

/** Ends what `install` began, as often as that was called. */
export const uninstall = (): void => {
  if (--users > 0) return
  const value = current
  set(undefined)
  Object.defineProperty(globalThis, slot, { configurable: true, enumerable: true, writable: true, value })
}

/** Shows `observer` each fiber whenever it starts to run, until what this answers is called. */
export const observe = (observer: (fiber: AnyFiber) => void): () => void => {
  install()
  observers.add(observer)
  return () => {
    observers.delete(observer)
    uninstall()
  }
}

/** What is set is a fiber that starts, or the one around that which stops. */
const set = (fiber: AnyFiber | undefined): void => {
  current = fiber
  const depth = fibers.length
  if (fiber === undefined) {
    fibers.length = 0
    if (stretch !== undefined) end(stretch)
  } else if (depth > 1 && fibers[depth - 2] === fiber) {
    fibers.pop()
    if (stretch === undefined) return
    if (depth === stretch.depth) end(stretch)
    else pass(stretch, fiber.context)
  } else {
    if (stretch !== undefined) pass(stretch, fiber.context)
    fibers.push(fiber)
    for (const observer of observers) observer(fiber)
  }
}

const note = (fiber: AnyFiber, scheduler: MeasuringScheduler): void => {
  if (stretch !== undefined) return pass(stretch, fiber.context)
  // Fibers may outlive what measured them.
  if (users === 0) return
  since = performance.now()
  running = fiber.context
  stretch = { scheduler, depth: fibers.length, began: since, reported: 0, longest: undefined }
  scheduler.watch?.(running)
}

/** The time until now was that of the context that was running. */
const pass = (stretch: Stretch, next: Context.Context<never> | undefined): void => {
  const now = performance.now()
  const millis = now - since
  since = now
  if (running !== undefined) {
    if (millis >= stretch.scheduler.threshold) {
      stretch.reported += millis
      stretch.scheduler.report({ context: running, millis, ended: Date.now() })
    } else if (stretch.longest === undefined || millis > stretch.longest.millis) {
      stretch.longest = { context: running, millis, ended: 0 }
    }
  }
  running = next
  stretch.scheduler.watch?.(next)
}

/** Many short times add up too: the longest of them stands for all. */
const end = (ended: Stretch): void => {
  pass(ended, undefined)
  stretch = undefined
  const { began, longest, reported, scheduler } = ended
  const millis = since - began - reported
  if (millis < scheduler.threshold || longest === undefined) return
  scheduler.report({ context: longest.context, millis, ended: longest.ended })
}
