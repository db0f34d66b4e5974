/**
 * What an open agent holds: the services of a layer, built once for all runs, renewed on demand, and closed after the
 * last of them. Types are erased here; `AgentRuntime.make` states them.
 */
import * as Cause from "effect/Cause"
import type * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as SubscriptionRef from "effect/SubscriptionRef"
import { AgentDisposed } from "../AgentError.ts"
import type { Resources } from "./Lifecycle.ts"

/**
 * Where an open agent is. After `failed` the next run tries again; after `closed` nothing does.
 *
 * @category models
 */
export const State = Schema.Literals(["uninitialized", "acquiring", "open", "failed", "closing", "closed"])
/** @category models */
export type State = typeof State.Type

type AnyEffect = Effect.Effect<unknown, unknown, unknown>

/** One build of the layer. */
interface Lease {
  readonly services: Context.Context<never>
  readonly scope: Scope.Closeable
  runs: number
  /** Whether the last run on it is to close it. */
  retired: boolean
}

/** The resources of one agent: acquired once by the first run that needs them, tried again after a failure, closed once. */
export class Acquisition implements Resources {
  private readonly agent: string
  private readonly layer: Layer.Layer<never, unknown, any>
  private readonly around: (build: AnyEffect) => AnyEffect
  private readonly state: SubscriptionRef.SubscriptionRef<State>
  private readonly context: Context.Context<never>
  /** Interrupts its members at once, and waits for them all. */
  private readonly liveRuns = Scope.makeUnsafe("parallel")
  private lease: Lease | undefined = undefined
  private building: Fiber.Fiber<Lease, unknown> | undefined = undefined
  private closed: Deferred.Deferred<void> | undefined = undefined

  /** `around` is what goes on around a build, which answers with the services; `context` is what it is built with. */
  constructor(options: {
    readonly agent: string
    readonly layer: Layer.Layer<never, unknown, any>
    readonly around: (build: AnyEffect) => AnyEffect
    readonly state: SubscriptionRef.SubscriptionRef<State>
    readonly context: Context.Context<any>
  }) {
    this.agent = options.agent
    this.layer = options.layer
    this.around = options.around
    this.state = options.state
    this.context = options.context
  }

  readonly current = (): Context.Context<never> | undefined => this.lease?.services

  readonly use = (run: AnyEffect): AnyEffect =>
    Effect.uninterruptibleMask((restore) =>
      Effect.withFiber((fiber) => {
        if (this.closed !== undefined) return Effect.fail(this.disposed())
        // The fiber of this run alone: its caller may live on.
        Fiber.runIn(fiber, this.liveRuns)
        return Effect.flatMap(this.enter(restore), (lease) =>
          Effect.onExit(
            restore(Effect.provideContext(run, lease.services)),
            () => this.leave(lease)
          ))
      })
    )

  readonly acquire: Effect.Effect<Lease, unknown> = Effect.suspend(() => {
    if (this.closed !== undefined) return Effect.fail(this.disposed())
    if (this.lease !== undefined) return Effect.succeed(this.lease)
    return this.result(this.building ?? this.build())
  })

  readonly reload: Effect.Effect<Lease, unknown> = Effect.suspend(() => {
    const { lease } = this
    if (lease === undefined || this.closed !== undefined) return this.acquire
    this.lease = undefined
    lease.retired = true
    return this.result(this.build(lease.runs === 0 ? this.release(lease) : Effect.void))
  })

  readonly close: Effect.Effect<void> = Effect.suspend(() => {
    if (this.closed === undefined) {
      this.closed = Deferred.makeUnsafe()
      Effect.runForkWith(this.context)(Deferred.into(this.closeAll(), this.closed))
    }
    return Deferred.await(this.closed)
  })

  private enter(restore: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>): Effect.Effect<
    Lease,
    unknown
  > {
    return Effect.flatMap(restore(this.acquire), (lease) => {
      // Between its build and here another one may have been asked for.
      if (lease.retired) return this.enter(restore)
      lease.runs++
      return Effect.succeed(lease)
    })
  }

  private leave(lease: Lease): Effect.Effect<void> {
    lease.runs--
    return lease.retired && lease.runs === 0 ? this.release(lease) : Effect.void
  }

  /** Goes on even if every run that waits for it is interrupted: the next run uses it. */
  private build(before: Effect.Effect<void> = Effect.void): Fiber.Fiber<Lease, unknown> {
    const scope = Scope.makeUnsafe()
    const services = Effect.suspend(() =>
      Layer.buildWithMemoMap(this.layer, Layer.CurrentMemoMap.forkOrCreate(this.context), scope)
    )
    const build = Effect.uninterruptible(Effect.andThen(SubscriptionRef.set(this.state, "acquiring"), before)).pipe(
      // Built inside its limit, hooks and span, which answer with what it answers with.
      Effect.andThen(this.around(services) as Effect.Effect<Context.Context<never>, unknown>),
      Effect.flatMap((services) => {
        this.building = undefined
        this.lease = { services, scope, runs: 0, retired: false }
        return Effect.as(SubscriptionRef.set(this.state, "open"), this.lease)
      }),
      Effect.onError((cause) => {
        this.building = undefined
        return Effect.andThen(
          logged(Scope.close(scope, Exit.failCause(cause)), this.agent),
          this.closed === undefined ? SubscriptionRef.set(this.state, "failed") : Effect.void
        )
      })
    )
    const fiber = Effect.runForkWith(this.context)(build)
    if (fiber.pollUnsafe() === undefined) this.building = fiber
    return fiber
  }

  private result(build: Fiber.Fiber<Lease, unknown>): Effect.Effect<Lease, unknown> {
    return Effect.catchCauseIf(
      Fiber.join(build),
      (cause) => this.closed !== undefined && Cause.hasInterruptsOnly(cause),
      () => Effect.fail(this.disposed())
    )
  }

  private release(lease: Lease): Effect.Effect<void> {
    return logged(Scope.close(lease.scope, Exit.void), this.agent)
  }

  private closeAll(): Effect.Effect<void> {
    return SubscriptionRef.set(this.state, "closing").pipe(
      Effect.andThen(logged(Scope.close(this.liveRuns, Exit.void), this.agent)),
      Effect.andThen(Effect.suspend(() => this.building === undefined ? Effect.void : Fiber.interrupt(this.building))),
      Effect.andThen(Effect.suspend(() => this.lease === undefined ? Effect.void : this.release(this.lease))),
      Effect.andThen(SubscriptionRef.set(this.state, "closed"))
    )
  }

  private disposed() {
    return new AgentDisposed({ agent: this.agent })
  }
}

/** A finalizer that fails is not to replace what a run answered with, nor to keep the others from being run. */
const logged = (release: Effect.Effect<void>, agent: string): Effect.Effect<void> =>
  Effect.catchCause(release, (cause) => Effect.logError(`${agent} could not release everything it held`, cause))
