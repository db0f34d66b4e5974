import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Clock, Effect, Exit, Fiber, Layer, Stream } from "effect"
import { AiError, type LanguageModel } from "effect/ai"
import { type SqlClient } from "effect/sql"
import { TestClock } from "effect/testing"
import { Llm, LlmPrices } from "greenlang"
import type { DatabaseError } from "greenlang/database"
import { LlmBudget } from "greenlang/llm/layers/LlmBudget"
import * as LlmCache from "greenlang/llm/layers/LlmCache"
import * as LlmFallback from "greenlang/llm/layers/LlmFallback"
import * as LlmProduction from "greenlang/llm/layers/LlmProduction"
import { type LlmRecord } from "greenlang/llm/layers/LlmRecorder"
import { type LlmProvider } from "greenlang/llm/LlmProvider"
import * as LlmRejection from "greenlang/llm/LlmRejection"
import * as TimedLlm from "../../support/TimedLlm.ts"

const price = { inputPerMillion: 1_000, outputPerMillion: 1_000, source: "the test", date: "2025-01-31" }
const prices = Layer.succeed(LlmPrices, { "a/test": price, "b/test": price })

const down = Effect.fail(
  AiError.make({ module: "t", method: "t", reason: new AiError.InternalProviderError({ description: "503" }) })
)
const hello = Effect.as(Effect.sleep("1 second"), { text: "Hello", inputTokens: 5, outputTokens: 5 })
const provider = (name: string, answer: Parameters<typeof TimedLlm.make>[0]) =>
  TimedLlm.make(answer, { name, model: "test" })

const drive = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.forkChild(self, { startImmediately: true })
    while (fiber.pollUnsafe() === undefined) yield* TestClock.adjust("1 second")
    return yield* Fiber.join(fiber)
  })

const estimate = () => ({ inputTokens: 10, outputTokens: 10 })
const ask = Llm.generate("hi")

