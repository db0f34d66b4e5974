/**
 * What decorates an answer (ids, times, models, usage) may be missing or strange, and the text comes in several forms.
 */
import * as Answers from "./Answers.ts"
import * as Table from "./Table.ts"
import * as Wire from "./Wire.ts"

const { done, sse } = Wire

/** The same fields in a whole answer, and in every piece of a stream. */
const strange: ReadonlyArray<readonly [string, object]> = [
  ["a time far away [F8]", { created: 1.7e18 }],
  ["a time in letters", { created: "yesterday" }],
  ["a time before all", { created: -1 }],
  ["an id that is a number [F19]", { id: 123 }],
  ["an id that is an object", { id: {} }],
  ["a model that is null", { model: null }],
  ["a model that is a list", { model: ["m"] }],
  ["usage that is a text", { usage: "none" }],
  ["usage that is a list", { usage: [1, 2] }],
  ["counts that are texts", { usage: { prompt_tokens: "many", input_tokens: "many" } }],
  ["counts below zero", { usage: { prompt_tokens: -1, completion_tokens: -1, input_tokens: -1, output_tokens: -1 } }],
  ["an error that is null", { error: null }],
  ["an error that is empty", { error: "" }],
  ["a fingerprint", { system_fingerprint: 7, service_tier: {}, citations: "none" }]
]

const texts: ReadonlyArray<readonly [string, unknown]> = [
  ["a list of parts [F18]", [{ type: "text", text: "Hello" }, { type: "text", text: " there" }]],
  ["a list of texts", ["Hello", " there"]],
  ["one part", { type: "text", text: "Hello there" }],
  ["a part with an object", [{ type: "text", text: { value: "Hello there", annotations: [] } }]],
  ["parts without a type", [{ text: "Hello there" }]],
  ["a picture beside it", [{ type: "text", text: "Hello there" }, { type: "image_url", image_url: { url: "x" } }]]
]

const hello = { text: "Hello there" }

Table.check("Text beside a strange decoration", [
  ...strange.flatMap(([name, more]) => [
    ...Wire.formats.map((format) =>
      Table.of(format, name, "whole", JSON.stringify({ ...Answers.hello[format].whole, ...more }), hello)
    ),
    Table.openai(
      name,
      "stream",
      sse(
        Answers.chunk({ content: "Hello there" }, null, more),
        { ...Answers.stop, ...more },
        { ...Answers.usageChunk(null), ...more },
        done
      ),
      hello
    ),
    Table.anthropic(
      name,
      "stream",
      sse(
        { type: "message_start", message: { ...Answers.message([]), stop_reason: null, ...more } },
        ...Answers.block(0, { type: "text", text: "" }, Answers.text("Hello there")),
        ...Answers.end("end_turn", "usage" in more ? more.usage : undefined)
      ),
      hello
    )
  ]),
  ...texts.flatMap(([name, content]) => [
    Table.openai(name, "whole", JSON.stringify(Answers.completion({ content })), hello),
    Table.openai(name, "stream", sse(Answers.chunk({ content }), Answers.stop, done), hello)
  ])
])

