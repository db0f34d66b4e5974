/**
 * The body of an answer as a vendor's package is given it: what belongs to the answer, written by the letter (`Forms`), and nothing
 * behind its end. `EventStream` says when that is, here as for our own adapters.
 */
import * as AiError from "effect/ai/AiError"
import * as Effect from "effect/Effect"
import type * as HttpClientError from "effect/http/HttpClientError"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import * as BusyEvent from "../llm/internal/BusyEvent.ts"
import * as EventReader from "../llm/internal/EventReader.ts"
import * as EventStream from "../llm/internal/EventStream.ts"
import { type Event, EventText } from "../llm/internal/EventText.ts"
import * as LooseJson from "../llm/internal/LooseJson.ts"
import type { Forms } from "./Forms.ts"

/**
 * The bytes of a body that was asked for as a stream. Fails with an `AiError` where no event comes, or nothing but signs of life for
 * too long.
 *
 * @category reading
 */
export const ofStream = (
  response: HttpClientResponse.HttpClientResponse,
  makeForms: () => Forms
): Stream.Stream<Uint8Array, AiError.AiError> =>
  EventStream.followed(response, () => new Events(makeForms())).pipe(
    Stream.map((text) => encoder.encode(text)),
    Stream.mapError(fail)
  )

/**
 * The bytes of a body that was asked for in one piece. Fails with an `AiError` where it holds no answer.
 *
 * @category reading
 */
export const ofWhole = (
  response: HttpClientResponse.HttpClientResponse,
  { reader, whole }: Forms
): Stream.Stream<Uint8Array, AiError.AiError | HttpClientError.HttpClientError> =>
  reader === undefined ? response.stream : Stream.fromEffect(
    EventStream.readWhole(response, response.headers, reader).pipe(
      Effect.andThen(() => Effect.fromResult(whole())),
      Effect.map((json) => encoder.encode(JSON.stringify(json))),
      Effect.mapError(fail)
    )
  )

const fail = (reason: AiError.AiErrorReason) => AiError.make({ module: "AiSdk", method: "fetch", reason })

/** Whether the body can be events: some vendors stream in a format of bytes. @category reading */
export const isText = ({ headers }: HttpClientResponse.HttpClientResponse): boolean => {
  const type = headers["content-type"]
  return type === undefined || /^text\/|json/i.test(type)
}

const encoder = new TextEncoder()

/** The events of one answer, as text. */
class Events implements EventReader.Follower<string> {
  private readonly text = new EventText()
  private readonly forms: Forms
  private came = false
  /** The beginning of a text that may hold no event. */
  private begun = ""
  private isOver = false
  private hasEnded = false

  constructor(forms: Forms) {
    this.forms = forms
  }

  readonly isFinished = () => this.forms.progress.isFinished()
  readonly isLikelyLast = () => this.forms.progress.isLikelyLast()
  readonly pieces = () => this.forms.progress.pieces()
  readonly isEnded = () => this.isOver

  readonly feed = (piece: string) => {
    if (!this.came && this.begun.length < longestKept) this.begun += piece
    return this.read(this.text.feed(piece), false)
  }

  readonly end = (): Texts =>
    Result.flatMap(this.read(this.text.end(), true), (last) => {
      if (!this.came) return Result.fail(EventReader.unreadable(this.begun, "a stream of events"))
      return this.hasEnded ? Result.succeed(last) : Result.map(this.ended(), (end) => [...last, ...end])
    })

  /** What is written behind the last event. */
  private ended(): Texts {
    this.hasEnded = true
    return Result.map(this.forms.end(), (list) => list.map(textOf))
  }

  private read(events: ReadonlyArray<Event>, isLast: boolean): Texts {
    const texts: Array<string> = []
    for (const event of events) {
      if (this.isOver) break
      const read = this.readEvent(event, isLast)
      if (Result.isFailure(read)) return read
      texts.push(...read.success)
    }
    return Result.succeed(texts)
  }

  private readEvent(event: Event, isLast: boolean): Texts {
    if (event.data.trim() === "[DONE]") {
      this.came = this.isOver = true
      return Result.map(this.ended(), (end) => [...end, "data: [DONE]\n\n"])
    }
    const values = EventReader.valuesOf(event)
    if (values === undefined) {
      const odd = this.isFinished() ? undefined : EventReader.oddEvent(event, isLast)
      return odd === undefined ? nothing : Result.fail(odd)
    }
    const texts: Array<string> = []
    for (const value of values) {
      const read = this.readValue(value, event.name)
      if (Result.isFailure(read)) return read
      texts.push(...read.success)
    }
    if (!event.isBare || !this.forms.isWhole()) return Result.succeed(texts)
    this.isOver = true
    return Result.map(this.ended(), (end) => [...texts, ...end])
  }

  private readValue(value: unknown, name: string | undefined): Texts {
    const json = LooseJson.fields(value) ?? LooseJson.fields(LooseJson.list(value)?.[0])
    if (json === undefined || BusyEvent.isBusy(json, name)) return nothing
    this.came = true
    return Result.map(this.forms.event(json, name), (list) => {
      this.isOver ||= this.forms.progress.isEnded()
      return list.map(textOf)
    })
  }
}

type Texts = Result.Result<ReadonlyArray<string>, AiError.AiErrorReason>

const nothing: Texts = Result.succeed([])

const textOf = (json: LooseJson.Fields): string => written(LooseJson.text(json["type"]), JSON.stringify(json))

/** Characters of a text without an event that are kept, for the error. */
const longestKept = 10_000

const written = (name: string | undefined, data: string): string =>
  `${name === undefined ? "" : `event: ${name}\n`}${
    data.split(/\r\n|\r|\n/).map((line) => `data: ${line}\n`).join("")
  }\n`
