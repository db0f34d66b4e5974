import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Context, DateTime, Effect, Exit, Layer, Result, Schema, Stream } from "effect"
import { LanguageModel, Model, Prompt, Tool as AiTool, Toolkit } from "effect/ai"
import { Agent, AiTools, Approval, Llm, LlmAgent, LlmProvider, Run, Tool } from "greenlang"
import { LlmBudget } from "greenlang/llm/layers/LlmBudget"
import * as LlmPrices from "greenlang/llm/LlmPrices"
import { Reply, ScriptedLlm } from "greenlang/testing"

class Crm
  extends Context.Service<Crm, { readonly find: Effect.Effect<string> }>()("greenlang/test/llm/AiTools.test/Crm")
{}
class CrmDown extends Schema.TaggedError<CrmDown>()("CrmDown", { why: Schema.String }) {}
class Busy extends Schema.TaggedError<Busy>()("Busy", {}) {}

const io = { version: "1.0.0", input: Schema.String, instructions: "Answer." } as const

/** As in the documentation of `effect/ai`: parameters and success that are transformed. */
const GetTime = AiTool.make("GetTime", {
  description: "The time in a number of hours",
  parameters: Schema.Struct({ hours: Schema.NumberFromString }),
  success: Schema.DateTimeUtcFromString
})
const find = AiTool.make("find", {
  description: "Finds a customer",
  parameters: Schema.Struct({ name: Schema.String }),
  success: Schema.String,
  failure: CrmDown,
  dependencies: [Crm]
})
const soft = AiTool.make("soft", {
  parameters: Schema.Struct({ n: Schema.Finite }),
  success: Schema.Finite,
  failure: Busy,
  failureMode: "return"
})

const results = (prompt: Prompt.Prompt) =>
  prompt.content.flatMap((message) =>
    message.role === "tool" ? message.content.flatMap((part) => part.type === "tool-result" ? [part.result] : []) : []
  )

