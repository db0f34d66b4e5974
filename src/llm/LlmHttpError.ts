/**
 * How vendors fail over HTTP, as reasons of `AiError`.
 */
import * as AiError from "effect/ai/AiError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as HttpClientError from "effect/http/HttpClientError"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as RetryAfter from "../internal/RetryAfter.ts"

/** What vendors put into the body of a failure. @category models */
export const ErrorBody = Schema.Struct({
  message: Schema.optionalKey(Schema.NullOr(Schema.String)),
  type: Schema.optionalKey(Schema.NullOr(Schema.String)),
  param: Schema.optionalKey(Schema.NullOr(Schema.String)),
  code: Schema.optionalKey(Schema.NullOr(Schema.Union([Schema.String, Schema.Finite])))
})
/** @category models */
export type ErrorBody = typeof ErrorBody.Type

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
 * The vendor answered with a status other than 2xx. 429 tells in `retryAfter` how long to wait, where the vendor said it.
 *
 * @category reasons
 */
export const fromResponse = Effect.fnUntraced(function*(
  response: HttpClientResponse.HttpClientResponse
): Effect.fn.Return<AiError.AiErrorReason> {
  const body = yield* Effect.orElseSucceed(response.text, () => "")
  return yield* fromBody(response.status, response.headers, body)
})

/**
 * `fromResponse`, where somebody else has read the body. The names of the headers are in lower case.
 *
 * @category reasons
 */
export const fromBody = Effect.fnUntraced(function*(
  status: number,
  headers: Readonly<Record<string, string | undefined>>,
  body: string
): Effect.fn.Return<AiError.AiErrorReason> {
  const { error } = Result.getOrElse(Schema.decodeResult(Failure)(body), () => ({ error: body.slice(0, 500) }))
  const details = typeof error === "string" ? { message: error } : error
  return fromStatus(status, details, yield* RetryAfter.read(headers))
})

/**
 * The reason behind a status and what the vendor says about it.
 *
 * @category reasons
 */
export const fromStatus = (
  status: number,
  { code, message, param, type }: ErrorBody,
  retryAfter: Duration.Duration | undefined
): AiError.AiErrorReason => {
  const description = `${status} ${message ?? ""}`.trim()
  if (code === "insufficient_quota" || type === "insufficient_quota") return new AiError.QuotaExhaustedError({})
  if (code === "content_filter" || code === "content_policy_violation") {
    return new AiError.ContentPolicyError({ description })
  }
  switch (status) {
    case 401:
      return new AiError.AuthenticationError({ kind: "InvalidKey", description })
    case 403:
      return new AiError.AuthenticationError({ kind: "InsufficientPermissions", description })
    case 402:
      return new AiError.QuotaExhaustedError({})
    case 429:
      return new AiError.RateLimitError(retryAfter === undefined ? {} : { retryAfter })
    default:
      // 408 is the server's own timeout, and the request may be right.
      return status >= 500 || status === 408
        ? new AiError.InternalProviderError({
          description,
          ...(retryAfter === undefined
            ? {}
            : { metadata: { [metadataKey]: { retryAfter: Duration.toMillis(retryAfter) } } })
        })
        : new AiError.InvalidRequestError({ description, ...(param ? { parameter: param } : {}) })
  }
}

/**
 * How long the vendor wants to be left alone. `AiError` tells it of rate limits only; a vendor that is overloaded (503, 529)
 * may ask for it, too.
 *
 * @category reading
 */
export const retryAfterOf = (error: AiError.AiError): Duration.Duration | undefined => {
  if (error.retryAfter !== undefined || error.reason._tag !== "InternalProviderError") return error.retryAfter
  const asked = error.reason.metadata[metadataKey]
  return Predicate.hasProperty(asked, "retryAfter") && Predicate.isNumber(asked.retryAfter)
    ? Duration.millis(asked.retryAfter)
    : undefined
}

/** Whether the vendor had begun to answer when the connection was lost, so that it may bill what it did. @category reading */
export const brokeOff = ({ reason }: AiError.AiError): boolean =>
  reason._tag === "NetworkError" && Predicate.isTagged(reason.cause, "AnswerBrokeOff")

/** Tells a lost answer from a connection that never was, in a `NetworkError`. */
class AnswerBrokeOff extends Schema.TaggedError<AnswerBrokeOff>()("AnswerBrokeOff", {}) {}

const metadataKey = "greenlang"

/** Ollama and others put the message where OpenAI has an object. */
const Failure = Schema.fromJsonString(Schema.Struct({ error: Schema.Union([Schema.String, ErrorBody]) }))

const describe = (cause: unknown): string =>
  Predicate.hasProperty(cause, "message") ? String(cause.message) : String(cause)
