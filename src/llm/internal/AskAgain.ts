/**
 * Asks a server again that answered with nothing: an empty body, a web page, no choice, an error under status 200.
 *
 * The client (`Http`) says how often and when. Nothing is asked again once something of the answer was passed on: then a second
 * answer is the caller's decision (`LlmRetry`).
 */
import type * as AiError from "effect/ai/AiError"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { identity } from "effect/Function"
import type * as HttpClientError from "effect/http/HttpClientError"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Stream from "effect/Stream"
import * as CallNotes from "../../http/internal/CallNotes.ts"
import * as LlmHttpError from "../LlmHttpError.ts"
import * as LlmWire from "../LlmWire.ts"

/**
 * Whether a server that answered with nothing is asked again below. `LlmBudget` turns it off, as each answer may cost. Default:
 * true.
 *
 * @category references
 */
export const AsksAgain = Context.Reference<boolean>("greenlang/llm/internal/AskAgain/AsksAgain", {
  defaultValue: () => true
})

type Response = HttpClientResponse.HttpClientResponse

/** The next attempt of the call that `response` answered, or `undefined` where none may follow a failure with `reason`. */
export const after = (
  response: Response | undefined,
  reason: AiError.AiErrorReason
): Effect.Effect<Effect.Effect<Response, HttpClientError.HttpClientError> | undefined> =>
  Effect.map(AsksAgain, (asksAgain) => {
    const notes = response === undefined ? undefined : CallNotes.of(response)
    if (!asksAgain || notes === undefined || !isNothing(reason)) return undefined
    const again = notes.again(LlmHttpError.waitOf(reason) ?? Duration.zero)
    return again === undefined ? undefined : LlmHttpError.repeatable(again)
  })

/** Reads an answer. Where nothing was answered, the next one is read. */
export const answered = <A>(
  response: Response,
  read: (response: Response) => Effect.Effect<A, AiError.AiErrorReason>
): Effect.Effect<A, AiError.AiErrorReason> => {
  const answer = read(response)
  return isThere(answer) ? answer : Effect.catch(
    answer,
    (reason) => Effect.flatMap(next(response, reason), (response) => answered(response, read))
  )
}

/** Whether an answer has come whole, so that nothing is left to run. */
export const isThere = <A>(answer: Effect.Effect<A, unknown>): answer is Exit.Success<A> =>
  Exit.isExit(answer) && Exit.isSuccess(answer)

/** `answered`, for a stream of which nothing has been passed on. */
export const streamed = <A>(
  response: Response,
  read: (response: Response) => Stream.Stream<A, AiError.AiErrorReason>
): Stream.Stream<A, AiError.AiErrorReason> =>
  Stream.suspend(() => {
    let came = false
    return Stream.catch(
      Stream.mapArray(read(response), (parts) => {
        came = true
        return parts
      }),
      (reason) =>
        came
          ? Stream.fail(reason)
          : Stream.unwrap(Effect.map(next(response, reason), (response) => streamed(response, read)))
    )
  })

/** `streamed`, for a reader that has `take` take what comes. */
export const taken = <A>(
  response: Response,
  read: (
    response: Response,
    take: (parts: ReadonlyArray<A>) => Effect.Effect<void>
  ) => Effect.Effect<void, AiError.AiErrorReason>,
  take: (parts: ReadonlyArray<A>) => Effect.Effect<void>
): Effect.Effect<void, AiError.AiErrorReason> =>
  Effect.suspend(() => {
    let came = false
    return Effect.catch(
      read(response, (parts) => {
        came = true
        return take(parts)
      }),
      (reason) =>
        came
          ? Effect.fail(reason)
          : Effect.flatMap(next(response, reason), (response) => taken(response, read, take))
    )
  })

const next = (response: Response, reason: AiError.AiErrorReason): Effect.Effect<Response, AiError.AiErrorReason> =>
  Effect.flatMap(
    after(response, reason),
    (again) => again === undefined ? Effect.fail(reason) : LlmWire.accepted(again, identity)
  )

/** Whether a server answered with nothing that can be used, or failed before it counted any work. */
const isNothing = (reason: AiError.AiErrorReason): boolean =>
  reason.isRetryable && reason._tag !== "NetworkError"
  && (reason._tag === "InvalidResponseError" || LlmHttpError.workIn(reason)?.usage === undefined)
