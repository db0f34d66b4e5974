/**
 * A model for machines without a key: a program that reads the prompt and the tools it is offered, and answers the same
 * to the same request, always, at no cost.
 *
 * It calls each tool whose required arguments it finds: by name in JSON or in `key: value` pairs of the prompt, as a
 * number with a unit, as a choice of an enum that the prompt names, or by name in what an earlier tool answered. When
 * nothing is left to call, it says in plain sentences what the tools found. A typed answer it fills with what it was given;
 * its texts say that it was put together offline, and a number that nothing states it refuses to make up. It knows nothing of
 * the world, and says in every answer that it is `offline`. A token of it is a word.
 */
import type * as AiError from "effect/ai/AiError"
import type * as Response from "effect/ai/Response"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { LlmProvider, type LlmRequest, type LlmServices } from "../LlmProvider.ts"

const name = "offline"

/**
 * The offline provider alone, for layers that go around a provider.
 *
 * @category layers
 */
export const layerProvider: Layer.Layer<LlmProvider> = Layer.sync(LlmProvider, () =>
  LlmProvider.make({
    name,
    model: name,
    offline: true,
    sentSettings: () => ({}),
    generate: (request) => answer(request),
    stream: (request) => Stream.fromIterableEffect(Effect.map(answer(request), (parts) => parts.flatMap(streamed)))
  }))

/**
 * The offline model, for agents.
 *
 * @category layers
 */
export const layer: Layer.Layer<LlmServices> = LlmProvider.languageModel.pipe(
  Layer.provideMerge(layerProvider)
)

// loaded with the first request: few programs run offline
const answer = (request: LlmRequest): Effect.Effect<Array<Response.PartEncoded>, AiError.AiError> =>
  Effect.flatMap(Effect.promise(() => import("./OfflineAnswer.ts")), ({ answer }) => answer(request))

/** A text arrives word by word, and a call with its arguments in one piece. */
const streamed = (part: Response.PartEncoded): ReadonlyArray<Response.StreamPartEncoded> => {
  switch (part.type) {
    case "text":
      return [
        { type: "text-start", id: "text" },
        ...part.text.split(/(?<=\s)/).map((delta) => ({ type: "text-delta" as const, id: "text", delta })),
        { type: "text-end", id: "text" }
      ]
    case "tool-call":
      return [
        { type: "tool-params-start", id: part.id, name: part.name },
        { type: "tool-params-delta", id: part.id, delta: JSON.stringify(part.params) },
        { type: "tool-params-end", id: part.id },
        part
      ]
    case "response-metadata":
    case "finish":
      return [part]
    default:
      return []
  }
}
