/**
 * An agent that never waits, for synchronous callers: it runs to its end in one call, on this thread.
 *
 * It may yield, fork, join, retry without a delay and open resources. It may not sleep, await a promise or send a request.
 * For an agent that waits use `PromiseAgent`, or `SyncAgent` if the caller cannot await.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as Agent from "../agent/Agent.ts"
import { type AcquireFailed, AgentDisposed, type RunError } from "../agent/AgentError.ts"
import type { AgentResult, Outcome } from "../agent/AgentResult.ts"
import * as AgentRuntime from "../agent/AgentRuntime.ts"
import { checkAgent } from "../agent/internal/AgentBox.ts"
import * as StepOrigin from "../agent/internal/StepOrigin.ts"
import type { RunOptions } from "../agent/RunOptions.ts"
import type { Stats } from "../agent/Stats.ts"
import { SyncRunner, Waiting } from "./internal/SyncRunner.ts"
import type { SyncAgentLike } from "./SyncAgentLike.ts"

/**
 * The agent had to wait, so it cannot run synchronously. `span` is the path to the place, such as
 * `Fuel > Fuel.execute > Http.get`: agents and their phases, steps, spans. The run was interrupted after what it had done
 * before; it releases what it held at once or, if a release has to wait, in the next turns of the event loop.
 *
 * @category errors
 */
export class AsyncBoundaryInSync extends Schema.TaggedError<AsyncBoundaryInSync>()("AsyncBoundaryInSync", {
  agent: Schema.String,
  span: Schema.String
}) {
  override get message() {
    return `${this.agent} had to wait in ${this.span}, so it cannot be run synchronously: `
      + `await it with PromiseAgent, or block until it has answered with SyncAgent`
  }
}

/**
 * Throws the error itself, the same instance: one of the agent's own, `InvalidInput`, `InvalidOutput`, `TimedOut`,
 * `AsyncBoundaryInSync`, or `AgentDisposed` after `close`. A limit ends an agent where it yields, which every fiber does after
 * 2,048 operations. It does not end a loop of JavaScript, or another `PureSyncAgent` that the agent calls: that has a limit of its own.
 *
 * @category models
 */
export interface PureSyncAgent<in In, out Out, out E = never> extends SyncAgentLike<In, Out>, Disposable {
  readonly mode: "pure-sync"
  readonly name: string
  readonly version: string
  readonly execute: (input: In, options?: RunOptions) => AgentResult<Out>
  /** The same as `execute`. */
  readonly run: (input: In, options?: RunOptions) => AgentResult<Out>
  /** Throws nothing: the exit has defects, too. */
  readonly executeExit: (
    input: In,
    options?: RunOptions
  ) => Exit.Exit<AgentResult<Out>, Failure<E> | AsyncBoundaryInSync>
  /** Returns typed failures as values, too. Throws `AsyncBoundaryInSync` and defects. */
  readonly executeResult: (input: In, options?: RunOptions) => Outcome<Out, Failure<E>>
  readonly getStats: () => Stats & { readonly mode: "pure-sync" }
  /** Does nothing: the layer was built by `open`. */
  readonly initialize: () => void
  /**
   * Releases what the layer holds. A second call does nothing. Throws `AsyncBoundaryInSync` if a release has to wait; the
   * release goes on.
   */
  readonly close: () => void
  /** The same as `close`. */
  readonly cleanup: () => void
}

/** How the agent can fail. @category errors */
export type Failure<E> = E | RunError | AcquireFailed | AgentDisposed

/**
 * Builds `layer`, keeps it for every run, and closes it with `close`, or at the end of the block.
 *
 * Throws `AcquireFailed`, or `AsyncBoundaryInSync` if the layer has to wait.
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { Agent, PureSyncAgent } from "greenlang"
 *
 * const Double = Agent.make("Double", {
 *   version: "1.0.0",
 *   input: Schema.Finite,
 *   output: Schema.Finite,
 *   execute: (n) => n < 0 ? Effect.delay(Effect.succeed(n), "1 second") : Effect.succeed(n * 2)
 * })
 *
 * using double = PureSyncAgent.open(Double)
 * const { value } = double.execute(21)
 * value // => 42
 *
 * const exit = double.executeExit(-1)
 * String(exit).includes("had to wait in Double > Double.execute") // => true
 * ```
 *
 * @category constructors
 */
export const open: {
  <In, Out, E, R, E2>(
    agent: Agent.Agent<In, Out, E, R>,
    layer: Layer.Layer<NoInfer<R>, E2>
  ): PureSyncAgent<In, Out, E>
  <In, Out, E>(agent: Agent.Agent<In, Out, E>): PureSyncAgent<In, Out, E>
} = <In, Out, E, R, E2>(
  agent: Agent.Agent<In, Out, E, R>,
  layer?: Layer.Layer<R, E2>
): PureSyncAgent<In, Out, E> => {
  checkAgent("PureSyncAgent", agent)
  const { name, version } = agent
  const runner = new SyncRunner()
  const runExit = <A, E>(effect: Effect.Effect<A, E>): Exit.Exit<A, E | AsyncBoundaryInSync> => {
    const end = runner.run(effect)
    return end instanceof Waiting
      ? Exit.fail(new AsyncBoundaryInSync({ agent: name, span: end.path.join(" > ") || name }))
      : end
  }

  const scope = Scope.makeUnsafe()
  const acquire = (layer: Layer.Layer<R, E2>) => {
    const opening = Effect.tap(AgentRuntime.make(agent, layer), ({ acquire }) => acquire)
    const opened = runExit(Scope.provide(opening, scope))
    if (Exit.isSuccess(opened)) return opened.value
    // What an unfinished build holds is released as soon as possible.
    Effect.runFork(Scope.close(scope, opened))
    throw Cause.squash(opened.cause)
  }
  // By the signatures above, only an agent that needs no layer can leave it out.
  const own: Agent.Agent<In, Out, E | AcquireFailed | AgentDisposed> = layer === undefined
    ? agent as Agent.Agent<In, Out, E>
    : acquire(layer)

  let closed = false
  const runOwn = <A, E>(effect: Effect.Effect<A, E>): Exit.Exit<A, E | AgentDisposed | AsyncBoundaryInSync> =>
    closed ? Exit.fail(new AgentDisposed({ agent: name })) : runExit(effect)
  const executeExit = (input: In, options?: RunOptions) => runOwn(own.run(input, options))
  const execute = (input: In, options?: RunOptions) => getOrThrow(executeExit(input, options))
  const close = () => {
    if (closed) return
    closed = true
    // The agent closes in a fiber of its own: a close that has to wait goes on.
    getOrThrow(runExit(Scope.close(scope, Exit.void)))
  }
  return {
    mode: "pure-sync",
    name,
    version,
    execute,
    run: execute,
    executeExit,
    executeResult: (input, options) => getOrThrow(runOwn(Agent.outcome(own, input, options))),
    getStats: () => ({ ...getOrThrow(runExit(own.stats)), mode: "pure-sync" }),
    initialize: () => {},
    close,
    cleanup: close,
    [Symbol.dispose]: close
  }
}

const getOrThrow = <A, E>(exit: Exit.Exit<A, E>): A => {
  if (Exit.isSuccess(exit)) return exit.value
  throw StepOrigin.addToStack(Cause.squash(exit.cause), StepOrigin.pathOf(exit.cause))
}
