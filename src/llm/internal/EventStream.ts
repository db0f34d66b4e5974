/**
 * Reads a streamed answer: server-sent events, or, where a server answers so, one JSON body.
 *
 * 1. The stream is whole when the reader says that its finish came. One that ends before is a failure.
 * 2. A connection that stays open behind the finish is read for the usage that may follow, for `graceAfterFinish` at most
 *    between two pieces and `mostAfterFinish` in all, then closed. Behind the vendor's own end mark it is read on for `graceAfterEnd`, so that a
 *    connection whose body ends can be used again.
 * 3. What cannot be read behind the finish costs nothing but itself.
 */
import * as AiError from "effect/ai/AiError"
import type * as Response from "effect/ai/Response"
import * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Sse from "effect/encoding/Sse"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Option from "effect/Option"
import * as Pull from "effect/Pull"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import * as LlmHttpError from "../LlmHttpError.ts"
import * as LooseJson from "./LooseJson.ts"

/** What of an answer can be passed on. */
export type Parts = ReadonlyArray<Response.StreamPartEncoded>

/** One answer as it is read, by the rules of one format. */
export interface Reader {
  /** Reads the JSON of one event. `name` is the event's own name, where it has one. */
  readonly add: (json: unknown, name: string | undefined) => Result.Result<Parts, AiError.AiErrorReason>
  /** Reads an answer in one piece, where a server did not stream it. */
  readonly addWhole: (json: unknown) => Result.Result<Parts, AiError.AiErrorReason>
  /** Whether the finish of the answer came. */
  readonly isFinished: () => boolean
  /** Whether nothing can follow, by the format's own end mark. `[DONE]` is one in each format. */
  readonly isEnded: () => boolean
  /** The last parts. */
  readonly end: () => Result.Result<Parts, AiError.AiErrorReason>
}

/** How long a stream may stay silent behind its finish. */
export const graceAfterFinish = "2 seconds"

/** How long a stream may go on behind its finish, however often it sends something. */
export const mostAfterFinish = "5 seconds"

/** How long the end of the body is waited for behind the vendor's end mark. */
export const graceAfterEnd = "100 millis"

/** The parts of a streamed answer. The last is its finish. */
export const partsOf = (
  response: HttpClientResponse.HttpClientResponse,
  makeReader: () => Reader
): Stream.Stream<Response.StreamPartEncoded, AiError.AiErrorReason> =>
  Stream.transformPull(
    Stream.mapError(response.stream, LlmHttpError.fromClientError),
    (pull) => Effect.sync(() => pullOf(pull, makeReader()))
  )

