/**
 * Reads an answer from the body of a response, whole or in pieces.
 *
 * 1. Behind the finish it is read on as long as something comes: usage, or text of a server that sends the finish too early. It
 *    is over after `graceAfterFinish` without content, after `mostAfterFinish` in all, or with the vendor's own end mark. Behind
 *    that mark it is read on for `graceAfterEnd`, so that a connection whose body ends can be used again.
 * 2. An answer of which no content comes for `timesTimeout` times as long as a piece of it is waited for, is given up, whatever
 *    keeps its connection alive.
 * 3. However the reading ends, the connection is free or closed.
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
import * as BodyTimeout from "../../http/internal/BodyTimeout.ts"
import { CallResponse } from "../../http/internal/CallResponse.ts"
import * as LlmHttpError from "../LlmHttpError.ts"
import * as BodyText from "./BodyText.ts"
import * as EventStream from "./EventStream.ts"
import type { Parts, Reader, WholeReader } from "./EventStream.ts"

type Headers = Readonly<Record<string, string | undefined>>

/** How long a stream may go on without content behind its finish. */
const graceAfterFinish = "5 seconds"

/** How long a stream may go on behind its finish, whatever it sends. */
const mostAfterFinish = "30 seconds"

/** How long the end of the body is waited for behind the vendor's end mark. */
const graceAfterEnd = "100 millis"

/** How many timeouts of a piece may pass without content, before the finish. */
const timesTimeout = 3

/** The parts of a streamed answer. The last is its finish. */
export const partsOf = (
  response: HttpClientResponse.HttpClientResponse,
  makeReader: () => Reader
): Stream.Stream<Response.StreamPartEncoded, AiError.AiErrorReason> =>
  Stream.transformPull(
    Stream.mapError(response.stream, LlmHttpError.fromClientError),
    (pull) => Effect.sync(() => pullOf(pull, makeReader(), response, response.headers, streamed))
  )

/** Has `take` take the parts of a streamed answer, as they come. Ends with the answer. */
export const each = (
  response: HttpClientResponse.HttpClientResponse,
  makeReader: () => Reader,
  take: (parts: Parts) => Effect.Effect<void>
): Effect.Effect<void, AiError.AiErrorReason> =>
  response instanceof CallResponse
    ? Effect.suspend(() => pulled(response, makeReader(), response.headers, streamed, take))
    : Stream.runForEachArray(partsOf(response, makeReader), take)

/** An answer that was asked for in one piece. `headers` are those of `response`. */
export const whole = (
  response: HttpClientResponse.HttpClientResponse,
  headers: Headers,
  reader: WholeReader
): Effect.Effect<Array<Response.PartEncoded>, AiError.AiErrorReason> => {
  if (response instanceof CallResponse && response.hasEnded) {
    return Effect.fromResult(Result.flatMap(EventStream.addBytes(response.bytes, headers, reader), reader.whole))
  }
  return Effect.flatMap(
    headers["content-length"] !== undefined
      ? Effect.flatMap(
        Effect.mapError(response.arrayBuffer, LlmHttpError.fromClientError),
        (bytes) => Effect.fromResult(EventStream.addBytes(new Uint8Array(bytes), headers, reader))
      )
      // The end of such a body may never come: it is over when the answer is.
      : response instanceof CallResponse
      ? pulled(response, reader, headers, "JSON", () => Effect.void)
      : Stream.runDrain(Stream.transformPull(
        Stream.mapError(response.stream, LlmHttpError.fromClientError),
        (pull) => Effect.sync(() => pullOf(pull, reader, response, headers, "JSON"))
      )),
    () => Effect.fromResult(reader.whole())
  )
}

const streamed = "a stream of events"

/** A response of our own client needs no stream around it. */
const pulled = (
  response: CallResponse,
  reader: Reader,
  headers: Headers,
  what: string,
  take: (parts: Parts) => Effect.Effect<void>
): Effect.Effect<void, AiError.AiErrorReason> => {
  const pull = pullOf(response.pull(LlmHttpError.fromClientError), reader, response, headers, what)
  const rest: Pull.Pull<never, AiError.AiErrorReason> = Effect.flatMap(
    pull,
    (parts) => Effect.flatMap(take(parts), () => rest)
  )
  return Effect.ensuring(Pull.catchDone(rest, () => Effect.void), Effect.sync(response.giveUp))
}

