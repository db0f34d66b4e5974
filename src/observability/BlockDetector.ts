/**
 * Names the agent that held the event loop: while it computed without a break, no other agent, request or timer went on.
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
import * as FiberSlices from "./internal/FiberSlices.ts"
import { Watchdog } from "./internal/Watchdog.ts"

/**
 * One time that the event loop was held.
 *
 * @category models
 */
export interface Block {
  /** The innermost agent that ran, if any did. */
  readonly agent: string | undefined
  /** The id of its run. */
  readonly run: string | undefined
  /** The spans around the place, outermost first, such as `Fuel > Fuel.execute > parse`. */
  readonly span: string | undefined
  readonly millis: number
}

/**
 * @category models
 */
export interface BlockDetectorOptions {
  /** How long is too long: 100 milliseconds, unless said otherwise. */
  readonly threshold?: Duration.Input
  /** The level of the logs: `Warn`, unless said otherwise. */
  readonly logLevel?: LogLevel.Severity
  /** Told of each block, after it is over. */
  readonly onBlock?: (block: Block) => void
  /**
   * Whether a thread watches too, which writes to standard error while the event loop is being held, with the stack of what
   * holds it: for blocks that never end. It enters the debugger of this process to see the stack: not for production.
   */
  readonly watchdog?: boolean
}

/**
 * Logs whenever what runs below the layer has held the event loop for longer than the threshold. Its fields are
 * those of `Block`.
 *
 * The time is that of fibers: code that runs in the callbacks of a promise is seen by the watchdog only. Fibers that yield
 * now and then hold nothing, however long they compute. Spans of agents are there where a tracer is.
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
 * blocks.map(({ agent }) => agent) // => ["Hog"]
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

      const meter = tellOnce(threshold, (block, context) => {
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
 * Tells `onBlock` of all fibers of this thread, whoever runs them, until it is disposed of. Those below a `layer` are left
 * to that, and those that were given another scheduler, such as by `Effect.runSync`, to whoever did so.
 *
 * It is what `greenlang/testing/BlockWarnings` does for tests.
 *
 * @category watching
 */
export const watchAll = (
  onBlock: (block: Block) => void,
  options?: Pick<BlockDetectorOptions, "threshold">
): Disposable => {
  const threshold = Duration.toMillis(options?.threshold ?? "100 millis")
  return { [Symbol.dispose]: FiberSlices.measureAll(tellOnce(threshold, onBlock)) }
}

/** Tells after the slice, and nothing of what telling does: a logger may be slow, too. */
const tellOnce = (
  threshold: number,
  tell: (block: Block, context: Context.Context<never>) => void
): FiberSlices.Meter => {
  let telling = false
  return {
    threshold,
    report: (held) => {
      if (telling) return
      queueMicrotask(() => {
        telling = true
        try {
          tell(toBlock(held), held.context)
        } finally {
          telling = false
        }
      })
    }
  }
}

/**
 * One line about a block.
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
  // An operation that leaves a span may go on with what comes after it, and was seen to start inside.
  if (Context.get(context, Clock.Clock) === liveClock) {
    while (span !== undefined && endedBefore(span, ended - millis / 2)) span = parentOf(span)
  }
  const path: Array<string> = []
  for (; span !== undefined; span = parentOf(span)) path.unshift(span.name)
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

/** Zero is the time of spans that are not timed. */
const endedBefore = ({ status }: Tracer.Span, millis: number) =>
  status._tag === "Ended" && status.endTime > 0n && Number(status.endTime) / 1e6 < millis

const liveClock = Context.get(Context.empty(), Clock.Clock)
