/**
 * What everything that speaks to Anthropic shares: how requests are written, sent, and refused.
 */
import * as AiError from "effect/ai/AiError"
import * as AnthropicStructuredOutput from "effect/ai/AnthropicStructuredOutput"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Redacted from "effect/Redacted"
import * as Address from "../internal/Address.ts"
import type { LlmRequest } from "../LlmProvider.ts"
import { LlmSettings } from "../LlmSettings.ts"
import * as LlmWire from "../LlmWire.ts"
import * as AnthropicWire from "./AnthropicWire.ts"

/** @category models */
export interface Options {
  /** Anthropic's name for the model. */
  readonly model: string
  /** A proxy that adds the key itself wants none. */
  readonly apiKey?: Redacted.Redacted | undefined
  /** Up to where `/v1/messages` goes, with or without the `/v1`. `https://api.anthropic.com` unless said otherwise. */
  readonly baseUrl?: string | undefined
  /** Who runs the server, for usage and prices. `anthropic` unless said otherwise. */
  readonly name?: string
  /** The version of the API, sent as `anthropic-version`. `2023-06-01` unless said otherwise. */
  readonly version?: string
  /** Further headers, as `anthropic-beta`. */
  readonly headers?: Readonly<Record<string, string>>
  /** Anthropic wants a bound: this one where `LlmSettings` sets none. 4,096 unless said otherwise. */
  readonly maxOutputTokens?: number
  /**
   * Lets the model think: as much as it finds right, or so many of its output tokens. Temperature and `topP` are then not
   * sent, as Anthropic refuses them. How hard it thinks is `LlmSettings.reasoningEffort`.
   */
  readonly thinking?: "adaptive" | { readonly budgetTokens: number }
  /**
   * Has Anthropic keep tools, system prompt and conversation for so long, so that the next request that begins the same pays
   * less for them, and the first one more.
   */
  readonly promptCaching?: "5 minutes" | "1 hour"
  /**
   * How values of a schema are asked for: by Anthropic's structured outputs, or, for models that do not have them, as the
   * input of a tool that must be called, which does not go with thinking. `format` unless said otherwise.
   */
  readonly structuredOutput?: "format" | "tool"
}

/** How Anthropic wants schemas of structured output written. @category models */
export const codecTransformer = AnthropicStructuredOutput.toCodecAnthropic

/**
 * A way to the server. `method` is what errors call the operation.
 *
 * @category constructors
 */
export const make = (client: HttpClient.HttpClient, options: Options) => {
  const {
    apiKey,
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
    Effect.mapError(
      LlmWire.answerTo(client, request),
      fail(method)
    )

  return {
    name,
    model,
    fail,
    /** How long Anthropic keeps a prompt changes what answers cost, and not what they say. */
    options: {
      ...LlmWire.serverOf(baseUrl, headers),
      version,
      maxOutputTokens,
      structuredOutput,
      thinking: thinking ?? null
    },
    sentSettings: (settings: LlmSettings) => AnthropicWire.sentSettings(settings, { maxOutputTokens, thinking }),
    bodyOf: Effect.fnUntraced(function*(request: LlmRequest, method: "generate" | "stream") {
      yield* Effect.mapError(LlmWire.refuseVendorTools(request), fail(method))
      return AnthropicWire.bodyOf(request, {
        model,
        settings: yield* LlmSettings,
        stream: method === "stream",
        maxOutputTokens,
        thinking,
        promptCaching,
        answerSchema: yield* Effect.mapError(LlmWire.answerSchemaOf(request, codecTransformer), fail(method)),
        structuredOutput
      })
    }),
    /** The tool whose input is the answer, if there is one. */
    answerToolOf: ({ responseFormat }: LlmRequest) =>
      responseFormat.type === "json" && structuredOutput === "tool"
        ? AnthropicWire.answerToolOf(responseFormat.objectName)
        : undefined,
    get: (path: string, method: string) => execute(HttpClientRequest.get(url(path), { headers: all }), method),
    /** Once for a path. */
    post: (path: string) => {
      const open = HttpClientRequest.post(url(path), { headers: all })
      return (body: object, method: string) => execute(HttpClientRequest.bodyJsonUnsafe(open, body), method)
    }
  }
}
