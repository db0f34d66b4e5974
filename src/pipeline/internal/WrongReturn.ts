/**
 * What a function of a step returned, which is written by users.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import * as Returned from "../../agent/internal/Returned.ts"
import * as Described from "../../internal/Described.ts"

/** A function of a step returned something else than it should. The defect of the step. */
export class WrongReturn extends Schema.TaggedError<WrongReturn>()("WrongReturn", {
  returned: Schema.String,
  expected: Schema.String,
  /** Which function, where it is not the work of the step. */
  by: Schema.optionalKey(Schema.String)
}) {
  override get message() {
    return `${this.by === undefined ? "" : `has a ${this.by} that `}returned ${this.returned}, not ${this.expected}`
  }
}

/** The Effect that a function of a step returned. */
export const effectOf = <A, E, R>(returned: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Returned.isEffect(returned) ? returned : Effect.die(wrong(returned, "an Effect"))

/** Whether an Effect is its own end. Only what has a tag can be, and most effects have none: reading it takes a third of `in`. */
export const isExit = <A, E, R>(effect: Effect.Effect<A, E, R>): effect is Exit.Exit<A, E> =>
  (effect as { readonly _tag?: unknown })._tag !== undefined && Exit.isExit(effect)

/** Whether a condition holds, by what the function `by` returned. Throws `WrongReturn` for anything else than true or false. */
export const holds = (returned: boolean, by: string): boolean => {
  if (typeof returned === "boolean") return returned
  throw wrong(returned, "true or false", by)
}

/** An answer that is there already. Throws `WrongReturn` for a promise. */
export const plain = <A>(returned: A): A => {
  if (!Returned.isPromise(returned)) return returned
  throw wrong(returned, "a plain answer: `Step.promise` awaits one")
}

const wrong = (returned: unknown, expected: string, by?: string): WrongReturn => {
  // The step dies now. What becomes of the promise later is not to end the process.
  Returned.ignore(returned)
  return new WrongReturn({ returned: Described.kind(returned), expected, ...(by === undefined ? {} : { by }) })
}
