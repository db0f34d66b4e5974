import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Layer, Schema } from "effect"
import { Approval, Tool } from "greenlang"

const pay = Tool.approval(
  Tool.make("pay", {
    description: "Pays",
    input: Schema.Struct({ euros: Schema.Finite }),
    output: Schema.String,
    execute: ({ euros }) => Effect.succeed(`paid ${euros}`)
  }),
  ({ euros }) => `Pay ${euros} euros?`
)

const below = Approval.layerDeny("the house says no")

describe("the layers of Approval", () => {
  it.effect("refuse everything, with the reason", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(pay.call({ euros: 1 }))
      assert(error._tag === "NotApproved")
      assert.strictEqual(error.comment, "the house says no")
    }).pipe(Effect.provide(below)))

  it.effect("decide by rule, and leave the rest to the layer below", () => {
    const rule = Approval.layerRule(({ step, text }) =>
      step === "pay" && text.startsWith("Pay 1 ") ? { approved: true, by: "a rule" } : undefined
    )
    return Effect.gen(function*() {
      assert.strictEqual(yield* pay.call({ euros: 1 }), "paid 1")
      assert.strictEqual((yield* Effect.flip(pay.call({ euros: 2 })))._tag, "NotApproved")
    }).pipe(Effect.provide(Layer.provide(rule, below)))
  })

  it.effect("approve nothing where the rule throws", () =>
    Effect.gen(function*() {
      const rule = Approval.layerRule(() => {
        throw new Error("a bug in the rule")
      })
      const exit = yield* Effect.exit(Effect.provide(pay.call({ euros: 1 }), Layer.provide(rule, below)))
      assert(Exit.isFailure(exit))
      assert.include(String(Cause.squash(exit.cause)), "a bug in the rule")
    }))
})
