/**
 * Streams that say what is new in forms of their own: messages in place of pieces, texts that are said twice, and counts that are
 * increments.
 */
import * as Answers from "./Answers.ts"
import * as Table from "./Table.ts"
import { anthropic, openai, time, weather } from "./Table.ts"
import { done, sse } from "./Wire.ts"

const { block, chunk, end, start, stop, text } = Answers

const said = (message: object, finish: unknown = null, more: object = {}) => ({
  id: "chatcmpl-1",
  object: "chat.completion.chunk",
  created: 1_764_500_000,
  model: "m",
  choices: [{ index: 0, message, finish_reason: finish, ...more }]
})

const call = (id: string | undefined, name: string, json: string, more: object = {}) => ({
  ...(id === undefined ? {} : { id }),
  type: "function",
  function: { name, arguments: json },
  ...more
})

const london = "{\"city\":\"London\"}"
const utc = "{\"tz\":\"UTC\"}"
const hello = { text: "Hello there" }

Table.check("A message in place of a piece", [
  openai(
    "says what is new",
    "stream",
    sse(said({ role: "assistant", content: "Hello" }), said({ content: " there" }), said({}, "stop"), done),
    hello
  ),
  openai(
    "says what is new, the last with the finish",
    "stream",
    sse(said({ content: "Hello" }), said({ content: " there" }, "stop"), done),
    hello
  ),
  openai(
    "says the same twice",
    "stream",
    sse(
      said({ content: "ha" }),
      said({ content: "ha" }),
      said({ content: "ha!" }),
      said({ content: "" }, "stop"),
      done
    ),
    { text: "hahaha!" }
  ),
  openai(
    "says all so far",
    "stream",
    sse(said({ content: "Hello" }), said({ content: "Hello there" }), said({ content: "Hello there" }, "stop"), done),
    hello
  ),
  openai(
    "says all so far, with thoughts",
    "stream",
    sse(
      said({ reasoning_content: "H" }),
      said({ reasoning_content: "Hm." }),
      said({ reasoning_content: "Hm.", content: "Hello there" }, "stop"),
      done
    ),
    { ...hello, thought: "Hm." }
  ),
  openai(
    "says what is new, a line of JSON each",
    "stream",
    [said({ content: "Hello" }), said({ content: " there" }), said({}, "stop")].map((one) => JSON.stringify(one)).join(
      "\n"
    ),
    hello
  ),
  openai(
    "holds pieces of a call",
    "stream",
    sse(
      said({ tool_calls: [call("c1", "get_weather", "", { index: 0 })] }),
      said({ tool_calls: [{ index: 0, function: { arguments: "{\"city\":" } }] }),
      said({ tool_calls: [{ index: 0, function: { arguments: "\"London\"}" } }] }),
      said({}, "tool_calls"),
      done
    ),
    { calls: [weather("London")] }
  ),
  openai(
    "stands beside a piece that says the same",
    "stream",
    sse(
      said({ content: "Hello" }, null, { delta: { content: "Hello" } }),
      said({ content: " there" }, null, { delta: { content: " there" } }),
      said({ content: "" }, "stop", { delta: {} }),
      done
    ),
    hello
  )
])

Table.check("A last message", [
  openai(
    "holds the calls, beside a piece with a role",
    "stream",
    sse(
      chunk({ role: "assistant", content: "" }),
      said(
        { content: null, tool_calls: [call("c1", "get_weather", london), call("c2", "get_time", utc)] },
        "tool_calls",
        {
          delta: { role: "assistant" }
        }
      ),
      done
    ),
    { calls: [weather("London"), time("UTC")] }
  ),
  openai(
    "holds the call that came in pieces, without its id",
    "stream",
    sse(
      chunk({ tool_calls: [call("c1", "get_weather", "{\"city\":", { index: 0 })] }),
      chunk({ tool_calls: [{ index: 0, function: { arguments: "\"London\"}" } }] }),
      said({ content: null, tool_calls: [call(undefined, "get_weather", "{\"city\": \"London\"}")] }, "tool_calls", {
        delta: {}
      }),
      done
    ),
    { calls: [weather("London")] }
  ),
  openai(
    "holds the text that came in pieces, beside an empty piece",
    "stream",
    sse(
      chunk({ content: "Hello" }),
      chunk({ content: " there" }),
      said({ role: "assistant", content: "Hello there" }, "stop", { delta: { content: "" } }),
      done
    ),
    hello
  ),
  openai(
    "holds all of the text, beside an empty piece",
    "stream",
    sse(said({ content: "Hello there" }, "stop", { delta: { role: "assistant", content: "" } }), done),
    hello
  )
])

Table.check("A text of a block", [
  anthropic(
    "came with the beginning, and once more in pieces",
    "stream",
    sse(start(), ...block(0, { type: "text", text: "Hello there" }, text("Hello"), text(" there")), ...end()),
    hello
  ),
  anthropic(
    "came with the beginning, and all of it again",
    "stream",
    sse(start(), ...block(0, { type: "text", text: "Hello" }, text("Hello there")), ...end()),
    hello
  ),
  anthropic(
    "began with the beginning, and goes on",
    "stream",
    sse(start(), ...block(0, { type: "text", text: "Hello" }, text(" there")), ...end()),
    hello
  ),
  anthropic(
    "began as its beginning did",
    "stream",
    sse(start(), ...block(0, { type: "text", text: "Hello there" }, text("H")), ...end()),
    { text: "Hello thereH" }
  ),
  anthropic(
    "was a thought that came twice",
    "stream",
    sse(
      start(),
      ...block(0, { type: "thinking", thinking: "Hm. So" }, { type: "thinking_delta", thinking: "Hm." }, {
        type: "thinking_delta",
        thinking: " So"
      }),
      ...block(1, { type: "text", text: "Hello there" }),
      ...end()
    ),
    { ...hello, thought: "Hm. So" }
  )
])

const counted = (...counts: ReadonlyArray<number>) =>
  sse(
    ...counts.map((completion_tokens, at) =>
      chunk({ content: "x" }, null, { usage: { prompt_tokens: at === 0 ? 20 : 0, completion_tokens } })
    ),
    stop,
    done
  )

Table.check("Counts of a stream", [
  openai("are added up where each is the same", "stream", counted(2, 2, 2, 2), { usage: { input: 20, output: 8 } }),
  openai("are added up where they become less", "stream", counted(3, 1, 2), { usage: { input: 20, output: 6 } }),
  openai("are not added up where they grow", "stream", counted(1, 2, 3, 4), { usage: { input: 20, output: 4 } }),
  openai("are not added up where the last is the sum", "stream", counted(1, 1, 1, 3), {
    usage: { input: 20, output: 3 }
  }),
  openai("are not added up where there are two", "stream", counted(10, 7), { usage: { input: 20, output: 10 } }),
  anthropic(
    "are added up where they become less",
    "stream",
    sse(
      start(),
      ...block(0, { type: "text", text: "" }, text("Hello")),
      { type: "message_delta", delta: {}, usage: { output_tokens: 3 } },
      ...block(1, { type: "text", text: "" }, text(" there")),
      ...end("end_turn", { output_tokens: 2 })
    ),
    { usage: { input: 20, output: 6 } }
  )
])
