/**
 * An HTTP client that ends every call, repeats what may be repeated, bounds what it reads, and keeps secrets out of errors
 * and spans.
 *
 * It is a layer of effect's `HttpClient` on undici, which this module loads when the layer is built.
 */
import * as Config from "effect/Config"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Headers from "effect/http/Headers"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientError from "effect/http/HttpClientError"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import * as Random from "effect/Random"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type * as Tracer from "effect/Tracer"
import * as Deadline from "../internal/Deadline.ts"
import { secretNames } from "../internal/SecretName.ts"
import * as Backoff from "./internal/Backoff.ts"
import { IsFinal, Repeatable } from "./internal/CallScope.ts"
import { hideSecrets } from "./internal/HiddenQuery.ts"
import * as Redirects from "./internal/Redirects.ts"
import * as RefusalBody from "./internal/RefusalBody.ts"
import * as RetryAfter from "./internal/RetryAfter.ts"
import { TimedResponse } from "./TimedResponse.ts"

export { Repeatable } from "./internal/CallScope.ts"

/**
 * Every call ends: after at most `retries + 1` attempts of `timeout` each, with pauses of `maxPause` at most between them.
 *
 * @category models
 */
export interface Options {
  /**
   * How long an attempt waits for the head of the answer, then for its whole body, or, where the body is read as a
   * stream, for each piece of it. When it passes, the connection is closed. Default: 60 seconds.
   */
  readonly timeout?: Duration.Input
  /** How often a call is tried again. Default: 3. */
  readonly retries?: number
  /**
   * The first pause between attempts, with a random half added or taken away; each further one is twice as long. Where the
   * server asks for a longer one (`Retry-After`), the call waits that long. Default: 250 milliseconds.
   */
  readonly pause?: Duration.Input
  /** No pause is longer. Where the server asks for more, its answer is returned at once. Default: 30 seconds. */
  readonly maxPause?: Duration.Input
  /**
   * The longest body of an answer, in bytes, decoded where it is compressed. A longer one fails with an `HttpClientError`
   * whose `cause` is `BodyTooLarge`, and its connection is closed. Default: 64 MiB.
   */
  readonly maxBodyBytes?: number
}

/**
 * The client. An attempt is repeated when the connection was lost, or the answer is 408, 425, 429, 500, 502, 503, 504, 520 to 524,
 * 529, 530, 598 or 599, and the request may be sent twice: its method is GET, HEAD, PUT, DELETE, OPTIONS or TRACE, or it has an `idempotency-key`
 * (`withIdempotencyKey`), or `Repeatable` is set around the call, as calls to models set it. Where the connection was never
 * made, any request is repeated. A body that is a stream is sent once. Where the server says `x-should-retry: true` or `false`,
 * that decides instead of the status.
 *
 * Follows redirects, ten at most: GET and HEAD any, other methods 303 (as GET), 307 and 308 (with method and body). Another
 * host gets no header that holds a secret.
 *
 * Obeys `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`, or their names in small letters.
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
      Redirects.follow(client).pipe(
        HttpClient.transform((attempt, request) => called(within(attempt, request, settings), request, settings, 0)),
        HttpClient.mapRequestInput(hideSecrets)
      ))
  ).pipe(Layer.provide(undici(options.maxBodyBytes ?? 64 * 1_024 * 1_024)))
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

/**
 * The request with a random `idempotency-key`, so that it is repeated where the server did not answer. The server must know
 * the header: by it, it sees that two requests are one. A key that the request already has stays.
 *
 * @category requests
 */
export const withIdempotencyKey = (
  request: HttpClientRequest.HttpClientRequest
): Effect.Effect<HttpClientRequest.HttpClientRequest> =>
  request.headers[idempotencyKey] === undefined
    ? Effect.map(randomKey, (key) => HttpClientRequest.setHeader(request, idempotencyKey, key))
    : Effect.succeed(request)

const idempotencyKey = "idempotency-key"

/** 128 random bits. */
const randomKey = Effect.map(
  Effect.forEach([1, 2, 3, 4], () => Random.nextIntBetween(0, 2 ** 32)),
  (numbers) => numbers.map((number) => number.toString(16).padStart(8, "0")).join("")
)

const undici = (maxBodyBytes: number) =>
  Layer.unwrap(Effect.map(Effect.promise(() => import("./internal/Undici.ts")), ({ layer }) => layer(maxBodyBytes)))

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

/** The call, from attempt number `first` (from 0) on. */
const called = (
  attempt: Answered,
  request: HttpClientRequest.HttpClientRequest,
  settings: Settings,
  first: number
): Answered => {
  const { maxPause, pause, retries } = settings
  const timed = (retry: number) =>
    Effect.map(
      attempt,
      limited(settings, (asked) =>
        retry >= retries || !Redirects.canBeSentAgain(request.body) || Duration.toMillis(asked) > maxPause
          ? undefined
          : Effect.flatMap(
            Backoff.millisOf({ retry, pause, maxPause, asked: Duration.toMillis(asked) }),
            (millis) =>
              Effect.delay(called(attempt, request, settings, retry + 1), millis)
          ))
    )
  return sent(request, discreetly(retried(timed, request, settings, first)))
}

