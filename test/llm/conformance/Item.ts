/**
 * What every vendor must do, over real HTTP.
 */
import { assert } from "@effect/vitest"
import { Cause, Duration, Effect, Exit, Fiber, Layer, Logger, Schema, type Scope, Stream, Tracer } from "effect"
import { type AiError, LanguageModel, Prompt, type Response, Tool as AiTool, Toolkit } from "effect/ai"
import { TestClock } from "effect/testing"
import { Llm, Tool } from "greenlang"
import * as Http from "greenlang/http/Http"
import type { LlmProvider } from "greenlang/llm/LlmProvider"
import { LlmSettings } from "greenlang/llm/LlmSettings"
import { FakeProvider, Fault, NoLeaks, Reply } from "greenlang/testing"
import type { Line } from "greenlang/testing/FakeProvider"
import { inspect } from "node:util"
import { key, type Vendor } from "./Vendor.ts"
import { offeredIn, saidIn, schemaIn } from "./Wire.ts"

type Model = LlmProvider | LanguageModel.LanguageModel

/** A vendor at a server that answers with `lines`. */
const at = Effect.fnUntraced(function*(vendor: Vendor, ...lines: ReadonlyArray<Line>) {
  const server = yield* (vendor.family === undefined
    ? FakeProvider.make(...lines)
    : FakeProvider.makeAs(vendor.family, ...lines))
  const model = (options: Http.Options = {}): Layer.Layer<Model> =>
    vendor.make(server.baseUrl).pipe(Layer.provide(Http.layer({ retries: 0, pause: "1 millis", ...options })))
  /** What the server was asked last. */
  const asked = Effect.map(server.journal, (journal) => journal.at(-1)!)
  return { server, model, asked }
})

const area = Tool.make("area", {
  description: "Area of a rectangle",
  input: Schema.Struct({ width: Schema.Finite, depth: Schema.Finite }),
  output: Schema.Finite,
  execute: ({ depth, width }) => Effect.succeed(width * depth)
})

/** The same tool, for those who call the model themselves. */
const kit = Toolkit.make(
  AiTool.make("area", {
    description: "Area of a rectangle",
    parameters: Schema.Struct({ width: Schema.Finite, depth: Schema.Finite }),
    success: Schema.Finite
  })
)

const twoCalls: Reply.Reply = {
  toolCalls: [
    { id: "call_a", name: "area", input: { width: 2, depth: 3 } },
    { id: "call_b", name: "area", input: { width: 1, depth: 1 } }
  ]
}

const long = "Hello there, and so on, and so on, and so on"

const generate = LanguageModel.generateText({ prompt: "hi" })
const stream = LanguageModel.streamText({ prompt: "hi" })
const drain = Stream.runDrain(stream)

/** A tracer, and the spans that it has seen. */
const traced = Effect.map(Effect.tracer, (native) => {
  const spans: Array<Tracer.Span> = []
  const tracer = Tracer.make({
    span: (options) => {
      const span = native.span(options)
      spans.push(span)
      return span
    }
  })
  return { spans, tracer }
})

/** The text of a stream, and its last part, which is its end. */
const read = (parts: ReadonlyArray<Response.AnyPart>) => {
  const text = parts.flatMap((part) => part.type === "text-delta" ? [part.delta] : []).join("")
  const finish = parts.at(-1)
  assert(finish?.type === "finish")
  return { text, finish }
}

/** What `ask`, at once and in a stream, fails with. */
const failures = Effect.fnUntraced(function*(vendor: Vendor, fault: Fault.Fault, options?: Http.Options) {
  const { model, server } = yield* at(vendor, fault, fault)
  const asked = yield* Effect.flip(Effect.provide(generate, model(options)))
  const streamed = yield* Effect.flip(Effect.provide(drain, model(options)))
  return { asked, streamed, server }
})

/** A second of the clock, and a turn of the event loop, in which what has come is read. */
const aSecondPasses = Effect.andThen(
  TestClock.adjust("1 second"),
  Effect.promise(() => new Promise<void>((resolve) => setImmediate(resolve)))
)

