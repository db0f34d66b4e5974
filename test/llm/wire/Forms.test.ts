/**
 * The forms in which servers send text: fields, parts, choices, framing of events, and character sets.
 */
import * as Zlib from "node:zlib"
import * as Answers from "./Answers.ts"
import * as Table from "./Table.ts"
import { anthropic, bytes, openai, slowly, weather } from "./Table.ts"
import { done, sse } from "./Wire.ts"

const { block, callChunk, chunk, completion, message, start, stop, stopForCalls, text } = Answers
const hello = { text: "Hello there" }
const both = ["whole", "stream", "batch"] as const
const choices = (...list: ReadonlyArray<object>) => ({ object: "chat.completion.chunk", choices: list })
const json = (value: unknown) => JSON.stringify(value)
const brokeOff = { fails: "InvalidResponseError", words: "broke off" }
const event = (delta: object) => `data: ${json(chunk(delta))}`
const lines = [event({ content: "Hello" }), event({ content: " there" }), `data: ${json(stop)}`, "data: [DONE]"]
const anthropicEvents = sse(start(), ...block(0, { type: "text", text: "" }, text("Hello there")), ...Answers.end())
const letters = "Grüße"

Table.check("Text of an answer", [
  openai(
    "a text of a completion in pieces",
    "stream",
    sse(
      choices({ index: 0, text: "Hello" }),
      choices({ index: 0, text: " there", finish_reason: "stop" }),
      done
    ),
    hello
  ),
  openai("a text of a completion", both, json({ choices: [{ text: "Hello there", finish_reason: "stop" }] }), hello),
  openai(
    "a message in one event",
    "stream",
    sse(
      choices({ index: 0, message: { role: "assistant", content: "Hello there" }, finish_reason: "stop" }),
      done
    ),
    hello
  ),
  openai(
    "messages that grow",
    "stream",
    sse(
      choices({ index: 0, message: { content: "Hello" }, finish_reason: null }),
      choices({ index: 0, message: { content: "Hello there" }, finish_reason: "stop" }),
      done
    ),
    hello
  ),
  openai(
    "a last event that says all of it again",
    "stream",
    sse(
      chunk({ content: "Hello there" }),
      choices({ index: 0, delta: {}, message: { content: "Hello there" }, finish_reason: "stop" }),
      done
    ),
    hello
  ),
  openai(
    "another choice between the pieces",
    "stream",
    sse(
      choices({ index: 1, delta: { content: "Bon" } }),
      choices({ index: 0, delta: { content: "Hello" } }),
      choices({ index: 1, delta: { content: "jour" }, finish_reason: "stop" }),
      choices({ index: 0, delta: { content: " there" } }, { index: 1, delta: { content: "!" } }),
      choices({ index: 0, delta: {}, finish_reason: "stop" }),
      done
    ),
    hello
  ),
  openai(
    "a choice that is counted from 1",
    ["stream"],
    sse(
      choices({ index: 1, delta: { content: "Hello there" } }),
      choices({ index: 1, delta: {}, finish_reason: "stop" }),
      done
    ),
    hello
  ),
  openai(
    "a choice that is counted from 1",
    ["whole", "batch"],
    json({ choices: [{ index: 1, message: { content: "Hello there" }, finish_reason: "stop" }] }),
    hello
  ),
  openai("a part that refuses", both, json(completion({ content: [{ type: "refusal", refusal: "I cannot." }] })), {
    text: "I cannot.",
    finish: "content-filter"
  }),
  openai(
    "parts that think",
    both,
    json(completion({
      content: [
        { type: "reasoning", text: "Hm. " },
        { type: "thinking", thinking: [{ type: "text", text: "So." }] },
        { type: "text", text: "Hello there" }
      ]
    })),
    { text: "Hello there", thought: "Hm. So." }
  ),
  openai(
    "parts that think in pieces",
    "stream",
    sse(
      chunk({ content: [{ type: "reasoning", reasoning: "Hm." }] }),
      chunk({ content: [{ type: "output_text", text: "Hello" }] }),
      chunk({ content: " there" }),
      stop,
      done
    ),
    { ...hello, thought: "Hm." }
  ),
  openai(
    "a summary of thoughts",
    both,
    json(completion({
      content: [{ type: "reasoning", summary: [{ type: "summary_text", text: "Hm." }] }, {
        type: "text",
        text: "Hello there"
      }]
    })),
    { ...hello, thought: "Hm." }
  ),
  openai("a thought without content", both, json(completion({ content: null, reasoning_content: "Hm." })), {
    text: "",
    thought: "Hm."
  }),
  openai(
    "what was spoken",
    both,
    json(completion({ content: null, audio: { id: "a", transcript: "Hello there" } })),
    hello
  ),
  openai(
    "what was spoken, in pieces",
    "stream",
    sse(
      chunk({ audio: { transcript: "Hello" } }),
      chunk({ audio: { transcript: " there", data: "AAAA" } }),
      stop,
      done
    ),
    hello
  ),
  openai("an object with a text", both, json(completion({ content: { type: "text", text: "Hello there" } })), hello),
  openai("an object with parts", both, json(completion({ content: { parts: ["Hello", " there"] } })), hello),
  openai(
    "a call among the parts",
    both,
    json(completion(
      {
        content: [{ type: "text", text: "Hello there" }, {
          type: "tool_use",
          id: "c1",
          name: "get_weather",
          input: { city: "London" }
        }]
      },
      {},
      "tool_calls"
    )),
    { ...hello, calls: [weather("London")] }
  ),
  openai("nothing at all", both, json(completion({ content: null }, {}, null)), { fails: "InvalidResponseError" }),
  anthropic(
    "text in the beginning",
    "stream",
    sse(
      { type: "message_start", message: message([{ type: "text", text: "Hello there" }], { stop_reason: null }) },
      ...Answers.end()
    ),
    hello
  ),
  anthropic(
    "a call in the beginning",
    "stream",
    sse(
      {
        type: "message_start",
        message: message([{ type: "tool_use", id: "t1", name: "get_weather", input: { city: "London" } }])
      },
      ...Answers.end("tool_use")
    ),
    { calls: [weather("London")] }
  ),
  anthropic(
    "text in the beginning, which goes on",
    "stream",
    sse(
      { type: "message_start", message: message([{ type: "text", text: "Hello" }], { stop_reason: null }) },
      { type: "content_block_delta", index: 0, delta: text(" there") },
      { type: "content_block_stop", index: 0 },
      ...Answers.end()
    ),
    hello
  ),
  anthropic(
    "text in the beginning, which is said again",
    "stream",
    sse(
      { type: "message_start", message: message([{ type: "text", text: "Hello there" }], { stop_reason: null }) },
      ...block(0, { type: "text", text: "" }, text("Hello there")),
      ...Answers.end()
    ),
    hello
  ),
  anthropic("a message in one event", "stream", sse(message([{ type: "text", text: "Hello there" }])), hello),
  anthropic("a beginning and an end without anything", "stream", sse(start(), { type: "message_stop" }), {
    fails: "InvalidResponseError"
  }),
  anthropic("a content that is a text", both, json(message("Hello there")), hello),
  anthropic("a content that is one block", both, json(message({ type: "text", text: "Hello there" })), hello)
])

