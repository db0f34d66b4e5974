import { Effect, Layer, type Schema } from "effect"
import { AiError, type Response } from "effect/ai"
import { LlmProvider, type LlmRequest } from "greenlang/llm/LlmProvider"

/** What a model answers when it is asked once. */
export type Turn = ReadonlyArray<Response.PartEncoded>

export const say = (text: string): Turn => [{ type: "text", text }]

export const use = (name: string, params: Schema.Json): Turn => [
  { type: "tool-call", id: `${name} ${JSON.stringify(params)}`, name, params }
]

/** A vendor that does not know the key. */
export const refused = AiError.make({
  module: "test",
  method: "generate",
  reason: new AiError.AuthenticationError({ kind: "InvalidKey" })
})

/** A model that follows a script, the last turn again and again, and keeps in `asked` what it was asked. */
export const scripted = (asked: Array<LlmRequest>, ...turns: ReadonlyArray<Turn | AiError.AiError>) =>
  LlmProvider.languageModel.pipe(Layer.provide(Layer.succeed(
    LlmProvider,
    LlmProvider.make({
      name: "script",
      model: "liar-1",
      generate: Effect.fnUntraced(function*(request) {
        const turn = turns[Math.min(asked.push(request), turns.length) - 1]!
        if (AiError.isAiError(turn)) return yield* turn
        const reason = turn.some(({ type }) => type === "tool-call") ? "tool-calls" : "stop"
        return [...turn, {
          type: "finish",
          reason,
          usage: {
            inputTokens: { total: 1000, uncached: 1000, cacheRead: 0, cacheWrite: 0 },
            outputTokens: { total: 100, text: 100, reasoning: 0 }
          }
        }]
      }),
      stream: () => {
        throw new Error("the agents of this script do not stream")
      }
    })
  )))
