import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Random, Stream } from "effect"
import { AiError } from "effect/ai"
import { TestClock } from "effect/testing"
import { Llm, LlmProvider } from "greenlang"
import { FaultyLlm, Script, ScriptedLlm } from "greenlang/testing"

const busy = new AiError.RateLimitError({})
const down = new AiError.InternalProviderError({ description: "down" })

const model = (faults: Layer.Layer<LlmProvider, never, LlmProvider>) =>
  LlmProvider.languageModel.pipe(
    Layer.provide(faults),
    Layer.provideMerge(ScriptedLlm.layer(Script.always("one two three")))
  )

const outcome = <A extends { readonly text: string }, R>(call: Effect.Effect<A, AiError.AiError, R>) =>
  Effect.match(call, { onFailure: ({ reason }) => reason._tag, onSuccess: ({ text }) => text })

describe("FaultyLlm", () => {
  it.effect("fails the calls of its list, then none", () =>
    Effect.gen(function*() {
      const outcomes = yield* Effect.replicateEffect(outcome(Llm.generate("hi")), 5)
      const answer = "one two three"
      assert.deepStrictEqual(outcomes, ["RateLimitError", answer, "InternalProviderError", answer, answer])
    }).pipe(Effect.provide(model(FaultyLlm.layer(busy, FaultyLlm.pass, down)))))

  it.effect("delays and hangs", () =>
    Effect.gen(function*() {
      const late = yield* Effect.forkChild(Llm.generate("hi"))
      yield* TestClock.adjust("59 seconds")
      assert.isUndefined(late.pollUnsafe())
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(late)).text, "one two three")

      const never = yield* Effect.forkChild(Effect.flip(Effect.timeout(Llm.generate("hi"), "1 hour")))
      yield* TestClock.adjust("1 hour")
      assert.strictEqual((yield* Fiber.join(never))._tag, "TimeoutError")
      assert.lengthOf(yield* ScriptedLlm.asked, 1)

      const slow = yield* Effect.forkChild(Stream.mkString(Llm.streamText("hi")))
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* Fiber.join(slow), "one two three")
      const silent = yield* Effect.forkChild(Stream.runDrain(Llm.stream("hi")))
      yield* TestClock.adjust("1 hour")
      assert.isUndefined(silent.pollUnsafe())
      yield* Fiber.interrupt(silent)
    }).pipe(Effect.provide(model(FaultyLlm.layer(
      FaultyLlm.delay("1 minute"),
      FaultyLlm.hang,
      FaultyLlm.delay("1 minute"),
      FaultyLlm.hang
    )))))

  it.effect("breaks off after the provider was asked", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* outcome(Llm.generate("hi")), "InternalProviderError")
      let text = ""
      const error = yield* Llm.streamText("hi").pipe(
        Stream.runForEach((delta) => Effect.sync(() => void (text += delta))),
        Effect.flip
      )
      assert.deepStrictEqual([text, error.reason._tag], ["one two", "InternalProviderError"])
      assert.strictEqual((yield* Effect.flip(Stream.runDrain(Llm.stream("hi")))).reason._tag, "RateLimitError")
      assert.lengthOf(yield* ScriptedLlm.asked, 2)
    }).pipe(Effect.provide(model(FaultyLlm.layer(FaultyLlm.breakOff(down), FaultyLlm.breakOff(down, 4), busy)))))

  it.effect("meets the same faults with the same seed, about as many as said", () =>
    Effect.gen(function*() {
      const outcomes = (seed: string) =>
        Effect.replicateEffect(outcome(Llm.generate("hi")), 400).pipe(
          Effect.provide(model(FaultyLlm.layerChance({ probability: 0.5, faults: [busy, down] }))),
          Random.withSeed(seed)
        )
      const [first, again, other] = yield* Effect.all([outcomes("a"), outcomes("a"), outcomes("b")])
      assert.deepStrictEqual(first, again)
      assert.notDeepEqual(first, other)
      const count = (tag: string) => first.filter((outcome) => outcome === tag).length
      for (const tag of ["RateLimitError", "InternalProviderError"]) assert.approximately(count(tag), 100, 40)
    }))

  it.effect("fails never, and always", () =>
    Effect.gen(function*() {
      const outcomes = (probability: number) =>
        Effect.replicateEffect(outcome(Llm.generate("hi")), 20).pipe(
          Effect.provide(model(FaultyLlm.layerChance({ probability, faults: [busy] }))),
          Effect.map((outcomes) => [...new Set(outcomes)])
        )
      assert.deepStrictEqual([yield* outcomes(0), yield* outcomes(1)], [["one two three"], ["RateLimitError"]])
    }))
})
