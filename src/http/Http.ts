/**
 * An HTTP client that ends every call, repeats what may be repeated, bounds what it reads, and keeps secrets out of errors
 * and spans.
 *
 * It is a layer of effect's `HttpClient` on undici, which this module loads when the layer is built.
 */
import * as Config from "effect/Config"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientError from "effect/http/HttpClientError"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import * as Random from "effect/Random"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Stated from "../agent/internal/Stated.ts"
import * as Backoff from "./internal/Backoff.ts"
import * as CallNotes from "./internal/CallNotes.ts"
import { IsFinal, Repeatable } from "./internal/CallScope.ts"
import { hideSecrets } from "./internal/HiddenQuery.ts"
import * as Redirects from "./internal/Redirects.ts"
import * as RefusalBody from "./internal/RefusalBody.ts"
import * as RetryAfter from "./internal/RetryAfter.ts"
import type * as Undici from "./internal/Undici.ts"

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
  /**
   * How long an attempt waits for all pieces of a body that is read as a stream. When it passes, the connection is closed.
   * The time that the reader takes does not count. Default: 1 hour.
   */
  readonly maxBodyTime?: Duration.Input
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
 * 529, 530, 598 or 599, and the request may be sent twice: its method is GET, HEAD, PUT, DELETE, OPTIONS or TRACE, without
 * a header such as `x-http-method-override`, or it has an `idempotency-key` that is not empty (`withIdempotencyKey`), or `Repeatable` is set around the call, as calls to models set it. Where the
 * connection was never made, any request is repeated. A body that is a stream is sent once. Where the server says `x-should-retry: true` or `false`,
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
 * Throws `InvalidDefinition`, which names the option, for a count or a number of bytes that is not a whole number of 0 or more,
 * and for what is not a duration of 0 or more.
 *
 * @category layers
 */
export const layer = (options: Options = {}): Layer.Layer<HttpClient.HttpClient> => {
  Stated.checkBounds("`Http.layer`", options, {
    timeout: "duration",
    retries: "count",
    pause: "duration",
    maxPause: "duration",
    maxBodyBytes: "count"
  })
  const settings: Settings = {
    timeout: Duration.fromInputUnsafe(options.timeout ?? "60 seconds"),
    retries: options.retries ?? 3,
    pause: Duration.toMillis(options.pause ?? "250 millis"),
    maxPause: Duration.toMillis(options.maxPause ?? "30 seconds")
  }
  const maxBodyTime = Duration.fromInputUnsafe(options.maxBodyTime ?? "1 hour")
  const maxBodyBytes = options.maxBodyBytes ?? 64 * 1_024 * 1_024
  return Layer.effect(
    HttpClient.HttpClient,
    Effect.map(HttpClient.HttpClient, (client) => {
      const execute = (given: HttpClientRequest.HttpClientRequest) => {
        const problem = unsendableIn(given)
        if (problem !== undefined) return Effect.fail(problem)
        const request = hideSecrets(given)
        return called({ attempt: Redirects.followed(client, request, settings.timeout), request, settings }, 0)
      }
      return HttpClient.makeWith(
        (request: Effect.Effect<HttpClientRequest.HttpClientRequest>) => Effect.flatMap(request, execute),
        Effect.succeed
      )
    })
  ).pipe(Layer.provide(undici({ maxBodyBytes, timeout: settings.timeout, maxBodyTime })))
}

/**
 * The client, with `GREENLANG_HTTP_TIMEOUT` (as `90 seconds`) and `GREENLANG_HTTP_RETRIES` where they are set.
 *
 * @category layers
 */
export const layerConfig: Layer.Layer<HttpClient.HttpClient, Config.ConfigError> = Config.all({
  timeout: Config.withDefault(Config.Duration("GREENLANG_HTTP_TIMEOUT"), Duration.seconds(60)),
  retries: Config.withDefault(
    Config.schema(Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)), "GREENLANG_HTTP_RETRIES"),
    3
  )
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
  !request.headers[idempotencyKey]
    ? Effect.map(randomKey, (key) => HttpClientRequest.setHeader(request, idempotencyKey, key))
    : Effect.succeed(request)

