/**
 * What steps of any kind are made of.
 */
import * as Effect from "effect/Effect"
import { Prototype } from "effect/Pipeable"
import type * as Step from "../Step.ts"
import * as StepScope from "./StepScope.ts"

/** What most steps leave empty. */
export const empty = {
  ...Prototype,
  policies: [],
  expected: undefined,
  agent: undefined,
  given: undefined,
  output: undefined,
  error: undefined
} as const

/** Each step says how it, and those before it, can fail. The compiler does not add that up over a list that it does not know. */
export const before = <After extends ReadonlyArray<Step.Any>>(after: After) =>
  after as ReadonlyArray<Step.Step<unknown, Step.Failure<After[number]>, unknown, Step.Failure<After[number]>>>

/** The same box with another effect in it. */
export const wrap = <A, E, R, Before, B, E2, R2>(
  self: Step.Step<A, E, R, Before>,
  policy: string,
  around: (run: Effect.Effect<A, E, R>) => Effect.Effect<B, E2, R2>
): Omit<Step.Step<B, E2, R | R2, Before>, "output" | "error"> => ({
  ...self,
  policies: [...self.policies, policy],
  run: (inputs) => around(Effect.suspend(() => self.run(inputs)))
})

/** The step answers with `answer` instead of running, and the events say so. */
export const skip = <A>(answer: A): Effect.Effect<A> =>
  Effect.map(StepScope.current, (scope) => {
    if (scope !== undefined) scope.skipped = true
    return answer
  })
