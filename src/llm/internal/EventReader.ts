/**
 * Reads the text of an answer, event by event: server-sent events, or JSON. The same reader takes either, whatever was asked
 * for.
 *
 * 1. An answer is whole when the reader says that its finish came. One that ends before is a failure.
 * 2. What cannot be read behind the finish costs nothing but itself.
 * 3. What keeps a connection alive does not belong to an answer: events that are not objects, and those that say that the server is
 *    still busy.
 * 4. Where nothing that can be read came, or not all of it, another attempt may get the answer: such a failure is retryable.
 */
import type * as AiError from "effect/ai/AiError"
import type * as Response from "effect/ai/Response"
import * as Result from "effect/Result"
import * as LlmHttpError from "../LlmHttpError.ts"
import * as BusyEvent from "./BusyEvent.ts"
import { type Event, EventText } from "./EventText.ts"
import * as JsonScan from "./JsonScan.ts"
import * as LooseJson from "./LooseJson.ts"
import * as WebPage from "./WebPage.ts"

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
  /** Whether only the usage, or nothing at all, is likely to follow: the finish stood alone, behind the content. */
  readonly isLikelyLast: () => boolean
  /** Whether nothing can follow, by the format's own end mark. `[DONE]` is one in each format. */
  readonly isEnded: () => boolean
  /** The last parts. */
  readonly end: () => Result.Result<Parts, AiError.AiErrorReason>
}

/** A reader that can also give all of the answer as one. */
export interface WholeReader extends Reader {
  readonly whole: () => Result.Result<Array<Response.PartEncoded>, AiError.AiErrorReason>
}

/** Reads an answer whose whole text is there, in whatever form it came. */
export const addText = (text: string, reader: Reader): Result.Result<void, AiError.AiErrorReason> =>
  addValue(text, valueIn(text), reader)

/** How an answer in one piece is read. */
export interface WholeFormat {
  /** Reads JSON that is plainly an answer. `undefined` is what a reader has to look at. */
  readonly plain: (json: unknown) => Array<Response.PartEncoded> | undefined
  readonly reader: () => WholeReader
}

/** The whole answer that a text holds. */
export const wholeIn = (
  text: string,
  { plain, reader: makeReader }: WholeFormat
): Result.Result<Array<Response.PartEncoded>, AiError.AiErrorReason> => {
  const value = valueIn(text)
  const parts = value === undefined ? undefined : plain(value)
  if (parts !== undefined) return Result.succeed(parts)
  const reader = makeReader()
  return Result.flatMap(addValue(text, value, reader), reader.whole)
}

