/**
 * Calls the hooks of an agent.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type { Hook, HookContext, HookName } from "../Hook.ts"
import * as Returned from "./Returned.ts"

/** In the order in which they were added. */
export type Hooks = { readonly [K in HookName]?: ReadonlyArray<Hook<unknown>> }

/** Calls hooks one after another. What they fail or die with is logged; interruption goes through. */
export const call = (hooks: ReadonlyArray<Hook<unknown>>, context: HookContext): Effect.Effect<void, never, unknown> =>
  Effect.forEach(hooks, (hook) =>
    Effect.suspend((): Effect.Effect<unknown, unknown, unknown> => {
      const answer = hook(context)
      if (Effect.isEffect(answer)) return answer
      const promise = Returned.promiseOf(answer)
      return promise === undefined ? Effect.void : Effect.promise(() => promise)
    }).pipe(
      Effect.catchCauseIf(
        (cause) => !Cause.hasInterruptsOnly(cause),
        (cause) => Effect.logWarning(`A hook of ${context.agent} failed around ${context.phase}`, cause)
      )
    ), { discard: true }) as Effect.Effect<void, never, unknown>
