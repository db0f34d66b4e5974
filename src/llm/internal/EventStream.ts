/**
 * Reads the body of an answer, streamed or not, for as long as it takes and no longer. What its events say is `EventReader`.
 *
 * 1. Behind its finish an answer is read on as long as something comes: usage, or text of a server that sends the finish too early.
 *    It is over after a time without content (`graceOf`), after `mostAfterFinish` in all, or with the vendor's own end mark.
 *    Behind that mark it is read on for `graceAfterEnd`, so that a connection whose body ends can be used again.
 * 2. An answer of which no content comes for three times as long as a piece of it is waited for, is given up, whatever
 *    keeps its connection alive. So is an answer in JSON that has not come whole by then. How long the pieces of a stream of
 *    events may come is bounded by `Http` (`maxBodyTime`).
 */
import type * as AiError from "effect/ai/AiError"
import type * as Response from "effect/ai/Response"
import * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Option from "effect/Option"
import * as Pull from "effect/Pull"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import * as CallNotes from "../../http/internal/CallNotes.ts"
import { CallResponse } from "../../http/internal/CallResponse.ts"
import * as LlmHttpError from "../LlmHttpError.ts"
import * as BodyText from "./BodyText.ts"
import * as EventReader from "./EventReader.ts"
import type { Parts, Reader } from "./EventReader.ts"
import * as LostAnswer from "./LostAnswer.ts"

/** Milliseconds that a stream may go on without content behind its finish: less where the finish is likely to be the last. */
const graceOf = (isLikelyLast: boolean): number => isLikelyLast ? 1_000 : 5_000

/** How long a stream may go on behind its finish, whatever it sends. */
const mostAfterFinish = "30 seconds"

/** How long the end of the body is waited for behind the vendor's end mark. */
const graceAfterEnd = "100 millis"

/** How long no content may come before the finish: three times as long as a piece is waited for. */
const longestQuietOf = (response: HttpClientResponse.HttpClientResponse): Duration.Duration =>
  Duration.times(CallNotes.of(response)?.timeout ?? Duration.minutes(1), 3)

type Headers = Readonly<Record<string, string | undefined>>

/** The parts of a streamed answer. The last is its finish. */
export const partsOf = (
  response: HttpClientResponse.HttpClientResponse,
  makeReader: () => Reader
): Stream.Stream<Response.StreamPartEncoded, AiError.AiErrorReason> =>
  followed(response, () => EventReader.followerOf(makeReader(), "a stream of events"))

/** What a follower takes out of the body of a response. */
export const followed = <A>(
  response: HttpClientResponse.HttpClientResponse,
  makeFollower: () => EventReader.Follower<A>
): Stream.Stream<A, AiError.AiErrorReason> =>
  Stream.transformPull(
    Stream.mapError(response.stream, LlmHttpError.fromClientError),
    (pull) => Effect.sync(() => pullOf(pull, makeFollower(), response, response.headers))
  )

/** Has `take` take the parts of a streamed answer, as they come. Ends with the answer. */
export const each = (
  response: HttpClientResponse.HttpClientResponse,
  makeReader: () => Reader,
  take: (parts: Parts) => Effect.Effect<void>
): Effect.Effect<void, AiError.AiErrorReason> =>
  response instanceof CallResponse
    ? Effect.suspend(() => pulled(response, makeReader(), "a stream of events", response.headers, take))
    : Stream.runForEachArray(partsOf(response, makeReader), take)

/**
 * Has `reader` read an answer that was asked for in one piece. `headers` are those of `response`. Fails where the whole body does not
 * come within the time that the client gives it.
 */
export const readWhole = (
  response: HttpClientResponse.HttpClientResponse,
  headers: Headers,
  reader: Reader
): Effect.Effect<void, AiError.AiErrorReason> => {
  if (response instanceof CallResponse && response.hasEnded) {
    return Effect.fromResult(addBytes(response.bytes, headers, reader))
  }
  if (headers["content-length"] !== undefined) {
    return Effect.flatMap(
      Effect.mapError(response.arrayBuffer, LlmHttpError.fromClientError),
      (bytes) => Effect.fromResult(addBytes(new Uint8Array(bytes), headers, reader))
    )
  }
  // The end of such a body may never come: it is over when the answer is.
  const read = response instanceof CallResponse
    ? pulled(response, reader, "JSON", headers, () => Effect.void)
    : Stream.runDrain(Stream.transformPull(
      Stream.mapError(response.stream, LlmHttpError.fromClientError),
      (pull) => Effect.sync(() => pullOf(pull, EventReader.followerOf(reader, "JSON"), response, headers))
    ))
  const limit = CallNotes.of(response)?.timeout
  return limit === undefined ? read : Effect.timeoutOrElse(read, {
    duration: limit,
    orElse: () => Effect.fail(LostAnswer.tooSlow(response.request, limit))
  })
}

/** `readWhole`, and the whole answer. */
export const whole = (
  response: HttpClientResponse.HttpClientResponse,
  headers: Headers,
  format: EventReader.WholeFormat
): Effect.Effect<Array<Response.PartEncoded>, AiError.AiErrorReason> => {
  if (response instanceof CallResponse && response.hasEnded) {
    const text = textOf(response.bytes, headers)
    return Effect.fromResult(
      Result.isSuccess(text) ? EventReader.wholeIn(text.success, format) : Result.fail(text.failure)
    )
  }
  const reader = format.reader()
  return Effect.flatMap(readWhole(response, headers, reader), () => Effect.fromResult(reader.whole()))
}

