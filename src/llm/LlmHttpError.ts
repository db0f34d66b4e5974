/**
 * How vendors fail over HTTP, as reasons of `AiError`.
 */
import * as AiError from "effect/ai/AiError"
import type * as Response from "effect/ai/Response"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as HttpClientError from "effect/http/HttpClientError"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import { IsFinal, Repeatable } from "../http/internal/CallScope.ts"
import * as RefusalBody from "../http/internal/RefusalBody.ts"
import * as RetryAfter from "../http/internal/RetryAfter.ts"
import * as Redaction from "../internal/Redaction.ts"
import * as BodyText from "./internal/BodyText.ts"
import * as LooseJson from "./internal/LooseJson.ts"
import { AnswerBrokeOff } from "./internal/LostAnswer.ts"
import * as VendorError from "./internal/VendorError.ts"
import * as WebPage from "./internal/WebPage.ts"

/**
 * The request did not get an answer, or lost it on the way, which can go better another time. Neither headers nor body of
 * the request are kept.
 *
 * @category reasons
 */
export const fromClientError = ({ reason }: HttpClientError.HttpClientError): AiError.AiErrorReason => {
  if ("cause" in reason && Predicate.isTagged(reason.cause, "BodyTooLarge")) {
    return new AiError.InvalidResponseError({ description: describe(reason.cause) })
  }
  switch (reason._tag) {
    case "TransportError":
    case "EncodeError":
    case "InvalidUrlError":
      return new AiError.NetworkError({
        reason: reason._tag,
        method: reason.request.method,
        url: reason.request.url,
        description: reason.description ?? describe(reason.cause)
      })
    // Bodies are read as text here, so what cannot be read was lost with its connection.
    case "DecodeError":
      return new AiError.NetworkError({
        reason: "TransportError",
        method: reason.request.method,
        url: reason.request.url,
        description: `the answer broke off: ${describe(reason.cause)}`,
        cause: new AnswerBrokeOff()
      })
    default:
      return new AiError.InvalidResponseError({ description: `${reason.message}: ${describe(reason.cause)}` })
  }
}

/**
 * The vendor answered with a status other than 2xx. A 429 keeps in `retryAfter` how long the vendor asks to wait.
 *
 * @category reasons
 */
export const fromResponse = Effect.fnUntraced(function*(
  response: HttpClientResponse.HttpClientResponse
): Effect.fn.Return<AiError.AiErrorReason> {
  const { headers, status } = response
  const bytes = yield* RefusalBody.read(response)
  const body = Result.getOrElse(Result.try(() => BodyText.of(bytes, headers["content-type"])), () => "")
  return yield* fromBody(status, headers, body)
})

/**
 * `fromResponse`, for a body that was read elsewhere. The names of the headers are in lower case.
 *
 * @category reasons
 */
export const fromBody = Effect.fnUntraced(function*(
  status: number,
  headers: Readonly<Record<string, string | undefined>>,
  body: string
): Effect.fn.Return<AiError.AiErrorReason> {
  const to = headers["location"]
  if (status >= 300 && status < 400 && to !== undefined) {
    return new AiError.InvalidRequestError({
      description: `${status} the server redirects to ${Redaction.address(to)}, where this request is not sent again: `
        + "set the address of the model to where it is"
    })
  }
  const page = WebPage.wordsOf(body)
  const said = errorIn(body) ?? { message: page === undefined ? body.trim() : `a web page: ${page}` }
  const error = { ...said, type: said.type ?? headers["x-amzn-errortype"] }
  const reason = fromStatus(status, error, (yield* RetryAfter.read(headers)) ?? waitIn(error))
  const mayRetry = headers["x-should-retry"]
  if (mayRetry === "false" && reason.isRetryable) return asFinal(reason)
  return mayRetry === "true" && !reason.isRetryable
    ? new AiError.InternalProviderError({ description: reason.message })
    : reason
})

const errorIn = (body: string): VendorError.VendorError | undefined =>
  Result.getOrUndefined(Result.try(() => VendorError.find(LooseJson.parse(body), () => false)))

/** Whether another attempt cannot help, although the status says so. @category reading */
export const isFinal = (status: number, body: string): boolean => {
  const error = errorIn(body)
  return error !== undefined && !fromStatus(status, error, undefined).isRetryable
}

