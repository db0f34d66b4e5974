/**
 * What everything that speaks to a server like OpenAI's shares: how requests are written, sent, and refused.
 */
import * as AiError from "effect/ai/AiError"
import * as OpenAiStructuredOutput from "effect/ai/OpenAiStructuredOutput"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Address from "../internal/Address.ts"
import type { LlmRequest } from "../LlmProvider.ts"
import type { LlmSettings } from "../LlmSettings.ts"
import * as LlmWire from "../LlmWire.ts"
import * as OpenAiDialect from "./OpenAiDialect.ts"
import * as OpenAiRequest from "./OpenAiRequest.ts"

/** @category models */
export interface Options {
  /**
   * The address before `/chat/completions`, such as `https://api.openai.com/v1`. A query, as Azure's `?api-version=...`, stays
   * at the end. An address without a path gets `/v1`.
   */
  readonly baseUrl: string
  /** The server's name for the model. */
  readonly model: string
  /** Servers on the same machine need none. */
  readonly apiKey?: Redacted.Redacted | undefined
  /**
   * The name of the server's operator, for usage and prices. Default: `openai`. State it for every other server, so that
   * `LlmPrices` can hold the price of its model as `name/model`.
   */
  readonly name?: string
  readonly headers?: Readonly<Record<string, string>>
  /**
   * The key of the bound on output tokens. Default: `max_completion_tokens` at OpenAI and Azure and for OpenAI's reasoning
   * models, else `max_tokens`.
   */
  readonly maxTokensKey?: "max_tokens" | "max_completion_tokens"
}

/** How schemas of structured output are written for OpenAI. @category models */
export const codecTransformer = OpenAiStructuredOutput.toCodecOpenAI

/**
 * A client of the server. `method` is the operation's name in errors.
 *
 * @category constructors
 */
export const make = (client: HttpClient.HttpClient, options: Options) => {
  const { baseUrl, headers = {}, model, name = "openai" } = options
  const apiKey = LlmWire.trimmed(options.apiKey)
  const problemOfKey = LlmWire.problemOfKey(apiKey)

  const secrets = LlmWire.secretsOf(apiKey, headers, baseUrl)
  const fail = (method: string) => (reason: AiError.AiErrorReason) =>
    AiError.make({ module: "OpenAiCompatible", method, reason: LlmWire.withoutSecrets(reason, secrets) })

  const usual = OpenAiDialect.of(baseUrl, model)
  const dialect = { ...usual, maxTokensKey: options.maxTokensKey ?? usual.maxTokensKey }
  const server = OpenAiDialect.hostOf(baseUrl)
  const isToken = apiKey !== undefined && Redacted.value(apiKey).startsWith("eyJ")
  const inOwnHeader = dialect.keyHeader === "api-key" && !isToken

  const keyed = (request: HttpClientRequest.HttpClientRequest) =>
    apiKey === undefined
      ? request
      : inOwnHeader
      ? HttpClientRequest.setHeader(request, "api-key", Redacted.value(apiKey))
      : HttpClientRequest.bearerToken(request, apiKey)
  const execute = (request: HttpClientRequest.HttpClientRequest, method: string) =>
    problemOfKey === undefined
      ? LlmWire.answerTo(client, request, fail(method))
      : Effect.fail(fail(method)(problemOfKey))
  const url = (path: string) => Address.join(baseUrl, path, "/v1")
  const opened = (path: string) => keyed(HttpClientRequest.post(url(path), { headers }))

  return {
    name,
    model,
    fail,
    /** A text of the vendor's as errors hold it: without the secrets of the client. */
    shown: LlmWire.shownWithout(secrets),
    server,
    options: LlmWire.serverOf(baseUrl, headers),
    sentSettings: (settings: LlmSettings) => OpenAiDialect.sentSettings(settings, dialect),
    /** The body of a request, as JSON. */
    bodyOf: (request: LlmRequest, method: "generate" | "stream", settings: LlmSettings) =>
      Result.mapBoth(LlmWire.checkedSchemaOf(request, codecTransformer), {
        onFailure: fail(method),
        onSuccess: (answerSchema) =>
          OpenAiRequest.textOf(request, {
            model,
            settings,
            stream: method === "stream",
            dialect,
            server,
            answerSchema
          })
      }),
    get: (path: string, method: string) => execute(keyed(HttpClientRequest.get(url(path), { headers })), method),
    /** Once for a path. The body is JSON. */
    post: (path: string) => {
      const withJson = LlmWire.withJson(opened(path))
      return (json: string, method: string) => execute(withJson(json), method)
    },
    postForm: (path: string, form: FormData, method: string) =>
      execute(HttpClientRequest.bodyFormData(opened(path), form), method)
  }
}
