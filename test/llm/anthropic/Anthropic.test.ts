import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Layer, Redacted, Schema, type Schema as S, Stream } from "effect"
import { LanguageModel, Prompt, Tool, Toolkit } from "effect/ai"
import { Llm, Tool as OurTool } from "greenlang"
import * as Http from "greenlang/http/Http"
import * as Anthropic from "greenlang/llm/anthropic/Anthropic"
import * as LlmRetry from "greenlang/llm/layers/LlmRetry"
import { retryAfterOf } from "greenlang/llm/LlmHttpError"
import { LlmProvider } from "greenlang/llm/LlmProvider"
import { LlmSettings } from "greenlang/llm/LlmSettings"
import { FakeProvider, Fault, Reply } from "greenlang/testing"
import { inspect } from "node:util"

const key = "sk-ant-hunter2"
type Server = FakeProvider["Service"]

const provider = ({ baseUrl }: Server, options: Partial<Anthropic.Options> = {}) =>
  Anthropic.layer({ baseUrl, apiKey: Redacted.make(key), model: "test-model", ...options }).pipe(
    Layer.provide(Http.layer({ retries: 0 }))
  )

const Area = Tool.make("area", {
  description: "Area of a rectangle",
  parameters: Schema.Struct({ width: Schema.Finite, depth: Schema.Finite }),
  success: Schema.Finite
})
const kit = Toolkit.make(Area)

const generate = (server: Server, prompt: Prompt.RawInput = "hi", options: Partial<Anthropic.Options> = {}) =>
  LanguageModel.generateText({ prompt }).pipe(Effect.provide(provider(server, options)))

const stream = (server: Server) =>
  LanguageModel.streamText({
    prompt: "hi",
    toolkit: kit,
    disableToolCallResolution: true,
    toolCallValidation: "deferred"
  }).pipe(Stream.provide(provider(server)))

/** What the server was asked last. */
const asked = (server: Server) => Effect.map(server.journal, (journal) => journal.at(-1)!.body as any)

const message = (content: ReadonlyArray<object>, more: object = {}) =>
  Fault.raw({
    status: 200,
    body: JSON.stringify({
      type: "message",
      id: "msg_1",
      model: "test-model-2025",
      content,
      stop_reason: "end_turn",
      usage: { input_tokens: 10, output_tokens: 5 },
      ...more
    })
  })

const events = (list: ReadonlyArray<S.JsonObject>) =>
  Fault.raw({
    status: 200,
    headers: { "content-type": "text/event-stream" },
    body: list.map((event) => `event: ${event["type"]}\ndata: ${JSON.stringify(event)}\n\n`).join("")
  })

class TooNarrow extends Schema.TaggedError<TooNarrow>()("TooNarrow", { width: Schema.Finite }) {
  override get message() {
    return `${this.width} is too narrow`
  }
}

const began = { type: "message_start", message: { id: "msg_1", model: "m", content: [], usage: { input_tokens: 10 } } }