const idempotencyKey = "idempotency-key"

/** 128 random bits. */
const randomKey = Effect.map(
  Effect.forEach([1, 2, 3, 4], () => Random.nextIntBetween(0, 2 ** 32)),
  (numbers) => numbers.map((number) => number.toString(16).padStart(8, "0")).join("")
)

const undici = (settings: Undici.Settings) =>
  Layer.unwrap(Effect.map(Effect.promise(() => import("./internal/Undici.ts")), ({ layer }) => layer(settings)))

interface Settings {
  readonly timeout: Duration.Duration
  readonly retries: number
  readonly pause: number
  readonly maxPause: number
}

type Answered = Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError>

interface Call {
  readonly attempt: Answered
  readonly request: HttpClientRequest.HttpClientRequest
  readonly settings: Settings
}

/** The call, from attempt number `retry` (from 0) on. Most go well at once. */
const called = (call: Call, retry: number): Answered =>
  Effect.matchEffect(call.attempt, {
    onFailure: (error) => triedAgain(call, retry, Result.fail(error)),
    onSuccess: (response) =>
      response.status < 400
        ? Effect.succeed(noted(call, retry, response))
        : triedAgain(call, retry, Result.succeed(response))
  })

const mayGoOn = ({ request: { body }, settings: { retries } }: Call, retry: number): boolean =>
  retry < retries && Redirects.canBeSentAgain(body)

/** The response to attempt number `retry`: its readers may ask for the next one. */
const noted = (
  call: Call,
  retry: number,
  response: HttpClientResponse.HttpClientResponse
): HttpClientResponse.HttpClientResponse => {
  const { maxPause, pause, timeout } = call.settings
  return CallNotes.noted(response, {
    timeout,
    again: (wait) => {
      const asked = Duration.toMillis(wait)
      return mayGoOn(call, retry) && asked <= maxPause
        ? Effect.flatMap(
          Backoff.millisOf({ retry, pause, maxPause, asked }),
          (millis) => Effect.delay(called(call, retry + 1), millis)
        )
        : undefined
    }
  })
}

const triedAgain = Effect.fnUntraced(
  function*(
    call: Call,
    first: number,
    result: Attempted
  ): Effect.fn.Return<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError> {
    const { attempt, request, settings: { maxPause, pause } } = call
    let retry = first
    for (; mayGoOn(call, retry); retry++) {
      if (!mayDoBetter(result)) break
      if (!wasNeverSent(result) && !mayBeRepeated(request, yield* Repeatable)) break
      const asked = Result.isSuccess(result) ? yield* pauseAskedFor(result.success) : 0
      if (asked > maxPause) break
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
      result = yield* Effect.result(attempt)
    }
    return noted(call, retry, yield* Effect.fromResult(result))
  }
)

type Attempted = Result.Result<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError>

/** By the methods of RFC 9110, section 9.2.2, or because the caller says so. */
const mayBeRepeated = ({ headers, method }: HttpClientRequest.HttpClientRequest, repeatable: boolean): boolean =>
  repeatable || Boolean(headers[idempotencyKey])
  || repeatedMethods.has(method) && !overrides.some((name) => name in headers)

/** Servers that know these headers take the method from there, so that a GET may be a POST. */
const overrides = ["x-http-method-override", "x-http-method", "x-method-override"]

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
const unsendableIn = (request: HttpClientRequest.HttpClientRequest): HttpClientError.HttpClientError | undefined => {
  for (const name in request.headers) {
    if (unsendable.test(request.headers[name] ?? "")) {
      return new HttpClientError.HttpClientError({
        reason: new HttpClientError.EncodeError({
          request,
          description:
            `the value of the header ${name} holds a line break or another character that HTTP does not allow`
        })
      })
    }
  }
  return undefined
}

// oxlint-disable-next-line no-control-regex
const unsendable = /[^\t\x20-\x7e\x80-\xff]/