const pullOf = <E extends AiError.AiErrorReason>(
  pull: Pull.Pull<Arr.NonEmptyReadonlyArray<Uint8Array>, E>,
  reader: Reader,
  response: HttpClientResponse.HttpClientResponse,
  headers: Headers,
  what: string
): Pull.Pull<Arr.NonEmptyReadonlyArray<Response.StreamPartEncoded>, AiError.AiErrorReason> => {
  const body = new BodyText.BodyText(headers["content-type"])
  const events = EventStream.make(reader, what)
  const hasEnded = () => response instanceof CallResponse && response.hasEnded
  let isOver = false
  let finishedAt: number | undefined
  let contentAt = 0
  /** Since when no content has come, before the finish. */
  let quietSince: number | undefined
  const longestQuiet = Duration.times(
    BodyTimeout.of(response) ?? Duration.minutes(1),
    timesTimeout
  )

  /** The next pieces, or `undefined` where there are none. */
  const next: Effect.Effect<Arr.NonEmptyReadonlyArray<Uint8Array> | undefined, AiError.AiErrorReason> = Effect.suspend(
    () => {
      const piece = pull.pipe(Pull.catchDone(() => Effect.undefined))
      if (!reader.isFinished()) return piece
      return Effect.flatMap(Clock.currentTimeMillis, (now) => {
        finishedAt ??= contentAt = now
        const end = Math.min(
          contentAt + Duration.toMillis(graceAfterFinish),
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

  const read: Pull.Pull<Arr.NonEmptyReadonlyArray<Response.StreamPartEncoded>, AiError.AiErrorReason> = Effect.suspend(
    () => {
      if (isOver) return hasEnded() ? Cause.done() : Effect.andThen(drained(pull), Cause.done())
      return Effect.flatMap(next, (pieces) => {
        const text = Result.try({
          try: () => pieces === undefined ? body.end() : pieces.map((piece) => body.add(piece)).join(""),
          catch: EventStream.undecodable
        })
        const read = Result.flatMap(text, (text) => events.feed(text))
        if (Result.isFailure(read)) return Effect.fail(read.failure)
        const isContent = read.success.length > 0 || (events.isJson() && Result.getOrElse(text, () => "").trim() !== "")
        if (isContent) quietSince = undefined
        if (pieces !== undefined && !events.isEnded()) {
          return isContent || reader.isFinished()
            ? passedOn(read.success)
            : Effect.flatMap(Clock.currentTimeMillis, (now) => {
              quietSince ??= now
              return now - quietSince < Duration.toMillis(longestQuiet)
                ? again
                : Effect.fail(LlmHttpError.keptWaiting(response.request, longestQuiet))
            })
        }
        isOver = true
        const last = events.end()
        return Result.isFailure(last) ? Effect.fail(last.failure) : passedOn([...read.success, ...last.success])
      })
    }
  )
  const passedOn = (parts: Parts) => {
    if (!Arr.isReadonlyArrayNonEmpty(parts)) return again
    return finishedAt === undefined || isOver ? Effect.succeed(parts) : Effect.map(Clock.currentTimeMillis, (now) => {
      contentAt = now
      return parts
    })
  }
  const again: typeof read = Effect.suspend(() => read)
  return read
}

/** A stream that is over behind its finish, and closed where it stays open. */
export const closedAfter = <A, E, R>(
  stream: Stream.Stream<A, E, R>,
  isFinish: (part: A) => boolean
): Stream.Stream<A, E, R> =>
  Stream.transformPull(stream, (pull) =>
    Effect.sync(() => {
      let isOver = false
      return Effect.suspend(() =>
        isOver
          ? Effect.andThen(drained(pull), Cause.done())
          : Effect.map(pull, (parts) => {
            isOver = parts.some(isFinish)
            return parts
          })
      )
    }))

/** Waits for the end, so that a connection can be used again, but not for long. */
const drained = <A, E>(pull: Pull.Pull<A, E>): Effect.Effect<void> =>
  Effect.forever(pull).pipe(Effect.timeoutOption(graceAfterEnd), Effect.exit, Effect.asVoid)
