import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Schema } from "effect"
import { TestClock } from "effect/testing"
import {
  Agent,
  Approval,
  type Decision,
  type InvalidInput,
  type NotApproved,
  type Question,
  type RunError,
  type TimedOut,
  Tool
} from "greenlang"

class Never extends Schema.TaggedError<Never>()("Never", {}) {}

const divide = Tool.make("divide", {
  description: "Divides a by b",
  input: Schema.Struct({ a: Schema.FiniteFromString, b: Schema.Finite }),
  output: Schema.Finite,
  error: Never,
  execute: ({ a, b }) => b === 0 ? Effect.fail(new Never()) : Effect.succeed(a / b)
})

describe("a tool", () => {
  it.effect("answers with what it computed from what it read", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* divide.call({ a: "6", b: 3 }), 2)
      assert.strictEqual((yield* Effect.flip(divide.call({ a: "6", b: 0 })))._tag, "Never")
    }))

  it.effect("names every field that it cannot read, and those that it does not know", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(divide.call({ a: 6, c: 1 } as never))
      assert(error._tag === "InvalidInput")
      assert.strictEqual(error.agent, "divide")
      assert.deepStrictEqual(error.issues, [
        { path: "c", message: "is not a known field", expected: "one of a, b" },
        { path: "a", message: "Expected string", expected: "a string" },
        { path: "b", message: "is missing", expected: "a number" }
      ])
    }))

  it("has exact types", () => {
    expectTypeOf(divide).toEqualTypeOf<
      Tool.Tool<{ readonly a: string; readonly b: number }, number, Never | InvalidInput>
    >()
    const Half = Agent.make("Half", {
      version: "1.0.0",
      input: Schema.Finite,
      output: Schema.Finite,
      tools: [divide],
      execute: (n) => divide.call({ a: `${n}`, b: 2 })
    })
    expectTypeOf(Agent.tool(Half)).toEqualTypeOf<Tool.Tool<number, number, Never | InvalidInput | RunError>>()
    assert.deepStrictEqual(Half.tools, [divide])
  })
})

describe("Tool.approval", () => {
  const asking = (decision: Decision) => {
    const asked: Array<Question> = []
    const ask = (question: Question) => Effect.as(Effect.sync(() => asked.push(question)), decision)
    return { asked, given: Effect.provideService(Approval, { ask }) }
  }
  let divided = 0
  const counted = Tool.make("divide", {
    description: "Divides a by b",
    input: Schema.Struct({ a: Schema.FiniteFromString, b: Schema.Finite }),
    output: Schema.Finite,
    execute: ({ a, b }) => Effect.sync(() => (divided++, a / b))
  })
  const careful = Tool.approval(counted, ({ a, b }) => b < 1 ? `Divide ${a} by ${b}?` : undefined)

  it.effect("asks where the input asks for it, and goes on after a yes", () =>
    Effect.gen(function*() {
      const { asked, given } = asking({ approved: true, by: "Ada" })
      divided = 0
      assert.strictEqual(yield* given(careful.call({ a: "6", b: 2 })), 3)
      assert.deepStrictEqual(asked, [])
      assert.strictEqual(yield* given(careful.call({ a: "6", b: 0.5 })), 12)
      assert.deepStrictEqual(asked, [{ run: "", step: "divide", text: "Divide 6 by 0.5?" }])
      assert.strictEqual(divided, 2)
    }))

  it.effect("names the run that waits, and does nothing after a no", () =>
    Effect.gen(function*() {
      const { asked, given } = asking({ approved: false, by: "Ada", comment: "not today" })
      divided = 0
      const Careful = Agent.make("Careful", {
        version: "1.0.0",
        input: Schema.Void,
        output: Schema.Finite,
        execute: () => careful.call({ a: "6", b: 0.5 })
      })
      const outcome = yield* given(Agent.outcome(Careful, undefined))
      assert(!outcome.success && outcome.error._tag === "NotApproved")
      assert.deepInclude(outcome.error, { step: "divide", by: "Ada", comment: "not today" })
      assert.deepStrictEqual(asked.map(({ run }) => run), [outcome.metadata.runId])
      assert.strictEqual(divided, 0)
    }))

  it.effect("asks nobody about input that cannot be read", () =>
    Effect.gen(function*() {
      const { asked, given } = asking({ approved: true })
      for (const input of [{ a: "x", b: 0 }, { a: "6", b: 0, c: 1 }, "nonsense"]) {
        const error = yield* Effect.flip(given(careful.call(input as never)))
        assert.strictEqual(error._tag, "InvalidInput")
      }
      assert.deepStrictEqual(asked, [])
    }))

  it("needs an `Approval`, and says how it fails", () => {
    expectTypeOf(careful).toEqualTypeOf<
      Tool.Tool<{ readonly a: string; readonly b: number }, number, InvalidInput | NotApproved, Approval>
    >()
    expectTypeOf(divide.pipe(Tool.approval(() => "Sure?"))).toEqualTypeOf<
      Tool.Tool<{ readonly a: string; readonly b: number }, number, Never | InvalidInput | NotApproved, Approval>
    >()
  })
})

describe("Tool.timeout", () => {
  it.effect("interrupts what takes longer, and waits until it has released what it held", () =>
    Effect.gen(function*() {
      let released = false
      const slow = Tool.make("slow", {
        description: "Takes its time",
        input: Schema.Struct({ seconds: Schema.Finite }),
        output: Schema.String,
        execute: ({ seconds }) =>
          Effect.sleep(seconds * 1000).pipe(
            Effect.as("done"),
            Effect.onInterrupt(() => Effect.andThen(Effect.sleep("1 second"), Effect.sync(() => released = true)))
          )
      }).pipe(Tool.timeout("5 seconds"))
      expectTypeOf(slow).toEqualTypeOf<Tool.Tool<{ readonly seconds: number }, string, InvalidInput | TimedOut>>()

      const quick = yield* Effect.forkChild(slow.call({ seconds: 4 }))
      const late = yield* Effect.forkChild(slow.call({ seconds: 60 }))
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual(yield* Fiber.join(quick), "done")
      assert.isFalse(released)
      assert.isUndefined(late.pollUnsafe())
      yield* TestClock.adjust("1 second")
      const error = yield* Effect.flip(Fiber.join(late))
      assert(error._tag === "TimedOut")
      assert.deepInclude(error, { agent: "slow", phase: "execute" })
      assert.isTrue(released)
    }))

  it.effect("leaves interruption what it is", () =>
    Effect.gen(function*() {
      const never = Tool.timeout(
        Tool.make("never", {
          description: "Never ends",
          input: Schema.Struct({}),
          output: Schema.Void,
          execute: () => Effect.never
        }),
        "5 seconds"
      )
      const fiber = yield* Effect.forkChild(never.call({}), { startImmediately: true })
      yield* Fiber.interrupt(fiber)
      assert.isTrue(Exit.hasInterrupts(yield* Fiber.await(fiber)))
    }))
})
