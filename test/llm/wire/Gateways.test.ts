/**
 * What vLLM, Ollama, llama.cpp, Groq, Gemini, OpenRouter, Azure, Mistral and proxies of Bedrock send in forms of their own.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import * as Http from "greenlang/http/Http"
import * as Anthropic from "greenlang/llm/anthropic/Anthropic"
import * as OpenAiCompatible from "greenlang/llm/openai/OpenAiCompatible"
import * as Answers from "./Answers.ts"
import * as Table from "./Table.ts"
import { anthropic, bytes, openai, time, weather } from "./Table.ts"
import * as Wire from "./Wire.ts"
import { done, sse } from "./Wire.ts"

const { block, chunk, completion, end, input, message, start, stop, stopForCalls, text } = Answers

const json = (value: unknown) => JSON.stringify(value)
const call = (id: unknown, name: string, args: unknown, more: object = {}) => ({
  id,
  type: "function",
  function: { name, arguments: args },
  ...more
})
const london = "{\"city\":\"London\"}"
const utc = "{\"tz\":\"UTC\"}"
const hello = { text: "Hello there" }
const one = { calls: [weather("London")] }
const both = ["whole", "batch"] as const
const all = ["whole", "stream", "batch"] as const
const calling = (...calls: ReadonlyArray<object>) =>
  json(completion({ content: null, tool_calls: calls }, {}, "tool_calls"))
const overload = { fails: "InternalProviderError", retry: true }

Table.check("A server of its own kind", [
  openai(
    "vLLM names a thought twice",
    all,
    json(completion({ content: "Hello there", reasoning: "Hm.", reasoning_content: "Hm." })),
    {
      ...hello,
      thought: "Hm."
    }
  ),
  openai(
    "vLLM begins a stream without a choice",
    "stream",
    sse({ ...chunk({}), choices: [], usage: null }, chunk({ content: "Hello there" }), stop, done),
    hello
  ),
  openai("vLLM aborts", "whole", json(completion({ content: "Hel" }, {}, "abort")), overload),
  openai("Ollama calls a thought thinking", all, json(completion({ content: "Hello there", thinking: "Hm." })), {
    ...hello,
    thought: "Hm."
  }),
  openai(
    "Ollama sends arguments as an object, and no index",
    "stream",
    sse(chunk({ tool_calls: [call("c1", "get_weather", { city: "London" })] }), stopForCalls, done),
    one
  ),
  openai(
    "Ollama fails in the middle",
    "stream",
    sse(chunk({ content: "Hel" }), { error: { message: "CUDA error", type: "api_error" } }),
    {
      ...overload,
      words: "CUDA error"
    }
  ),
  openai(
    "llama.cpp fails in a line of its own",
    "stream",
    "error: {\"code\":500,\"message\":\"context shift\",\"type\":\"server_error\"}\n\n",
    {
      ...overload,
      words: "context shift"
    }
  ),
  openai(
    "Groq fails in its own field",
    "stream",
    sse(chunk({ content: "Hel" }), { ...chunk({}), x_groq: { error: "over capacity" } }, done),
    {
      ...overload,
      words: "over capacity"
    }
  ),
  openai(
    "Gemini gives two calls an empty id",
    both,
    calling(call("", "get_weather", london), call("", "get_time", utc)),
    {
      calls: [weather("London"), time("UTC")]
    }
  ),
  openai(
    "Gemini gives two calls of a stream one index and an empty id",
    "stream",
    sse(
      chunk({ tool_calls: [call("", "get_weather", london, { index: 0 })] }),
      chunk({ tool_calls: [call("", "get_time", utc, { index: 0 })] }, "stop"),
      done
    ),
    {
      calls: [weather("London"), time("UTC")]
    }
  ),
  openai("Gemini sends null for no arguments", both, calling(call("c1", "ping", null)), { calls: [["ping", {}]] }),
  openai(
    "Gemini fails with a list",
    "stream",
    json([{ error: { code: 503, message: "The model is overloaded", status: "UNAVAILABLE" } }]),
    {
      ...overload,
      words: "overloaded"
    }
  ),
  openai(
    "OpenRouter fails in a choice",
    "whole",
    json({
      id: "x",
      choices: [{
        index: 0,
        error: { code: 502, message: "Upstream error" },
        finish_reason: "error",
        message: { content: "" }
      }]
    }),
    {
      ...overload,
      words: "Upstream error"
    }
  ),
  openai(
    "OpenRouter sends signs of life before JSON",
    "whole",
    bytes("application/json", `: OPENROUTER PROCESSING\n\n${json(completion({ content: "Hello there" }))}`),
    hello
  ),
  openai(
    "Azure sends the results of its filter behind the finish",
    "stream",
    sse(chunk({ content: "Hello there" }), stop, {
      id: "",
      object: "",
      created: 0,
      model: "",
      choices: [{ index: 0, finish_reason: null, content_filter_results: {} }]
    }, done),
    hello
  ),
  openai(
    "Mistral puts references between texts",
    all,
    json(
      completion({
        content: [{ type: "text", text: "Hello" }, { type: "reference", reference_ids: [1] }, {
          type: "text",
          text: " there"
        }]
      })
    ),
    hello
  ),
  openai(
    "a model puts a fence around its arguments",
    both,
    calling(call("c1", "get_weather", `\`\`\`json\n${london}\n\`\`\``)),
    one
  ),
  openai(
    "a template leaves its mark behind the arguments",
    both,
    calling(call("c1", "get_weather", `${london}</tool_call>`)),
    one
  ),
  anthropic(
    "Bedrock sends no type",
    both,
    json((({ type: _type, ...rest }) => rest)(message([{ type: "text", text: "Hello there" }]))),
    hello
  ),
  anthropic(
    "a proxy sends no usage",
    both,
    json((({ usage: _usage, ...rest }) => rest)(message([{ type: "text", text: "Hello there" }]))),
    {
      ...hello,
      usage: { input: undefined, output: undefined }
    }
  ),
  anthropic(
    "a proxy sends a number for an id",
    both,
    json(message([{ type: "text", text: "Hello there" }], { id: 123 })),
    hello
  ),
  anthropic(
    "a proxy sends the input in the beginning and in a piece",
    "stream",
    sse(
      start(),
      ...block(0, { type: "tool_use", id: "t", name: "get_weather", input: { city: "London" } }, input(london)),
      ...end("tool_use")
    ),
    one
  ),
  anthropic(
    "a proxy sends no beginning of the message",
    "stream",
    sse(...block(0, { type: "text", text: "" }, text("Hello there")), ...end()),
    hello
  ),
  anthropic(
    "a proxy sends no end of a block",
    "stream",
    sse(start(), ...block(0, { type: "text", text: "" }, text("Hello there")).slice(0, 2), ...end()),
    hello
  )
])

Table.check("The name of a tool", [
  ...[
    "default_api.get_weather",
    "default_api:get_weather",
    "functions.get_weather:0",
    "tools/get_weather",
    "mcp__get_weather",
    "api.functions.get_weather",
    "get_weather<|channel|>commentary",
    "get_weather()",
    "Get_Weather",
    "get-weather"
  ].flatMap((name) => [
    openai(`is found in ${name}`, all, calling(call("c1", name, london)), one),
    anthropic(
      `is found in ${name}`,
      both,
      json(message([{ type: "tool_use", id: "t", name, input: { city: "London" } }], { stop_reason: "tool_use" })),
      one
    )
  ]),
  openai("is not made up of another", "whole", calling(call("c1", "weather", london)), {
    calls: [["weather", { city: "London" }]]
  })
])

const whole = completion({ content: "Hello there" })
const letter = message([{ type: "text", text: "Hello there" }])

describe("A line of a batch", () => {
  const lines: ReadonlyArray<readonly [name: string, format: Wire.Format, line: (id: string) => object]> = [
    ["with the body as text", "openai", (id) => ({ custom_id: id, response: { status_code: 200, body: json(whole) } })],
    [
      "with the response as text",
      "openai",
      (id) => ({ custom_id: id, response: json({ status_code: 200, body: whole }) })
    ],
    ["with the body in place of the response", "openai", (id) => ({ custom_id: id, response: whole })],
    ["with the body alone", "openai", (id) => ({ custom_id: id, body: whole })],
    ["with a result", "openai", (id) => ({ custom_id: id, result: whole })],
    ["in camel case", "openai", (id) => ({ customId: id, response: { statusCode: 200, body: whole } })],
    ["with the status as text", "openai", (id) => ({ custom_id: id, response: { status_code: "200", body: whole } })],
    ["with an error of nulls", "openai", (id) => ({ custom_id: id, response: { body: whole }, error: { code: null } })],
    [
      "with the message as text",
      "anthropic",
      (id) => ({ custom_id: id, result: { type: "succeeded", message: json(letter) } })
    ],
    ["with the message in place of the result", "anthropic", (id) => ({ custom_id: id, result: letter })],
    ["with the message alone", "anthropic", (id) => ({ custom_id: id, message: letter })],
    ["in Amazon's words", "anthropic", (id) => ({ recordId: id, modelOutput: letter })]
  ]
  for (const [name, format, line] of lines) {
    it.live(`is read ${name}: ${format}`, () =>
      Effect.gen(function*() {
        const read = yield* Wire.ask(format, "batch", Wire.batchReply(format, (id) => json(line(id))))
        assert.strictEqual(read.text, "Hello there")
      }).pipe(Effect.scoped))
  }
})

describe("A client", () => {
  for (const status of [425, 520, 521, 522, 523, 524, 529, 530, 598, 599]) {
    it.live(`asks again after a status of ${status}, by Http alone`, () =>
      Effect.gen(function*() {
        const server = yield* Wire.serve((response) =>
          server.asked.length === 1
            ? response.writeHead(status).end()
            : Wire.json(response, Answers.hello.openai.whole)
        )
        const client = Http.layer({ retries: 1, pause: "1 millis" })
        const { text } = yield* Effect.provide(Wire.hello, Wire.modelAt("openai", server.url, client))
        assert.strictEqual(text, "Hello there")
      }).pipe(Effect.scoped))
  }

  for (const format of Wire.formats) {
    it.live(`shows no key that stands in the path of its address: ${format}`, () =>
      Effect.gen(function*() {
        const secret = "9f86d081884c7d659a2feaa0c55ad015"
        const baseUrl = `http://127.0.0.1:1/gateway/${secret}`
        const model = format === "openai"
          ? OpenAiCompatible.layer({ baseUrl, model: "m" })
          : Anthropic.layer({ baseUrl, model: "m", apiKey: Redacted.make("sk-none-at-all") })
        const error = yield* Effect.flip(Effect.provide(Wire.hello, model))
        assert.strictEqual(error.reason._tag, "NetworkError")
        assert.include(error.message, "/gateway/")
        assert.notInclude(JSON.stringify(error) + error.message, secret)
      }).pipe(Effect.provide(Http.layer({ retries: 0 }))))
  }
})
