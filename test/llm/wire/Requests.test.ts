/**
 * Requests that vendors take, and what they want to have back.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted, Schema } from "effect"
import { LanguageModel, type Prompt, Tool as AiTool, Toolkit } from "effect/ai"
import { Llm, LlmSettings, Tool } from "greenlang"
import * as Http from "greenlang/http/Http"
import * as Anthropic from "greenlang/llm/anthropic/Anthropic"
import * as OpenAiCompatible from "greenlang/llm/openai/OpenAiCompatible"
import * as OpenAiDialect from "greenlang/llm/openai/OpenAiDialect"
import * as Answers from "./Answers.ts"
import * as Wire from "./Wire.ts"

const http = Http.layer({ retries: 0, timeout: "5 seconds" })

/** A server that gives these answers, one after the other. */
const scripted = (...bodies: ReadonlyArray<unknown>) => {
  let at = 0
  return Wire.serve((response) => Wire.json(response, bodies[Math.min(at++, bodies.length - 1)]))
}

const tool = <I extends Schema.ConstraintCodec<unknown, unknown>>(name: string, input: I) =>
  Tool.make(name, {
    description: "A tool",
    input,
    output: Schema.Unknown,
    execute: (given) => Effect.succeed<unknown>(JSON.parse(JSON.stringify(given)))
  })

/** An answer that calls a tool, as each format has it. */
const calling = (format: Wire.Format, name: string, args: object, more: object = {}, message: object = {}) =>
  format === "openai"
    ? Answers.completion(
      {
        content: null,
        tool_calls: [{ id: "c1", type: "function", function: { name, arguments: JSON.stringify(args) }, ...more }],
        ...message
      },
      {},
      "tool_calls"
    )
    : Answers.message([{ type: "tool_use", id: "c1", name, input: args }], { stop_reason: "tool_use" })

/** The tools of a request: their names and schemas. */
const offered = (body: any): ReadonlyArray<{ readonly name: string; readonly schema: any }> =>
  body.tools.map((tool: any) => ({
    name: tool.function?.name ?? tool.name,
    schema: tool.function?.parameters ?? tool.input_schema
  }))

const ways = [
  ["openai", "adapter", Wire.modelAt],
  ["anthropic", "adapter", Wire.modelAt],
  ["openai", "bridge", Wire.bridgeAt],
  ["anthropic", "bridge", Wire.bridgeAt]
] as const

class City extends Schema.Class<City>("City")({ city: Schema.String }) {}

