/**
 * Thoughts and calls that servers print into the text, as they do where they do not know the template of their model.
 */
import * as Answers from "./Answers.ts"
import * as Table from "./Table.ts"
import { time, weather } from "./Table.ts"
import * as Wire from "./Wire.ts"

/** A text in each form of an answer: whole, in one piece, and in pieces of one and of seven characters. */
const written = (name: string, text: string, right: Table.Right): ReadonlyArray<Table.Case> => [
  Table.openai(name, "whole", JSON.stringify(Answers.completion({ content: text })), right),
  Table.anthropic(name, "whole", JSON.stringify(Answers.message([{ type: "text", text }])), right),
  ...[text.length, 1, 7].flatMap((size) => {
    const pieces = Array.from(
      { length: Math.ceil(text.length / size) },
      (_, at) => text.slice(at * size, (at + 1) * size)
    )
    const named = `${name}, in ${pieces.length} pieces`
    return [
      Table.openai(
        named,
        "stream",
        Wire.sse(...pieces.map((content) => Answers.chunk({ content })), Answers.stop, Wire.done),
        right
      ),
      Table.anthropic(
        named,
        "stream",
        Wire.sse(
          Answers.start(),
          ...Answers.block(0, { type: "text", text: "" }, ...pieces.map(Answers.text)),
          ...Answers.end()
        ),
        right
      )
    ]
  })
]

const thought = { text: "Hello there", thought: "Hm. So.", calls: [], finish: "stop" } as const

Table.check("A thought at the beginning of a text", [
  ...written("<think>", "<think>Hm. So.</think>\n\nHello there", thought),
  ...written("<thinking> behind white space", "\n <thinking>Hm. So.</thinking>Hello there", thought),
  ...written("<thought>", "<thought>Hm. So.</thought>\nHello there", thought),
  ...written("a tag with a namespace", "<seed:think>Hm. So.</seed:think>Hello there", thought),
  ...written("the tag of Mistral", "[THINK]Hm. So.[/THINK]Hello there", thought),
  ...written("the tag of Kimi", "◁think▷Hm. So.◁/think▷Hello there", thought),
  ...written(
    "the channels of gpt-oss",
    "<|channel|>analysis<|message|>Hm. So.<|end|><|start|>assistant<|channel|>final<|message|>Hello there",
    thought
  ),
  ...written("two of them", "<think>Hm. </think>\n<think>So.</think>Hello there", thought),
  ...written("an empty one", "<think>\n</think>\n\nHello there", { text: "Hello there", thought: "\n" }),
  ...written("one that does not end", "<think>Hm. <b>So</b>.", { text: "", thought: "Hm. <b>So</b>." })
])

const asWritten = (text: string): Table.Right => ({ text, thought: "", calls: [], finish: "stop" })
const keep = (name: string, text: string) => written(name, text, asWritten(text))

Table.check("A text that only looks like one", [
  ...keep("a tag behind words", "Use <think>Hm.</think> for thoughts"),
  ...keep("another tag", "<b>Hello</b> there"),
  ...keep("a tag that is not closed", "<thi"),
  ...keep("a longer word", "<thinker>Hm.</thinker>"),
  ...keep("a list", "[1, 2] and <tool"),
  ...keep("a tag of a call that is none", "Write <tool_call>{\"name\": ...}</tool_call> to call"),
  ...keep("a call of a tool that was not offered", "<tool_call>{\"name\":\"rm\",\"arguments\":{}}</tool_call>"),
  ...keep("an object", "{\"name\":\"London\",\"age\":7}"),
  ...keep("an object with the name of a tool", "{\"name\":\"get_weather\",\"rating\":5}"),
  ...keep("white space", "Hello there  \n"),
  ...keep("a call that was cut", "So: <tool_call>\n{\"name\":\"get_weather\",\"argum")
])

const city = "{\"city\":\"London\"}"
const one = { text: "", calls: [weather("London")], finish: "tool-calls" } as const
const two = { text: "", calls: [weather("London"), time("UTC")], finish: "tool-calls" } as const

