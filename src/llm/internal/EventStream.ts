/**
 * Reads an answer, streamed or not: server-sent events, or JSON. The same reader takes either, whatever was asked for.
 *
 * 1. An answer is whole when the reader says that its finish came. One that ends before is a failure.
 * 2. Behind the finish it is read on as long as something comes: usage, or text of a server that sends the finish too early. It
 *    is over after `graceAfterFinish` without content, after `mostAfterFinish` in all, or with the vendor's own end mark. Behind
 *    that mark it is read on for `graceAfterEnd`, so that a connection whose body ends can be used again.
 * 3. What cannot be read behind the finish costs nothing but itself.
 * 4. An answer of which no content comes for `timesTimeout` times as long as a piece of it is waited for, is given up, whatever
 *    keeps its connection alive.
 * 5. What keeps a connection alive does not belong to an answer: events that are not objects, and those that say that the server is
 *    still busy.
 */
import * as AiError from "effect/ai/AiError"
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
import * as LlmHttpError from "../LlmHttpError.ts"
import * as BodyText from "./BodyText.ts"
import * as BusyEvent from "./BusyEvent.ts"
import { type Event, EventText } from "./EventText.ts"
import * as JsonScan from "./JsonScan.ts"
import * as LooseJson from "./LooseJson.ts"

/** What of an answer can be passed on. */
export type Parts = ReadonlyArray<Response.StreamPartEncoded>

/** One answer as it is read, by the rules of one format. */
export interface Reader {
  /** Reads the JSON of one event. `name` is the event's own name, where it has one. */
  readonly add: (json: unknown, name: string | undefined) => Result.Result<Parts, AiError.AiErrorReason>
  /** Reads an answer in one piece, where a server did not stream it. */
  readonly addWhole: (json: unknown) => Result.Result<Parts, AiError.AiErrorReason>
  /** What keeps `json` from being an answer in one piece, if anything does. */
  readonly problemOf: (json: unknown) => AiError.AiErrorReason | undefined
  /** Whether the finish of the answer came. */
  readonly isFinished: () => boolean
  /** Whether all of the answer came in one piece. */
  readonly isWhole: () => boolean
  /** Whether nothing can follow, by the format's own end mark. `[DONE]` is one in each format. */
  readonly isEnded: () => boolean
  /** The last parts. */
  readonly end: () => Result.Result<Parts, AiError.AiErrorReason>
}

/** How long a stream may go on without content behind its finish. */
const graceAfterFinish = "5 seconds"

/** How long a stream may go on behind its finish, whatever it sends. */
const mostAfterFinish = "30 seconds"

/** How long the end of the body is waited for behind the vendor's end mark. */
const graceAfterEnd = "100 millis"

/** How many timeouts of a piece may pass without content, before the finish. */
const timesTimeout = 3

type Headers = Readonly<Record<string, string | undefined>>

/** The parts of a streamed answer. The last is its finish. */
export const partsOf = (
  response: HttpClientResponse.HttpClientResponse,
  makeReader: () => Reader
): Stream.Stream<Response.StreamPartEncoded, AiError.AiErrorReason> =>
  Stream.transformPull(
    Stream.mapError(response.stream, LlmHttpError.fromClientError),
    (pull) => Effect.sync(() => pullOf(pull, makeReader(), response, response.headers, "a stream of events"))
  )

/** Has `reader` read an answer that was asked for in one piece. `headers` are those of `response`. */
export const readWhole = (
  response: HttpClientResponse.HttpClientResponse,
  headers: Headers,
  reader: Reader
): Effect.Effect<void, AiError.AiErrorReason> =>
  headers["content-length"] !== undefined
    ? Effect.flatMap(
      Effect.mapError(response.arrayBuffer, LlmHttpError.fromClientError),
      (bytes) => Effect.fromResult(addBytes(new Uint8Array(bytes), headers, reader))
    )
    // The end of such a body may never come: it is over when the answer is.
    : Stream.runDrain(Stream.transformPull(
      Stream.mapError(response.stream, LlmHttpError.fromClientError),
      (pull) => Effect.sync(() => pullOf(pull, reader, response, headers, "JSON"))
    ))

