/**
 * The history of a conversation that is kept outside of this process: how a loop saves it, and that loops take turns.
 */
import type * as Prompt from "effect/ai/Prompt"
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Ref from "effect/Ref"
import type * as Semaphore from "effect/Semaphore"

/** The history of one conversation. */
export interface KeptHistory {
  readonly ref: Ref.Ref<Prompt.Prompt>
  /** Keeps what `ref` holds. It never fails: where it cannot keep it, it ends the turn. */
  readonly save: Effect.Effect<void>
  /** One loop at a time. */
  readonly turns: Semaphore.Semaphore
}

/** The conversation that the next `LlmAgent` goes on with. What runs inside of that has none. */
export const Current = Context.Reference<KeptHistory | undefined>("greenlang/llm/internal/KeptHistory/Current", {
  defaultValue: () => undefined
})
