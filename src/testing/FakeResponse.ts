/**
 * What a `FakeProvider` sends back: an answer in the dialect of the API, spoilt by a fault.
 */
import * as Predicate from "effect/Predicate"
import type * as Schema from "effect/Schema"
import { ChatCompletions } from "./ChatCompletions.ts"
import type { Asked, Dialect, Event } from "./Dialect.ts"
import type { Api, Exchange } from "./Exchange.ts"
import type { FakeBatch } from "./FakeBatch.ts"
import type { Sent } from "./FakeBatches.ts"
import * as Family from "./Family.ts"
import type { Fault } from "./Fault.ts"
import { Messages } from "./Messages.ts"
import * as Reply from "./Reply.ts"
import { Responses } from "./Responses.ts"

/** What the server does with a request. @category models */
export type Answer = string | Reply.Reply | Fault | FakeBatch

/** A response, and what goes wrong while it is sent. @category models */
export interface FakeResponse {
  readonly head: { readonly status: number; readonly headers: Readonly<Record<string, string>> }
  /** What is written, piece by piece. */
  readonly frames: ReadonlyArray<string>
  readonly fault: "Silence" | "Stall" | "Reset" | Extract<Fault, { readonly _tag: "Drip" }> | undefined
}

const json = (
  status: number,
  body: Schema.Json | string,
  headers: Readonly<Record<string, string>> = {}
): FakeResponse => ({
  head: { status, headers: { "content-type": "application/json", ...headers } },
  frames: [typeof body === "string" ? body : JSON.stringify(body)],
  fault: undefined
})

/**
 * What is sent for an answer. Without one, it says that the script has none. `key` is what a 401 repeats. A `family` answers
 * everything in its way of chat completions.
 *
 * @category constructors
 */
export const make = (
  exchange: Exchange,
  asked: Asked,
  answer: Answer | undefined,
  key: string,
  family?: Family.Family
): FakeResponse => {
  if (family !== undefined) {
    const { head, ...rest } = respond(exchange, asked, answer, key, Family.dress(ChatCompletions, family))
    return { ...rest, head: { ...head, headers: { ...Family.headersOf(family), ...head.headers } } }
  }
  const dialect = exchange.api === undefined ? ChatCompletions : dialects[exchange.api]
  return respond(exchange, asked, answer, key, dialect)
}

const respond = (
  exchange: Exchange,
  asked: Asked,
  answer: Answer | undefined,
  key: string,
  dialect: Dialect
): FakeResponse => {
  const fail = (status: number, message: string, headers?: Readonly<Record<string, string>>) =>
    json(status, dialect.failure(status, message, asked), headers)

  if (answer === undefined) return fail(418, "no line of the script answers this request")
  if (typeof answer === "string" || !("_tag" in answer)) return said(dialect, answer, asked, exchange.streams)
  switch (answer._tag) {
    case "Batch":
      return fail(418, "the line of the script for this request is a batch")
    case "Status":
      return fail(answer.status, messages[answer.status]?.(key) ?? `failure ${answer.status}`, answer.headers)
    case "Raw":
      return { head: answer, frames: [answer.body], fault: undefined }
    case "Silence":
      return { ...json(200, ""), fault: "Silence" }
    case "Reset":
    case "Stall":
      return { ...half(said(dialect, answer.reply, asked, exchange.streams)), fault: answer._tag }
    case "Truncated":
      return half(said(dialect, answer.reply, asked, exchange.streams))
    case "Drip":
      return { ...dripping(said(dialect, answer.reply, asked, exchange.streams)), fault: answer }
    case "InvalidJson":
      return broken(said(dialect, answer.reply, asked, exchange.streams))
    case "WrongUsage":
      return said(withUsage(dialect, wrong[answer.counts]), answer.reply, asked, exchange.streams)
  }
}

/**
 * What is sent about a batch.
 *
 * @category constructors
 */