describe("a toolkit of effect/ai", () => {
  it.effect("runs in an LlmAgent as it is, with its handler layer", () =>
    Effect.gen(function*() {
      const Clock = Toolkit.make(GetTime)
      const Asks = LlmAgent.make("Asks", { ...io, toolkit: Clock })
      const seen: Array<number> = []
      const layer = Clock.toLayer({
        GetTime: ({ hours }) => {
          seen.push(hours)
          return Effect.succeed(DateTime.makeUnsafe("2025-01-31T12:00:00Z"))
        }
      })
      const { value } = yield* Asks.run("when?").pipe(Effect.provide(layer))
      assert.strictEqual(value, "at noon")
      assert.deepStrictEqual(seen, [2])
      const requests = yield* ScriptedLlm.asked
      assert.deepStrictEqual(results(requests[1]!.prompt), ["2025-01-31T12:00:00.000Z"])
      assert.deepStrictEqual(requests[0]!.tools.map(({ name }) => name), ["GetTime"])
    }).pipe(Effect.provide(ScriptedLlm.layer(Reply.call("GetTime", { hours: "2" }), "at noon"))))

  it.effect("ends the run with the error of its handler in mode error, and gives it to the model in mode return [B151]", () =>
    Effect.gen(function*() {
      const Kit = Toolkit.make(find, soft)
      const layer = Kit.toLayer({
        find: () => Effect.fail(new CrmDown({ why: "night" })),
        soft: () => Effect.fail(new Busy())
      })
      const loop = Llm.withTools({ prompt: "?", tools: [], toolkit: Kit })
      expectTypeOf<Effect.Services<typeof loop>>().toEqualTypeOf<
        LanguageModel.LanguageModel | Crm | AiTool.Handler<"find"> | AiTool.Handler<"soft">
      >()
      expectTypeOf<CrmDown>().toExtend<Effect.Error<typeof loop>>()
      expectTypeOf<Busy>().not.toExtend<Effect.Error<typeof loop>>()
      const error = yield* Effect.flip(Effect.provide(loop, layer))
      assert.instanceOf(error, CrmDown)
      assert.strictEqual(error.why, "night")
      const [, last] = yield* ScriptedLlm.asked
      assert.include(JSON.stringify(results(last!.prompt)), "Busy")
    }).pipe(
      Effect.provideService(Crm, { find: Effect.succeed("Ada") }),
      Effect.provide(ScriptedLlm.layer(Reply.call("soft", { n: 1 }), Reply.call("find", { name: "x" })))
    ))

  it.effect("counts wrong arguments as a mistake of the model, in both modes", () =>
    Effect.gen(function*() {
      const Kit = Toolkit.make(find, soft)
      const layer = Kit.toLayer({ find: () => Effect.succeed("Ada"), soft: ({ n }) => Effect.succeed(n) })
      const { calls } = yield* Llm.withTools({ prompt: "?", tools: [], toolkit: Kit }).pipe(Effect.provide(layer))
      assert.deepStrictEqual(
        calls.map(({ result }) => result._tag === "Failure" && result.failure._tag),
        ["InvalidInput", "InvalidInput"]
      )
    }).pipe(
      Effect.provideService(Crm, { find: Effect.succeed("Ada") }),
      Effect.provide(ScriptedLlm.layer(Reply.call("soft", { n: "one" }), Reply.call("find", {}), "done"))
    ))

  it.effect("asks a person where it needs approval, and is refused where no Approval is provided [B151]", () =>
    Effect.gen(function*() {
      let paid = 0
      const pay = AiTool.make("pay", {
        parameters: Schema.Struct({ amount: Schema.Finite }),
        success: Schema.String,
        needsApproval: ({ amount }) => amount > 100
      })
      const Kit = Toolkit.make(pay)
      const layer = Kit.toLayer({ pay: () => Effect.sync(() => `paid ${++paid}`) })
      const ask = Effect.provide(Llm.withTools({ prompt: "?", tools: [], toolkit: Kit }), layer)
      const questions: Array<string> = []
      const no = {
        ask: ({ text }: { readonly text: string }) => Effect.sync(() => (questions.push(text), { approved: false }))
      }
      const answers = yield* Effect.provideService(ask, Approval, no)
      assert.deepStrictEqual(answers.calls.map(({ result }) => result._tag), ["Success", "Failure"])
      assert.deepStrictEqual(questions, [`Call pay with {"amount":1000}?`])
      const alone = yield* ask
      assert.deepStrictEqual(alone.calls.map(({ result }) => result._tag), ["Failure"])
      assert.strictEqual(paid, 1)
    }).pipe(Effect.provide(ScriptedLlm.layer(
      Reply.call("pay", { amount: 10 }),
      Reply.call("pay", { amount: 1000 }),
      "done",
      Reply.call("pay", { amount: 1000 }),
      "done"
    ))))

  describe("whose needsApproval is a function", () => {
    const no = { ask: () => Effect.succeed({ approved: false, comment: "no" }) }
    let paid = 0
    const paying = (needsApproval: AiTool.NeedsApproval<typeof Amount>) => {
      paid = 0
      const Kit = Toolkit.make(AiTool.make("pay", { parameters: Amount, success: Schema.String, needsApproval }))
      return { Kit, layer: Kit.toLayer({ pay: () => Effect.sync(() => `paid ${++paid}`) }) }
    }
    const Amount = Schema.Struct({ euros: Schema.Finite })
    const unlessSaid: AiTool.NeedsApproval<typeof Amount> = (_, { messages }) =>
      !messages.some(({ content, role }) => role === "user" && JSON.stringify(content).includes("go ahead"))
    const ifUnsaid: AiTool.NeedsApproval<typeof Amount> = (_, { messages }) =>
      messages.some(({ content, role }) => role === "user" && !JSON.stringify(content).includes("go ahead"))

    for (const [name, needsApproval] of Object.entries({ unlessSaid, ifUnsaid })) {
      it.effect(`decides by the conversation, behind combinators, too: ${name}`, () =>
        Effect.gen(function*() {
          const { Kit, layer } = paying(needsApproval)
          const Payer = LlmAgent.make("Payer", { ...io, toolkit: Kit })
          const ask = (question: string) =>
            Payer.run(question).pipe(
              Effect.provide([layer, ScriptedLlm.layer(Reply.call("pay", { euros: 5000 }), "done")]),
              Effect.provideService(Approval, no)
            )
          yield* ask("look at the invoice")
          assert.strictEqual(paid, 0)
          yield* ask("go ahead")
          assert.strictEqual(paid, 1)
          const [tool] = yield* Effect.provide(AiTools.fromToolkit(Kit), layer)
          yield* Llm.withTools({ prompt: "look at the invoice", tools: [Tool.timeout(tool!, "1 minute")] }).pipe(
            Effect.provideService(Approval, no),
            Effect.provide(ScriptedLlm.layer(Reply.call("pay", { euros: 5000 }), "done"))
          )
          assert.strictEqual(paid, 1)
        }))
    }

    it.effect("is given the id of the call, as its handler is", () =>
      Effect.gen(function*() {
        const ids: Array<string | undefined> = []
        const pay = AiTool.make("pay", {
          parameters: Amount,
          success: Schema.String,
          needsApproval: (_, { toolCallId }) => (ids.push(toolCallId), false)
        })
        const Kit = Toolkit.make(pay)
        const layer = Kit.toLayer({
          pay: (_, { toolCallId }) => Effect.sync(() => (ids.push(toolCallId), "paid"))
        })
        yield* Llm.withTools({ prompt: "?", tools: [], toolkit: Kit }).pipe(
          Effect.provide([layer, ScriptedLlm.layer(Reply.call("pay", { euros: 1 }), "done")])
        )
        assert.deepStrictEqual(ids, ["call_1", "call_1"])
      }))

    it.effect("asks where the function fails, and where it reads a conversation that there is not", () =>
      Effect.gen(function*() {
        const fails = paying((() => Effect.fail("no rules")) as never)
        yield* Llm.withTools({ prompt: "?", tools: [], toolkit: fails.Kit }).pipe(
          Effect.provide([fails.layer, ScriptedLlm.layer(Reply.call("pay", { euros: 1 }), "done")]),
          Effect.provideService(Approval, no)
        )
        assert.strictEqual(paid, 0)
        const call = (needsApproval: AiTool.NeedsApproval<typeof Amount>) => {
          const { Kit, layer } = paying(needsApproval)
          return AiTools.fromToolkit(Kit).pipe(
            Effect.flatMap(([tool]) => Effect.result(tool!.call({ euros: 1 }))),
            Effect.provide(layer),
            Effect.map(({ _tag }) => [_tag, paid])
          )
        }
        assert.deepStrictEqual(yield* call(ifUnsaid), ["Failure", 0])
        assert.deepStrictEqual(yield* call((_, { toolCallId }) => Effect.succeed(toolCallId === "x")), ["Failure", 0])
        assert.deepStrictEqual(yield* call(({ euros }) => euros > 10), ["Success", 1])
      }))

    it.effect("goes on after a yes alone: what is not a decision is a no", () =>
      Effect.gen(function*() {
        const { Kit, layer } = paying(true)
        for (const wrong of [{ approved: "no" }, { approved: 1 }, {}, undefined, "yes"]) {
          const { calls } = yield* Llm.withTools({ prompt: "?", tools: [], toolkit: Kit }).pipe(
            Effect.provide([layer, ScriptedLlm.layer(Reply.call("pay", { euros: 1 }), "done")]),
            Effect.provideService(Approval, { ask: () => Effect.succeed(wrong as never) })
          )
          const [{ result } = assert.fail()] = calls
          assert(Result.isFailure(result) && result.failure._tag === "NotApproved")
          assert.include(result.failure.message, "not a decision")
          assert.strictEqual(paid, 0)
        }
      }))

    it.effect("asks nothing about arguments that cannot be read, and hides secrets in its question", () =>
      Effect.gen(function*() {
        const Kit = Toolkit.make(AiTool.make("pay", {
          parameters: Schema.Struct({ card: Schema.RedactedFromValue(Schema.String), euros: Schema.Finite }),
          success: Schema.String,
          needsApproval: true
        }))
        const questions: Array<string> = []
        const { calls } = yield* Llm.withTools({ prompt: "?", tools: [], toolkit: Kit }).pipe(
          Effect.provide(Kit.toLayer({ pay: () => Effect.succeed("paid") })),
          Effect.provideService(Approval, {
            ask: ({ text }) => Effect.sync(() => (questions.push(text), { approved: true }))
          })
        )
        assert.deepStrictEqual(questions, [`Call pay with {"card":"<redacted>","euros":2}?`])
        assert.deepStrictEqual(calls.map(({ result }) => result._tag), ["Failure", "Success"])
      }).pipe(Effect.provide(ScriptedLlm.layer(
        Reply.call("pay", { card: "LEAK-1", euros: "two" }),
        Reply.call("pay", { card: "LEAK-2", euros: 2 }),
        "done"
      ))))
  })

  for (const failureMode of ["error", "return"] as const) {
    it.effect(`sends the model what toModelOutput makes of a result, behind combinators, too: mode ${failureMode}`, () =>
      Effect.gen(function*() {
        const Kit = Toolkit.make(AiTool.make("look", {
          parameters: Schema.Struct({ n: Schema.Finite }),
          success: Schema.String,
          failure: Busy,
          failureMode,
          toModelOutput: (result) => [Prompt.textPart({ text: `MAPPED ${result}` })]
        }))
        const layer = Kit.toLayer({ look: ({ n }) => n > 1 ? Effect.fail(new Busy()) : Effect.succeed("raw") })
        const sent = (prompt: Prompt.Prompt) =>
          prompt.content.flatMap((message) =>
            message.role === "tool" ? message.content.flatMap((part) => part.type === "tool-result" ? [part] : []) : []
          )
        const [tool] = yield* Effect.provide(AiTools.fromToolkit(Kit), layer)
        const loops = [
          Llm.withTools({ prompt: "?", tools: [], toolkit: Kit }),
          Llm.withTools({ prompt: "?", tools: [Tool.timeout(Tool.failRun(tool!), "1 minute")] })
        ]
        for (const loop of loops) {
          const { history } = yield* loop.pipe(
            Effect.provide([layer, ScriptedLlm.layer(Reply.call("look", { n: 1 }), "done")])
          )
          const [part = assert.fail()] = sent(history)
          assert.strictEqual(part.result, "raw")
          assert.deepStrictEqual(part.modelOutput?.map((one) => one.type === "text" && one.text), ["MAPPED raw"])
        }
        if (failureMode === "error") return
        const { history } = yield* Llm.withTools({ prompt: "?", tools: [], toolkit: Kit }).pipe(
          Effect.provide([layer, ScriptedLlm.layer(Reply.call("look", { n: 2 }), "done")])
        )
        assert.deepStrictEqual(sent(history).map(({ isFailure, modelOutput }) => [isFailure, modelOutput]), [
          [true, undefined]
        ])
      }))
  }

  it.effect("keeps its annotations as hints, and gets them back [B151]", () =>
    Effect.gen(function*() {
      const careful = soft.annotate(AiTool.Readonly, true).annotate(AiTool.Destructive, false).annotate(
        AiTool.Title,
        "Soft"
      )
      const Kit = Toolkit.make(careful)
      const [tool] = yield* AiTools.fromToolkit(Kit).pipe(
        Effect.provide(Kit.toLayer({ soft: ({ n }) => Effect.succeed(n) }))
      )
      assert.deepInclude(tool?.hints, { title: "Soft", readonly: true, destructive: false, idempotent: false })
      const back = Tool.toAiTool(tool!, "soft")
      assert.strictEqual(Context.get(back.annotations, AiTool.Readonly), true)
      assert.strictEqual(Context.get(back.annotations, AiTool.Destructive), false)
    }))

  it.effect("is a compile error in a list of tools, and a defect that says what to write", () =>
    Effect.gen(function*() {
      // @ts-expect-error a tool of effect/ai is none of ours
      const loop = Llm.withTools({ prompt: "?", tools: [soft] })
      const exit = yield* Effect.exit(Effect.provide(loop as Effect.Effect<unknown, unknown>, ScriptedLlm.layer()))
      assert.isTrue(Exit.isFailure(exit))
      assert.include(JSON.stringify(exit), "toolkit: Toolkit.make(soft)")
      // @ts-expect-error a tool of effect/ai is none of ours
      assert.throws(() => LlmAgent.make("Wrong", { ...io, tools: [soft] }), "toolkit: Toolkit.make(soft)")
    }))
})