describe("A tool", () => {
  for (const [format, way, model] of ways) {
    const loop = Effect.fnUntraced(function*(one: Tool.Any, called: string, args: object) {
      const server = yield* scripted(calling(format, called, args), Answers.hello[format].whole)
      const answer = yield* Llm.withTools({ prompt: "hi", tools: [one] }).pipe(
        Effect.provide(model(format, server.url))
      ) as Effect.Effect<Llm.ToolAnswer<Tool.Any>>
      return { answer, bodies: server.asked.map(({ body }) => body) }
    })

    it.live(`without arguments is shown as an object with properties: ${format}, ${way} [F14]`, () =>
      Effect.gen(function*() {
        const { bodies } = yield* loop(tool("now", Schema.Struct({})), "now", {})
        const [{ schema }] = offered(bodies[0]) as [any]
        assert.deepInclude(schema, { type: "object", properties: {} })
      }).pipe(Effect.scoped))

    it.live(`of a named schema is shown without a reference at the root: ${format}, ${way} [F15]`, () =>
      Effect.gen(function*() {
        const { answer, bodies } = yield* loop(tool("look", City), "look", { city: "B" })
        const [{ schema }] = offered(bodies[0]) as [any]
        assert.notProperty(schema, "$ref")
        assert.deepInclude(schema, { type: "object", required: ["city"] })
        assert.lengthOf(answer.calls, 1)
      }).pipe(Effect.scoped))

    const roots: ReadonlyArray<readonly [string, Schema.ConstraintCodec<unknown, unknown>, unknown]> = [
      ["a choice", Schema.Union([Schema.Struct({ a: Schema.String }), Schema.Struct({ b: Schema.Finite })]), { b: 1 }],
      ["a text", Schema.String, "hi"],
      ["a list", Schema.Array(Schema.Finite), [1, 2]]
    ]
    for (const [name, input, value] of roots) {
      it.live(`of ${name} is put into an object, and called with the value: ${format}, ${way} [F15]`, () =>
        Effect.gen(function*() {
          const { answer, bodies } = yield* loop(tool("take", input), "take", { input: value })
          const [{ schema }] = offered(bodies[0]) as [any]
          assert.strictEqual(schema.type, "object")
          for (const key of ["anyOf", "oneOf", "allOf", "enum"]) assert.notProperty(schema, key)
          assert.deepStrictEqual(answer.calls.map(({ input }) => input), [value])
          assert.include(
            JSON.stringify(bodies[1]),
            JSON.stringify({ input: value }).replaceAll("\"", bodies[1].messages[1].tool_calls ? "\\\"" : "\"")
          )
        }).pipe(Effect.scoped))
    }

    it.live(`of any name has a name that vendors take, and is found again: ${format}, ${way} [F16]`, () =>
      Effect.gen(function*() {
        for (const name of ["weather.get", "wetter/größe", "3d", "x".repeat(100), "-"]) {
          const server = yield* Wire.serve((response, { body }) =>
            Wire.json(
              response,
              JSON.stringify(body).includes("c1")
                ? Answers.hello[format].whole
                : calling(format, offered(body)[0]!.name, { city: "B" })
            )
          )
          const one = tool(name, Schema.Struct({ city: Schema.String }))
          const answer = yield* Llm.withTools({ prompt: "hi", tools: [one] }).pipe(
            Effect.provide(model(format, server.url))
          )
          assert.deepStrictEqual(Llm.outputs(answer, one), [{ city: "B" }])
          for (const { body } of server.asked) assert.match(offered(body)[0]!.name, /^[A-Za-z_][\w-]{0,63}$/)
        }
      }).pipe(Effect.scoped))
  }

  it.live("keeps two names apart that are the same when cleaned", () =>
    Effect.gen(function*() {
      const server = yield* scripted(calling("openai", "a_b_2", { city: "B" }), Answers.hello.openai.whole)
      const tools = ["a_b", "a.b"].map((name) => tool(name, Schema.Struct({ city: Schema.String })))
      const answer = yield* Llm.withTools({ prompt: "hi", tools }).pipe(
        Effect.provide(Wire.modelAt("openai", server.url))
      )
      assert.deepStrictEqual(offered(server.asked[0]!.body).map(({ name }) => name), ["a_b", "a_b_2"])
      assert.strictEqual(answer.calls[0]?.tool.name, "a.b")
    }).pipe(Effect.scoped))
})

