/**
 * An agent for code that uses promises.
 */
import * as Cause from "effect/Cause"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as Agent from "../agent/Agent.ts"
import { type AcquireFailed, AgentDisposed, InvalidInput, type RunError } from "../agent/AgentError.ts"
import type { AgentResult, Outcome } from "../agent/AgentResult.ts"
import * as AgentRuntime from "../agent/AgentRuntime.ts"
import { checkAgent } from "../agent/internal/AgentBox.ts"
import * as StepOrigin from "../agent/internal/StepOrigin.ts"
import * as TaggedMessage from "../agent/internal/TaggedMessage.ts"
import * as Described from "../internal/Described.ts"
import * as Pipeline from "../pipeline/Pipeline.ts"
import type { PipelineEvent } from "../pipeline/PipelineEvent.ts"
import { Reading as RunReading } from "./internal/Reading.ts"

/**
 * An aborted `signal` interrupts the run, down to the sockets that it waits on. The promise rejects with the reason of the
 * signal when the run has released everything.
 *
 * @category models
 */
export interface ExecuteOptions extends Agent.RunOptions {
  readonly signal?: AbortSignal
}

/**
 * @category models
 */
export interface ReadOptions extends ExecuteOptions {
  /** How many events may wait for the reader before the run waits for it too. Default: 256. */
  readonly capacity?: number
}

/**
 * Reads one run piece by piece. The run starts with the first `next()`. The iterator returns its result at the end, which
 * is the value of `yield*`.
 *
 * A reader that stops early, by `break`, an error or `return()`, interrupts the run and waits until it has released what it
 * held. An aborted `signal` does the same and throws its reason; `close` does the same and throws `AgentDisposed`.
 *
 * @category models
 */
export interface Reading<out A, out Out> extends AsyncGenerator<A, AgentResult<Out>, void> {}

/**
 * @category models
 */
export interface PromiseAgent<in In, out Out, out E = never> extends AsyncDisposable {
  readonly mode: "promise"
  readonly name: string
  readonly version: string
  /**
   * Rejects with the error of the agent itself, the same instance: one of its own tagged errors, `InvalidInput`,
   * `InvalidOutput`, `TimedOut`, `AcquireFailed` (a reload that failed), or `AgentDisposed` after `close`.
   */
  readonly execute: (input: In, options?: ExecuteOptions) => Promise<AgentResult<Out>>
  /** Resolves with typed failures as values, too. Rejects only with defects and the reason of an abort. */
  readonly executeResult: (
    input: In,
    options?: ExecuteOptions
  ) => Promise<Outcome<Out, E | RunError | AcquireFailed | AgentDisposed>>
  /**
   * Runs, and emits what the agent, its models and tools, and the pipelines that it runs do, as it happens. Throws what
   * `execute` rejects with. A slow reader slows the run down: see `Pipeline.events`.
   */
  readonly events: (input: In, options?: ReadOptions) => Reading<PipelineEvent, Out>
  /**
   * As `events`, but only the text that language models write, without that of agents behind tools. After a `ModelRetried` the
   * text of that call comes again: read `events` where that matters.
   */
  readonly tokens: (input: In, options?: ReadOptions) => Reading<string, Out>
  /**
   * Interrupts the live runs, whose promises reject with `AgentDisposed`. Resolves when they and the layer have released
   * what they held. A second call waits for the same end.
   */
  readonly close: () => Promise<void>
}

/**
 * Builds `layer`, keeps it for every run, and closes it with `close`, or at the end of the block.
 *
 * Rejects with `AcquireFailed`, or with `TimedOut` after `timeout`.
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { Agent, PromiseAgent } from "greenlang"
 *
 * const Double = Agent.make("Double", {
 *   version: "1.0.0",
 *   input: Schema.Finite,
 *   output: Schema.Finite,
 *   execute: (n) => Effect.succeed(n * 2)
 * })
 *
 * await using double = await PromiseAgent.open(Double)
 * const { value } = await double.execute(21, { signal: AbortSignal.timeout(1_000) })
 * value // => 42
 * ```
 *
 * Read the events of a run while it goes on:
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { Pipeline, PromiseAgent, Step } from "greenlang"
 *
 * const Sum = Pipeline.make("Sum", { version: "1.0.0", input: Schema.Finite, output: Schema.Finite }, (n) => {
 *   const double = Step.make("double", [n], (n) => Effect.succeed(n * 2))
 *   return Step.make("sum", [n, double], (n, double) => Effect.succeed(n + double))
 * })
 *
 * await using sum = await PromiseAgent.open(Sum)
 * const finished: Array<string> = []
 * for await (const event of sum.events(14)) {
 *   if (event._tag === "StepFinished") finished.push(...event.path)
 * }
 * finished // => ["double", "sum"]
 * ```
 *
 * @category constructors
 */
