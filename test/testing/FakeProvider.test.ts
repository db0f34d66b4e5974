import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Layer, Redacted, Schema, Stream } from "effect"
import { LanguageModel, Tool as AiTool, Toolkit } from "effect/ai"
import { TestClock } from "effect/testing"
import { Llm, Tool } from "greenlang"
import * as Http from "greenlang/http/Http"
import * as OpenAiCompatible from "greenlang/llm/openai/OpenAiCompatible"
import { FakeProvider, Fault, Reply, Script } from "greenlang/testing"
import type { Line } from "greenlang/testing/FakeProvider"
import { inspect } from "node:util"

const key = "sk-planted-4711"

const model = (options: Http.Options = {}) =>
  Layer.unwrap(
    Effect.map(FakeProvider, ({ baseUrl }) =>
      OpenAiCompatible.layer({ baseUrl, model: "any", apiKey: Redacted.make(key) }))
  ).pipe(
    Layer.provide(Http.layer({ retries: 0, pause: "1 millis", ...options }))
  )

const served = (lines: ReadonlyArray<Line>, options?: Http.Options) =>
  Layer.provideMerge(model(options), FakeProvider.layer(...lines))

const area = Tool.make("area", {
  description: "Area of a rectangle",
  input: Schema.Struct({ width: Schema.Finite, depth: Schema.Finite }),
  output: Schema.Finite,
  execute: ({ depth, width }) => Effect.succeed(width * depth)
})

/** Everything that a reply can hold, with an id so that all APIs give the same. */
const rich: Reply.Reply = {
  reasoning: "let me see",
  text: "Two words",
  toolCalls: [{ id: "call_a", name: "area", input: { width: 2, depth: 3 } }],
  usage: { inputTokens: 50, outputTokens: 9, cachedInputTokens: 10, reasoningTokens: 4 }
}

/** What a plain client gets, with nothing of ours in between. */
const post = (path: string, body: object) =>
  Effect.gen(function*() {
    const { baseUrl } = yield* FakeProvider
    return yield* Effect.promise(async () => {
      const response = await fetch(`${baseUrl}${path}`, { method: "POST", body: JSON.stringify(body) })
      return { status: response.status, headers: response.headers, text: await response.text() }
    })
  })

const asJson = (text: string): any => JSON.parse(text)

/** The events of a stream: their name, if they have one, and their data. */
const eventsOf = (text: string): ReadonlyArray<readonly [string | undefined, any]> =>
  text.trimEnd().split("\n\n").map((event) => {
    const [, name] = /^event: (.*)$/m.exec(event) ?? []
    const [, data = ""] = /^data: (.*)$/m.exec(event) ?? []
    return [name, data === "[DONE]" ? data : JSON.parse(data)] as const
  })

const apis = ["/chat/completions", "/responses", "/messages"] as const

