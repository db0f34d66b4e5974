/**
 * The batch API of OpenAI, and of servers that speak it: a file of requests goes up, and files of answers come down.
 *
 * https://platform.openai.com/docs/guides/batch
 */
import * as AiError from "effect/ai/AiError"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { MaxBodyBytes } from "../../http/internal/CallScope.ts"
import * as BatchLines from "../internal/BatchLines.ts"
import * as BatchState from "../internal/BatchState.ts"
import * as EventReader from "../internal/EventReader.ts"
import * as LooseJson from "../internal/LooseJson.ts"
import * as VendorError from "../internal/VendorError.ts"
import { LlmBatch } from "../LlmBatch.ts"
import type { Line, LlmBatchShape, Outcome, Standing } from "../LlmBatchVendor.ts"
import * as LlmHttpError from "../LlmHttpError.ts"
import { LlmSettings } from "../LlmSettings.ts"
import * as LlmWire from "../LlmWire.ts"
import * as OpenAiClient from "./OpenAiClient.ts"
import * as OpenAiStream from "./OpenAiStream.ts"

/**
 * Sends chat completions. The files stay at the server, so that answers can be read again.
 *
 * @category layers
 */
export const layer = (options: OpenAiClient.Options): Layer.Layer<LlmBatch, never, HttpClient.HttpClient> =>
  Layer.effect(LlmBatch, Effect.map(HttpClient.HttpClient, (client) => make(client, options)))

