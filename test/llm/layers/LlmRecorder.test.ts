import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Logger, Redacted, Schema, Stream } from "effect"
import { AiError, LanguageModel, Tool, Toolkit } from "effect/ai"
import { TestClock } from "effect/testing"
import { Llm } from "greenlang"
import * as LlmRecorder from "greenlang/llm/layers/LlmRecorder"
import { LlmProvider } from "greenlang/llm/LlmProvider"
import { LlmSettings } from "greenlang/llm/LlmSettings"
import * as TimedLlm from "../../support/TimedLlm.ts"

const recorded = (llm: TimedLlm.TimedLlm, secrets: ReadonlyArray<string> = []) => {
  const records: Array<LlmRecorder.LlmRecord> = []
  const sink = (record: LlmRecorder.LlmRecord) => Effect.sync(() => void records.push(record))
  const layer = LlmProvider.languageModel.pipe(
    Layer.provide(LlmRecorder.layer({ sink, secrets: secrets.map((secret) => Redacted.make(secret)) })),
    Layer.provide(llm.layer)
  )
  return { records, layer }
}

describe("LlmRecorder", () => {
  it.effect("records what was asked and what came of it", () =>
    Effect.gen(function*() {
      const { layer, records } = recorded(TimedLlm.make(() => Effect.as(Effect.sleep("2 seconds"), { text: "Hello" })))
      const Area = Tool.make("area", { parameters: Schema.Struct({ width: Schema.Finite }), success: Schema.Finite })
      const fiber = yield* LanguageModel.generateText({
        prompt: "hi",
        toolkit: Toolkit.make(Area),
        disableToolCallResolution: true
      }).pipe(
        Effect.provide(layer),
        Effect.provideService(LlmSettings, { temperature: 0 }),
        Effect.forkChild({ startImmediately: true })
      )
      yield* TestClock.adjust("2 seconds")
      yield* Fiber.join(fiber)
      assert.lengthOf(records, 1)
      const { endedAt, ending, parts, request, startedAt } = records[0]!
      assert.deepStrictEqual([startedAt, endedAt, ending], [0, 2_000, "answered"])
      assert.deepInclude(request, {
        provider: "timed",
        model: "test",
        method: "generate",
        settings: { temperature: 0 }
      })
      assert.deepStrictEqual(request.tools[0]?.parameters["required"], ["width"])
      assert.include(JSON.stringify(request.prompt), "hi")
      assert.deepStrictEqual(parts.map(({ type }) => type), ["text", "finish"])
    }))

  it.effect("records failures, interruptions and streams that were left", () =>
    Effect.gen(function*() {
      const reason = new AiError.InternalProviderError({ description: "503" })
      const { layer, records } = recorded(
        TimedLlm.make((nth) =>
          nth === 1
            ? Effect.fail(AiError.make({ module: "t", method: "t", reason }))
            : nth === 2
            ? Effect.never
            : Effect.succeed({ text: "Hello" })
        )
      )
      yield* Effect.gen(function*() {
        yield* Effect.flip(Llm.generate("hi"))
        const hanging = yield* Effect.forkChild(Llm.generate("hi"), { startImmediately: true })
        yield* Fiber.interrupt(hanging)
        yield* Stream.runDrain(Stream.take(Llm.streamText("hi"), 2))
        yield* Stream.runDrain(Llm.streamText("hi"))
      }).pipe(Effect.provide(layer))
      assert.deepStrictEqual(
        records.map(({ ending, error }) => [ending, error?.reason]),
        [["failed", "InternalProviderError"], ["interrupted", undefined], ["interrupted", undefined], [
          "answered",
          undefined
        ]]
      )
      assert.deepStrictEqual(records[2]!.parts.map(({ type }) => type), ["text-start", "text-delta", "text-delta"])
    }))

  it.effect("keeps secrets out, wherever they stand", () =>
    Effect.gen(function*() {
      const planted = ["hunter2", "sk-ant-api03-abcdefghijklmnop", "AKIAIOSFODNN7EXAMPLE"]
      const { layer, records } = recorded(
        TimedLlm.make((nth) =>
          nth === 1
            ? Effect.succeed({ text: `the password is ${planted[0]}, and Bearer abcdef0123456789 too` })
            : Effect.fail(
              AiError.make({
                module: "t",
                method: "t",
                reason: new AiError.InternalProviderError({ description: `wrong key ${planted[1]}` })
              })
            )
        ),
        ["hunter2"]
      )
      yield* Effect.gen(function*() {
        yield* Llm.generate(`my keys: ${planted.join(" ")}`)
        yield* Effect.flip(Llm.generate("hi"))
      }).pipe(Effect.provide(layer))
      const text = JSON.stringify(records)
      assert.lengthOf(records, 2)
      for (const secret of [...planted, "abcdef0123456789"]) assert.notInclude(text, secret)
      assert.include(text, "my keys: <redacted> <redacted> <redacted>")
      assert.include(text, "wrong key <redacted>")
    }))

  it.effect("keeps secrets out that come in pieces, and those that begin like another", () =>
    Effect.gen(function*() {
      const { layer, records } = recorded(
        TimedLlm.make(() => Effect.succeed({ text: "it is hunter2" })),
        ["hunter", "hunter2"]
      )
      const text = yield* Stream.mkString(Llm.streamText("say it, not hunter2")).pipe(Effect.provide(layer))
      assert.strictEqual(text, "it is hunter2")
      assert.include(JSON.stringify(records), "say it, not <redacted>\"")
      const joined = records[0]!.parts.flatMap((part) => part.type === "text-delta" ? [part.delta] : []).join("")
      assert.strictEqual(joined, "it is <redacted>")
    }))

  it.effect("logs what its sink fails with, and answers", () =>
    Effect.gen(function*() {
      const logged: Array<string> = []
      const layer = LlmProvider.languageModel.pipe(
        Layer.provide(LlmRecorder.layer({ sink: () => Effect.fail("disk full") })),
        Layer.provide(TimedLlm.make(() => Effect.succeed({ text: "Hello" })).layer)
      )
      const { text } = yield* Llm.generate("hi").pipe(
        Effect.provide([
          layer,
          Logger.layer([Logger.map(Logger.formatSimple, (line) => logged.push(line))])
        ])
      )
      assert.strictEqual(text, "Hello")
      assert.include(logged.join("\n"), "disk full")
    }))

  it.effect("keeps no call waiting for a sink that does not end, not even an interrupted one", () => {
    const llm = TimedLlm.make((nth) => nth === 1 ? Effect.never : Effect.succeed({ text: "Hello" }))
    let released = 0
    const sink = () => Effect.onInterrupt(Effect.never, () => Effect.sync(() => released++))
    return Effect.gen(function*() {
      const call = yield* Effect.forkChild(Llm.generate("hi"), { startImmediately: true })
      const interruption = yield* Effect.forkChild(Fiber.interrupt(call))
      yield* TestClock.adjust("4 seconds")
      assert.isUndefined(interruption.pollUnsafe())
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(interruption)

      const answer = yield* Effect.forkChild(Llm.generate("hi"))
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual((yield* Fiber.join(answer)).text, "Hello")
      yield* Effect.repeat(Effect.yieldNow, { until: () => released === 2 })
    }).pipe(Effect.provide([
      LlmProvider.languageModel.pipe(
        Layer.provide(LlmRecorder.layer({ sink, patience: "5 seconds" })),
        Layer.provide(llm.layer)
      ),
      Logger.layer([])
    ]))
  })
})
