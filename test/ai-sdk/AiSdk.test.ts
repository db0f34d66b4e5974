/**
 * What the bridge does besides what every vendor must do, which is in `test/llm/Conformance.test.ts`.
 */
import { createAnthropic } from "@ai-sdk/anthropic"
import { createOpenAI } from "@ai-sdk/openai"
import * as Sdk from "@ai-sdk/provider"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Layer, Schema, Stream } from "effect"
import { LanguageModel, Prompt, Tool, Toolkit } from "effect/ai"
import { AiSdk } from "greenlang/ai-sdk"
import * as Http from "greenlang/http/Http"
import { LlmSettings } from "greenlang/llm/LlmSettings"
import { FakeProvider } from "greenlang/testing"

type Server = FakeProvider["Service"]

const over = (model: AiSdk.Options["model"], options: Partial<AiSdk.Options> = {}) =>
  AiSdk.layer({ model, ...options }).pipe(Layer.provide(Http.layer({ retries: 0 })))

const chat = ({ baseUrl }: Server, options?: Partial<AiSdk.Options>) =>
  over((fetch) => createOpenAI({ apiKey: "none", baseURL: baseUrl, fetch }).chat("gpt-5.1"), options)

/** What the server was asked last. */
const asked = (server: Server) => Effect.map(server.journal, (journal) => journal.at(-1)!.body as any)

const usage: Sdk.LanguageModelV4Usage = {
  inputTokens: { total: 5, noCache: 5, cacheRead: undefined, cacheWrite: undefined },
  outputTokens: { total: 2, text: 2, reasoning: undefined }
}

const stop: Sdk.LanguageModelV4FinishReason = { unified: "stop", raw: "stop" }

const streamed = (parts: ReadonlyArray<Sdk.LanguageModelV4StreamPart>) =>
  Promise.resolve({ stream: ReadableStream.from(parts) as ReadableStream<Sdk.LanguageModelV4StreamPart> })

/** A model in this process, which has what no server here sends. */
const local = (model: Partial<Pick<Sdk.LanguageModelV4, "doGenerate" | "doStream">>) =>
  over(() => ({
    specificationVersion: "v4",
    provider: "local.test",
    modelId: "m",
    supportedUrls: {},
    doGenerate: () => Promise.reject(new Error("not asked for")),
    doStream: () => Promise.reject(new Error("not asked for")),
    ...model
  }))

const answers = (
  content: Array<Sdk.LanguageModelV4Content>,
  more: Partial<Sdk.LanguageModelV4GenerateResult> = {}
) => local({ doGenerate: () => Promise.resolve({ content, finishReason: stop, usage, warnings: [], ...more }) })

const generate = LanguageModel.generateText({ prompt: "hi" })

const content: Array<Exclude<Sdk.LanguageModelV4Content, { readonly type: "text" | "reasoning" }>> = [
  { type: "file", mediaType: "image/png", data: { type: "data", data: "AQID" } },
  { type: "file", mediaType: "image/png", data: { type: "data", data: new Uint8Array([1, 2, 3]) } },
  { type: "file", mediaType: "image/png", data: { type: "url", url: new URL("https://example.com/a.png") } },
  { type: "source", sourceType: "url", id: "1", url: "https://example.com/a", title: "A" },
  { type: "source", sourceType: "url", id: "2", url: "no address" },
  { type: "source", sourceType: "document", id: "3", mediaType: "application/pdf", title: "B", filename: "b.pdf" },
  { type: "custom", kind: "local.kept" },
  { type: "reasoning-file", mediaType: "image/png", data: { type: "data", data: "AQID" } }
]

const expected = [
  ["file", "image/png", 3],
  ["file", "image/png", 3],
  ["source", "https://example.com/a.png", "image/png"],
  ["source", "https://example.com/a", "A"],
  ["source", "no address", "no address"],
  ["source", "b.pdf", "B"]
]

const partsIn = (parts: ReadonlyArray<object>) =>
  (parts as ReadonlyArray<any>).flatMap((part) =>
    part.type === "file"
      ? [[part.type, part.mediaType, part.data.length]]
      : part.type === "source"
      ? [[part.type, String(part.url ?? part.fileName), part.title]]
      : []
  )

