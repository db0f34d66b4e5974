/**
 * A `Cassette` at the other seam: records the responses of an `HttpClient` once, and replays them from a file.
 *
 * ```ts
 * import { Effect } from "effect"
 * import { HttpClient } from "effect/http"
 * import * as Http from "greenlang/http/Http"
 * import { HttpCassette } from "greenlang/testing"
 *
 * const client = HttpCassette.layer({ path: "test/testing/cassettes/factor.json", client: Http.layer() })
 *
 * const answer = await HttpClient.get("https://factors.example.com/v1/diesel?api_key=secret").pipe(
 *   Effect.flatMap(({ json }) => json),
 *   Effect.provide(client),
 *   Effect.runPromise
 * )
 * answer // => { kgPerGallon: 10.21 }
 * ```
 *
 * Of a request the file holds the method, the URL without user, password and the values of secret parameters, and the
 * body; of a response the status, the body, and the headers `content-type`, `retry-after` and `retry-after-ms`.
 *
 * What stands in a request behind a secret name (a header, a parameter, a field of the body) is hidden everywhere in the
 * file, also where a server repeats it. A token that a server gives, as `access_token`, is hidden in the file; the recording
 * run sees it, since it needs it.
 */
import type * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Base64 from "effect/encoding/Base64"
import * as Exit from "effect/Exit"
import { identity } from "effect/Function"
import type * as HttpBody from "effect/http/HttpBody"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientError from "effect/http/HttpClientError"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SafeJson from "../internal/SafeJson.ts"
import { type Options, Playback } from "./Cassette.ts"
import type { CassetteUnusable, RecordingRefused } from "./CassetteError.ts"
import * as CassetteFile from "./CassetteFile.ts"
import * as CassetteTape from "./CassetteTape.ts"
import * as MetSecrets from "./internal/MetSecrets.ts"
import * as Refusal from "./Refusal.ts"
import * as Secrets from "./Secrets.ts"

/**
 * One call. Without `response` it failed with a `TransportError` of this `failure`, or was interrupted and is left without
 * an answer. A body that is not a text is base64.
 *
 * @category models
 */
export const Entry = Schema.Struct({
  request: Schema.Json,
  response: Schema.optionalKey(
    Schema.Struct({
      status: Schema.Int,
      headers: Schema.Record(Schema.String, Schema.String),
      body: Schema.Struct({ encoding: Schema.Literals(["text", "base64"]), data: Schema.String })
    }).check(Schema.makeFilter((response) => problemOf(response)))
  ),
  failure: Schema.optionalKey(Schema.String)
})
/** Why no response can be made of it. */
const problemOf = (response: Parameters<typeof webResponse>[0]): string | undefined => {
  try {
    webResponse(response)
    return undefined
  } catch (error) {
    return Predicate.isError(error) ? error.message : String(error)
  }
}

/** @category models */
export type Entry = typeof Entry.Type

const File = Schema.Struct({ version: Schema.Literal(1), entries: Schema.Array(Entry) })

/** What every layer of a cassette gives. @category models */
export type Provided = HttpClient.HttpClient | Playback

/**
 * Replays the file if there is one, and records it with `client` if there is none, which is built only then.
 *
 * @category layers
 */
export const layer = <E, R>(
  options: Options & { readonly client: Layer.Layer<HttpClient.HttpClient, E, R> }
): Layer.Layer<Provided, E | CassetteUnusable | RecordingRefused | Config.ConfigError, R> =>
  Layer.unwrap(Effect.map(
    CassetteFile.exists(options.path),
    (exists): Layer.Layer<Provided, E | CassetteUnusable | RecordingRefused | Config.ConfigError, R> =>
      exists ? layerReplay(options) : Layer.provide(layerRecord(options), options.client)
  ))

/**
 * Asks the client below, reads each response to its end, and writes the file when the layer is closed after a success.
 * Every failure becomes a `TransportError`, as it will be in a replay.
 *
 * @category layers
 */
export const layerRecord = (
  { path, secrets }: Options
): Layer.Layer<Provided, RecordingRefused | Config.ConfigError, HttpClient.HttpClient> =>
  Layer.effectContext(Effect.gen(function*() {
    yield* CassetteTape.mayRecord(path)
    const sent = MetSecrets.make(secrets)
    const met = MetSecrets.make(secrets)
    const entries: Array<Entry> = []
    yield* Effect.addFinalizer((exit) =>
      Exit.isSuccess(exit)
        ? Effect.orDie(CassetteFile.write(path, {
          version: 1,
          entries: entries.map((entry) => hidden(entry, met.redact))
        }))
        : Effect.void
    )
    const client = HttpClient.transform(yield* HttpClient.HttpClient, (call, request) =>
      Effect.suspend(() => {
        const secretsOfRequest = secretsOf(request)
        sent.learn(secretsOfRequest)
        met.learn(secretsOfRequest)
        const asked = met.redact(describeRequest(request, met.redact))
        const at = entries.push({ request: asked }) - 1
        return Effect.flatMap(call, (response) =>
          Effect.map(response.arrayBuffer, (body) => ({ body: new Uint8Array(body), response }))).pipe(
            Effect.map(({ body, response }) => {
              const seen = sent.redact(recorded(response, body, sent.redact))
              entries[at] = { request: asked, response: seen }
              if (seen.body.encoding === "text") {
                met.learn(secretsOfAnswer(seen.body.data))
              }
              return replayed(request, seen)
            }),
            Effect.mapError(({ message, reason }) => {
              const failure = sent.redact(descriptionOf(reason) ?? message)
              entries[at] = { request: asked, failure }
              return failed(request, failure)
            })
          )
      }))
    return withPlayback(client, { unused: Effect.succeed([]), mismatches: Effect.succeed([]) })
  }))