/** The response, but reading its body ends in time. */
const limited =
  (settings: Settings, again: TimedResponse["again"]) => (response: HttpClientResponse.HttpClientResponse) =>
    new TimedResponse(
      response,
      settings.timeout,
      (body) => within(body, response.request, settings),
      (pieces) =>
        Stream.timeoutOrElse(pieces, {
          duration: settings.timeout,
          orElse: () => Stream.fail(timedOut(response.request, settings.timeout))
        }),
      again
    )

const retried = Effect.fnUntraced(
  function*(
    attempt: (retry: number) => Answered,
    request: HttpClientRequest.HttpClientRequest,
    { maxPause, pause, retries }: Settings,
    first: number
  ): Effect.fn.Return<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError> {
    for (let retry = first; retry < retries && Redirects.canBeSentAgain(request.body); retry++) {
      const result = yield* Effect.result(attempt(retry))
      if (!mayDoBetter(result)) return yield* Effect.fromResult(result)
      if (!wasNeverSent(result) && !mayBeRepeated(request, yield* Repeatable)) return yield* Effect.fromResult(result)
      const asked = Result.isSuccess(result) ? yield* pauseAskedFor(result.success) : 0
      if (asked > maxPause) return yield* Effect.fromResult(result)
      if (Result.isSuccess(result)) {
        // A body that is not read would keep its connection.
        const body = yield* RefusalBody.read(result.success)
        const isFinal = yield* IsFinal
        const { headers, status } = result.success
        if (isFinal?.(status, new TextDecoder().decode(body)) === true && headers[shouldRetry] !== "true") {
          return HttpClientResponse.fromWeb(
            request,
            new Response(new Uint8Array(body), { status, headers: { ...headers } })
          )
        }
      }
      yield* Effect.sleep(yield* Backoff.millisOf({ retry, pause, maxPause, asked }))
    }
    return yield* attempt(retries)
  }
)

type Attempted = Result.Result<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError>

/** By the methods of RFC 9110, section 9.2.2, or because the caller says so. */
const mayBeRepeated = ({ headers, method }: HttpClientRequest.HttpClientRequest, repeatable: boolean): boolean =>
  repeatable || repeatedMethods.has(method) || headers[idempotencyKey] !== undefined

const repeatedMethods = new Set(["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"])

const mayDoBetter = (result: Attempted): boolean =>
  Result.match(result, {
    onSuccess: (response) =>
      response.status >= 400 && shouldRetry in response.headers
        ? response.headers[shouldRetry] === "true"
        : transient.has(response.status),
    onFailure: ({ reason }) => reason._tag === "TransportError" && lostConnection.has(codeOf(reason.cause))
  })

/**
 * What another attempt can cure: 408, 425, 429, 500, 502, 503 and 504, what Cloudflare says of the server behind it (520 to 524,
 * 530), what overloaded models say (529), and what proxies say that lost the server (598, 599).
 */
const transient = new Set([408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529, 530, 598, 599])

/** The header by which a server says whether another attempt can help. */
const shouldRetry = "x-should-retry"

/** The connection was not made, so the server knows nothing of the request. */
const wasNeverSent = (result: Attempted): boolean =>
  Result.isFailure(result) && Predicate.hasProperty(result.failure.reason, "cause")
  && noConnection.has(codeOf(result.failure.reason.cause))

const codeOf = (cause: unknown): string | undefined =>
  Predicate.hasProperty(cause, "code") && typeof cause.code === "string" ? cause.code : undefined

const noConnection = new Set<string | undefined>(["ECONNREFUSED", "EAI_AGAIN", "UND_ERR_CONNECT_TIMEOUT"])

const lostConnection = new Set<string | undefined>([
  ...noConnection,
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "UND_ERR_SOCKET"
])

/** In milliseconds. */
const pauseAskedFor = ({ headers }: HttpClientResponse.HttpClientResponse) =>
  Effect.map(RetryAfter.read(headers), (pause) => Duration.toMillis(pause ?? Duration.zero))

/** A header that cannot be sent fails here, by its name: undici would show its value. */
const sent = (request: HttpClientRequest.HttpClientRequest, call: Answered): Answered => {
  for (const name in request.headers) {
    if (unsendable.test(request.headers[name] ?? "")) {
      return Effect.fail(
        new HttpClientError.HttpClientError({
          reason: new HttpClientError.EncodeError({
            request,
            description:
              `the value of the header ${name} holds a line break or another character that HTTP does not allow`
          })
        })
      )
    }
  }
  return call
}

// oxlint-disable-next-line no-control-regex
const unsendable = /[^\t\x20-\x7e\x80-\xff]/

/** A span that hides secrets and a trace for the server where something collects them, and neither where nothing does. */
const discreetly = (call: Answered): Answered =>
  Effect.withFiber(({ cache }) =>
    cache.tracerEnabled && (cache.tracer !== undefined || isFromElsewhere(cache.span))
      ? Effect.updateService(call, Headers.CurrentRedactedNames, (names) => [...names, secretNames])
      : Effect.provideService(call, HttpClient.TracerDisabledWhen, always)
  )

const always = () => true

/** Whether the trace began in another process, which expects it to go on at the server. */
const isFromElsewhere = (span: Tracer.AnySpan | undefined): boolean =>
  span !== undefined
  && (span._tag === "ExternalSpan" || isFromElsewhere(span.parent._tag === "Some" ? span.parent.value : undefined))