/** A call to a model, which may be repeated, unless `isFinal`. @category references */
export const repeatable = <A, E, R>(call: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.updateContext(
    call,
    (context: Context.Context<R>) => context.pipe(Context.add(Repeatable, true), Context.add(IsFinal, isFinal))
  )

/** The wait that a vendor asks for in its words. A day is more than any of them asks for. */
const waitIn = ({ wait }: VendorError.VendorError): Duration.Duration | undefined => {
  const millis = wait === undefined ? undefined : RetryAfter.millisOf(wait, 0)
  return millis === undefined || millis > 86_400_000 ? undefined : Duration.millis(millis)
}

/**
 * A failure in an answer with status 200, in an event of a stream, or in a line of a batch: what the vendor calls it
 * decides, then what its words suggest. Default: the vendor's own failure, which can go better another time.
 *
 * @category reasons
 */
export const fromVendor = (error: VendorError.VendorError): AiError.AiErrorReason => {
  const { code } = error
  const status = typeof code === "number" && Number.isInteger(code) && code >= 400 && code < 600
    ? code
    : statuses[VendorError.kindByName(error) ?? VendorError.kindByWords(error) ?? "server"]
  return fromStatus(status, error, waitIn(error))
}

/**
 * The reason behind a status and what the vendor says about it. The vendor's words are in the message of every reason.
 *
 * @category reasons
 */
export const fromStatus = (
  status: number,
  error: VendorError.VendorError,
  retryAfter: Duration.Duration | undefined
): AiError.AiErrorReason => {
  const { message, param } = error
  const description = `${status} ${message ?? ""}`.trim()
  const said = message === undefined || message === "" ? {} : { message }
  switch (refined(status, error)) {
    case "quota":
      return new QuotaExhausted({ metadata: { [metadataKey]: said } })
    case "content":
      return new AiError.ContentPolicyError({ description })
    case "key":
      return new AiError.AuthenticationError({ kind: "InvalidKey", description })
    case "permission":
      return new AiError.AuthenticationError({ kind: "InsufficientPermissions", description })
    case "rate":
      return new RateLimited({
        metadata: { [metadataKey]: said },
        ...(retryAfter === undefined ? {} : { retryAfter })
      })
    case "server":
      return new AiError.InternalProviderError({
        description,
        ...(retryAfter === undefined
          ? {}
          : { metadata: { [metadataKey]: { retryAfter: Duration.toMillis(retryAfter) } } })
      })
    case "request":
      return new AiError.InvalidRequestError({ description, ...(param ? { parameter: param } : {}) })
  }
}

/** The status decides, except where the vendor names a cause that its status hides. */
const refined = (status: number, error: VendorError.VendorError) => {
  const named = VendorError.kindByName(error)
  if (named !== "rate" && named !== "content" && status < 500 && VendorError.isUnpaid(error)) return "quota"
  if ((status === 429 || named === "rate") && VendorError.isLargerThanLimit(error)) return "request"
  if (named === "quota" || named === "content") return named
  if (named === "rate" && status < 500) return named
  if (named === "key" && status <= 500 && status !== 403) return named
  if (mayHideKey.has(status) && (named === undefined || named === "request") && VendorError.isWrongKey(error)) {
    return "key"
  }
  if (status === 500 && (named === "missing" || named === "request" || named === "tooLarge")) return "request"
  switch (status) {
    case 401:
      return "key"
    case 402:
      return "quota"
    case 403:
      return "permission"
    case 429:
      return "rate"
    default:
      return status >= 500 || passing.has(status) ? "server" : "request"
  }
}

/** By these some vendors report a key that is wrong, as a request that is wrong. */
const mayHideKey = new Set([400, 404, 422])

/**
 * What another attempt can cure, as the request may be right: timeouts of the server, conflicts, a part of it that failed, a
 * request that came too early, and capacity that is gone (498 of Groq, 499 of proxies).
 */
const passing = new Set([408, 409, 424, 425, 498, 499])

const statuses: Readonly<Record<VendorError.Kind, number>> = {
  key: 401,
  permission: 403,
  quota: 402,
  rate: 429,
  content: 400,
  missing: 404,
  request: 400,
  tooLarge: 413,
  timeout: 504,
  overload: 529,
  server: 500
}

/**
 * How long the vendor asks to wait. `AiError` has a field for it in rate limits only; a vendor that is overloaded (503, 529)
 * may ask for it, too.
 *
 * @category reading
 */
export const retryAfterOf = ({ reason }: AiError.AiError): Duration.Duration | undefined => waitOf(reason)

/** `retryAfterOf`, of a reason. @category reading */
export const waitOf = (reason: AiError.AiErrorReason): Duration.Duration | undefined => {
  if (reason._tag === "RateLimitError") return reason.retryAfter
  if (reason._tag !== "InternalProviderError") return undefined
  const asked = reason.metadata[metadataKey]
  return Predicate.hasProperty(asked, "retryAfter") && Predicate.isNumber(asked.retryAfter)
    ? Duration.millis(asked.retryAfter)
    : undefined
}

/** Whether the vendor had begun to answer when the connection was lost, so that it may bill what it did. @category reading */
export const brokeOff = ({ reason }: AiError.AiError): boolean =>
  reason._tag === "NetworkError" && Predicate.isTagged(reason.cause, "AnswerBrokeOff")

/**
 * The vendor ended an answer with a word for a failure.
 *
 * @category reasons
 */
export const endedWith = (word: string | undefined): AiError.AiErrorReason =>
  fromStatus(500, { message: `the vendor ended the answer with "${word}"` }, undefined)

/**
 * A server answered, and what came holds nothing that was asked for, or not all of it: an empty body, a web page, a stream that
 * broke off. Another attempt may get it.
 *
 * @category reasons
 */
export const unanswered = (description: string): AiError.AiErrorReason => new Unanswered({ description })

/** What a vendor did before it failed. `usage` is what it counted, if it did. @category models */
export interface Work {
  readonly usage?: Response.FinishPartEncoded["usage"]
}

/** `reason` for an answer that had begun, so that its work may be billed. @category reasons */
export const afterWork = (reason: AiError.AiErrorReason, work: Work): AiError.AiErrorReason => {
  if (!("metadata" in reason)) return reason
  const known = LooseJson.fields(reason.metadata[metadataKey])
  const metadata = { ...reason.metadata, [metadataKey]: { ...known, work: JSON.parse(JSON.stringify(work)) } }
  // The class is the same; only its metadata are others.
  return new (reason.constructor as new(fields: object) => AiError.AiErrorReason)({ ...reason, metadata })
}

/** What the vendor did before `error`, if the answer had begun. @category reading */
export const workOf = ({ reason }: AiError.AiError): Work | undefined => workIn(reason)

/** `workOf`, of a reason. @category reading */
export const workIn = (reason: AiError.AiErrorReason): Work | undefined => {
  const known = "metadata" in reason ? reason.metadata[metadataKey] : undefined
  return Predicate.hasProperty(known, "work") ? known.work as Work : undefined
}

const metadataKey = "greenlang"

/** `AiError` has no field for what a vendor says about these two. It is kept in the metadata, and shown. */
class RateLimited extends AiError.RateLimitError {
  override get message() {
    return worded(super.message, this.metadata)
  }
}

/** The server says that another attempt cannot help. */
class FinalFailure extends AiError.InternalProviderError {
  override get isRetryable() {
    return false
  }
}

class Unanswered extends AiError.InvalidResponseError {
  override get isRetryable() {
    return true
  }
}

class FinalLimit extends RateLimited {
  override get isRetryable() {
    return false
  }
}

const asFinal = (reason: AiError.AiErrorReason): AiError.AiErrorReason =>
  reason._tag === "RateLimitError"
    ? new FinalLimit({ metadata: reason.metadata, ...(reason.retryAfter && { retryAfter: reason.retryAfter }) })
    : reason._tag === "InternalProviderError"
    ? new FinalFailure({ description: reason.description, metadata: reason.metadata })
    : reason

class QuotaExhausted extends AiError.QuotaExhaustedError {
  override get message() {
    return worded(super.message, this.metadata)
  }
}

const worded = (message: string, metadata: AiError.ProviderMetadata): string => {
  const said = metadata[metadataKey]
  return Predicate.hasProperty(said, "message") ? `${message.replace(/\.$/, "")}. ${String(said.message)}` : message
}

const describe = (cause: unknown): string =>
  Predicate.hasProperty(cause, "message") ? String(cause.message) : String(cause)
