/**
 * Every server that speaks OpenAI's chat completions: OpenAI, Groq, OpenRouter, Ollama, vLLM, llama.cpp and others.
 *
 * The `HttpClient` (see `Http`) or `LlmRetry` handles timeouts, retries and `Retry-After`. Remaining failures are `AiError`s.
 */
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { Repeatable } from "../../http/internal/CallScope.ts"
import * as LlmRateHeaders from "../layers/LlmRateHeaders.ts"
import * as LlmHttpError from "../LlmHttpError.ts"
import { LlmProvider, type LlmRequest, type LlmServices } from "../LlmProvider.ts"
import * as OpenAiClient from "./OpenAiClient.ts"
import type { Options } from "./OpenAiClient.ts"
import * as OpenAiStream from "./OpenAiStream.ts"
import type * as OpenAiWire from "./OpenAiWire.ts"

export type { Options } from "./OpenAiClient.ts"

/**
 * The provider alone, for layers around a provider.
 *
 * @category layers
 */
export const layerProvider = (options: Options): Layer.Layer<LlmProvider, never, HttpClient.HttpClient> =>
  Layer.effect(LlmProvider, Effect.map(HttpClient.HttpClient, (client) => make(client, options)))

/**
 * The model, for agents.
 *
 * @category layers
 */
export const layer = (
  options: Options
): Layer.Layer<LlmServices, never, HttpClient.HttpClient> =>
  Layer.provideMerge(LlmProvider.languageModel, layerProvider(options))

const make = (http: HttpClient.HttpClient, options: Options) => {
  const client = OpenAiClient.make(http, options)
  const { fail, model, name } = client

  const post = client.post("/chat/completions")
  const send = (request: LlmRequest, method: "generate" | "stream") =>
    Effect.flatMap(
      client.bodyOf(request, method),
      (body) => Effect.provideService(post(body, method), Repeatable, true)
    )

  const contextOf = (
    request: LlmRequest,
    response: HttpClientResponse.HttpClientResponse
  ): OpenAiWire.Context => ({ request, server: client.server, details: LlmRateHeaders.detailsOf(response) })

  return LlmProvider.make({
    name,
    model,
    options: client.options,
    codecTransformer: OpenAiClient.codecTransformer,
    sentSettings: client.sentSettings,
    generate: (request) =>
      Effect.flatMap(send(request, "generate"), (response) =>
        Effect.flatMap(
          Effect.mapError(response.text, LlmHttpError.fromClientError),
          (text) => Effect.fromResult(OpenAiStream.wholeOf(text, contextOf(request, response)))
        ).pipe(Effect.mapError(fail("generate")))),
    stream: (request) =>
      Stream.unwrap(
        Effect.map(send(request, "stream"), (response) =>
          Stream.mapError(OpenAiStream.partsOf(response, contextOf(request, response)), fail("stream")))
      )
  })
}
