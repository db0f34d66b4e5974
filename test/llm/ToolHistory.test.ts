import { assert, describe, it } from "@effect/vitest"
import { Clock, Deferred, Effect, Exit, Fiber, Layer, Ref, Schema } from "effect"
import { Chat, Prompt } from "effect/ai"
import { TestClock } from "effect/testing"
import { Llm, LlmPrices, Tool } from "greenlang"
import * as AnthropicRequest from "greenlang/llm/anthropic/AnthropicRequest"
import { LlmProvider, type LlmRequest } from "greenlang/llm/LlmProvider"
import * as OpenAiDialect from "greenlang/llm/openai/OpenAiDialect"
import * as OpenAiRequest from "greenlang/llm/openai/OpenAiRequest"
import { FakeProvider, Fault, type Reply, Script, ScriptedLlm } from "greenlang/testing"
import type { Line } from "greenlang/testing/FakeProvider"
import * as ToolResults from "../support/ToolResults.ts"
import * as VendorRules from "../support/VendorRules.ts"
import * as Wires from "../support/Wires.ts"

const turns = 5

/** Where a loop is interrupted, in one of its turns. */
const points = [
  "before the request",
  "during the request",
  "when the answer has come",
  "when no tool has ended",
  "when one of two tools has ended",
  "after the tools"
] as const
type Point = typeof points[number]

/** A loop of five turns with two tools each, which signals when it is at its point, and stays there. */
const interrupted = (wire: Wires.Wire, point: Point, turn: number) =>
  Effect.gen(function*() {
    const server = yield* FakeProvider
    const reached = yield* Deferred.make<void>()
    const leftEnded = yield* Deferred.make<void>()
    const stay = Effect.andThen(Deferred.succeed(reached, undefined), Effect.never)
    const stayAt = (...here: ReadonlyArray<Point>) => (at: number) =>
      at === turn && here.includes(point) ? stay : Effect.void

    const input = Schema.Struct({ turn: Schema.Int })
    const left = Tool.make("left", {
      description: "The left one",
      input,
      output: Schema.String,
      execute: ({ turn: at }) =>
        (at === turn && point === "when no tool has ended" ? Effect.never : Effect.void).pipe(
          Effect.as(`left ${at}`),
          Effect.tap(() => at === turn ? Deferred.succeed(leftEnded, undefined) : Effect.void)
        )
    })
    const right = Tool.make("right", {
      description: "The right one",
      input,
      output: Schema.String,
      execute: ({ turn: at }) =>
        (at === turn && point === "when one of two tools has ended" ? Deferred.await(leftEnded) : Effect.void).pipe(
          Effect.andThen(stayAt("when no tool has ended", "when one of two tools has ended")(at)),
          Effect.as(`right ${at}`)
        )
    })
    let asked = 0
    const gate = LlmProvider.around((inner) =>
      Effect.succeed({
        ...inner,
        generate: (request) =>
          Effect.suspend(() => {
            const at = ++asked
            return Effect.andThen(stayAt("before the request")(at), stayAt("after the tools")(at - 1)).pipe(
              Effect.andThen(inner.generate(request)),
              Effect.tap(stayAt("when the answer has come")(at))
            )
          })
      })
    )
    const model = LlmProvider.languageModel.pipe(Layer.provide(gate), Layer.provide(wire.provider))

    const isBefore = point === "before the request" || point === "during the request"
    const both = Array.from({ length: isBefore ? turn - 1 : turn }, (_, at): Reply.Reply => ({
      reasoning: `thought ${at + 1}`,
      text: at % 2 === 0 ? `turn ${at + 1}` : "",
      toolCalls: [{ name: "left", input: { turn: at + 1 } }, { name: "right", input: { turn: at + 1 } }]
    }))
    yield* server.script(...both, ...(point === "during the request" ? [Fault.silence] : []))

    const history = yield* Ref.make(Prompt.empty)
    const tools = [left, right] as const
    const fiber = yield* Effect.forkChild(
      Llm.withTools({ prompt: "Look to both sides, five times.", tools, history }).pipe(Effect.provide(model))
    )
    if (point === "during the request") yield* server.until((journal) => journal.length === turn)
    else yield* Deferred.await(reached)
    yield* Fiber.interrupt(fiber)
    return { history, server, tools, fiber }
  })