describe("LlmProduction", () => {
  it("gives what agents need, and needs what its parts need", () => {
    const layer = LlmProduction.layer({
      provider: provider("a", () => hello).layer,
      cache: LlmCache.layerSql({ timeToLive: "1 hour" })
    })
    expectTypeOf(layer).toEqualTypeOf<
      Layer.Layer<LanguageModel.LanguageModel | LlmProvider | LlmBudget, DatabaseError, SqlClient.SqlClient>
    >()
  })

  it("refuses by its name what is not the layer of a model", () => {
    const { layer } = provider("a", () => hello)
    const wrong: ReadonlyArray<readonly [define: () => unknown, message: string]> = [
      [() => LlmProduction.layer({ provider: undefined as never }), "LlmProduction: its `provider` is nothing"],
      [() => LlmProduction.layer({ provider: layer, fallback: [layer as never] }), "its `fallback[0]` is a layer"],
      [
        () => LlmProduction.layer({ provider: layer, fallback: [{} as never] }),
        "its `fallback[0].provider` is nothing"
      ],
      [() => LlmProduction.layer({ provider: layer, fallback: layer as never }), "its `fallback` is a layer"],
      [() => LlmProduction.layer({ provider: layer, cache: 5 as never }), "its `cache` is a number"],
      [() => LlmFallback.layer({ to: [{ provider: layer } as never] }), "LlmFallback: its `to[0]` is an object"]
    ]
    for (const [define, message] of wrong) assert.throws(define, message)
  })

  it.effect("tries one provider often, then the next, leaves the first alone, and records each attempt", () => {
    const a = provider("a", () => down)
    const b = provider("b", () => hello)
    const records: Array<LlmRecord> = []
    return drive(
      Effect.gen(function*() {
        assert.strictEqual((yield* ask).provider, "b")
        assert.lengthOf(a.calls, 3)
        // The circuit is open: the first is not tried, and not waited for.
        const before = a.calls.length
        assert.strictEqual((yield* ask).provider, "b")
        assert.strictEqual((yield* Stream.runCollect(Llm.streamText("hi"))).join(""), "Hello")
        assert.lengthOf(a.calls, before)
        assert.deepStrictEqual(
          records.map(({ ending, request }) => [request.provider, ending]),
          [["a", "failed"], ["a", "failed"], ["a", "failed"], ["b", "answered"], ["b", "answered"], ["b", "answered"]]
        )
        // One account for both.
        assert.strictEqual((yield* LlmBudget.spending).spent.tokens, 30)
      })
    ).pipe(Effect.provide(LlmProduction.layer({
      provider: a.layer,
      fallback: [{ provider: b.layer }],
      retry: { times: 2 },
      breaker: { failures: 3, openFor: "1 hour" },
      recorder: { sink: (record) => Effect.sync(() => records.push(record)) }
    })))
  })

  it.effect("takes nothing of limits and budget for what the cache knows", () => {
    const a = provider("a", () => hello)
    return drive(
      Effect.gen(function*() {
        yield* ask
        for (let i = 0; i < 100; i++) assert.isTrue((yield* ask).cached)
        assert.strictEqual((yield* LlmBudget.spending).spent.costUsd, 0.01)
      })
    ).pipe(Effect.provide([
      LlmProduction.layer({
        provider: a.layer,
        limits: { requestsPerMinute: 1 },
        budget: { costUsd: 0.02, estimate },
        cache: LlmCache.layer({ timeToLive: "1 hour" })
      }),
      prices
    ]))
  })

  it.effect("gives every attempt a turn of its own", () => {
    const a = provider("a", (nth) => nth <= 2 ? down : hello)
    return drive(
      Effect.gen(function*() {
        yield* ask
        const [first = 0, second = 0, third = 0] = a.calls.map(({ startedAt }) => startedAt)
        assert.isAtLeast(second - first, 60_000)
        assert.isAtLeast(third - second, 60_000)
      })
    ).pipe(
      Effect.provide(
        LlmProduction.layer({ provider: a.layer, limits: { requestsPerMinute: 1 }, retry: { within: "1 hour" } })
      )
    )
  })

  for (
    const [how, call] of [["a call", Effect.asVoid(ask)], ["a stream", Stream.runDrain(Llm.stream("hi"))]] as const
  ) {
    it.effect(`holds no place for ${how} that waits to be tried again`, () => {
      const a = provider("a", (nth) => nth === 1 ? down : hello)
      return Effect.gen(function*() {
        const pausing = yield* Effect.forkChild(call)
        yield* TestClock.adjust("10 millis")
        const other = yield* Effect.forkChild(call)
        yield* TestClock.adjust("1 second")
        assert.isDefined(other.pollUnsafe())
        yield* TestClock.adjust("1 minute")
        yield* Fiber.join(pausing)
        assert.lengthOf(a.calls, 3)
      }).pipe(
        Effect.provide(
          LlmProduction.layer({ provider: a.layer, limits: { inFlight: 1 }, retry: { pause: "10 seconds" } })
        )
      )
    })
  }

  it.effect("empties the queue at once when the budget is spent or the circuit opens", () => {
    const queued = Effect.forEach(Array.from({ length: 500 }), () => Effect.exit(ask), { concurrency: "unbounded" })
    const failures = (exits: ReadonlyArray<Exit.Exit<unknown, AiError.AiError>>) =>
      exits.filter(Exit.isFailure).map(({ cause }) =>
        LlmRejection.of(cause.reasons.find((r) => r._tag === "Fail")?.error)
      )
    return Effect.gen(function*() {
      for (
        const [answer, options, tag] of [
          [hello, { budget: { costUsd: 0.02, estimate } }, "BudgetExceeded"],
          [down, { breaker: { failures: 2, openFor: "1 hour" }, retry: { times: 0 } }, "CircuitOpen"]
        ] as const
      ) {
        const llm = provider("a", () => answer)
        const began = yield* Clock.currentTimeMillis
        const exits = yield* drive(queued).pipe(
          Effect.provide([
            LlmProduction.layer({ provider: llm.layer, limits: { requestsPerMinute: 1 }, ...options }),
            prices
          ])
        )
        const rejected = failures(exits).filter((rejection) => rejection?._tag === tag)
        assert.isAtLeast(rejected.length, 498)
        // Two had a turn, of one minute each.
        assert.isAtMost((yield* Clock.currentTimeMillis) - began, 125_000)
      }
    })
  })

  it.effect("holds nothing of a call that was interrupted, wherever it was", () => {
    const a = provider("a", (nth) => nth === 1 ? down : Effect.never)
    return Effect.gen(function*() {
      const fibers = yield* Effect.forEach(
        [1, 2, 3, 4],
        (n) => Effect.forkChild(n % 2 === 0 ? ask : Stream.runDrain(Llm.stream("hi")), { startImmediately: true })
      )
      // One is in a pause, one at the vendor, two wait.
      yield* TestClock.adjust("100 millis")
      yield* Fiber.interruptAll(fibers)
      assert.isTrue(a.calls.at(-1)!.interrupted)
      assert.deepStrictEqual(yield* LlmBudget.spending, {
        spent: { tokens: 0, costUsd: 0 },
        reserved: { tokens: 0, costUsd: 0 }
      })
    }).pipe(Effect.provide([
      LlmProduction.layer({
        provider: a.layer,
        limits: { inFlight: 1 },
        budget: { costUsd: 1, estimate },
        cache: LlmCache.layer({ timeToLive: "1 hour" })
      }),
      prices
    ]))
  })
})
