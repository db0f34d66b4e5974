/**
 * The work of a step that is a promise.
 *
 * 1. The ready set awaits the promise itself, so that such a step costs no fiber. Where something is around the work (a policy, a
 *    span, a durable run) it is an Effect.
 * 2. An interruption aborts the signal and waits for the promise, at most for `grace`: nothing ends a promise that ignores its
 *    signal. What the promise ends with after that is not looked at, since an aborted call rejects.
 */
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Returned from "../../agent/internal/Returned.ts"
import * as Described from "../../internal/Described.ts"
import type * as StepBox from "./StepBox.ts"
import { WrongReturn } from "./WrongReturn.ts"

type Inputs = ReadonlyArray<unknown>

/** The function of a step, and how its promise becomes the end of the step. */
export interface PromiseWork {
  /** Calls the function of the step. Never throws. */
  readonly begin: (inputs: Inputs, signal: AbortSignal) => Promise<unknown>
  /** The end of the step where the promise has answered. Never throws. */
  readonly answered: (answer: unknown) => Effect.Effect<unknown, unknown>
  /** The end of the step where the promise was rejected. Never throws. */
  readonly rejected: (rejection: unknown) => Exit.Exit<never, unknown>
}

/** Calls `run`, which is written by users: also a promise of the language itself may have a `then` of its own. */
export const begin = (
  run: (inputs: Inputs, signal: AbortSignal) => unknown
): PromiseWork["begin"] =>
(inputs, signal) => {
  try {
    const returned = run(inputs, signal)
    return Returned.promiseOf(returned)
      ?? Promise.reject(new WrongReturn({ returned: Described.kind(returned), expected: "a promise" }))
  } catch (thrown) {
    return Promise.reject(thrown)
  }
}

/** The effect of a step of `work`. */
export const effectOf = (work: PromiseWork, inputs: Inputs): Effect.Effect<unknown, unknown> =>
  Effect.callback((resume) => {
    const controller = new AbortController()
    const settled = work.begin(inputs, controller.signal).then(
      (answer) => resume(work.answered(answer)),
      (rejection) => resume(work.rejected(rejection))
    )
    return Effect.callback<void>((resume) => {
      controller.abort()
      const timer = setTimeout(() => resume(Effect.void), grace)
      settled.then(() => {
        clearTimeout(timer)
        resume(Effect.void)
      })
    })
  })

/** Milliseconds that an interruption waits for a promise. */
export const grace = 1_000

/** Keeps `work` of the step that runs as `run`. A combinator makes another `run`, and so another step. */
export const keep = (run: StepBox.Any["run"], work: PromiseWork): void => void works.set(run, work)

/** The work of `step` where it is a promise, and nothing is around it. */
export const of = ({ run }: StepBox.Any): PromiseWork | undefined => works.get(run)

const works = new WeakMap<StepBox.Any["run"], PromiseWork>()
