import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { Llm, LlmAgent, Tool } from "greenlang"
import { InvalidDefinition } from "greenlang/agent/InvalidDefinition"
import * as Conversation from "greenlang/llm/Conversation"
import { Reply, ScriptedLlm } from "greenlang/testing"

const wrong: ReadonlyArray<readonly [field: string, options: Record<string, unknown>]> = [
  ["limits.turns", { limits: { turns: NaN } }],
  ["limits.toolCalls", { limits: { toolCalls: -1 } }],
  ["limits.mistakes", { limits: { mistakes: NaN } }],
  ["limits.tokens", { limits: { tokens: NaN } }],
  ["limits.costUsd", { limits: { costUsd: "1" } }],
  ["limits.time", { limits: { time: "five minits" } }],
  ["attempts", { attempts: NaN }],
  ["attempts", { attempts: 0 }],
  ["attempts", { attempts: -1 }],
  ["concurrency", { concurrency: 0 }],
  ["concurrency", { concurrency: NaN }]
]

const io = { version: "1.0.0", input: Schema.String, output: Schema.Struct({ n: Schema.Finite }), instructions: "x" }

describe("limits that bound nothing", () => {
  for (const [field, options] of wrong) {
    const shown = JSON.stringify(options, (_, value) => Number.isNaN(value) ? "NaN" : value)
    it(`are refused where an agent is made: ${shown}`, () => {
      assert.throws(() => LlmAgent.make("A", { ...io, ...options }), InvalidDefinition, field)
    })
  }

  it.effect("are refused by a loop and by a call for a value, before the model is asked", () =>
    Effect.gen(function*() {
      const loop = yield* Effect.exit(Llm.withTools({ prompt: "x", tools: [], limits: { turns: NaN } }))
      assert.match(String(loop), /limits\.turns is NaN/)
      const schema = Schema.Struct({ n: Schema.Finite })
      const value = yield* Effect.exit(Llm.generateObject(schema, { prompt: "x", attempts: 0 }))
      assert.match(String(value), /attempts is 0/)
      assert.deepStrictEqual(yield* ScriptedLlm.asked, [])
    }).pipe(Effect.provide(ScriptedLlm.layer())))

  it("are refused where a turn of a conversation is bounded, and where it has no id", () => {
    for (const maxTokens of [NaN, -5]) {
      assert.throws(() => Conversation.within("thread", { maxTokens }), InvalidDefinition, "maxTokens")
    }
    assert.throws(() => Conversation.within(""), InvalidDefinition, "id is empty")
  })

  it("two tools of one name, or one of the name that takes the answer, are refused where an agent is made", () => {
    const named = (name: string) =>
      Tool.make(name, {
        description: "x",
        input: Schema.Struct({}),
        output: Schema.Finite,
        execute: () => Effect.succeed(1)
      })
    const tools = [named("final_answer")]
    assert.throws(() => LlmAgent.make("A", { ...io, tools }), InvalidDefinition, "final_answer")
    assert.throws(() => LlmAgent.make("A", { ...io, tools: [named("a"), named("a")] }), InvalidDefinition, "a")
    // text is given without a tool
    assert.isDefined(LlmAgent.make("A", { version: "1.0.0", input: Schema.String, instructions: "x", tools }))
  })
})

const count = Tool.make("count", {
  description: "Counts",
  input: Schema.Struct({}),
  output: Schema.Finite,
  execute: () => Effect.succeed(1)
})

describe("a limit of tokens where the server counts none", () => {
  for (const measured of [0, 1]) {
    it.effect(`names the missing usage, after ${measured} turns that were counted`, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(Llm.withTools({ prompt: "x", tools: [count], limits: { tokens: 1000 } }))
        assert(error._tag === "UnmeasuredUsage")
        assert.strictEqual(error.missing, "usage")
        assert.include(error.message, "does not say how many tokens it used")
      }).pipe(Effect.provide(
        ScriptedLlm.layer(
          ...Array.from({ length: measured }, () => Reply.call("count", {})),
          { text: "done", usage: { inputTokens: 0, outputTokens: 0 } }
        )
      )))
  }
})
