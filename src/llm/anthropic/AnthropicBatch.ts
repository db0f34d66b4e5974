/**
 * Anthropic's message batches.
 *
 * https://docs.anthropic.com/en/docs/build-with-claude/batch-processing
 */
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { MaxBodyBytes } from "../../internal/CallScope.ts"
import { LlmBatch } from "../LlmBatch.ts"
import type { Line, LlmBatchShape, Outcome, Standing } from "../LlmBatchVendor.ts"
import * as LlmHttpError from "../LlmHttpError.ts"
import * as LlmWire from "../LlmWire.ts"
import * as AnthropicClient from "./AnthropicClient.ts"
import * as AnthropicWire from "./AnthropicWire.ts"

/**
 * Asks by messages. Anthropic keeps the answers for 29 days.
 *
 * @category layers
 */
export const layer = (options: AnthropicClient.Options): Layer.Layer<LlmBatch, never, HttpClient.HttpClient> =>
  Layer.effect(LlmBatch, Effect.map(HttpClient.HttpClient, (client) => make(client, options)))

const make = (http: HttpClient.HttpClient, options: AnthropicClient.Options): LlmBatchShape => {
  const client = AnthropicClient.make(http, options)
  const { answerToolOf, fail, model, name } = client

  const read = (response: ReturnType<ReturnType<typeof client.post>>, method: string) =>
    Effect.flatMap(response, (response) => Effect.mapError(LlmWire.bodyOf(response, Batch), fail(method)))

  const collect = Effect.fnUntraced(function*(batch: string, lines: ReadonlyArray<Line>) {
    const byId = new Map(lines.map((line) => [line.id, line]))
    const outcomes = new Map<string, Outcome>()
    const response = yield* client.get(`${path}/${encodeURIComponent(batch)}/results`, "collect").pipe(
      Effect.provideService(MaxBodyBytes, Infinity)
    )
    yield* LlmWire.linesOf(response, Answered).pipe(
      Stream.mapError(fail("collect")),
      Stream.runForEach(Effect.fnUntraced(function*({ custom_id, result }) {
        const line = byId.get(custom_id)
        if (line !== undefined) outcomes.set(line.id, yield* outcomeOf(result, line))
      }))
    )
    return outcomes
  })

  const outcomeOf = (result: Answered["result"], { request }: Line): Effect.Effect<Outcome> => {
    switch (result.type) {
      case "expired":
        return Effect.succeed(Result.fail("expired"))
      case "canceled":
        return Effect.succeed(Result.fail("cancelled"))
      case "errored": {
        const error = result.error?.error ?? {}
        return Effect.succeed(
          Result.fail(fail("collect")(LlmHttpError.fromStatus(AnthropicWire.statusOf(error), error, undefined)))
        )
      }
      case "succeeded":
        return Effect.mapError(decodeMessage(result.message), AnthropicWire.malformed).pipe(
          Effect.flatMap((message) => AnthropicWire.partsOf(message, request, answerToolOf(request), {})),
          Effect.mapError(fail("collect")),
          Effect.result
        )
    }
  }

  return {
    name,
    model,
    codecTransformer: AnthropicClient.codecTransformer,
    encode: (request) => client.bodyOf(request, "generate"),
    stage: (lines) => {
      const requests = lines.map(({ body, id }) => ({ custom_id: id, params: body }))
      return Effect.succeed(Effect.map(read(client.post(path)({ requests }, "submit"), "submit"), ({ id }) => id))
    },
    standing: (id) =>
      Effect.map(
        read(client.get(`${path}/${encodeURIComponent(id)}`, "standing"), "standing"),
        ({ processing_status }): Standing =>
          processing_status === "ended"
            ? { _tag: "Ended", collect: (lines) => collect(id, lines) }
            : { _tag: "Running" }
      ),
    cancel: (id) => Effect.asVoid(client.post(`${path}/${encodeURIComponent(id)}/cancel`)({}, "cancel"))
  }
}

const path = "/v1/messages/batches"

const Batch = Schema.Struct({
  id: Schema.String,
  /** `in_progress`, `canceling` or `ended`. */
  processing_status: Schema.String
})

/** A line of the results. */
const Answered = Schema.Struct({
  custom_id: Schema.String,
  result: Schema.Struct({
    type: Schema.Literals(["succeeded", "errored", "canceled", "expired"]),
    message: Schema.optionalKey(Schema.Unknown),
    error: Schema.optionalKey(Schema.Struct({ error: Schema.optionalKey(LlmHttpError.ErrorBody) }))
  })
})
type Answered = typeof Answered.Type

const decodeMessage = Schema.decodeUnknownEffect(AnthropicWire.Message)