for (const wire of [...Wires.wires, ...Wires.bridged]) {
  describe(`the history of a tool loop, at ${wire.name}`, () => {
    for (const turn of Array.from({ length: turns }, (_, at) => at + 1)) {
      for (const point of points) {
        it.live(`is valid after an interruption in turn ${turn}, ${point}`, () =>
          Effect.gen(function*() {
            const { fiber, history, server, tools } = yield* interrupted(wire, point, turn)
            assert.isTrue(Exit.hasInterrupts(yield* Fiber.await(fiber)))
            yield* server.script("There was nothing.")
            const answer = yield* Llm.withTools({ prompt: "Go on.", tools, history }).pipe(Effect.provide(wire.model))
            assert.strictEqual(answer.text, "There was nothing.")

            const journal = yield* server.until((journal) => journal.every(({ ending }) => ending !== "open"))
            assert.deepStrictEqual(journal.flatMap(VendorRules.faultsOf), [])
            assert.strictEqual(
              journal.filter(({ ending }) => ending === "abandoned").length,
              point === "during the request" ? 1 : 0
            )
            const reported = ToolResults.of(answer.history)
            const before = Array.from({ length: turn - 1 }, (_, at) => [`left ${at + 1}`, `right ${at + 1}`])
            const now = {
              "before the request": [],
              "during the request": [],
              "when the answer has come": [],
              "when no tool has ended": [cut, cut],
              "when one of two tools has ended": [`left ${turn}`, cut],
              "after the tools": [`left ${turn}`, `right ${turn}`]
            }[point]
            assert.deepStrictEqual(reported, [...before.flat(), ...now])
          }).pipe(Effect.provide(FakeProvider.layer())))
      }
    }

    it.live("is valid where a request fails, a tool dies, or a limit is reached", () =>
      Effect.gen(function*() {
        const server = yield* FakeProvider
        const look = Tool.make("look", {
          description: "Looks",
          input: Schema.Struct({ at: Schema.String }),
          output: Schema.String,
          execute: ({ at }) => at === "the sun" ? Effect.die(new Error("blind")) : Effect.succeed(`saw ${at}`)
        })
        const looks = (...places: ReadonlyArray<unknown>): Reply.Reply => ({
          toolCalls: places.map((at) => ({ name: "look", input: { at } }))
        })
        const odd: Reply.Reply = { toolCalls: [{ name: "smell", input: {} }] }
        const cases: ReadonlyArray<
          [Llm.Limits, ReadonlyArray<Line>, string, ReadonlyArray<unknown>]
        > = [
          [{}, [looks("a"), Fault.serverError], "AiError", ["saw a"]],
          [{}, [looks("a", "the sun")], "Die", ["saw a", cut]],
          [{ turns: 1 }, [looks("a")], "turns", ["saw a"]],
          [{ toolCalls: 2 }, [looks("a"), looks("b", "c")], "toolCalls", ["saw a", notMade, notMade]],
          [{ tokens: 200 }, [looks("a"), looks("b")], "tokens", ["saw a", notMade]],
          [{ costUsd: 0.2 }, [looks("a"), looks("b")], "costUsd", ["saw a", notMade]],
          [{ mistakes: 0 }, [odd], "mistakes", [{ error: "there is no tool smell; there are look" }]],
          [{ time: "100 millis" }, [looks("a"), Fault.silence], "time", ["saw a"]]
        ]
        for (const [limits, lines, ending, reported] of cases) {
          yield* server.script(...lines)
          const history = yield* Ref.make(Prompt.empty)
          const asked = (yield* server.journal).length
          const clock = yield* TestClock.make()
          const loop = yield* Llm.withTools({ prompt: "Look.", tools: [look], history, limits }).pipe(
            Effect.provideService(LlmPrices, prices(wire.signature)),
            Effect.provide(wire.model),
            Effect.provideService(Clock.Clock, clock),
            Effect.forkChild
          )
          if (limits.time !== undefined) {
            yield* server.until((journal) => journal.length === asked + lines.length)
            yield* clock.adjust(limits.time)
          }
          const exit = yield* Fiber.await(loop)
          assert(Exit.isFailure(exit))
          const [reason] = exit.cause.reasons
          assert.strictEqual(
            reason?._tag !== "Fail" ? reason?._tag : "cap" in reason.error ? reason.error.cap : reason.error._tag,
            ending
          )
          const kept = yield* Ref.get(history)
          assert.deepStrictEqual(ToolResults.of(kept), reported)
          if (reason?._tag === "Fail" && "cap" in reason.error) assert.deepStrictEqual(reason.error.history, kept)
          yield* server.script("Enough.")
          yield* Llm.withTools({ prompt: "Go on.", tools: [look], history }).pipe(Effect.provide(wire.model))
        }
        const journal = yield* server.journal
        assert.deepStrictEqual(journal.flatMap(VendorRules.faultsOf), [])
      }).pipe(Effect.provide(FakeProvider.layer())))

    it.live("answers calls that another program has left open", () =>
      Effect.gen(function*() {
        const history = yield* Ref.make(Prompt.make([
          { role: "user", content: "Echo." },
          {
            role: "assistant",
            content: [{ type: "tool-call", id: "a", name: "echo", params: {}, providerExecuted: false }]
          }
        ]))
        yield* Llm.withTools({ prompt: "Well?", tools: [], history })
        assert.deepStrictEqual(ToolResults.of(yield* Ref.get(history)), [notMade])
        assert.deepStrictEqual((yield* (yield* FakeProvider).journal).flatMap(VendorRules.faultsOf), [])
      }).pipe(Effect.provide(Layer.provideMerge(wire.model, FakeProvider.layer("Never mind.")))))

    it.live("is that of a `Chat`, and gives every call an id of its own", () =>
      Effect.gen(function*() {
        const server = yield* FakeProvider
        const twice: Reply.Reply = {
          toolCalls: [{ id: "0", name: "echo", input: { text: "a" } }, { id: "0", name: "echo", input: { text: "b" } }]
        }
        yield* server.script(twice, twice, "done", "bye")
        const echo = Tool.make("echo", {
          description: "Says it again",
          input: Schema.Struct({ text: Schema.String }),
          output: Schema.String,
          execute: ({ text }) => Effect.succeed(text)
        })
        const chat = yield* Chat.fromPrompt([{ role: "system", content: "Be short." }])
        yield* Llm.withTools({ prompt: "Say it.", tools: [echo], history: chat.history })
        yield* chat.generateText({ prompt: "Thanks." })
        const journal = yield* server.journal
        assert.deepStrictEqual(journal.flatMap(VendorRules.faultsOf), [])
        const { content } = yield* Ref.get(chat.history)
        assert.deepStrictEqual(content.map(({ role }) => role), [
          "system",
          "user",
          "assistant",
          "tool",
          "assistant",
          "tool",
          "assistant",
          "user",
          "assistant"
        ])
        assert.deepStrictEqual(ToolResults.of(yield* Ref.get(chat.history)), ["a", "b", "a", "b"])
      }).pipe(Effect.provide(Layer.provideMerge(wire.model, FakeProvider.layer()))))
  })
}