describe("What a vendor wants back", () => {
  const look = tool("look", Schema.Struct({ city: Schema.String }))
  const second = Effect.fnUntraced(function*(body: unknown, otherServer = false) {
    const server = yield* scripted(body, Answers.hello.openai.whole)
    const model = otherServer
      ? Layer.provide(
        OpenAiCompatible.layer({ baseUrl: server.url.replace("127.0.0.1", "localhost"), model: "m" }),
        http
      )
      : Wire.modelAt("openai", server.url)
    const answer = yield* Llm.withTools({ prompt: "hi", tools: [look] }).pipe(
      Effect.provide(Wire.modelAt("openai", server.url))
    )
    yield* LanguageModel.generateText({ prompt: answer.history }).pipe(Effect.provide(model))
    return server.asked.map(({ body }) => body.messages.find(({ role }: any) => role === "assistant"))
  })

  for (const key of ["reasoning_content", "reasoning"]) {
    it.live(`is the thought, under ${key} [F12]`, () =>
      Effect.gen(function*() {
        const sent = yield* second(calling("openai", "look", { city: "B" }, {}, { [key]: "I should look." }))
        assert.strictEqual(sent[1][key], "I should look.")
      }).pipe(Effect.scoped))
  }

  it.live("is the list of details, as it came [F12]", () =>
    Effect.gen(function*() {
      const details = [
        { type: "reasoning.text", text: "I should look.", signature: "s", index: 0 },
        { type: "reasoning.encrypted", data: "xyz", id: "r1", index: 1 }
      ]
      const sent = yield* second(calling("openai", "look", { city: "B" }, {}, { reasoning_details: details }))
      assert.deepStrictEqual(sent[1].reasoning_details, details)
    }).pipe(Effect.scoped))

  it.live("is the signature of a call [F13]", () =>
    Effect.gen(function*() {
      const extra_content = { google: { thought_signature: "abc" } }
      const sent = yield* second(calling("openai", "look", { city: "B" }, { extra_content }))
      assert.deepStrictEqual(sent[1].tool_calls[0].extra_content, extra_content)
    }).pipe(Effect.scoped))

  it.live("goes to no other server", () =>
    Effect.gen(function*() {
      const body = calling("openai", "look", { city: "B" }, { extra_content: { google: {}, x: 1 } }, {
        reasoning: "Hm."
      })
      const sent = yield* second(body, true)
      assert.strictEqual(sent[1].reasoning, "Hm.")
      assert.notProperty(sent[2], "reasoning")
      assert.notProperty(sent[2].tool_calls[0], "extra_content")
    }).pipe(Effect.scoped))

  it.live("is put together from the pieces of a stream [F12] [F13]", () =>
    Effect.gen(function*() {
      const { chunk } = Answers
      const kit = Toolkit.make(AiTool.make("look", { parameters: Schema.Struct({ city: Schema.String }) }))
      const extra_content = { google: { thought_signature: "abc" } }
      const call = { index: 0, id: "c1", function: { name: "look", arguments: "{\"city\":\"B\"}" }, extra_content }
      const piece = (text: string, more: object = {}) => ({
        reasoning: text,
        reasoning_details: [{ type: "reasoning.text", text, index: 0, ...more }]
      })
      const stream = Wire.sse(
        chunk(piece("I should ")),
        chunk(piece("look.", { signature: "s" })),
        Answers.callChunk(call),
        Answers.stopForCalls,
        Wire.done
      )
      let at = 0
      const server = yield* Wire.serve((response) =>
        at++ === 0 ? response.end(stream) : Wire.json(response, Answers.hello.openai.whole)
      )
      const model = Wire.modelAt("openai", server.url)
      const { Stream } = yield* Effect.promise(() => import("effect"))
      const { Prompt } = yield* Effect.promise(() => import("effect/ai"))
      const parts = yield* Stream.runCollect(
        LanguageModel.streamText({ prompt: "hi", toolkit: kit, disableToolCallResolution: true })
      ).pipe(Effect.provide(model))
      const result: Prompt.RawInput = [{
        role: "tool",
        content: [{
          type: "tool-result",
          id: "c1",
          name: "look",
          isFailure: false,
          result: "fine",
          providerExecuted: false
        }]
      }]
      const history = Prompt.concat(Prompt.fromResponseParts(parts), result)
      yield* LanguageModel.generateText({ prompt: history }).pipe(Effect.provide(model))
      const [sent] = server.asked[1]!.body.messages
      assert.strictEqual(sent.reasoning, "I should look.")
      assert.deepStrictEqual(sent.reasoning_details, [{
        type: "reasoning.text",
        text: "I should look.",
        index: 0,
        signature: "s"
      }])
      assert.deepStrictEqual(sent.tool_calls[0].extra_content, extra_content)
    }).pipe(Effect.scoped))

  for (const way of ["whole", "stream"] as const) {
    it.live(`is the signed thought of Anthropic, as it came: ${way}`, () =>
      Effect.gen(function*() {
        const thought = { type: "thinking", thinking: "I should look.", signature: "sig" }
        const hidden = { type: "redacted_thinking", data: "xyz" }
        const call = { type: "tool_use", id: "c1", name: "look", input: { city: "B" } }
        const server = yield* scripted(
          Answers.message([thought, hidden, call], { stop_reason: "tool_use" }),
          Answers.hello.anthropic.whole
        )
        const model = Layer.provide(
          Anthropic.layer({ baseUrl: server.url, model: "m", thinking: { budgetTokens: 2_000 } }),
          http
        )
        yield* Llm.withTools({ prompt: "hi", tools: [look] }).pipe(Effect.provide(model))
        const { body } = server.asked[1]!
        assert.deepStrictEqual(body.messages[1].content, [thought, hidden, call])
        assert.strictEqual(body.thinking.type, "enabled")
      }).pipe(Effect.scoped))
  }
})

