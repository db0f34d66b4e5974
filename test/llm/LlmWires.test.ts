/**
 * The calls of `Llm` over HTTP, at each of the vendors whose wire formats are ours.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Schema, Stream } from "effect"
import { Agent, Llm, LlmPrices, LlmSettings, Tool } from "greenlang"
import { LlmBudget } from "greenlang/llm/layers/LlmBudget"
import { LlmProvider } from "greenlang/llm/LlmProvider"
import * as LlmRejection from "greenlang/llm/LlmRejection"
import { FakeProvider, Fault, Reply, Script } from "greenlang/testing"
import type { Line } from "greenlang/testing/FakeProvider"
import * as Wires from "../support/Wires.ts"

const City = Schema.Struct({ city: Schema.String, people: Schema.Int })

const inRun = <A, E, R>(program: Effect.Effect<A, E, R>) =>
  Agent.make("Asks", { version: "1.0.0", input: Schema.Void, output: Schema.Unknown, execute: () => program }).run()

for (const wire of Wires.wires) {
  const served = (...lines: ReadonlyArray<Line>) => Layer.provideMerge(wire.model, FakeProvider.layer(...lines))
  const isOpenAi = wire.name === "openai"

  describe(`Llm at ${wire.name}`, () => {
    const settings = { temperature: 0, topP: 0.5, seed: 42, maxOutputTokens: 70, stopSequences: ["."] }
    for (
      const [how, call] of [
        ["generate", Llm.generate("hi")],
        ["stream", Stream.runDrain(Llm.stream("hi"))],
        ["withTools", Llm.withTools({ prompt: "hi", tools: [] })]
      ] as const
    ) {
      it.live(`sends the settings, and records those that it sent: ${how}`, () =>
        Effect.gen(function*() {
          const { metadata } = yield* inRun(call).pipe(Effect.provideService(LlmSettings, settings))
          const { seed, ...others } = settings
          assert.deepStrictEqual(metadata.annotations["llm"], {
            provider: wire.name,
            model: "test-model",
            offline: false,
            settings: isOpenAi ? settings : others
          })
          const [exchange] = yield* (yield* FakeProvider).journal
          assert.deepInclude(exchange?.body, {
            temperature: 0,
            top_p: 0.5,
            ...(isOpenAi
              ? { seed, stop: ["."], max_tokens: 70 }
              : { stop_sequences: ["."], max_tokens: 70 })
          })
        }).pipe(Effect.provide(served("Hello"))))

      it.live(`counts cached and reasoning tokens, and what they cost, in the run: ${how}`, () =>
        Effect.gen(function*() {
          const { metadata } = yield* inRun(call).pipe(Effect.provideService(LlmPrices, {
            [`${wire.name}/test-model`]: {
              inputPerMillion: 1_000_000,
              cachedInputPerMillion: 100_000,
              outputPerMillion: 2_000_000,
              source: "the test",
              date: "2025-01-31"
            }
          }))
          assert.deepStrictEqual(metadata.usage, {
            calls: 1,
            inputTokens: 100,
            cachedInputTokens: 40,
            outputTokens: 20,
            reasoningTokens: 5,
            costUsd: 60 + 4 + 40,
            unpricedCalls: 0
          })
        }).pipe(Effect.provide(served({
          text: "Hello",
          reasoning: "A greeting.",
          usage: { inputTokens: 100, outputTokens: 20, cachedInputTokens: 40, reasoningTokens: 5 }
        }))))
    }

    for (const fault of [Fault.truncated("one two three four"), Fault.reset("one two three four")]) {
      it.live(`fails when a stream comes to no end: ${fault._tag}`, () =>
        Effect.gen(function*() {
          const seen: Array<string> = []
          const error = yield* Llm.streamText("hi").pipe(
            Stream.runForEach((text) => Effect.sync(() => seen.push(text))),
            Effect.flip
          )
          assert.strictEqual(error.reason._tag, fault._tag === "Reset" ? "NetworkError" : "InvalidResponseError")
          assert.isBelow(seen.length, 4)
        }).pipe(Effect.provide(served(fault))))
    }

    const interrupted = Effect.gen(function*() {
      const server = yield* FakeProvider
      const fiber = yield* Effect.forkChild(Stream.runDrain(Llm.stream("hi")))
      yield* server.until((journal) => journal.length === 1)
      yield* Fiber.interrupt(fiber)
    })
    const leftEarly = Stream.runDrain(Stream.take(Llm.stream("hi"), 1))
    for (const [how, call] of [["interrupted", interrupted], ["left early", leftEarly]] as const) {
      it.live(`closes the connection when a stream is ${how}`, () =>
        Effect.gen(function*() {
          yield* call
          const [exchange] = yield* (yield* FakeProvider).until((journal) => journal[0]?.ending !== "open")
          assert.strictEqual(exchange?.ending, "abandoned")
        }).pipe(Effect.provide(served(Fault.stall("one two three four five six")))))
    }

    it.live("closes every connection of a batch that is interrupted", () =>
      Effect.gen(function*() {
        const server = yield* FakeProvider
        const prompts = Array.from({ length: 20 }, (_, at) => `question ${at}`)
        const fiber = yield* Effect.forkChild(Llm.generateAll(prompts, { concurrency: 8 }))
        yield* server.until((journal) => journal.length === 8)
        yield* Fiber.interrupt(fiber)
        const journal = yield* server.until((journal) => journal.every(({ ending }) => ending !== "open"))
        assert.deepStrictEqual(journal.map(({ ending }) => ending), Array.from({ length: 8 }, () => "abandoned"))
      }).pipe(Effect.provide(served(Script.always(Fault.silence)))))

    it.live("reads a stream no faster than its reader", () =>
      Effect.gen(function*() {
        const server = yield* FakeProvider
        let read = 0
        yield* Llm.streamText("hi").pipe(
          Stream.take(3),
          Stream.runForEach(() => {
            read++
            return Effect.sleep("300 millis")
          })
        )
        const [exchange] = yield* server.until((journal) => journal[0]?.ending !== "open")
        assert.strictEqual(exchange?.ending, "abandoned")
        assert.strictEqual(read, 3)
      }).pipe(Effect.provide(served(large))))

    it.live("reads a large stream to its end, where the reader does", () =>
      Effect.gen(function*() {
        const server = yield* FakeProvider
        const length = yield* Llm.streamText("hi").pipe(Stream.runFold(() => 0, (sum, text) => sum + text.length))
        assert.strictEqual(length, large.length)
        const [exchange] = yield* server.until((journal) => journal[0]?.ending !== "open")
        assert.strictEqual(exchange?.ending, "answered")
      }).pipe(Effect.provide(served(large))))

    it.live("asks again for an object with what was wrong, and gives up with the last answer", () =>
      Effect.gen(function*() {
        const server = yield* FakeProvider
        yield* server.script("Oslo, I think", Reply.object({ city: "Oslo" }), Reply.object({ city: "Oslo", people: 7 }))
        const { usage, value } = yield* Llm.generateObject(City, { prompt: "Where?" })
        assert.deepStrictEqual(value, { city: "Oslo", people: 7 })
        assert.strictEqual(usage.calls, 3)

        yield* server.script("no", { text: "" }, "still no")
        const error = yield* Effect.flip(Llm.generateObject(City, { prompt: "Where?" }))
        assert(error._tag === "UnparsableAnswer")
        assert.deepInclude(error, { attempts: 3, text: "still no" })
        const last = JSON.stringify((yield* server.journal).at(-1)?.body)
        assert.include(last, "That answer does not match the schema")
      }).pipe(Effect.provide(served())))

    it.live("asks for an object no more often than the budget allows", () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(Llm.generateObject(City, { prompt: "Where?", attempts: 9 }))
        assert(error._tag === "AiError")
        assert.strictEqual(LlmRejection.of(error)?._tag, "BudgetExceeded")
        assert.lengthOf(yield* (yield* FakeProvider).journal, 2)
      }).pipe(Effect.provide(
        LlmProvider.languageModel.pipe(
          // A call may take what its request and its answer can hold, and these take 2,000 each.
          Layer.provide(LlmBudget.layer({ tokens: 6_000, maxOutputTokens: 1_000 })),
          Layer.provide(wire.provider),
          Layer.provideMerge(FakeProvider.layer(
            { text: "no", usage: { inputTokens: 1_500, outputTokens: 500 } },
            { text: "no", usage: { inputTokens: 1_500, outputTokens: 1_000 } }
          ))
        )
      )))

    it.live("offers a tool without arguments as an object without properties", () =>
      Effect.gen(function*() {
        const now = Tool.make("now", {
          description: "The day of today",
          input: Schema.Struct({}),
          output: Schema.String,
          execute: () => Effect.succeed("2025-01-31")
        })
        const answer = yield* Llm.withTools({ prompt: "Which day?", tools: [now] })
        assert.deepStrictEqual(Llm.outputs(answer, now), ["2025-01-31"])
        const [{ body }] = (yield* (yield* FakeProvider).journal) as unknown as [{ readonly body: any }]
        const [tool] = body.tools
        assert.strictEqual((isOpenAi ? tool.function.parameters : tool.input_schema).type, "object")
      }).pipe(Effect.provide(served(Reply.call("now", {}), "January 31."))))
  })
}

/** More than the buffers between a server and a client on one machine hold. */
const large = Array.from({ length: 400 }, () => "x".repeat(100_000)).join(" ")
