/**
 * What surrounds the work of a step: the places that it holds, and the clock of its limit.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { LimitClock } from "../../agent/internal/LimitClock.ts"
import { InvalidDefinition } from "../../agent/InvalidDefinition.ts"
import { Holding, type Pool, State } from "./Places.ts"
import * as PoolLeases from "./PoolLeases.ts"
import * as StepScope from "./StepScope.ts"

/** What the step that is running holds. */
export interface StepWork {
  /** The places that this step and those around it hold, by their pools. */
  readonly held: ReadonlyMap<Pool, Holding>
  /** The places of this step alone, the first taken first. */
  readonly own: ReadonlyArray<Holding>
  /** The clock of the innermost limit of this step that does not count waiting. */
  readonly clock: LimitClock | undefined
}

const none: StepWork = { held: new Map(), own: [], clock: undefined }

/** Of the step that is running. Outside of steps nothing is held. */
export const Current = Context.Reference<StepWork>("greenlang/pipeline/internal/StepWork", {
  defaultValue: () => none
})

/** For the steps of a pipeline that a step runs: the limit and the pauses of that step are its own. */
export const forSteps = (context: Context.Context<never>): Context.Context<never> => {
  const work = Context.get(context, Current)
  if (work.own.length === 0 && work.clock === undefined) return context
  return Context.add(context, Current, { held: work.held, own: [], clock: undefined })
}

/** Runs `self` on a place of `pool`, and waits for one where none is free. */
export const hold = <A, E, R>(pool: Pool, self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.withFiber((fiber) => {
    const work = fiber.getRef(Current)
    for (const outer of work.held.keys()) {
      if (outer !== pool && !outer[State].order.note(pool[State].order)) return Effect.die(opposite(outer, pool))
    }
    const outer = work.held.get(pool)
    const holding = outer === undefined
      ? new Holding(pool.name, pool[State].places, pool.size)
      : new Holding(pool.name, outer.inside, undefined)
    const inside: StepWork = {
      held: new Map(work.held).set(pool, holding),
      own: [...work.own, holding],
      clock: work.clock
    }
    return Effect.uninterruptibleMask((restore) =>
      Effect.onExit(
        Effect.andThen(restore(enter(holding, work.clock)), restore(Effect.provideService(self, Current, inside))),
        () => leave(holding)
      )
    )
  })

const opposite = (outer: Pool, inner: Pool) =>
  new InvalidDefinition({
    subject: `pools \`${outer.name}\` and \`${inner.name}\``,
    problem:
      `a place of \`${inner.name}\` is taken inside of one of \`${outer.name}\`, and elsewhere the other way around`,
    expected: "one order everywhere, so that they never wait for each other"
  })

/** Takes a place here and, where processes share the pool, one among all of them. */
const enter = (holding: Holding, clock: LimitClock | undefined): Effect.Effect<void> =>
  Effect.withFiber((fiber) => {
    const leases = holding.size === undefined ? undefined : fiber.getRef(PoolLeases.Current)
    return leases === undefined
      ? enterHere(holding, clock)
      : Effect.andThen(enterHere(holding, clock), lease(leases, holding, holding.size ?? 1, clock))
  })

/** How often a step looks for a place that another process gives back, in milliseconds. */
const lookEvery = 250

const lease = (
  leases: PoolLeases.PoolLeases,
  holding: Holding,
  size: number,
  clock: LimitClock | undefined
): Effect.Effect<void> => {
  const take = Effect.uninterruptible(Effect.map(leases.take(holding.pool, size), (release) => {
    holding.release = release
    return release !== undefined
  }))
  const later: Effect.Effect<void> = Effect.flatMap(
    Effect.andThen(Effect.sleep(lookEvery), take),
    (taken) => taken ? Effect.void : later
  )
  return Effect.flatMap(take, (taken) => taken ? Effect.void : waiting(holding, clock, later))
}

/** Emits that the step waits, and that it goes on, only where no place is free. */
const enterHere = (holding: Holding, clock: LimitClock | undefined): Effect.Effect<void> =>
  Effect.suspend(() => {
    if (holding.places.tryEnter(holding)) return Effect.void
    return waiting(holding, clock, holding.places.enter(holding))
  })

const waiting = (
  { pool: what }: Holding,
  clock: LimitClock | undefined,
  admitted: Effect.Effect<void>
): Effect.Effect<void> =>
  Effect.suspend(() => {
    clock?.wait(1)
    return StepScope.emit((path, at) => ({ _tag: "StepWaiting", path, what, at })).pipe(
      Effect.andThen(admitted),
      Effect.onExit(() => Effect.sync(() => clock?.wait(-1))),
      Effect.andThen(StepScope.emit((path, at) => ({ _tag: "StepAdmitted", path, what, at })))
    )
  })

const leave = (holding: Holding): Effect.Effect<void> =>
  Effect.withFiber((fiber) => {
    const { release } = holding
    holding.release = undefined
    const hereToo = Effect.sync(() => holding.places.leave(holding, fiber))
    // What has the place next in this process finds the one among all of them given back.
    return release === undefined ? hereToo : Effect.andThen(release, hereToo)
  })

/** Gives the places of the step back, the last one first. */
export const leaveAll = ({ own }: StepWork): Effect.Effect<void> =>
  Effect.forEach(own.toReversed(), leave, { discard: true })

/** Takes the places of the step again, the first one first. */
export const enterAgain = ({ clock, own }: StepWork): Effect.Effect<void> =>
  Effect.forEach(own, (holding) => holding.isHeld ? Effect.void : enter(holding, clock), { discard: true })

/** Runs `self` under the limit `clock` of its step. */
export const underLimit = <A, E, R, E2>(
  self: Effect.Effect<A, E, R>,
  run: (
    self: Effect.Effect<A, E, R>,
    context: Context.Context<R>,
    clock: LimitClock
  ) => Effect.Effect<A, E2>
): Effect.Effect<A, E2, R> =>
  Effect.contextWith((context: Context.Context<R>) => {
    const work = Context.get(context, Current)
    const clock = new LimitClock(work.clock)
    return run(self, Context.add(context, Current, { ...work, clock }), clock)
  })

type Part = <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

/**
 * Runs what has several parts at the same time, such as the items of a list: the clock of the limit stands still only while
 * all that have begun are waiting.
 */
export const inParts = <A, E, R>(run: (part: Part) => Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.withFiber((fiber) => {
    const { clock } = fiber.getRef(Current)
    if (clock === undefined) return run((self) => self)
    clock.part(-1)
    const part: Part = (self) =>
      Effect.suspend(() => {
        clock.part(1)
        return Effect.onExit(self, () => Effect.sync(() => clock.part(-1)))
      })
    return Effect.onExit(run(part), () => Effect.sync(() => clock.part(1)))
  })
