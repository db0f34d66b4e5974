/**
 * An agent that brings its own services: it builds a layer before its first run, keeps it for all of them, and closes it
 * with the `Scope` that it was made in.
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as SubscriptionRef from "effect/SubscriptionRef"
import * as Deadline from "../internal/Deadline.ts"
import * as Described from "../internal/Described.ts"
import * as Agent from "./Agent.ts"
import { AcquireFailed, AgentDisposed, TimedOut } from "./AgentError.ts"
import { Acquisition, type State } from "./internal/Acquisition.ts"
import { checkAgent } from "./internal/AgentBox.ts"
import * as Hooks from "./internal/Hooks.ts"
import type * as Lifecycle from "./internal/Lifecycle.ts"
import * as Stated from "./internal/Stated.ts"
import * as TimeLimits from "./internal/TimeLimits.ts"
import { InvalidDefinition } from "./InvalidDefinition.ts"
import { defaultTimeout } from "./RunOptions.ts"

export { State } from "./internal/Acquisition.ts"

/** How acquiring can fail. @category errors */
export type AcquireError = AcquireFailed | AgentDisposed | TimedOut

/**
 * An agent like any other, which needs nothing any more. Its runs can fail with `AcquireFailed` and, once it was closed,
 * with `AgentDisposed`; the answers of runs that were alive then are interruptions.
 *
 * @category models
 */
export interface AgentRuntime<in In, out Out, out E = never>
  extends Agent.Agent<In, Out, E | AcquireFailed | AgentDisposed>
{
  readonly state: SubscriptionRef.SubscriptionRef<State>
  /** Builds the layer now rather than before the first run, unless it was built already. */
  readonly acquire: Effect.Effect<void, AcquireError>
  /**
   * Builds the layer anew. Runs that are alive keep what they have, which is closed after the last of them, or before
   * the build if there are none. Runs that start meanwhile wait for the new one.
   */
  readonly reload: Effect.Effect<void, AcquireError>
  /**
   * Interrupts the runs that are alive, waits until they have released what they held, and then releases what the layer
   * holds, in reverse order. A second close waits for the same end. What a release fails with is logged.
   */
  readonly close: Effect.Effect<void>
}

/**
 * Gives `agent` the services of `layer`, which are built once, before the first run, however many runs come first. A
 * build that fails, or takes longer than `timeout` (default: 5 minutes), fails the runs that wait for it;
 * the next run tries again. A run that is interrupted while it waits leaves the build to the others.
 *
 * ```ts
 * import { Context, Effect, Layer, Schema } from "effect"
 * import { Agent, AgentRuntime } from "greenlang"
 *
 * class Rate extends Context.Service<Rate, { readonly perHour: number }>()("docs/Rate") {}
 *
 * const Wage = Agent.make("Wage", {
 *   version: "1.0.0",
 *   input: Schema.Finite,
 *   output: Schema.Finite,
 *   execute: (hours) => Effect.map(Rate, ({ perHour }) => hours * perHour)
 * })
 *
 * const program = Effect.scoped(Effect.gen(function*() {
 *   const wage = yield* AgentRuntime.make(Wage, Layer.succeed(Rate, { perHour: 20 }))
 *   return (yield* wage.run(8)).value
 * }))
 * await Effect.runPromise(program) // => 160
 * ```
 *
 * @category constructors
 */
export const make = <In, Out, E, R, E2 = never, R2 = never>(
  agent: Agent.Agent<In, Out, E, R>,
  layer: Layer.Layer<NoInfer<R>, E2, R2>,
  options?: {
    /** Limit of one build of the layer. */
    readonly timeout?: Duration.Input
  }
): Effect.Effect<AgentRuntime<In, Out, E>, never, R2 | Scope.Scope> =>
  Effect.gen(function*() {
    checkAgent("AgentRuntime", agent)
    if (!Stated.isLayer(layer)) {
      throw new InvalidDefinition({
        subject: `agent \`${agent.name}\``,
        problem: `it was opened with ${Described.kind(layer)}`,
        expected: "a Layer"
      })
    }
    const scope = yield* Effect.scope
    const context = yield* Effect.context<R2 | Scope.Scope>()
    const state = yield* SubscriptionRef.make<State>("uninitialized")
    const { definition } = agent[Agent.TypeId]
    const acquisition = new Acquisition({
      agent: agent.name,
      layer,
      around: acquiring(definition, TimeLimits.read(options?.timeout ?? defaultTimeout, "timeout")),
      state,
      // What the layer opens belongs to the scope of its build, not to the one around.
      context: Context.omit(Scope.Scope)(context)
    })
    yield* Scope.addFinalizer(scope, acquisition.close)
    const open = Agent.fromDefinition<In, Out, E | AcquireFailed | AgentDisposed, never>({
      ...definition,
      error: agent.error && Schema.Union([agent.error, AcquireFailed, AgentDisposed]),
      resources: acquisition
    })
    return Object.assign(open, {
      state,
      acquire: Effect.asVoid(acquisition.acquire) as Effect.Effect<void, AcquireError>,
      reload: Effect.asVoid(acquisition.reload) as Effect.Effect<void, AcquireError>,
      close: acquisition.close
    })
  })

/** What goes on around a build: hooks, span, limit, and the error that names the agent. */
const acquiring = ({ hooks, name }: Lifecycle.Definition, limit: Duration.Duration) => {
  const late = (elapsed: Duration.Duration) => new TimedOut({ agent: name, phase: "acquire", limit, elapsed })
  const context = { agent: name, phase: "acquire" } as const
  return (build: Effect.Effect<unknown, unknown, unknown>): Effect.Effect<unknown, unknown, unknown> => {
    const acquire = Hooks.call(hooks?.beforeAcquire ?? [], context).pipe(
      Effect.andThen(Effect.mapError(build, (cause) => new AcquireFailed({ agent: name, cause }))),
      Effect.tap((services) =>
        Effect.provideContext(
          Hooks.call(hooks?.afterAcquire ?? [], { ...context, exit: Exit.succeed(services) }),
          services as Context.Context<unknown>
        )
      )
    )
    return Effect.withSpan(Deadline.within(acquire, limit, late), `${name}.acquire`, { captureStackTrace: false })
  }
}
