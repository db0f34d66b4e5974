/**
 * What surrounds a step while it runs.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { takePlaces } from "../../agent/internal/CitingRun.ts"
import * as Observer from "../../agent/internal/Observer.ts"
import { RunPart } from "../../agent/internal/RunPart.ts"
import * as StepOrigin from "../../agent/internal/StepOrigin.ts"
import * as Run from "../../agent/Run.ts"
import * as StepPerformer from "./StepPerformer.ts"
import * as StepScope from "./StepScope.ts"

/** Of all that the step at `place` runs. `scope` is there where the step is observed. */
export const context = <R>(
  outside: Context.Context<R>,
  run: Run.Run | undefined,
  place: number,
  scope: StepScope.StepScope | undefined
): Context.Context<R> => {
  const observed = scope === undefined ? outside : Context.add(outside, Observer.Current, scope)
  if (run === undefined) return observed
  const step = new RunPart(run, place)
  if (scope !== undefined) scope.run = step
  return Context.add(observed, Run.Current, step)
}

/**
 * Runs `work` as a step inside of the one that is running: performed as such, and observed where there is a listener. Those
 * that start one after another cite in that order.
 */
export const run = <A, E, R>(
  name: string,
  work: Effect.Effect<A, E, R>,
  known: StepPerformer.Known = {}
): Effect.Effect<A, E, R> =>
  Effect.withFiber((fiber) => {
    const performer = fiber.getRef(StepPerformer.Current)
    const self = performer === undefined
      ? work
      : performer.perform(StepPerformer.part(name, known), () => work) as Effect.Effect<A, E, R>
    const observer = fiber.getRef(Observer.Current)
    const scope = observer && StepScope.below(observer, name)
    const run = fiber.getRef(Run.Current)
    const place = takePlaces(run, 1)
    const named = Effect.catchCause(self, (cause) => Effect.failCause(StepOrigin.inside(cause, name)))
    const surrounded = Effect.updateContext(named, (outside: Context.Context<R>) => context(outside, run, place, scope))
    if (scope === undefined) return surrounded
    return Effect.onExit(
      Effect.andThen(scope.whenRoom(() => scope.started()), surrounded),
      (exit) => Effect.sync(() => scope.hasStarted && scope.ended(exit))
    )
  })