/**
 * Answers from the file alone, each request by the first unused entry that is equal to it. Another one fails with an
 * `HttpClientError` whose cause is `CassetteMismatch`.
 *
 * @category layers
 */
export const layerReplay = ({ path, secrets }: Options): Layer.Layer<Provided, CassetteUnusable> =>
  Layer.effectContext(Effect.gen(function*() {
    const file = yield* CassetteFile.read(path, File)
    const met = MetSecrets.make(secrets)
    const { mismatches, take, unused } = yield* CassetteTape.make({ path, entries: file.entries, describe: inALine })
    const client = HttpClient.make((request) => {
      met.learn(secretsOf(request))
      const asked = met.redact(describeRequest(request, met.redact))
      return take(asked).pipe(
        Effect.mapError((mismatch) => Refusal.make(request.method, asked.url, mismatch)),
        Effect.flatMap(({ failure, response }) => {
          if (response !== undefined) return Effect.succeed(replayed(request, response))
          if (failure === undefined) return Effect.never
          return Effect.fail(failed(request, failure))
        })
      )
    })
    return withPlayback(client, { unused, mismatches })
  }))

const withPlayback = (client: HttpClient.HttpClient, playback: Playback["Service"]) =>
  Context.make(HttpClient.HttpClient, client).pipe(Context.add(Playback, playback))

const describeRequest = (request: HttpClientRequest.HttpClientRequest, redact: Secrets.Redact) => ({
  method: request.method,
  url: addressOf(Option.getOrUndefined(HttpClientRequest.toUrl(request)), request.url),
  body: bodyOf(request.body, redact)
})

const addressOf = (url: URL | undefined, text: string): string => {
  if (url === undefined) return text
  url.hash = ""
  return Secrets.address(url.href)
}

/** What stands in a request behind secret names. */
const secretsOf = (request: HttpClientRequest.HttpClientRequest): ReadonlyArray<Redacted.Redacted> => {
  const url = Option.getOrUndefined(HttpClientRequest.toUrl(request))
  const body = bodyOf(request.body, (json) => json)
  return [
    ...Secrets.ofFields(Object.entries(request.headers)),
    ...Secrets.ofAddress(url?.href ?? request.url),
    ...Secrets.ofBody(body)
  ]
}

/** Tokens are long; what is short, such as a token of a text, is not one. */
const secretsOfAnswer = (text: string): ReadonlyArray<Redacted.Redacted> =>
  Secrets.ofBody(json(text)).filter((secret) => Redacted.value(secret).length >= 16)

const hidden = ({ failure, request, response }: Entry, redact: Secrets.Redact): Entry => ({
  request: redact(request),
  ...(response === undefined ? {} : { response: redact(response) }),
  ...(failure === undefined ? {} : { failure: redact(failure) })
})

const bodyOf = (body: HttpBody.HttpBody, redact: Secrets.Redact): Schema.Json => {
  switch (body._tag) {
    case "Empty":
      return null
    case "Uint8Array":
      return content(body.body, redact)
    case "Raw":
      return typeof body.body === "string" ? json(body.body) : { contentType: body.contentType ?? "unknown" }
    case "FormData":
    case "Stream":
      return { contentType: body.contentType ?? "unknown" }
  }
}

const content = (bytes: Uint8Array, redact: Secrets.Redact): Schema.Json => {
  const { data, encoding } = encode(bytes, redact)
  return encoding === "text" ? json(data) : { base64: data }
}

/** Fields that differ are named one by one, if the body has fields. JSON of too many levels stays a text. */
const json = (text: string): Schema.Json =>
  Result.match(parse(text), {
    onFailure: () => text,
    onSuccess: identity
  })

const parse = Schema.decodeResult(SafeJson.fromText(Schema.Json))

/** Secrets in bytes that are not a text are hidden before those become base64. */
const encode = (
  bytes: Uint8Array,
  redact: Secrets.Redact
): { readonly encoding: "text" | "base64"; readonly data: string } => {
  try {
    return { encoding: "text", data: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) }
  } catch {
    const hidden = redact(Buffer.from(bytes).toString("latin1"))
    return { encoding: "base64", data: Base64.encode(Buffer.from(hidden, "latin1")) }
  }
}

const keptHeaders = ["content-type", "retry-after", "retry-after-ms"]

const recorded = (
  { headers, status }: HttpClientResponse.HttpClientResponse,
  body: Uint8Array,
  redact: Secrets.Redact
) => ({
  status,
  headers: Object.fromEntries(keptHeaders.flatMap((name) => {
    const value = headers[name]
    return value === undefined ? [] : [[name, value]]
  })),
  body: encode(body, redact)
})

const replayed = (
  request: HttpClientRequest.HttpClientRequest,
  response: NonNullable<Entry["response"]>
) => HttpClientResponse.fromWeb(request, webResponse(response))

const webResponse = ({ body, headers, status }: {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: { readonly encoding: "text" | "base64"; readonly data: string }
}): Response =>
  new Response(
    body.data === "" ? null : body.encoding === "text" ? body.data : Buffer.from(body.data, "base64"),
    { status, headers: { ...headers } }
  )

const failed = (request: HttpClientRequest.HttpClientRequest, description: string) =>
  new HttpClientError.HttpClientError({ reason: new HttpClientError.TransportError({ request, description }) })

const descriptionOf = (reason: HttpClientError.HttpClientErrorReason): string | undefined =>
  reason.description ?? (Predicate.hasProperty(reason, "cause") && Predicate.isError(reason.cause)
    ? reason.cause.message
    : undefined)

const inALine = (request: Schema.Json): string =>
  Predicate.hasProperty(request, "method") && Predicate.hasProperty(request, "url")
    ? `${String(request.method)} ${String(request.url)}`
    : JSON.stringify(request)