const make = (http: HttpClient.HttpClient, options: OpenAiClient.Options): LlmBatchShape => {
  const client = OpenAiClient.make(http, options)
  const { fail, model, name } = client

  const read = (
    response: Effect.Effect<HttpClientResponse.HttpClientResponse, AiError.AiError>,
    method: string
  ): Effect.Effect<LooseJson.Fields, AiError.AiError> =>
    Effect.flatMap(response, (response) => Effect.mapError(LlmWire.bodyOf(response), fail(method)))

  const idIn = (response: Effect.Effect<HttpClientResponse.HttpClientResponse, AiError.AiError>, method: string) =>
    Effect.flatMap(read(response, method), ({ id }) => {
      const label = LooseJson.label(id)
      return label === undefined
        ? Effect.fail(fail(method)(new AiError.InvalidResponseError({ description: "the answer holds no id" })))
        : Effect.succeed(label)
    })

  const upload = (lines: ReadonlyArray<Line>) => {
    const text = lines.map(({ body, id }) => JSON.stringify({ custom_id: id, method: "POST", url: endpoint, body }))
      .join("\n")
    const form = new FormData()
    form.append("purpose", "batch")
    form.append("file", new Blob([text], { type: "application/jsonl" }), "requests.jsonl")
    return idIn(client.postForm("/files", form, "stage"), "stage")
  }

  const collect = Effect.fnUntraced(function*(
    batch: LooseJson.Fields,
    state: BatchState.State,
    lines: ReadonlyArray<Line>
  ) {
    const byId = new Map(lines.map((line) => [line.id, line]))
    const outcomes = new Map<string, Outcome>()
    const collecting = { fail: fail("collect"), outcomeOf }
    const answers = LooseJson.label(batch["output_file_id"])
    const failures = LooseJson.label(batch["error_file_id"])
    const count = answers === undefined
      ? undefined
      : yield* BatchLines.collect(yield* file(answers), byId, outcomes, collecting)
    if (count === 0 && failures === undefined && state === "ended") return yield* fail("collect")(BatchLines.noAnswers)
    if (failures !== undefined) {
      // Answers that are there are not lost with the file of the failures.
      const lost = yield* Effect.flip(Effect.andThen(
        Effect.flatMap(file(failures), (response) => BatchLines.collect(response, byId, outcomes, collecting)),
        Effect.fail(undefined)
      ))
      if (lost?.isRetryable === true) return yield* lost
      if (lost !== undefined) setOthers(outcomes, lines, lost)
    }
    if (state === "expired" || state === "cancelled") setOthers(outcomes, lines, state)
    return outcomes
  })

  const file = (id: string) =>
    Effect.provideService(client.get(`/files/${encodeURIComponent(id)}/content`, "collect"), MaxBodyBytes, Infinity)

  const outcomeOf = (answered: LooseJson.Fields, { request }: Line): Outcome => {
    const failed = fail("collect")
    const response = responseIn(answered)
    const error = LooseJson.saysNothing(answered["error"]) ? undefined : VendorError.of(answered["error"], answered)
    if (error?.code === "batch_expired") return Result.fail("expired")
    if (error?.code === "batch_cancelled") return Result.fail("cancelled")
    if (error !== undefined) return Result.fail(failed(LlmHttpError.fromVendor(error)))
    if (response === undefined) {
      return Result.fail(failed(new AiError.InvalidResponseError({ description: "the line holds no response" })))
    }
    const { body: given } = response
    const body = typeof given === "string" ? LooseJson.object(given) : given
    const status = LooseJson.count(response["status_code"] ?? response["statusCode"]) ?? 200
    if (status >= 300) {
      const refusal = VendorError.find(body, () => false) ?? { message: typeof given === "string" ? given : undefined }
      return Result.fail(failed(LlmHttpError.fromStatus(status, refusal, undefined)))
    }
    if (typeof given === "string" && body === undefined) {
      return Result.fail(failed(EventReader.unreadable(given, "JSON")))
    }
    return Result.mapError(OpenAiStream.bodyOf(body, { request, server: client.server, details: {} }), failed)
  }

  return {
    name,
    model,
    codecTransformer: OpenAiClient.codecTransformer,
    encode: (request) =>
      Effect.flatMap(
        LlmSettings,
        (settings) => Effect.fromResult(Result.map(client.bodyOf(request, "generate", settings), objectIn))
      ),
    stage: (lines, batchName) =>
      Effect.map(upload(lines), (id) => {
        const metadata = batchName === undefined ? {} : { metadata: { [nameKey]: batchName } }
        const job = { input_file_id: id, endpoint, completion_window: "24h", ...metadata }
        return idIn(client.post("/batches")(JSON.stringify(job), "submit"), "submit")
      }),
    find: Effect.fnUntraced(function*(batchName) {
      let after = ""
      while (true) {
        const page = yield* read(client.get(`/batches?limit=100${after}`, "find"), "find")
        const batches = (LooseJson.list(page["data"]) ?? []).map(LooseJson.fields).filter((one) => one !== undefined)
        const batch = batches.find(({ metadata, status }) =>
          LooseJson.fields(metadata)?.[nameKey] === batchName && !gone.has(status)
        )
        const id = LooseJson.label(batch?.["id"])
        if (id !== undefined) return Option.some(id)
        const last = LooseJson.label(batches.at(-1)?.["id"])
        if (page["has_more"] !== true || last === undefined) return Option.none()
        after = `&after=${encodeURIComponent(last)}`
      }
    }),
    standing: (id) =>
      Effect.map(
        Effect.flatMap(
          client.get(`/batches/${encodeURIComponent(id)}`, "standing"),
          (response) => Effect.mapError(LlmWire.batchOf(response), fail("standing"))
        ),
        (batch): Standing => {
          const { shown, state } = BatchState.read(batch, ["status", "state"])
          switch (state) {
            case "running":
              return { _tag: "Running" }
            case "unknown":
              return { _tag: "Unknown", status: client.shown(shown) }
            case "failed":
              // A batch may fail behind its first answers.
              if (LooseJson.label(batch["output_file_id"]) === undefined) {
                return { _tag: "Rejected", issues: BatchState.issuesOf(batch).map(client.shown) }
              }
          }
          return { _tag: "Ended", collect: (lines) => collect(batch, state, lines) }
        }
      ),
    cancel: (id) => Effect.asVoid(client.post(`/batches/${encodeURIComponent(id)}/cancel`)("{}", "cancel"))
  }
}

/** The response in a line. Servers also write it as text, or only its body. */
const responseIn = (line: LooseJson.Fields): LooseJson.Fields | undefined => {
  const response = LooseJson.object(line["response"])
  if (response !== undefined) return "choices" in response ? { body: response } : response
  const { body = line["result"] } = line
  return LooseJson.isNothing(body) ? undefined : { body }
}

/** The body of a line, which `LlmBatch` writes with its id. */
const objectIn = (json: string): object => JSON.parse(json)

const endpoint = "/v1/chat/completions"

/** The key of the name in the metadata of a batch. */
const nameKey = "greenlang_name"

/** The states of a batch that has no answers and will have none. */
const gone = new Set<unknown>(["failed", "cancelling", "cancelled"])

const setOthers = (
  outcomes: Map<string, Outcome>,
  lines: ReadonlyArray<Line>,
  why: AiError.AiError | "expired" | "cancelled"
): void => {
  for (const { id } of lines) if (!outcomes.has(id)) outcomes.set(id, Result.fail(why))
}
