/**
 * A server on this machine that speaks OpenAI's chat completions and answers from a script. It keeps the requests, and
 * notices when a client hangs up.
 */
import { Effect, Queue, type Scope } from "effect"
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"

export interface Asked {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: any
}

/** One answer. It may depend on the request. */
export type Reply = (response: ServerResponse, asked: Asked) => void

export interface OpenAiServer {
  readonly baseUrl: string
  readonly asked: ReadonlyArray<Asked>
  /** Adds answers, one for each request to come. */
  readonly script: (...replies: ReadonlyArray<Reply>) => void
  /** Waits for the next request. */
  readonly arrival: Effect.Effect<Asked>
  /** Waits until a client has closed its connection before its answer had ended. */
  readonly hangUp: Effect.Effect<void>
}

export const start: Effect.Effect<OpenAiServer, never, Scope.Scope> = Effect.gen(function*() {
  const replies: Array<Reply> = []
  const asked: Array<Asked> = []
  const arrivals = yield* Queue.unbounded<Asked>()
  const hangUps = yield* Queue.unbounded<void>()
  const server = createServer((request, response) => {
    let text = ""
    request.on("data", (piece) => text += piece)
    request.on("end", () => {
      const one = {
        path: request.url ?? "",
        headers: request.headers,
        body: text === "" ? undefined : JSON.parse(text)
      }
      asked.push(one)
      Queue.offerUnsafe(arrivals, one)
      response.on("close", () => {
        if (!response.writableFinished) Queue.offerUnsafe(hangUps, undefined)
      })
      const reply = replies.shift() ?? json({ error: { message: "the script is at its end" } }, 418)
      reply(response, one)
    })
  })
  yield* Effect.acquireRelease(
    Effect.promise(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))),
    () =>
      Effect.promise(() =>
        new Promise<void>((resolve) => {
          server.close(() => resolve())
          server.closeAllConnections()
        })
      )
  )
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    asked,
    script: (...more) => replies.push(...more),
    arrival: Queue.take(arrivals),
    hangUp: Queue.take(hangUps)
  }
})

export const json = (body: unknown, status = 200, headers: Record<string, string> = {}): Reply => (response) => {
  response.writeHead(status, { "content-type": "application/json", ...headers })
  response.end(typeof body === "string" ? body : JSON.stringify(body))
}

/** An answer that never comes. */
export const silence: Reply = () => {}

/** The server dies before it has answered. */
export const death: Reply = (response) => response.destroy()

export const usage = {
  prompt_tokens: 100,
  completion_tokens: 20,
  total_tokens: 120,
  prompt_tokens_details: { cached_tokens: 40 },
  completion_tokens_details: { reasoning_tokens: 5 }
}

const completion = (message: object, finish_reason: string, more: object = {}) => ({
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1_700_000_000,
  model: "test-model-2025",
  choices: [{ index: 0, message: { role: "assistant", ...message }, finish_reason }],
  usage,
  ...more
})

export const text = (content: string, finish_reason = "stop", more: object = {}): Reply =>
  json(completion({ content }, finish_reason, more))

export interface Call {
  readonly id: string
  readonly name: string
  /** JSON, or what a confused model takes for it. */
  readonly arguments: string
}

export const toolCalls = (calls: ReadonlyArray<Call>, finish_reason = "tool_calls"): Reply =>
  json(completion({
    content: null,
    tool_calls: calls.map(({ id, ...called }) => ({ id, type: "function", function: called }))
  }, finish_reason))

/** Sends each event as it is, objects as JSON. Then ends, stays open or closes the connection. Default: ends. */
export const events = (list: ReadonlyArray<unknown>, then: "end" | "stay" | "die" = "end"): Reply => (response) => {
  response.writeHead(200, { "content-type": "text/event-stream" })
  for (const event of list) response.write(`data: ${typeof event === "string" ? event : JSON.stringify(event)}\n\n`)
  if (then === "end") response.end()
  if (then === "die") setImmediate(() => response.destroy())
}

export const chunk = (delta: object, finish_reason: string | null = null) => ({
  id: "chatcmpl-1",
  created: 1_700_000_000,
  model: "test-model-2025",
  choices: [{ index: 0, delta, finish_reason }]
})

export const usageChunk = { id: "chatcmpl-1", choices: [], usage }

/** Waits until this process holds no more connections than `count`: closing takes some turns of the event loop. */
export const closedTo = (count: number): Effect.Effect<void> =>
  Effect.suspend(() => openSockets() <= count ? Effect.void : Effect.delay(closedTo(count), 5))

/** Connections that this process holds open, of clients and servers. */
export const openSockets = (): number =>
  process.getActiveResourcesInfo().filter((resource) => /TCP|TLS/.test(resource)).length

/** A model that never answers, and the variables by which the command line finds it. */
export const silentModel = Effect.gen(function*() {
  const server = yield* start
  server.script(silence)
  const env = {
    GREENLANG_MODEL: "openai/any",
    OPENAI_BASE_URL: server.baseUrl,
    OPENAI_API_KEY: "sk-very-secret"
  }
  return { env, server }
})
