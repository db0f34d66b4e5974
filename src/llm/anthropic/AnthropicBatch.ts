/**
 * Anthropic's message batches.
 *
 * https://docs.anthropic.com/en/docs/build-with-claude/batch-processing
 */
import * as AiError from "effect/ai/AiError"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import { MaxBodyBytes } from "../../http/internal/CallScope.ts"
import * as BatchLines from "../internal/BatchLines.ts"
import * as BatchState from "../internal/BatchState.ts"
import * as LooseJson from "../internal/LooseJson.ts"
import * as VendorError from "../internal/VendorError.ts"
import { LlmBatch } from "../LlmBatch.ts"
import type { Line, LlmBatchShape, Outcome, Standing } from "../LlmBatchVendor.ts"
import * as LlmHttpError from "../LlmHttpError.ts"
import { LlmSettings } from "../LlmSettings.ts"
import * as LlmWire from "../LlmWire.ts"
import * as AnthropicClient from "./AnthropicClient.ts"
import * as AnthropicStream from "./AnthropicStream.ts"

/**
 * Sends messages. Anthropic stores the answers for 29 days.
 *
 * @category layers
 */
export const layer = (options: AnthropicClient.Options): Layer.Layer<LlmBatch, never, HttpClient.HttpClient> =>
  Layer.effect(LlmBatch, Effect.map(HttpClient.HttpClient, (client) => make(client, options)))

const make = (http: HttpClient.HttpClient, options: AnthropicClient.Options): LlmBatchShape => {
  const client = AnthropicClient.make(http, options)
  const { answerToolOf, fail, model, name } = client

  const read = (response: ReturnType<ReturnType<typeof client.post>>, method: string) =>
    Effect.flatMap(response, (response) => Effect.mapError(LlmWire.bodyOf(response), fail(method)))

  const collect = Effect.fnUntraced(function*(batch: string, lines: ReadonlyArray<Line>) {
    const byId = new Map(lines.map((line) => [line.id, line]))
    const outcomes = new Map<string, Outcome>()
    const response = yield* client.get(`${path}/${encodeURIComponent(batch)}/results`, "collect").pipe(
      Effect.provideService(MaxBodyBytes, Infinity)
    )
    const count = yield* BatchLines.collect(response, byId, outcomes, { fail: fail("collect"), outcomeOf })
    if (count === 0) return yield* fail("collect")(BatchLines.noAnswers)
    return outcomes
  })

  const outcomeOf = (answered: LooseJson.Fields, { request }: Line): Outcome => {
    const failed = fail("collect")
    const result = LooseJson.object(answered["result"]) ?? {}
    const type = typeof result["type"] === "string" ? result["type"].toLowerCase() : undefined
    if (type === "expired") return Result.fail("expired")
    if (type === "canceled" || type === "cancelled") return Result.fail("cancelled")
    const given = result["error"] ?? answered["error"]
    if (type === "errored" || !LooseJson.saysNothing(given)) {
      // The error stands in an envelope of its own.
      const error = VendorError.find(given, () => true) ?? VendorError.of(given ?? {}, result)
      return Result.fail(failed(LlmHttpError.fromVendor(error)))
    }
    const context = { request, answerTool: answerToolOf(request), details: {} }
    return Result.mapError(AnthropicStream.bodyOf(messageIn(answered, result), context), failed)
  }

  return {
    name,
    model,
    codecTransformer: AnthropicClient.codecTransformer,
    encode: (request) =>
      Effect.flatMap(LlmSettings, (settings) => Effect.fromResult(client.bodyOf(request, "generate", settings))),
    stage: (lines) => {
      const requests = lines.map(({ body, id }) => ({ custom_id: id, params: body }))
      return Effect.succeed(Effect.flatMap(read(client.post(path)({ requests }, "submit"), "submit"), ({ id }) => {
        const label = LooseJson.label(id)
        return label === undefined
          ? Effect.fail(fail("submit")(new AiError.InvalidResponseError({ description: "the answer holds no id" })))
          : Effect.succeed(label)
      }))
    },
    standing: (id) =>
      Effect.map(
        Effect.flatMap(
          client.get(`${path}/${encodeURIComponent(id)}`, "standing"),
          (response) => Effect.mapError(LlmWire.batchOf(response), fail("standing"))
        ),
        (batch): Standing => {
          const { shown, state } = BatchState.read(batch, ["processing_status", "status", "state"])
          switch (state) {
            case "running":
              return { _tag: "Running" }
            case "unknown":
              return { _tag: "Unknown", status: client.shown(shown) }
            case "failed":
              return { _tag: "Rejected", issues: BatchState.issuesOf(batch).map(client.shown) }
          }
          return { _tag: "Ended", collect: (lines) => collect(id, lines) }
        }
      ),
    cancel: (id) => Effect.asVoid(client.post(`${path}/${encodeURIComponent(id)}/cancel`)({}, "cancel"))
  }
}

/** The message in a line. Servers also write it as text, without a result around it, or under Amazon's name. */
const messageIn = (line: LooseJson.Fields, result: LooseJson.Fields): unknown =>
  bodyIn(result["message"]) ?? ("content" in result ? result : bodyIn(line["message"]) ?? bodyIn(line["modelOutput"]))

/** A list holds an error, as a whole answer that is one does. */
const bodyIn = (value: unknown) => LooseJson.object(value) ?? LooseJson.list(value)

const path = "/v1/messages/batches"