describe("A history", () => {
  for (const [format, way, model] of ways) {
    it.live(`stays valid where the arguments of a call were cut: ${format}, ${way} [F34]`, () =>
      Effect.gen(function*() {
        if (format === "anthropic") return
        const cut = Answers.completion(
          {
            content: null,
            tool_calls: [{ id: "c1", type: "function", function: { name: "look", arguments: "{\"city\":\"B\"" } }]
          },
          {},
          "tool_calls"
        )
        const server = yield* scripted(cut, Answers.hello.openai.whole)
        yield* Llm.withTools({ prompt: "hi", tools: [tool("look", Schema.Struct({ city: Schema.String }))] }).pipe(
          Effect.provide(model(format, server.url))
        )
        const [, assistant, result] = server.asked[1]!.body.messages
        assert.deepStrictEqual(JSON.parse(assistant.tool_calls[0].function.arguments), { arguments: "{\"city\":\"B\"" })
        assert.include(result.content, "not valid JSON")
      }).pipe(Effect.scoped))
  }

  it.live("has ids that OpenAI and Mistral take", () =>
    Effect.gen(function*() {
      const id = `call.${"x".repeat(60)}`
      const prompt: Prompt.RawInput = [
        { role: "user", content: "hi" },
        { role: "assistant", content: [{ type: "tool-call", id, name: "look", params: {}, providerExecuted: false }] },
        {
          role: "tool",
          content: [{ type: "tool-result", id, name: "look", isFailure: false, result: 1, providerExecuted: false }]
        }
      ]
      for (const format of Wire.formats) {
        const server = yield* scripted(Answers.hello[format].whole)
        yield* LanguageModel.generateText({ prompt }).pipe(Effect.provide(Wire.modelAt(format, server.url)))
        const [, assistant, result] = server.asked[0]!.body.messages
        const sent = format === "openai" ? assistant.tool_calls[0].id : assistant.content[0].id
        assert.match(sent, /^[\w-]{1,40}$/)
        assert.strictEqual(format === "openai" ? result.tool_call_id : result.content[0].tool_use_id, sent)
      }
    }).pipe(Effect.scoped))
})

describe("Settings that exclude each other", () => {
  const sent = Effect.fnUntraced(function*(
    options: Omit<Anthropic.Options, "model">,
    settings: LlmSettings = {},
    prompt: Prompt.RawInput = "hi"
  ) {
    const server = yield* scripted(Answers.hello.anthropic.whole)
    const kit = Toolkit.make(AiTool.make("look", { parameters: Schema.Struct({ city: Schema.String }) }))
    yield* LanguageModel.generateText({ prompt, toolkit: kit, toolChoice: "required", disableToolCallResolution: true })
      .pipe(
        Effect.provide(Layer.provide(Anthropic.layer({ baseUrl: server.url, model: "m", ...options }), http)),
        Effect.provideService(LlmSettings, settings)
      )
    return server.asked[0]!.body
  })
  const thinking = { budgetTokens: 10_000 }

  it.live("leave room for the answer behind the thoughts [F28]", () =>
    Effect.gen(function*() {
      const body = yield* sent({ thinking })
      assert.strictEqual(body.thinking.budget_tokens, 10_000)
      assert.strictEqual(body.max_tokens, 14_096)
    }).pipe(Effect.scoped))

  it.live("keep the thoughts below a bound that the settings name [F28]", () =>
    Effect.gen(function*() {
      const body = yield* sent({ thinking }, { maxOutputTokens: 4_096 })
      assert.strictEqual(body.max_tokens, 4_096)
      assert.isBelow(body.thinking.budget_tokens, 4_096)
      assert.isAtLeast(body.thinking.budget_tokens, 1_024)
      assert.notProperty(yield* sent({ thinking }, { maxOutputTokens: 500 }), "thinking")
    }).pipe(Effect.scoped))

  it.live("send no forced tool choice and no sampling beside thinking [F28]", () =>
    Effect.gen(function*() {
      for (const options of [{ thinking }, { thinking: "adaptive" }] as const) {
        const body = yield* sent(options, { temperature: 0, topP: 0.5 })
        assert.deepStrictEqual(body.tool_choice, { type: "auto" })
        assert.notProperty(body, "temperature")
        assert.notProperty(body, "top_p")
      }
      assert.deepStrictEqual((yield* sent({})).tool_choice, { type: "any" })
    }).pipe(Effect.scoped))

  it.live("end a turn that another model began without thinking", () =>
    Effect.gen(function*() {
      const body = yield* sent({ thinking }, {}, [
        { role: "user", content: "hi" },
        {
          role: "assistant",
          content: [{ type: "tool-call", id: "a", name: "look", params: {}, providerExecuted: false }]
        },
        {
          role: "tool",
          content: [{
            type: "tool-result",
            id: "a",
            name: "look",
            isFailure: false,
            result: 1,
            providerExecuted: false
          }]
        }
      ])
      assert.notProperty(body, "thinking")
    }).pipe(Effect.scoped))

  it.live("are not sent to models that refuse them, and not recorded", () =>
    Effect.gen(function*() {
      const settings = { temperature: 0, topP: 0.5, stopSequences: ["."], seed: 1, maxOutputTokens: 9 }
      const server = yield* scripted(Answers.hello.openai.whole)
      const model = Layer.provide(OpenAiCompatible.layer({ baseUrl: server.url, model: "o3-mini" }), http)
      const answer = yield* Llm.generate("hi").pipe(Effect.provide(model), Effect.provideService(LlmSettings, settings))
      const { body } = server.asked[0]!
      for (const key of ["temperature", "top_p", "stop", "max_tokens"]) assert.notProperty(body, key)
      assert.deepInclude(body, { seed: 1, max_completion_tokens: 9 })
      assert.deepStrictEqual(answer.settings, { seed: 1, maxOutputTokens: 9 })
    }).pipe(Effect.scoped))
})

