import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Deferred, Duration, Effect, Fiber, Layer, Redacted, Result, Schema, Stream } from "effect"
import { AiError, type LanguageModel } from "effect/ai"
import { TestClock } from "effect/testing"
import { Agent, Llm, LlmPrices } from "greenlang"
import * as Http from "greenlang/http/Http"
import * as AnthropicBatch from "greenlang/llm/anthropic/AnthropicBatch"
import { LlmBudget } from "greenlang/llm/layers/LlmBudget"
import * as LlmBatch from "greenlang/llm/LlmBatch"
import * as LlmRejection from "greenlang/llm/LlmRejection"
import { LlmSettings } from "greenlang/llm/LlmSettings"
import * as OpenAiBatch from "greenlang/llm/openai/OpenAiBatch"
import { FakeBatch, FakeProvider, Fault, NoLeaks, Reply } from "greenlang/testing"
import type { Line } from "greenlang/testing/FakeProvider"

const apiKey = Redacted.make("sk-planted-4711")
const vendors = [
  { name: "openai", of: (baseUrl: string) => OpenAiBatch.layer({ baseUrl, model: "m", apiKey }) },
  { name: "anthropic", of: (baseUrl: string) => AnthropicBatch.layer({ baseUrl, model: "m", apiKey }) }
] as const

const served = (vendor: typeof vendors[number], lines: ReadonlyArray<Line>, options?: Http.Options) =>
  Layer.unwrap(Effect.map(FakeProvider, ({ baseUrl }) => vendor.of(baseUrl))).pipe(
    Layer.provide(Http.layer({ retries: 0, ...options })),
    Layer.provideMerge(FakeProvider.layer(...lines))
  )

const soon = { pause: "1 millis" } as const
const asked = (count: number) => Array.from({ length: count }, (_, at) => `question ${at}`)

/** Each answer in a word. */
const outcomesOf = (answers: ReadonlyArray<Result.Result<Llm.Answer, AiError.AiError | LlmBatch.NotAnswered>>) =>
  answers.map((answer) => {
    if (Result.isSuccess(answer)) return answer.success.text
    const { failure } = answer
    return failure._tag === "NotAnswered" ? `${failure.index} ${failure.why}` : failure.reason._tag
  })

/** The requests that the server saw, as `GET /batches/...`. */
const seen = Effect.map(
  Effect.flatMap(FakeProvider, ({ journal }) => journal),
  (journal) => journal.map(({ method, path }) => `${method} ${path.replace(/_?\d+/g, "")}`)
)

