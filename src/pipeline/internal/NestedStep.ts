/**
 * What surrounds a step that is observed.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Observer from "../../agent/internal/Observer.ts"
import * as Run from "../../agent/Run.ts"
import * as StepPerformer from "./StepPerformer.ts"
import { StepRun } from "./StepRun.ts"
import * as StepScope from "./StepScope.ts"

/** Of all that the step runs. */
export const context = <R>(
  outside: Context.Context<R>,
  run: Run.Run | undefined,
  scope: StepScope.StepScope
): Context.Context<R> => {
  const observed = Context.add(outside, Observer.Current, scope)
  if (run === undefined) return observed
  scope.run = new StepRun(run)
  return Context.add(observed, Run.Current, scope.run)
}

/** Runs `work` as a step inside of the one that is running: performed as such, and observed where there is a listener. */
export const run = <A, E, R>(
  name: string,
  work: Effect.Effect<A, E, R>,
  output?: StepPerformer.Work["output"]
): Effect.Effect<A, E, R> =>
  Effect.withFiber((fiber) => {
    const performer = fiber.getRef(StepPerformer.Current)
    const self = performer === undefined
      ? work
      : performer.perform(StepPerformer.part(name, output), () => work) as Effect.Effect<A, E, R>
    const observer = fiber.getRef(Observer.Current)
    if (observer === undefined) return self
    const scope = StepScope.below(observer, name)
    const surrounded = Effect.updateContext(
      self,
      (outside: Context.Context<R>) => context(outside, fiber.getRef(Run.Current), scope)
    )
    return Effect.onExit(
      Effect.andThen(scope.whenRoom(() => scope.started()), surrounded),
      (exit) => Effect.sync(() => scope.hasStarted && scope.ended(exit))
    )
  })