Table.check("A stream that goes on behind its finish", [
  openai(
    "text behind a pause of three seconds",
    "stream",
    slowly([
      sse(chunk({ content: "Hello" }, "stop")),
      sse(chunk({ content: " there" })),
      done
    ], 3_000),
    hello
  ),
  openai(
    "calls behind a pause of three seconds",
    "stream",
    slowly([
      sse(chunk({ content: "Hello there" }, "stop")),
      sse(
        callChunk({ index: 0, id: "c1", function: { name: "get_weather", arguments: "{\"city\":\"London\"}" } }),
        stopForCalls
      ),
      done
    ], 3_000),
    { ...hello, calls: [weather("London")], finish: "tool-calls" }
  ),
  anthropic(
    "text behind a pause of three seconds",
    "stream",
    slowly([
      sse(start(), { type: "message_delta", delta: { stop_reason: "end_turn" } }),
      sse(...block(0, { type: "text", text: "" }, text("Hello there")), { type: "message_stop" })
    ], 3_000),
    hello
  )
])

Table.check("An answer whose connection stays open", [
  openai("JSON", ["whole", "stream"], slowly([json(completion({ content: "Hello there" }))], 1, "stays open"), hello),
  anthropic(
    "JSON",
    ["whole", "stream"],
    slowly([json(message([{ type: "text", text: "Hello there" }]))], 1, "stays open"),
    hello
  ),
  openai("events where JSON was asked for", "whole", slowly([Answers.hello.openai.stream], 1, "stays open"), hello),
  anthropic(
    "events where JSON was asked for",
    "whole",
    slowly([Answers.hello.anthropic.stream], 1, "stays open"),
    hello
  ),
  openai(
    "a line of JSON each",
    ["whole", "stream"],
    slowly(
      [chunk({ content: "Hello" }), chunk({ content: " there" }), stop].map((one) => `${json(one)}\n`),
      20,
      "stays open"
    ),
    hello
  )
])