describe("the history of a tool loop", () => {
  const Call = Schema.Struct({
    kind: Schema.Literals(["answers", "answers", "fails", "dies", "is unknown", "has wrong arguments", "has no JSON"]),
    id: Schema.Literals(["", "0", "functions.work:0", "one of its own"]),
    seconds: Schema.Literals([0, 1, 2, 3])
  })
  const Turn = Schema.Struct({
    text: Schema.Literals(["", "So."]),
    calls: Schema.Array(Call).check(Schema.isMaxLength(4)),
    finishReason: Schema.Literals(["tool-calls", "tool-calls", "length"])
  })
  const Case = Schema.Struct({
    turns: Schema.Array(Turn).check(Schema.isMaxLength(5)),
    concurrency: Schema.Literals([1, 2, 4]),
    limits: Schema.Struct({
      turns: Schema.Literals([1, 3, 9]),
      toolCalls: Schema.Literals([2, 5, 99]),
      mistakes: Schema.Literals([0, 2, 99]),
      tokens: Schema.Literals([200, 99_999]),
      time: Schema.Literals(["4 seconds", "1 hour"])
    }),
    interruptedAfter: Schema.Literals([0, 1, 2, 3, 4, 5, 60])
  })

  it.effect.prop("can be sent to either vendor after whatever may happen", [Case], ([given]) => {
    let ids = 0
    const inputs = (seconds: number): Readonly<Record<typeof Call.Type["kind"], readonly [string, unknown]>> => ({
      answers: ["work", { seconds }],
      fails: ["work", { seconds, ending: "fails" }],
      dies: ["work", { seconds, ending: "dies" }],
      "is unknown": ["idle", {}],
      "has wrong arguments": ["work", { seconds: "many" }],
      "has no JSON": ["work", "{ no JSON"]
    })
    const replies = given.turns.map(({ calls, ...reply }): Reply.Reply => ({
      ...reply,
      toolCalls: calls.map(({ id, kind, seconds }) => {
        const [name, input] = inputs(seconds)[kind]
        return { id: id === "one of its own" ? `own_${++ids}` : id, name, input }
      })
    }))
    const work = Tool.make("work", {
      description: "Takes so many seconds",
      input: Schema.Struct({ seconds: Schema.Finite, ending: Schema.optionalKey(Schema.String) }),
      output: Schema.String,
      error: Schema.String,
      execute: ({ ending, seconds }) =>
        Effect.andThen(
          Effect.sleep(seconds * 1000),
          ending === "fails" ? Effect.fail("no") : ending === "dies" ? Effect.die("bug") : Effect.succeed("done")
        )
    })
    const slow = LlmProvider.around((inner) =>
      Effect.succeed({
        ...inner,
        generate: (request) => Effect.andThen(Effect.sleep("1 second"), inner.generate(request))
      })
    )
    const model = LlmProvider.languageModel.pipe(
      Layer.provide(slow),
      Layer.provide(ScriptedLlm.layer(...replies, Script.always("The end.")))
    )
    return Effect.gen(function*() {
      const history = yield* Ref.make(Prompt.empty)
      const { concurrency, limits } = given
      // The script may not come to its end.
      const fiber = yield* Effect.forkChild(
        Llm.withTools({ prompt: "Work.", tools: [work], history, concurrency, limits }).pipe(
          Effect.provide(model),
          Effect.exit
        ),
        { startImmediately: true }
      )
      for (let second = 0; second < given.interruptedAfter; second++) {
        assert.deepStrictEqual(faultsOf(yield* Ref.get(history)), [])
        yield* TestClock.adjust("1 second")
      }
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(faultsOf(yield* Ref.get(history)), [])
    })
  })

  it.effect("says of a call that waited for its turn that it was not made", () =>
    Effect.gen(function*() {
      const started = yield* Deferred.make<void>()
      const hang = Tool.make("hang", {
        description: "Never ends",
        input: Schema.Struct({}),
        output: Schema.Void,
        execute: () => Effect.andThen(Deferred.succeed(started, undefined), Effect.never)
      })
      const history = yield* Ref.make(Prompt.empty)
      const fiber = yield* Effect.forkChild(
        Llm.withTools({ prompt: "Hang.", tools: [hang], history, concurrency: 1 }).pipe(
          Effect.provide(ScriptedLlm.layer({
            toolCalls: [{ name: "hang", input: {} }, { name: "hang", input: {} }]
          }))
        )
      )
      yield* Deferred.await(started)
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(ToolResults.of(yield* Ref.get(history)), [cut, notMade])
    }))

  /** What is wrong with it, as it stands and as each vendor would be sent it. */
  const faultsOf = (prompt: Prompt.Prompt): ReadonlyArray<string> => {
    const request = {
      prompt,
      tools: [],
      toolChoice: "auto",
      responseFormat: { type: "text" }
    } as unknown as LlmRequest
    const options = { model: "m", settings: {}, stream: false, answerSchema: undefined }
    const bodies = {
      "chat-completions": OpenAiRequest.textOf(request, {
        ...options,
        server: "here",
        dialect: OpenAiDialect.of("http://here/v1", "m")
      }),
      messages: JSON.stringify(AnthropicRequest.bodyOf(request, {
        ...options,
        maxOutputTokens: 1,
        thinking: undefined,
        promptCaching: undefined,
        structuredOutput: "format"
      }))
    }
    return [
      ...prompt.content.flatMap((message, at) => {
        if (message.role !== "assistant") return []
        const calls = message.content.flatMap((part) => part.type === "tool-call" ? [part.id] : [])
        const next = prompt.content[at + 1]
        const answers = next?.role !== "tool" ?
          [] :
          next.content.flatMap((part) => part.type === "tool-result" ? [part.id] : [])
        return calls.join() === answers.join() ? [] : [`message ${at}: calls ${calls}, answers ${answers}`]
      }),
      ...(["chat-completions", "messages"] as const).flatMap((api) =>
        VendorRules.faultsOf({ api, body: JSON.parse(bodies[api]) })
      )
    ]
  }
})

