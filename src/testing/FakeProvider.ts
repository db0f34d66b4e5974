/**
 * A server on this machine that speaks the real wire formats of OpenAI (chat completions and responses) and Anthropic
 * (messages), streams included, answers from a script, and fails when it is told to.
 *
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { Llm } from "greenlang"
 * import * as Http from "greenlang/http/Http"
 * import * as OpenAiCompatible from "greenlang/llm/OpenAiCompatible"
 * import { FakeProvider, Fault } from "greenlang/testing"
 *
 * const model = Layer.unwrap(
 *   Effect.map(FakeProvider, ({ baseUrl }) => OpenAiCompatible.layer({ baseUrl, model: "any" }))
 * ).pipe(
 *   Layer.provide(Http.layer({ pause: "1 millis" })),
 *   Layer.provideMerge(FakeProvider.layer(Fault.overloaded, Fault.reset("Hel"), "Hello"))
 * )
 *
 * const ask = Effect.gen(function*() {
 *   const { text } = yield* Llm.generate("hi").pipe(Effect.retry({ times: 3 }))
 *   const { journal } = yield* FakeProvider
 *   return { text, endings: (yield* journal).map(({ ending }) => ending) }
 * })
 * await Effect.runPromise(Effect.provide(ask, model)) // => { text: "Hello", endings: ["answered", "broken", "answered"] }
 * ```
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import type * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { ChatCompletions } from "./ChatCompletions.ts"
import type { Asked, Dialect, Event } from "./Dialect.ts"
import * as Exchange from "./Exchange.ts"
import type { Fault } from "./Fault.ts"
import { Messages } from "./Messages.ts"
import * as Reply from "./Reply.ts"
import { Responses } from "./Responses.ts"
import * as Script from "./Script.ts"

/** What the server does with a request. @category models */
export type Answer = string | Reply.Reply | Fault

/** @category models */
export type Line = Answer | Script.Line<Exchange.Exchange, Answer>

/**
 * The server. A request that no line of its script answers gets a 418, and the layer dies with `ScriptMismatch` when it
 * is closed after a success; so it does when lines are left. It takes no time of its own.
 *
 * @category services
 */
export class FakeProvider extends Context.Service<FakeProvider, {
  /** Up to where the paths of the APIs go, as `http://127.0.0.1:41234/v1`. */
  readonly baseUrl: string
  /** Adds lines to the script. */
  readonly script: (...lines: ReadonlyArray<Line>) => Effect.Effect<void>
  /** What was asked so far, in the order of arrival. Holds no secret that came in a header or in the query. */
  readonly journal: Effect.Effect<ReadonlyArray<Exchange.Exchange>>
  /** Waits until the journal is as `holds` wants it, and answers with that. */
  readonly until: (
    holds: (journal: ReadonlyArray<Exchange.Exchange>) => boolean
  ) => Effect.Effect<ReadonlyArray<Exchange.Exchange>>
  /** How many connections are open. */
  readonly connections: Effect.Effect<number>
}>()("greenlang/testing/FakeProvider") {
  /** A server with these lines, for as long as the layer lives. */
  static readonly layer = (...lines: ReadonlyArray<Line>): Layer.Layer<FakeProvider> =>
    Layer.effect(FakeProvider, FakeProvider.make(...lines))

  /** A server with these lines, for as long as the scope is open. */
  static readonly make = (
    ...lines: ReadonlyArray<Line>
  ): Effect.Effect<FakeProvider["Service"], never, Scope.Scope> => start(lines)
}

const start = Effect.fnUntraced(function*(lines: ReadonlyArray<Line>) {
  const clock = yield* Clock.Clock
  const script = yield* Script.make<Exchange.Exchange, Answer>({ fake: "FakeProvider", lines, describe })
  const journal: Array<Exchange.Exchange> = []
  const waiting = new Map<(journal: ReadonlyArray<Exchange.Exchange>) => boolean, Deferred.Deferred<void>>()
  const notify = () => {
    for (const [holds, waiter] of waiting) if (holds(journal)) Deferred.doneUnsafe(waiter, Effect.void)
  }

  const answer = Effect.fnUntraced(function*(request: IncomingMessage, response: ServerResponse) {
    const text = yield* bodyOf(request)
    const now = clock.currentTimeMillisUnsafe()
    const exchange = Exchange.begin({
      method: request.method ?? "",
      url: request.url ?? "",
      headers: request.headers,
      text,
      now
    })
    const at = journal.push(exchange) - 1
    let broken = false
    response.on("close", () => {
      const ending = response.writableFinished ? "answered" : broken ? "broken" : "abandoned"
      journal[at] = { ...exchange, endedAt: clock.currentTimeMillisUnsafe(), ending }
      notify()
    })
    notify()

    const asked: Asked = {
      model: modelOf(exchange.body),
      number: at + 1,
      created: Math.floor(now / 1000),
      body: exchange.body
    }
    const { fault, frames, head } = respond(exchange, asked, script.take(exchange), keyOf(request))
    if (fault === "Silence") return yield* Effect.never
    response.writeHead(head.status, head.headers)
    for (const frame of frames) {
      if (Predicate.isObject(fault)) yield* Effect.sleep(fault.pause)
      yield* write(response, frame)
    }
    if (fault === "Stall") return yield* Effect.never
    if (fault === "Reset") {
      broken = true
      response.socket?.resetAndDestroy()
    } else response.end()
  })

  const run = yield* FiberSet.makeRuntime<never, void>()
  const server = createServer((request, response) => {
    run(Effect.raceFirst(answer(request, response), closed(response)))
  })
  let connections = 0
  server.on("connection", (socket) => {
    connections++
    socket.on("close", () => connections--)
  })
  yield* Effect.acquireRelease(
    Effect.callback<void>((resume) => {
      server.listen({ port: 0, host: "127.0.0.1", backlog: 4096 }, () => resume(Effect.void))
    }),
    () =>
      Effect.callback<void>((resume) => {
        server.close(() => resume(Effect.void))
        server.closeAllConnections()
      })
  )

  return FakeProvider.of({
    // A server that listens on a port has an address of this kind.
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    script: (...lines) => Effect.sync(() => script.add(...lines)),
    journal: Effect.sync(() => [...journal]),
    until: Effect.fnUntraced(function*(holds) {
      if (!holds(journal)) {
        const waiter = yield* Deferred.make<void>()
        waiting.set(holds, waiter)
        yield* Effect.ensuring(Deferred.await(waiter), Effect.sync(() => waiting.delete(holds)))
      }
      return [...journal]
    }),
    connections: Effect.sync(() => connections)
  })
})