describe("Anthropic", () => {
  it.live("sends prompt, key, version and settings, and reads text, usage and who answered", () =>
    Effect.gen(function*() {
      const server = yield* FakeProvider.make({
        text: "Hello",
        usage: { inputTokens: 100, outputTokens: 20, cachedInputTokens: 40 }
      })
      const response = yield* generate(server, [
        { role: "system", content: "Be brief" },
        { role: "user", content: "hi" }
      ]).pipe(
        Effect.provideService(LlmSettings, {
          temperature: 0,
          topP: 0.5,
          seed: 42,
          maxOutputTokens: 7,
          stopSequences: ["."],
          reasoningEffort: "low"
        })
      )
      assert.strictEqual(response.text, "Hello")
      assert.strictEqual(response.finishReason, "stop")
      assert.deepStrictEqual({ ...response.usage.inputTokens }, {
        total: 100,
        uncached: 60,
        cacheRead: 40,
        cacheWrite: 0
      })
      assert.strictEqual(response.usage.outputTokens.total, 20)
      const metadata = response.content.find((part) => part.type === "response-metadata")
      assert.deepStrictEqual(metadata?.metadata["greenlang"], {
        provider: "anthropic",
        model: "test-model",
        offline: false,
        settings: { temperature: 0, topP: 0.5, maxOutputTokens: 7, stopSequences: ["."], reasoningEffort: "low" }
      })
      const [exchange] = yield* server.journal
      assert.strictEqual(exchange?.path, "/v1/messages")
      assert.strictEqual(exchange?.headers["anthropic-version"], "2023-06-01")
      assert.property(exchange?.headers, "x-api-key")
      assert.deepStrictEqual(exchange?.body, {
        model: "test-model",
        max_tokens: 7,
        system: [{ type: "text", text: "Be brief" }],
        messages: [{ role: "user", content: [{ type: "text", text: "hi" }] }],
        output_config: { effort: "low" },
        temperature: 0,
        top_p: 0.5,
        stop_sequences: ["."]
      })
    }).pipe(Effect.scoped))

  it.live("sends another version and further headers, and needs no key behind a proxy", () =>
    Effect.gen(function*() {
      const server = yield* FakeProvider.make("Hello", "Hello")
      const origin = server.baseUrl.replace("/v1", "/")
      for (const baseUrl of [origin, `${origin}proxy/v1/`]) {
        yield* generate(server, "hi", {
          baseUrl,
          apiKey: undefined,
          version: "2030-01-01",
          headers: { "anthropic-beta": "a-feature" }
        })
      }
      const journal = yield* server.journal
      assert.deepStrictEqual(journal.map(({ path }) => path), ["/v1/messages", "/proxy/v1/messages"])
      assert.deepInclude(journal[0]!.headers, { "anthropic-version": "2030-01-01", "anthropic-beta": "a-feature" })
      assert.notProperty(journal[0]!.headers, "x-api-key")
      assert.strictEqual((journal[0]!.body as any).max_tokens, 4_096)
    }).pipe(Effect.scoped))

  it.live("reports every way in which an answer can end", () =>
    Effect.gen(function*() {
      const cases = [
        ["end_turn", "stop"],
        ["stop_sequence", "stop"],
        ["max_tokens", "length"],
        ["model_context_window_exceeded", "length"],
        ["refusal", "content-filter"],
        ["pause_turn", "pause"],
        ["something_new", "other"],
        [null, "unknown"]
      ] as const
      const server = yield* FakeProvider.make(
        ...cases.map(([stop_reason]) => message([{ type: "text", text: "x" }], { stop_reason }))
      )
      for (const [, ours] of cases) assert.strictEqual((yield* generate(server)).finishReason, ours)
    }).pipe(Effect.scoped))

  it.live("counts what was written to the cache", () =>
    Effect.gen(function*() {
      const usage = {
        input_tokens: 10,
        cache_creation_input_tokens: 200,
        cache_read_input_tokens: 30,
        output_tokens: 5
      }
      const server = yield* FakeProvider.make(message([{ type: "text", text: "x" }], { usage }))
      const { usage: { inputTokens } } = yield* generate(server)
      assert.deepStrictEqual({ ...inputTokens }, { total: 240, uncached: 10, cacheRead: 30, cacheWrite: 200 })
    }).pipe(Effect.scoped))

  it.live("offers tools, reads calls, and gives results back", () =>
    Effect.gen(function*() {
      const server = yield* FakeProvider.make(
        ...Array.from({ length: 5 }, () => Reply.call("area", { width: 2, depth: 3 }))
      )
      const choices = [
        ["auto", { type: "auto" }],
        ["required", { type: "any" }],
        ["none", { type: "none" }],
        [{ tool: "area" }, { type: "tool", name: "area" }],
        [{ mode: "required", oneOf: ["area"] }, { type: "any" }]
      ] as const
      for (const [toolChoice, sent] of choices) {
        const response = yield* LanguageModel.generateText({ prompt: "hi", toolkit: kit, toolChoice }).pipe(
          Effect.provide([
            provider(server),
            kit.toLayer({ area: ({ depth, width }) => Effect.succeed(width * depth) })
          ])
        )
        assert.strictEqual(response.finishReason, "tool-calls")
        assert.strictEqual(response.toolResults[0]?.result, 6)
        assert.deepStrictEqual((yield* asked(server)).tool_choice, sent)
      }
      const { tools } = yield* asked(server)
      assert.strictEqual(tools[0].name, "area")
      assert.strictEqual(tools[0].description, "Area of a rectangle")
      assert.deepStrictEqual(tools[0].input_schema.required, ["width", "depth"])
    }).pipe(Effect.scoped))

  it.live("runs a tool loop, and distinguishes a failed tool from one that answered", () =>
    Effect.gen(function*() {
      const area = OurTool.make("area", {
        description: "Area",
        input: Schema.Struct({ width: Schema.Finite }),
        output: Schema.Finite,
        execute: ({ width }) => width > 0 ? Effect.succeed(width * width) : Effect.fail(new TooNarrow({ width }))
      })
      const server = yield* FakeProvider.make(
        {
          reasoning: "hm",
          toolCalls: [{ id: "a", name: "area", input: { width: 2 } }, { id: "b", name: "area", input: { width: 0 } }]
        },
        "4"
      )
      const answer = yield* Llm.withTools({ prompt: "hi", tools: [area] }).pipe(Effect.provide(provider(server)))
      assert.deepStrictEqual(Llm.outputs(answer, area), [4])
      const { messages } = yield* asked(server)
      assert.deepStrictEqual(messages.map(({ role }: { role: string }) => role), ["user", "assistant", "user"])
      // A thought goes back with its signature, or Anthropic refuses the request. The journal hides what is named so.
      assert.deepStrictEqual(messages[1].content[0], { type: "thinking", thinking: "hm", signature: "<redacted>" })
      assert.deepStrictEqual(messages[2].content, [
        { type: "tool_result", tool_use_id: "a", content: "4" },
        { type: "tool_result", tool_use_id: "b", content: "{\"error\":\"0 is too narrow\"}", is_error: true }
      ])
    }).pipe(Effect.scoped))

  it.live("puts every tool result directly behind its call, and joins neighbours of one role", () =>
    Effect.gen(function*() {
      const server = yield* FakeProvider.make("done")
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
          Prompt.assistantMessage({
            content: [Prompt.textPart({ text: "wait" }), Prompt.reasoningPart({ text: "of another model" })]
          }),
          result("b"),
          result("a"),
          Prompt.userMessage({ content: [Prompt.textPart({ text: "and?" })] }),
          Prompt.assistantMessage({
            content: [Prompt.toolCallPart({ id: "c", name: "area", params: "{\"wid", providerExecuted: false })]
          }),
          result("c"),
          Prompt.userMessage({ content: [Prompt.textPart({ text: "so?" })] })
        ])
      )
      const { messages } = yield* asked(server)
      const toolResult = (id: string) => ({ type: "tool_result", tool_use_id: id, content: `{"id":"${id}"}` })
      assert.deepStrictEqual(messages, [
        { role: "user", content: [{ type: "text", text: "hi" }] },
        {
          role: "assistant",
          content: [
            { type: "tool_use", id: "a", name: "area", input: { id: "a" } },
            { type: "tool_use", id: "b", name: "area", input: { id: "b" } }
          ]
        },
        { role: "user", content: [toolResult("a"), toolResult("b")] },
        { role: "assistant", content: [{ type: "text", text: "wait" }] },
        { role: "user", content: [{ type: "text", text: "and?" }] },
        {
          role: "assistant",
          content: [{ type: "tool_use", id: "c", name: "area", input: { arguments: "{\"wid" } }]
        },
        { role: "user", content: [toolResult("c"), { type: "text", text: "so?" }] }
      ])
    }).pipe(Effect.scoped))

  it.live("sends what a tool shows, images included", () =>
    Effect.gen(function*() {
      const server = yield* FakeProvider.make("a cat")
      const call = { id: "a", name: "look", providerExecuted: false }
      yield* generate(
        server,
        Prompt.fromMessages([
          Prompt.userMessage({ content: [Prompt.textPart({ text: "what is it?" })] }),
          Prompt.assistantMessage({ content: [Prompt.toolCallPart({ ...call, params: {} })] }),
          Prompt.toolMessage({
            content: [Prompt.toolResultPart({
              ...call,
              isFailure: false,
              result: null,
              modelOutput: [
                Prompt.textPart({ text: "look:" }),
                Prompt.filePart({ mediaType: "image/png", data: new Uint8Array([1, 2, 3]) })
              ]
            })]
          })
        ])
      )
      const [result] = (yield* asked(server)).messages[2].content
      assert.deepStrictEqual(result.content, [
        { type: "text", text: "look:" },
        { type: "image", source: { type: "base64", media_type: "image/png", data: "AQID" } }
      ])
    }).pipe(Effect.scoped))

  it.live("refuses tools that the vendor runs, as it could not read what they return", () =>
    Effect.gen(function*() {
      const server = yield* FakeProvider.make()
      const search = Tool.providerDefined({
        id: "anthropic.web_search_20250305",
        customName: "Search",
        providerName: "web_search"
      })
      const { reason } = yield* LanguageModel.generateText({ prompt: "hi", toolkit: Toolkit.make(search()) }).pipe(
        Effect.provide(provider(server)),
        Effect.flip
      )
      assert.strictEqual(reason._tag, "ToolConfigurationError")
    }).pipe(Effect.scoped))

  it.live("sends images and documents", () =>
    Effect.gen(function*() {
      const server = yield* FakeProvider.make("done")
      yield* generate(server, [{
        role: "user",
        content: [
          { type: "text", text: "what is it?" },
          { type: "file", mediaType: "image/png", data: new Uint8Array([1, 2, 3]) },
          { type: "file", mediaType: "image/png", data: new URL("https://example.com/a.png") },
          { type: "file", mediaType: "application/pdf", fileName: "a.pdf", data: "data:application/pdf;base64,AQID" }
        ]
      }])
      assert.deepStrictEqual((yield* asked(server)).messages[0].content, [
        { type: "text", text: "what is it?" },
        { type: "image", source: { type: "base64", media_type: "image/png", data: "AQID" } },
        { type: "image", source: { type: "url", url: "https://example.com/a.png" } },
        {
          type: "document",
          source: { type: "base64", media_type: "application/pdf", data: "AQID" },
          title: "a.pdf"
        }
      ])
    }).pipe(Effect.scoped))

  for (const structuredOutput of ["format", "tool"] as const) {
    it.live(`asks for structured output by ${structuredOutput}, optional fields included`, () =>
      Effect.gen(function*() {
        const value = { city: "Oslo", people: null }
        const server = yield* FakeProvider.make(
          structuredOutput === "format" ? Reply.object(value) : Reply.call("a_city_", value),
          { refusal: "I will not" }
        )
        const schema = Schema.Struct({ city: Schema.String, people: Schema.optionalKey(Schema.Int) })
        const ask = LanguageModel.generateObject({ prompt: "hi", schema, objectName: "a city!" }).pipe(
          Effect.provide(provider(server, { structuredOutput }))
        )
        const response = yield* ask
        assert.deepStrictEqual(response.value, { city: "Oslo" })
        assert.strictEqual(response.finishReason, "stop")
        const { output_config, tool_choice, tools } = yield* asked(server)
        const sent = structuredOutput === "format" ? output_config.format.schema : tools[0].input_schema
        assert.deepStrictEqual(sent.required, ["city", "people"])
        if (structuredOutput === "tool") assert.deepStrictEqual(tool_choice, { type: "tool", name: "a_city_" })
        const { message, reason } = yield* Effect.flip(ask)
        assert.strictEqual(reason._tag, "ContentPolicyError")
        assert.include(message, "I will not")
      }).pipe(Effect.scoped))
  }

  it.live("lets the model think, and keeps what only Anthropic can read", () =>
    Effect.gen(function*() {
      const thought = [
        { type: "thinking", thinking: "hm", signature: "s1" },
        { type: "redacted_thinking", data: "r1" },
        { type: "server_tool_use", id: "x", name: "web_search", input: {} },
        { type: "text", text: "Hello" }
      ]
      const server = yield* FakeProvider.make(message(thought), "Hello")
      const thinking = { thinking: { budgetTokens: 1_024 } }
      const settings = { temperature: 0, topP: 1 }
      const first = yield* Effect.provideService(generate(server, "hi", thinking), LlmSettings, settings)
      assert.strictEqual(first.reasoningText, "hm")
      const { temperature, thinking: sent, top_p } = yield* asked(server)
      assert.deepStrictEqual([sent, temperature, top_p], [
        { type: "enabled", budget_tokens: 1_024 },
        undefined,
        undefined
      ])
      yield* generate(server, Prompt.concat(Prompt.fromResponseParts(first.content), "go on"), { thinking: "adaptive" })
      const second = yield* asked(server)
      assert.deepStrictEqual(second.thinking, { type: "adaptive" })
      assert.deepStrictEqual(second.messages[0].content, [thought[0], thought[1], thought[3]])
    }).pipe(Effect.scoped))

  it.live("has Anthropic cache tools, system prompt and conversation", () =>
    Effect.gen(function*() {
      const server = yield* FakeProvider.make("a", "b")
      const mark = { type: "ephemeral", ttl: "1h" }
      const ask = (prompt: Prompt.RawInput) =>
        LanguageModel.generateText({ prompt, toolkit: kit, disableToolCallResolution: true }).pipe(
          Effect.provide(provider(server, { promptCaching: "1 hour" }))
        )
      yield* ask([{ role: "system", content: "Be brief" }, { role: "user", content: "hi" }])
      const withSystem = yield* asked(server)
      assert.deepStrictEqual(withSystem.system[0].cache_control, mark)
      assert.deepStrictEqual(withSystem.messages[0].content[0].cache_control, mark)
      assert.notProperty(withSystem.tools[0], "cache_control")
      yield* ask("hi")
      assert.deepStrictEqual((yield* asked(server)).tools[0].cache_control, mark)
    }).pipe(Effect.scoped))

  it.live("streams text, thought and tool calls in pieces", () =>
    Effect.gen(function*() {
      const server = yield* FakeProvider.make({
        reasoning: "hm",
        text: "Hello there",
        toolCalls: [{ id: "a", name: "area", input: { width: 2, depth: 3 } }],
        usage: { inputTokens: 100, outputTokens: 20, cachedInputTokens: 40 }
      })
      const parts = yield* Stream.runCollect(stream(server))
      assert.deepStrictEqual(parts.map(({ type }) => type), [
        "response-metadata",
        "reasoning-start",
        "reasoning-delta",
        "reasoning-end",
        "text-start",
        "text-delta",
        "text-delta",
        "text-end",
        "tool-params-start",
        "tool-params-delta",
        "tool-params-end",
        "tool-call",
        "finish"
      ])
      const call = parts.find((part) => part.type === "tool-call")
      assert.deepStrictEqual([call?.id, call?.params], ["a", { width: 2, depth: 3 }])
      const finish = parts.at(-1)
      assert(finish?.type === "finish")
      assert.strictEqual(finish.reason, "tool-calls")
      assert.deepStrictEqual([finish.usage.inputTokens.total, finish.usage.inputTokens.cacheRead], [100, 40])
      assert.strictEqual(finish.usage.outputTokens.total, 20)
      assert.deepStrictEqual(
        Prompt.fromResponseParts(parts).content[0]?.content[0],
        Prompt.reasoningPart({
          text: "hm",
          options: { anthropic: { signature: "c2lnbmF0dXJl" } }
        })
      )
    }).pipe(Effect.scoped))

  it.live("takes a stream without message_stop that has a stop reason, and none that broke off", () =>
    Effect.gen(function*() {
      const text = [
        began,
        { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
        { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Hello" } }
      ]
      const stopped = { type: "message_delta", delta: { stop_reason: "max_tokens" }, usage: { output_tokens: 5 } }
      const error = (type: string) => ({ type: "error", error: { type, message: "so" } })
      const server = yield* FakeProvider.make(
        events([...text, { type: "a_new_kind" }, stopped]),
        events(text),
        events([...text, error("overloaded_error")]),
        events([...text, error("rate_limit_error")])
      )
      const parts = yield* Stream.runCollect(stream(server))
      assert.deepStrictEqual(parts.slice(-2).map(({ type }) => type), ["text-end", "finish"])
      const failures: Array<string> = []
      for (let i = 0; i < 3; i++) failures.push((yield* Effect.flip(Stream.runDrain(stream(server)))).reason._tag)
      assert.deepStrictEqual(failures, [
        "InvalidResponseError",
        "InternalProviderError",
        "RateLimitError"
      ])
    }).pipe(Effect.scoped))

  it.live("is asked again when it is overloaded after it has begun, before it has said anything", () =>
    Effect.gen(function*() {
      const server = yield* FakeProvider.make(
        events([began, { type: "ping" }, { type: "error", error: { type: "overloaded_error", message: "so" } }]),
        "Hello"
      )
      const retried = LlmProvider.languageModel.pipe(
        Layer.provide(LlmRetry.layer({ pause: "1 millis" })),
        Layer.provide(provider(server))
      )
      assert.strictEqual(yield* Effect.provide(Stream.mkString(Llm.streamText("hi")), retried), "Hello")
    }).pipe(Effect.scoped))

  it.live("has a typed reason for every failure", () =>
    Effect.gen(function*() {
      const cases = [
        [Fault.status(400), "InvalidRequestError"],
        [Fault.status(401), "AuthenticationError"],
        [Fault.status(402), "QuotaExhaustedError"],
        [Fault.status(403), "AuthenticationError"],
        [Fault.status(404), "InvalidRequestError"],
        [Fault.status(408), "InternalProviderError"],
        [Fault.status(413), "InvalidRequestError"],
        [Fault.rateLimited(), "RateLimitError"],
        [Fault.serverError, "InternalProviderError"],
        [Fault.overloaded, "InternalProviderError"],
        [Fault.raw({ status: 502, body: "<html>" }), "InternalProviderError"],
        [Fault.truncated("Hello"), "InvalidResponseError"],
        [Fault.invalidJson("Hello"), "InvalidResponseError"],
        [Fault.raw({ status: 200, body: "{}" }), "InvalidResponseError"]
      ] as const
      const server = yield* FakeProvider.make(...cases.map(([fault]) => fault))
      for (const [, reason] of cases) {
        assert.strictEqual((yield* Effect.flip(generate(server))).reason._tag, reason)
      }
    }).pipe(Effect.scoped))

  it.live("says how long to wait after a 529", () =>
    Effect.gen(function*() {
      const server = yield* FakeProvider.make(Fault.status(529, { "retry-after": "3" }))
      assert.deepStrictEqual(retryAfterOf(yield* Effect.flip(generate(server))), Duration.seconds(3))
    }).pipe(Effect.scoped))

  it.live("waits as exactly as the vendor asks", () =>
    Effect.gen(function*() {
      const server = yield* FakeProvider.make(
        Fault.status(429, { "retry-after": "1", "retry-after-ms": "250" }),
        Fault.status(429, { "retry-after": "1", "retry-after-ms": "soon" })
      )
      assert.deepStrictEqual(retryAfterOf(yield* Effect.flip(generate(server))), Duration.millis(250))
      assert.deepStrictEqual(retryAfterOf(yield* Effect.flip(generate(server))), Duration.seconds(1))
    }).pipe(Effect.scoped))

  it.live("keeps what the vendor says about its limits, and no other header", () =>
    Effect.gen(function*() {
      const headers = { "anthropic-ratelimit-requests-remaining": "7", "set-cookie": "secret" }
      const server = yield* FakeProvider.make(
        Fault.raw({
          status: 200,
          headers,
          body: JSON.stringify({ content: [{ type: "text", text: "x" }], stop_reason: "end_turn" })
        })
      )
      const { content } = yield* generate(server)
      const finish = content.find((part) => part.type === "finish")
      assert.deepStrictEqual(finish?.response, {
        status: 200,
        headers: { "anthropic-ratelimit-requests-remaining": "7" }
      })
    }).pipe(Effect.scoped))

  it.live("hides the key that Anthropic repeats in a stream", () =>
    Effect.gen(function*() {
      const server = yield* FakeProvider.make(
        events([began, { type: "error", error: { type: "api_error", message: `wrong key ${key}` } }])
      )
      const error = yield* Effect.flip(Stream.runDrain(stream(server)))
      assert.include(error.message, "wrong key <redacted>")
      assert.notInclude(inspect(error, { depth: 9 }), key)
    }).pipe(Effect.scoped))
})
