/**
 * Answers that had begun, and were lost with their connection.
 */
import * as AiError from "effect/ai/AiError"
import * as Duration from "effect/Duration"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Schema from "effect/Schema"

/** Marks in a `NetworkError` that an answer had begun. */
export class AnswerBrokeOff extends Schema.TaggedError<AnswerBrokeOff>()("AnswerBrokeOff", {}) {}

const closed = (
  { method, url }: HttpClientRequest.HttpClientRequest,
  why: string
): AiError.AiErrorReason =>
  new AiError.NetworkError({
    reason: "TransportError",
    method,
    url,
    description: `${why}, and the connection was closed`,
    cause: new AnswerBrokeOff()
  })

/** For a time, nothing but signs that the connection is open came. */
export const keptWaiting = (request: HttpClientRequest.HttpClientRequest, time: Duration.Duration) =>
  closed(request, `no content came for ${Duration.format(time)}`)

/** The whole body of an answer did not come in time. */
export const tooSlow = (request: HttpClientRequest.HttpClientRequest, time: Duration.Duration) =>
  closed(request, `the whole answer did not come within ${Duration.format(time)}`)
