/**
 * An HTTP client that does not wait for ever, tries again what can succeed again, and keeps secrets out of what it tells.
 *
 * It is a layer of effect's `HttpClient` on undici, which this module loads when the layer is built.
 */
import * as Config from "effect/Config"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Headers from "effect/http/Headers"
import type * as HttpBody from "effect/http/HttpBody"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientError from "effect/http/HttpClientError"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as UrlParams from "effect/http/UrlParams"
import * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import * as Deadline from "../internal/Deadline.ts"
import * as RetryAfter from "../internal/RetryAfter.ts"
import { TimedResponse } from "./TimedResponse.ts"

/**
 * Every call ends: after at most `retries + 1` attempts of `timeout` each, with pauses of `maxPause` at most between them.
 *
 * @category models
 */
export interface Options {
  /**
   * How long an attempt waits for the head of the answer, then for its whole body, or, where the body is read as a
   * stream, for each piece of it. 60 seconds unless said otherwise. When it passes, the connection is closed.
   */
  readonly timeout?: Duration.Input
  /** How often a call is tried again. 3 unless said otherwise. */
  readonly retries?: number
  /**
   * The first pause between attempts, of which a random half is waited more or less; each further one is twice as long.
   * 250 milliseconds unless said otherwise. A longer `Retry-After` of the server is obeyed.
   */
  readonly pause?: Duration.Input
  /** No pause is longer. A server that asks for more is not asked again. 30 seconds unless said otherwise. */
  readonly maxPause?: Duration.Input
}

/**
 * The client. An attempt is repeated when the connection was refused or lost, or the answer is 408, 429, 500, 502, 503 or
 * 504, and the request can be sent again: not if its body is a stream. So a POST may arrive twice if its answer was lost.
 *
 * Fails with `HttpClientError`, as every client does; a timeout is a `TransportError` whose description says so. The last
 * answer of a call that was tried in vain is its answer. Interruption closes the connection.
 *
 * In spans and errors the user and password of a URL, query parameters such as `api_key` and headers such as
 * `authorization` are redacted.
 *
 * @category layers
 */
export const layer = (options: Options = {}): Layer.Layer<HttpClient.HttpClient> => {
  const settings: Settings = {
    timeout: Duration.fromInputUnsafe(options.timeout ?? "60 seconds"),
    retries: options.retries ?? 3,
    pause: Duration.toMillis(options.pause ?? "250 millis"),
    maxPause: Duration.toMillis(options.maxPause ?? "30 seconds")
  }
  return Layer.effect(
    HttpClient.HttpClient,
    Effect.map(HttpClient.HttpClient, (client) =>
      client.pipe(
        HttpClient.transform((attempt, request) =>
          discreetly(retried(Effect.map(within(attempt, request, settings), limited(settings)), request, settings))
        ),
        HttpClient.mapRequestInput(hideSecrets)
      ))
  ).pipe(Layer.provide(undici))
}

/**
 * The client, with `GREENLANG_HTTP_TIMEOUT` (as `90 seconds`) and `GREENLANG_HTTP_RETRIES` where they are set.
 *
 * @category layers
 */
export const layerConfig: Layer.Layer<HttpClient.HttpClient, Config.ConfigError> = Config.all({
  timeout: Config.withDefault(Config.Duration("GREENLANG_HTTP_TIMEOUT"), Duration.seconds(60)),
  retries: Config.withDefault(Config.Int("GREENLANG_HTTP_RETRIES"), 3)
}).pipe(Effect.map(layer), Layer.unwrap)

const undici = Layer.unwrap(Effect.map(Effect.promise(() => import("./internal/Undici.ts")), ({ layer }) => layer))

interface Settings {
  readonly timeout: Duration.Duration
  readonly retries: number
  readonly pause: number
  readonly maxPause: number
}

type Answered = Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError>

const within = <A>(
  effect: Effect.Effect<A, HttpClientError.HttpClientError>,
  request: HttpClientRequest.HttpClientRequest,
  { timeout }: Settings
): Effect.Effect<A, HttpClientError.HttpClientError> =>
  Deadline.within(effect, timeout, () => timedOut(request, timeout))

