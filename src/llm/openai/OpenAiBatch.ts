/**
 * The batch API of OpenAI, and of servers that speak it: a file of requests goes up, and files of answers come down.
 *
 * https://platform.openai.com/docs/guides/batch
 */
import type * as AiError from "effect/ai/AiError"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { MaxBodyBytes } from "../../internal/CallScope.ts"
import { LlmBatch } from "../LlmBatch.ts"
import type { Line, LlmBatchShape, Outcome, Standing } from "../LlmBatchVendor.ts"
import * as LlmHttpError from "../LlmHttpError.ts"
import * as LlmWire from "../LlmWire.ts"
import * as OpenAiClient from "./OpenAiClient.ts"
import * as OpenAiWire from "./OpenAiWire.ts"

/**
 * Asks by chat completions, and leaves the files at the server, from where answers can be fetched again.
 *
 * @category layers
 */
export const layer = (options: OpenAiClient.Options): Layer.Layer<LlmBatch, never, HttpClient.HttpClient> =>
  Layer.effect(LlmBatch, Effect.map(HttpClient.HttpClient, (client) => make(client, options)))

const make = (http: HttpClient.HttpClient, options: OpenAiClient.Options): LlmBatchShape => {
  const client = OpenAiClient.make(http, options)
  const { fail, model, name } = client

  const read = <A>(
    response: Effect.Effect<HttpClientResponse.HttpClientResponse, AiError.AiError>,
    schema: Schema.Codec<A, unknown>,
    method: string
  ): Effect.Effect<A, AiError.AiError> =>
    Effect.flatMap(response, (response) => Effect.mapError(LlmWire.bodyOf(response, schema), fail(method)))

  const upload = Effect.fnUntraced(function*(lines: ReadonlyArray<Line>) {
    const text = lines.map(({ body, id }) => JSON.stringify({ custom_id: id, method: "POST", url: endpoint, body }))
      .join("\n")
    const form = new FormData()
    form.append("purpose", "batch")
    form.append("file", new Blob([text], { type: "application/jsonl" }), "requests.jsonl")
    return yield* read(client.post("/files")(form, "stage"), Named, "stage")
  })

  const collect = Effect.fnUntraced(function*(batch: Batch, lines: ReadonlyArray<Line>) {
    const byId = new Map(lines.map((line) => [line.id, line]))
    const outcomes = new Map<string, Outcome>()
    const stopped = batch.status === "expired" ? "expired" : batch.status === "cancelled" ? "cancelled" : undefined
    if (stopped !== undefined) { for (const { id } of lines) outcomes.set(id, Result.fail(stopped)) }
    for (const file of [batch.output_file_id, batch.error_file_id]) {
      if (!file) continue
      const response = yield* client.get(`/files/${encodeURIComponent(file)}/content`, "collect").pipe(
        Effect.provideService(MaxBodyBytes, Infinity)
      )
      yield* LlmWire.linesOf(response, Answered).pipe(
        Stream.mapError(fail("collect")),
        Stream.runForEach(Effect.fnUntraced(function*(answered) {
          const line = byId.get(answered.custom_id)
          if (line !== undefined) outcomes.set(line.id, yield* outcomeOf(answered, line))
        }))
      )
    }
    return outcomes
  })

  const outcomeOf = ({ error, response }: typeof Answered.Type, { request }: Line): Effect.Effect<Outcome> => {
    if (!response) {
      return error?.code === "batch_expired"
        ? Effect.succeed(Result.fail("expired"))
        : error?.code === "batch_cancelled"
        ? Effect.succeed(Result.fail("cancelled"))
        : Effect.succeed(Result.fail(fail("collect")(LlmHttpError.fromStatus(500, error ?? {}, undefined))))
    }
    return Effect.result(Effect.mapError(
      Effect.gen(function*() {
        if (response.status_code >= 300) {
          const { error = {} } = yield* Effect.orElseSucceed(decodeFailure(response.body), () => ({ error: {} }))
          return yield* LlmHttpError.fromStatus(response.status_code, error, undefined)
        }
        const completion = yield* Effect.mapError(decodeCompletion(response.body), OpenAiWire.malformed)
        return yield* OpenAiWire.partsOf(completion, request, {})
      }),
      fail("collect")
    ))
  }

  return {
    name,
    model,
    codecTransformer: OpenAiClient.codecTransformer,
    encode: (request) => client.bodyOf(request, "generate"),
    stage: (lines, batchName) =>
      Effect.map(upload(lines), ({ id }) => {
        const metadata = batchName === undefined ? {} : { metadata: { [nameKey]: batchName } }
        const job = { input_file_id: id, endpoint, completion_window: "24h", ...metadata }
        return Effect.map(read(client.post("/batches")(job, "submit"), Named, "submit"), ({ id }) => id)
      }),
    find: Effect.fnUntraced(function*(batchName) {
      let after = ""
      while (true) {
        const page = yield* read(client.get(`/batches?limit=100${after}`, "find"), Page, "find")
        const batch = page.data.find(({ metadata, status }) => metadata?.[nameKey] === batchName && !gone.has(status))
        if (batch !== undefined) return Option.some(batch.id)
        const last = page.data.at(-1)
        if (!page.has_more || last === undefined) return Option.none()
        after = `&after=${encodeURIComponent(last.id)}`
      }
    }),
    standing: (id) =>
      Effect.map(
        read(client.get(`/batches/${encodeURIComponent(id)}`, "standing"), Batch, "standing"),
        (batch): Standing => {
          switch (batch.status) {
            case "failed":
              return { _tag: "Rejected", issues: (batch.errors?.data ?? []).map(issueOf) }
            case "completed":
            case "expired":
            case "cancelled":
              return { _tag: "Ended", collect: (lines) => collect(batch, lines) }
            default:
              return { _tag: "Running" }
          }
        }
      ),
    cancel: (id) => Effect.asVoid(client.post(`/batches/${encodeURIComponent(id)}/cancel`)({}, "cancel"))
  }
}

