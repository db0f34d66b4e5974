import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Layer, Schema, Stream } from "effect"
import { AiError, LanguageModel, OpenAiStructuredOutput } from "effect/ai"
import { Llm } from "greenlang"
import * as LlmFallback from "greenlang/llm/layers/LlmFallback"
import { LlmProvider } from "greenlang/llm/LlmProvider"
import * as LlmRejection from "greenlang/llm/LlmRejection"
import * as TimedLlm from "../../support/TimedLlm.ts"

const failure = (reason: AiError.AiErrorReason) => AiError.make({ module: "test", method: "test", reason })
const failing = (name: string, error: AiError.AiError) =>
  TimedLlm.make(() => Effect.fail(error), { name, model: "test" })
const answering = (name: string, text = "Hello") =>
  TimedLlm.make(() => Effect.succeed({ text }), { name, model: "test" })

const model = <E, R>(first: TimedLlm.TimedLlm, options: LlmFallback.Options<E, R>) =>
  LlmProvider.languageModel.pipe(Layer.provide(LlmFallback.layer(options)), Layer.provide(first.layer))

const down = failure(new AiError.InternalProviderError({ description: "503" }))

describe("LlmFallback", () => {
  it.effect("asks one after the other, and says who answered", () =>
    Effect.gen(function*() {
      const [a, b, c, d] = [failing("a", down), failing("b", down), answering("c"), answering("d")]
      const layer = model(a, { to: [b.layer, c.layer, d.layer] })
      const answer = yield* Effect.provide(Llm.generate("hi"), layer)
      assert.deepInclude(answer, { text: "Hello", provider: "c" })
      assert.deepStrictEqual([a, b, c, d].map(({ calls }) => calls.length), [1, 1, 1, 0])
      const parts = yield* Stream.runCollect(Llm.stream("hi")).pipe(Effect.provide(layer))
      const finish = parts.at(-1)
      assert(finish?.type === "finish")
      assert.deepInclude(finish.metadata["greenlang"], { provider: "c" })
    }))

  it.effect("asks no other provider while the first can answer", () =>
    Effect.gen(function*() {
      const other = answering("b")
      const answer = yield* Effect.provide(Llm.generate("hi"), model(answering("a"), { to: [other.layer] }))
      assert.strictEqual(answer.provider, "a")
      assert.lengthOf(other.calls, 0)
    }))

  it.effect("moves on by the reason of the failure", () =>
    Effect.gen(function*() {
      const circuit = new LlmRejection.CircuitOpen({ provider: "a", model: "test", retryAfter: 1 })
      const budget = new LlmRejection.BudgetExceeded({
        budget: "run",
        unit: "tokens",
        limit: 1,
        spent: 1,
        reserved: 0,
        needed: 1
      })
      const cases = [
        [failure(new AiError.RateLimitError({})), true],
        [failure(new AiError.QuotaExhaustedError({})), true],
        [failure(new AiError.AuthenticationError({ kind: "InvalidKey" })), true],
        [failure(new AiError.InvalidRequestError({ description: "404 no such model" })), true],
        [LlmRejection.toAiError("test", "test", circuit), true],
        [failure(new AiError.InvalidRequestError({ description: "400 bad tool" })), false],
        [failure(new AiError.ContentPolicyError({ description: "no" })), false],
        [LlmRejection.toAiError("test", "test", budget), false]
      ] as const
      for (const [error, moves] of cases) {
        const other = answering("b")
        const exit = yield* Effect.exit(
          Effect.provide(Llm.generate("hi"), model(failing("a", error), { to: [other.layer] }))
        )
        assert.strictEqual(exit._tag, moves ? "Success" : "Failure", error.message)
        assert.lengthOf(other.calls, moves ? 1 : 0)
      }
      const other = answering("b")
      const never = model(failing("a", down), { to: [other.layer], when: () => false })
      assert.strictEqual(yield* Effect.flip(Effect.provide(Llm.generate("hi"), never)), down)
    }))

  it.effect("fails as the last one did", () =>
    Effect.gen(function*() {
      const last = failure(new AiError.RateLimitError({}))
      const layer = model(failing("a", down), { to: [failing("b", last).layer] })
      assert.strictEqual(yield* Effect.flip(Effect.provide(Llm.generate("hi"), layer)), last)
    }))

  it.effect("does not mix the streams of two models", () =>
    Effect.gen(function*() {
      const broken = Layer.succeed(
        LlmProvider,
        LlmProvider.make({
          name: "broken",
          model: "test",
          generate: () => Effect.fail(down),
          stream: () => Stream.concat(Stream.make({ type: "text-start" as const, id: "0" }), Stream.fail(down))
        })
      )
      const other = answering("b")
      const layer = LlmProvider.languageModel.pipe(
        Layer.provide(LlmFallback.layer({ to: [other.layer] })),
        Layer.provide(broken)
      )
      yield* Effect.flip(Stream.runDrain(Llm.stream("hi")).pipe(Effect.provide(layer)))
      assert.lengthOf(other.calls, 0)
    }))

  it.effect("understands the values of a vendor that writes them another way", () =>
    Effect.gen(function*() {
      // OpenAI wants every field there, and null where there is none.
      const openai = Layer.succeed(
        LlmProvider,
        LlmProvider.make({
          name: "openai",
          model: "test",
          codecTransformer: OpenAiStructuredOutput.toCodecOpenAI,
          generate: () => Effect.succeed([{ type: "text", text: "{\"city\":\"Oslo\",\"people\":null}" }]),
          stream: () => Stream.empty
        })
      )
      const schema = Schema.Struct({ city: Schema.String, people: Schema.optionalKey(Schema.Int) })
      const { value } = yield* LanguageModel.generateObject({ prompt: "hi", schema }).pipe(
        Effect.provide(model(failing("a", down), { to: [openai] }))
      )
      assert.deepStrictEqual(value, { city: "Oslo" })

      const first = Layer.provide(LlmFallback.layer({ to: [answering("b", "{\"city\":\"Oslo\"}").layer] }), openai)
      const broken = Layer.effect(
        LlmProvider,
        Effect.map(LlmProvider, (provider) => ({ ...provider, generate: () => Effect.fail(down) }))
      )
      const other = yield* LanguageModel.generateObject({ prompt: "hi", schema }).pipe(
        Effect.provide(
          LlmProvider.languageModel.pipe(
            Layer.provide(LlmFallback.layer({ to: [answering("b", "{\"city\":\"Oslo\"}").layer] })),
            Layer.provide(broken),
            Layer.provide(openai)
          )
        )
      )
      assert.deepStrictEqual(other.value, { city: "Oslo" })
      assert.isDefined(Context.get(yield* Layer.build(first), LlmProvider).codecTransformer)
    }).pipe(Effect.scoped))

  it.effect("fails to build when another provider does", () =>
    Effect.gen(function*() {
      const layer = model(answering("a"), { to: [Layer.effect(LlmProvider, Effect.fail("no key" as const))] })
      assert.strictEqual(yield* Effect.flip(Effect.provide(Effect.flip(Llm.generate("hi")), layer)), "no key")
    }))
})
