/**
 * Every server that speaks OpenAI's chat completions: OpenAI, Groq, OpenRouter, Ollama, vLLM, llama.cpp and others.
 *
 * The `HttpClient` (see `Http`) or `LlmRetry` handles timeouts, retries and `Retry-After`. Remaining failures are `AiError`s.
 */
import type * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import * as Configured from "../internal/Configured.ts"
import * as VendorCalls from "../internal/VendorCalls.ts"
import * as LlmRateHeaders from "../layers/LlmRateHeaders.ts"
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

/**
 * As `layer`, with options that may each be a `Config`: `layerConfig({ baseUrl, model, apiKey: Config.Redacted("API_KEY") })`.
 *
 * @category layers
 */
export const layerConfig = (
  options: Configured.Configured<Options>
): Layer.Layer<LlmServices, Config.ConfigError, HttpClient.HttpClient> =>
  Layer.unwrap(Effect.map(Configured.read<Options>(options), layer))

const make = (http: HttpClient.HttpClient, options: Options) => {
  const client = OpenAiClient.make(http, options)
  const { fail, model, name } = client

  const contextOf = (
    request: LlmRequest,
    status: number,
    headers: HttpClientResponse.HttpClientResponse["headers"]
  ): OpenAiWire.Context => ({ request, server: client.server, details: LlmRateHeaders.detailsOf({ status, headers }) })

  return LlmProvider.make({
    name,
    model,
    options: client.options,
    codecTransformer: OpenAiClient.codecTransformer,
    sentSettings: client.sentSettings,
    ...VendorCalls.make({
      bodyOf: client.bodyOf,
      post: client.post("/chat/completions"),
      fail,
      contextOf,
      format: OpenAiStream
    })
  })
}
