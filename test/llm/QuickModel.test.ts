import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Ref, Schema, Tracer } from "effect"
import { AiError, LanguageModel, Prompt, type Response, Telemetry, Tool, Toolkit } from "effect/ai"
import { Llm, LlmProvider } from "greenlang"
import { ScriptedLlm } from "greenlang/testing"
import * as QuickModel from "../../src/llm/internal/QuickModel.ts"

const kit = Toolkit.make(Tool.make("area", { parameters: Schema.Struct({ width: Schema.Finite }) }))

/** What `effect/ai` makes of the parts of an answer. */
const bySchema = Effect.fnUntraced(function*(
  parts: ReadonlyArray<Response.PartEncoded>,
  hasTools: boolean
): Effect.fn.Return<ReadonlyArray<unknown>, AiError.AiError> {
  const model = yield* LanguageModel.make({
    generateText: () => Effect.succeed([...parts]),
    streamText: () => assert.fail("not asked")
  })
  if (!hasTools) return (yield* model.generateText({ prompt: "?" })).content
  const { content } = yield* model.generateText({
    prompt: "?",
    toolkit: yield* kit.pipe(Effect.provide(kit.toLayer({ area: () => Effect.die("not called") }))),
    disableToolCallResolution: true,
    toolCallValidation: "deferred"
  })
  return content
})

const usage = (total: unknown = 3) =>
  ({
    inputTokens: { uncached: 1, total: 3, cacheRead: 2, cacheWrite: 0 },
    outputTokens: { total, text: 1, reasoning: 2 }
  }) as Response.FinishPartEncoded["usage"]

const metadatas: ReadonlyArray<unknown> = [
  undefined,
  {},
  { openai: { server: "x", list: [1, "a", null, true] } },
  { openai: null },
  { openai: { at: undefined } },
  { openai: Number.NaN },
  { openai: new Date(0) },
  [],
  "no"
]
const forms: ReadonlyArray<unknown> = [
  { type: "text", text: "It is." },
  { type: "text", text: 1 },
  { type: "reasoning", text: "Hm." },
  { type: "tool-call", id: "c1", name: "area", params: { width: 1 } },
  { type: "tool-call", id: "c1", name: "area", params: "not JSON", providerExecuted: false },
  { type: "tool-call", id: "c1", name: "other", params: {} },
  { type: "tool-call", id: 1, name: "area", params: {} },
  { type: "tool-call", id: "c1", name: "area", params: {}, providerExecuted: true },
  { type: "response-metadata", id: "r1", modelId: "m", timestamp: "2025-01-31T10:00:00.000Z" },
  { type: "response-metadata" },
  { type: "response-metadata", id: 7 },
  { type: "response-metadata", timestamp: "soon" },
  { type: "finish", reason: "stop", usage: usage() },
  { type: "finish", reason: "stop", usage: usage(undefined) },
  { type: "finish", reason: "stop", usage: usage(1.5) },
  { type: "finish", reason: "stop", usage: usage("3") },
  { type: "finish", reason: "done", usage: usage() },
  { type: "finish", reason: "stop", usage: usage(), response: { status: 200, headers: { "x-ratelimit-limit": "5" } } },
  { type: "finish", reason: "stop", usage: usage(), response: { status: "200", headers: {} } },
  { type: "source", sourceType: "url", id: "s", url: "https://example.com/", title: "t" }
]

describe("an answer that is read by hand", () => {
  for (const hasTools of [true, false]) {
    it.effect(`is what the schemas of effect/ai read, or is left to them: ${hasTools ? "with" : "without"} tools`, () =>
      Effect.gen(function*() {
        let byHand = 0
        for (const form of forms) {
          for (const metadata of metadatas) {
            const part = (metadata === undefined ? form : { ...form as object, metadata }) as Response.PartEncoded
            const read = QuickModel.contentOf([part], hasTools)
            if (read === undefined) continue
            byHand++
            assert.deepStrictEqual<ReadonlyArray<unknown>>(read, yield* bySchema([part], hasTools))
          }
        }
        assert.isAbove(byHand, 20)
      }))
  }
})

const model = (...script: ReadonlyArray<ScriptedLlm.Line>) => ScriptedLlm.layer(...script)
const spans: Array<string> = []
const tracer = Tracer.make({
  span: (options) => {
    spans.push(options.name)
    return new Tracer.NativeSpan(options)
  }
})

describe("a call of the library", () => {
  it.effect("answers alike where a tracer, a transformer of spans or nothing takes part", () =>
    Effect.gen(function*() {
      const transformed = yield* Ref.make(0)
      const ask = Effect.provide(Llm.generate("?"), model("Seven."))
      const alone = yield* ask
      assert.deepStrictEqual(yield* Effect.withTracer(ask, tracer), alone)
      const seen = ask.pipe(
        Effect.provideService(Telemetry.CurrentSpanTransformer, () =>
          Effect.runSync(Ref.update(transformed, (n) => n + 1)))
      )
      assert.deepStrictEqual(yield* seen, alone)
      assert.strictEqual(yield* Ref.get(transformed), 1)
      assert.include(spans, "Llm.generate")
    }))

  it.effect("fails with what is wrong with a part, as LanguageModel does", () =>
    Effect.gen(function*() {
      const broken = LlmProvider.languageModel.pipe(Layer.provide(Layer.succeed(LlmProvider, {
        name: "broken",
        model: "m",
        offline: false,
        generate: () => Effect.succeed([{ type: "text", text: 1 } as never]),
        stream: () => assert.fail("not asked")
      })))
      const failures = yield* Effect.all([
        Effect.flip(Llm.generate("?")),
        Effect.flip(LanguageModel.generateText({ prompt: "?" }))
      ]).pipe(Effect.provide(broken))
      assert.deepStrictEqual(failures.map(({ reason }) => reason._tag), ["InvalidOutputError", "InvalidOutputError"])
    }))

  it.effect("leaves approvals in a prompt to effect/ai", () =>
    Effect.gen(function*() {
      const prompt = Prompt.make([
        { role: "user", content: "?" },
        {
          role: "assistant",
          content: [
            { type: "tool-call", id: "c1", name: "area", params: {}, providerExecuted: false },
            { type: "tool-approval-request", approvalId: "a1", toolCallId: "c1" }
          ]
        },
        { role: "tool", content: [{ type: "tool-approval-response", approvalId: "a1", approved: true }] }
      ])
      const error = yield* Effect.flip(Llm.generate(prompt))
      assert(AiError.isAiError(error))
      assert.strictEqual(error.reason._tag, "ToolkitRequiredError")
    }).pipe(Effect.provide(model())))

  it.effect("counts once where a model of ours is asked inside a model of ours", () =>
    Effect.gen(function*() {
      const outer = LlmProvider.languageModel.pipe(
        Layer.provide(LlmProvider.fromLanguageModel({ name: "outer", model: "o" })),
        Layer.provide(model("Seven."))
      )
      const { text, usage } = yield* Effect.provide(Llm.generate("?"), outer)
      assert.deepStrictEqual([text, usage.calls], ["Seven.", 1])
    }))
})