describe("agents and tools of ours in plain LanguageModel", () => {
  const stock = Tool.make("stock", {
    description: "How many there are",
    input: Schema.Struct({ part: Schema.NumberFromString }),
    output: Schema.NumberFromString,
    hints: { readonly: true },
    execute: ({ part }) => Effect.map(Crm, () => part * 2)
  })
  const Rating = LlmAgent.make("Rating", { ...io, input: Schema.Struct({ of: Schema.String }) })

  it.effect("are called by name, need what they need, and count for the run around them", () =>
    Effect.gen(function*() {
      const { layer, toolkit } = Agent.toToolkit({ rate: Rating, stock })
      const asked = LanguageModel.generateText({ prompt: "?", toolkit })
      const provided = Effect.provide(asked, layer)
      expectTypeOf<Effect.Services<typeof provided>>().toEqualTypeOf<LanguageModel.LanguageModel | Crm>()
      const Ask = Agent.make("Ask", {
        version: "1.0.0",
        input: Schema.Void,
        output: Schema.Unknown,
        execute: () =>
          Effect.map(Effect.orDie(provided), ({ toolResults }) => toolResults.map(({ name, result }) => [name, result]))
      })
      const { metadata, value } = yield* Ask.run(undefined)
      assert.deepStrictEqual(value, [["rate", "good"], ["stock", 14]])
      assert.strictEqual(metadata.usage.calls, 2)
      assert.isTrue(Context.get(toolkit.tools.stock.annotations, AiTool.Readonly))
    }).pipe(
      Effect.provideService(Crm, { find: Effect.succeed("") }),
      Effect.provide(ScriptedLlm.layer(
        { toolCalls: [{ name: "rate", input: { of: "hall" } }, { name: "stock", input: { part: "7" } }] },
        "good"
      ))
    ))

  it.effect("fail back to the model, with approval asked [B151]", () =>
    Effect.gen(function*() {
      const careful = Tool.approval(stock, ({ part }) => `Look up ${part}?`)
      const { layer, toolkit } = Agent.toToolkit({ stock: careful })
      const asked = Effect.provide(LanguageModel.generateText({ prompt: "?", toolkit }), layer)
      expectTypeOf<Approval>().toExtend<Effect.Services<typeof asked>>()
      const { toolResults } = yield* Effect.provideService(asked, Approval, {
        ask: () => Effect.succeed({ approved: false, by: "Ada" })
      })
      assert.deepStrictEqual(toolResults.map(({ isFailure }) => isFailure), [true])
      assert.include(JSON.stringify(toolResults[0]?.result), "NotApproved")
    }).pipe(
      Effect.provideService(Crm, { find: Effect.succeed("") }),
      Effect.provide(ScriptedLlm.layer(Reply.call("stock", { part: "7" })))
    ))
})

