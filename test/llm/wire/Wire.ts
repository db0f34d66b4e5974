/**
 * A bare HTTP server that answers with whatever a test says, and the ways in which an answer can be asked for.
 */
import { createAnthropic } from "@ai-sdk/anthropic"
import { createOpenAI } from "@ai-sdk/openai"
import { createOpenAICompatible } from "@ai-sdk/openai-compatible"
import { Effect, Layer, Result, Schema, type Scope, Stream } from "effect"
import { type AiError, LanguageModel, type Prompt, type Response, Tool, Toolkit } from "effect/ai"
import { LlmBatch } from "greenlang"
import { AiSdk } from "greenlang/ai-sdk"
import * as Http from "greenlang/http/Http"
import * as Anthropic from "greenlang/llm/anthropic/Anthropic"
import * as AnthropicBatch from "greenlang/llm/anthropic/AnthropicBatch"
import type { LlmProvider } from "greenlang/llm/LlmProvider"
import * as OpenAiBatch from "greenlang/llm/openai/OpenAiBatch"
import * as OpenAiCompatible from "greenlang/llm/openai/OpenAiCompatible"
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"

export type Format = "openai" | "anthropic"

/**
 * How an answer is asked for: of our adapter, in a batch, or of a model of the AI SDK. The bridge goes over
 * `@ai-sdk/openai-compatible` or `@ai-sdk/anthropic`, the chat bridge over the chat completions of `@ai-sdk/openai`.
 */
export type Way = "whole" | "stream" | "batch" | "bridge" | "bridge stream" | "chat bridge" | "chat bridge stream"

export const formats: ReadonlyArray<Format> = ["openai", "anthropic"]

/** What a server was sent. */
export interface Asked {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly text: string
  readonly body: any
}

