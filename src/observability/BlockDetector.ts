/**
 * Names the agent that held the event loop: it computed without a break, and no other agent, request or timer could run.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import * as Scheduler from "effect/Scheduler"
import * as Tracer from "effect/Tracer"
import * as Run from "../agent/Run.ts"
import * as GenAi from "../internal/GenAi.ts"
import * as FiberSlices from "./internal/FiberSlices.ts"
import { Watchdog } from "./internal/Watchdog.ts"

/**
 * One block: a time in which the event loop was held.
 *
 * @category models
 */
export interface Block {
  /** The innermost agent that ran, if any. */
  readonly agent: string | undefined
  /** The id of its run. */
  readonly run: string | undefined
  /** The spans around the place, outermost first, such as `Fuel > Fuel.execute > parse`. */
  readonly span: string | undefined
  readonly millis: number
}

/**
 * What counts as a block, and where to report it.
 *
 * @category models
 */
export interface BlockDetectorOptions {
  /** How long a block must be to be reported. Default: 100 milliseconds. */
  readonly threshold?: Duration.Input
  /** The level of the logs. Default: `Warn`. */
  readonly logLevel?: LogLevel.Severity
  /** Receives each block, after its end. */
  readonly onBlock?: (block: Block) => void
  /**
   * Whether a thread watches too, for blocks that never end: it writes to standard error during a block, with the stack of
   * the code that holds the event loop. It uses the debugger of this process to see the stack: not for production.
   * Default: false.
   */
  readonly watchdog?: boolean
}

/**
 * Logs each block of the fibers below the layer. The fields of the log are those of `Block`.
 *
 * Only the time of fibers counts: the watchdog alone sees code in the callbacks of a promise. A fiber that yields often
 * enough holds nothing, however long it computes. Agents have spans only if there is a tracer.
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { Agent, BlockDetector } from "greenlang"
 *
 * const blocks: Array<BlockDetector.Block> = []
 * const Hog = Agent.make("Hog", {
 *   version: "1.0.0",
 *   input: Schema.Finite,
 *   output: Schema.Finite,
 *   execute: (millis) =>
 *     Effect.sync(() => {
 *       for (const end = performance.now() + millis; performance.now() < end;);
 *       return millis
 *     })
 * })
 *
 * const detector = BlockDetector.layer({ threshold: "20 millis", onBlock: (block) => blocks.push(block) })
 * await Effect.runPromise(Effect.provide(Hog.run(50), detector))
 * blocks.some(({ agent }) => agent === "Hog") // => true
 * ```
 *
 * @category layers
 */
export const layer = (options: BlockDetectorOptions = {}): Layer.Layer<never> =>
  Layer.effect(
    Scheduler.Scheduler,
    Effect.gen(function*() {
      const inner = yield* Scheduler.Scheduler
      const threshold = Duration.toMillis(options.threshold ?? "100 millis")
      const log = logAt(options.logLevel ?? "Warn")
      const watchdog = options.watchdog === true ? yield* startWatchdog(threshold) : undefined
      yield* Effect.acquireRelease(Effect.sync(FiberSlices.install), () => Effect.sync(FiberSlices.uninstall))

      const meter = reportOutside(threshold, (block, context) => {
        options.onBlock?.(block)
        Effect.runForkWith(context)(log(block))
      })
      return new FiberSlices.MeasuringScheduler(inner, {
        ...meter,
        watch: watchdog && ((context) => watchdog.label(context && labelOf(context)))
      })
    })
  )

/**
 * Calls `onBlock` with each block of all fibers of this thread, until it is disposed of. Leaves out fibers below a `layer`,
 * which reports them, and fibers with another scheduler, such as those of `Effect.runSync`.
 *
 * `greenlang/testing/BlockWarnings` does this for tests.
 *
 * @category watching
 */
export const watchAll = (
  onBlock: (block: Block) => void,
  options?: Pick<BlockDetectorOptions, "threshold">
): Disposable => {
  const threshold = Duration.toMillis(options?.threshold ?? "100 millis")
  return { [Symbol.dispose]: FiberSlices.measureAll(reportOutside(threshold, onBlock)) }
}

/** Reports after the slice. Leaves out the time of the report itself: a logger may be slow, too. */
const reportOutside = (
  threshold: number,
  report: (block: Block, context: Context.Context<never>) => void
): FiberSlices.Meter => {
  let reporting = false
  return {
    threshold,
    report: (held) => {
      if (reporting) return
      queueMicrotask(() => {
        reporting = true
        try {
          report(toBlock(held), held.context)
        } finally {
          reporting = false
        }
      })
    }
  }
}

/**
 * A line such as `Fuel held the event loop for 120 ms`.
 *
 * @category formatting
 */
export const format = ({ agent, millis, span }: Block): string =>
  `${agent ?? span ?? "a fiber"} held the event loop for ${Math.round(millis)} ms`

const startWatchdog = (threshold: number) =>
  Effect.acquireRelease(
    Effect.sync(() => new Watchdog(threshold)),
    (watchdog) => Effect.promise(() => watchdog.stop())
  )

const logAt = (level: LogLevel.Severity) => {
  const log = Effect.logWithLevel(level)
  return (block: Block) =>
    Effect.annotateLogs(
      log(format(block)),
      Object.fromEntries(Object.entries(block).filter(([, value]) => value !== undefined))
    )
}

const toBlock = ({ context, ended, millis }: FiberSlices.Held): Block => {
  const run = Context.get(context, Run.Current)
  let span = spanOf(context)
  // An operation that ends a span may go on with the code after it: the block belongs to a span that lasted for most of it.
  if (Context.get(context, Clock.Clock) === liveClock) {
    while (span !== undefined && endedBefore(span, ended - millis / 2)) span = parentOf(span)
  }
  const path: Array<string> = []
  for (; span !== undefined; span = parentOf(span)) path.unshift(GenAi.titleOf(span))
  return { agent: run?.agent, run: run?.id, span: path.length === 0 ? undefined : path.join(" > "), millis }
}

const labelOf = (context: Context.Context<never>) =>
  Context.get(context, Run.Current)?.agent ?? spanOf(context)?.name ?? "a fiber"

const spanOf = (context: Context.Context<never>) => {
  const span = Option.getOrUndefined(Context.getOption(context, Tracer.ParentSpan))
  return span?._tag === "Span" ? span : undefined
}

const parentOf = (span: Tracer.Span) => {
  const parent = Option.getOrUndefined(span.parent)
  return parent?._tag === "Span" ? parent : undefined
}

/** Untimed spans have the time zero. */
const endedBefore = ({ status }: Tracer.Span, millis: number) =>
  status._tag === "Ended" && status.endTime > 0n && Number(status.endTime) / 1e6 < millis

const liveClock = Context.get(Context.empty(), Clock.Clock)