describe("the rules of the vendors", () => {
  const call = (id: string) => ({ id, type: "function", function: { name: "f", arguments: "{}" } })
  const use = (id: string) => ({ type: "tool_use", id, name: "f", input: {} })
  const result = (id: string) => ({ type: "tool_result", tool_use_id: id, content: "x" })
  const text = { type: "text", text: "x" }
  const cases = [
    ["chat-completions", [{ role: "assistant", tool_calls: [call("a")] }], /no answer to a/],
    ["chat-completions", [{ role: "assistant", content: "" }], /is empty/],
    ["chat-completions", [{ role: "tool", tool_call_id: "a", content: "" }], /do not hold/],
    ["chat-completions", [
      { role: "assistant", tool_calls: [call("a")] },
      { role: "assistant", content: "x" },
      { role: "tool", tool_call_id: "a", content: "x" }
    ], /before an answer to a/],
    ["messages", [{ role: "assistant", content: [text] }], /not the user's/],
    ["messages", [{ role: "user", content: [text] }, { role: "user", content: [text] }], /as the one before/],
    ["messages", [{ role: "user", content: [] }], /is empty/],
    ["messages", [{ role: "user", content: [text] }, { role: "assistant", content: [use("a")] }], /no answer to a/],
    ["messages", [
      { role: "user", content: [text] },
      { role: "assistant", content: [use("a")] },
      { role: "user", content: [text, result("a")] }
    ], /before its results/],
    ["messages", [
      { role: "user", content: [text] },
      { role: "assistant", content: [use("a"), use("a")] },
      { role: "user", content: [result("a")] }
    ], /uses the id a again/]
  ] as const
  const item = (id: string) => ({ type: "function_call", call_id: id, name: "f", arguments: "{}" })
  const output = (id: string) => ({ type: "function_call_output", call_id: id, output: "x" })
  const asks = { role: "user", content: [{ type: "input_text", text: "x" }] }
  const inputs = [
    [[asks, item("a")], /no output of a/],
    [[asks, item("a"), asks, output("a")], /before an output of a/],
    [[asks, output("a")], /do not hold/],
    [[asks, item("a"), output("a"), output("a")], /do not hold/],
    [[asks, item("a"), item("a"), output("a")], /uses the id a again/],
    [[asks, { ...item("a"), id: "call_a" }, output("a")], /not an id of a call/],
    [[asks, { type: "reasoning", id: "rs_1", summary: [] }, asks], /without what was thought/]
  ] as const
  for (const [input, fault] of inputs) {
    it(`are broken by responses with ${JSON.stringify(input.slice(1)).slice(0, 60)}...: ${fault.source}`, () => {
      assert.match(VendorRules.faultsOf({ api: "responses", body: { input } as never }).join("\n"), fault)
    })
  }
  for (const [api, messages, fault] of cases) {
    it(`are broken by ${api} with ${JSON.stringify(messages).slice(0, 60)}...: ${fault.source}`, () => {
      assert.match(VendorRules.faultsOf({ api, body: { messages } as never }).join("\n"), fault)
    })
  }
})

const notMade = { error: "this call was not made" }
const cut = { error: "this call was interrupted: whether it had an effect is not known" }

const prices = (signature: string) => ({
  [signature]: {
    inputPerMillion: 1_000,
    outputPerMillion: 1_000,
    source: "the test",
    date: "2025-01-31"
  }
})

describe("a history that others have kept", () => {
  const read = Tool.make("read", {
    description: "Reads",
    input: Schema.Struct({}),
    output: Schema.Finite,
    execute: () => Effect.succeed(1)
  })
  const call = (id: string) => ({ type: "tool-call" as const, id, name: "read", params: {}, providerExecuted: false })
  const result = (id: string, value: string) => ({
    type: "tool-result" as const,
    id,
    name: "read",
    isFailure: false,
    result: value,
    providerExecuted: false
  })
  const assistant = (...ids: ReadonlyArray<string>) => ({ role: "assistant" as const, content: ids.map(call) })
  const tool = (...results: ReadonlyArray<readonly [id: string, value: string]>) => ({
    role: "tool" as const,
    content: results.map(([id, value]) => result(id, value))
  })
  const user = { role: "user" as const, content: "?" }

  const cases: ReadonlyArray<
    readonly [name: string, kept: ReadonlyArray<Prompt.MessageEncoded>, sent: ReadonlyArray<string>]
  > = [
    ["a call id that is used again, and is open", [user, assistant("c"), tool(["c", "one"]), assistant("c")], [
      "call c",
      "c one",
      "call c_2",
      "c_2 failed"
    ]],
    [
      "a call id that is used again, and is answered",
      [user, assistant("c"), tool(["c", "one"]), assistant("c"), tool(["c", "two"])],
      ["call c", "c one", "call c_2", "c_2 two"]
    ],
    ["two calls of one id in one answer", [user, assistant("c", "c"), tool(["c", "one"], ["c", "two"])], [
      "call c",
      "call c_2",
      "c one",
      "c_2 two"
    ]],
    ["a result without a call", [user, tool(["lost", "one"]), assistant("c"), tool(["c", "two"], ["lost", "three"])], [
      "call c",
      "c two"
    ]],
    ["a result that does not stand behind its call", [user, assistant("c"), user, tool(["c", "late"])], [
      "call c",
      "c failed"
    ]],
    ["one open call of two", [user, assistant("a", "b"), tool(["b", "two"])], ["call a", "call b", "b two", "a failed"]]
  ]
  for (const [name, kept, sent] of cases) {
    it.effect(`is sent as vendors take it: ${name}`, () =>
      Effect.gen(function*() {
        const history = yield* Ref.make(Prompt.make(kept))
        yield* Llm.withTools({ prompt: "And now?", tools: [read], history })
        const [request] = yield* ScriptedLlm.asked
        const shown = request!.prompt.content.flatMap(({ content, role }) =>
          role === "assistant" || role === "tool"
            ? content.flatMap((part) =>
              part.type === "tool-call"
                ? [`call ${part.id}`]
                : part.type === "tool-result"
                ? [`${part.id} ${part.isFailure ? "failed" : part.result}`]
                : []
            )
            : []
        )
        assert.deepStrictEqual(shown, sent)
      }).pipe(Effect.provide(ScriptedLlm.layer("done"))))
  }
})