const endpoint = "/v1/chat/completions"

const maybe = <S extends Schema.Constraint>(schema: S) => Schema.optionalKey(Schema.NullOr(schema))

const Named = Schema.Struct({ id: Schema.String })

const Issue = Schema.Struct({ code: maybe(Schema.String), message: maybe(Schema.String), line: maybe(Schema.Int) })

const Batch = Schema.Struct({
  /** `validating`, `in_progress`, `finalizing` and `cancelling` go on; the others are ends. */
  status: Schema.String,
  errors: maybe(Schema.Struct({ data: maybe(Schema.Array(Issue)) })),
  output_file_id: maybe(Schema.String),
  error_file_id: maybe(Schema.String)
})
type Batch = typeof Batch.Type

/** The newest first. */
const Page = Schema.Struct({
  data: Schema.Array(Schema.Struct({
    id: Schema.String,
    status: Schema.String,
    metadata: maybe(Schema.Record(Schema.String, Schema.String))
  })),
  has_more: maybe(Schema.Boolean)
})

/** In the metadata of a batch. */
const nameKey = "greenlang_name"

/** How a batch stands that has no answers, nor will have. */
const gone = new Set(["failed", "cancelling", "cancelled"])

/** A line of either file. */
const Answered = Schema.Struct({
  custom_id: Schema.String,
  response: maybe(Schema.Struct({ status_code: Schema.Int, body: Schema.Unknown })),
  error: maybe(LlmHttpError.ErrorBody)
})

const decodeCompletion = Schema.decodeUnknownEffect(OpenAiWire.Completion)
const decodeFailure = Schema.decodeUnknownEffect(Schema.Struct({ error: Schema.optionalKey(LlmHttpError.ErrorBody) }))

const issueOf = ({ code, line, message }: typeof Issue.Type): string =>
  `${message ?? code ?? "no reason"}${line ? `, in line ${line}` : ""}`
