/**
 * Answers in the format of another API than the one that was asked: Ollama's own is read, those of other vendors are named.
 */
import * as Answers from "./Answers.ts"
import * as Table from "./Table.ts"
import { weather } from "./Table.ts"
import * as Wire from "./Wire.ts"

const json = (value: unknown) => JSON.stringify(value)
const head = { model: "llama3.2", created_at: "2025-07-07T20:22:19.184789Z" }
const counts = {
  total_duration: 4_883_583_458,
  load_duration: 1_334_875,
  prompt_eval_count: 26,
  prompt_eval_duration: 342_546_000,
  eval_count: 12,
  eval_duration: 4_535_599_000
}
const said = (message: object, more: object = { done: false }) => ({
  ...head,
  message: { role: "assistant", ...message },
  ...more
})
const end = { done: true, done_reason: "stop", ...counts }
const lines = (...list: ReadonlyArray<object>) => `${list.map(json).join("\n")}\n`
const usage = { input: 26, output: 12 }
const hello = { text: "Hello there", finish: "stop", usage } as const
const called = { text: "", calls: [weather("London")], finish: "tool-calls", usage } as const
const call = { content: "", tool_calls: [{ function: { name: "get_weather", arguments: { city: "London" } } }] }
const pieces = lines(said({ content: "Hello" }), said({ content: " there" }), said({ content: "" }, end))

Table.check("An answer in Ollama's own format", [
  Table.openai("in one piece", "whole", json(said({ content: "Hello there" }, end)), hello),
  Table.openai(
    "in one piece, without a reason for its end",
    "whole",
    json(said({ content: "Hello there" }, { done: true })),
    {
      text: "Hello there",
      finish: "stop"
    }
  ),
  Table.openai("of a generation", "whole", json({ ...head, response: "Hello there", ...end }), hello),
  Table.openai("in lines, where it was asked for whole", "whole", pieces, hello),
  Table.openai("in lines", "stream", pieces, hello),
  Table.openai(
    "in one piece, where a stream was asked for",
    "stream",
    json(said({ content: "Hello there" }, end)),
    hello
  ),
  Table.openai("in events", "stream", Wire.sse(said({ content: "Hello there" }), said({ content: "" }, end)), hello),
  Table.openai(
    "of a generation, in lines",
    "stream",
    lines({ ...head, response: "Hello there", done: false }, { ...head, response: "", ...end }),
    hello
  ),
  Table.openai(
    "that was cut",
    "stream",
    lines(said({ content: "He" }), said({ content: "" }, { ...end, done_reason: "length" })),
    { text: "He", finish: "length" }
  ),
  Table.openai("with a call", "whole", json(said(call, end)), called),
  Table.openai("with a call, in lines", "stream", lines(said(call), said({ content: "" }, end)), called),
  Table.openai(
    "with a thought",
    "whole",
    json(said({ content: "Hello there", thinking: "Hm." }, end)),
    { ...hello, thought: "Hm." }
  ),
  Table.openai(
    "with a thought, in lines",
    "stream",
    lines(said({ content: "", thinking: "Hm." }), said({ content: "Hello there" }), said({ content: "" }, end)),
    { ...hello, thought: "Hm." }
  ),
  Table.openai("that broke off, where it was asked for whole", "whole", json(said({ content: "Hello" })), {
    fails: "InvalidResponseError",
    words: "broke off",
    retry: true
  }),
  Table.openai("that broke off", "stream", lines(said({ content: "Hello" })), {
    fails: "InvalidResponseError",
    words: "broke off",
    retry: true
  }),
  Table.openai(
    "that fails in the middle",
    "stream",
    lines(said({ content: "Hello" }), { error: "llama runner process has terminated" }),
    { fails: "InternalProviderError", words: "llama runner process has terminated" }
  )
])

const named = (words: string) => ({ fails: "InvalidResponseError", words, retry: false })
const response = { id: "resp_1", object: "response", status: "completed", output: [], usage: null }

Table.check("An answer in the format of another vendor", [
  Table.openai("a message of Anthropic", "whole", json(Answers.hello.anthropic.whole), named("Anthropic.layer")),
  Table.openai("a response of OpenAI", "whole", json(response), named("AiSdk.layer")),
  Table.anthropic("a chat completion", "whole", json(Answers.hello.openai.whole), named("OpenAiCompatible.layer"))
])
