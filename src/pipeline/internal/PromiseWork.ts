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
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as Described from "../../internal/Described.ts"
import type * as StepBox from "./StepBox.ts"

type Inputs = ReadonlyArray<unknown>

export interface PromiseWork {
  /** Calls the function of the step. Never throws. */
  readonly begin: (inputs: Inputs, signal: AbortSignal) => PromiseLike<unknown>
  /** The end of the step where the promise has answered. */
  readonly answered: (answer: unknown) => Effect.Effect<unknown, unknown>
  /** The end of the step where the promise was rejected. */
  readonly rejected: (rejection: unknown) => Exit.Exit<never, unknown>
}

/** What the function of a step returned instead of a promise. The defect of the step. */
export class NotAPromise extends Schema.TaggedError<NotAPromise>()("NotAPromise", { returned: Schema.String }) {
  override get message() {
    return `returned ${this.returned}, not a promise`
  }
}

/** Calls `run`, which is written by users. */
export const begin = (
  run: (inputs: Inputs, signal: AbortSignal) => unknown
): PromiseWork["begin"] =>
(inputs, signal) => {
  try {
    const returned = run(inputs, signal)
    if (returned instanceof Promise) return returned
    // An object that only looks like a promise may call back twice, or throw.
    if (Predicate.isPromiseLike(returned)) return Promise.resolve(returned)
    return Promise.reject(new NotAPromise({ returned: Described.kind(returned) }))
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