Table.check("Events", [
  openai("with CR alone", "stream", `${lines.join("\r\r")}\r\r`, hello),
  openai("with CR and LF", "stream", `${lines.join("\r\n\r\n")}\r\n\r\n`, hello),
  openai("without the last empty line", "stream", lines.slice(0, 3).join("\n\n"), hello),
  openai("without empty lines", "stream", lines.join("\n"), hello),
  openai(
    "with comments and fields of others",
    "stream",
    `: hi\n\nid: 1\nretry: 100\nother: 5\n${lines.join("\n\n: alive\n\n")}\n\n`,
    hello
  ),
  openai(
    "without a space behind the colon",
    "stream",
    `${lines.join("\n\n").replaceAll("data: ", "data:")}\n\n`,
    hello
  ),
  openai("without a colon", "stream", `${lines.join("\n\n").replaceAll("data: ", "data ")}\n\n`, hello),
  openai(
    "in capitals and with spaces before",
    "stream",
    `${lines.join("\n\n").replaceAll("data: ", "  Data: ")}\n\n`,
    hello
  ),
  openai("behind a mark of UTF-8", "stream", `\uFEFF${lines.join("\n\n")}\n\n`, hello),
  openai(
    "in lines of their own",
    "stream",
    `${
      [chunk({ content: "Hello there" }), stop].map((one) =>
        JSON.stringify(one, null, 1).split("\n").map((line) => `data: ${line}`).join("\n")
      ).join("\n\n")
    }\n\n`,
    hello
  ),
  openai(
    "over lines without a field",
    "stream",
    `${
      [chunk({ content: "Hello there" }), stop].map((one) => `data: ${JSON.stringify(one, null, 1)}`).join("\n\n")
    }\n\n`,
    hello
  ),
  openai(
    "as one JSON a line",
    ["whole", "stream"],
    [chunk({ content: "Hello" }), chunk({ content: " there" }), stop].map(json).join("\n"),
    hello
  ),
  openai(
    "as JSON without line breaks",
    "stream",
    [chunk({ content: "Hello" }), chunk({ content: " there" }), stop].map(json).join(""),
    hello
  ),
  openai(
    "as a list",
    ["whole", "stream"],
    json([chunk({ content: "Hello" }), chunk({ content: " there" }), stop]),
    hello
  ),
  openai(
    "as JSON in JSON",
    "stream",
    [chunk({ content: "Hello there" }), stop].map((one) => `data: ${json(json(one))}\n\n`).join(""),
    hello
  ),
  openai(
    "as JSON over several lines",
    ["whole", "stream"],
    JSON.stringify(completion({ content: "Hello there" }), null, 2),
    hello
  ),
  openai("of 11 MiB", "stream", sse(chunk({ content: "x".repeat(11 * 1_024 * 1_024) }), stop, done), {
    text: "x".repeat(11 * 1_024 * 1_024)
  }),
  openai(
    "that are not objects",
    "stream",
    `data: null\n\ndata: 1\n\ndata: "ping"\n\ndata: []\n\ndata: true\n\n${lines.join("\n\n")}\n\n`,
    hello
  ),
  openai(
    "of a server that is busy",
    "stream",
    sse(
      { status: "queued", position: 3 },
      { type: "loading", message: "The model is loading" },
      { state: "PROCESSING" }
    ) + `event: queue\ndata: {"message":"You are number 3"}\n\n${lines.join("\n\n")}\n\n`,
    hello
  ),
  openai("that never become an answer", "stream", sse({ status: "queued" }), { fails: "InvalidResponseError" }),
  anthropic(
    "of a ping that is not an object",
    "stream",
    `event: ping\ndata: 1\n\nevent: ping\ndata: \n\nevent: ping\ndata: "x"\n\n${anthropicEvents}`,
    hello
  ),
  anthropic(
    "whose names stand behind the data",
    "stream",
    anthropicEvents.replaceAll(/(event: .*)\n(data: .*)/g, "$2\n$1"),
    hello
  ),
  anthropic(
    "without types in them",
    "stream",
    anthropicEvents.replaceAll(/"type":"(?:message_\w+|content_\w+)",?/g, ""),
    hello
  ),
  anthropic(
    "of a server that is busy",
    "stream",
    sse({ type: "queued" }, { status: "loading" }) + anthropicEvents,
    hello
  ),
  openai("cut in the last one", "stream", lines.slice(0, 2).join("\n\n") + "\n\ndata: {\"choi", brokeOff)
])