const reasons = ({ asked, streamed }: { readonly asked: AiError.AiError; readonly streamed: AiError.AiError }) => [
  asked.reason._tag,
  streamed.reason._tag
]

const items = {
  "returns text, usage, the end and who answered": Effect.fnUntraced(function*(vendor: Vendor) {
    const { model } = yield* at(vendor, { text: "Hello", usage: { inputTokens: 50, outputTokens: 9 } })
    const { finishReason, model: name, provider, text, usage } = yield* Effect.provide(Llm.generate("hi"), model())
    assert.deepStrictEqual(
      { finishReason, name, provider, text, tokens: [usage.inputTokens, usage.outputTokens] },
      { finishReason: "stop", name: vendor.model, provider: vendor.provider, text: "Hello", tokens: [50, 9] }
    )
  }),

  "says how an answer ended": Effect.fnUntraced(function*(vendor: Vendor) {
    const { model } = yield* at(
      vendor,
      ...Array.from({ length: 2 }, (): ReadonlyArray<Reply.Reply> => [
        { text: "so" },
        { text: "so", finishReason: "length" },
        { text: "so", finishReason: "content-filter" },
        { refusal: "I will not" }
      ]).flat()
    )
    const ends = ["stop", "length", "content-filter", "content-filter"]
    const asked = yield* Effect.forEach(ends, () => generate).pipe(Effect.provide(model()))
    assert.deepStrictEqual(asked.map(({ finishReason }) => finishReason), ends)
    assert.strictEqual(asked.at(-1)?.text, "I will not")
    const streamed = yield* Effect.forEach(ends, () => Stream.runCollect(stream)).pipe(Effect.provide(model()))
    assert.deepStrictEqual(streamed.map((parts) => read(parts).finish.reason), ends)
    assert.strictEqual(read(streamed.at(-1)!).text, "I will not")
  }),

  "sends system prompt, several turns and settings": Effect.fnUntraced(function*(vendor: Vendor) {
    const { asked, model } = yield* at(vendor, "Hello")
    yield* LanguageModel.generateText({
      prompt: [
        { role: "system", content: "Be brief" },
        { role: "user", content: "hi" },
        { role: "assistant", content: "Hello" },
        { role: "user", content: "and?" }
      ]
    }).pipe(Effect.provideService(LlmSettings, { maxOutputTokens: 77 }), Effect.provide(model()))
    const exchange = yield* asked
    assert.deepStrictEqual(saidIn(exchange), ["system: Be brief", "user: hi", "assistant: Hello", "user: and?"])
    assert.include(JSON.stringify(exchange.body), "77")
  }),

  "sends images": Effect.fnUntraced(function*(vendor: Vendor) {
    const { asked, model } = yield* at(vendor, "a cat")
    yield* LanguageModel.generateText({
      prompt: [{
        role: "user",
        content: [
          { type: "text", text: "what is it?" },
          { type: "file", mediaType: "image/png", data: new Uint8Array([1, 2, 3]) },
          { type: "file", mediaType: "image/png", data: new URL("https://example.com/cat.png") }
        ]
      }]
    }).pipe(Effect.provide(model()))
    const { body } = yield* asked
    assert.include(JSON.stringify(body), "AQID")
    assert.include(JSON.stringify(body), "https://example.com/cat.png")
  }),

  "offers tools, and demands one": Effect.fnUntraced(function*(vendor: Vendor) {
    const choices = ["auto", "required", { tool: "area" }] as const
    const { model, server } = yield* at(vendor, ...choices.map(() => "so"))
    yield* Effect.forEach(
      choices,
      (toolChoice) =>
        LanguageModel.generateText({ prompt: "hi", toolkit: kit, toolChoice, disableToolCallResolution: true })
    ).pipe(
      Effect.provide(model())
    )
    const offered = ["area(width, depth): Area of a rectangle"]
    assert.deepStrictEqual((yield* server.journal).map(offeredIn), [
      { offered, choice: "auto" },
      { offered, choice: "required" },
      { offered, choice: "area" }
    ])
  }),

  "runs a tool loop": Effect.fnUntraced(function*(vendor: Vendor) {
    const { asked, model } = yield* at(
      vendor,
      { text: "let me see", toolCalls: [{ id: "call_a", name: "area", input: { width: 2, depth: 3 } }] },
      "six"
    )
    const answer = yield* Llm.withTools({ prompt: "how large?", tools: [area] }).pipe(Effect.provide(model()))
    assert.deepStrictEqual([answer.text, answer.turns, Llm.outputs(answer, area)], ["six", 2, [6]])
    assert.deepStrictEqual(saidIn(yield* asked), [
      "user: how large?",
      "assistant: let me see",
      "call call_a: area {\"width\":2,\"depth\":3}",
      "result call_a: 6"
    ])
  }),

  "runs two calls at once": Effect.fnUntraced(function*(vendor: Vendor) {
    const { asked, model } = yield* at(vendor, twoCalls, "seven")
    const answer = yield* Llm.withTools({ prompt: "how large?", tools: [area] }).pipe(Effect.provide(model()))
    assert.deepStrictEqual([answer.text, Llm.outputs(answer, area)], ["seven", [6, 1]])
    assert.deepStrictEqual(saidIn(yield* asked), [
      "user: how large?",
      "call call_a: area {\"width\":2,\"depth\":3}",
      "call call_b: area {\"width\":1,\"depth\":1}",
      "result call_a: 6",
      "result call_b: 1"
    ])
  }),

  "puts every result directly behind its call": Effect.fnUntraced(function*(vendor: Vendor) {
    const { asked, model } = yield* at(vendor, "done")
    const text = (text: string) => Prompt.assistantMessage({ content: [Prompt.textPart({ text })] })
    const result = (id: string) =>
      Prompt.toolResultPart({ id, name: "area", isFailure: false, result: 6, providerExecuted: false })
    const call = (id: string) => Prompt.toolCallPart({ id, name: "area", params: { id }, providerExecuted: false })
    yield* LanguageModel.generateText({
      prompt: Prompt.fromMessages([
        Prompt.userMessage({ content: [Prompt.textPart({ text: "hi" })] }),
        Prompt.assistantMessage({ content: [call("call_a"), call("call_b")] }),
        text("wait"),
        Prompt.toolMessage({ content: [result("call_b"), result("call_a")] })
      ])
    }).pipe(Effect.provide(model()))
    assert.deepStrictEqual(saidIn(yield* asked), [
      "user: hi",
      "call call_a: area {\"id\":\"call_a\"}",
      "call call_b: area {\"id\":\"call_b\"}",
      "result call_a: 6",
      "result call_b: 6",
      "assistant: wait"
    ])
  }),

  "passes on arguments that are not JSON": Effect.fnUntraced(function*(vendor: Vendor) {
    const { model, server } = yield* at(vendor, Reply.call("area", "{\"width\":"), "sorry", {
      toolCalls: [{ name: "area", input: "{\"width\":" }]
    })
    const answer = yield* Llm.withTools({ prompt: "how large?", tools: [area] }).pipe(Effect.provide(model()))
    assert.deepStrictEqual([answer.text, answer.calls.map(({ input }) => input)], ["sorry", ["{\"width\":"]])
    assert.strictEqual((yield* server.journal).length, 2)
    const parts = yield* LanguageModel.streamText({
      prompt: "hi",
      toolkit: kit,
      disableToolCallResolution: true,
      toolCallValidation: "deferred"
    }).pipe(Stream.runCollect, Effect.provide(model()))
    assert.deepStrictEqual(parts.flatMap((part) => part.type === "tool-call" ? [part.params] : []), ["{\"width\":"])
  }),

  "asks for a value of a schema, optional fields included": Effect.fnUntraced(function*(vendor: Vendor) {
    const { asked, model } = yield* at(vendor, Reply.object({ city: "Oslo", people: null }))
    const schema = Schema.Struct({ city: Schema.String, people: Schema.optionalKey(Schema.Int) })
    const { value } = yield* Llm.generateObject(schema, { prompt: "where?" }).pipe(Effect.provide(model()))
    assert.deepStrictEqual(value, { city: "Oslo" })
    assert.deepStrictEqual(schemaIn(yield* asked).required, ["city", "people"])
  }),

  "reports a refusal to give a value": Effect.fnUntraced(function*(vendor: Vendor) {
    const { model } = yield* at(vendor, { refusal: "I will not" })
    const { message, reason } = yield* LanguageModel.generateObject({
      prompt: "where?",
      schema: Schema.Struct({ city: Schema.String })
    }).pipe(Effect.provide(model()), Effect.flip)
    assert.strictEqual(reason._tag, "ContentPolicyError")
    assert.include(message, "I will not")
  }),

  "streams text in pieces": Effect.fnUntraced(function*(vendor: Vendor) {
    const { model } = yield* at(vendor, { text: "Hello there", usage: { inputTokens: 50, outputTokens: 9 } })
    const parts = yield* Effect.provide(Stream.runCollect(stream), model())
    const { finish, text } = read(parts)
    assert.strictEqual(text, "Hello there")
    assert.isAtLeast(parts.filter(({ type }) => type === "text-delta").length, 2)
    assert.strictEqual(parts[0]?.type, "response-metadata")
    assert.deepStrictEqual(
      [finish.reason, finish.usage.inputTokens.total, finish.usage.outputTokens.total],
      ["stop", 50, 9]
    )
  }),

  "streams two calls of tools": Effect.fnUntraced(function*(vendor: Vendor) {
    const { model } = yield* at(vendor, twoCalls)
    const parts = yield* LanguageModel.streamText({ prompt: "hi", toolkit: kit, disableToolCallResolution: true }).pipe(
      Stream.runCollect,
      Effect.provide(model())
    )
    const calls = parts.flatMap((part) => part.type === "tool-call" ? [[part.id, part.params]] : [])
    assert.deepStrictEqual(calls, [["call_a", { width: 2, depth: 3 }], ["call_b", { width: 1, depth: 1 }]])
    assert.deepStrictEqual(
      parts.flatMap((part) => part.type === "tool-params-delta" && part.id === "call_b" ? [part.delta] : []).join(""),
      "{\"width\":1,\"depth\":1}"
    )
    assert.strictEqual(read(parts).finish.reason, "tool-calls")
  }),

  "returns what the model thought": Effect.fnUntraced(function*(vendor: Vendor) {
    const reply = { reasoning: "let me see", text: "six" }
    const { model } = yield* at(vendor, reply, reply)
    const { reasoningText } = yield* Effect.provide(generate, model())
    assert.strictEqual(reasoningText, "let me see")
    const parts = yield* Effect.provide(Stream.runCollect(stream), model())
    const thought = parts.flatMap((part) => part.type === "reasoning-delta" ? [part.delta] : []).join("")
    assert.strictEqual(thought, "let me see")
  }),

  "gives back what the model thought": Effect.fnUntraced(function*(vendor: Vendor) {
    const reply = { reasoning: "let me see", text: "six" }
    const { model, server } = yield* at(vendor, reply, "yes", reply, "yes")
    const on = (content: ReadonlyArray<Response.AnyPart>) =>
      LanguageModel.generateText({ prompt: Prompt.concat(Prompt.fromResponseParts(content), "sure?") })
    yield* Effect.gen(function*() {
      yield* on((yield* generate).content)
      yield* on(yield* Stream.runCollect(stream))
    }).pipe(Effect.provide(model()))
    const [, first, , second] = yield* server.journal
    for (const exchange of [first!, second!]) {
      assert.deepStrictEqual(saidIn(exchange), ["thought: let me see", "assistant: six", "user: sure?"])
    }
  }),

  "counts cached tokens": Effect.fnUntraced(function*(vendor: Vendor) {
    const reply = { text: "so", usage: { inputTokens: 50, outputTokens: 9, cachedInputTokens: 10 } }
    const { model } = yield* at(vendor, reply, reply)
    const asked = yield* Effect.provide(generate, model())
    const { finish } = read(yield* Effect.provide(Stream.runCollect(stream), model()))
    for (const { inputTokens } of [asked.usage, finish.usage]) {
      assert.deepStrictEqual([inputTokens.total, inputTokens.uncached, inputTokens.cacheRead], [50, 40, 10])
    }
  }),

  "counts thought tokens": Effect.fnUntraced(function*(vendor: Vendor) {
    const reply = { text: "so", usage: { inputTokens: 50, outputTokens: 9, reasoningTokens: 4 } }
    const { model } = yield* at(vendor, reply, reply)
    const asked = yield* Effect.provide(generate, model())
    const { finish } = read(yield* Effect.provide(Stream.runCollect(stream), model()))
    for (const { outputTokens } of [asked.usage, finish.usage]) {
      assert.deepStrictEqual([outputTokens.total, outputTokens.text, outputTokens.reasoning], [9, 5, 4])
    }
  }),

  "says how long a 429 asks to wait": Effect.fnUntraced(function*(vendor: Vendor) {
    const { asked, streamed } = yield* failures(vendor, Fault.rateLimited("2 seconds"))
    for (const { isRetryable, reason, retryAfter } of [asked, streamed]) {
      assert.deepStrictEqual([reason._tag, isRetryable], ["RateLimitError", true])
      assert.deepStrictEqual(retryAfter, Duration.seconds(2))
    }
  }),

  "leaves retries of a 500 to the client": Effect.fnUntraced(function*(vendor: Vendor) {
    const failed = yield* failures(vendor, Fault.serverError)
    assert.deepStrictEqual(reasons(failed), ["InternalProviderError", "InternalProviderError"])
    assert.isTrue(failed.asked.isRetryable)
    assert.strictEqual((yield* failed.server.journal).length, 2)
    const { model } = yield* at(vendor, Fault.serverError, "Hello")
    assert.strictEqual((yield* Effect.provide(generate, model({ retries: 1 }))).text, "Hello")
  }),

  "reports an answer that is not JSON": Effect.fnUntraced(function*(vendor: Vendor) {
    const failed = yield* failures(vendor, Fault.invalidJson(long))
    assert.deepStrictEqual(reasons(failed), ["InvalidResponseError", "InvalidResponseError"])
  }),

  "reports an answer that is cut off": Effect.fnUntraced(function*(vendor: Vendor) {
    const failed = yield* failures(vendor, Fault.truncated(long))
    assert.deepStrictEqual(reasons(failed), ["InvalidResponseError", "InvalidResponseError"])
  }),

  "reports a connection that is reset": Effect.fnUntraced(function*(vendor: Vendor) {
    const failed = yield* failures(vendor, Fault.reset(long))
    assert.deepStrictEqual(reasons(failed), ["NetworkError", "NetworkError"])
  }),

  "reads an answer whose counts cannot be, and counts nothing": Effect.fnUntraced(function*(vendor: Vendor) {
    const fault = Fault.wrongUsage(long, "negative")
    const { model } = yield* at(vendor, fault, fault)
    const asked = yield* Effect.provide(generate, model())
    const streamed = read(yield* Effect.provide(Stream.runCollect(stream), model()))
    assert.deepStrictEqual([asked.text, streamed.text], [long, long])
    for (const { inputTokens, outputTokens } of [asked.usage, streamed.finish.usage]) {
      assert.isUndefined(inputTokens.total)
      assert.isUndefined(outputTokens.total)
    }
  }),

  "closes the connection when the answer takes too long": Effect.fnUntraced(function*(vendor: Vendor) {
    for (const fault of [Fault.silence, Fault.stall(long)]) {
      const { model, server } = yield* at(vendor, fault, fault)
      for (const [at, call] of [Effect.asVoid(generate), drain].entries()) {
        const error = yield* Effect.gen(function*() {
          const fiber = yield* Effect.forkChild(Effect.flip(Effect.provide(call, model({ timeout: "1 second" }))))
          // Time passes once the server has the request.
          yield* server.until(({ length }) => length === at + 1)
          return yield* Effect.raceFirst(Fiber.join(fiber), Effect.forever(aSecondPasses))
        }).pipe(Effect.provide(TestClock.layer()))
        assert.strictEqual(error.reason._tag, "NetworkError")
        yield* server.until((journal) => journal[at]?.ending === "abandoned")
      }
    }
  }),

  "closes the connection when it is interrupted": Effect.fnUntraced(function*(vendor: Vendor) {
    const { model, server } = yield* at(vendor, Fault.silence, Fault.stall(long))
    // The client stays open, so that it is the interruption that closes the connection.
    yield* Effect.gen(function*() {
      for (const [at, call] of [Effect.asVoid(generate), drain].entries()) {
        const fiber = yield* Effect.forkChild(call)
        yield* server.until(({ length }) => length === at + 1)
        yield* Fiber.interrupt(fiber)
        yield* server.until((journal) => journal[at]?.ending === "abandoned")
      }
    }).pipe(Effect.provide(model()))
  }),

  "closes the connection of a stream that is left": Effect.fnUntraced(function*(vendor: Vendor) {
    const { model, server } = yield* at(vendor, Fault.stall(long), Fault.stall(long))
    yield* Effect.gen(function*() {
      const two = yield* Stream.runCollect(Stream.take(stream, 2))
      assert.strictEqual(two.length, 2)
      yield* server.until((journal) => journal[0]?.ending === "abandoned")
      yield* stream.pipe(Stream.takeUntil(({ type }) => type === "text-delta"), Stream.runDrain)
      yield* server.until((journal) => journal[1]?.ending === "abandoned")
    }).pipe(Effect.provide(model()))
  }),

  "leaves nothing behind": Effect.fnUntraced(function*(vendor: Vendor) {
    yield* Effect.gen(function*() {
      const { model, server } = yield* at(vendor, "Hello", long, Fault.stall(long), Fault.reset(long), Fault.silence)
      yield* Effect.gen(function*() {
        yield* generate
        yield* drain
        yield* Stream.runDrain(Stream.take(stream, 2))
        yield* Effect.flip(drain)
        const asking = yield* Effect.forkChild(generate)
        yield* server.until((journal) => journal.length === 5)
        yield* Fiber.interrupt(asking)
      }).pipe(Effect.provide(model()))
    }).pipe(Effect.scoped, (self) => NoLeaks.check(self, { settle: "10 seconds" }))
  }),

  "calls in the span of the caller": Effect.fnUntraced(function*(vendor: Vendor) {
    const { model } = yield* at(vendor, "Hello", "Hello")
    const { spans, tracer } = yield* traced
    yield* Effect.andThen(generate, drain).pipe(
      Effect.withSpan("caller"),
      Effect.withTracer(tracer),
      Effect.provide(model())
    )
    const requests = spans.filter(({ attributes }) => attributes.has("http.request.method"))
    assert.strictEqual(requests.length, 2)
    for (const { traceId } of requests) assert.strictEqual(traceId, spans[0]?.traceId)
  }),

  "shows its key in no error, log or span": Effect.fnUntraced(function*(vendor: Vendor) {
    const { model } = yield* at(vendor, Fault.status(401), Fault.status(401))
    const shown: Array<string> = []
    const { spans, tracer } = yield* traced
    const logger = Logger.make(({ cause, message }) => {
      shown.push(inspect(message, { depth: 9 }), Cause.pretty(cause))
    })
    for (const call of [Effect.asVoid(generate), drain]) {
      const exit = yield* call.pipe(
        Effect.tapCause((cause) => Effect.logError("it failed", cause)),
        Effect.withTracer(tracer),
        Effect.provide([model(), Logger.layer([logger])]),
        Effect.exit
      )
      assert(Exit.isFailure(exit))
      const error = Cause.squash(exit.cause)
      shown.push(Cause.pretty(exit.cause), inspect(error, { depth: 9 }), JSON.stringify(error))
    }
    for (const span of spans) shown.push(JSON.stringify([...span.attributes]), inspect(span.status, { depth: 9 }))
    assert.isAtLeast(spans.length, 4)
    assert.isTrue(shown.some((text) => text.includes("Incorrect API key provided: <redacted>")))
    for (const text of shown) assert.notInclude(text, key)
  })
} satisfies Record<string, (vendor: Vendor) => Effect.Effect<void, unknown, Scope.Scope>>

/** One thing that every vendor must do. */
export type Item = keyof typeof items

export const all = Object.entries(items) as ReadonlyArray<
  readonly [Item, (vendor: Vendor) => Effect.Effect<void, unknown, Scope.Scope>]
>