/** A server, which answers by `reply`. */
export const serve = (
  reply: (response: ServerResponse, asked: Asked) => void
): Effect.Effect<{ readonly url: string; readonly asked: ReadonlyArray<Asked> }, never, Scope.Scope> =>
  Effect.gen(function*() {
    const asked: Array<Asked> = []
    const server = createServer((request, response) => {
      let text = ""
      request.on("data", (piece) => text += piece)
      request.on("end", () => {
        const { headers, method = "", url = "" } = request
        const body = headers["content-type"]?.includes("json") === true ? JSON.parse(text) : undefined
        const one = { method, url, headers, text, body }
        asked.push(one)
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
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
  })

export const json = (response: ServerResponse, body: unknown, status = 200) => {
  response.writeHead(status, { "content-type": "application/json" })
  response.end(typeof body === "string" ? body : JSON.stringify(body))
}

/** The text of events. One that is a text already is sent as it is. */
export const sse = (...events: ReadonlyArray<unknown>): string =>
  events.map((event) => {
    if (typeof event === "string") return event
    const type = (event as { readonly type?: unknown }).type
    return `${typeof type === "string" ? `event: ${type}\n` : ""}data: ${JSON.stringify(event)}\n\n`
  }).join("")

export const done = "data: [DONE]\n\n"

/** Everything that an answer needs. */
export interface Read {
  readonly text: string
  readonly thought: string
  readonly calls: ReadonlyArray<{ readonly name: string; readonly params: unknown }>
  readonly ids: ReadonlyArray<string>
  readonly finish: Response.FinishReason
  readonly usage: {
    readonly input: number | undefined
    readonly cached: number | undefined
    readonly output: number | undefined
    readonly reasoning: number | undefined
  }
}

const weather = Tool.make("get_weather", {
  description: "The weather in a city",
  parameters: Schema.Struct({ city: Schema.String })
})
const time = Tool.make("get_time", {
  description: "The time in a zone",
  parameters: Schema.Struct({ tz: Schema.String })
})
const wipe = Tool.make("delete_rows", {
  description: "Deletes rows",
  parameters: Schema.Struct({ table: Schema.optionalKey(Schema.String) })
})
const ping = Tool.make("ping", { description: "Pings", parameters: Tool.EmptyParams })

export const toolkit = Toolkit.make(weather, time, wipe, ping)

export const read = (parts: ReadonlyArray<Response.AnyPart>): Read => {
  const finish = parts.find((part) => part.type === "finish")
  const { inputTokens: input, outputTokens: output } = finish!.usage
  return {
    text: parts.map((part) => part.type === "text" ? part.text : part.type === "text-delta" ? part.delta : "").join(""),
    thought: parts.map((part) =>
      part.type === "reasoning" ? part.text : part.type === "reasoning-delta" ? part.delta : ""
    ).join(""),
    calls: parts.flatMap((part) => part.type === "tool-call" ? [{ name: part.name, params: part.params }] : []),
    ids: parts.flatMap((part) => part.type === "tool-call" ? [part.id] : []),
    finish: finish!.reason,
    usage: { input: input.total, cached: input.cacheRead, output: output.total, reasoning: output.reasoning }
  }
}

const http = Http.layer({ retries: 0, timeout: "5 seconds" })

/** A model of this format at a server. */
export const modelAt = (
  format: Format,
  baseUrl: string,
  client = http
): Layer.Layer<LlmProvider | LanguageModel.LanguageModel> =>
  (format === "openai"
    ? OpenAiCompatible.layer({ baseUrl: `${baseUrl}/v1`, model: "m" })
    : Anthropic.layer({ baseUrl, model: "m" })).pipe(Layer.provide(client))

/** The same behind the bridge to the AI SDK. */
export const bridgeAt = (
  format: Format,
  baseUrl: string,
  client = http
): Layer.Layer<LlmProvider | LanguageModel.LanguageModel> =>
  AiSdk.layer({
    model: (fetch) =>
      format === "openai"
        ? createOpenAICompatible({ name: "someone", baseURL: `${baseUrl}/v1`, fetch, includeUsage: true })("m")
        : createAnthropic({ apiKey: "sk-none-at-all", baseURL: `${baseUrl}/v1`, fetch })("m")
  }).pipe(Layer.provide(client))

/** A model of `@ai-sdk/openai` behind the bridge. */
export const chatBridgeAt = (
  baseUrl: string,
  client = http
): Layer.Layer<LlmProvider | LanguageModel.LanguageModel> =>
  AiSdk.layer({
    model: (fetch) => createOpenAI({ apiKey: "sk-none-at-all", baseURL: `${baseUrl}/v1`, fetch }).chat("m")
  }).pipe(Layer.provide(client))

/** The model that a way asks. */
export const modelIn = (way: Exclude<Way, "batch">, format: Format, baseUrl: string, client = http) =>
  way.startsWith("chat")
    ? chatBridgeAt(baseUrl, client)
    : way.startsWith("bridge")
    ? bridgeAt(format, baseUrl, client)
    : modelAt(format, baseUrl, client)

/** The ways of a whole answer and of a stream, over every model of a format. */
export const waysOf = (format: Format, kind: "whole" | "stream"): ReadonlyArray<Exclude<Way, "batch">> => {
  const more = kind === "stream" ? " stream" as const : "" as const
  return [kind, `bridge${more}`, ...(format === "openai" ? [`chat bridge${more}` as const] : [])]
}

const batchAt = (format: Format, baseUrl: string): Layer.Layer<LlmBatch.LlmBatch> =>
  (format === "openai"
    ? OpenAiBatch.layer({ baseUrl: `${baseUrl}/v1`, model: "m" })
    : AnthropicBatch.layer({ baseUrl, model: "m" })).pipe(Layer.provide(http))

/** Answers a request of a batch API. `lineOf` makes the line of a call. */
export const batchReply = (
  format: Format,
  lineOf: (id: string, at: number) => string
): (response: ServerResponse, asked: Asked) => void => {
  let ids: ReadonlyArray<string> = []
  const lines = () => `${ids.map(lineOf).join("\n")}\n`
  const idsIn = (text: string) => Array.from(text.matchAll(/"custom_id":"([^"]+)"/g), (match) => match[1]!)
  return (response, { method, text, url }) => {
    if (url.endsWith("/content") || url.endsWith("/results")) return response.end(lines())
    if (method === "POST" && text.includes("custom_id")) ids = idsIn(text)
    if (url.endsWith("/files")) return json(response, { id: "file_1" })
    return json(
      response,
      format === "openai"
        ? { id: "batch_1", status: "completed", output_file_id: "out_1" }
        : { id: "batch_1", processing_status: "ended" }
    )
  }
}

/** A line of a batch that holds an answer. */
export const lineOf = (format: Format, body: string) => (id: string): string => {
  const one = `"custom_id":${JSON.stringify(id)}`
  return format === "openai"
    ? `{${one},"response":{"status_code":200,"body":${body}},"error":null}`
    : `{${one},"result":{"type":"succeeded","message":${body}}}`
}

/** Asks for one answer in `way`, of a server that answers with `body`. */
export const ask = Effect.fnUntraced(function*(
  format: Format,
  way: Way,
  body: string | ((response: ServerResponse, asked: Asked) => void),
  prompt: Prompt.RawInput = "hi"
): Effect.fn.Return<Read, AiError.AiError | LlmBatch.NotAnswered | LlmBatch.BatchError, Scope.Scope> {
  const isStream = way.endsWith("stream")
  const server = yield* serve(
    typeof body !== "string"
      ? body
      : way === "batch"
      ? batchReply(format, lineOf(format, body))
      : (response) => {
        response.writeHead(200, { "content-type": isStream ? "text/event-stream" : "application/json" })
        response.end(body)
      }
  )
  const options = { prompt, toolkit, disableToolCallResolution: true, toolCallValidation: "deferred" } as const
  if (way === "batch") {
    const [answer] = yield* LlmBatch.all([LanguageModel.generateText(options)], { pause: "1 millis" }).pipe(
      Effect.provide(batchAt(format, server.url))
    )
    return Result.isFailure(answer!) ? yield* answer.failure : read(answer!.success.content)
  }
  const model = modelIn(way, format, server.url)
  return yield* (isStream
    ? Effect.map(Stream.runCollect(LanguageModel.streamText(options)), read)
    : Effect.map(LanguageModel.generateText(options), ({ content }) => read(content))).pipe(Effect.provide(model))
})

/** The reason of a failure. */
export const reasonOf = (error: AiError.AiError | LlmBatch.NotAnswered | LlmBatch.BatchError) =>
  error._tag === "AiError" ? error.reason : undefined

/** A question without tools. */
export const hello = LanguageModel.generateText({ prompt: "hi" })