export const ofBatch = (exchange: Exchange, asked: Asked, sent: Sent, key: string): FakeResponse =>
  "fault" in sent
    ? make(exchange, asked, sent.fault, key)
    : "json" in sent
    ? json(200, sent.json)
    : json(200, sent.lines.map((line) => `${JSON.stringify(line)}\n`).join(""), {
      "content-type": "application/x-jsonl"
    })

const said = (dialect: Dialect, answer: string | Reply.Reply, asked: Asked, streams: boolean): FakeResponse => {
  let calls = 0
  const reply = Reply.complete(answer, () => `call_${asked.number}_${++calls}`)
  return streams
    ? {
      head: { status: 200, headers: { "content-type": "text/event-stream", "cache-control": "no-cache" } },
      frames: dialect.events(reply, asked).map(frame),
      fault: undefined
    }
    : json(200, dialect.answer(reply, asked))
}

const frame = ({ data, event }: Event): string =>
  `${event === undefined ? "" : `event: ${event}\n`}data: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`

/** Up to the middle of a word in the middle of the answer. */
const half = (sent: FakeResponse): FakeResponse => {
  const { frames } = sent
  if (frames.length === 1) return { ...sent, frames: frames.map((body) => body.slice(0, body.length / 2)) }
  const middle = Math.floor(frames.length / 2)
  return {
    ...sent,
    frames: [...frames.slice(0, middle), ...frames.slice(middle, middle + 1).map((f) => f.slice(0, 20))]
  }
}

/** A body in one piece is cut into eight. */
const dripping = (sent: FakeResponse): FakeResponse =>
  sent.frames.length > 1 ? sent : {
    ...sent,
    frames: sent.frames.flatMap((body) => {
      const size = Math.ceil(body.length / 8)
      return Array.from({ length: Math.ceil(body.length / size) }, (_, at) => body.slice(at * size, (at + 1) * size))
    })
  }

/** The first bracket in the middle piece gets a word behind it that stands in no JSON. */
const broken = (sent: FakeResponse): FakeResponse => {
  const middle = Math.floor(sent.frames.length / 2)
  return {
    ...sent,
    frames: sent.frames.map((frame, at) =>
      at === middle ? frame.replace(/[{[]/, (bracket) => `${bracket}oops `) : frame
    )
  }
}

const dialects: Readonly<Record<Api, Dialect>> = {
  "chat-completions": ChatCompletions,
  responses: Responses,
  messages: Messages
}

type Count = (count: number) => Schema.Json | undefined

const withUsage = (dialect: Dialect, count: Count): Dialect => ({
  ...dialect,
  answer: (reply, asked) => recounted(dialect.answer(reply, asked), count),
  events: (reply, asked) =>
    dialect.events(reply, asked).map((event) =>
      typeof event.data === "string" ? event : { ...event, data: recounted(event.data, count) }
    )
})

/** Every number below a key `usage`, at any depth, is another. One that is `undefined` leaves its place. */
const recounted = <A extends Schema.Json>(json: A, count: Count): A => {
  const walk = (value: Schema.Json, inUsage: boolean): Schema.Json | undefined => {
    if (typeof value === "number") return inUsage ? count(value) : value
    if (Array.isArray(value)) return value.map((item) => walk(item, inUsage) ?? null)
    if (!Predicate.isObject(value)) return value
    return Object.fromEntries(
      Object.entries(value as Schema.JsonObject).flatMap(([key, member]) => {
        const other = walk(member, inUsage || key === "usage")
        return other === undefined ? [] : [[key, other]]
      })
    )
  }
  // Only numbers below `usage` change, between which no type of an answer distinguishes.
  return walk(json, false) as A
}

const wrong = {
  absent: () => undefined,
  negative: (count: number) => -count - 1,
  texts: (count: number) => `about ${count}`
}

const messages: Readonly<Record<number, (key: string) => string>> = {
  401: (key) => `Incorrect API key provided: ${key}`,
  429: () => "Rate limit reached for requests",
  500: () => "The server had an error while processing your request",
  529: () => "Overloaded"
}
