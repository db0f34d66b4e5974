/**
 * Durable runs of a pipeline whose step is an agent that asks a model.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted, Schema } from "effect"
import { AiError } from "effect/ai"
import { SqlClient } from "effect/sql"
import { Llm, LlmAgent, Pipeline, Step, ToolLoopStopped, UnmeasuredUsage, UnparsableAnswer } from "greenlang"
import { Durable } from "greenlang/durable"
import { Reply, ScriptedLlm } from "greenlang/testing"

const settings = {
  version: "1.0.0",
  input: Schema.Struct({ letter: Schema.String }),
  output: Schema.Struct({ urgent: Schema.Boolean }),
  error: LlmAgent.Failure
}

const planted = "a-cookie-of-the-vendor"

/** A pipeline whose only step is an agent with these limits, and the run of it under this script. */
const run = (limits: Llm.Limits, ...script: ReadonlyArray<ScriptedLlm.Line>) => {
  const Triage = LlmAgent.make("Triage", { ...settings, instructions: "Sort.", limits })
  const Letters = Pipeline.make(
    "Letters",
    settings,
    (letter) => Step.agent("triage", Triage, [letter], (letter) => letter)
  )
  const program = Effect.gen(function*() {
    const id = yield* Durable.submit(Letters, { letter: "By Friday, please." })
    const exit = yield* Effect.exit(Durable.result(id, Letters))
    const sql = yield* SqlClient.SqlClient
    const steps = yield* sql`SELECT * FROM durable_steps`
    assert.strictEqual(steps.length, 1)
    for (const rows of [steps, yield* sql`SELECT * FROM durable_runs`, yield* sql`SELECT * FROM durable_events`]) {
      assert.notInclude(JSON.stringify(rows), planted)
    }
    return (yield* exit).value
  })
  const model = ScriptedLlm.layer(...script)
  return Effect.provide(program, Layer.provide(Durable.layerMemory({ pipelines: [Letters] }), model))
}

describe("a durable run with a model in a step", () => {
  it.live("answers with what the model gave", () =>
    Effect.gen(function*() {
      const value = yield* run({}, Reply.call("final_answer", { urgent: true }))
      assert.deepStrictEqual(value, { urgent: true })
    }))

  it.live("fails as the agent does, in each of its ways", () =>
    Effect.gen(function*() {
      const refused = yield* Effect.flip(run({}, new AiError.ContentPolicyError({ description: "no letters" })))
      assert.instanceOf(refused, AiError.AiError)
      assert.strictEqual(refused.reason._tag, "ContentPolicyError")

      const wrong = Reply.call("final_answer", { urgent: "perhaps" })
      const unparsable = yield* Effect.flip(run({}, wrong, wrong, wrong))
      assert.instanceOf(unparsable, UnparsableAnswer)
      assert.strictEqual(unparsable.attempts, 3)

      const stopped = yield* Effect.flip(run({ turns: 1 }, Reply.call("unknown", {})))
      assert.instanceOf(stopped, ToolLoopStopped)
      assert.strictEqual(stopped.cap, "turns")
      assert.isAbove(stopped.history.content.length, 1)

      const unmeasured = yield* Effect.flip(run({ costUsd: 1 }, Reply.call("unknown", {})))
      assert.instanceOf(unmeasured, UnmeasuredUsage)
      assert.strictEqual(unmeasured.missing, "price")
    }))
  it.live("keeps no secret header of a vendor's answer", () =>
    Effect.gen(function*() {
      const http = {
        response: { status: 400, headers: { "set-cookie": Redacted.make(planted), server: "x" } }
      }
      const error = yield* Effect.flip(run({}, new AiError.InvalidRequestError({ description: "no", http })))
      assert(error._tag === "AiError" && error.reason._tag === "InvalidRequestError")
      assert.deepStrictEqual(error.reason.http?.response?.headers, { "set-cookie": "<redacted>", server: "x" })
    }))

  it("is refused where the schema of its failures holds secrets", () => {
    const failingAs = (error: Schema.Codec<AiError.AiError, unknown>) =>
      Pipeline.make(
        "Letters",
        { version: "1.0.0", input: Schema.Finite, output: Schema.Finite, error },
        (n) => Step.make("same", [n], (n) => Effect.succeed(n), { output: Schema.Finite })
      )
    assert.include(Durable.refusal(failingAs(AiError.AiError))?.message, "its failure holds secrets")
    assert.isUndefined(Durable.refusal(failingAs(Llm.Failure)))
  })
})
