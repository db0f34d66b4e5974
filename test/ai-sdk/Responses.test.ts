/**
 * What servers that speak OpenAI's responses really send, over the AI SDK.
 */
import { createOpenAI } from "@ai-sdk/openai"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Stream } from "effect"
import { LanguageModel } from "effect/ai"
import { AiSdk } from "greenlang/ai-sdk"
import * as Http from "greenlang/http/Http"
import * as Wire from "../llm/wire/Wire.ts"

type Right = Partial<Pick<Wire.Read, "text" | "thought" | "finish">> & {
  readonly calls?: Wire.Read["calls"]
  readonly usage?: Partial<Wire.Read["usage"]>
}

const text = (words: unknown, more: object = {}) => ({
  type: "message",
  id: "msg_1",
  role: "assistant",
  status: "completed",
  content: [{ type: "output_text", text: words, annotations: [], ...more }]
})
const call = (more: object) => ({
  type: "function_call",
  id: "fc_1",
  call_id: "call_1",
  name: "get_weather",
  arguments: "{\"city\":\"London\"}",
  status: "completed",
  ...more
})
const response = (output: ReadonlyArray<unknown>, more: object = {}) => ({
  id: "resp_1",
  object: "response",
  created_at: 1_764_500_000,
  model: "m-2025",
  status: "completed",
  error: null,
  incomplete_details: null,
  output,
  usage: { input_tokens: 20, output_tokens: 10, total_tokens: 30 },
  ...more
})
const hello = response([text("Hello there")])

/** The same fields of a response, in one piece, in all of the events of a stream, in its last event alone, and without events. */
const forms = (body: any): ReadonlyArray<readonly [string, boolean, string]> => {
  const last = { type: "response.completed", sequence_number: 9, response: body }
  const [item] = body.output
  const said = item.type === "message" ? item.content[0].text : undefined
  return [
    ["whole", false, JSON.stringify(body)],
    ["a stream where it was asked for whole", false, Wire.sse(last)],
    ["its last event alone", true, Wire.sse(last)],
    ["whole where a stream was asked for", true, JSON.stringify(body)],
    ...(typeof said === "string"
      ? [
        [
          "a stream",
          true,
          Wire.sse(
            { type: "response.created", response: { ...body, output: [] } },
            { type: "response.output_item.added", output_index: 0, item: { ...item, content: [] } },
            { type: "response.output_text.delta", item_id: item.id, output_index: 0, content_index: 0, delta: said },
            { type: "response.output_item.done", output_index: 0, item },
            last
          )
        ] as const
      ]
      : [])
  ]
}