export const open: {
  <In, Out, E, R, Provided, E2>(
    agent: Agent.Agent<In, Out, E, R>,
    layer: Layer.Layer<Provided, E2> & Lacking<Exclude<R, Provided>>,
    options?: OpenOptions
  ): Promise<PromiseAgent<In, Out, E>>
  <In, Out, E>(agent: Agent.Agent<In, Out, E>): Promise<PromiseAgent<In, Out, E>>
} = async <In, Out, E, R, E2>(
  agent: Agent.Agent<In, Out, E, R>,
  // By the signatures above, only an agent that needs no layer can leave it out.
  layer: Layer.Layer<R, E2> = Layer.empty as never,
  options?: OpenOptions
): Promise<PromiseAgent<In, Out, E>> => {
  checkAgent("PromiseAgent", agent)
  const scope = Scope.makeUnsafe()
  const opening = Effect.tap(AgentRuntime.make(agent, layer, options), ({ acquire }) => acquire)
  const opened = await Effect.runPromiseExit(Scope.provide(opening, scope))
  if (Exit.isFailure(opened)) {
    await Effect.runPromise(Scope.close(scope, opened))
    throw withCaller(Cause.squash(opened.cause))
  }

  const own = opened.value
  let closing = false
  const disposed = () => new AgentDisposed({ agent: agent.name })
  const unlessDisposed = <A, E>(run: Effect.Effect<A, E>): Effect.Effect<A, E | AgentDisposed> =>
    Effect.catchCauseIf(run, (cause) => closing && Cause.hasInterruptsOnly(cause), () => Effect.fail(disposed()))

  const runOwn = async <A, E>(run: Effect.Effect<A, E>, options: ExecuteOptions | undefined): Promise<A> => {
    const signal = readOption(agent.name, "signal", () => options?.signal)
    checkSignal(agent.name, signal)
    signal?.throwIfAborted()
    const exit = await Effect.runPromiseExit(unlessDisposed(run), signal && { signal })
    if (Exit.isSuccess(exit)) return exit.value
    if (Cause.hasInterruptsOnly(exit.cause)) signal?.throwIfAborted()
    throw withCaller(Cause.squash(exit.cause), StepOrigin.pathOf(exit.cause))
  }

  const readings = new Set<RunReading<any, any, any>>()
  const read = <A>(
    input: In,
    given: ReadOptions,
    pieceOf: (event: PipelineEvent) => A | undefined
  ): Reading<A, Out> => {
    const { capacity, signal, ...options } = readOption(agent.name, "options", () => ({ ...given }))
    checkSignal(agent.name, signal)
    let result: AgentResult<Out> | undefined
    let failedStep: ReadonlyArray<string> | undefined
    const run = Effect.suspend(() => closing ? Effect.fail(disposed()) : unlessDisposed(own.run(input, options)))
    const kept = Effect.onExit(run, (exit) =>
      Effect.sync(() => {
        if (Exit.isSuccess(exit)) result = exit.value
        else failedStep = StepOrigin.pathOf(exit.cause)
      }))
    return new RunReading(
      Pipeline.events(kept, { capacity }),
      // The result is there when the events have ended, and a reader that left before does not use it.
      { pieceOf, result: () => result!, signal, stopped: disposed, explain: (error) => withCaller(error, failedStep) },
      readings
    )
  }

  const close = async (): Promise<void> => {
    closing = true
    const closed = Effect.runPromise(Effect.andThen(own.close, Scope.close(scope, Exit.void)))
    // An uninterruptible run may wait for its reader.
    await Promise.all([closed, ...Array.from(readings, (reading) => reading.stop())])
  }
  return {
    mode: "promise",
    name: agent.name,
    version: agent.version,
    execute: (input, options) => runOwn(own.run(input, options), options),
    executeResult: (input, options) => runOwn(Agent.outcome(own, input, options), options),
    events: (input, options = {}) => read(input, options, (event) => event),
    tokens: (input, options = {}) => {
      const tools = new Set<string>()
      return read(input, options, (event) => {
        if (event._tag === "ToolCalled") tools.add(keyOf([...event.path, event.tool, event.callId]))
        return event._tag === "TextDelta" && !isBelow(event.path, tools) ? event.text : undefined
      })
    },
    close,
    [Symbol.asyncDispose]: close
  }
}

const keyOf = (path: ReadonlyArray<string>): string => JSON.stringify(path)

const isBelow = (path: ReadonlyArray<string>, places: ReadonlySet<string>): boolean =>
  places.size > 0 && path.some((_, at) => places.has(keyOf(path.slice(0, at + 1))))

/** What `read` answers with. Throws where the options of a call throw when they are read. */
const readOption = <A>(agent: string, path: string, read: () => A): A => {
  try {
    return read()
  } catch (error) {
    const message = `cannot be read: ${TaggedMessage.of(error).message}`
    throw new InvalidInput({ agent, issues: [{ path, message }] })
  }
}

/** Throws where a program without types gave something else than a signal. */
const checkSignal = (agent: string, signal: unknown): void => {
  if (signal === undefined || signal instanceof AbortSignal) return
  const issue = { path: "signal", message: `is ${Described.kind(signal)}`, expected: "an AbortSignal" }
  throw new InvalidInput({ agent, issues: [issue] })
}

/** What the compiler shows where `layer` does not provide all that the agent needs. @category utility types */
export interface LayerLacks<Services> {
  readonly "the layer does not provide what the agent needs": Services
}

type Lacking<Services> = [Services] extends [never] ? unknown : LayerLacks<Services>

/** Options of `open`. @category models */
export interface OpenOptions {
  /** Limit of the build of the layer. Default: 5 minutes. */
  readonly timeout?: Duration.Input
}

/**
 * Adds the step that failed, and the frames of the `await`s, to the stack of an error, which was made inside of a fiber.
 */
const withCaller = (error: unknown, step?: ReadonlyArray<string>): unknown => {
  StepOrigin.addToStack(error, step)
  if (!Described.isInstance(error, Error) || typeof error.stack !== "string") return error
  const here: { stack?: string } = {}
  Error.captureStackTrace(here, withCaller)
  // Without the title and the frame of this function.
  const awaits = here.stack?.split("\n").slice(2).filter((frame) => !frame.includes("(node:")).join("\n")
  // An error that is frozen stays as it is.
  if (awaits && !error.stack.includes(awaits)) Reflect.set(error, "stack", `${error.stack}\n${awaits}`)
  return error
}