const timedOut = (request: HttpClientRequest.HttpClientRequest, timeout: Duration.Duration) =>
  new HttpClientError.HttpClientError({
    reason: new HttpClientError.TransportError({
      request,
      description: `nothing came for ${Duration.format(timeout)}, and the connection was closed`
    })
  })

/** The response, but reading its body ends in time. */
const limited = (settings: Settings) => (response: HttpClientResponse.HttpClientResponse) =>
  new TimedResponse(
    response,
    (body) => within(body, response.request, settings),
    (pieces) =>
      Stream.timeoutOrElse(pieces, {
        duration: settings.timeout,
        orElse: () => Stream.fail(timedOut(response.request, settings.timeout))
      })
  )

const retried = Effect.fnUntraced(
  function*(
    attempt: Answered,
    { body }: HttpClientRequest.HttpClientRequest,
    { maxPause, pause, retries }: Settings
  ): Effect.fn.Return<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError> {
    for (let retry = 0; retry < retries && canBeSentAgain(body); retry++) {
      const result = yield* Effect.result(attempt)
      if (!mayDoBetter(result)) return yield* Effect.fromResult(result)
      const asked = Result.isSuccess(result) ? yield* pauseAskedFor(result.success) : 0
      if (asked > maxPause) return yield* Effect.fromResult(result)
      // An answer that nobody reads would keep its connection.
      if (Result.isSuccess(result)) yield* Effect.ignore(result.success.arrayBuffer)
      const jitter = yield* Random.nextBetween(0.5, 1.5)
      yield* Effect.sleep(Math.max(asked, Math.min(pause * 2 ** retry * jitter, maxPause)))
    }
    return yield* attempt
  }
)

const canBeSentAgain = (body: HttpBody.HttpBody): boolean =>
  body._tag === "Raw" ? typeof body.body === "string" || body.body instanceof Uint8Array : body._tag !== "Stream"

const mayDoBetter = (
  result: Result.Result<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError>
): boolean =>
  Result.match(result, {
    onSuccess: HttpClient.isTransientResponse,
    onFailure: ({ reason }) => reason._tag === "TransportError" && lostConnection.has(codeOf(reason.cause))
  })

const codeOf = (cause: unknown): string | undefined =>
  Predicate.hasProperty(cause, "code") && typeof cause.code === "string" ? cause.code : undefined

const lostConnection = new Set<string | undefined>([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "EAI_AGAIN",
  "UND_ERR_SOCKET",
  "UND_ERR_CONNECT_TIMEOUT"
])

/** In milliseconds. */
const pauseAskedFor = ({ headers }: HttpClientResponse.HttpClientResponse) =>
  Effect.map(RetryAfter.read(headers), (pause) => Duration.toMillis(pause ?? Duration.zero))

const secretHeaders = ["proxy-authorization", "api-key", "x-goog-api-key", /token|secret/i]
const secretParams = new Set([
  "key",
  "api_key",
  "apikey",
  "api-key",
  "access_token",
  "token",
  "secret",
  "client_secret",
  "password",
  "auth"
])

/**
 * Takes the query out of the URL and wraps what is secret in it: then no error or span can show it, whoever prints it.
 */
const hideSecrets = (request: HttpClientRequest.HttpClientRequest): HttpClientRequest.HttpClientRequest => {
  const asks = request.url.includes("?") && URL.canParse(request.url)
  if (!asks && request.urlParams.params.length === 0) return request
  const { hash, url, urlParams } = asks
    ? HttpClientRequest.setUrl(HttpClientRequest.empty, new URL(request.url))
    : { ...request, urlParams: UrlParams.empty }
  const params = [...urlParams.params, ...request.urlParams.params].map(([name, value]) =>
    [
      name,
      secretParams.has(name.toLowerCase()) && !Redacted.isRedacted(value) ? Redacted.make(value) : value
    ] as const
  )
  return HttpClientRequest.makeWith(
    request.method,
    url,
    UrlParams.make(params),
    hash._tag === "Some" ? hash : request.hash,
    request.headers,
    request.body
  )
}

const discreetly = (call: Answered): Answered =>
  Effect.updateService(call, Headers.CurrentRedactedNames, (names) => [...names, ...secretHeaders])
