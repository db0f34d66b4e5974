import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Context, Deferred, Effect, Exit, Fiber, Layer, Ref, Result, Schema } from "effect"
import { type AiError, type LanguageModel, Prompt } from "effect/ai"
import { TestClock } from "effect/testing"
import {
  Agent,
  Approval,
  type InvalidInput,
  Llm,
  LlmPrices,
  type NotApproved,
  Offline,
  type Question,
  type RunError,
  type TimedOut,
  Tool,
  ToolLoopStopped,
  type UnmeasuredUsage
} from "greenlang"
import * as Http from "greenlang/http/Http"
import * as OpenAiCompatible from "greenlang/llm/openai/OpenAiCompatible"
import { Reply, ScriptedLlm } from "greenlang/testing"
import * as OpenAiServer from "../support/OpenAiServer.ts"
import * as ToolResults from "../support/ToolResults.ts"

const layer = ({ baseUrl }: OpenAiServer.OpenAiServer) =>
  OpenAiCompatible.layer({ baseUrl, model: "test-model" }).pipe(Layer.provide(Http.layer({ retries: 0 })))

const prices = {
  "openai/test-model": { inputPerMillion: 1_000, outputPerMillion: 1_000, source: "the test", date: "2025-01-31" }
}

class NoFactor extends Schema.TaggedError<NoFactor>()("NoFactor", {
  fuel: Schema.String,
  available: Schema.Array(Schema.String)
}) {}

class Table extends Context.Service<Table, { readonly rows: Readonly<Record<string, number>> }>()(
  "greenlang/test/llm/ToolLoop.test/Table"
) {}
const table = Layer.succeed(Table, { rows: { diesel: 10.21 } })

const factor = Tool.make("factor", {
  description: "Kilograms of CO2 in a gallon of a fuel",
  input: Schema.Struct({ fuel: Schema.String }),
  output: Schema.Struct({ factor: Schema.Finite, on: Schema.DateFromString }),
  error: NoFactor,
  execute: Effect.fnUntraced(function*({ fuel }) {
    const { rows } = yield* Table
    const factor = rows[fuel]
    if (factor === undefined) return yield* new NoFactor({ fuel, available: Object.keys(rows) })
    return { factor, on: new Date("2025-01-31T00:00:00.000Z") }
  })
})

const multiply = Tool.make("multiply", {
  description: "a times b",
  input: Schema.Struct({ a: Schema.Finite, b: Schema.Finite }),
  output: Schema.Finite,
  execute: ({ a, b }) => Effect.succeed(a * b)
})

const call = (id: string, name: string, input: unknown): OpenAiServer.Call => ({
  id,
  name,
  arguments: typeof input === "string" ? input : JSON.stringify(input)
})

const tools = [factor, multiply] as const
const loop = (limits?: Llm.Limits) =>
  Llm.withTools({ prompt: "500 gallons of diesel?", tools, ...(limits === undefined ? {} : { limits }) })

