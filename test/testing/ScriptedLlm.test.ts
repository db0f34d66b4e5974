import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Schema, Stream } from "effect"
import { AiError, LanguageModel, Tool as AiTool, Toolkit } from "effect/ai"
import { Llm, LlmPrices, Tool } from "greenlang"
import { Reply, Script, ScriptedLlm } from "greenlang/testing"

const area = Tool.make("area", {
  description: "Area of a rectangle",
  input: Schema.Struct({ width: Schema.Finite, depth: Schema.Finite }),
  output: Schema.Finite,
  execute: ({ depth, width }) => Effect.succeed(width * depth)
})

const textOf = (prompt: string) => Effect.map(Llm.generate(prompt), ({ text }) => text)

/** What a run died with. */
const defectOf = (exit: Exit.Exit<unknown, unknown>) => {
  assert(Exit.isFailure(exit))
  const defect = Cause.squash(exit.cause)
  assert(defect instanceof Script.ScriptMismatch)
  return defect
}

describe("ScriptedLlm", () => {
  it.effect("answers in order, and keeps what it was asked", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual([yield* textOf("one"), yield* textOf("two")], ["first", "second"])
      const asked = yield* ScriptedLlm.asked
      assert.deepStrictEqual(asked.map(({ prompt }) => prompt.content.map(({ role }) => role)), [["user"], ["user"]])
      assert.include(JSON.stringify(asked[0]?.prompt), "one")
      assert.include(JSON.stringify(asked[1]?.prompt), "two")
    }).pipe(Effect.provide(ScriptedLlm.layer("first", "second"))))

  it.effect("answers by what is asked, as often as a line says", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* textOf("wind"), "I know of coal only.")
      assert.strictEqual(yield* textOf("coal"), "dirty")
      assert.strictEqual(yield* textOf("coal"), "I know of coal only.")
      assert.strictEqual(yield* textOf("oil"), "fossil")
      assert.strictEqual(yield* textOf("oil"), "fossil")
    }).pipe(Effect.provide(ScriptedLlm.layer(
      Script.when(({ prompt }) => JSON.stringify(prompt).includes("coal"), "dirty"),
      Script.whenever(({ prompt }) => JSON.stringify(prompt).includes("oil"), { text: "fossil" }),
      Script.whenever(({ prompt }) => JSON.stringify(prompt).includes("gas"), "never asked for"),
      Script.always("I know of coal only.")
    ))))

  it.effect("calls tools, and is given what they answered", () =>
    Effect.gen(function*() {
      const answer = yield* Llm.withTools({ prompt: "how large?", tools: [area] })
      assert.deepStrictEqual(Llm.outputs(answer, area), [6, 20])
      assert.strictEqual(answer.text, "6 and 20")
      const [, second] = yield* ScriptedLlm.asked
      const results = second?.prompt.content.flatMap((message) => message.role === "tool" ? message.content : [])
      assert.deepStrictEqual(
        results?.map((part) => part.type === "tool-result" ? [part.id, part.result] : []),
        [["call_1", 6], ["mine", 20]]
      )
    }).pipe(Effect.provide(ScriptedLlm.layer(
      {
        toolCalls: [{ name: "area", input: { width: 2, depth: 3 } }, {
          id: "mine",
          name: "area",
          input: { width: 4, depth: 5 }
        }]
      },
      "6 and 20"
    ))))

  it.effect("gives objects of a schema, and refuses them", () =>
    Effect.gen(function*() {
      const ask = Llm.generateObject(Schema.Struct({ city: Schema.String }), { prompt: "where?" })
      assert.deepStrictEqual((yield* ask).value, { city: "Oslo" })
      const error = yield* Effect.flip(ask)
      assert(AiError.isAiError(error))
      assert.strictEqual(error.reason._tag, "ContentPolicyError")
    }).pipe(Effect.provide(ScriptedLlm.layer(Reply.object({ city: "Oslo" }), { refusal: "no" }))))

  it.effect("streams what it would answer at once, usage included", () =>
    Effect.gen(function*() {
      const reply: Reply.Reply = {
        reasoning: "let me see",
        text: " Two  words\n",
        toolCalls: [{ name: "area", input: { width: 2, depth: 3 } }],
        finishReason: "length",
        usage: { inputTokens: 50, outputTokens: 9, cachedInputTokens: 10, reasoningTokens: 4 }
      }
      yield* Effect.gen(function*() {
        const options = {
          prompt: "hi",
          toolkit: Toolkit.make(
            AiTool.make("area", {
              parameters: Schema.Struct({ width: Schema.Finite, depth: Schema.Finite }),
              success: Schema.Finite
            })
          ),
          disableToolCallResolution: true
        } as const
        const whole = yield* LanguageModel.generateText(options)
        const streamed = yield* Stream.runCollect(LanguageModel.streamText(options))
        const joined = (type: "text-delta" | "reasoning-delta" | "tool-params-delta") =>
          streamed.map((part) => part.type === type ? part.delta : "").join("")
        assert.strictEqual(whole.text, reply.text)
        assert.strictEqual(joined("text-delta"), reply.text)
        assert.strictEqual(joined("reasoning-delta"), reply.reasoning)
        assert.strictEqual(joined("tool-params-delta"), JSON.stringify({ width: 2, depth: 3 }))
        assert.isAbove(streamed.filter(({ type }) => type === "text-delta").length, 1)
        const last = streamed.at(-1)
        assert(last?.type === "finish")
        assert.deepStrictEqual(last.usage, whole.usage)
        assert.strictEqual(last.reason, "length")
        assert.deepStrictEqual({ ...whole.usage.inputTokens }, {
          total: 50,
          uncached: 40,
          cacheRead: 10,
          cacheWrite: 0
        })
        assert.deepStrictEqual({ ...whole.usage.outputTokens }, { total: 9, text: 5, reasoning: 4 })
      }).pipe(Effect.provide(ScriptedLlm.layer(reply, reply)))
    }))

  it.effect("costs what its model costs", () =>
    Effect.gen(function*() {
      const { provider, usage } = yield* Llm.generate("hi").pipe(
        Effect.provide(
          ScriptedLlm.layerAs({ provider: "acme", model: "large" }, {
            text: "x",
            usage: { inputTokens: 1e6, outputTokens: 1e6 }
          })
        ),
        Effect.provideService(LlmPrices, {
          "acme/large": { inputPerMillion: 2, outputPerMillion: 8, source: "none", date: "2026-01-01" }
        })
      )
      assert.deepStrictEqual([provider, usage.costUsd], ["acme", 10])
    }))

  it.effect("fails as a line says", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Llm.generate("hi"))
      assert.strictEqual(error.reason._tag, "RateLimitError")
      assert.strictEqual(yield* textOf("hi"), "there")
      const streamed = yield* Effect.flip(Stream.runDrain(Llm.stream("hi")))
      assert.strictEqual(streamed.reason._tag, "InternalProviderError")
    }).pipe(Effect.provide(ScriptedLlm.layer(
      new AiError.RateLimitError({}),
      "there",
      new AiError.InternalProviderError({ description: "down" })
    ))))

  it.effect("dies of what no line answers, and says what it was asked", () =>
    Effect.gen(function*() {
      const ask = Llm.withTools({ prompt: "how large is the hall?", tools: [area] })
      const exit = yield* Effect.exit(Effect.provide(ask, ScriptedLlm.layer()))
      const { message, unexpected } = defectOf(exit)
      assert.lengthOf(unexpected, 1)
      assert.include(message, "how large is the hall?")
      assert.include(message, "area")
    }))

  it.effect("dies of what is left when it is closed, and says which", () =>
    Effect.gen(function*() {
      const exit = yield* Effect.exit(Effect.provide(
        Llm.generate("hi"),
        ScriptedLlm.layer("first", "second", Reply.call("area", {}), Script.always("whatever"))
      ))
      const { left, message } = defectOf(exit)
      assert.deepStrictEqual(left, ["second", "{\"toolCalls\":[{\"name\":\"area\",\"input\":{}}]}"])
      assert.include(message, "second")
    }))

  it.effect("still complains of what it was asked in vain where that was caught", () =>
    Effect.gen(function*() {
      const exit = yield* Effect.exit(Effect.provide(
        Effect.catchDefect(Llm.generate("hi"), () => Effect.void),
        ScriptedLlm.layer()
      ))
      assert.lengthOf(defectOf(exit).unexpected, 1)
    }))

  it.effect("leaves the failure of a run as it is", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Effect.provide(Effect.fail("mine"), ScriptedLlm.layer("unused")))
      assert.strictEqual(error, "mine")
    }))
})