const encoded = (body: string, of: (text: string) => Uint8Array, charset: string) =>
  [
    bytes(`application/json${charset}`, of(body)),
    bytes(`text/event-stream${charset}`, of(body))
  ] as const
const inLatin1 = encoded(
  json(completion({ content: letters })),
  (text) => Buffer.from(text, "latin1"),
  "; charset=ISO-8859-1"
)
const inUtf8 = encoded(json(completion({ content: letters })), (text) => Buffer.from(text), "; charset=iso-8859-1")
const inUtf16 = encoded(
  json(completion({ content: letters })),
  (text) => Buffer.from(`\uFEFF${text}`, "utf16le"),
  ""
)

Table.check("Bytes", [
  openai("in the character set that is named", "whole", inLatin1[0], { text: letters }),
  openai(
    "in the character set that is named",
    "stream",
    bytes(
      "text/event-stream; charset=latin1",
      Buffer.from(sse(chunk({ content: letters }), stop, done), "latin1")
    ),
    { text: letters }
  ),
  openai("in UTF-8 although another set is named", "whole", inUtf8[0], { text: letters }),
  openai("in UTF-16", "whole", inUtf16[0], { text: letters }),
  openai(
    "in UTF-16 without a mark",
    "stream",
    bytes(
      "text/event-stream",
      Buffer.from(sse(chunk({ content: letters }), stop, done), "utf16le")
    ),
    { text: letters }
  ),
  openai("compressed without saying so", ["whole", "stream"], Zlib.gzipSync(json(completion({ content: letters }))), {
    text: letters
  }),
  anthropic("compressed without saying so", "stream", Zlib.gzipSync(anthropicEvents), hello),
  openai("compressed without saying so, of a known length", "whole", (response) => {
    const body = Zlib.gzipSync(json(completion({ content: letters })))
    response.writeHead(200, { "content-type": "application/json", "content-length": body.length })
    response.end(body)
  }, { text: letters }),
  openai("that are not what they look like", "whole", new Uint8Array([0x1f, 0x8b, 8, 0, 1, 2, 3]), {
    fails: "InvalidResponseError"
  })
])
