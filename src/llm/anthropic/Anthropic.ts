/**
 * Anthropic's models, by its messages API.
 *
 * Timeouts, retries and `Retry-After` are the business of the `HttpClient`, see `Http`, or of `LlmRetry`. What is left of a
 * failure is an `AiError`.
 */
import * as AiError from "effect/ai/AiError"
import type * as LanguageModel from "effect/ai/LanguageModel"
import type * as Response from "effect/ai/Response"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { Repeatable } from "../../internal/CallScope.ts"
import * as LlmRateHeaders from "../layers/LlmRateHeaders.ts"
import * as LlmHttpError from "../LlmHttpError.ts"
import { LlmProvider, type LlmRequest } from "../LlmProvider.ts"
import * as LlmWire from "../LlmWire.ts"
import * as AnthropicClient from "./AnthropicClient.ts"
import type { Options } from "./AnthropicClient.ts"
import * as AnthropicWire from "./AnthropicWire.ts"

export type { Options } from "./AnthropicClient.ts"

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

const make = (http: HttpClient.HttpClient, options: Options) => {
  const client = AnthropicClient.make(http, options)
  const { answerToolOf, fail, model, name } = client

  const post = client.post("/v1/messages")
  const send = (request: LlmRequest, method: "generate" | "stream") =>
    Effect.flatMap(
      client.bodyOf(request, method),
      (body) => Effect.provideService(post(body, method), Repeatable, true)
    )

  return LlmProvider.make({
    name,
    model,
    options: client.options,
    codecTransformer: AnthropicClient.codecTransformer,
    sentSettings: client.sentSettings,
    generate: Effect.fnUntraced(function*(request) {
      const response = yield* send(request, "generate")
      const text = yield* Effect.mapError(
        response.text,
        (error) => fail("generate")(LlmHttpError.fromClientError(error))
      )
      const message = yield* Effect.mapError(
        decodeMessage(text),
        (error) => fail("generate")(AnthropicWire.malformed(error))
      )
      return yield* Effect.mapError(
        AnthropicWire.partsOf(message, request, answerToolOf(request), LlmRateHeaders.detailsOf(response)),
        fail("generate")
      )
    }),
    stream: (request) =>
      Stream.unwrap(Effect.map(send(request, "stream"), (response) =>
        response.stream.pipe(
          Stream.mapError(LlmHttpError.fromClientError),
          Stream.decodeText,
          LlmWire.eventData,
          Stream.mapEffect((data) => Effect.mapError(decodeEvent(data), AnthropicWire.malformed)),
          streamPartsOf(request, answerToolOf(request), response),
          Stream.mapError(fail("stream"))
        )))
  })
}

const decodeMessage = Schema.decodeUnknownEffect(Schema.fromJsonString(AnthropicWire.Message))
const decodeEvent = Schema.decodeUnknownEffect(Schema.fromJsonString(AnthropicWire.Event))

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
          if (event.message) metadata = [AnthropicWire.metadataOf(event.message)]
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
          ...AnthropicWire.usageMetadata(usage),
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
  Object.fromEntries(Object.entries(usage ?? {}).filter(([, count]) => count !== null))