const pullOf = <E extends AiError.AiErrorReason>(
  pull: Pull.Pull<Arr.NonEmptyReadonlyArray<Uint8Array>, E>,
  reader: Reader
): Pull.Pull<Arr.NonEmptyReadonlyArray<Response.StreamPartEncoded>, AiError.AiErrorReason> => {
  const decoder = new TextDecoder()
  const events = make(reader, "a stream of events")
  let isOver = false
  let finishedAt: number | undefined

  /** The next pieces, or `undefined` where there are none. */
  const next: Effect.Effect<Arr.NonEmptyReadonlyArray<Uint8Array> | undefined, AiError.AiErrorReason> = Effect.suspend(
    () => {
      const piece = pull.pipe(Pull.catchDone(() => Effect.undefined))
      if (!reader.isFinished()) return piece
      return Effect.flatMap(Clock.currentTimeMillis, (now) => {
        finishedAt ??= now
        const left = finishedAt + Duration.toMillis(mostAfterFinish) - now
        return Effect.timeoutOption(piece, Math.max(0, Math.min(left, Duration.toMillis(graceAfterFinish))))
      }).pipe(
        Effect.map(Option.getOrUndefined),
        // Behind the finish a lost connection loses nothing.
        Effect.orElseSucceed(() => undefined)
      )
    }
  )

  const read: Pull.Pull<Arr.NonEmptyReadonlyArray<Response.StreamPartEncoded>, AiError.AiErrorReason> = Effect.suspend(
    () => {
      if (isOver) return Effect.andThen(drained(pull), Cause.done())
      return Effect.flatMap(next, (pieces) => {
        const text = pieces === undefined
          ? decoder.decode()
          : pieces.map((piece) => decoder.decode(piece, { stream: true })).join("")
        const read = events.feed(text)
        if (Result.isFailure(read)) return Effect.fail(read.failure)
        if (pieces !== undefined && !events.isEnded()) return passedOn(read.success)
        isOver = true
        const last = events.end()
        return Result.isFailure(last) ? Effect.fail(last.failure) : passedOn([...read.success, ...last.success])
      })
    }
  )
  const passedOn = (parts: Parts) => Arr.isReadonlyArrayNonEmpty(parts) ? Effect.succeed(parts) : again
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

/** Reads an answer whose whole text is there, in whatever form it came. */
export const addText = (text: string, reader: Reader): Result.Result<void, AiError.AiErrorReason> => {
  if (isJson(text.trimStart())) return Result.map(readBody(reader, text), () => undefined)
  const events = make(reader, "JSON")
  return Result.flatMap(events.feed(text), () => Result.map(events.flush(), () => undefined))
}

const isJson = (text: string): boolean => text.startsWith("{") || text.startsWith("[")

/** What a text is read as, which its first letter decides. */
const make = (reader: Reader, what: string) => {
  let mode: "unknown" | "events" | "json" = "unknown"
  let isEnded = false
  /** The text that decides, all of a body in one piece, or the beginning of what is not an event. */
  let text = ""
  let came = 0
  let tail = ""
  let events: Array<{ readonly data: string; readonly name: string | undefined }> = []
  const parser = Sse.makeParser((event) => {
    if (event._tag === "Event") {
      events.push({ data: event.data, name: event.event === "message" ? undefined : event.event })
    }
  })

  const readEvents = (isLast: boolean): Result.Result<Parts, AiError.AiErrorReason> => {
    const parts: Array<Response.StreamPartEncoded> = []
    const read = events
    events = []
    for (const { data, name } of read) {
      if (isEnded || reader.isEnded() || data.trim() === "") continue
      came++
      if (data.trim() === "[DONE]") {
        isEnded = true
        continue
      }
      const added = readEvent(reader, data, name, isLast)
      if (Result.isFailure(added)) return Result.fail(added.failure)
      parts.push(...added.success)
    }
    return Result.succeed(parts)
  }

  const feed = (piece: string): Result.Result<Parts, AiError.AiErrorReason> => {
    if (mode !== "events" || came === 0) text += piece
    tail = (tail + piece).slice(-10_000)
    if (mode === "unknown") {
      const begun = text.trimStart()
      if (begun === "") return nothing
      mode = isJson(begun) ? "json" : "events"
      piece = text
    }
    if (mode === "json") return nothing
    const tooLarge = parser.feed(piece)
    return tooLarge === undefined ? readEvents(false) : broken(tooLarge.message)
  }

  const flush = (): Result.Result<Parts, AiError.AiErrorReason> => {
    if (mode === "json") return readBody(reader, text)
    parser.feed("\n\n")
    const read = readEvents(true)
    if (Result.isFailure(read) || reader.isFinished()) return read
    // A proxy whose stream fails may append what it has to say, and not as an event.
    for (const line of tail.split(/\r?\n|(?<=\})(?=\{)/).filter((line) => line.startsWith("{"))) {
      const appended = parsed(line)
      const added = Result.isSuccess(appended) ? reader.add(appended.success, undefined) : read
      if (Result.isFailure(added)) return added
    }
    return came === 0 && text.trim() !== ""
      ? Result.fail(unreadable(text, what))
      : broken(text.trim() === "" && what === "JSON" ? "the answer is empty" : "the stream broke off before its end")
  }

  return {
    feed,
    flush,
    isEnded: () => isEnded || reader.isEnded(),
    end: () => Result.flatMap(flush(), (parts) => Result.map(reader.end(), (last): Parts => [...parts, ...last]))
  }
}

const readEvent = (
  reader: Reader,
  data: string,
  name: string | undefined,
  isLast: boolean
): Result.Result<Parts, AiError.AiErrorReason> => {
  const whole = parsed(data)
  if (Result.isSuccess(whole)) return reader.add(whole.success, name)
  // Some servers do not put an empty line between two events.
  const lines = data.split("\n").filter((line) => line.trim() !== "" && line.trim() !== "[DONE]").map(parsed)
  if (data.includes("\n") && lines.every(Result.isSuccess)) {
    const parts: Array<Response.StreamPartEncoded> = []
    for (const line of lines) {
      const added = reader.add(line.success, name)
      if (Result.isFailure(added)) return added
      parts.push(...added.success)
    }
    return Result.succeed(parts)
  }
  if (reader.isFinished()) return nothing
  const isPiece = /^\s*[[{]/.test(data)
  if (name === "error" || (!isPiece && /error|exception/i.test(data))) {
    return Result.fail(LlmHttpError.fromVendor({ message: data }))
  }
  // What is not JSON keeps the connection alive.
  if (!isPiece) return nothing
  return isLast ? broken("the stream broke off before its end") : broken(`an event is not JSON: ${data}`)
}

/** A body in one piece, or of one JSON a line. */
const readBody = (reader: Reader, text: string): Result.Result<Parts, AiError.AiErrorReason> => {
  const whole = parsed(text)
  if (Result.isSuccess(whole)) return reader.addWhole(whole.success)
  const lines = text.split("\n").filter((line) => line.trim() !== "").map(parsed)
  if (lines.length > 1 && lines.every(Result.isSuccess)) {
    const parts: Array<Response.StreamPartEncoded> = []
    for (const line of lines) {
      const added = reader.add(line.success, undefined)
      if (Result.isFailure(added)) return added
      parts.push(...added.success)
    }
    if (reader.isFinished()) return Result.succeed(parts)
  }
  return broken(`the answer broke off, or is not JSON: ${text.trim()}`)
}

/** The failure of a text that is not what was asked for, in the words of that text. */
export const unreadable = (text: string, what: string): AiError.AiErrorReason => {
  const words = text.trim()
  return /error|exception/i.test(words) && !/^[{[<]/.test(words)
    ? LlmHttpError.fromVendor({ message: words })
    : new AiError.InvalidResponseError({ description: `the answer is not ${what}: ${words}` })
}

const parsed = (json: string): Result.Result<unknown, unknown> => Result.try(() => LooseJson.parse(json))

const nothing: Result.Result<Parts, never> = Result.succeed([])

const broken = (description: string) => Result.fail(new AiError.InvalidResponseError({ description }))