const cases: ReadonlyArray<readonly [string, unknown, Right]> = [
  ["nothing strange", hello, { text: "Hello there", finish: "stop", usage: { input: 20, output: 10 } }],
  ["counts that are texts", { ...hello, usage: { input_tokens: "20", output_tokens: "10", total_tokens: "30" } }, {
    text: "Hello there",
    usage: { input: 20, output: 10 }
  }],
  [
    "counts that are none",
    { ...hello, usage: { input_tokens: "many", output_tokens: -1, input_tokens_details: "x" } },
    {
      text: "Hello there",
      usage: { input: undefined, output: undefined, cached: undefined, reasoning: undefined }
    }
  ],
  ["the names of chat completions", { ...hello, usage: { prompt_tokens: 20, completion_tokens: 10 } }, {
    text: "Hello there",
    usage: { input: 20, output: 10 }
  }],
  ["no usage", { ...hello, usage: null }, { text: "Hello there", usage: { input: undefined, output: undefined } }],
  ["usage that is a text", { ...hello, usage: "none" }, { text: "Hello there" }],
  ["a time far away", { ...hello, created_at: 1.7e18 }, { text: "Hello there" }],
  ["a time in letters", { ...hello, created_at: "yesterday" }, { text: "Hello there" }],
  ["an id that is a number", { ...hello, id: 7, model: null }, { text: "Hello there" }],
  ["odd decorations", { ...hello, service_tier: {}, reasoning: "none", prompt_cache_diagnostics: 5 }, {
    text: "Hello there"
  }],
  ["an error that says nothing", { ...hello, error: {} }, { text: "Hello there" }],
  ["a text without annotations", response([text("Hello there", { annotations: null, logprobs: "none" })]), {
    text: "Hello there"
  }],
  ["annotations of another kind", response([text("Hello there", { annotations: [{ type: "odd" }] })]), {
    text: "Hello there"
  }],
  ["a message without id", response([{ ...text("Hello there"), id: undefined, phase: "odd" }]), {
    text: "Hello there"
  }],
  ["an item of a new kind", response([text("Hello there"), { type: "hologram", id: "h" }]), { text: "Hello there" }],
  ["content that is a text", response([{ ...text(""), content: "Hello there" }]), { text: "Hello there" }],
  ["arguments as an object", response([call({ arguments: { city: "London" } })]), {
    calls: [{ name: "get_weather", params: { city: "London" } }],
    finish: "tool-calls"
  }],
  ["a call without ids", response([call({ id: undefined, call_id: undefined })]), {
    calls: [{ name: "get_weather", params: { city: "London" } }]
  }],
  [
    "a thought in its content",
    response([
      { type: "reasoning", id: "rs_1", summary: [], content: [{ type: "reasoning_text", text: "Hm." }] },
      text("Hello there")
    ]),
    { text: "Hello there", thought: "Hm." }
  ],
  ["a printed thought", response([text("<think>Hm.</think>Hello there")]), { text: "Hello there", thought: "Hm." }],
  [
    "a printed call",
    response([text("<tool_call>{\"name\":\"get_weather\",\"arguments\":{\"city\":\"London\"}}</tool_call>")]),
    { text: "", calls: [{ name: "get_weather", params: { city: "London" } }], finish: "tool-calls" }
  ]
]

const ask = (isStream: boolean, body: string) =>
  Effect.gen(function*() {
    const server = yield* Wire.serve((out) => {
      out.writeHead(200, { "content-type": isStream ? "text/event-stream" : "application/json" })
      out.end(body)
    })
    const model = AiSdk.layer({
      model: (fetch) => createOpenAI({ apiKey: "none", baseURL: `${server.url}/v1`, fetch }).responses("m")
    }).pipe(Layer.provide(Http.layer({ retries: 0, timeout: "5 seconds" })))
    const options = {
      prompt: "hi",
      toolkit: Wire.toolkit,
      disableToolCallResolution: true,
      toolCallValidation: "deferred"
    } as const
    return yield* (isStream
      ? Effect.map(Stream.runCollect(LanguageModel.streamText(options)), Wire.read)
      : Effect.map(LanguageModel.generateText(options), ({ content }) => Wire.read(content))).pipe(
        Effect.provide(model)
      )
  })

describe("A response of OpenAI's kind", () => {
  for (const [name, body, right] of cases) {
    for (const [form, isStream, sent] of forms(body)) {
      it.live(`is read right: ${name}, ${form}`, () =>
        Effect.gen(function*() {
          const { calls, finish, text, thought, usage } = yield* ask(isStream, sent)
          const read = { calls, finish, text, thought }
          const { usage: counted = {}, ...expected } = right
          assert.deepInclude(read, expected)
          assert.deepInclude(usage, counted)
        }).pipe(Effect.scoped))
    }
  }

  for (
    const [name, body] of [
      ["an error", { error: { message: "CUDA out of memory", code: 500 } }],
      ["a text", { error: "CUDA out of memory" }],
      [
        "a response that failed",
        response([], {
          status: "failed",
          error: { code: "server_error", message: "CUDA out of memory" }
        })
      ]
    ] as const
  ) {
    for (const isStream of [false, true]) {
      it.live(`fails with the vendor's words: ${name}, ${isStream ? "stream" : "whole"}`, () =>
        Effect.gen(function*() {
          const sent = !isStream
            ? JSON.stringify(body)
            : Wire.sse("output" in body ? { type: "response.failed", sequence_number: 1, response: body } : body)
          const error = yield* Effect.flip(ask(isStream, sent))
          assert.strictEqual(error.reason._tag, "InternalProviderError", error.message)
          assert.include(error.message, "CUDA out of memory")
        }).pipe(Effect.scoped))
    }
  }
})
