/**
 * What everything that speaks to Anthropic shares: how requests are written, sent, and refused.
 */
import * as AiError from "effect/ai/AiError"
import * as AnthropicStructuredOutput from "effect/ai/AnthropicStructuredOutput"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Address from "../internal/Address.ts"
import type { LlmRequest } from "../LlmProvider.ts"
import type { LlmSettings } from "../LlmSettings.ts"
import * as LlmWire from "../LlmWire.ts"
import * as AnthropicRequest from "./AnthropicRequest.ts"
import * as AnthropicThinking from "./AnthropicThinking.ts"

/** @category models */
export interface Options {
  /** Anthropic's name for the model. */
  readonly model: string
  /** A proxy that adds the key itself needs none. */
  readonly apiKey?: Redacted.Redacted | undefined
  /** The address before `/v1/messages`, with or without the `/v1`. Default: `https://api.anthropic.com`. */
  readonly baseUrl?: string | undefined
  /** The name of the server's operator, for usage and prices. Default: `anthropic`. */
  readonly name?: string
  /** The version of the API, sent as `anthropic-version`. Default: `2023-06-01`. */
  readonly version?: string
  /** Further headers, such as `anthropic-beta`. */
  readonly headers?: Readonly<Record<string, string>>
  /** Anthropic demands a bound: this one where `LlmSettings` sets none. Default: 4,096. */
  readonly maxOutputTokens?: number
  /**
   * Lets the model think: as much as it finds right, or up to a number of tokens. The tokens of the thoughts are part of the
   * output: without a bound in `LlmSettings` they are added to `maxOutputTokens`, with one they are kept below it.
   * Temperature, `topP` and a forced tool choice are not sent beside thinking, as Anthropic refuses them. How hard the model
   * thinks is `LlmSettings.reasoningEffort`.
   */
  readonly thinking?: "adaptive" | { readonly budgetTokens: number }
  /**
   * Has Anthropic store tools, system prompt and conversation for this time, so that the next request that begins the same
   * pays less for them, and the first one more.
   */
  readonly promptCaching?: "5 minutes" | "1 hour"
  /**
   * How values of a schema are asked for: by Anthropic's structured outputs, or, for models that do not have them, as the
   * input of a tool that must be called, which is asked without thinking. Default: `format`.
   */
  readonly structuredOutput?: "format" | "tool"
}

/** How schemas of structured output are written for Anthropic. @category models */
export const codecTransformer = AnthropicStructuredOutput.toCodecAnthropic

/**
 * A client of the server. `method` is the operation's name in errors.
 *
 * @category constructors
 */
export const make = (client: HttpClient.HttpClient, options: Options) => {
  const {
    baseUrl = "https://api.anthropic.com",
    headers = {},
    maxOutputTokens = 4_096,
    model,
    name = "anthropic",
    promptCaching,
    structuredOutput = "format",
    thinking,
    version = "2023-06-01"
  } = options

  const apiKey = LlmWire.trimmed(options.apiKey)
  const problemOfKey = LlmWire.problemOfKey(apiKey)
  const secrets = LlmWire.secretsOf(apiKey, headers, baseUrl)
  const fail = (method: string) => (reason: AiError.AiErrorReason) =>
    AiError.make({ module: "Anthropic", method, reason: LlmWire.withoutSecrets(reason, secrets) })

  const all = {
    ...headers,
    "anthropic-version": version,
    ...(apiKey === undefined ? {} : { "x-api-key": Redacted.value(apiKey) })
  }
  const url = (path: string) => Address.join(baseUrl, path, "")

  const execute = (request: HttpClientRequest.HttpClientRequest, method: string) =>
    problemOfKey === undefined
      ? LlmWire.answerTo(client, request, fail(method))
      : Effect.fail(fail(method)(problemOfKey))

  return {
    name,
    model,
    fail,
    /** A text of the vendor's as errors hold it: without the secrets of the client. */
    shown: LlmWire.shownWithout(secrets),
    /** `promptCaching` is absent: it changes what answers cost, not what they say. */
    options: {
      ...LlmWire.serverOf(baseUrl, headers),
      version,
      maxOutputTokens,
      structuredOutput,
      thinking: thinking ?? null
    },
    sentSettings: (settings: LlmSettings) =>
      AnthropicThinking.sentSettings(settings, { maxOutputTokens, model, thinking }),
    bodyOf: (request: LlmRequest, method: "generate" | "stream", settings: LlmSettings) =>
      Result.mapBoth(LlmWire.checkedSchemaOf(request, codecTransformer), {
        onFailure: fail(method),
        onSuccess: (answerSchema) =>
          AnthropicRequest.bodyOf(request, {
            model,
            settings,
            stream: method === "stream",
            maxOutputTokens,
            thinking,
            promptCaching,
            answerSchema,
            structuredOutput
          })
      }),
    /** The tool whose input is the answer, if there is one. */
    answerToolOf: ({ responseFormat }: LlmRequest) =>
      responseFormat.type === "json" && structuredOutput === "tool"
        ? AnthropicRequest.answerToolOf(responseFormat.objectName)
        : undefined,
    get: (path: string, method: string) => execute(HttpClientRequest.get(url(path), { headers: all }), method),
    /** Once for a path. */
    post: (path: string) => {
      const withJson = LlmWire.withJson(HttpClientRequest.post(url(path), { headers: all }))
      return (body: object, method: string) => execute(withJson(JSON.stringify(body)), method)
    }
  }
}