const bodyOf = (request: IncomingMessage) =>
  Effect.callback<string>((resume) => {
    const pieces: Array<Buffer> = []
    request.on("data", (piece: Buffer) => pieces.push(piece))
    request.on("end", () => resume(Effect.succeed(Buffer.concat(pieces).toString())))
  })

const closed = (response: ServerResponse) =>
  Effect.callback<void>((resume) => {
    response.on("close", () => resume(Effect.void))
  })

const write = (response: ServerResponse, frame: string) =>
  Effect.callback<void>((resume) => {
    response.write(frame, () => resume(Effect.void))
  })

interface Sent {
  readonly head: { readonly status: number; readonly headers: Readonly<Record<string, string>> }
  /** What is written, piece by piece. */
  readonly frames: ReadonlyArray<string>
  readonly fault: "Silence" | "Stall" | "Reset" | Extract<Fault, { readonly _tag: "Drip" }> | undefined
}

const json = (status: number, body: Schema.Json | string, headers: Readonly<Record<string, string>> = {}): Sent => ({
  head: { status, headers: { "content-type": "application/json", ...headers } },
  frames: [typeof body === "string" ? body : JSON.stringify(body)],
  fault: undefined
})

const respond = (
  exchange: Exchange.Exchange,
  asked: Asked,
  answer: Answer | undefined,
  key: string
): Sent => {
  const dialect = exchange.api === undefined ? ChatCompletions : dialects[exchange.api]
  const fail = (status: number, message: string, headers?: Readonly<Record<string, string>>) =>
    json(status, dialect.failure(status, message, asked), headers)

  if (answer === undefined) return fail(418, "no line of the script answers this request")
  if (typeof answer === "string" || !("_tag" in answer)) return said(dialect, answer, asked, exchange.streams)
  switch (answer._tag) {
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

const said = (dialect: Dialect, answer: string | Reply.Reply, asked: Asked, streams: boolean): Sent => {
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
const half = (sent: Sent): Sent => {
  const { frames } = sent
  if (frames.length === 1) return { ...sent, frames: frames.map((body) => body.slice(0, body.length / 2)) }
  const middle = Math.floor(frames.length / 2)
  return {
    ...sent,
    frames: [...frames.slice(0, middle), ...frames.slice(middle, middle + 1).map((f) => f.slice(0, 20))]
  }
}

/** A body in one piece is cut into eight. */
const dripping = (sent: Sent): Sent =>
  sent.frames.length > 1 ? sent : {
    ...sent,
    frames: sent.frames.flatMap((body) => {
      const size = Math.ceil(body.length / 8)
      return Array.from({ length: Math.ceil(body.length / size) }, (_, at) => body.slice(at * size, (at + 1) * size))
    })
  }

/** The first bracket in the middle piece gets a word behind it that stands in no JSON. */
const broken = (sent: Sent): Sent => {
  const middle = Math.floor(sent.frames.length / 2)
  return {
    ...sent,
    frames: sent.frames.map((frame, at) =>
      at === middle ? frame.replace(/[{[]/, (bracket) => `${bracket}oops `) : frame
    )
  }
}

const dialects: Readonly<Record<Exchange.Api, Dialect>> = {
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
  // Only numbers below `usage` change, which no type of an answer tells apart.
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

const keyOf = ({ headers }: IncomingMessage): string =>
  String(headers.authorization?.replace(/^Bearer /, "") ?? headers["x-api-key"] ?? headers["api-key"] ?? "none")

const modelOf = (body: Schema.Json): string =>
  Predicate.hasProperty(body, "model") && typeof body.model === "string" ? body.model : "unknown"

const describe = ({ body, method, path }: Exchange.Exchange): string => {
  const text = JSON.stringify(body)
  return `${method} ${path} ${text.length > 500 ? `${text.slice(0, 500)}...` : text}`
}
