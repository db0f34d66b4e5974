/**
 * Every server that speaks OpenAI's chat completions: OpenAI, Groq, OpenRouter, Ollama, vLLM, llama.cpp and others.
 *
 * Timeouts, retries and `Retry-After` are the `HttpClient`'s business, see `Http`. What is left of a failure is an `AiError`.
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
import * as OpenAiClient from "./OpenAiClient.ts"
import type { Options } from "./OpenAiClient.ts"
import * as OpenAiWire from "./OpenAiWire.ts"

export type { Options } from "./OpenAiClient.ts"

/**
 * The provider alone, for layers that go around a provider.
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
  const client = OpenAiClient.make(http, options)
  const { fail, model, name } = client

  const post = client.post("/chat/completions")
  const send = (request: LlmRequest, method: "generate" | "stream") =>
    Effect.flatMap(
      client.bodyOf(request, method),
      (body) => Effect.provideService(post(body, method), Repeatable, true)
    )

  return LlmProvider.make({
    name,
    model,
    options: client.options,
    codecTransformer: OpenAiClient.codecTransformer,
    generate: Effect.fnUntraced(function*(request) {
      const response = yield* send(request, "generate")
      const text = yield* Effect.mapError(
        response.text,
        (error) => fail("generate")(LlmHttpError.fromClientError(error))
      )
      const completion = yield* Effect.mapError(
        decodeCompletion(text),
        (error) => fail("generate")(OpenAiWire.malformed(error))
      )
      return yield* Effect.mapError(
        OpenAiWire.partsOf(completion, request, LlmRateHeaders.detailsOf(response)),
        fail("generate")
      )
    }),
    stream: (request) =>
      Stream.unwrap(Effect.map(send(request, "stream"), (response) =>
        response.stream.pipe(
          Stream.mapError(LlmHttpError.fromClientError),
          Stream.decodeText,
          chunksOf,
          streamPartsOf(request, response),
          Stream.mapError(fail("stream"))
        )))
  })
}

const decodeCompletion = Schema.decodeUnknownEffect(Schema.fromJsonString(OpenAiWire.Completion))
const decodeChunk = Schema.decodeUnknownEffect(Schema.fromJsonString(OpenAiWire.Chunk))

/** The events of a stream, until `[DONE]`. */
const chunksOf = <E>(
  text: Stream.Stream<string, E>
): Stream.Stream<OpenAiWire.Chunk | typeof done, E | AiError.AiErrorReason> =>
  LlmWire.eventData(text).pipe(
    Stream.mapEffect((event): Effect.Effect<OpenAiWire.Chunk | typeof done, AiError.AiErrorReason> =>
      event === done ? Effect.succeed(done) : Effect.mapError(decodeChunk(event), OpenAiWire.malformed)
    ),
    Stream.takeUntil((chunk) => chunk === done)
  )

const done = "[DONE]"

interface Pending {
  readonly id: string
  readonly name: string
  json: string
}

/**
 * Deltas become parts as they come. Calls, usage and the end are told when the stream is over, which it is only after
 * `[DONE]` or a finish reason: one that breaks off before is a failure, not an answer.
 */
const streamPartsOf = (request: LlmRequest, response: HttpClientResponse.HttpClientResponse) =>
<E>(
  chunks: Stream.Stream<OpenAiWire.Chunk | typeof done, E>
): Stream.Stream<Response.StreamPartEncoded, E | AiError.AiErrorReason> =>
  Stream.suspend(() => {
    const open = new Set<"text" | "reasoning">()
    const calls = new Map<number, Pending>()
    let known = false
    let complete = false
    let refusal = ""
    let finishReason: string | null | undefined
    let usage: OpenAiWire.Chunk["usage"]

    const delta = (kind: "text" | "reasoning", text: string): ReadonlyArray<Response.StreamPartEncoded> => {
      const start = open.has(kind) ? [] : [{ type: `${kind}-start` as const, id: kind }]
      open.add(kind)
      return [...start, { type: `${kind}-delta` as const, id: kind, delta: text }]
    }

    const read = (chunk: OpenAiWire.Chunk): ReadonlyArray<Response.StreamPartEncoded> => {
      const parts: Array<Response.StreamPartEncoded> = []
      if (!known) parts.push(OpenAiWire.metadataOf(chunk))
      known = true
      usage = chunk.usage ?? usage
      const choice = chunk.choices?.[0]
      finishReason = choice?.finish_reason ?? finishReason
      const message = choice?.delta
      const thought = message?.reasoning_content || message?.reasoning
      if (thought) parts.push(...delta("reasoning", thought))
      if (message?.content) parts.push(...delta("text", message.content))
      if (message?.refusal) {
        refusal += message.refusal
        parts.push(...delta("text", message.refusal))
      }
      for (const [i, { function: called, id, index }] of (message?.tool_calls ?? []).entries()) {
        // A server that sends calls whole may leave out which one a piece belongs to.
        const at = index ?? (id ? calls.size : Math.max(calls.size - 1, i))
        let call = calls.get(at)
        if (call === undefined) {
          call = { id: id || `call-${at + 1}-of-${request.prompt.content.length}`, name: called?.name ?? "", json: "" }
          calls.set(at, call)
          parts.push({ type: "tool-params-start", id: call.id, name: call.name })
        }
        if (called?.arguments) {
          call.json += called.arguments
          parts.push({ type: "tool-params-delta", id: call.id, delta: called.arguments })
        }
      }
      return parts
    }

    const end = Effect.gen(function*() {
      if (!complete && finishReason === undefined) {
        return yield* new AiError.InvalidResponseError({ description: "the stream broke off before its end" })
      }
      if (refusal !== "" && request.responseFormat.type === "json") return yield* LlmWire.refused(refusal)
      const called = yield* Effect.forEach(calls.values(), ({ id, json, name }) =>
        LlmWire.toolCallOf(request, id, name, json))
      const parts: ReadonlyArray<Response.StreamPartEncoded> = [
        ...[...open].map((kind) => ({ type: `${kind}-end` as const, id: kind })),
        ...called.flatMap((call) => [{ type: "tool-params-end" as const, id: call.id }, call]),
        {
          type: "finish",
          reason: refusal === "" ? OpenAiWire.finishReasonOf(finishReason, called.length > 0) : "content-filter",
          usage: OpenAiWire.usageOf(usage),
          ...LlmRateHeaders.detailsOf(response)
        }
      ]
      return parts
    })

    return chunks.pipe(
      Stream.mapEffect((chunk): Effect.Effect<ReadonlyArray<Response.StreamPartEncoded>, AiError.AiErrorReason> => {
        if (chunk === done) {
          complete = true
          return Effect.succeed([])
        }
        return chunk.error ? Effect.fail(OpenAiWire.reasonOf(chunk.error)) : Effect.succeed(read(chunk))
      }),
      Stream.concat(Stream.fromEffect(end)),
      Stream.flattenIterable
    )
  })