Table.check("A call that was printed", [
  ...written("by Hermes", `<tool_call>\n{"name": "get_weather", "arguments": ${city}}\n</tool_call>`, one),
  ...written(
    "twice by Qwen, behind words",
    `Let me look.\n\n<tool_call>\n{"name":"get_weather","arguments":${city}}\n</tool_call>\n<tool_call>\n{"name":"get_time","arguments":{"tz":"UTC"}}\n</tool_call>`,
    { ...two, text: "Let me look." }
  ),
  ...written(
    "behind a thought",
    `<think>Hm. So.</think>\n<tool_call>{"name":"get_weather","arguments":${city}}</tool_call>`,
    { ...one, thought: "Hm. So." }
  ),
  ...written(
    "between words",
    `Let me look. <tool_call>{"name":"get_weather","arguments":${city}}</tool_call>\n\nPlease wait.`,
    { ...one, text: "Let me look.\nPlease wait." }
  ),
  ...written("without its end", `<tool_call>{"name":"get_weather","arguments":${city}}`, one),
  ...written(
    "as a list",
    `<tool_calls>[{"name":"get_weather","arguments":${city}},{"name":"get_time","arguments":{"tz":"UTC"}}]</tool_calls>`,
    two
  ),
  ...written(
    "with arguments that are a text",
    `<tool_call>${JSON.stringify({ name: "get_weather", arguments: city })}</tool_call>`,
    one
  ),
  ...written(
    "by Qwen's coder",
    "<tool_call>\n<function=get_weather>\n<parameter=city>\nLondon\n</parameter>\n</function>\n</tool_call>",
    one
  ),
  ...written("by Llama, in a tag", `<function=get_weather>${city}</function>`, one),
  ...written(
    "by Llama, behind its mark",
    `<|python_tag|>{"name": "get_weather", "parameters": ${city}}<|eom_id|>`,
    one
  ),
  ...written("by Llama, as bare JSON", `{"name": "get_weather", "parameters": ${city}}`, one),
  ...written("as bare JSON with a type", `{"type": "function", "name": "get_weather", "parameters": ${city}}`, one),
  ...written(
    "by Mistral, as a list",
    `[TOOL_CALLS][{"name": "get_weather", "arguments": ${city}}, {"name": "get_time", "arguments": {"tz": "UTC"}}]`,
    two
  ),
  ...written(
    "by Mistral, with names",
    `[TOOL_CALLS]get_weather[ARGS]${city}[TOOL_CALLS]get_time[ARGS]{"tz": "UTC"}`,
    two
  ),
  ...written(
    "by GLM",
    "<tool_call>get_weather\n<arg_key>city</arg_key>\n<arg_value>London</arg_value>\n</tool_call>",
    one
  ),
  ...written(
    "by Kimi",
    `<|tool_calls_section_begin|><|tool_call_begin|>functions.get_weather:0<|tool_call_argument_begin|>${city}<|tool_call_end|><|tool_calls_section_end|>`,
    one
  ),
  ...written(
    "by DeepSeek",
    `<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>get_weather\n\`\`\`json\n${city}\n\`\`\`<｜tool▁call▁end｜><｜tool▁calls▁end｜>`,
    one
  ),
  ...written(
    "by a newer DeepSeek",
    `<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>get_weather<｜tool▁sep｜>${city}<｜tool▁call▁end｜><｜tool▁calls▁end｜>`,
    one
  ),
  ...written(
    "by MiniMax",
    "<minimax:tool_call>\n<invoke name=\"get_weather\">\n<parameter name=\"city\">London</parameter>\n</invoke>\n</minimax:tool_call>",
    one
  ),
  ...written(
    "as Anthropic's models print it",
    "<function_calls>\n<invoke name=\"get_weather\">\n<parameter name=\"city\">London</parameter>\n</invoke>\n</function_calls>",
    one
  ),
  ...written(
    "by gpt-oss",
    `<|channel|>analysis<|message|>Hm. So.<|end|><|start|>assistant<|channel|>commentary to=functions.get_weather <|constrain|>json<|message|>${city}<|call|>`,
    { ...one, thought: "Hm. So." }
  ),
  Table.openai(
    "beside the call itself is text",
    "whole",
    JSON.stringify(
      Answers.completion(
        {
          content: `<tool_call>{"name":"get_weather","arguments":${city}}</tool_call>`,
          tool_calls: [{ id: "c1", type: "function", function: { name: "get_weather", arguments: city } }]
        },
        {},
        "tool_calls"
      )
    ),
    { calls: [weather("London")], finish: "tool-calls" }
  )
])