describe("Llm.withTools", () => {
  it.live("runs tools until the model answers, and gives back every call with its types", () =>
    Effect.gen(function*() {
      const server = yield* OpenAiServer.start
      server.script(
        OpenAiServer.toolCalls([call("1", "factor", { fuel: "diesel" }), call("2", "factor", { fuel: "peat" })]),
        OpenAiServer.toolCalls([call("3", "multiply", { a: 500, b: 10.21 })]),
        OpenAiServer.text("5105 kg")
      )
      const answer = yield* loop().pipe(Effect.provide([layer(server), table]))
      assert.strictEqual(answer.text, "5105 kg")
      assert.strictEqual(answer.turns, 3)
      assert.strictEqual(answer.usage.calls, 3)
      assert.strictEqual(answer.finishReason, "stop")
      assert.strictEqual(answer.provider, "openai")
      assert.deepStrictEqual(answer.calls.map(({ input, tool }) => [tool.name, input]), [
        ["factor", { fuel: "diesel" }],
        ["factor", { fuel: "peat" }],
        ["multiply", { a: 500, b: 10.21 }]
      ])

      const products = Llm.outputs(answer, multiply)
      expectTypeOf(products).toEqualTypeOf<ReadonlyArray<number>>()
      assert.deepStrictEqual(products, [5105])
      const [found, missing] = Llm.calls(answer, factor)
      expectTypeOf(found!.result).toEqualTypeOf<
        Result.Result<{ readonly factor: number; readonly on: Date }, NoFactor | InvalidInput>
      >()
      assert(found !== undefined && Result.isSuccess(found.result))
      assert.strictEqual(found.result.success.on.getUTCFullYear(), 2025)
      assert(missing !== undefined && Result.isFailure(missing.result))
      assert.strictEqual(missing.result.failure._tag, "NoFactor")

      const sent = server.asked[1]!.body.messages.slice(-3)
      assert.deepStrictEqual(sent.map(({ role }: { role: string }) => role), ["assistant", "tool", "tool"])
      assert.deepStrictEqual(JSON.parse(sent[1].content), { factor: 10.21, on: "2025-01-31T00:00:00.000Z" })
      assert.deepInclude(JSON.parse(sent[2].content).error, { _tag: "NoFactor", fuel: "peat", available: ["diesel"] })
      assert.strictEqual(answer.history.content.length, 6)
    }).pipe(Effect.scoped))

  it("needs what its tools need, and fails as it says", () => {
    expectTypeOf(loop()).toEqualTypeOf<
      Effect.Effect<
        Llm.ToolAnswer<typeof factor | typeof multiply>,
        AiError.AiError | ToolLoopStopped | UnmeasuredUsage,
        LanguageModel.LanguageModel | Table
      >
    >()
  })

  it.live("reports wrong arguments and unknown tools to the model, so that it can do better", () =>
    Effect.gen(function*() {
      const server = yield* OpenAiServer.start
      server.script(
        OpenAiServer.toolCalls([
          call("1", "multiply", { a: "five" }),
          call("2", "divide", { a: 1 }),
          call("3", "multiply", "{\"a\":")
        ]),
        OpenAiServer.text("sorry")
      )
      const answer = yield* loop().pipe(Effect.provide([layer(server), table]))
      const [wrong, unknown, broken] = server.asked[1]!.body.messages.slice(-3)
      assert.match(wrong.content, /a: Expected a number/)
      assert.match(wrong.content, /b: is missing/)
      assert.match(unknown.content, /there is no tool divide; there are factor, multiply/)
      assert.match(broken.content, /multiply was given an input it cannot read/)
      assert.deepStrictEqual(answer.calls.map(({ result }) => Result.isFailure(result)), [true, true])
    }).pipe(Effect.scoped))

  it.live("does not run calls of an answer that was cut short", () =>
    Effect.gen(function*() {
      const server = yield* OpenAiServer.start
      server.script(
        OpenAiServer.toolCalls([call("1", "multiply", { a: 1, b: 2 })], "length"),
        OpenAiServer.text("again")
      )
      const answer = yield* loop().pipe(Effect.provide([layer(server), table]))
      assert.deepStrictEqual(answer.calls, [])
      assert.match(server.asked[1]!.body.messages.at(-1).content, /cut short/)
    }).pipe(Effect.scoped))

  it.live("stops at each of its limits, and says which", () =>
    Effect.gen(function*() {
      const product = OpenAiServer.toolCalls([call("1", "multiply", { a: 1, b: 2 })])
      const nonsense = OpenAiServer.toolCalls([call("1", "divide", {})])
      const cases: ReadonlyArray<[Llm.Limits, ReadonlyArray<OpenAiServer.Reply>, Partial<ToolLoopStopped>]> = [
        [{ turns: 2 }, [product, product, product], { cap: "turns", limit: 2, turns: 2 }],
        [{ toolCalls: 1 }, [product, product], { cap: "toolCalls", limit: 1, used: 2, turns: 2 }],
        [{ mistakes: 1 }, [nonsense, nonsense, nonsense], { cap: "mistakes", limit: 1, used: 2, turns: 2 }],
        [{ tokens: 200 }, [product, product], { cap: "tokens", limit: 200, used: 240, turns: 2 }],
        [{ costUsd: 0.2 }, [product, product], { cap: "costUsd", limit: 0.2, used: 0.24, turns: 2 }],
        [{ time: "150 millis" }, [product, OpenAiServer.silence], { cap: "time", limit: 150, turns: 1 }]
      ]
      for (const [limits, replies, expected] of cases) {
        const server = yield* OpenAiServer.start
        server.script(...replies)
        const error = yield* loop(limits).pipe(
          Effect.flip,
          Effect.provideService(LlmPrices, prices),
          Effect.provide([layer(server), table])
        )
        assert(error._tag === "ToolLoopStopped")
        assert.deepInclude(error, expected)
        if (expected.cap !== "mistakes") {
          assert.deepStrictEqual(error.calls[0], { tool: "multiply", input: { a: 1, b: 2 }, failed: false })
        }
        if (expected.cap === "time") yield* server.hangUp
      }
    }).pipe(Effect.scoped))

  it.live("fails rather than pretend when it cannot keep a limit", () =>
    Effect.gen(function*() {
      const server = yield* OpenAiServer.start
      const uncounted = OpenAiServer.json({ choices: [{ message: { content: "x" }, finish_reason: "stop" }] })
      server.script(OpenAiServer.text("x"), uncounted, uncounted)
      const unpriced = yield* loop({ costUsd: 1 }).pipe(Effect.flip, Effect.provide([layer(server), table]))
      assert(unpriced._tag === "UnmeasuredUsage")
      assert.deepInclude(unpriced, { provider: "openai", model: "test-model", missing: "price" })
      for (const limits of [{ tokens: 1 }, { costUsd: 1 }]) {
        const error = yield* loop(limits).pipe(
          Effect.flip,
          Effect.provideService(LlmPrices, prices),
          Effect.provide([layer(server), table])
        )
        assert(error._tag === "UnmeasuredUsage")
        assert.strictEqual(error.missing, "usage")
      }
    }).pipe(Effect.scoped))

  it.live("runs tools at the same time, up to its concurrency", () =>
    Effect.gen(function*() {
      const server = yield* OpenAiServer.start
      let atOnce = 0
      let most = 0
      const slow = Tool.make("slow", {
        description: "Takes a moment",
        input: Schema.Struct({ n: Schema.Finite }),
        output: Schema.Finite,
        execute: ({ n }) =>
          Effect.sync(() => most = Math.max(most, ++atOnce)).pipe(
            Effect.andThen(Effect.sleep(40 - 5 * n)),
            Effect.andThen(Effect.sync(() => atOnce--)),
            Effect.as(n)
          )
      })
      server.script(
        OpenAiServer.toolCalls([1, 2, 3, 4, 5].map((n) => call(String(n), "slow", { n }))),
        OpenAiServer.text("done")
      )
      const answer = yield* Llm.withTools({ prompt: "go", tools: [slow], concurrency: 3 }).pipe(
        Effect.provide(layer(server))
      )
      assert.deepStrictEqual(Llm.outputs(answer, slow), [1, 2, 3, 4, 5])
      assert.strictEqual(most, 3)
    }).pipe(Effect.scoped))

  it.live("fails typed when the server dies, and counts the turns before in the run", () =>
    Effect.gen(function*() {
      const server = yield* OpenAiServer.start
      server.script(OpenAiServer.toolCalls([call("1", "multiply", { a: 1, b: 2 })]), OpenAiServer.death)
      const Asks = Agent.make("Asks", {
        version: "1.0.0",
        input: Schema.Void,
        output: Schema.Unknown,
        execute: () => loop()
      })
      const outcome = yield* Agent.outcome(Asks, undefined).pipe(Effect.provide([layer(server), table]))
      assert(!outcome.success && outcome.error._tag === "AiError")
      assert.strictEqual(outcome.error.reason._tag, "NetworkError")
      assert.strictEqual(outcome.metadata.usage.calls, 1)
      assert.strictEqual(outcome.metadata.usage.inputTokens, 100)
    }).pipe(Effect.scoped))

  it.live("is interrupted while it waits for the model, or for a tool, and leaves nothing behind", () =>
    Effect.gen(function*() {
      const before = OpenAiServer.openSockets()
      yield* Effect.scoped(Effect.gen(function*() {
        const server = yield* OpenAiServer.start
        yield* Effect.gen(function*() {
          server.script(OpenAiServer.toolCalls([call("1", "multiply", { a: 1, b: 2 })]), OpenAiServer.silence)
          const fiber = yield* Effect.forkChild(loop())
          yield* server.arrival
          yield* server.arrival
          yield* Fiber.interrupt(fiber)
          yield* server.hangUp
        }).pipe(Effect.provide([layer(server), table]))

        let released = false
        let started = () => {}
        const running = new Promise<void>((resolve) => started = resolve)
        const hangs = Tool.make("hangs", {
          description: "Never ends",
          input: Schema.Struct({}),
          output: Schema.Void,
          execute: () =>
            Effect.sync(() => started()).pipe(
              Effect.andThen(Effect.never),
              Effect.onInterrupt(() => Effect.sync(() => released = true))
            )
        })
        server.script(OpenAiServer.toolCalls([call("1", "hangs", {})]))
        const fiber = yield* Effect.forkChild(
          Llm.withTools({ prompt: "go", tools: [hangs] }).pipe(Effect.provide(layer(server)))
        )
        yield* Effect.promise(() => running)
        yield* Fiber.interrupt(fiber)
        assert.isTrue(released)
      }))
      yield* OpenAiServer.closedTo(before)
    }))

  it.effect("dies of two tools of one name", () =>
    Effect.gen(function*() {
      const exit = yield* Llm.withTools({ prompt: "go", tools: [multiply, multiply] }).pipe(
        Effect.provide(Offline.layer),
        Effect.exit
      )
      assert.isTrue(Exit.hasDies(exit))
    }))
})