/** The object that a text is, if it is one. */
const valueIn = (text: string): LooseJson.Fields | undefined => {
  if (!/^[\s\uFEFF]*[{[]/.test(text)) return undefined
  try {
    return LooseJson.fields(LooseJson.parse(text))
  } catch {
    return undefined
  }
}

const addValue = (
  text: string,
  value: LooseJson.Fields | undefined,
  reader: Reader
): Result.Result<void, AiError.AiErrorReason> => {
  if (value !== undefined) return Result.map(reader.addWhole(value), () => undefined)
  const events = followed(reader, "JSON")
  return Result.flatMap(events.feed(text), () => Result.map(events.flush(), () => undefined))
}

/** How far an answer has come. */
export interface Progress extends Pick<Reader, "isEnded" | "isFinished" | "isLikelyLast"> {
  /** How many pieces of content have come. What keeps the connection alive, as an empty text does, is none. */
  readonly pieces: () => number
}

/** Follows a body, and takes out of its text what can be passed on: parts of an answer, or events. */
export interface Follower<A> extends Progress {
  readonly feed: (piece: string) => Result.Result<ReadonlyArray<A>, AiError.AiErrorReason>
  /** The last of them, when the body is over. */
  readonly end: () => Result.Result<ReadonlyArray<A>, AiError.AiErrorReason>
}

/** Follows a body with `reader`. `what` is what was asked for. */
export const followerOf = (
  reader: Reader,
  what: string
): Follower<Response.StreamPartEncoded> => followed(reader, what)

const followed = (reader: Reader, what: string) => {
  const events = new EventText()
  let isEnded = false
  let came = 0
  let pieces = 0
  /** The beginning of a text that may hold no event. */
  let text = ""
  /** The first value that has come. */
  let first: unknown

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
        if (came++ === 0) first = value
        const added = readValue(reader, value, event.name)
        if (Result.isFailure(added)) return added
        parts.push(...added.success)
        pieces += added.success.length
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
    if (came === 1 && first !== undefined && (events.isJson === true || what === "JSON")) {
      const problem = reader.problemOf(first)
      return problem === undefined ? read : Result.fail(problem)
    }
    if (reader.isFinished()) return read
    return Result.fail(came === 0 ? unreadable(text, what) : unfinished(reader, first))
  }

  return {
    feed,
    flush,
    isFinished: reader.isFinished,
    isLikelyLast: reader.isLikelyLast,
    pieces: () => pieces,
    isEnded: () => isEnded || reader.isEnded(),
    end: () => Result.flatMap(flush(), (parts) => Result.map(reader.end(), (last): Parts => [...parts, ...last]))
  }
}

/** Characters of a text without an event that are kept, for the error. */
const longestKept = 10_000

/** The values that an event holds: one, a list of them, or several where empty lines between events were left out. */
export const valuesOf = ({ data, isBare }: Event): ReadonlyArray<unknown> | undefined => {
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
export const oddEvent = ({ data, isBare, name }: Event, isLast: boolean): AiError.AiErrorReason | undefined => {
  const isPiece = /^\s*(?:\{|\[(?!\w*[a-z]\w*\]\s*$))/i.test(data)
  if (BusyEvent.isNotice(name)) return undefined
  if (name === "error" || (!isPiece && isAboutFailure(data))) return LlmHttpError.fromVendor({ message: data })
  if (!isPiece) return undefined
  if (isBare) return LlmHttpError.unanswered(`the answer broke off, or is not JSON: ${data}`)
  return isLast ? brokeOff() : LlmHttpError.unanswered(`an event is not JSON: ${data}`)
}

/** Whether a text speaks of a failure, and not of none. */
const isAboutFailure = (text: string): boolean =>
  /(?<!\b(?:0|no) )(?:error|exception)(?!s?\W{0,3}(?:0|none|null|false)\b)/i.test(text)

/** The failure of a text that is not what was asked for, in the words of that text. */
export const unreadable = (text: string, what: string): AiError.AiErrorReason => {
  const words = text.trim()
  if (words === "") {
    return LlmHttpError.unanswered(
      what === "JSON" ? "the answer is empty" : "the answer is empty: it broke off before its first event"
    )
  }
  const page = WebPage.wordsOf(words)
  if (page !== undefined) return LlmHttpError.unanswered(`a web page came instead of ${what}: ${page}`)
  return isAboutFailure(words) && !/^[{[<]/.test(words)
    ? LlmHttpError.fromVendor({ message: words })
    : LlmHttpError.unanswered(`the answer is not ${what}: ${words}`)
}

/** The failure of a stream that ended before its finish: where its first value has the format of another API, that. */
export const unfinished = (reader: Pick<Reader, "problemOf">, first: unknown): AiError.AiErrorReason => {
  const problem = reader.problemOf(first)
  return problem === undefined || problem.isRetryable ? brokeOff() : problem
}

/** A stream ended before its finish. */
export const brokeOff = (): AiError.AiErrorReason => LlmHttpError.unanswered("the stream broke off before its end")

const parsed = (json: string): Result.Result<unknown, unknown> => Result.try(() => LooseJson.parse(json))

const nothing: Result.Result<Parts, never> = Result.succeed([])
