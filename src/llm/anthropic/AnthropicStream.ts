/**
 * Messages in pieces: the events of a stream, read by the same rules as a whole answer.
 */
import type * as AiError from "effect/ai/AiError"
import type * as Response from "effect/ai/Response"
import type * as Effect from "effect/Effect"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Result from "effect/Result"
import type * as Stream from "effect/Stream"
import * as EventReader from "../internal/EventReader.ts"
import * as EventStream from "../internal/EventStream.ts"
import * as PrintedParts from "../internal/PrintedParts.ts"
import { problemOf } from "./AnthropicEvent.ts"
import { AnthropicAnswer, type Context } from "./AnthropicWire.ts"

/**
 * The parts of a stream, as they come. It is over only after a stop reason or `message_stop`: one that breaks off before is a
 * failure, not an answer.
 *
 * @category reading
 */
export const partsOf = (
  response: HttpClientResponse.HttpClientResponse,
  context: Context
): Stream.Stream<Response.StreamPartEncoded, AiError.AiErrorReason> =>
  EventStream.partsOf(response, () => reading(context))

/**
 * `partsOf` for a listener that needs no stream: `take` takes the parts.
 *
 * @category reading
 */
export const each = (
  response: HttpClientResponse.HttpClientResponse,
  context: Context,
  take: (parts: EventReader.Parts) => Effect.Effect<void>
): Effect.Effect<void, AiError.AiErrorReason> => EventStream.each(response, () => reading(context), take)

/**
 * A whole answer: JSON, or the events of a stream, which some servers send although none was asked for. `headers` are those of
 * the response.
 *
 * @category reading
 */
export const answerOf = (
  response: HttpClientResponse.HttpClientResponse,
  headers: Readonly<Record<string, string | undefined>>,
  context: Context
): Effect.Effect<Array<Response.PartEncoded>, AiError.AiErrorReason> =>
  EventStream.whole(response, headers, formatOf(context))

/** A whole answer from its text. @category reading */
export const wholeOf = (
  text: string,
  context: Context
): Result.Result<Array<Response.PartEncoded>, AiError.AiErrorReason> => EventReader.wholeIn(text, formatOf(context))

const formatOf = (context: Context): EventReader.WholeFormat => ({
  plain: () => undefined,
  reader: () => reading(context)
})

/** A whole answer, read from its JSON. @category reading */
export const bodyOf = (
  body: unknown,
  context: Context
): Result.Result<Array<Response.PartEncoded>, AiError.AiErrorReason> => {
  const answer = new AnthropicAnswer(context)
  return Result.mapError(
    Result.flatMap(
      answer.addWhole(body),
      () => Result.flatMap(answer.whole(), (parts) => PrintedParts.whole(parts, context.request))
    ),
    (reason) => answer.afterWork(reason)
  )
}

/** A failure says what had been done by then. */
const worked = <A>(
  answer: AnthropicAnswer,
  read: Result.Result<A, AiError.AiErrorReason>
): Result.Result<A, AiError.AiErrorReason> =>
  Result.isSuccess(read) ? read : Result.fail(answer.afterWork(read.failure))

/** Reads one answer, and what is printed into its text. */
const reading = (context: Context): EventReader.WholeReader =>
  PrintedParts.reader(context.request, readerOf(new AnthropicAnswer(context)))

/** Reads one answer. @category reading */
export const readerOf = (answer: AnthropicAnswer): EventReader.WholeReader => ({
  whole: () => worked(answer, answer.whole()),
  add: (json, name) => worked(answer, answer.add(json, name)),
  addWhole: (json) => worked(answer, answer.addWhole(json)),
  problemOf,
  isFinished: () => answer.stop !== undefined || answer.isStopped,
  isWhole: () => answer.isWhole,
  isLikelyLast: () => answer.isStopLast,
  isEnded: () => answer.isStopped,
  end: () => worked(answer, answer.end())
})