describe("a tool in a loop", () => {
  let paid: Array<number> = []
  const pay = Tool.make("pay", {
    description: "Pays so many dollars",
    input: Schema.Struct({ usd: Schema.Finite }),
    output: Schema.String,
    execute: ({ usd }) => Effect.as(Effect.sync(() => paid.push(usd)), `paid ${usd}`)
  })
  const careful = Tool.approval(pay, ({ usd }) => usd > 100 ? `Pay ${usd}?` : undefined)

  it.effect("that needs a person's yes is not run after a no, whose reason the model reads", () =>
    Effect.gen(function*() {
      paid = []
      const asked: Array<string> = []
      const loop = Llm.withTools({ prompt: "Pay.", tools: [careful] })
      expectTypeOf(loop).toEqualTypeOf<
        Effect.Effect<
          Llm.ToolAnswer<typeof careful>,
          AiError.AiError | ToolLoopStopped | UnmeasuredUsage,
          LanguageModel.LanguageModel | Approval
        >
      >()
      const { calls, history } = yield* loop.pipe(
        Effect.provideService(Approval, {
          ask: ({ text }) =>
            Effect.sync(() => {
              asked.push(text)
              return text === "Pay 200?" ? { approved: true } : { approved: false, by: "Ada", comment: "too much" }
            })
        }),
        Effect.provide(ScriptedLlm.layer(
          {
            toolCalls: [
              { name: "pay", input: { usd: 10 } },
              { name: "pay", input: { usd: 500 } },
              { name: "pay", input: { usd: 200 } },
              { name: "pay", input: { usd: "1000" } }
            ]
          },
          "done"
        ))
      )
      assert.deepStrictEqual(asked, ["Pay 500?", "Pay 200?"])
      assert.deepStrictEqual(paid.toSorted(), [10, 200])
      const [ten, refused, approved, wrong] = ToolResults.of(history)
      assert.deepStrictEqual([ten, approved], ["paid 10", "paid 200"])
      assert.deepStrictEqual(refused, {
        error: "pay was not approved by Ada: too much"
      })
      assert.match(JSON.stringify(wrong), /usd: Expected a number/)
      const failure = Result.getOrThrow(Result.flip(calls[1]!.result))
      expectTypeOf(failure).toEqualTypeOf<InvalidInput | NotApproved>()
      assert.strictEqual(failure._tag, "NotApproved")
    }))

  it.effect("that waits for a person can be interrupted, and leaves a history to go on from", () =>
    Effect.gen(function*() {
      paid = []
      const asked = yield* Deferred.make<Question>()
      const history = yield* Ref.make(Prompt.empty)
      const ask = (prompt: Prompt.RawInput) => Llm.withTools({ prompt, tools: [careful], history })
      yield* Effect.gen(function*() {
        const fiber = yield* Effect.forkChild(
          ask("Pay.").pipe(
            Effect.provideService(Approval, {
              ask: (question) => Effect.andThen(Deferred.succeed(asked, question), Effect.never)
            })
          )
        )
        assert.strictEqual((yield* Deferred.await(asked)).text, "Pay 500?")
        yield* Fiber.interrupt(fiber)
        const { text } = yield* ask("Never mind.").pipe(
          Effect.provideService(Approval, { ask: () => Effect.die("no person is to be asked") })
        )
        assert.strictEqual(text, "ok")
      }).pipe(Effect.provide(ScriptedLlm.layer(Reply.call("pay", { usd: 500 }), "ok")))
      assert.deepStrictEqual(paid, [])
      assert.deepStrictEqual(ToolResults.of(yield* Ref.get(history)), [
        { error: "this call was interrupted: whether it had an effect is not known" }
      ])
    }))

  it.effect("that takes too long is interrupted, and the model reads so", () =>
    Effect.gen(function*() {
      const slow = Tool.make("slow", {
        description: "Never ends",
        input: Schema.Struct({}),
        output: Schema.Void,
        execute: () => Effect.never
      }).pipe(Tool.timeout("5 seconds"))
      const fiber = yield* Effect.forkChild(
        Llm.withTools({ prompt: "Go.", tools: [slow] }).pipe(
          Effect.provide(ScriptedLlm.layer(Reply.call("slow", {}), "It takes too long."))
        )
      )
      yield* TestClock.adjust("5 seconds")
      const { calls, history, text } = yield* Fiber.join(fiber)
      assert.strictEqual(text, "It takes too long.")
      const failure = Result.getOrThrow(Result.flip(calls[0]!.result))
      expectTypeOf(failure).toEqualTypeOf<InvalidInput | TimedOut>()
      assert.strictEqual(failure._tag, "TimedOut")
      assert.match(JSON.stringify(ToolResults.of(history)), /slow timed out: execute took longer than 5s/)
    }))

  it.effect("that dies is the end of the loop, and of the other calls", () =>
    Effect.gen(function*() {
      let interrupted = false
      const started = yield* Deferred.make<void>()
      const input = Schema.Struct({})
      const waits = Tool.make("waits", {
        description: "Waits",
        input,
        output: Schema.Void,
        execute: () =>
          Deferred.succeed(started, undefined).pipe(
            Effect.andThen(Effect.never),
            Effect.onInterrupt(() => Effect.sync(() => interrupted = true))
          )
      })
      const bug = Tool.make("bug", {
        description: "Has a bug",
        input,
        output: Schema.Void,
        execute: () => Effect.andThen(Deferred.await(started), Effect.die(new Error("bug")))
      })
      const exit = yield* Llm.withTools({ prompt: "Go.", tools: [waits, bug] }).pipe(
        Effect.provide(ScriptedLlm.layer({
          toolCalls: [{ name: "waits", input: {} }, { name: "bug", input: {} }]
        })),
        Effect.exit
      )
      assert.isTrue(Exit.hasDies(exit))
      assert.isTrue(interrupted)
    }))

  it.effect("that answers with what its schema does not know fails the loop", () =>
    Effect.gen(function*() {
      const wrong = Tool.make("wrong", {
        description: "Does not keep its word",
        input: Schema.Struct({}),
        output: Schema.Finite,
        execute: () => Effect.succeed(Infinity)
      })
      const error = yield* Llm.withTools({ prompt: "Go.", tools: [wrong] }).pipe(
        Effect.provide(ScriptedLlm.layer(Reply.call("wrong", {}))),
        Effect.flip
      )
      assert(error._tag === "AiError")
      assert.strictEqual(error.reason._tag, "ToolResultEncodingError")
    }))

  it.effect("can be an agent that calls a model itself, whose usage counts for the run around it", () =>
    Effect.gen(function*() {
      const Rate = Agent.make("rate", {
        version: "1.0.0",
        description: "Rates a building",
        input: Schema.Struct({ building: Schema.String }),
        output: Schema.String,
        execute: ({ building }) => Effect.map(Llm.generate(`Rate ${building}.`), ({ text }) => text)
      })
      const rate = Agent.tool(Rate)
      const Report = Agent.make("Report", {
        version: "1.0.0",
        input: Schema.Void,
        output: Schema.Struct({ text: Schema.String, rated: Schema.Array(Schema.String), own: Schema.Int }),
        execute: () =>
          Llm.withTools({ prompt: "Report.", tools: [rate] }).pipe(
            Effect.map((answer) => {
              expectTypeOf(answer.calls[0]!.result).toEqualTypeOf<
                Result.Result<string, AiError.AiError | RunError>
              >()
              return { text: answer.text, rated: [...Llm.outputs(answer, rate)], own: answer.usage.calls }
            })
          )
      })
      const { metadata, value } = yield* Report.run().pipe(
        Effect.provide(ScriptedLlm.layer(
          {
            toolCalls: [{ name: "rate", input: { building: "hall" } }, { name: "rate", input: { building: 1 } }]
          },
          { text: "good", usage: { inputTokens: 7, outputTokens: 3, cachedInputTokens: 5, reasoningTokens: 2 } },
          Reply.call("rate", { building: "roof" }),
          "bad",
          "One is good."
        ))
      )
      assert.deepStrictEqual(value, { text: "One is good.", rated: ["good", "bad"], own: 3 })
      assert.deepInclude(metadata.usage, {
        calls: 5,
        inputTokens: 407,
        outputTokens: 83,
        cachedInputTokens: 5,
        reasoningTokens: 2
      })
      assert.deepInclude(yield* Rate.stats, { runs: 3 })
    }))

  it.effect("that was stopped at a limit is reported in an error that can be kept as JSON", () =>
    Effect.gen(function*() {
      const codec = Schema.toCodecJson(ToolLoopStopped)
      const stopped = yield* Llm.withTools({ prompt: "Pay.", tools: [pay], limits: { turns: 1 } }).pipe(
        Effect.provide(ScriptedLlm.layer(Reply.call("pay", { usd: 1 }))),
        Effect.flip
      )
      assert(stopped._tag === "ToolLoopStopped")
      const json = JSON.stringify(yield* Schema.encodeEffect(codec)(stopped))
      const read = yield* Schema.decodeUnknownEffect(codec)(JSON.parse(json))
      assert.deepStrictEqual(read.history, stopped.history)
      const { text } = yield* Llm.withTools({ prompt: read.history, tools: [pay] }).pipe(
        Effect.provide(ScriptedLlm.layer("Paid."))
      )
      assert.strictEqual(text, "Paid.")
    }))
})