describe("A dialect", () => {
  const dialects: ReadonlyArray<readonly [string, string, Partial<OpenAiDialect.Dialect>]> = [
    ["https://api.openai.com/v1", "gpt-4o-mini", { maxTokensKey: "max_completion_tokens", keyHeader: "authorization" }],
    ["https://me.openai.azure.com/openai/v1", "mine", { maxTokensKey: "max_completion_tokens", keyHeader: "api-key" }],
    ["https://api.mistral.ai/v1", "mistral-small", { maxTokensKey: "max_tokens", callId: "mistral" }],
    ["http://localhost:8000/v1", "qwen", { maxTokensKey: "max_tokens" }],
    ["https://openrouter.ai/api/v1", "openai/gpt-5-mini", { maxTokensKey: "max_completion_tokens" }],
    ["https://api.openai.com/v1", "gpt-4o", { refuses: ["reasoningEffort"] }],
    ["https://api.openai.com/v1", "gpt-5-chat-latest", { refuses: [] }],
    ["https://not-openai.com.example/v1", "gpt-4o", { maxTokensKey: "max_tokens" }]
  ]
  for (const [baseUrl, model, expected] of dialects) {
    it(`is that of the server and the model: ${baseUrl}, ${model} [F31]`, () => {
      assert.deepInclude(OpenAiDialect.of(baseUrl, model), expected)
    })
  }

  const addresses: ReadonlyArray<readonly [string, string]> = [
    ["/openai/deployments/d?api-version=2024-10-21", "/openai/deployments/d/chat/completions?api-version=2024-10-21"],
    ["/openai/deployments/d/?api-version=2024-10-21", "/openai/deployments/d/chat/completions?api-version=2024-10-21"],
    ["/v1", "/v1/chat/completions"],
    ["/v1/", "/v1/chat/completions"],
    ["", "/v1/chat/completions"],
    ["/v1/chat/completions", "/v1/chat/completions"]
  ]
  for (const [base, url] of addresses) {
    it.live(`keeps the query of an address at its end: ${base} [F21]`, () =>
      Effect.gen(function*() {
        const server = yield* scripted(Answers.hello.openai.whole)
        yield* Wire.hello.pipe(Effect.provide(
          Layer.provide(OpenAiCompatible.layer({ baseUrl: `${server.url}${base}`, model: "m" }), http)
        ))
        assert.strictEqual(server.asked[0]!.url, url)
      }).pipe(Effect.scoped))
  }
  for (const base of ["", "/", "/v1", "/v1/", "/v1/messages"]) {
    it.live(`adds Anthropic's version once: ${base}`, () =>
      Effect.gen(function*() {
        const server = yield* scripted(Answers.hello.anthropic.whole)
        yield* Wire.hello.pipe(Effect.provide(
          Layer.provide(Anthropic.layer({ baseUrl: `${server.url}${base}`, model: "m" }), http)
        ))
        assert.strictEqual(server.asked[0]!.url, "/v1/messages")
      }).pipe(Effect.scoped))
  }

  for (const format of Wire.formats) {
    it.live(`sends a key without the line break at its end, and names one that cannot be sent: ${format} [F36]`, () =>
      Effect.gen(function*() {
        const server = yield* scripted(Answers.hello[format].whole)
        const ask = (apiKey: string) =>
          Wire.hello.pipe(Effect.provide(
            Layer.provide(
              format === "openai"
                ? OpenAiCompatible.layer({ baseUrl: server.url, model: "m", apiKey: Redacted.make(apiKey) })
                : Anthropic.layer({ baseUrl: server.url, model: "m", apiKey: Redacted.make(apiKey) }),
              http
            )
          ))
        yield* ask("sk-good-key\n")
        const { headers } = server.asked[0]!
        assert.include(
          [headers.authorization, headers["x-api-key"]],
          format === "openai" ? "Bearer sk-good-key" : "sk-good-key"
        )
        const error = yield* Effect.flip(ask("sk-good\nkey"))
        assert.strictEqual(error.reason._tag, "AuthenticationError")
        assert.include(error.message, "apiKey")
        assert.lengthOf(server.asked, 1)
      }).pipe(Effect.scoped))
  }
})
