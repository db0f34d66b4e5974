import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Stream } from "effect"
import type { Response } from "effect/ai"
import { Llm, LlmProvider, Offline } from "greenlang"

describe("LlmProvider", () => {
  it.effect("can be wrapped by layers, which see plain JSON and leave who answered as it is", () =>
    Effect.gen(function*() {
      const recorded: Array<ReadonlyArray<Response.PartEncoded>> = []
      const recorder = LlmProvider.around((inner) =>
        Effect.succeed({
          ...inner,
          name: "recorder",
          generate: (request) => Effect.tap(inner.generate(request), (parts) => Effect.sync(() => recorded.push(parts)))
        })
      )
      const recording = LlmProvider.languageModel.pipe(Layer.provide(recorder), Layer.provide(Offline.layerProvider))
      const answer = yield* Llm.generate("amount: 5 kWh").pipe(Effect.provide(recording))
      assert.strictEqual(answer.provider, "offline")
      assert.strictEqual(recorded.length, 1)

      const stored: Array<Response.PartEncoded> = JSON.parse(JSON.stringify(recorded[0]))
      const replay = LlmProvider.languageModel.pipe(Layer.provide(
        Layer.succeed(LlmProvider)(LlmProvider.make({
          name: "replay",
          model: "tape",
          generate: () => Effect.succeed(stored),
          stream: () => Stream.empty
        }))
      ))
      assert.deepStrictEqual(yield* Llm.generate("anything").pipe(Effect.provide(replay)), answer)
    }))

  it.effect("signs what is not signed yet", () =>
    Effect.gen(function*() {
      const bare = Layer.succeed(LlmProvider)({
        name: "acme",
        model: "rocket-1",
        offline: false,
        generate: () => Effect.succeed([{ type: "text", text: "Hello" }, finish]),
        stream: () => Stream.fromIterable([finish])
      })
      const model = Layer.provide(LlmProvider.languageModel, bare)
      const answer = yield* Llm.generate("hi").pipe(Effect.provide(model))
      assert.deepInclude(answer, { provider: "acme", model: "rocket-1", offline: false })
      const [part] = yield* Stream.runCollect(Stream.provide(Llm.stream("hi"), model))
      assert.deepStrictEqual(part?.metadata["greenlang"], { provider: "acme", model: "rocket-1", offline: false })
    }))
})

const finish: Response.FinishPartEncoded = {
  type: "finish",
  reason: "stop",
  usage: {
    inputTokens: { total: 1, uncached: 1, cacheRead: 0, cacheWrite: 0 },
    outputTokens: { total: 1, text: 1, reasoning: 0 }
  }
}