describe("LlmBatch", () => {
  for (const vendor of vendors) {
    describe(vendor.name, () => {
      it.live("submits, polls and collects, and answers in the order asked, whatever the vendor's", () =>
        NoLeaks.check(
          Effect.gen(function*() {
            const answers = yield* LlmBatch.generate(asked(4), soon).pipe(
              Effect.provideService(LlmSettings, { maxOutputTokens: 7, temperature: 0 })
            )
            assert.deepStrictEqual(outcomesOf(answers), ["zero", "one", "two", "three"])
            const first = Result.getOrThrow(answers[0]!)
            assert.deepInclude(first, { provider: vendor.name, model: "m", offline: false, finishReason: "stop" })
            assert.deepInclude(first.usage, { inputTokens: 50, outputTokens: 9, cachedInputTokens: 10 })

            const requests = yield* seen
            assert.strictEqual(requests.filter((line) => /^GET .*batches\/[a-z]+$/.test(line)).length, 3)
            const { journal } = yield* FakeProvider
            const sent = JSON.stringify((yield* journal).map(({ body }) => body))
            for (const prompt of asked(4)) assert.strictEqual(sent.split(prompt).length, 2)
            assert.include(
              sent.replaceAll("\\", ""),
              vendor.name === "openai" ? `"max_tokens":7` : `"max_tokens":7`
            )
            assert.notInclude(JSON.stringify(yield* journal), Redacted.value(apiKey))
          }).pipe(Effect.provide(served(vendor, [
            FakeBatch.make({
              answers: [
                {
                  text: "zero",
                  usage: { inputTokens: 50, outputTokens: 9, cachedInputTokens: 10 }
                },
                "one",
                "two",
                "three"
              ],
              polls: ["running", "running"]
            })
          ])))
        ))

      it.live("leaves the others when one line fails, and says why", () =>
        Effect.gen(function*() {
          const answers = yield* LlmBatch.generate(asked(4), soon)
          assert.deepStrictEqual(outcomesOf(answers), ["zero", "InvalidRequestError", "RateLimitError", "three"])
        }).pipe(Effect.provide(served(vendor, [
          FakeBatch.make({ answers: ["zero", FakeBatch.failed(400), FakeBatch.failed(429), "three"] })
        ]))))

      for (const ends of ["expired", "cancelled"] as const) {
        it.live(`gives what was answered before it ${ends === "expired" ? "expired" : "was cancelled"}`, () =>
          Effect.gen(function*() {
            const answers = yield* LlmBatch.generate(asked(3), soon)
            assert.deepStrictEqual(outcomesOf(answers), ["zero", `1 ${ends}`, "two"])
          }).pipe(Effect.provide(served(vendor, [
            FakeBatch.make({ answers: ["zero", FakeBatch.unanswered, "two"], ends })
          ]))))
      }

      it.live("is resumed by its id after a crash at any request, which it has received before", () =>
        Effect.gen(function*() {
          const { script } = yield* FakeProvider
          // Whatever fails after the submission: the first question, a later one, the answers.
          for (
            const crash of [
              { polls: [Fault.status(401)] },
              { polls: ["running", Fault.status(403)] },
              { fetches: [Fault.status(404)] },
              // A file of which no line can be read is asked for again, but not for ever.
              { fetches: Array.from({ length: 6 }, () => Fault.raw({ body: "{\"custom_id\":\"0" })) }
            ] as const
          ) {
            yield* script(FakeBatch.make({ answers: ["zero", "one"], ...crash }))
            const ids: Array<string> = []
            const onSubmitted = (id: string) => Effect.sync(() => ids.push(id))
            const error = yield* Effect.flip(LlmBatch.generate(asked(2), { ...soon, onSubmitted }))
            assert(error._tag === "BatchUnreachable")
            assert.deepStrictEqual(ids, [error.batch])
            const answers = yield* LlmBatch.generate(asked(2), { ...soon, onSubmitted, resume: error.batch })
            assert.deepStrictEqual(outcomesOf(answers), ["zero", "one"])
            assert.lengthOf(ids, 1)
          }
          assert.strictEqual((yield* seen).filter((line) => /^POST .*batches$/.test(line)).length, 4)
        }).pipe(Effect.provide(served(vendor, []))))

      it.live("gives no answer to another prompt than it was asked", () =>
        Effect.gen(function*() {
          let id = ""
          yield* LlmBatch.generate(["a", "b", "c"], {
            ...soon,
            onSubmitted: (batch) => Effect.sync(() => (id = batch))
          })
          const answers = yield* LlmBatch.generate(["a", "x", "c", "d"], { ...soon, resume: id })
          assert.deepStrictEqual(outcomesOf(answers), ["zero", "1 missing", "two", "3 missing"])
        }).pipe(Effect.provide(served(vendor, [FakeBatch.make({ answers: ["zero", "one", "two"] })]))))

      it.live("is left running by an interruption, and cancelled if that was asked for", () =>
        Effect.gen(function*() {
          const { script, until } = yield* FakeProvider
          for (const onInterrupt of ["leave", "cancel"] as const) {
            yield* script(FakeBatch.make({ answers: ["zero", "one"], polls: ["running"] }))
            const id = yield* Deferred.make<string>()
            const before = (yield* seen).length
            const fiber = yield* Effect.forkChild(LlmBatch.generate(asked(2), {
              pause: "1 hour",
              onInterrupt,
              onSubmitted: (batch) => Deferred.succeed(id, batch)
            }))
            yield* until((journal) =>
              journal.slice(before).some(({ ending, method }) => method === "GET" && ending === "answered")
            )
            yield* Fiber.interrupt(fiber)
            const answers = yield* LlmBatch.generate(asked(2), { ...soon, resume: yield* Deferred.await(id) })
            assert.deepStrictEqual(
              outcomesOf(answers),
              onInterrupt === "leave" ? ["zero", "one"] : ["0 cancelled", "1 cancelled"]
            )
          }
          assert.strictEqual((yield* seen).filter((line) => line.endsWith("/cancel")).length, 1)
        }).pipe(Effect.provide(served(vendor, []))))

      it.live("answers with the id even when it is interrupted while it submits", () =>
        Effect.gen(function*() {
          const { until } = yield* FakeProvider
          const ids: Array<string> = []
          const fiber = yield* Effect.forkChild(
            LlmBatch.generate(asked(1), { ...soon, onSubmitted: (id) => Effect.sync(() => ids.push(id)) })
          )
          yield* until((journal) => journal.some(({ path }) => path.endsWith("/batches")))
          yield* Fiber.interrupt(fiber)
          assert.lengthOf(ids, 1)
          assert.deepStrictEqual(outcomesOf(yield* LlmBatch.generate(asked(1), { ...soon, resume: ids[0]! })), ["zero"])
        }).pipe(Effect.provide(served(vendor, [FakeBatch.make({ answers: ["zero"] })]))))

      it.live("cancels a batch whose id could not be kept", () =>
        Effect.gen(function*() {
          const full = new LlmBatch.NotAnswered({ provider: "", model: "", batch: "", index: 0, why: "missing" })
          const batch = LlmBatch.generate(asked(1), { ...soon, onSubmitted: () => Effect.fail(full) })
          assert.strictEqual(yield* Effect.flip(batch), full)
          assert.strictEqual((yield* seen).filter((line) => line.endsWith("/cancel")).length, 1)
        }).pipe(Effect.provide(served(vendor, [FakeBatch.make({ answers: ["zero"] })]))))

      it.live("goes on asking through failures that pass, and through those of its answers", () =>
        Effect.gen(function*() {
          assert.deepStrictEqual(outcomesOf(yield* LlmBatch.generate(asked(1), soon)), ["zero"])
        }).pipe(Effect.provide(served(vendor, [
          FakeBatch.make({
            answers: ["zero"],
            polls: [Fault.serverError, "running", Fault.overloaded, Fault.reset("x")],
            fetches: [Fault.serverError, Fault.reset("x")]
          })
        ]))))

      it.live("fails as a whole, with an `AiError`, when it cannot be begun", () =>
        Effect.gen(function*() {
          const error = yield* Effect.flip(LlmBatch.generate(asked(1), soon))
          assert(error._tag === "AiError")
          assert.strictEqual(error.reason._tag, "AuthenticationError")
          assert.notInclude(error.message, Redacted.value(apiKey))
        }).pipe(Effect.provide(served(vendor, [Fault.status(401)]))))

      it.live("costs what the price table says of batches, and no less where it says nothing", () => {
        const price = { inputPerMillion: 1_000, outputPerMillion: 2_000, source: "the test", date: "2025-01-31" }
        const ask = (batchShare?: number) =>
          Effect.map(
            LlmBatch.generate(asked(1), soon).pipe(
              Effect.provideService(LlmPrices, {
                [`${vendor.name}/m`]: batchShare === undefined ? price : { ...price, batchShare }
              })
            ),
            ([answer]) => Result.getOrThrow(answer!).usage
          )
        return Effect.gen(function*() {
          assert.approximately((yield* ask()).costUsd, 0.14, 1e-12)
          assert.approximately((yield* ask(0.5)).costUsd, 0.07, 1e-12)
          const unknown = yield* Effect.provideService(LlmBatch.generate(asked(1), soon), LlmPrices, {})
          assert.deepInclude(Result.getOrThrow(unknown[0]!).usage, { costUsd: 0, unpricedCalls: 1 })
        }).pipe(Effect.provide(served(vendor, [1, 2, 3].map(() => FakeBatch.make({ answers: ["zero"] })))))
      })

      describe("within a budget", () => {
        const price = {
          [`${vendor.name}/m`]: {
            inputPerMillion: 1_000,
            outputPerMillion: 2_000,
            batchShare: 0.5,
            source: "the test",
            date: "2025-01-31"
          }
        }
        // 100 tokens in and 20 out are what an answer takes: 0.07 US dollars in a batch.
        const budget = { estimate: () => ({ inputTokens: 100, outputTokens: 40 }) }
        const large = { estimate: () => ({ inputTokens: 260, outputTokens: 40 }) }
        const model = (
          lines: ReadonlyArray<Line>,
          limits: Parameters<typeof LlmBudget.layerAccount>[0],
          timeout?: number
        ) =>
          Layer.mergeAll(
            served(vendor, lines, timeout === undefined ? {} : { timeout }),
            LlmBudget.layerAccount(limits),
            Layer.succeed(LlmPrices, price)
          )
        const words = (answers: ReadonlyArray<Result.Result<Llm.Answer, AiError.AiError | LlmBatch.NotAnswered>>) =>
          answers.map((answer) =>
            Result.isFailure(answer)
              ? LlmRejection.of(answer.failure)?._tag ?? answer.failure._tag
              : answer.success.text
          )
        const submissions = Effect.map(seen, (all) => all.filter((line) => /^POST .*batches$/.test(line)).length)

        it.live("sends no call that may pass it, at the price of a batch, and settles with what was counted", () =>
          Effect.gen(function*() {
            const answers = yield* LlmBatch.generate(asked(4), { ...soon, budget })
            assert.deepStrictEqual(words(answers), ["zero", "one", "BudgetExceeded", "BudgetExceeded"])
            const sent = JSON.stringify((yield* (yield* FakeProvider).journal).map(({ body }) => body))
            assert.deepStrictEqual(asked(4).map((prompt) => sent.includes(prompt)), [true, true, false, false])
            assert.include(sent.replaceAll("\\", ""), `tokens":4096`)
            const { reserved, spent } = yield* LlmBudget.spending
            assert.deepStrictEqual(reserved, { tokens: 0, costUsd: 0 })
            assert.strictEqual(spent.tokens, 240)
            assert.approximately(spent.costUsd, 0.14, 1e-12)
            // 0.06 are left, and a call may take 0.09.
            const further = yield* LlmBudget.within(LlmBatch.generate(asked(1), { ...soon, budget }), { tokens: 999 })
            assert.deepStrictEqual(words(further), ["BudgetExceeded"])
            assert.strictEqual(yield* submissions, 1)
          }).pipe(Effect.provide(model([FakeBatch.make({ answers: ["zero", "one"] })], { costUsd: 0.2 }))))

        it.live("of `LlmBudget.within` keeps that, and one without a bound lets all pass", () =>
          Effect.gen(function*() {
            const ask = LlmBatch.generate(asked(3), { ...soon, budget })
            const answers = yield* LlmBudget.within(ask, { tokens: 290 })
            assert.deepStrictEqual(words(answers), ["zero", "one", "BudgetExceeded"])
            assert.deepStrictEqual(words(yield* ask), ["a", "b", "c"])
            assert.strictEqual((yield* LlmBudget.spending).spent.tokens, 600)
          }).pipe(
            Effect.provide(
              model([FakeBatch.make({ answers: ["zero", "one"] }), FakeBatch.make({ answers: ["a", "b", "c"] })], {})
            )
          ))

        it.live("in US dollars sends nothing to a model without a price", () =>
          Effect.gen(function*() {
            const answers = yield* Effect.provideService(LlmBatch.generate(asked(2), soon), LlmPrices, {})
            assert.deepStrictEqual(words(answers), ["UnmeasuredUsage", "UnmeasuredUsage"])
            assert.deepStrictEqual(yield* seen, [])
          }).pipe(Effect.provide(model([], { costUsd: 1 }))))

        it.live("holds what a batch may take that is left running, until it is resumed or cancelled", () =>
          Effect.gen(function*() {
            const { script, until } = yield* FakeProvider
            for (const onInterrupt of ["leave", "cancel"] as const) {
              yield* script(FakeBatch.make({ answers: ["zero", "one"], polls: ["running"] }))
              const id = yield* Deferred.make<string>()
              const before = (yield* seen).length
              const fiber = yield* Effect.forkChild(LlmBatch.generate(asked(2), {
                pause: "1 hour",
                budget,
                onInterrupt,
                onSubmitted: (batch) => Deferred.succeed(id, batch)
              }))
              yield* until((journal) =>
                journal.slice(before).some(({ ending, method }) => method === "GET" && ending === "answered")
              )
              assert.strictEqual((yield* LlmBudget.spending).reserved.tokens, 280)
              yield* Fiber.interrupt(fiber)
              assert.strictEqual((yield* LlmBudget.spending).reserved.tokens, onInterrupt === "leave" ? 280 : 0)
              if (onInterrupt === "cancel") continue
              // There is no room for it in the budget but its own.
              assert.deepStrictEqual(words(yield* LlmBatch.generate(["x"], { ...soon, budget: large })), [
                "BudgetExceeded"
              ])
              const answers = yield* LlmBatch.generate(asked(2), { ...soon, budget, resume: yield* Deferred.await(id) })
              assert.deepStrictEqual(words(answers), ["zero", "one"])
              assert.deepStrictEqual((yield* LlmBudget.spending).spent.tokens, 240)
              assert.strictEqual((yield* LlmBudget.spending).reserved.tokens, 0)
            }
            assert.strictEqual((yield* LlmBudget.spending).spent.tokens, 240)
          }).pipe(Effect.provide(model([], { tokens: 540 }))))

        it.live("lets a batch be resumed that another process has paid", () =>
          Effect.gen(function*() {
            let id = ""
            yield* LlmBatch.generate(asked(1), {
              ...soon,
              budget,
              onSubmitted: (batch) => Effect.sync(() => (id = batch))
            })
            const again = LlmBatch.generate(asked(1), { ...soon, budget, resume: id })
            const poor = yield* Effect.provide(
              Effect.all([again, LlmBudget.spending]),
              Layer.fresh(LlmBudget.layerAccount({ tokens: 100 }))
            )
            assert.deepStrictEqual(words(poor[0]), ["zero"])
            assert.strictEqual(poor[1].spent.tokens, 120)
          }).pipe(Effect.provide(model([FakeBatch.make({ answers: ["zero"] })], { tokens: 150 }))))

        it.live("takes all that was reserved when it is not known whether the batch was begun", () =>
          Effect.gen(function*() {
            yield* Effect.flip(LlmBatch.generate(asked(2), { ...soon, budget }))
            assert.strictEqual((yield* LlmBudget.spending).spent.tokens, 280)
            // One that was refused was not.
            yield* Effect.flip(LlmBatch.generate(asked(2), { ...soon, budget }))
            assert.strictEqual((yield* LlmBudget.spending).spent.tokens, 280)
          }).pipe(Effect.provide(model(
            [Fault.silence, Fault.status(401)],
            {},
            150
          ))))

        it.live("gives back what a call has reserved that goes before the batch begins, and does not send it", () =>
          Effect.gen(function*() {
            const late = Effect.andThen(Effect.sleep("100 millis"), Llm.generate("late"))
            const impatient = Effect.timeoutOption(Llm.generate("impatient"), "10 millis")
            const [first, second] = yield* LlmBatch.all<unknown, AiError.AiError, LanguageModel.LanguageModel>(
              [impatient, late],
              { ...soon, budget }
            )
            assert(Result.isSuccess(first!) && Result.isSuccess(second!))
            assert.notInclude(
              JSON.stringify((yield* (yield* FakeProvider).journal).map(({ body }) => body)),
              "impatient"
            )
            assert.deepStrictEqual((yield* LlmBudget.spending).spent.tokens, 120)
            assert.deepStrictEqual((yield* LlmBudget.spending).reserved.tokens, 0)
          }).pipe(Effect.provide(model([FakeBatch.make({ answers: ["zero"] })], { tokens: 999 }))))
      })

      it.live("runs any calls that ask once, values of schemas too, and adds up in the run around", () => {
        const City = Schema.Struct({ city: Schema.String })
        const Cities = Agent.make("Cities", {
          version: "1.0.0",
          input: Schema.Array(Schema.String),
          output: Schema.Array(Schema.String),
          execute: (prompts) =>
            Effect.map(
              LlmBatch.all(prompts.map((prompt) => Llm.generateObject(City, { prompt, attempts: 1 })), soon),
              (answers) =>
                answers.map((answer) => Result.isSuccess(answer) ? answer.success.value.city : answer.failure._tag)
            ).pipe(Effect.orDie)
        })
        return Effect.gen(function*() {
          const { metadata, value } = yield* Cities.run(["first", "second", "third"])
          assert.deepStrictEqual(value, ["Oslo", "UnparsableAnswer", "NotAnswered"])
          assert.deepInclude(metadata.usage, { calls: 2, inputTokens: 200 })
        }).pipe(Effect.provide(served(vendor, [
          FakeBatch.make({
            answers: [Reply.object({ city: "Oslo" }), "no JSON", FakeBatch.unanswered],
            ends: "expired"
          })
        ])))
      })
    })
  }

  it.live("finds a batch of OpenAI by its name where its id was lost, however many came after it", () =>
    Effect.gen(function*() {
      const { script } = yield* FakeProvider
      const ask = (prompts: ReadonlyArray<string>, name: string) => LlmBatch.generate(prompts, { ...soon, name })
      yield* script(
        FakeBatch.make({ answers: ["zero"], ends: "cancelled" }),
        FakeBatch.make({ answers: ["zero"] }),
        ...Array.from({ length: 101 }, () => FakeBatch.make({ answers: ["another"] }))
      )
      const mine = yield* ask(["mine"], "of November")
      assert.deepStrictEqual(outcomesOf(mine), ["zero"])
      // A batch that was cancelled is none to be resumed.
      assert.deepStrictEqual(outcomesOf(yield* ask(["mine"], "of November")), ["zero"])
      for (let at = 0; at < 101; at++) yield* LlmBatch.generate(["else"], soon)
      const before = (yield* seen).length
      assert.deepStrictEqual(outcomesOf(yield* ask(["mine"], "of November")), ["zero"])
      const since = (yield* seen).slice(before)
      assert.deepStrictEqual(since.filter((line) => line.startsWith("POST")), [])
      assert.lengthOf(since.filter((line) => line.includes("limit=")), 2)
    }).pipe(Effect.provide(served(vendors[0], []))))

  it.live("refuses a name at Anthropic, which would not find it, before anything is sent", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(LlmBatch.generate(asked(1), { ...soon, name: "of November" }))
      assert.include(error.message, "keeps no names")
      assert.deepStrictEqual(yield* seen, [])
    }).pipe(Effect.provide(served(vendors[1], []))))

  it.live("says why OpenAI rejected all of it", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(LlmBatch.generate(asked(1), soon))
      assert(error._tag === "BatchRejected")
      assert.deepStrictEqual(error.issues, ["This line is not parseable, in line 1"])
    }).pipe(Effect.provide(served(vendors[0], [FakeBatch.make({ answers: [], ends: "rejected" })]))))

  /** A batch API in this process, that is asked how it stands at the times of the test's clock. */
  const timed = (standing: (nth: number) => Effect.Effect<LlmBatch.Standing, AiError.AiError>) => {
    const times: Array<number> = []
    const submitted: Array<string> = []
    const layer = Layer.succeed(LlmBatch.LlmBatch, {
      name: "timed",
      model: "m",
      encode: () => Effect.succeed({}),
      stage: (lines) => Effect.succeed(Effect.sync(() => `of ${submitted.push(...lines.map(({ id }) => id))}`)),
      standing: () =>
        Effect.clockWith((clock) => {
          times.push(clock.currentTimeMillisUnsafe() / 1_000)
          return standing(times.length)
        }),
      cancel: () => Effect.die("a cancel that was not asked for")
    })
    return { times, submitted, layer }
  }
  const running = Effect.succeed<LlmBatch.Standing>({ _tag: "Running" })
  const drive = <A, E, R>(self: Effect.Effect<A, E, R>) =>
    Effect.gen(function*() {
      const fiber = yield* Effect.forkChild(self, { startImmediately: true })
      while (fiber.pollUnsafe() === undefined) yield* TestClock.adjust("100 millis")
      return yield* Fiber.join(fiber)
    })

  it.effect("asks with longer and longer pauses, up to a bound, and stops at its limit", () => {
    const { layer, times } = timed(() => running)
    return Effect.gen(function*() {
      const error = yield* drive(
        Effect.flip(LlmBatch.generate(["hi"], { pause: "4 seconds", maxPause: "9 seconds", within: "40 seconds" }))
      )
      assert(error._tag === "BatchTimedOut")
      assert.deepInclude(error, { batch: "of 1", limit: 40_000 })
      assert.deepStrictEqual(times, [0, 4, 10, 19, 28, 37, 40])
    }).pipe(Effect.provide(layer))
  })

  it.effect("gives up after five failures in a row, and waits as long as the vendor wants", () => {
    const down = new AiError.InternalProviderError({ description: "503" })
    const busy = new AiError.RateLimitError({ retryAfter: Duration.seconds(30) })
    const { layer, times } = timed((nth) =>
      nth === 3 ? running : Effect.fail(AiError.make({ module: "t", method: "t", reason: nth === 1 ? busy : down }))
    )
    return Effect.gen(function*() {
      const error = yield* drive(Effect.flip(LlmBatch.generate(["hi"], { pause: "1 second", maxPause: "1 second" })))
      assert(error._tag === "BatchUnreachable")
      assert.strictEqual(error.error.reason._tag, "InternalProviderError")
      assert.deepStrictEqual(times, [0, 30, 31, 32, 33, 34, 35, 36, 37])
    }).pipe(Effect.provide(layer))
  })

  it.effect("begins when all have asked, and not when none has", () => {
    const { layer, submitted } = timed(() =>
      Effect.succeed({ _tag: "Ended", collect: () => Effect.succeed(new Map()) })
    )
    return Effect.gen(function*() {
      const late = Effect.andThen(Effect.sleep("1 minute"), Llm.generate("late"))
      const none = Effect.succeed("nothing to ask")
      const fails = Effect.fail("before it asked" as const)
      const calls = LlmBatch.all<
        Llm.Answer | string,
        AiError.AiError | "before it asked",
        LanguageModel.LanguageModel
      >([Llm.generate("early"), late, none, fails])
      expectTypeOf(calls).toEqualTypeOf<
        Effect.Effect<
          ReadonlyArray<
            Result.Result<Llm.Answer | string, AiError.AiError | "before it asked" | LlmBatch.NotAnswered>
          >,
          AiError.AiError | LlmBatch.BatchError,
          LlmBatch.LlmBatch
        >
      >()
      const fiber = yield* Effect.forkChild(calls, { startImmediately: true })
      yield* TestClock.adjust("59 seconds")
      assert.lengthOf(submitted, 0)
      yield* TestClock.adjust("1 second")
      const [, , third, fourth] = yield* Fiber.join(fiber)
      assert.deepStrictEqual([third, fourth], [Result.succeed("nothing to ask"), Result.fail("before it asked")])
      assert.lengthOf(submitted, 2)
      assert.deepStrictEqual(yield* LlmBatch.all([none]), [Result.succeed("nothing to ask")])
      assert.deepStrictEqual(yield* LlmBatch.generate([]), [])
      assert.lengthOf(submitted, 2)
    }).pipe(Effect.provide(layer))
  })

  it.effect("submits nothing when a call dies, and lets no call ask twice", () => {
    const { layer, submitted } = timed(() =>
      Effect.succeed({
        _tag: "Ended",
        collect: (lines) =>
          Effect.succeed(new Map(lines.map(({ id }) => [id, Result.succeed([{ type: "text" as const, text: "x" }])])))
      })
    )
    return Effect.gen(function*() {
      const exit = yield* Effect.exit(LlmBatch.all([Llm.generate("a"), Effect.die("broken")]))
      assert.include(String(exit), "broken")
      assert.lengthOf(submitted, 0)
      const [once, twice, streams] = yield* LlmBatch.all<unknown, AiError.AiError, LanguageModel.LanguageModel>([
        Llm.generate("a"),
        Effect.andThen(Llm.generate("b"), Llm.generate("c")),
        Stream.runDrain(Llm.stream("d"))
      ])
      assert(Result.isSuccess(once!) && Result.isFailure(twice!) && Result.isFailure(streams!))
      assert.include(String(twice.failure), "asks once")
      assert.include(String(streams.failure), "no streams")
      assert.lengthOf(submitted, 2)
    }).pipe(Effect.provide(layer))
  })
})