describe("FakeProvider", () => {
  it.live("speaks OpenAI's chat completions", () =>
    Effect.gen(function*() {
      const whole = yield* post("/chat/completions", { model: "m" })
      assert.strictEqual(whole.headers.get("content-type"), "application/json")
      const { created, ...answer } = asJson(whole.text)
      assert.isAbove(created, 1_700_000_000)
      assert.deepStrictEqual(answer, {
        id: "chatcmpl-1",
        object: "chat.completion",
        model: "m",
        choices: [{
          index: 0,
          message: {
            role: "assistant",
            content: "Two words",
            refusal: null,
            reasoning_content: "let me see",
            tool_calls: [{
              id: "call_a",
              type: "function",
              function: { name: "area", arguments: "{\"width\":2,\"depth\":3}" }
            }]
          },
          logprobs: null,
          finish_reason: "tool_calls"
        }],
        usage: {
          prompt_tokens: 50,
          completion_tokens: 9,
          total_tokens: 59,
          prompt_tokens_details: { cached_tokens: 10 },
          completion_tokens_details: { reasoning_tokens: 4 }
        }
      })

      const streamed = yield* post("/chat/completions", {
        model: "m",
        stream: true,
        stream_options: { include_usage: true }
      })
      assert.strictEqual(streamed.headers.get("content-type"), "text/event-stream")
      const events = eventsOf(streamed.text)
      assert.deepStrictEqual(events.at(-1), [undefined, "[DONE]"])
      const chunks = events.slice(0, -1).map(([, data]) => data)
      assert.isTrue(chunks.every(({ id, object }) => id === "chatcmpl-2" && object === "chat.completion.chunk"))
      const deltas = chunks.flatMap(({ choices }) => choices).map(({ delta }) => delta)
      assert.strictEqual(deltas.map(({ content }) => content ?? "").join(""), "Two words")
      assert.strictEqual(
        deltas.flatMap(({ tool_calls = [] }) => tool_calls).map((call) => call.function.arguments).join(""),
        "{\"width\":2,\"depth\":3}"
      )
      assert.strictEqual(chunks.at(-2).choices[0].finish_reason, "tool_calls")
      assert.deepStrictEqual([chunks.at(-1).choices, chunks.at(-1).usage.total_tokens], [[], 59])
    }).pipe(Effect.provide(FakeProvider.layer(rich, rich))))

  it.live("speaks OpenAI's responses", () =>
    Effect.gen(function*() {
      const answer = asJson((yield* post("/responses", { model: "m" })).text)
      assert.deepStrictEqual([answer.object, answer.status, answer.incomplete_details], ["response", "completed", null])
      assert.deepStrictEqual(answer.output, [
        { type: "reasoning", id: "rs_1", summary: [{ type: "summary_text", text: "let me see" }] },
        {
          type: "message",
          id: "msg_1",
          status: "completed",
          role: "assistant",
          content: [{ type: "output_text", annotations: [], logprobs: [], text: "Two words" }]
        },
        {
          type: "function_call",
          id: "fc_call_a",
          call_id: "call_a",
          name: "area",
          arguments: "{\"width\":2,\"depth\":3}",
          status: "completed"
        }
      ])
      assert.deepStrictEqual(answer.usage, {
        input_tokens: 50,
        input_tokens_details: { cached_tokens: 10 },
        output_tokens: 9,
        output_tokens_details: { reasoning_tokens: 4 },
        total_tokens: 59
      })

      const events = eventsOf((yield* post("/responses", { model: "m", stream: true })).text)
      assert.isTrue(events.every(([name, { sequence_number, type }], at) => name === type && sequence_number === at))
      assert.strictEqual(
        events.flatMap(([name, data]) => name === "response.output_text.delta" ? [data.delta] : []).join(""),
        "Two words"
      )
      assert.deepStrictEqual(
        events.flatMap(([name, { item }]) => name === "response.output_item.done" ? [item.type] : []),
        ["reasoning", "message", "function_call"]
      )
      const [name, { response }] = events.at(-1)!
      assert.strictEqual(name, "response.completed")
      assert.deepStrictEqual(response.usage, answer.usage)

      const cut = eventsOf((yield* post("/responses", { model: "m", stream: true })).text).at(-1)!
      assert.strictEqual(cut[0], "response.incomplete")
      assert.deepStrictEqual(cut[1].response.incomplete_details, { reason: "max_output_tokens" })
    }).pipe(Effect.provide(FakeProvider.layer(rich, rich, { text: "cut", finishReason: "length" }))))

  it.live("speaks Anthropic's messages", () =>
    Effect.gen(function*() {
      const answer = asJson((yield* post("/messages", { model: "m" })).text)
      assert.deepStrictEqual(answer, {
        id: "msg_1",
        type: "message",
        role: "assistant",
        model: "m",
        content: [
          { type: "thinking", thinking: "let me see", signature: "c2lnbmF0dXJl" },
          { type: "text", text: "Two words" },
          { type: "tool_use", id: "call_a", name: "area", input: { width: 2, depth: 3 } }
        ],
        stop_reason: "tool_use",
        stop_sequence: null,
        usage: {
          input_tokens: 40,
          cache_creation_input_tokens: 0,
          cache_read_input_tokens: 10,
          service_tier: "standard",
          output_tokens: 9,
          output_tokens_details: { thinking_tokens: 4 }
        }
      })

      const events = eventsOf((yield* post("/messages", { model: "m", stream: true })).text)
      assert.isTrue(events.every(([name, { type }]) => name === type))
      assert.deepStrictEqual(
        events.flatMap(([name, data]) => name === "content_block_start" ? [data.content_block.type] : []),
        ["thinking", "text", "tool_use"]
      )
      const deltas = events.flatMap(([name, { delta }]) => name === "content_block_delta" ? [delta] : [])
      assert.strictEqual(deltas.map(({ text = "" }) => text).join(""), "Two words")
      assert.strictEqual(deltas.map(({ partial_json = "" }) => partial_json).join(""), "{\"width\":2,\"depth\":3}")
      assert.deepStrictEqual(
        [events[0]?.[0], events.at(-2)?.[1].delta.stop_reason, events.at(-1)?.[0]],
        ["message_start", "tool_use", "message_stop"]
      )
    }).pipe(Effect.provide(FakeProvider.layer(rich, rich))))

  it.live("fails in the words of each vendor", () =>
    Effect.gen(function*() {
      const [chat, responses, messages] = yield* Effect.forEach(apis, (path) => post(path, {}))
      assert.deepStrictEqual([chat?.status, responses?.status, messages?.status], [429, 529, 529])
      assert.strictEqual(chat?.headers.get("retry-after"), "2")
      assert.strictEqual(asJson(chat?.text ?? "").error.code, "rate_limit_exceeded")
      assert.strictEqual(asJson(responses?.text ?? "").error.type, "server_error")
      assert.deepStrictEqual(asJson(messages?.text ?? ""), {
        type: "error",
        error: { type: "overloaded_error", message: "Overloaded" },
        request_id: "req_3"
      })
    }).pipe(Effect.provide(FakeProvider.layer(Fault.rateLimited("1500 millis"), Fault.overloaded, Fault.overloaded))))

  it.live("serves our adapter: text, tools, objects and streams, with usage", () =>
    Effect.gen(function*() {
      const said = yield* Llm.generate("hi")
      assert.deepStrictEqual([said.text, said.usage.inputTokens, said.usage.outputTokens], ["Hello", 100, 20])

      const answer = yield* Llm.withTools({ prompt: "how large?", tools: [area] })
      assert.deepStrictEqual([answer.text, Llm.outputs(answer, area)], ["six", [6]])

      const { value } = yield* Llm.generateObject(Schema.Struct({ city: Schema.String }), { prompt: "where?" })
      assert.deepStrictEqual(value, { city: "Oslo" })

      const streamed = yield* Stream.runCollect(LanguageModel.streamText({
        prompt: "hi",
        toolkit: Toolkit.make(
          AiTool.make("area", {
            parameters: Schema.Struct({ width: Schema.Finite, depth: Schema.Finite }),
            success: Schema.Finite
          })
        ),
        disableToolCallResolution: true
      }))
      assert.strictEqual(streamed.flatMap((part) => part.type === "text-delta" ? [part.delta] : []).join(""), rich.text)
      const last = streamed.at(-1)
      assert(last?.type === "finish")
      assert.deepStrictEqual([last.reason, last.usage.inputTokens.cacheRead], ["tool-calls", 10])

      const refused = yield* Llm.generate("bad")
      assert.deepStrictEqual([refused.text, refused.finishReason], ["no", "content-filter"])
    }).pipe(Effect.provide(served([
      "Hello",
      Reply.call("area", { width: 2, depth: 3 }),
      "six",
      Reply.object({ city: "Oslo" }),
      rich,
      { refusal: "no" }
    ]))))

  it.live("answers by rule, and takes more lines while it runs", () =>
    Effect.gen(function*() {
      const { script } = yield* FakeProvider
      yield* script(Script.when(({ streams }) => streams, "in a stream"), "at once")
      assert.strictEqual((yield* Llm.generate("hi")).text, "at once")
      assert.strictEqual(yield* Stream.mkString(Llm.streamText("hi")), "in a stream")
    }).pipe(Effect.provide(served([]))))

  it.live("keeps what it saw, without the key, wherever that was", () =>
    Effect.gen(function*() {
      const { baseUrl, journal } = yield* FakeProvider
      yield* Llm.generate(`my key is ${key}`)
      yield* Effect.promise(async () => {
        const response = await fetch(`${baseUrl}/messages?key=${key}&beta=true`, {
          method: "POST",
          headers: { "x-api-key": key, "x-copy": key },
          body: "no JSON"
        })
        return response.text()
      })
      const [ours, theirs] = yield* journal
      assert.deepInclude(ours, {
        api: "chat-completions",
        method: "POST",
        path: "/v1/chat/completions",
        streams: false,
        body: { model: "any", messages: [{ role: "user", content: "my key is <redacted>" }] },
        ending: "answered"
      })
      assert.strictEqual(ours?.headers["authorization"], "<redacted>")
      assert.isAtLeast(ours?.endedAt ?? 0, ours?.startedAt ?? Infinity)
      assert.deepInclude(theirs, { api: "messages", path: "/v1/messages?key=redacted&beta=true", body: "no JSON" })
      assert.strictEqual(theirs?.headers["x-copy"], "<redacted>")
      assert.notInclude(inspect(yield* journal, { depth: 9 }), key)
    }).pipe(Effect.provide(served(["Hello", "Hello"]))))

  it.live("repeats the key in a failure as vendors do, which our adapter keeps to itself", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Llm.generate("hi"))
      assert.strictEqual(error.reason._tag, "AuthenticationError")
      assert.include(error.message, "Incorrect API key provided: <redacted>")
      assert.notInclude(inspect(error, { depth: 9 }), key)
    }).pipe(Effect.provide(served([Fault.status(401)]))))

  it.effect("drips by the clock of the test, and sees who hangs up", () =>
    Effect.gen(function*() {
      const { until } = yield* FakeProvider
      const slow = yield* Effect.forkChild(Llm.generate("hi"))
      yield* until(({ length }) => length === 1)
      for (let piece = 0; piece < 8; piece++) yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* Fiber.join(slow)).text, "Hello")

      const cut = yield* Effect.forkChild(Llm.generate("hi"))
      yield* until(({ length }) => length === 2)
      yield* Fiber.interrupt(cut)
      const [first, second] = yield* until((journal) => journal.every(({ ending }) => ending !== "open"))
      assert.deepStrictEqual([first?.ending, second?.ending], ["answered", "abandoned"])
      assert.isAtLeast(first?.endedAt ?? 0, 8 * 60_000)
    }).pipe(Effect.provide(served([Fault.drip("Hello", "1 minute"), Fault.silence], { timeout: "1 hour" }))))

  it.effect(
    "sees a thousand hanging calls closed the moment they time out, and none left",
    () =>
      Effect.gen(function*() {
        const { connections, until } = yield* FakeProvider
        const calls = yield* Effect.forkChild(Effect.forEach(
          Array.from({ length: 1000 }, (_, at) => `call ${at}`),
          (prompt) => Effect.flip(Effect.timeout(Llm.generate(prompt), "30 seconds")),
          { concurrency: "unbounded" }
        ))
        yield* until(({ length }) => length === 1000)
        assert.strictEqual(yield* connections, 1000)
        yield* TestClock.adjust("30 seconds")
        const errors = yield* Fiber.join(calls)
        assert.isTrue(errors.every(({ _tag }) => _tag === "TimeoutError"))
        // No further time passes in this clock: whatever closes them was started by the timeout.
        const journal = yield* until((journal) => journal.every(({ ending }) => ending !== "open"))
        assert.isTrue(journal.every(({ ending, endedAt }) => ending === "abandoned" && endedAt === 30_000))
        assert.strictEqual(yield* connections, 0)
      }).pipe(Effect.provide(served([Script.always(Fault.silence)], { timeout: "1 hour" })))
  )

  it.live("refuses what its script does not foresee, and dies of it when it is closed", () =>
    Effect.gen(function*() {
      const run = Effect.provide(Effect.flip(Llm.generate("what is this?")), served([]))
      const exit = yield* Effect.exit(run)
      assert(Exit.isFailure(exit))
      assert.include(String(exit.cause), "POST /v1/chat/completions")
      assert.include(String(exit.cause), "what is this?")

      const left = yield* Effect.exit(Effect.provide(Effect.void, FakeProvider.layer("unused")))
      assert.include(String(Exit.isFailure(left) && left.cause), "unused")
    }))

  it.live("closes with its scope, also while clients wait", () =>
    Effect.gen(function*() {
      const { baseUrl, waiting } = yield* Effect.gen(function*() {
        const server = yield* FakeProvider.make(Fault.silence)
        const waiting = yield* Effect.forkDetach(
          Effect.exit(Effect.tryPromise(() => fetch(`${server.baseUrl}/messages`)))
        )
        yield* server.until(({ length }) => length === 1)
        return { baseUrl: server.baseUrl, waiting }
      }).pipe(Effect.scoped)
      assert.isTrue(Exit.isFailure(yield* Fiber.join(waiting)))
      assert.isTrue(Exit.isFailure(yield* Effect.exit(Effect.tryPromise(() => fetch(baseUrl)))))
    }))
})