describe("calls made directly on LanguageModel", () => {
  const price = { inputPerMillion: 10_000, outputPerMillion: 0, source: "the test", date: "2025-01-31" }
  const raw = Agent.make("Raw", {
    version: "1.0.0",
    input: Schema.Void,
    output: Schema.Void,
    execute: () =>
      Effect.gen(function*() {
        yield* LanguageModel.generateText({ prompt: "1" })
        yield* Stream.runDrain(LanguageModel.streamText({ prompt: "2" }))
        yield* LanguageModel.generateObject({ prompt: "3", schema: Schema.Struct({ n: Schema.Finite }) })
      }).pipe(Effect.orDie)
  })

  it.effect("count in usage, cost and budget of the run, once each, also for a model over a model [B150]", () =>
    Effect.gen(function*() {
      const script = ["a", "b", `{"n":1}`]
      const once = ScriptedLlm.layer(...script)
      const twice = LlmProvider.languageModel.pipe(
        Layer.provide(LlmProvider.fromLanguageModel({ name: "outer", model: "m" })),
        Layer.provide(ScriptedLlm.layer(...script))
      )
      for (const model of [once, twice]) {
        const { metadata } = yield* raw.run(undefined).pipe(Effect.provide(model))
        assert.strictEqual(metadata.usage.calls, 3)
        assert.strictEqual(metadata.usage.costUsd, 3)
      }
      const budgeted = LlmProvider.languageModel.pipe(
        Layer.provide(LlmBudget.layer({ costUsd: 2, estimate: () => ({ inputTokens: 100, outputTokens: 20 }) })),
        Layer.provide(ScriptedLlm.layer("a", "b"))
      )
      const exit = yield* Effect.exit(Effect.provide(raw.run(undefined), budgeted))
      assert.include(JSON.stringify(exit), "BudgetExceeded")
    }).pipe(Effect.provide(LlmPrices.layer({ "scripted/script": price }))))

  it.effect("find the names of the model, as Effect's own layers provide them", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual([yield* Model.ProviderName, yield* Model.ModelName], ["scripted", "script"])
    }).pipe(Effect.provide(ScriptedLlm.layer())))

  it.effect("outside of a run count nowhere, and fail nothing", () =>
    Effect.gen(function*() {
      yield* LanguageModel.generateText({ prompt: "1" })
      assert.deepStrictEqual(yield* Run.usage, Run.noUsage)
    }).pipe(Effect.provide(ScriptedLlm.layer("a"))))
})
