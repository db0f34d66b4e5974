/**
 * Anthropic's models, by its messages API.
 *
 * Timeouts, retries and `Retry-After` are the business of the `HttpClient`, see `Http`, or of `LlmRetry`. What is left of a
 * failure is an `AiError`.
 */
import * as AiError from "effect/ai/AiError"
import * as AnthropicStructuredOutput from "effect/ai/AnthropicStructuredOutput"
import type * as LanguageModel from "effect/ai/LanguageModel"
import type * as Response from "effect/ai/Response"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as AnthropicWire from "./AnthropicWire.ts"
import * as LlmHttpError from "./LlmHttpError.ts"
import { LlmProvider, type LlmRequest } from "./LlmProvider.ts"
import * as LlmRateHeaders from "./LlmRateHeaders.ts"
import { LlmSettings } from "./LlmSettings.ts"
import * as LlmWire from "./LlmWire.ts"

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

/**
 * The provider alone, for layers that go around a provider.
 *
 * `LlmSettings.seed` has no counterpart here and is not sent.
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
): Layer.Layer<LlmProvider | LanguageModel.LanguageModel, never, HttpClient.HttpClient> =>
  Layer.provideMerge(LlmProvider.languageModel, layerProvider(options))

const make = (client: HttpClient.HttpClient, options: Options) => {
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
  const codecTransformer = AnthropicStructuredOutput.toCodecAnthropic
  const post = HttpClientRequest.post(`${baseUrl.replace(/\/+$/, "").replace(/\/v1$/, "")}/v1/messages`, {
    headers: {
      ...headers,
      "anthropic-version": version,
      ...(apiKey === undefined ? {} : { "x-api-key": Redacted.value(apiKey) })
    }
  })

  const fail = (method: string) => (reason: AiError.AiErrorReason) =>
    AiError.make({ module: "Anthropic", method, reason: LlmWire.withoutKey(reason, apiKey) })

  const send = Effect.fnUntraced(function*(
    request: LlmRequest,
    method: "generate" | "stream"
  ): Effect.fn.Return<HttpClientResponse.HttpClientResponse, AiError.AiError> {
    yield* Effect.mapError(LlmWire.refuseVendorTools(request), fail(method))
    const body = AnthropicWire.bodyOf(request, {
      model,
      settings: yield* LlmSettings,
      stream: method === "stream",
      maxOutputTokens,
      thinking,
      promptCaching,
      answerSchema: yield* Effect.mapError(LlmWire.answerSchemaOf(request, codecTransformer), fail(method)),
      structuredOutput
    })
    const response = yield* client.execute(HttpClientRequest.bodyJsonUnsafe(post, body)).pipe(
      Effect.mapError((error) => fail(method)(LlmHttpError.fromClientError(error)))
    )
    if (response.status >= 200 && response.status < 300) return response
    return yield* Effect.flatMap(LlmHttpError.fromResponse(response), (reason) => Effect.fail(fail(method)(reason)))
  })

  /** The tool whose input is the answer, if there is one. */
  const answerToolOf = ({ responseFormat }: LlmRequest) =>
    responseFormat.type === "json" && structuredOutput === "tool"
      ? AnthropicWire.answerToolOf(responseFormat.objectName)
      : undefined

  return LlmProvider.make({
    name,
    model,
    codecTransformer,
    told: (settings) => AnthropicWire.toldOf(settings, { maxOutputTokens, thinking }),
    generate: Effect.fnUntraced(function*(request) {
      const response = yield* send(request, "generate")
      const text = yield* Effect.mapError(
        response.text,
        (error) => fail("generate")(LlmHttpError.fromClientError(error))
      )
      const message = yield* Effect.mapError(decodeMessage(text), (error) => fail("generate")(malformed(error)))
      return yield* Effect.mapError(partsOf(message, request, answerToolOf(request), response), fail("generate"))
    }),
    stream: (request) =>
      Stream.unwrap(Effect.map(send(request, "stream"), (response) =>
        response.stream.pipe(
          Stream.mapError(LlmHttpError.fromClientError),
          Stream.decodeText,
          LlmWire.eventData,
          Stream.mapEffect((data) => Effect.mapError(decodeEvent(data), malformed)),
          streamPartsOf(request, answerToolOf(request), response),
          Stream.mapError(fail("stream"))
        )))
  })
}

