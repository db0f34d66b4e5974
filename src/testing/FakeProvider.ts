/**
 * A server on this machine that speaks the real wire formats of OpenAI (chat completions and responses) and Anthropic
 * (messages), streams included, answers from a script, and fails where the script says so. Their batch APIs are there, too: the
 * request that begins a batch is answered by a `FakeBatch`, and those about a batch take no line of the script.
 *
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { Llm } from "greenlang"
 * import * as Http from "greenlang/http/Http"
 * import * as OpenAiCompatible from "greenlang/llm/openai/OpenAiCompatible"
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
import type { Asked } from "./Dialect.ts"
import * as Exchange from "./Exchange.ts"
import { FakeBatches } from "./FakeBatches.ts"
import * as FakeResponse from "./FakeResponse.ts"
import type { Family } from "./Family.ts"
import * as Script from "./Script.ts"

export type { Answer } from "./FakeResponse.ts"
export type { Family } from "./Family.ts"

/** @category models */
export type Line = FakeResponse.Answer | Script.Line<Exchange.Exchange, FakeResponse.Answer>

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
  ): Effect.Effect<FakeProvider["Service"], never, Scope.Scope> => start(lines, undefined)

  /** A server with the manners of a family, as `"gemini"`: `docs/families.md` lists them. It speaks chat completions alone. */
  static readonly layerAs = (family: Family, ...lines: ReadonlyArray<Line>): Layer.Layer<FakeProvider> =>
    Layer.effect(FakeProvider, FakeProvider.makeAs(family, ...lines))

  /** The same, for as long as the scope is open. */
  static readonly makeAs = (
    family: Family,
    ...lines: ReadonlyArray<Line>
  ): Effect.Effect<FakeProvider["Service"], never, Scope.Scope> => start(lines, family)
}

const start = Effect.fnUntraced(function*(lines: ReadonlyArray<Line>, family: Family | undefined) {
  const clock = yield* Clock.Clock
  const script = yield* Script.make<Exchange.Exchange, FakeResponse.Answer>({ fake: "FakeProvider", lines, describe })
  const batches = new FakeBatches()
  const journal: Array<Exchange.Exchange> = []
  const waiting = new Map<(journal: ReadonlyArray<Exchange.Exchange>) => boolean, Deferred.Deferred<void>>()
  const notify = () => {
    for (const [holds, waiter] of waiting) if (holds(journal)) Deferred.doneUnsafe(waiter, Effect.void)
  }

  const respond = (exchange: Exchange.Exchange, asked: Asked, key: string) => {
    const handled = batches.handle(exchange, asked)
    if (handled !== undefined && !("begin" in handled)) return FakeResponse.ofBatch(exchange, asked, handled, key)
    const line = script.take(exchange)
    return handled !== undefined && Predicate.isTagged(line, "Batch")
      ? FakeResponse.ofBatch(exchange, asked, handled.begin(line), key)
      : FakeResponse.make(exchange, asked, line, key, family)
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
    const { fault, frames, head } = respond(exchange, asked, keyOf(request))
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

const keyOf = ({ headers }: IncomingMessage): string =>
  String(headers.authorization?.replace(/^Bearer /, "") ?? headers["x-api-key"] ?? headers["api-key"] ?? "none")

const modelOf = (body: Schema.Json): string =>
  Predicate.hasProperty(body, "model") && typeof body.model === "string" ? body.model : "unknown"

const describe = ({ body, method, path }: Exchange.Exchange): string => {
  const text = JSON.stringify(body)
  return `${method} ${path} ${text.length > 500 ? `${text.slice(0, 500)}...` : text}`
}
