import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted, Schema, Stream } from "effect"
import { LanguageModel, type Prompt, Tool, Toolkit } from "effect/ai"
import * as Http from "greenlang/http/Http"
import { LlmProvider } from "greenlang/llm/LlmProvider"
import { LlmSettings } from "greenlang/llm/LlmSettings"
import * as OpenAiCompatible from "greenlang/llm/openai/OpenAiCompatible"
import { inspect } from "node:util"
import * as OpenAiServer from "../../support/OpenAiServer.ts"

const key = "sk-hunter2"
const layer = ({ baseUrl }: OpenAiServer.OpenAiServer) =>
  OpenAiCompatible.layer({ baseUrl, apiKey: Redacted.make(key), model: "test-model" }).pipe(
    Layer.provide(Http.layer({ retries: 0 }))
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
        offline: false,
        settings: { temperature: 0, seed: 42, maxOutputTokens: 7, stopSequences: ["."] }
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
        max_tokens: 7
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

  it.live("reports every way in which an answer can end", () =>
    Effect.gen(function*() {
      const server = yield* OpenAiServer.start
      for (
        const [theirs, ours] of [
          ["stop", "stop"],
          ["length", "length"],
          ["content_filter", "content-filter"],
          ["something_new", "other"]
        ] as const
      ) {
        server.script(OpenAiServer.text("x", theirs))
        assert.strictEqual((yield* generate(server)).finishReason, ours)
      }
      server.script(OpenAiServer.text("x", "insufficient_system_resource"))
      assert.isTrue((yield* Effect.flip(generate(server))).isRetryable)
      server.script(OpenAiServer.json({ choices: [{ message: { content: "x" } }] }))
      const bare = yield* generate(server)
      assert.strictEqual(bare.finishReason, "unknown")
      assert.strictEqual(bare.usage.inputTokens.total, undefined)
      server.script(OpenAiServer.toolCalls([{ id: "a", name: "area", arguments: "{\"width\":2,\"depth\":3}" }], "stop"))
      const called = yield* LanguageModel.generateText({
        prompt: "hi",
        toolkit: kit,
        disableToolCallResolution: true
      }).pipe(Effect.provide(layer(server)))
      assert.strictEqual(called.finishReason, "tool-calls")
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

  it.live("asks for structured output under a name that OpenAI takes", () =>
    Effect.gen(function*() {
      const server = yield* OpenAiServer.start
      const schema = Schema.Struct({ city: Schema.String })
      server.script(OpenAiServer.text("{\"city\":\"Oslo\"}"))
      yield* LanguageModel.generateObject({ prompt: "hi", schema, objectName: "a city!" }).pipe(
        Effect.provide(layer(server))
      )
      const { json_schema, type } = server.asked[0]!.body.response_format
      assert.strictEqual(type, "json_schema")
      assert.strictEqual(json_schema.name, "a_city_")
      assert.isTrue(json_schema.strict)
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

  it.live("hides the key that a server repeats in an answer of 200", () =>
    Effect.gen(function*() {
      const server = yield* OpenAiServer.start
      const leaky = { error: { message: `Incorrect API key provided: ${key}` } }
      server.script(OpenAiServer.json(leaky), OpenAiServer.events([leaky]))
      for (const call of [Effect.asVoid(generate(server)), Stream.runDrain(stream(server))]) {
        const error = yield* Effect.flip(call)
        assert.include(error.message, "Incorrect API key provided: <redacted>")
        assert.notInclude(inspect(error, { depth: 9 }), key)
      }
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
