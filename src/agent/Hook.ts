/**
 * A moment in the life of an agent at which a hook runs.
 */
import type * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import * as Described from "../internal/Described.ts"
import type { Phase } from "./AgentError.ts"
import type { Run } from "./Run.ts"

/**
 * Before and after each phase. The `after` hooks of a phase are called however it ended, those of `acquire` only when
 * it succeeded.
 *
 * @category models
 */
export const names = [
  "beforeAcquire",
  "afterAcquire",
  "beforeValidate",
  "afterValidate",
  "beforeExecute",
  "afterExecute",
  "beforeFinalize",
  "afterFinalize"
] as const
/** The name of a moment. @category models */
export type HookName = typeof names[number]

/**
 * Code that is not type-checked named a moment that does not exist.
 *
 * @category errors
 */
export class UnknownHook extends Schema.TaggedError<UnknownHook>()("UnknownHook", {
  hook: Schema.String,
  available: Schema.Array(Schema.String)
}) {
  override get message() {
    return `there is no hook ${Described.shown(this.hook)}: there are ${this.available.join(", ")}`
  }
}

/**
 * What a hook receives. `run` is absent around `acquire`, which belongs to no run; `input` is what the phase was given;
 * `exit` is there after the phase.
 *
 * @category models
 */
export interface HookContext {
  readonly agent: string
  readonly phase: Phase
  readonly run?: Run
  readonly input?: unknown
  readonly exit?: Exit.Exit<unknown, unknown>
}

/**
 * A plain function, one that answers with a promise, or one that answers with an Effect: each is awaited.
 *
 * @category models
 */
export type Hook<R = never> = (context: HookContext) => void | PromiseLike<unknown> | Effect.Effect<unknown, unknown, R>
