import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber, Layer, Logger, Redacted, Schema, Stream, Tracer } from "effect"
import { LanguageModel, Prompt, Tool, Toolkit } from "effect/ai"
import * as Http from "greenlang/http/Http"
import { LlmProvider } from "greenlang/llm/LlmProvider"
import { LlmSettings } from "greenlang/llm/LlmSettings"
import * as OpenAiCompatible from "greenlang/llm/OpenAiCompatible"
import { inspect } from "node:util"
import * as OpenAiServer from "../support/OpenAiServer.ts"

const key = "sk-hunter2"
const layer = ({ baseUrl }: OpenAiServer.OpenAiServer, retries = 0) =>
  OpenAiCompatible.layer({ baseUrl, apiKey: Redacted.make(key), model: "test-model" }).pipe(
    Layer.provide(Http.layer({ retries, pause: "1 millis" }))
  )

const Area = Tool.make("area", {
  description: "Area of a rectangle",
  parameters: Schema.Struct({ width: Schema.Finite, depth: Schema.Finite }),
  success: Schema.Finite
})
const kit = Toolkit.make(Area)

const generate = (server: OpenAiServer.OpenAiServer, prompt: Prompt.RawInput = "hi") =>
  LanguageModel.generateText({ prompt }).pipe(Effect.provide(layer(server)))

const stream = (server: OpenAiServer.OpenAiServer) =>
  LanguageModel.streamText({
    prompt: "hi",
    toolkit: kit,
    disableToolCallResolution: true,
    toolCallValidation: "deferred"
  }).pipe(Stream.provide(layer(server)))

