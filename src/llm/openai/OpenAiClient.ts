/**
 * What everything that speaks to a server like OpenAI's shares: how requests are written, sent, and refused.
 */
import * as AiError from "effect/ai/AiError"
import * as OpenAiStructuredOutput from "effect/ai/OpenAiStructuredOutput"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import type * as Redacted from "effect/Redacted"
import * as Address from "../internal/Address.ts"
import type { LlmRequest } from "../LlmProvider.ts"
import { LlmSettings } from "../LlmSettings.ts"
import * as LlmWire from "../LlmWire.ts"
import * as OpenAiWire from "./OpenAiWire.ts"

/** @category models */
export interface Options {
  /** Up to where `/chat/completions` goes, as `https://api.openai.com/v1`. A query, as Azure wants one, goes behind it. */
  readonly baseUrl: string
  /** The server's name for the model. */
  readonly model: string
  /** Servers on one's own machine want none. */
  readonly apiKey?: Redacted.Redacted | undefined
  /** Who runs the server, for usage and prices. `openai` unless said otherwise. */
  readonly name?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** How OpenAI wants schemas of structured output written. @category models */
export const codecTransformer = OpenAiStructuredOutput.toCodecOpenAI

/**
 * A way to the server. `method` is what errors call the operation.
 *
 * @category constructors
 */
export const make = (client: HttpClient.HttpClient, options: Options) => {
  const { apiKey, baseUrl, headers = {}, model, name = "openai" } = options

  const secrets = LlmWire.secretsOf(apiKey, headers, baseUrl)
  const fail = (method: string) => (reason: AiError.AiErrorReason) =>
    AiError.make({ module: "OpenAiCompatible", method, reason: LlmWire.withoutSecrets(reason, secrets) })

  const keyed = (request: HttpClientRequest.HttpClientRequest) =>
    apiKey === undefined ? request : HttpClientRequest.bearerToken(request, apiKey)
  const execute = (request: HttpClientRequest.HttpClientRequest, method: string) =>
    Effect.mapError(LlmWire.answerTo(client, request), fail(method))
  const url = (path: string) => Address.join(baseUrl, path, "/v1")

  return {
    name,
    model,
    fail,
    options: LlmWire.serverOf(baseUrl, headers),
    bodyOf: Effect.fnUntraced(function*(request: LlmRequest, method: "generate" | "stream") {
      yield* Effect.mapError(LlmWire.refuseVendorTools(request), fail(method))
      return OpenAiWire.bodyOf(request, {
        model,
        settings: yield* LlmSettings,
        stream: method === "stream",
        maxTokensKey: name === "openai" ? "max_completion_tokens" : "max_tokens",
        answerSchema: yield* Effect.mapError(LlmWire.answerSchemaOf(request, codecTransformer), fail(method))
      })
    }),
    get: (path: string, method: string) => execute(keyed(HttpClientRequest.get(url(path), { headers })), method),
    /** Once for a path. A body that is a form is sent as one, and any other as JSON. */
    post: (path: string) => {
      const open = keyed(HttpClientRequest.post(url(path), { headers }))
      return (body: object, method: string) =>
        execute(
          body instanceof FormData
            ? HttpClientRequest.bodyFormData(open, body)
            : HttpClientRequest.bodyJsonUnsafe(open, body),
          method
        )
    }
  }
}