describe("AiSdk", () => {
  it.live("keeps warnings, the vendor's own end and its counts", () =>
    Effect.gen(function*() {
      const server = yield* FakeProvider.make("Hello", "Hello")
      const settings = { temperature: 0, reasoningEffort: "low" }
      const [whole, parts] = yield* Effect.all([
        generate,
        Stream.runCollect(LanguageModel.streamText({ prompt: "hi" }))
      ]).pipe(Effect.provideService(LlmSettings, settings), Effect.provide(chat(server)))
      assert.strictEqual((yield* asked(server)).reasoning_effort, "low")
      for (const { metadata } of [whole.content.at(-1)!, parts.at(-1)!]) {
        const { finishReason, usage, warnings }: any = metadata["aiSdk"]
        assert.deepStrictEqual([finishReason, usage.prompt_tokens], ["stop", 100])
        assert.deepStrictEqual(warnings.map(({ feature }: any) => feature), ["temperature"])
      }
    }).pipe(Effect.scoped))

  it.live("warns of an effort that it cannot say", () =>
    Effect.gen(function*() {
      const server = yield* FakeProvider.make("Hello")
      const { content } = yield* generate.pipe(
        Effect.provideService(LlmSettings, { reasoningEffort: "extreme" }),
        Effect.provide(chat(server))
      )
      const { warnings }: any = content.at(-1)!.metadata["aiSdk"]
      assert.strictEqual(warnings[0].feature, "reasoningEffort")
      assert.notProperty(yield* asked(server), "reasoning_effort")
    }).pipe(Effect.scoped))

  it.live("passes on the options of every call, and those of a part", () =>
    Effect.gen(function*() {
      const server = yield* FakeProvider.make("Hello", "Hello")
      yield* Effect.provide(generate, chat(server, { providerOptions: { openai: { user: "me" } } }))
      assert.strictEqual((yield* asked(server)).user, "me")
      yield* LanguageModel.generateText({
        prompt: [{
          role: "user",
          content: [{
            type: "text",
            text: "hi",
            options: { anthropic: { cacheControl: { type: "ephemeral" } } }
          }]
        }]
      }).pipe(Effect.provide(
        over((fetch) => createAnthropic({ apiKey: "none", baseURL: server.baseUrl, fetch })("claude-sonnet-4-5"))
      ))
      assert.deepStrictEqual((yield* asked(server)).messages[0].content[0].cache_control, { type: "ephemeral" })
    }).pipe(Effect.scoped))

  it.live("sends documents, failures of tools and what a tool shows", () =>
    Effect.gen(function*() {
      const server = yield* FakeProvider.make("Hello")
      const call = (id: string) => ({ id, name: "look", providerExecuted: false })
      yield* LanguageModel.generateText({
        prompt: Prompt.fromMessages([
          Prompt.userMessage({
            content: [
              Prompt.textPart({ text: "what is it?" }),
              Prompt.filePart({ mediaType: "application/pdf", data: "data:application/pdf;base64,AQID" })
            ]
          }),
          Prompt.assistantMessage({
            content: ["a", "b", "c"].map((id) => Prompt.toolCallPart({ ...call(id), params: {} }))
          }),
          Prompt.toolMessage({
            content: [
              Prompt.toolResultPart({ ...call("a"), isFailure: true, result: { error: "dark" } }),
              Prompt.toolResultPart({ ...call("b"), isFailure: true, result: "dark" }),
              Prompt.toolResultPart({
                ...call("c"),
                isFailure: false,
                result: null,
                modelOutput: [Prompt.textPart({ text: "a cat" })]
              })
            ]
          })
        ])
      }).pipe(Effect.provide(
        over((fetch) => createAnthropic({ apiKey: "none", baseURL: server.baseUrl, fetch })("claude-sonnet-4-5"))
      ))
      const [user, , results] = (yield* asked(server)).messages
      assert.deepInclude(user.content[1].source, { media_type: "application/pdf", data: "AQID" })
      assert.deepStrictEqual(
        results.content.map(({ content, is_error }: any) => [content, is_error]),
        [["{\"error\":\"dark\"}", true], ["dark", true], [[{ type: "text", text: "a cat" }], undefined]]
      )
    }).pipe(Effect.scoped))

  it.live("offers the tools that the vendor runs, and returns what they found", () =>
    Effect.gen(function*() {
      const server = yield* FakeProvider.make("Hello")
      const Search = Tool.providerDefined({
        id: "openai.web_search",
        customName: "Search",
        providerName: "web_search",
        parameters: Schema.Struct({}),
        success: Schema.Struct({ found: Schema.Int })
      })
      const toolkit = Toolkit.make(Search())
      yield* LanguageModel.generateText({ prompt: "hi", toolkit }).pipe(
        Effect.provide(
          over((fetch) => createOpenAI({ apiKey: "none", baseURL: server.baseUrl, fetch }).responses("gpt-5.1"))
        )
      )
      assert.strictEqual((yield* asked(server)).tools[0].type, "web_search")

      const own = { toolCallId: "a", toolName: "Search" }
      const { content, finishReason } = yield* LanguageModel.generateText({ prompt: "hi", toolkit }).pipe(
        Effect.provide(answers([
          { type: "tool-call", ...own, input: "{}", providerExecuted: true },
          { type: "tool-result", ...own, result: { found: 3 } },
          { type: "text", text: "three" }
        ]))
      )
      const result = content.find((part) => part.type === "tool-result")
      assert.deepStrictEqual([result?.result, result?.providerExecuted, finishReason], [{ found: 3 }, true, "stop"])
    }).pipe(Effect.scoped))

  it.live("returns files, sources and citations", () =>
    Effect.gen(function*() {
      const citations: Array<Sdk.LanguageModelV4Citation> = [
        { source: { type: "source", sourceType: "url", id: "1", url: "https://example.com/a" }, citedText: "so" }
      ]
      const whole = yield* Effect.provide(generate, answers([{ type: "text", text: "so", citations }, ...content]))
      assert.deepStrictEqual(partsIn(whole.content), expected)
      const cited = { citations }
      assert.deepStrictEqual<unknown>(whole.content.find(({ type }) => type === "text")?.metadata["aiSdk"], cited)
      const parts = yield* LanguageModel.streamText({ prompt: "hi" }).pipe(
        Stream.runCollect,
        Effect.provide(local({
          doStream: () =>
            streamed([
              { type: "text-start", id: "1" },
              { type: "text-delta", id: "1", delta: "so" },
              { type: "text-end", id: "1", citations },
              ...content,
              { type: "ping" },
              { type: "raw", rawValue: {} },
              { type: "finish", finishReason: stop, usage }
            ])
        }))
      )
      assert.deepStrictEqual(partsIn(parts), expected)
      assert.deepStrictEqual<unknown>(parts.find(({ type }) => type === "text-end")?.metadata["aiSdk"], cited)
    }))

  it.live("takes the text that the vendor calls the answer", () =>
    Effect.gen(function*() {
      const { value } = yield* LanguageModel.generateObject({
        prompt: "where?",
        schema: Schema.Struct({ city: Schema.String })
      }).pipe(Effect.provide(
        answers([{ type: "text", text: "I guess" }, { type: "text", text: "{\"city\":\"Oslo\"}" }], {
          structuredOutputText: "{\"city\":\"Oslo\"}"
        })
      ))
      assert.deepStrictEqual(value, { city: "Oslo" })
    }))

  it.live("reports every way in which an answer can end", () =>
    Effect.gen(function*() {
      const ends = [
        [{ unified: "other", raw: "pause_turn" }, "pause"],
        [{ unified: "other", raw: "something_new" }, "other"],
        [{ unified: "other", raw: undefined }, "unknown"],
        [{ unified: "tool-calls", raw: "tool_calls" }, "stop"]
      ] as const
      for (const [finishReason, reason] of ends) {
        const model = answers([{ type: "text", text: "Hello" }], { finishReason })
        assert.strictEqual((yield* Effect.provide(generate, model)).finishReason, reason)
      }
      for (const raw of ["failed", "something_new"]) {
        const { reason } = yield* generate.pipe(
          Effect.provide(answers([], { finishReason: { unified: "other", raw } })),
          Effect.flip
        )
        assert.deepStrictEqual([reason._tag, reason.isRetryable], ["InternalProviderError", true])
      }
      const { reason } = yield* generate.pipe(
        Effect.provide(answers([], { finishReason: { unified: "interrupted", raw: undefined } })),
        Effect.flip
      )
      assert.strictEqual(reason._tag, "InvalidResponseError")
    }))

  it.live("has a typed reason for every failure", () =>
    Effect.gen(function*() {
      const call = { message: "so", url: "http://localhost", requestBodyValues: {} }
      const cases = [
        [new Sdk.APICallError(call), "NetworkError"],
        [new Sdk.APICallError({ ...call, statusCode: 400 }), "InvalidRequestError"],
        [new Sdk.APICallError({ ...call, statusCode: 503, responseBody: "<html>" }), "InternalProviderError"],
        [new Sdk.LoadAPIKeyError({ message: "no key" }), "AuthenticationError"],
        [new Sdk.UnsupportedFunctionalityError({ functionality: "audio" }), "InvalidRequestError"],
        [new Sdk.InvalidResponseDataError({ data: {} }), "InvalidResponseError"],
        [new Error("boom"), "UnknownError"],
        ["boom", "UnknownError"]
      ] as const
      for (const [error, reason] of cases) {
        const failure = yield* generate.pipe(
          Effect.provide(local({ doGenerate: () => Promise.reject(error) })),
          Effect.flip
        )
        assert.strictEqual(failure.reason._tag, reason)
      }
    }))

  it.live("has a typed reason for what comes in a stream", () =>
    Effect.gen(function*() {
      const cases: ReadonlyArray<readonly [ReadonlyArray<Sdk.LanguageModelV4StreamPart>, string]> = [
        [
          [{ type: "error", error: { message: "busy", type: "overloaded_error", statusCode: 529 } }],
          "InternalProviderError"
        ],
        [[{ type: "error", error: { message: "slow", code: 429 } }], "RateLimitError"],
        [[{ type: "error", error: "boom" }], "InternalProviderError"],
        [[{ type: "error", error: new Sdk.InvalidResponseDataError({ data: {} }) }], "InvalidResponseError"],
        [[{ type: "error", error: 7 }], "UnknownError"],
        [[], "InvalidResponseError"],
        [[{ type: "finish", finishReason: { unified: "interrupted", raw: undefined }, usage }], "InvalidResponseError"]
      ]
      for (const [parts, reason] of cases) {
        const failure = yield* Stream.runDrain(LanguageModel.streamText({ prompt: "hi" })).pipe(
          Effect.provide(local({ doStream: () => streamed(parts) })),
          Effect.flip
        )
        assert.strictEqual(failure.reason._tag, reason)
      }
    }))

  it.live("leaves out parts of types that it does not know", () =>
    Effect.gen(function*() {
      const banana = { type: "banana" } as never
      const five = 5 as never
      const said = [
        { type: "text-start", id: "1" },
        { type: "text-delta", id: "1", delta: "Hello" },
        { type: "text-end", id: "1" },
        { type: "finish", finishReason: stop, usage }
      ] as const
      const text = LanguageModel.streamText({ prompt: "hi" }).pipe(
        Stream.runFold(() => "", (text, part) => part.type === "text-delta" ? text + part.delta : text)
      )
      assert.strictEqual(
        yield* Effect.provide(
          text,
          local({ doStream: () => streamed([banana, five, ...said.slice(0, 3), banana, said[3]]) })
        ),
        "Hello"
      )
      const whole = yield* Effect.provide(generate, answers([banana, { type: "text", text: "Hello" }, banana]))
      assert.strictEqual(whole.text, "Hello")
    }))

  it.live("has a typed reason for parts that cannot be read", () =>
    Effect.gen(function*() {
      for (
        const part of [null, undefined, { type: "file" }, { type: "stream-start" }, {
          type: "source",
          sourceType: "url",
          url: 5,
          title: {},
          get id(): string {
            throw new Error("broken")
          }
        }]
      ) {
        const failure = yield* Stream.runDrain(LanguageModel.streamText({ prompt: "hi" })).pipe(
          Effect.provide(
            local({ doStream: () => streamed([part as never, { type: "finish", finishReason: stop, usage }]) })
          ),
          Effect.flip
        )
        assert.strictEqual(failure.reason._tag, "InvalidOutputError")
      }
      for (const part of [null, undefined, { type: "file" }]) {
        const failure = yield* Effect.flip(Effect.provide(generate, answers([part as never])))
        assert.strictEqual(failure.reason._tag, "InvalidOutputError")
      }
    }))

  it.live("cancels a stream that does not follow the signal, when its reader leaves", () =>
    Effect.gen(function*() {
      const cancelled = yield* Deferred.make<void>()
      const endless = new ReadableStream({
        start: (controller) => {
          controller.enqueue({ type: "text-start", id: "1" })
          controller.enqueue({ type: "text-delta", id: "1", delta: "Hello" })
        },
        cancel: () => void Deferred.doneUnsafe(cancelled, Effect.void)
      })
      yield* LanguageModel.streamText({ prompt: "hi" }).pipe(
        Stream.take(1),
        Stream.runDrain,
        Effect.provide(
          local({
            doStream: () => Promise.resolve({ stream: endless as ReadableStream<Sdk.LanguageModelV4StreamPart> })
          })
        )
      )
      yield* Deferred.await(cancelled)
    }))

  it.live("says nothing before the first content, so that it can be asked again", () =>
    Effect.gen(function*() {
      const came: Array<string> = []
      yield* LanguageModel.streamText({ prompt: "hi" }).pipe(
        Stream.runForEach(({ type }) => Effect.sync(() => came.push(type))),
        Effect.provide(local({
          doStream: () =>
            streamed([
              { type: "stream-start", warnings: [] },
              { type: "response-metadata", id: "1", modelId: "m" },
              { type: "error", error: "busy" }
            ])
        })),
        Effect.flip
      )
      assert.deepStrictEqual(came, [])
    }))
})
