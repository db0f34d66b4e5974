/**
 * The body of a streamed answer as a vendor's package is given it: the events that belong to the answer, each written by the letter,
 * and none behind its end. `EventStream` says when that is, here as for our own adapters.
 */
import * as AiError from "effect/ai/AiError"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import * as BusyEvent from "../llm/internal/BusyEvent.ts"
import * as EventReader from "../llm/internal/EventReader.ts"
import * as EventStream from "../llm/internal/EventStream.ts"
import { type Event, EventText } from "../llm/internal/EventText.ts"
import * as FinishReason from "../llm/internal/FinishReason.ts"
import * as LooseJson from "../llm/internal/LooseJson.ts"
import * as VendorError from "../llm/internal/VendorError.ts"
import { EventForms } from "./EventForms.ts"

/**
 * The bytes of a body that was asked for as a stream. Fails with an `AiError` where no event comes, or nothing but signs of life for
 * too long.
 *
 * @category reading
 */
export const ofStream = (
  response: HttpClientResponse.HttpClientResponse
): Stream.Stream<Uint8Array, AiError.AiError> =>
  EventStream.followed(response, () => new Events()).pipe(
    Stream.map((text) => encoder.encode(text)),
    Stream.mapError((reason) => AiError.make({ module: "AiSdk", method: "fetch", reason }))
  )

/** Whether the body can be events: some vendors stream in a format of bytes. @category reading */
export const isText = ({ headers }: HttpClientResponse.HttpClientResponse): boolean => {
  const type = headers["content-type"]
  return type === undefined || /^text\/|json/i.test(type)
}

const encoder = new TextEncoder()

/** The events of one answer, as text. */
class Events implements EventReader.Follower<string> {
  private readonly text = new EventText()
  private readonly forms = new EventForms()
  private came = false
  /** The beginning of a text that may hold no event. */
  private begun = ""
  private hasContent = false
  private finish: "none" | "beside content" | "alone" = "none"
  private isOver = false
  /** Whether a stop reason of Anthropic's came. */
  private hasStopped = false

  readonly isJson = () => this.text.isJson === true
  readonly isFinished = () => this.finish !== "none"
  readonly isLikelyLast = () => this.finish === "alone"
  readonly isEnded = () => this.isOver

  readonly feed = (piece: string) => {
    if (!this.came && this.begun.length < longestKept) this.begun += piece
    return Result.succeed(this.read(this.text.feed(piece)))
  }

  readonly end = () => {
    const last = this.read(this.text.end())
    // Anthropic's package takes no stop reason for the end.
    if (this.hasStopped && !this.isOver) return Result.succeed([...last, written("message_stop", messageStop)])
    return this.came ? Result.succeed(last) : Result.fail(EventReader.unreadable(this.begun, "a stream of events"))
  }

  private read(events: ReadonlyArray<Event>): ReadonlyArray<string> {
    const texts: Array<string> = []
    for (const event of events) {
      if (this.isOver) break
      if (event.data.trim() === "[DONE]") {
        this.came = this.isOver = true
        texts.push("data: [DONE]\n\n")
        break
      }
      const values = EventReader.valuesOf(event)
      if (values === undefined) {
        if (BusyEvent.isNotice(event.name)) continue
        this.came = true
        texts.push(written(event.name, event.data))
        continue
      }
      for (const value of values) texts.push(...this.readValue(value, event.name))
    }
    return texts
  }

  private readValue(value: unknown, name: string | undefined): ReadonlyArray<string> {
    const json = LooseJson.fields(value)
    if (json === undefined ? LooseJson.list(value) === undefined : BusyEvent.isBusy(json, name)) return []
    this.came = true
    const error = VendorError.find(value, () => true)
    if (error !== undefined && typeof json?.["type"] !== "string") {
      this.isOver = true
      return [written("error", JSON.stringify(failureOf(error, json)))]
    }
    if (json === undefined) return [written(name, JSON.stringify(value))]
    this.follow(json, error !== undefined)
    return this.forms.read(json).map((json) => written(name ?? LooseJson.text(json["type"]), JSON.stringify(json)))
  }

  /** Notes the finish, and what stands where. */
  private follow(json: LooseJson.Fields, hasFailed: boolean): void {
    if (ends.has(String(json["type"])) || hasFailed) this.isOver = true
    const [choice, candidate] = [json["choices"], json["candidates"]].map((list) =>
      LooseJson.fields(LooseJson.list(list)?.[0])
    )
    const delta = LooseJson.fields(json["delta"])
    const word = FinishReason.wordOf(
      LooseJson.text(choice?.["finish_reason"] ?? candidate?.["finishReason"] ?? delta?.["stop_reason"])
    )
    if (LooseJson.text(delta?.["stop_reason"]) !== undefined) this.hasStopped = true
    const isContent = [choice?.["delta"], choice?.["message"], candidate?.["content"], json["delta"]].some(saysMore)
    if (word !== undefined) this.finish = isContent || !this.hasContent ? "beside content" : "alone"
    else if (isContent && this.finish === "alone") this.finish = "beside content"
    if (isContent) this.hasContent = true
  }
}

/** A failure in a form that the packages of both formats read. */
const failureOf = ({ code, message, type }: VendorError.VendorError, json: LooseJson.Fields | undefined) => ({
  ...json,
  type: "error",
  error: { ...LooseJson.fields(json?.["error"]), type: type ?? "api_error", message: message ?? "", code: code ?? null }
})

const messageStop = JSON.stringify({ type: "message_stop" })

/** Whether a piece holds more than a role and a stop reason. */
const saysMore = (piece: unknown): boolean =>
  Object.entries(LooseJson.fields(piece) ?? {}).some(([key, value]) => !besides.has(key) && !LooseJson.isNothing(value))

const besides = new Set(["role", "type", "stop_reason", "stop_sequence", "stop_details"])

/** Events behind which nothing follows, of Anthropic and of OpenAI's responses. */
const ends = new Set([
  "message_stop",
  "error",
  "response.completed",
  "response.incomplete",
  "response.failed"
])

/** Characters of a text without an event that are kept, for the error. */
const longestKept = 10_000

const written = (name: string | undefined, data: string): string =>
  `${name === undefined ? "" : `event: ${name}\n`}${
    data.split(/\r\n|\r|\n/).map((line) => `data: ${line}\n`).join("")
  }\n`