describe("OpenAiCompatible", () => {
  it.live("sends prompt, key and settings, and reads text, usage and who answered", () =>
    Effect.gen(function*() {
      const server = yield* OpenAiServer.start
      server.script(OpenAiServer.text("Hello"))
      const response = yield* generate(server, [
        { role: "system", content: "Be brief" },
        { role: "user", content: "hi" }
      ]).pipe(
        Effect.provideService(LlmSettings, { temperature: 0, seed: 42, maxOutputTokens: 7, stopSequences: ["."] })
      )
      assert.strictEqual(response.text, "Hello")
      assert.strictEqual(response.finishReason, "stop")
      assert.deepStrictEqual({ ...response.usage.inputTokens }, {
        total: 100,
        uncached: 60,
        cacheRead: 40,
        cacheWrite: undefined
      })
      assert.deepStrictEqual({ ...response.usage.outputTokens }, { total: 20, text: 15, reasoning: 5 })
      const metadata = response.content.find((part) => part.type === "response-metadata")
      assert.strictEqual(metadata?.modelId, "test-model-2025")
      assert.deepStrictEqual(metadata?.metadata["greenlang"], {
        provider: "openai",
        model: "test-model",
        offline: false
      })

      const [asked] = server.asked
      assert.strictEqual(asked?.path, "/v1/chat/completions")
      assert.strictEqual(asked?.headers.authorization, `Bearer ${key}`)
      assert.deepStrictEqual(asked?.body, {
        model: "test-model",
        messages: [{ role: "system", content: "Be brief" }, { role: "user", content: "hi" }],
        temperature: 0,
        seed: 42,
        stop: ["."],
        max_completion_tokens: 7
      })
    }).pipe(Effect.scoped))

  it.live("asks servers that want no key without one", () =>
    Effect.gen(function*() {
      const server = yield* OpenAiServer.start
      server.script(OpenAiServer.text("Hello"))
      yield* LanguageModel.generateText({ prompt: "hi" }).pipe(
        Effect.provide(
          OpenAiCompatible.layer({ baseUrl: `${server.baseUrl}/`, model: "m", name: "ollama" }).pipe(
            Layer.provide(Http.layer())
          )
        )
      )
      assert.notProperty(server.asked[0]!.headers, "authorization")
      assert.strictEqual(server.asked[0]!.path, "/v1/chat/completions")
    }).pipe(Effect.scoped))

  it.live("tells every way in which an answer can end", () =>
    Effect.gen(function*() {
      const server = yield* OpenAiServer.start
      for (
        const [theirs, ours] of [["stop", "stop"], ["length", "length"], ["content_filter", "content-filter"], [
          "insufficient_system_resource",
          "error"
        ], ["something_new", "other"]] as const
      ) {
        server.script(OpenAiServer.text("x", theirs))
        assert.strictEqual((yield* generate(server)).finishReason, ours)
      }
      server.script(OpenAiServer.json({ choices: [{ message: { content: "x" } }] }))
      const bare = yield* generate(server)
      assert.strictEqual(bare.finishReason, "unknown")
      assert.strictEqual(bare.usage.inputTokens.total, undefined)
      server.script(OpenAiServer.refusal("I will not"))
      const refused = yield* generate(server)
      assert.strictEqual(refused.text, "I will not")
      assert.strictEqual(refused.finishReason, "content-filter")
    }).pipe(Effect.scoped))

  it.live("offers tools, reads calls, and gives results back", () =>
    Effect.gen(function*() {
      const server = yield* OpenAiServer.start
      server.script(OpenAiServer.toolCalls([{ id: "a", name: "area", arguments: "{\"width\":2,\"depth\":3}" }], "stop"))
      const response = yield* LanguageModel.generateText({ prompt: "hi", toolkit: kit, toolChoice: { tool: "area" } })
        .pipe(
          Effect.provide([layer(server), kit.toLayer({ area: ({ depth, width }) => Effect.succeed(width * depth) })])
        )
      assert.strictEqual(response.finishReason, "tool-calls")
      assert.strictEqual(response.toolResults[0]?.result, 6)
      const { tool_choice, tools } = server.asked[0]!.body
      assert.deepStrictEqual(tool_choice, { type: "function", function: { name: "area" } })
      assert.strictEqual(tools[0].function.name, "area")
      assert.strictEqual(tools[0].function.description, "Area of a rectangle")
      assert.deepStrictEqual(tools[0].function.parameters.required, ["width", "depth"])
    }).pipe(Effect.scoped))

  it.live("puts every tool result directly behind its call", () =>
    Effect.gen(function*() {
      const server = yield* OpenAiServer.start
      server.script(OpenAiServer.text("done"))
      const call = (id: string) => Prompt.toolCallPart({ id, name: "area", params: { id }, providerExecuted: false })
      const result = (id: string) =>
        Prompt.toolMessage({
          content: [
            Prompt.toolResultPart({ id, name: "area", isFailure: false, result: { id }, providerExecuted: false })
          ]
        })
      yield* generate(
        server,
        Prompt.fromMessages([
          Prompt.userMessage({ content: [Prompt.textPart({ text: "hi" })] }),
          Prompt.assistantMessage({ content: [call("a"), call("b")] }),
          Prompt.assistantMessage({ content: [Prompt.textPart({ text: "wait" })] }),
          result("b"),
          result("a")
        ])
      )
      const messages: ReadonlyArray<any> = server.asked[0]!.body.messages
      assert.deepStrictEqual(messages.map(({ content, role, tool_call_id }) => [role, tool_call_id ?? content]), [
        ["user", "hi"],
        ["assistant", null],
        ["tool", "a"],
        ["tool", "b"],
        ["assistant", "wait"]
      ])
      assert.strictEqual(messages[2].content, "{\"id\":\"a\"}")
      assert.strictEqual(messages[1].tool_calls[0].function.arguments, "{\"id\":\"a\"}")
    }).pipe(Effect.scoped))

  it.live("sends images", () =>
    Effect.gen(function*() {
      const server = yield* OpenAiServer.start
      server.script(OpenAiServer.text("done"))
      yield* generate(server, [{
        role: "user",
        content: [
          { type: "text", text: "what is it?" },
          { type: "file", mediaType: "image/png", data: new Uint8Array([1, 2, 3]) }
        ]
      }])
      assert.deepStrictEqual(server.asked[0]!.body.messages[0].content, [
        { type: "text", text: "what is it?" },
        { type: "image_url", image_url: { url: "data:image/png;base64,AQID" } }
      ])
    }).pipe(Effect.scoped))

  it.live("asks for structured output, optional fields included", () =>
    Effect.gen(function*() {
      const server = yield* OpenAiServer.start
      const schema = Schema.Struct({ city: Schema.String, people: Schema.optionalKey(Schema.Int) })
      server.script(OpenAiServer.text("{\"city\":\"Oslo\",\"people\":null}"), OpenAiServer.refusal("no"))
      const ask = LanguageModel.generateObject({ prompt: "hi", schema, objectName: "a city!" }).pipe(
        Effect.provide(layer(server))
      )
      assert.deepStrictEqual((yield* ask).value, { city: "Oslo" })
      const { json_schema, type } = server.asked[0]!.body.response_format
      assert.strictEqual(type, "json_schema")
      assert.strictEqual(json_schema.name, "a_city_")
      assert.isTrue(json_schema.strict)
      assert.deepStrictEqual(json_schema.schema.required, ["city", "people"])
      assert.strictEqual((yield* Effect.flip(ask)).reason._tag, "ContentPolicyError")
    }).pipe(Effect.scoped))

  it.live("streams text, thought and tool calls in pieces", () =>
    Effect.gen(function*() {
      const server = yield* OpenAiServer.start
      const called = (index: number, more: object) => OpenAiServer.chunk({ tool_calls: [{ index, ...more }] })
      server.script(OpenAiServer.events([
        OpenAiServer.chunk({ role: "assistant", reasoning_content: "hm" }),
        OpenAiServer.chunk({ content: "Hel" }),
        OpenAiServer.chunk({ content: "lo" }),
        called(0, { id: "a", function: { name: "area", arguments: "" } }),
        called(1, { id: "b", function: { name: "area", arguments: "{\"width\":1," } }),
        called(0, { function: { arguments: "{\"width\":2,\"depth\":3}" } }),
        called(1, { function: { arguments: "\"depth\":1}" } }),
        OpenAiServer.chunk({}, "tool_calls"),
        OpenAiServer.usageChunk,
        "[DONE]"
      ]))
      const parts = yield* Stream.runCollect(stream(server))
      assert.deepStrictEqual(parts.map(({ type }) => type), [
        "response-metadata",
        "reasoning-start",
        "reasoning-delta",
        "text-start",
        "text-delta",
        "text-delta",
        "tool-params-start",
        "tool-params-start",
        "tool-params-delta",
        "tool-params-delta",
        "tool-params-delta",
        "reasoning-end",
        "text-end",
        "tool-params-end",
        "tool-call",
        "tool-params-end",
        "tool-call",
        "finish"
      ])
      assert.deepStrictEqual(
        parts.flatMap((part) => part.type === "tool-call" ? [[part.id, part.params]] : []),
        [["a", { width: 2, depth: 3 }], ["b", { width: 1, depth: 1 }]]
      )
      const finish = parts.at(-1)
      assert(finish?.type === "finish")
      assert.strictEqual(finish.reason, "tool-calls")
      assert.strictEqual(finish.usage.inputTokens.cacheRead, 40)
      assert.deepInclude(server.asked[0]!.body, { stream: true, stream_options: { include_usage: true } })
    }).pipe(Effect.scoped))

  it.live("takes a stream without [DONE] that has a finish reason, and none that broke off", () =>
    Effect.gen(function*() {
      const server = yield* OpenAiServer.start
      const hello = OpenAiServer.chunk({ content: "Hello" })
      server.script(
        OpenAiServer.events([hello, OpenAiServer.chunk({}, "length")]),
        OpenAiServer.events([hello]),
        OpenAiServer.events([hello], "die"),
        OpenAiServer.events([hello, "{\"choices\":[{\"de"]),
        OpenAiServer.events([hello, { error: { message: "overloaded", code: 529 } }])
      )
      const parts = yield* Stream.runCollect(stream(server))
      assert.strictEqual(parts.at(-1)?.type, "finish")
      const failures: Array<string> = []
      for (let i = 0; i < 4; i++) {
        failures.push((yield* Effect.flip(Stream.runDrain(stream(server)))).reason._tag)
      }
      assert.deepStrictEqual(failures, [
        "InvalidResponseError",
        "NetworkError",
        "InvalidResponseError",
        "InternalProviderError"
      ])
    }).pipe(Effect.scoped))

  it.live("has a typed reason for every failure", () =>
    Effect.gen(function*() {
      const server = yield* OpenAiServer.start
      const error = (status: number, code?: string) => OpenAiServer.json({ error: { message: "so", code } }, status)
      const cases = [
        [error(400), "InvalidRequestError"],
        [error(400, "content_filter"), "ContentPolicyError"],
        [error(401), "AuthenticationError"],
        [error(403), "AuthenticationError"],
        [error(404), "InvalidRequestError"],
        [OpenAiServer.json({ error: "model not found" }, 404), "InvalidRequestError"],
        [OpenAiServer.json("<html>", 502), "InternalProviderError"],
        [error(429), "RateLimitError"],
        [error(429, "insufficient_quota"), "QuotaExhaustedError"],
        [error(500), "InternalProviderError"],
        [error(200), "InternalProviderError"],
        [OpenAiServer.death, "NetworkError"],
        [OpenAiServer.json("{\"choices\": [{"), "InvalidResponseError"],
        [OpenAiServer.json({ choices: [] }), "InvalidResponseError"],
        [OpenAiServer.json({ choices: [{ message: { content: 5 } }] }), "InvalidResponseError"],
        [
          OpenAiServer.toolCalls([{ id: "a", name: "area", arguments: "{\"width\":" }]),
          "ToolParameterValidationError"
        ]
      ] as const
      for (const [reply, reason] of cases) {
        server.script(reply)
        const failure = yield* Effect.flip(generate(server))
        assert.strictEqual(failure.reason._tag, reason)
      }
    }).pipe(Effect.scoped))

  it.live("obeys Retry-After, and tells it when it was told to give up", () =>
    Effect.gen(function*() {
      const server = yield* OpenAiServer.start
      const limited = OpenAiServer.json({ error: { message: "slow down" } }, 429, { "retry-after": "1" })
      server.script(limited, OpenAiServer.text("Hello"))
      const began = Date.now()
      const response = yield* LanguageModel.generateText({ prompt: "hi" }).pipe(Effect.provide(layer(server, 1)))
      assert.strictEqual(response.text, "Hello")
      assert.isAtLeast(Date.now() - began, 950)

      server.script(limited)
      const { reason } = yield* Effect.flip(generate(server))
      assert(reason._tag === "RateLimitError")
      assert.strictEqual(String(reason.retryAfter), "1000 millis")
    }).pipe(Effect.scoped))

  it.live("closes the connection when it is interrupted, and when a stream is not read to its end", () =>
    Effect.gen(function*() {
      const server = yield* OpenAiServer.start
      server.script(OpenAiServer.silence, OpenAiServer.events([OpenAiServer.chunk({ content: "a" })], "stay"))
      const fiber = yield* Effect.forkChild(generate(server))
      yield* server.arrival
      yield* Fiber.interrupt(fiber)
      yield* server.hangUp

      // The client stays open, so that it is the stream that closes the connection.
      yield* Effect.gen(function*() {
        yield* LanguageModel.streamText({ prompt: "hi" }).pipe(
          Stream.takeUntil(({ type }) => type === "text-delta"),
          Stream.runDrain
        )
        yield* server.hangUp
      }).pipe(Effect.provide(layer(server)))
    }).pipe(Effect.scoped))

  it.live("shows the key in no error, span or log", () =>
    Effect.gen(function*() {
      const shown: Array<string> = []
      const native = yield* Effect.tracer
      const spans: Array<Tracer.Span> = []
      const tracer = Tracer.make({
        span: (options) => {
          const span = native.span(options)
          spans.push(span)
          return span
        }
      })
      const logger = Logger.make(({ cause, message }) => {
        shown.push(inspect(message, { depth: 9 }), Cause.pretty(cause))
      })
      const server = yield* OpenAiServer.start
      const leaky = { error: { message: `Incorrect API key provided: ${key}` } }
      server.script(
        OpenAiServer.json(leaky, 401),
        OpenAiServer.death,
        OpenAiServer.json(leaky),
        OpenAiServer.events([leaky])
      )
      for (let i = 0; i < 4; i++) {
        const call = i < 3 ? generate(server) : Stream.runDrain(stream(server))
        const exit = yield* call.pipe(
          Effect.tapCause((cause) => Effect.logError("it failed", cause)),
          Effect.withTracer(tracer),
          Effect.provide(Logger.layer([logger])),
          Effect.exit
        )
        assert(Exit.isFailure(exit))
        const error = Cause.squash(exit.cause)
        shown.push(Cause.pretty(exit.cause), inspect(error, { depth: 9 }), JSON.stringify(error))
      }
      for (const span of spans) shown.push(JSON.stringify([...span.attributes]), inspect(span.status, { depth: 9 }))
      assert.isAtLeast(spans.length, 8)
      assert.isTrue(shown.some((text) => text.includes("Incorrect API key provided: <redacted>")))
      for (const text of shown) assert.notInclude(text, key)
    }).pipe(Effect.scoped))
})