const streams: ReadonlyArray<readonly [string, Wire.Format, string]> = [
  [
    "an event without data [F26]",
    "openai",
    sse("data: \n\n", Answers.chunk({ content: "Hello there" }), "data:\n\n", Answers.stop, done)
  ],
  ["a comment", "openai", sse(": PROCESSING\n\n", Answers.chunk({ content: "Hello there" }), Answers.stop, done)],
  [
    "words that keep a connection alive",
    "openai",
    sse("data: ping\n\n", Answers.chunk({ content: "Hello there" }), Answers.stop)
  ],
  [
    "no empty line between events",
    "openai",
    sse(Answers.chunk({ content: "Hello there" }), Answers.stop, done).replaceAll("\n\n", "\n") + "\n"
  ],
  [
    "line ends of two letters",
    "openai",
    sse(Answers.chunk({ content: "Hello there" }), Answers.stop, done).replaceAll("\n", "\r\n")
  ],
  [
    "a mark at the beginning",
    "openai",
    `\uFEFF${sse(Answers.chunk({ content: "Hello there" }), Answers.stop, done)}`
  ],
  ["no [DONE]", "openai", sse(Answers.chunk({ content: "Hello there" }), Answers.stop)],
  ["no empty line at the end", "openai", sse(Answers.chunk({ content: "Hello there" }), Answers.stop).trimEnd()],
  [
    "a cut event behind the finish",
    "openai",
    `${sse(Answers.chunk({ content: "Hello there" }), Answers.stop)}data: {"usage":{"pro`
  ],
  [
    "no space behind data:",
    "openai",
    sse(Answers.chunk({ content: "Hello there" }), Answers.stop, done).replaceAll("data: ", "data:")
  ],
  [
    "a first piece without choices",
    "openai",
    sse({ choices: [], prompt_filter_results: [{}] }, Answers.chunk({ content: "Hello there" }), Answers.stop, done)
  ],
  [
    "content that is null",
    "openai",
    sse(
      Answers.chunk({ role: "assistant", content: null }),
      Answers.chunk({ content: "Hello there" }),
      Answers.chunk({ content: null }, "stop"),
      done
    )
  ],
  [
    "a finish before the last text",
    "openai",
    sse(Answers.chunk({ content: "Hello" }, "stop"), Answers.chunk({ content: " there" }), done)
  ],
  ["a whole answer where a stream was asked for", "openai", JSON.stringify(Answers.hello.openai.whole)],
  ["a whole answer where a stream was asked for", "anthropic", JSON.stringify(Answers.hello.anthropic.whole)],
  ["the same in many lines", "openai", JSON.stringify(Answers.hello.openai.whole, null, 2)],
  [
    "pieces in lines of JSON",
    "openai",
    [Answers.chunk({ content: "Hello there" }), Answers.stop].map((one) => JSON.stringify(one)).join("\n")
  ],
  [
    "NaN in a decoration",
    "openai",
    sse(Answers.chunk({ content: "Hello there" }), Answers.stop, done).replaceAll(
      "\"index\":0",
      "\"index\":0,\"logprobs\":NaN"
    )
  ],
  [
    "messages in place of deltas",
    "openai",
    sse({ choices: [{ message: { content: "Hello there" }, finish_reason: "stop" }] }, done)
  ],
  [
    "the whole message beside an empty delta",
    "openai",
    sse(Answers.chunk({ content: "Hello there" }), {
      choices: [{ delta: {}, message: { content: "Hello there" }, finish_reason: "stop" }]
    }, done)
  ],
  [
    "text in the beginning of a block",
    "anthropic",
    sse(
      Answers.start(),
      ...Answers.block(0, { type: "text", text: "Hello" }, Answers.text(" there")),
      ...Answers.end()
    )
  ],
  [
    "no beginning of the block",
    "anthropic",
    sse(Answers.start(), ...Answers.block(0, {}, Answers.text("Hello there")).slice(1), ...Answers.end())
  ],
  [
    "no beginning of the message",
    "anthropic",
    sse(...Answers.block(0, { type: "text", text: "" }, Answers.text("Hello there")), ...Answers.end())
  ],
  ["events without names", "anthropic", Answers.hello.anthropic.stream.replaceAll(/^event: .*\n/gm, "")],
  [
    "events without types",
    "anthropic",
    Answers.hello.anthropic.stream.replaceAll(/"type":"(?:message|content_block)_\w+",?/g, "")
  ],
  ["events of other kinds", "anthropic", sse({ type: "vendor_note", note: 1 }, Answers.hello.anthropic.stream)],
  [
    "the pieces of a tool that the vendor runs",
    "anthropic",
    sse(
      Answers.start(),
      ...Answers.block(
        0,
        { type: "server_tool_use", id: "s", name: "web_search", input: {} },
        Answers.input("{\"q\":")
      ),
      ...Answers.block(1, { type: "web_search_tool_result", tool_use_id: "s", content: [] }),
      ...Answers.block(
        2,
        { type: "text", text: "" },
        { type: "citations_delta", citation: {} },
        Answers.text("Hello there")
      ),
      ...Answers.end()
    )
  ],
  ["[DONE] behind the end", "anthropic", Answers.hello.anthropic.stream + done]
]
Table.check(
  "The text of a stream",
  streams.map(([name, format, body]) => Table.of(format, name, "stream", body, hello))
)

const wholes: ReadonlyArray<readonly [string, Wire.Format, string]> = [
  [
    "NaN in a decoration",
    "openai",
    JSON.stringify(Answers.hello.openai.whole).replace("\"logprobs\":null", "\"logprobs\":NaN")
  ],
  [
    "Infinity in a decoration",
    "openai",
    JSON.stringify(Answers.hello.openai.whole).replace("\"logprobs\":null", "\"logprobs\":-Infinity")
  ],
  ["empty lines before it", "openai", `\n\n  \n${JSON.stringify(Answers.hello.openai.whole)}`],
  ["a stream where an answer was asked for", "openai", Answers.hello.openai.stream],
  ["a stream where an answer was asked for", "anthropic", Answers.hello.anthropic.stream],
  ["no finish reason", "openai", JSON.stringify(Answers.completion({ content: "Hello there" }, {}, null))],
  ["content that is a text", "anthropic", JSON.stringify(Answers.message("Hello there"))],
  [
    "a block of another kind",
    "anthropic",
    JSON.stringify(
      Answers.message([{ type: "server_tool_use", id: "s", name: "web_search", input: {} }, {
        type: "text",
        text: "Hello there"
      }])
    )
  ]
]
Table.check(
  "The text of a whole answer",
  wholes.map(([name, format, body]) => Table.of(format, name, "whole", body, hello))
)

const unreadable: ReadonlyArray<readonly [string, Wire.Format, unknown]> = [
  ["a text that is a number", "openai", Answers.completion({ content: 5 })],
  ["no message", "openai", { choices: [{ finish_reason: "stop" }] }],
  ["no choice", "openai", { choices: [] }],
  ["a text that is a number", "anthropic", Answers.message([{ type: "text", text: 5 }])],
  ["no content", "anthropic", Answers.message(null)]
]
Table.check(
  "A failure",
  unreadable.map(([name, format, body]) =>
    Table.of(format, name, "whole", JSON.stringify(body), { fails: "InvalidResponseError" })
  )
)