/** A response of our own client needs no stream around it. */
const pulled = (
  response: CallResponse,
  reader: Reader,
  what: string,
  headers: Headers,
  take: (parts: Parts) => Effect.Effect<void>
): Effect.Effect<void, AiError.AiErrorReason> => {
  const pull = pullOf(
    response.pull(LlmHttpError.fromClientError),
    EventReader.followerOf(reader, what),
    response,
    headers
  )
  const rest: Pull.Pull<never, AiError.AiErrorReason> = Effect.flatMap(
    pull,
    (parts) => Effect.flatMap(take(parts), () => rest)
  )
  return Effect.ensuring(Pull.catchDone(rest, () => Effect.void), Effect.sync(response.giveUp))
}

const pullOf = <A, E extends AiError.AiErrorReason>(
  pull: Pull.Pull<Arr.NonEmptyReadonlyArray<Uint8Array>, E>,
  events: EventReader.Follower<A>,
  response: HttpClientResponse.HttpClientResponse,
  headers: Headers
): Pull.Pull<Arr.NonEmptyReadonlyArray<A>, AiError.AiErrorReason> => {
  const body = new BodyText.BodyText(headers["content-type"])
  const hasEnded = () => response instanceof CallResponse && response.hasEnded
  let isOver = false
  let finishedAt: number | undefined
  let contentAt = 0
  /** Since when no content has come, before the finish. */
  let quietSince: number | undefined
  const longestQuiet = longestQuietOf(response)

  /** The next pieces, or `undefined` where there are none. */
  const next: Effect.Effect<Arr.NonEmptyReadonlyArray<Uint8Array> | undefined, AiError.AiErrorReason> = Effect.suspend(
    () => {
      const piece = pull.pipe(Pull.catchDone(() => Effect.undefined))
      if (!events.isFinished()) return piece
      return Effect.flatMap(Clock.currentTimeMillis, (now) => {
        finishedAt ??= contentAt = now
        const end = Math.min(
          contentAt + graceOf(events.isLikelyLast()),
          finishedAt + Duration.toMillis(mostAfterFinish)
        )
        return Effect.timeoutOption(piece, Math.max(0, end - now))
      }).pipe(
        Effect.map(Option.getOrUndefined),
        // Behind the finish a lost connection loses nothing.
        Effect.orElseSucceed(() => undefined)
      )
    }
  )

  const read: Pull.Pull<Arr.NonEmptyReadonlyArray<A>, AiError.AiErrorReason> = Effect.suspend(
    () => {
      if (isOver) return hasEnded() ? Cause.done() : Effect.andThen(drained(pull), Cause.done())
      return Effect.flatMap(next, (pieces) => {
        const text = Result.try({
          try: () => pieces === undefined ? body.end() : pieces.map((piece) => body.add(piece)).join(""),
          catch: undecodable
        })
        const before = events.pieces()
        const read = Result.flatMap(text, (text) => events.feed(text))
        if (Result.isFailure(read)) return Effect.fail(read.failure)
        // A piece of JSON counts as content once the rest has come.
        const isContent = events.pieces() > before
        if (isContent) quietSince = undefined
        if (pieces !== undefined && !events.isEnded()) {
          return isContent || events.isFinished()
            ? passedOn(read.success, isContent)
            : Effect.flatMap(Clock.currentTimeMillis, (now) => {
              quietSince ??= now
              return now - quietSince < Duration.toMillis(longestQuiet)
                ? passedOn(read.success, false)
                : Effect.fail(LostAnswer.keptWaiting(response.request, longestQuiet))
            })
        }
        isOver = true
        const last = events.end()
        return Result.isFailure(last) ? Effect.fail(last.failure) : passedOn([...read.success, ...last.success], true)
      })
    }
  )
  const passedOn = (parts: ReadonlyArray<A>, isContent: boolean) => {
    if (!Arr.isReadonlyArrayNonEmpty(parts)) return again
    return finishedAt === undefined || isOver || !isContent ?
      Effect.succeed(parts) :
      Effect.map(Clock.currentTimeMillis, (now) => {
        contentAt = now
        return parts
      })
  }
  const again: typeof read = Effect.suspend(() => read)
  return read
}

/**
 * A stream that is over behind its finish, and closed where it stays open. Behind a failure the finish, which may say what was
 * used, is not waited for long.
 */
export const closedAfter = <A, E, R>(
  stream: Stream.Stream<A, E, R>,
  kindOf: (part: A) => "finish" | "failure" | "other"
): Stream.Stream<A, E, R> =>
  Stream.transformPull(stream, (pull) =>
    Effect.sync(() => {
      let isOver = false
      let hasFailed = false
      const next = Effect.map(pull, (parts) => {
        isOver = parts.some((part) => kindOf(part) === "finish")
        hasFailed ||= parts.some((part) => kindOf(part) === "failure")
        return parts
      })
      return Effect.suspend(() => {
        if (isOver) return Effect.andThen(drained(pull), Cause.done())
        return hasFailed ? Effect.timeoutOrElse(next, { duration: graceAfterEnd, orElse: () => Cause.done() }) : next
      })
    }))

/** Waits for the end, so that a connection can be used again, but not for long. */
const drained = <A, E>(pull: Pull.Pull<A, E>): Effect.Effect<void> =>
  Effect.forever(pull).pipe(Effect.timeoutOption(graceAfterEnd), Effect.exit, Effect.asVoid)

const addBytes = (bytes: Uint8Array, headers: Headers, reader: Reader): Result.Result<void, AiError.AiErrorReason> =>
  Result.flatMap(textOf(bytes, headers), (text) => EventReader.addText(text, reader))

/** The text of a whole body. */
export const textOf = (bytes: Uint8Array, headers: Headers): Result.Result<string, AiError.AiErrorReason> =>
  Result.try({ try: () => BodyText.of(bytes, headers["content-type"]), catch: undecodable })

const undecodable = (error: unknown) => LlmHttpError.unanswered(`the body cannot be decoded: ${error}`)
