import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Result, Schema, Stream } from "effect"
import { type AiError, LanguageModel, Model } from "effect/ai"
import { Agent, Llm, LlmPrices, type UnparsableAnswer } from "greenlang"
import * as Http from "greenlang/http/Http"
import * as OpenAiCompatible from "greenlang/llm/openai/OpenAiCompatible"
import * as OpenAiServer from "../support/OpenAiServer.ts"

const layer = ({ baseUrl }: OpenAiServer.OpenAiServer) =>
  OpenAiCompatible.layer({ baseUrl, model: "test-model" }).pipe(Layer.provide(Http.layer({ retries: 0 })))

const prices = {
  "openai/test-model": {
    inputPerMillion: 1_000_000,
    outputPerMillion: 2_000_000,
    cachedInputPerMillion: 500_000,
    source: "the test",
    date: "2025-01-31"
  }
}

/** What 60 fresh and 40 cached input tokens and 20 output tokens cost. */
const costUsd = 60 + 20 + 40

const inRun = <A, E, R>(program: Effect.Effect<A, E, R>) =>
  Agent.make("Asks", { version: "1.0.0", input: Schema.Void, output: Schema.Unknown, execute: () => program }).run()

const City = Schema.Struct({ city: Schema.String, people: Schema.Int })

describe("Llm.generate", () => {
  it.live("answers, and adds usage, cost and who answered to the run", () =>
    Effect.gen(function*() {
      const server = yield* OpenAiServer.start
      server.script(OpenAiServer.text("Hello"), OpenAiServer.text("Hello"))
      const twice = Effect.andThen(Llm.generate("hi"), Llm.generate("hi"))
      const { metadata, value } = yield* inRun(twice).pipe(
        Effect.provideService(LlmPrices, prices),
        Effect.provide(layer(server))
      )
      const usage = { calls: 1, inputTokens: 100, outputTokens: 20, cachedInputTokens: 40, reasoningTokens: 5 }
      assert.deepStrictEqual(value, {
        text: "Hello",
        finishReason: "stop",
        provider: "openai",
        model: "test-model",
        offline: false,
        usage: { ...usage, costUsd, unpricedCalls: 0 }
      })
      assert.strictEqual(metadata.usage.calls, 2)
      assert.strictEqual(metadata.usage.costUsd, 2 * costUsd)
      assert.deepStrictEqual(metadata.annotations["llm"], { provider: "openai", model: "test-model", offline: false })
    }).pipe(Effect.scoped))

  it.live("counts a call without a known price as such, not as free", () =>
    Effect.gen(function*() {
      const server = yield* OpenAiServer.start
      server.script(
        OpenAiServer.text("Hello"),
        OpenAiServer.json({ choices: [{ message: { content: "no usage" } }] })
      )
      const { usage } = yield* Llm.generate("hi").pipe(Effect.provide(layer(server)))
      assert.strictEqual(usage.unpricedCalls, 1)
      assert.strictEqual(usage.costUsd, 0)
      const uncounted = yield* Llm.generate("hi").pipe(
        Effect.provideService(LlmPrices, prices),
        Effect.provide(layer(server))
      )
      assert.strictEqual(uncounted.usage.unpricedCalls, 1)
    }).pipe(Effect.scoped))

  it.effect("names a foreign model as its `Model` does", () =>
    Effect.gen(function*() {
      const foreign = Layer.effect(
        LanguageModel.LanguageModel,
        LanguageModel.make({
          generateText: () => Effect.succeed([{ type: "text", text: "Hello" }]),
          streamText: () => Stream.empty
        })
      )
      const answer = yield* Llm.generate("hi").pipe(Effect.provide(Model.make("acme", "rocket-1", foreign)))
      assert.deepInclude(answer, { provider: "acme", model: "rocket-1", offline: false, text: "Hello" })
      const unknown = yield* Llm.generate("hi").pipe(Effect.provide(foreign))
      assert.deepInclude(unknown, { provider: "unknown", model: "unknown" })
    }))
})