const decodeMessage = Schema.decodeUnknownEffect(Schema.fromJsonString(AnthropicWire.Message))
const decodeEvent = Schema.decodeUnknownEffect(Schema.fromJsonString(AnthropicWire.Event))

const malformed = (error: Schema.SchemaError) =>
  new AiError.InvalidResponseError({ description: `the answer is not a message: ${error.message}` })

const metadataOf = (
  { id, model }: Pick<AnthropicWire.Message, "id" | "model">
): Response.ResponseMetadataPartEncoded => ({
  type: "response-metadata",
  ...(id ? { id } : {}),
  ...(model ? { modelId: model } : {})
})

const partsOf = Effect.fnUntraced(function*(
  message: AnthropicWire.Message,
  request: LlmRequest,
  answerTool: string | undefined,
  response: HttpClientResponse.HttpClientResponse
): Effect.fn.Return<Array<Response.PartEncoded>, AiError.AiErrorReason> {
  const { content, stop_details, stop_reason, usage } = message
  if (stop_reason === "refusal" && request.responseFormat.type === "json") {
    return yield* LlmWire.refused(stop_details?.explanation ?? content.map(({ text }) => text ?? "").join(""))
  }
  const parts = (yield* Effect.forEach(content, (block): Effect.Effect<
    ReadonlyArray<Response.PartEncoded>,
    AiError.AiErrorReason
  > => {
    switch (block.type) {
      case "text":
        return Effect.succeed(block.text ? [{ type: "text", text: block.text }] : [])
      case "thinking":
      case "redacted_thinking":
        return Effect.succeed([
          { type: "reasoning", text: block.thinking ?? "", ...AnthropicWire.thoughtMetadata(block) }
        ])
      case "tool_use": {
        const json = JSON.stringify(block.input ?? {})
        return block.name === answerTool
          ? Effect.succeed([{ type: "text", text: json }])
          : Effect.map(LlmWire.toolCallOf(request, block.id ?? "", block.name ?? "", json), (call) => [call])
      }
      default:
        return Effect.succeed([])
    }
  })).flat()
  return [
    metadataOf(message),
    ...parts,
    {
      type: "finish",
      reason: AnthropicWire.finishReasonOf(stop_reason, parts.some(({ type }) => type === "tool-call")),
      usage: AnthropicWire.usageOf(usage),
      ...LlmRateHeaders.detailsOf(response)
    }
  ]
})

/** A block whose pieces are coming. */
interface Pending {
  readonly id: string
  readonly name: string
  readonly kind: "text" | "reasoning" | "call"
  json: string
  signature: string
  readonly data: string | null | undefined
}

/**
 * Deltas become parts as they come, and a call is told when it is whole. The stream is over only after `message_stop` or a
 * stop reason: one that breaks off before is a failure, not an answer. Nothing is told before the first content, so that a
 * vendor that is overloaded right after it has begun can be asked again.
 */
