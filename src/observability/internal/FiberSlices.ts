/**
 * Measures for how long fibers hold the event loop without a break, and what they ran meanwhile.
 *
 * Effect keeps the running fiber in one slot of the global object, without an event for its changes. During a measurement
 * an accessor replaces that slot, which shows the exact moments at which fibers start and stop running. Inside of a slice,
 * each operation passes `shouldYield` of the fiber's scheduler, which notes a change of the context: another run, another
 * span. Fibers that are not measured read no clock.
 */
import * as Context from "effect/Context"
import type * as Fiber from "effect/Fiber"
import * as Scheduler from "effect/Scheduler"

type AnyFiber = Fiber.Fiber<unknown, unknown>

/** Time that passed in one context, in milliseconds. `ended` is Unix time. */
export interface Held {
  readonly context: Context.Context<never>
  readonly millis: number
  readonly ended: number
}

/** Receives the times from `threshold` milliseconds on. */
export interface Meter {
  readonly threshold: number
  readonly report: (held: Held) => void
  /** Receives each context that begins to hold the event loop, and `undefined` at the end. */
  readonly watch?: ((context: Context.Context<never> | undefined) => void) | undefined
}

/** A scheduler that measures its fibers, and those that run inside of their slices. */
export class MeasuringScheduler implements Scheduler.Scheduler {
  readonly executionMode: "sync" | "async"
  readonly meter: Meter
  private readonly inner: Scheduler.Scheduler

  constructor(inner: Scheduler.Scheduler, meter: Meter) {
    this.inner = inner
    this.executionMode = inner.executionMode
    this.meter = meter
  }

  shouldYield(fiber: AnyFiber): boolean {
    if (fiber.context !== running) note(fiber, this.meter)
    return this.inner.shouldYield(fiber)
  }

  makeDispatcher(): Scheduler.SchedulerDispatcher {
    return this.inner.makeDispatcher()
  }
}

/** One stretch in which the event loop is held, from the first fiber that is measured until the last has stopped. */
interface Stretch {
  /** How many fibers were running, one inside the other, when it began. */
  readonly depth: number
  readonly began: number
  /** Milliseconds of it that were reported already. */
  reported: number
  longest: { readonly held: Held; readonly meter: Meter } | undefined
}

const slot = "~effect/Fiber/currentFiber"
/** What the slot holds. */
let current: AnyFiber | undefined
/** The fibers that are running, each inside of the slice of the one before. */
const fibers: Array<AnyFiber> = []
let stretch: Stretch | undefined
const observers = new Set<(fiber: AnyFiber) => void>()
/** The context that runs since `since`, and its meter. */
let running: Context.Context<never> | undefined
let meter: Meter | undefined
let since = 0
let users = 0
/** The last of them measures the fibers with the default scheduler. */
const common: Array<Meter> = []

/** Starts to measure. */
export const install = (): void => {
  if (users++ > 0) return
  set(Reflect.get(globalThis, slot))
  Object.defineProperty(globalThis, slot, { configurable: true, enumerable: true, get: () => current, set })
}

/** Stops to measure, after as many calls as of `install`. */
export const uninstall = (): void => {
  if (--users > 0) return
  const value = current
  set(undefined)
  Object.defineProperty(globalThis, slot, { configurable: true, enumerable: true, writable: true, value })
}

/** Calls `observer` with each fiber whenever it starts to run, until the returned function is called. */
export const observe = (observer: (fiber: AnyFiber) => void): () => void => {
  install()
  observers.add(observer)
  return () => {
    observers.delete(observer)
    uninstall()
  }
}

/**
 * Measures the fibers of this thread with the default scheduler, until the returned function is called. All of them share
 * that scheduler and read it when they start, so running fibers see only a replaced method of it.
 */
export const measureAll = (meter: Meter): () => void => {
  install()
  if (common.push(meter) === 1) {
    commonScheduler.shouldYield = (fiber) => {
      if (fiber.context !== running) note(fiber, common.at(-1)!)
      return shouldYield.call(commonScheduler, fiber)
    }
  }
  return () => {
    common.splice(common.indexOf(meter), 1)
    if (common.length === 0) commonScheduler.shouldYield = shouldYield
    uninstall()
  }
}

const commonScheduler = Context.get(Context.empty(), Scheduler.Scheduler)
const { shouldYield } = commonScheduler

/** Receives a fiber that starts, or the fiber around one that stops. */
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
    else pass(stretch, fiber.context, meterOf(fiber))
  } else {
    if (stretch !== undefined) pass(stretch, fiber.context, meterOf(fiber))
    fibers.push(fiber)
    for (const observer of observers) observer(fiber)
  }
}

/** The time of a fiber without a meter counts for the one around it. */
const meterOf = ({ cache: { scheduler } }: AnyFiber): Meter | undefined =>
  scheduler instanceof MeasuringScheduler
    ? scheduler.meter
    : (scheduler === commonScheduler ? common.at(-1) : undefined) ?? meter

const note = (fiber: AnyFiber, by: Meter): void => {
  if (stretch !== undefined) return pass(stretch, fiber.context, by)
  // Fibers may outlive the measurement.
  if (users === 0) return
  since = performance.now()
  running = fiber.context
  meter = by
  stretch = { depth: fibers.length, began: since, reported: 0, longest: undefined }
  meter.watch?.(running)
}

/** Counts the time until now for the running context. */
const pass = (stretch: Stretch, next: Context.Context<never> | undefined, by: Meter | undefined): void => {
  const now = performance.now()
  const millis = now - since
  since = now
  if (running !== undefined && meter !== undefined) {
    if (millis >= meter.threshold) {
      stretch.reported += millis
      meter.report({ context: running, millis, ended: Date.now() })
    } else if (stretch.longest === undefined || millis > stretch.longest.held.millis) {
      stretch.longest = { held: { context: running, millis, ended: 0 }, meter }
    }
  }
  if (by !== meter) meter?.watch?.(undefined)
  running = next
  meter = by
  meter?.watch?.(next)
}

/** Many short times add up too: the longest is reported with their sum. */
const end = (ended: Stretch): void => {
  pass(ended, undefined, meter)
  stretch = undefined
  meter = undefined
  const { began, longest, reported } = ended
  const millis = since - began - reported
  if (longest === undefined || millis < longest.meter.threshold) return
  longest.meter.report({ ...longest.held, millis })
}
