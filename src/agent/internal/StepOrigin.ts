/**
 * Which step of a pipeline a failure comes from. A typed failure stays what it is, so the step is an annotation of the reason
 * in its cause; boundaries, where the cause ends, read it from there.
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import type { StackFrame } from "effect/References"

/** The path of the step, and the frame of the stack that the reason had without it. */
export interface StepOrigin {
  readonly path: ReadonlyArray<string>
  readonly frame: StackFrame | undefined
}

/** The annotation of a reason of failure that names its step. */
export const StepOrigin = Context.Service<never, StepOrigin>("greenlang/agent/internal/StepOrigin")

/** Where a reason comes from. Nothing where no step did it. */
export const of = ({ annotations }: Cause.Reason<unknown>): StepOrigin | undefined =>
  annotations.get(StepOrigin.key) as StepOrigin | undefined

/** The path of the step that failed first. */
export const pathOf = (cause: Cause.Cause<unknown>): ReadonlyArray<string> | undefined => {
  for (const reason of cause.reasons) {
    const origin = of(reason)
    if (origin !== undefined) return origin.path
  }
  return undefined
}

/** The same cause, whose reasons come from inside of `name`, such as an item of a list. */
export const inside = <E>(cause: Cause.Cause<E>, name: string): Cause.Cause<E> =>
  Cause.fromReasons(cause.reasons.map((reason) => {
    if (Cause.isInterruptReason(reason)) return reason
    const known = of(reason)
    const frame = known === undefined
      ? reason.annotations.get(Cause.StackTrace.key) as StackFrame | undefined
      : known.frame
    const origin = Context.make(StepOrigin, { path: [name, ...known?.path ?? []], frame }) as Context.Context<never>
    return reason.annotate(origin, { overwrite: true })
  }))

/** Adds the step to the stack of an error that leaves its cause behind. An error that is frozen, or throws, stays as it is. */
export const addToStack = (error: unknown, path: ReadonlyArray<string> | undefined): unknown => {
  if (path === undefined) return error
  try {
    if (!(error instanceof Error) || typeof error.stack !== "string") return error
    const line = `    at step \`${path.join(" / ")}\``
    if (!error.stack.includes(line)) Reflect.set(error, "stack", `${error.stack}\n${line}`)
  } catch {
    // A handler that catches it meets the same.
  }
  return error
}