const streamPartsOf = (
  request: LlmRequest,
  answerTool: string | undefined,
  response: HttpClientResponse.HttpClientResponse
) =>
<E>(
  events: Stream.Stream<AnthropicWire.Event, E>
): Stream.Stream<Response.StreamPartEncoded, E | AiError.AiErrorReason> =>
  Stream.suspend(() => {
    type Parts = ReadonlyArray<Response.StreamPartEncoded>
    const blocks = new Map<number, Pending>()
    let metadata: Parts = []
    let usage: AnthropicWire.Usage = {}
    let stopReason: string | null | undefined
    let explanation = ""
    let text = ""
    let calledTools = false
    let complete = false

    const begin = (index: number, block: AnthropicWire.Block): Parts => {
      const kind = kindOf(block, answerTool)
      if (kind === undefined) return []
      const id = kind === "call" ? block.id ?? "" : `${kind}-${index}`
      const { data, name } = block
      blocks.set(index, { id, name: name ?? "", kind, json: "", signature: "", data })
      return kind === "call"
        ? [{ type: "tool-params-start", id, name: name ?? "" }]
        : [{ type: `${kind}-start`, id }]
    }

    const go = (index: number, delta: NonNullable<AnthropicWire.Event["delta"]>): Parts => {
      const block = blocks.get(index)
      if (block === undefined) return []
      const { id, kind } = block
      block.signature += delta.signature ?? ""
      switch (kind) {
        case "text": {
          // The input of the answer's tool is the answer.
          const piece = delta.text ?? delta.partial_json
          text += piece ?? ""
          return piece ? [{ type: "text-delta", id, delta: piece }] : []
        }
        case "reasoning":
          return delta.thinking ? [{ type: "reasoning-delta", id, delta: delta.thinking }] : []
        case "call": {
          if (!delta.partial_json) return []
          block.json += delta.partial_json
          return [{ type: "tool-params-delta", id, delta: delta.partial_json }]
        }
      }
    }

    const finishBlock = (index: number): Effect.Effect<Parts, AiError.AiErrorReason> => {
      const block = blocks.get(index)
      blocks.delete(index)
      if (block === undefined) return Effect.succeed([])
      const { id, json, kind, name } = block
      if (kind === "text") return Effect.succeed([{ type: "text-end", id }])
      if (kind === "reasoning") {
        return Effect.succeed([{ type: "reasoning-end", id, ...AnthropicWire.thoughtMetadata(block) }])
      }
      calledTools = true
      return Effect.map(LlmWire.toolCallOf(request, id, name, json), (call) => [{ type: "tool-params-end", id }, call])
    }

    const read = (event: AnthropicWire.Event): Effect.Effect<Parts, AiError.AiErrorReason> => {
      const index = event.index ?? 0
      switch (event.type) {
        case "error": {
          const error = event.error ?? {}
          return Effect.fail(LlmHttpError.fromStatus(AnthropicWire.statusOf(error), error, undefined))
        }
        case "message_start": {
          if (event.message) metadata = [metadataOf(event.message)]
          usage = { ...usage, ...known(event.message?.usage) }
          return Effect.succeed([])
        }
        case "content_block_start": {
          const parts = [...metadata, ...(event.content_block ? begin(index, event.content_block) : [])]
          metadata = []
          return Effect.succeed(parts)
        }
        case "content_block_delta":
          return Effect.succeed(event.delta ? go(index, event.delta) : [])
        case "content_block_stop":
          return finishBlock(index)
        case "message_delta": {
          // These counts are of the whole message so far, and stand for the earlier ones.
          usage = { ...usage, ...known(event.usage) }
          stopReason = event.delta?.stop_reason ?? stopReason
          explanation = event.delta?.stop_details?.explanation ?? explanation
          return Effect.succeed([])
        }
        case "message_stop":
          complete = true
          return Effect.succeed([])
        default:
          return Effect.succeed([])
      }
    }

    const end = Effect.gen(function*() {
      if (!complete && !stopReason) {
        return yield* new AiError.InvalidResponseError({ description: "the stream broke off before its end" })
      }
      if (stopReason === "refusal" && request.responseFormat.type === "json") {
        return yield* LlmWire.refused(explanation || text)
      }
      const left = yield* Effect.forEach([...blocks.keys()], finishBlock)
      const parts: Parts = [
        ...metadata,
        ...left.flat(),
        {
          type: "finish",
          reason: AnthropicWire.finishReasonOf(stopReason, calledTools),
          usage: AnthropicWire.usageOf(usage),
          ...LlmRateHeaders.detailsOf(response)
        }
      ]
      return parts
    })

    return events.pipe(
      Stream.mapEffect(read),
      Stream.takeUntil(() => complete),
      Stream.concat(Stream.fromEffect(end)),
      Stream.flattenIterable
    )
  })

const kindOf = ({ name, type }: AnthropicWire.Block, answerTool: string | undefined): Pending["kind"] | undefined => {
  switch (type) {
    case "text":
      return "text"
    case "thinking":
    case "redacted_thinking":
      return "reasoning"
    case "tool_use":
      return name === answerTool ? "text" : "call"
    default:
      return undefined
  }
}

/** Only the counts that were told. */
const known = (usage: AnthropicWire.Usage | null | undefined): AnthropicWire.Usage =>
  Object.fromEntries(Object.entries(usage ?? {}).filter(([, count]) => typeof count === "number"))