const pullOf = <E extends AiError.AiErrorReason>(
  pull: Pull.Pull<Arr.NonEmptyReadonlyArray<Uint8Array>, E>,
  reader: Reader,
  response: HttpClientResponse.HttpClientResponse,
  headers: Headers,
  what: string
): Pull.Pull<Arr.NonEmptyReadonlyArray<Response.StreamPartEncoded>, AiError.AiErrorReason> => {
  const body = new BodyText.BodyText(headers["content-type"])
  const events = make(reader, what)
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
      if (isOver) return Effect.andThen(drained(pull), Cause.done())
      return Effect.flatMap(next, (pieces) => {
        const text = Result.try({
          try: () => pieces === undefined ? body.end() : pieces.map((piece) => body.add(piece)).join(""),
          catch: undecodable
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

const addBytes = (bytes: Uint8Array, headers: Headers, reader: Reader): Result.Result<void, AiError.AiErrorReason> =>
  Result.flatMap(textOf(bytes, headers), (text) => addText(text, reader))

/** The text of a whole body. */
export const textOf = (bytes: Uint8Array, headers: Headers): Result.Result<string, AiError.AiErrorReason> =>
  Result.try({ try: () => BodyText.of(bytes, headers["content-type"]), catch: undecodable })

const undecodable = (error: unknown) =>
  new AiError.InvalidResponseError({ description: `the body cannot be decoded: ${error}` })

/** Reads an answer whose whole text is there, in whatever form it came. */
export const addText = (text: string, reader: Reader): Result.Result<void, AiError.AiErrorReason> => {
  const whole = /^[\s\uFEFF]*[{[]/.test(text) ? parsed(text) : undefined
  if (whole !== undefined && Result.isSuccess(whole) && LooseJson.fields(whole.success) !== undefined) {
    return Result.map(reader.addWhole(whole.success), () => undefined)
  }
  const events = make(reader, "JSON")
  return Result.flatMap(events.feed(text), () => Result.map(events.flush(), () => undefined))
}

const make = (reader: Reader, what: string) => {
  const events = new EventText()
  let isEnded = false
  let came = 0
  /** The beginning of a text that may hold no event. */
  let text = ""
  /** The only value that has come. */
  let only: unknown

  const readAll = (list: ReadonlyArray<Event>, isLast: boolean): Result.Result<Parts, AiError.AiErrorReason> => {
    if (list.length === 0) return nothing
    const parts: Array<Response.StreamPartEncoded> = []
    for (const event of list) {
      if (isEnded || reader.isEnded()) break
      if (event.data.trim() === "[DONE]") {
        came++
        isEnded = true
        break
      }
      const values = valuesOf(event)
      if (values === undefined) {
        if (reader.isFinished()) continue
        const odd = oddEvent(event, isLast)
        if (odd !== undefined) return Result.fail(odd)
        came++
        continue
      }
      for (const value of values) {
        only = came++ === 0 ? value : undefined
        const added = readValue(reader, value, event.name)
        if (Result.isFailure(added)) return added
        parts.push(...added.success)
        if (event.isBare && reader.isWhole()) isEnded = true
      }
    }
    return Result.succeed(parts)
  }

  const feed = (piece: string): Result.Result<Parts, AiError.AiErrorReason> => {
    if (came === 0 && text.length < longestKept) text += piece
    return readAll(events.feed(piece), false)
  }

  const flush = (): Result.Result<Parts, AiError.AiErrorReason> => {
    const read = readAll(events.end(), true)
    if (Result.isFailure(read)) return read
    if (only !== undefined && (events.isJson === true || what === "JSON")) {
      const problem = reader.problemOf(only)
      return problem === undefined ? read : Result.fail(problem)
    }
    if (reader.isFinished()) return read
    return came === 0 && text.trim() !== ""
      ? Result.fail(unreadable(text, what))
      : broken(text.trim() === "" && what === "JSON" ? "the answer is empty" : "the stream broke off before its end")
  }

  return {
    feed,
    flush,
    isEnded: () => isEnded || reader.isEnded(),
    isJson: () => events.isJson === true,
    end: () => Result.flatMap(flush(), (parts) => Result.map(reader.end(), (last): Parts => [...parts, ...last]))
  }
}

/** Characters of a text without an event that are kept, for the error. */
const longestKept = 10_000

/** The values that an event holds: one, a list of them, or several where empty lines between events were left out. */
const valuesOf = ({ data, isBare }: Event): ReadonlyArray<unknown> | undefined => {
  const whole = parsed(data)
  if (Result.isSuccess(whole)) {
    const value = typeof whole.success === "string" ? inText(whole.success) : whole.success
    return isBare ? LooseJson.objects(value) ?? [value] : [value]
  }
  const several = JsonScan.valuesIn(data.replaceAll(/^\s*\[DONE\]\s*$/gm, ""))?.map(parsed)
  return several !== undefined && several.length > 0 && several.every(Result.isSuccess)
    ? several.map(({ success }) => success)
    : undefined
}

/** Some servers write an event as JSON in JSON. */
const inText = (text: string): unknown => {
  const inner = /^\s*[{[]/.test(text) ? parsed(text) : undefined
  return inner !== undefined && Result.isSuccess(inner) ? inner.success : text
}

const readValue = (
  reader: Reader,
  value: unknown,
  name: string | undefined
): Result.Result<Parts, AiError.AiErrorReason> => {
  const json = LooseJson.fields(value)
  if (json !== undefined) return BusyEvent.isBusy(json, name) ? nothing : reader.add(json, name)
  if (name === "error" || LooseJson.fields(LooseJson.list(value)?.[0]) !== undefined) return reader.add(value, name)
  return typeof value === "string" && isAboutFailure(value) && !BusyEvent.isNotice(name) && !reader.isFinished()
    ? Result.fail(LlmHttpError.fromVendor({ message: value }))
    : nothing
}

/** What an event that is not JSON fails with, if it does. What is not JSON keeps the connection alive. */
const oddEvent = ({ data, isBare, name }: Event, isLast: boolean): AiError.AiErrorReason | undefined => {
  const isPiece = /^\s*(?:\{|\[(?!\w*[a-z]\w*\]\s*$))/i.test(data)
  if (BusyEvent.isNotice(name)) return undefined
  if (name === "error" || (!isPiece && isAboutFailure(data))) return LlmHttpError.fromVendor({ message: data })
  if (!isPiece) return undefined
  return new AiError.InvalidResponseError({
    description: isBare
      ? `the answer broke off, or is not JSON: ${data}`
      : isLast
      ? "the stream broke off before its end"
      : `an event is not JSON: ${data}`
  })
}

/** Whether a text speaks of a failure, and not of none. */
const isAboutFailure = (text: string): boolean =>
  /(?<!\b(?:0|no) )(?:error|exception)(?!s?\W{0,3}(?:0|none|null|false)\b)/i.test(text)

/** The failure of a text that is not what was asked for, in the words of that text. */
export const unreadable = (text: string, what: string): AiError.AiErrorReason => {
  const words = text.trim()
  return isAboutFailure(words) && !/^[{[<]/.test(words)
    ? LlmHttpError.fromVendor({ message: words })
    : new AiError.InvalidResponseError({ description: `the answer is not ${what}: ${words}` })
}

const parsed = (json: string): Result.Result<unknown, unknown> => Result.try(() => LooseJson.parse(json))

const nothing: Result.Result<Parts, never> = Result.succeed([])

const broken = (description: string) => Result.fail(new AiError.InvalidResponseError({ description }))
