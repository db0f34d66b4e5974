/**
 * What surrounds a step while it runs.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Observer from "../../agent/internal/Observer.ts"
import { RunPart } from "../../agent/internal/RunPart.ts"
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
 * Runs `work` as a step inside of the one that is running: performed as such, and observed where there is a listener. `place`
 * is that of the item, the alternative or the round.
 */
export const run = <A, E, R>(
  name: string,
  place: number,
  work: Effect.Effect<A, E, R>,
  output?: StepPerformer.Work["output"]
): Effect.Effect<A, E, R> =>
  Effect.withFiber((fiber) => {
    const performer = fiber.getRef(StepPerformer.Current)
    const self = performer === undefined
      ? work
      : performer.perform(StepPerformer.part(name, output), () => work) as Effect.Effect<A, E, R>
    const observer = fiber.getRef(Observer.Current)
    const scope = observer && StepScope.below(observer, name)
    const surrounded = Effect.updateContext(
      self,
      (outside: Context.Context<R>) => context(outside, fiber.getRef(Run.Current), place, scope)
    )
    if (scope === undefined) return surrounded
    return Effect.onExit(
      Effect.andThen(scope.whenRoom(() => scope.started()), surrounded),
      (exit) => Effect.sync(() => scope.hasStarted && scope.ended(exit))
    )
  })