describe("LlmProvider", () => {
  it.live("is made of a foreign LanguageModel, with tools, objects and streams", () =>
    Effect.gen(function*() {
      const server = yield* OpenAiServer.start
      const twice = LlmProvider.languageModel.pipe(
        Layer.provide(LlmProvider.fromLanguageModel({ name: "theirs", model: "m" })),
        Layer.provide(layer(server))
      )
      server.script(
        OpenAiServer.toolCalls([{ id: "a", name: "area", arguments: "{\"width\":2,\"depth\":3}" }]),
        OpenAiServer.text("{\"city\":\"Oslo\",\"people\":null}"),
        OpenAiServer.events([OpenAiServer.chunk({ content: "Hello" }, "stop"), "[DONE]"])
      )
      const called = yield* LanguageModel.generateText({ prompt: "hi", toolkit: kit }).pipe(
        Effect.provide([twice, kit.toLayer({ area: ({ depth, width }) => Effect.succeed(width * depth) })])
      )
      assert.strictEqual(called.toolResults[0]?.result, 6)
      assert.strictEqual(called.usage.inputTokens.total, 100)

      const schema = Schema.Struct({ city: Schema.String, people: Schema.optionalKey(Schema.Int) })
      const { value } = yield* LanguageModel.generateObject({ prompt: "hi", schema }).pipe(Effect.provide(twice))
      assert.deepStrictEqual(value, { city: "Oslo" })

      const parts = yield* Stream.runCollect(Stream.provide(LanguageModel.streamText({ prompt: "hi" }), twice))
      assert.deepStrictEqual(parts.map(({ type }) => type), [
        "response-metadata",
        "text-start",
        "text-delta",
        "text-end",
        "finish"
      ])
    }).pipe(Effect.scoped))
})
