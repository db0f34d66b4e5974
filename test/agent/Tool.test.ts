import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Result, Schema } from "effect"
import { TestClock } from "effect/testing"
import {
  Agent,
  Approval,
  type Decision,
  type InvalidInput,
  Llm,
  type NotApproved,
  type Question,
  type RunError,
  type TimedOut,
  Tool
} from "greenlang"
import { Reply, ScriptedLlm } from "greenlang/testing"

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
        { path: "a", message: "Expected a string", expected: "a string" },
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

  it.effect("asks for no approval of input that cannot be read", () =>
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

describe("Tool.failRun", () => {
  class Down extends Schema.TaggedError<Down>()("Down", {}) {}
  class Full extends Schema.TaggedError<Full>()("Full", {}) {}
  const store = Tool.make("store", {
    description: "Stores so many",
    input: Schema.Struct({ n: Schema.Finite }),
    output: Schema.String,
    error: Schema.Union([Down, Full]),
    execute: ({ n }): Effect.Effect<string, Down | Full> =>
      n === 1 ? Effect.fail(new Down()) : n === 2 ? Effect.fail(new Full()) : Effect.never
  })
  const down = Tool.failRun(store, "Down")
  const loop = <const T extends Tool.Any>(tool: T, n: number) =>
    Llm.withTools({ prompt: "?", tools: [tool] }).pipe(
      Effect.provide(ScriptedLlm.layer(Reply.call("store", { n }), "done"))
    )
  const yes = Effect.provideService(Approval, { ask: () => Effect.succeed({ approved: true }) })
  const no = Effect.provideService(Approval, { ask: () => Effect.succeed({ approved: false }) })

  const wrapped = {
    "Tool.timeout": Tool.timeout(down, "1 second"),
    "Tool.timeout in a pipe": down.pipe(Tool.timeout("1 second")),
    "Tool.approval": Tool.approval(down, () => "Sure?"),
    "Tool.approval in a pipe": down.pipe(Tool.approval(() => "Sure?")),
    "both": Tool.timeout(Tool.approval(down, () => "Sure?"), "1 second"),
    "itself": Tool.failRun(Tool.failRun(store, "Down"), "InvalidInput"),
    "itself around Tool.timeout": Tool.failRun(Tool.timeout(down, "1 second"), "TimedOut")
  }
  for (const [name, tool] of Object.entries(wrapped)) {
    it.effect(`ends the run inside ${name}, too, and lets other failures go back to the model`, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(yes(loop(tool, 1)))
        assert.strictEqual(error._tag, "Down")
        const { calls } = yield* yes(loop(tool, 2))
        assert.deepStrictEqual(calls.map(({ result }) => Result.isFailure(result) && result.failure._tag), ["Full"])
      }))
  }

  it.effect("leaves what a combinator around it adds to the model, also without tags", () =>
    Effect.gen(function*() {
      const all = Tool.failRun(store)
      const careful = Tool.approval(store, () => "Sure?")
      const asked = Tool.failRun(careful, "NotApproved")
      const late = yield* Effect.forkChild(loop(Tool.timeout(all, "1 second"), 3))
      yield* TestClock.adjust("1 second")
      const { calls } = yield* Fiber.join(late)
      assert.deepStrictEqual(calls.map(({ result }) => Result.isFailure(result) && result.failure._tag), ["TimedOut"])
      assert.strictEqual((yield* Effect.flip(no(loop(asked, 1))))._tag, "NotApproved")
      const refused = yield* no(loop(Tool.approval(Tool.failRun(store), () => "Sure?"), 1))
      assert.strictEqual(refused.calls[0]?.result._tag, "Failure")
      const ended = yield* Effect.forkChild(Effect.flip(loop(Tool.failRun(Tool.timeout(store, "1 second")), 3)))
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(ended))._tag, "TimedOut")
    }))

  it("is in the type of what is around it", () => {
    const { "Tool.approval": asked, both, itself, "Tool.timeout": late, "itself around Tool.timeout": twice } = wrapped
    expectTypeOf<Tool.RunFailure<typeof down>>().toEqualTypeOf<Down>()
    expectTypeOf<Tool.RunFailure<typeof late>>().toEqualTypeOf<Down>()
    expectTypeOf<Tool.RunFailure<typeof asked>>().toEqualTypeOf<Down>()
    expectTypeOf<Tool.RunFailure<typeof both>>().toEqualTypeOf<Down>()
    expectTypeOf<Tool.RunFailure<typeof itself>>().toEqualTypeOf<Down | InvalidInput>()
    expectTypeOf<Tool.RunFailure<typeof twice>>().toEqualTypeOf<Down | TimedOut>()
    const piped = wrapped["Tool.timeout in a pipe"]
    expectTypeOf<Tool.RunFailure<typeof piped>>().toEqualTypeOf<Down>()
    const pipedAsked = wrapped["Tool.approval in a pipe"]
    expectTypeOf<Tool.RunFailure<typeof pipedAsked>>().toEqualTypeOf<Down>()
  })
})
