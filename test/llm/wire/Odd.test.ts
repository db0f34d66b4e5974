/**
 * Further forms of answers: one of each kind that another server, proxy or version may send.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { Chat } from "effect/ai"
import * as Answers from "./Answers.ts"
import * as Table from "./Table.ts"
import { anthropic, bytes, openai, slowly, time, weather } from "./Table.ts"
import * as Wire from "./Wire.ts"

const { block, callChunk, chunk, completion, input, message, start, stop, stopForCalls, text } = Answers
const { done, sse } = Wire
const json = (value: unknown) => JSON.stringify(value)
const hello = { text: "Hello there" }
const all = ["whole", "stream", "batch"] as const
const both = ["whole", "batch"] as const
const london = json({ city: "London" })
const call = { id: "c1", type: "function", function: { name: "get_weather", arguments: london } }
const calls = { calls: [weather("London")] }
const pieces = [chunk({ content: "Hello" }), chunk({ content: " there" }), stop]
const said = (usage: unknown) => json(completion({ content: "Hello there" }, { usage }))
const wrote = (usage: unknown) => json(message([{ type: "text", text: "Hello there" }], { usage }))
const broken = { fails: "InvalidResponseError" }

Table.check("An odd answer", [
  openai("a role of null", all, json(completion({ role: null, content: "Hello there" })), hello),
  openai(
    "a name for an object that is new",
    all,
    json(completion({ content: "Hello there" }, { object: "x.y" })),
    hello
  ),
  openai(
    "a finish in camel case",
    all,
    json({ choices: [{ message: { content: "Hello there" }, finishReason: "STOP" }] }),
    hello
  ),
  openai("a finish in capitals with spaces", both, json(completion({ content: "Hello there" }, {}, " MAX_TOKENS ")), {
    finish: "length"
  }),
  openai("a list of texts", all, json(completion({ content: ["Hello", " there"] })), hello),
  openai(
    "a picture beside the text",
    both,
    json(completion({
      content: [{ type: "image_url", image_url: { url: "data:," } }, { type: "text", text: "Hello there" }]
    })),
    hello
  ),
  openai(
    "a text with a value",
    both,
    json(completion({ content: [{ type: "text", text: { value: "Hello there" } }] })),
    hello
  ),
  openai(
    "a thought that is marked as one",
    both,
    json(completion({
      content: [{ type: "text", text: "Hm.", thought: true }, { type: "text", text: "Hello there" }]
    })),
    { ...hello, thought: "Hm." }
  ),
  openai(
    "NaN, Infinity and None",
    both,
    said({ prompt_tokens: 20, completion_tokens: 10 }).replace(
      "\"logprobs\":null",
      "\"logprobs\":[NaN,-Infinity,None,True]"
    ),
    hello
  ),
  openai(
    "a line break inside of a text",
    "whole",
    json(completion({ content: "Hello there" })).replace("Hello there", "Hello\nthere"),
    {
      text: "Hello\nthere"
    }
  ),
  openai("a comma too many", both, json(completion({ content: "Hello there" })).replace(/\}$/, ",}"), hello),
  openai("a content that is a number", all, json(completion({ content: 5 })), broken),
  openai("a content of a strange list", all, json(completion({ content: [5] })), broken),
  openai(
    "a name of a tool with a namespace",
    both,
    json(completion({ tool_calls: [{ ...call, function: { ...call.function, name: "functions.get_weather" } }] })),
    calls
  ),
  openai(
    "a name of a tool with spaces",
    both,
    json(completion({ tool_calls: [{ ...call, function: { ...call.function, name: " get_weather " } }] })),
    calls
  ),
  openai(
    "an older call of a function",
    both,
    json(completion({ content: null, function_call: call.function }, {}, "function_call")),
    calls
  ),
  openai(
    "both an older and a newer call",
    both,
    json(completion({ content: null, function_call: call.function, tool_calls: [call] }, {}, "tool_calls")),
    calls
  ),
  openai(
    "arguments of null",
    both,
    json(completion({ tool_calls: [{ id: "c1", function: { name: "ping", arguments: null } }] })),
    {
      calls: [["ping", {}]]
    }
  ),
  openai(
    "arguments that are the word null",
    both,
    json(completion({ tool_calls: [{ id: "c1", function: { name: "ping", arguments: "null" } }] })),
    {
      calls: [["ping", {}]]
    }
  ),
  openai("a number for an id of a call", both, json(completion({ tool_calls: [{ ...call, id: 7 }] })), calls),
  openai(
    "an index of a choice as a text",
    "stream",
    sse(
      ...["0", "1"].map((index) => ({
        choices: [{ index, delta: { content: index === "0" ? "Hello there" : "No" } }]
      })),
      stop,
      done
    ),
    hello
  ),
  openai(
    "usage before the text",
    "stream",
    sse(Answers.usageChunk({ prompt_tokens: 20, completion_tokens: 10 }), ...pieces, done),
    hello
  ),
  openai("a finish twice", "stream", sse(...pieces, stop, done), hello),
  openai("[DONE] in the middle", "stream", sse(...pieces, done, chunk({ content: "!" })), hello),
  openai("[DONE] with spaces", "stream", `${sse(...pieces)}data:  [DONE]  \n\n`, hello),
  openai(
    "a piece of null",
    "stream",
    sse(pieces[0], { choices: [{ index: 0, delta: null }] }, ...pieces.slice(1), done),
    hello
  ),
  openai("choices of null", "stream", sse({ choices: null }, ...pieces, done), hello),
  openai("thoughts under another key", "stream", sse(chunk({ reasoning: "Hm." }), ...pieces, done), {
    ...hello,
    thought: "Hm."
  }),
  openai("a text that holds events", "stream", sse(chunk({ content: "data: {}\n\nevent: error" }), stop, done), {
    text: "data: {}\n\nevent: error"
  }),
  openai("a text that says error", "stream", sse(chunk({ content: "error" }), stop, done), { text: "error" }),
  openai("U+2028 in a text", "stream", sse(chunk({ content: "a\u2028b" }), stop, done), { text: "a\u2028b" }),
  openai(
    "empty lines before all",
    ["whole", "stream"],
    `\n\n \r\n${json(completion({ content: "Hello there" }))}\n\n`,
    hello
  ),
  openai(
    "a word of a proxy before all",
    "stream",
    `: OPENROUTER PROCESSING\n\n: OPENROUTER PROCESSING\n\n${sse(...pieces, done)}`,
    hello
  ),
  openai(
    "spaces as signs of life before JSON",
    "whole",
    slowly([" ", "\n", json(completion({ content: "Hello there" }))], 20),
    hello
  ),
  openai(
    "a type of content that says nothing",
    "stream",
    bytes("application/octet-stream", sse(...pieces, done)),
    hello
  ),
  openai("events under the type of JSON", "whole", bytes("application/json", sse(...pieces, done)), hello),
  openai(
    "an unknown character set",
    "whole",
    bytes("application/json; charset=x-none", json(completion({ content: "Grüße" }))),
    { text: "Grüße" }
  ),
  openai(
    "an encoding that is not known",
    "whole",
    bytes("application/json", json(completion({ content: "Hello there" })), { "content-encoding": "none" }),
    hello
  ),
  openai("an answer of 206", "whole", (response) => {
    response.writeHead(206, { "content-type": "application/json" })
    response.end(json(completion({ content: "Hello there" })))
  }, hello),
  openai("no content at all", "whole", (response) => response.writeHead(204).end(), broken),
  openai("a page of a proxy", ["whole", "stream"], "<!doctype html><title>Log in</title>", broken),
  openai(
    "a problem of RFC 9457",
    all,
    json({ type: "about:blank", title: "Busy", status: 503, detail: "The service is unavailable" }),
    {
      fails: "InternalProviderError",
      words: "unavailable",
      retry: true
    }
  ),
  openai(
    "a fault of a gateway",
    all,
    json({ fault: { faultstring: "Rate limit quota violation", detail: { errorcode: "x" } } }),
    {
      fails: "QuotaExhaustedError",
      words: "violation"
    }
  ),
  openai("an exception", all, json({ exception: "worker died" }), {
    fails: "InternalProviderError",
    words: "worker died"
  }),
  anthropic(
    "two texts",
    both,
    json(message([{ type: "text", text: "Hello" }, { type: "text", text: " there" }])),
    hello
  ),
  anthropic(
    "an empty text before a call",
    both,
    json(
      message([{ type: "text", text: "" }, {
        type: "tool_use",
        id: "t1",
        name: "get_weather",
        input: { city: "London" }
      }], { stop_reason: "tool_use" })
    ),
    { text: "", ...calls }
  ),
  anthropic(
    "a stop reason that is new",
    both,
    json(message([{ type: "text", text: "Hello there" }], { stop_reason: "tired" })),
    { ...hello, finish: "other" }
  ),
  Table.except(
    {},
    anthropic(
      "a result of the vendor's tool",
      both,
      json(
        message([{ type: "web_search_tool_result", tool_use_id: "s", content: [] }, {
          type: "text",
          text: "Hello there"
        }])
      ),
      hello
    )
  ),
  anthropic(
    "a block of a new type",
    both,
    json(message([{ type: "hologram", data: {} }, { type: "text", text: "Hello there" }])),
    hello
  ),
  anthropic(
    "indices that begin at 1",
    "stream",
    sse(start(), ...block(1, { type: "text", text: "" }, text("Hello there")), ...Answers.end()),
    hello
  ),
  anthropic(
    "indices that are texts",
    "stream",
    sse(start(), ...block("0" as never, { type: "text", text: "" }, text("Hello there")), ...Answers.end()),
    hello
  ),
  anthropic(
    "a text that begins in its start",
    "stream",
    sse(start(), ...block(0, { type: "text", text: "Hello" }, text(" there")), ...Answers.end()),
    hello
  ),
  anthropic(
    "no beginning of the message",
    "stream",
    sse(...block(0, { type: "text", text: "" }, text("Hello there")), ...Answers.end()),
    hello
  ),
  anthropic(
    "no beginning of a block",
    "stream",
    sse(start(), { type: "content_block_delta", index: 0, delta: text("Hello there") }, ...Answers.end()),
    hello
  ),
  anthropic(
    "pieces of two calls between each other",
    "stream",
    sse(
      start(),
      {
        type: "content_block_start",
        index: 0,
        content_block: { type: "tool_use", id: "t1", name: "get_weather", input: {} }
      },
      {
        type: "content_block_start",
        index: 1,
        content_block: { type: "tool_use", id: "t2", name: "get_time", input: {} }
      },
      { type: "content_block_delta", index: 1, delta: input("{\"tz\":") },
      { type: "content_block_delta", index: 0, delta: input(london) },
      { type: "content_block_delta", index: 1, delta: input("\"UTC\"}") },
      ...Answers.end("tool_use")
    ),
    { calls: [weather("London"), time("UTC")] }
  ),
  anthropic(
    "citations and signatures",
    "stream",
    sse(
      start(),
      ...block(0, { type: "text", text: "" }, { type: "citations_delta", citation: {} }, text("Hello there"), {
        type: "signature_delta",
        signature: "s"
      }),
      ...Answers.end()
    ),
    hello
  ),
  anthropic(
    "[DONE] behind its end",
    "stream",
    sse(start(), ...block(0, { type: "text", text: "" }, text("Hello there")), ...Answers.end(), done),
    hello
  ),
  openai("a call whose finish is stop", "stream", sse(callChunk({ index: 0, ...call }), stop, done), {
    ...calls,
    finish: "tool-calls"
  }),
  openai("a call behind its finish", "stream", sse(stopForCalls, callChunk({ index: 0, ...call }), done), calls)
])

Table.check("Usage that cannot be", [
  openai("a total of 9e15", both, said({ prompt_tokens: 20, completion_tokens: 10, total_tokens: 9e15 }), {
    usage: { input: 20, output: 10 }
  }),
  openai(
    "a total far beyond its parts",
    both,
    said({ prompt_tokens: 20, completion_tokens: 10, total_tokens: 5_000_000 }),
    { usage: { input: 20, output: 10 } }
  ),
  openai("a total with thoughts beside", both, said({ prompt_tokens: 20, completion_tokens: 10, total_tokens: 330 }), {
    usage: { input: 20, output: 310 }
  }),
  openai("an output of 1e12", both, said({ prompt_tokens: 20, completion_tokens: 1e12 }), {
    usage: { input: 20, output: undefined }
  }),
  openai("an input of 1e12", both, said({ prompt_tokens: 1e12, completion_tokens: 10 }), {
    usage: { input: undefined, output: 10 }
  }),
  Table.except(
    {},
    openai(
      "thoughts of 1e12",
      both,
      said({ prompt_tokens: 20, completion_tokens: 10, completion_tokens_details: { reasoning_tokens: 1e12 } }),
      { usage: { input: 20, output: 10, reasoning: undefined } }
    )
  ),
  openai(
    "lists, fractions and texts",
    both,
    said({ prompt_tokens: [20], completion_tokens: 10.5, total_tokens: "many" }),
    { usage: { input: undefined, output: undefined } }
  ),
  openai("numbers in texts", both, said({ prompt_tokens: "20", completion_tokens: "10" }), {
    usage: { input: 20, output: 10 }
  }),
  openai("a prompt of null", both, said({ prompt_tokens: null, completion_tokens: 10, total_tokens: 30 }), {
    usage: { input: 20, output: 10 }
  }),
  openai("a list", both, said([1, 2]), { usage: { input: undefined, output: undefined } }),
  anthropic("an output of 9e15", both, wrote({ input_tokens: 20, output_tokens: 9e15 }), {
    usage: { input: 20, output: undefined }
  }),
  anthropic(
    "an impossible count, then a possible one",
    "stream",
    sse(
      start({ input_tokens: 9e15, output_tokens: 1 }),
      ...block(0, { type: "text", text: "" }, text("Hello there")),
      ...Answers.end("end_turn", { input_tokens: 20, output_tokens: 10 })
    ),
    { usage: { input: 20, output: 10 } }
  )
])

describe("Thoughts among the parts of a content", () => {
  const thinking = { type: "thinking", thinking: [{ type: "text", text: "Hm. So." }], closed: true }
  const sent = [thinking, { type: "text", text: "Hello there" }]

  it.live("are sent back as they came", () =>
    Effect.gen(function*() {
      const server = yield* Wire.serve((response) => Wire.json(response, completion({ content: sent })))
      yield* Effect.gen(function*() {
        const chat = yield* Chat.empty
        yield* chat.generateText({ prompt: "hi" })
        yield* chat.generateText({ prompt: "and?" })
      }).pipe(Effect.provide(Wire.modelAt("openai", server.url)))
      assert.deepStrictEqual(server.asked[1]!.body.messages[1], { role: "assistant", content: sent })
    }).pipe(Effect.scoped))

  it.live("are put together from pieces, and sent back", () =>
    Effect.gen(function*() {
      const server = yield* Wire.serve((response) => {
        response.writeHead(200, { "content-type": "text/event-stream" })
        response.end(sse(
          chunk({ content: [{ type: "thinking", thinking: [{ type: "text", text: "Hm. " }] }] }),
          chunk({ content: [{ type: "thinking", thinking: [{ type: "text", text: "So." }], closed: true }] }),
          chunk({ content: "Hello there" }),
          stop,
          done
        ))
      })
      yield* Effect.gen(function*() {
        const chat = yield* Chat.empty
        yield* Stream.runDrain(chat.streamText({ prompt: "hi" }))
        yield* Stream.runDrain(chat.streamText({ prompt: "and?" }))
      }).pipe(Effect.provide(Wire.modelAt("openai", server.url)))
      assert.deepStrictEqual(server.asked[1]!.body.messages[1], { role: "assistant", content: sent })
    }).pipe(Effect.scoped))
})