describe("Llm.generateObject", () => {
  it.live("asks again with what was wrong, and counts every attempt", () =>
    Effect.gen(function*() {
      const server = yield* OpenAiServer.start
      server.script(
        OpenAiServer.text("Oslo, I think"),
        OpenAiServer.text("{\"city\":\"Oslo\",\"people\":\"many\"}"),
        OpenAiServer.text("{\"city\":\"Oslo\",\"people\":700000}")
      )
      const { usage, value } = yield* Llm.generateObject(City, { prompt: "Where?" }).pipe(Effect.provide(layer(server)))
      assert.deepStrictEqual(value, { city: "Oslo", people: 700_000 })
      assert.strictEqual(usage.calls, 3)
      assert.strictEqual(usage.inputTokens, 300)
      const { messages } = server.asked[2]!.body
      assert.deepStrictEqual(messages.map(({ role }: { role: string }) => role), [
        "user",
        "assistant",
        "user",
        "assistant",
        "user"
      ])
      assert.strictEqual(messages[3].content, "{\"city\":\"Oslo\",\"people\":\"many\"}")
      assert.match(messages[4].content, /people/)
    }).pipe(Effect.scoped))

  it.live("gives up after the attempts that it was given, with the last answer", () =>
    Effect.gen(function*() {
      const server = yield* OpenAiServer.start
      server.script(OpenAiServer.text("no"), OpenAiServer.text("not really"))
      const ask = Llm.generateObject(City, { prompt: "Where?", attempts: 2 })
      expectTypeOf(ask).toEqualTypeOf<
        Effect.Effect<
          Llm.ObjectAnswer<{ readonly city: string; readonly people: number }>,
          AiError.AiError | UnparsableAnswer,
          LanguageModel.LanguageModel
        >
      >()
      const error = yield* Effect.flip(Effect.provide(ask, layer(server)))
      assert(error._tag === "UnparsableAnswer")
      assert.strictEqual(error.attempts, 2)
      assert.strictEqual(error.text, "not really")
      assert.strictEqual(server.asked.length, 2)
    }).pipe(Effect.scoped))

  it.live("does not ask again when the model itself fails", () =>
    Effect.gen(function*() {
      const server = yield* OpenAiServer.start
      server.script(OpenAiServer.death)
      const error = yield* Effect.flip(
        Llm.generateObject(City, { prompt: "Where?" }).pipe(Effect.provide(layer(server)))
      )
      assert(error._tag === "AiError")
      assert.strictEqual(error.reason._tag, "NetworkError")
      assert.strictEqual(server.asked.length, 1)
    }).pipe(Effect.scoped))
})

describe("Llm.stream", () => {
  const hello = [
    OpenAiServer.chunk({ content: "Hel" }),
    OpenAiServer.chunk({ content: "lo" }),
    OpenAiServer.chunk({}, "stop"),
    OpenAiServer.usageChunk,
    "[DONE]"
  ]

  it.live("gives text as it comes, and adds usage at the end", () =>
    Effect.gen(function*() {
      const server = yield* OpenAiServer.start
      server.script(OpenAiServer.events(hello))
      const { metadata, value } = yield* inRun(Stream.runCollect(Llm.streamText("hi"))).pipe(
        Effect.provide(layer(server))
      )
      assert.deepStrictEqual(value, ["Hel", "lo"])
      assert.strictEqual(metadata.usage.inputTokens, 100)
      assert.strictEqual(metadata.usage.unpricedCalls, 1)
      assert.deepStrictEqual(metadata.annotations["llm"], { provider: "openai", model: "test-model", offline: false })
    }).pipe(Effect.scoped))

  it.live("fails typed when the server dies, after the text that had come", () =>
    Effect.gen(function*() {
      const server = yield* OpenAiServer.start
      server.script(OpenAiServer.events(hello.slice(0, 1), "die"))
      const seen: Array<string> = []
      const error = yield* Llm.streamText("hi").pipe(
        Stream.runForEach((text) => Effect.sync(() => seen.push(text))),
        Effect.flip,
        Effect.provide(layer(server))
      )
      assert.deepStrictEqual(seen, ["Hel"])
      assert.strictEqual(error.reason._tag, "NetworkError")
    }).pipe(Effect.scoped))

  it.live("closes the connection when it is interrupted", () =>
    Effect.gen(function*() {
      const server = yield* OpenAiServer.start
      server.script(OpenAiServer.events(hello.slice(0, 1), "stay"))
      yield* Effect.gen(function*() {
        const fiber = yield* Effect.forkChild(Stream.runDrain(Llm.stream("hi")))
        yield* server.arrival
        yield* Fiber.interrupt(fiber)
        yield* server.hangUp
      }).pipe(Effect.provide(layer(server)))
    }).pipe(Effect.scoped))
})

describe("Llm.generateAll", () => {
  it.live("answers in order, a bounded number at a time, and lets one fail alone", () =>
    Effect.gen(function*() {
      const server = yield* OpenAiServer.start
      let atOnce = 0
      let most = 0
      const reply: OpenAiServer.Reply = (response, asked) => {
        most = Math.max(most, ++atOnce)
        const { content } = asked.body.messages[0]
        setTimeout(() => {
          atOnce--
          if (content === "3") response.destroy()
          else OpenAiServer.text(`answer ${content}`)(response, asked)
        }, 30 - 5 * Number(content))
      }
      server.script(reply, reply, reply, reply, reply)
      const answers = yield* Llm.generateAll(["1", "2", "3", "4", "5"], { concurrency: 2 }).pipe(
        Effect.provide(layer(server))
      )
      assert.deepStrictEqual(
        answers.map((answer) => Result.isSuccess(answer) ? answer.success.text : answer.failure.reason._tag),
        ["answer 1", "answer 2", "NetworkError", "answer 4", "answer 5"]
      )
      assert.strictEqual(most, 2)
    }).pipe(Effect.scoped))

  it.live("leaves no connection behind", () =>
    Effect.gen(function*() {
      const before = OpenAiServer.openSockets()
      yield* Effect.scoped(Effect.gen(function*() {
        const server = yield* OpenAiServer.start
        server.script(OpenAiServer.text("a"), OpenAiServer.death, OpenAiServer.text("c"))
        yield* Llm.generateAll(["1", "2", "3"], { concurrency: 3 }).pipe(Effect.provide(layer(server)))
      }))
      yield* OpenAiServer.closedTo(before)
    }))
})
