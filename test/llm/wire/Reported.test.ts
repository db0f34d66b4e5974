/**
 * What servers were reported to send, in the trackers of servers, gateways and clients. Each row names the server.
 */
import * as Answers from "./Answers.ts"
import * as Table from "./Table.ts"
import { time, weather } from "./Table.ts"
import * as Wire from "./Wire.ts"

const { done, sse } = Wire
const { callChunk, chunk, completion, message, start, stop, stopForCalls } = Answers
const json = (value: unknown) => JSON.stringify(value)
const hello = { text: "Hello there", finish: "stop" } as const
const city = json({ city: "London" })
const one = { calls: [weather("London")], finish: "tool-calls" } as const
const two = { calls: [weather("London"), time("UTC")], finish: "tool-calls" } as const
const call = { id: "call_1", type: "function", function: { name: "get_weather", arguments: city } }
const words = chunk({ content: "Hello there" })
const fails = (fails: string, words: string, retry: boolean) => ({ fails, words, retry })

Table.check("A chat completion as it was reported", [
  Table.openai(
    "vLLM: the last text beside the finish",
    "stream",
    sse(
      chunk({ role: "assistant", content: "" }),
      chunk({ content: "Hello" }),
      chunk({ content: " there" }, "length"),
      done
    ),
    { text: "Hello there", finish: "length" }
  ),
  Table.openai(
    "vLLM: a stop reason that is a token",
    "whole",
    json(completion({ content: "Hello there" }, {
      choices: [{
        index: 0,
        message: { role: "assistant", content: "Hello there", tool_calls: [], reasoning_content: null },
        logprobs: null,
        finish_reason: "stop",
        stop_reason: 128_001
      }],
      prompt_logprobs: null,
      kv_transfer_params: null
    })),
    { ...hello, calls: [], thought: "" }
  ),
  Table.openai(
    "vLLM: calls whose arguments are cut, with the finish of whole ones",
    "stream",
    sse(
      callChunk({ index: 0, ...call, function: { name: "get_weather", arguments: "{\"city\":\"Lo" } }),
      stopForCalls,
      done
    ),
    { calls: [["get_weather", "{\"city\":\"Lo"]] }
  ),
  Table.openai(
    "vLLM: the finish twice, and \"stop\" behind a call",
    "stream",
    sse(callChunk({ index: 0, ...call }), chunk({}, "tool_calls"), chunk({ content: "" }, "stop"), done),
    one
  ),
  Table.openai(
    "vLLM: usage in every piece, with a choice and without",
    "stream",
    sse(
      chunk({ content: "Hello" }, null, { usage: { prompt_tokens: 7, total_tokens: 8, completion_tokens: 1 } }),
      chunk({ content: " there" }, "stop", { usage: { prompt_tokens: 7, total_tokens: 9, completion_tokens: 2 } }),
      { ...chunk({}), choices: [], usage: { prompt_tokens: 7, total_tokens: 9, completion_tokens: 2 } },
      done
    ),
    { ...hello, usage: { input: 7, output: 2 } }
  ),
  Table.openai(
    "vLLM: a failure in the middle, as JSON in an event",
    "stream",
    sse(words, {
      error: { object: "error", message: "EngineCore died", type: "InternalServerError", param: null, code: 500 }
    }, done),
    fails("InternalProviderError", "EngineCore died", true)
  ),
  Table.openai(
    "vLLM: a prompt that is too long, in a stream",
    "stream",
    sse({
      object: "error",
      message: "This model's maximum context length is 8192 tokens",
      type: "BadRequestError",
      param: null,
      code: 400
    }),
    fails("InvalidRequestError", "maximum context length", false)
  ),
  Table.openai(
    "Ollama: an empty finish in every piece but the last",
    "stream",
    sse(
      chunk({ role: "assistant", content: "Hello" }, ""),
      chunk({ content: " there" }, ""),
      chunk({ content: "" }, "stop"),
      done
    ),
    hello
  ),
  Table.openai(
    "Ollama: a call in a piece with an empty text, and \"stop\"",
    "stream",
    sse(
      chunk({ role: "assistant", content: "", tool_calls: [{ ...call, index: 0 }] }),
      chunk({ role: "assistant", content: "" }, "stop"),
      done
    ),
    one
  ),
  Table.openai(
    "Ollama: calls printed as a list",
    "stream",
    sse(
      chunk({ content: " [{\"" }),
      chunk({ content: "name\":\"get_weather\"," }),
      chunk({ content: `"arguments":${city}}]` }),
      stop,
      done
    ),
    one
  ),
  Table.openai(
    "Gemini: a call without an index, with a signature",
    "stream",
    sse(
      {
        choices: [{
          delta: {
            role: "assistant",
            tool_calls: [{ ...call, extra_content: { google: { thought_signature: "c2ln" } } }]
          },
          index: 0
        }],
        model: "m",
        object: "chat.completion.chunk"
      },
      { choices: [{ delta: { role: "assistant" }, finish_reason: "stop", index: 0 }] },
      done
    ),
    one
  ),
  Table.openai(
    "Gemini: an index of null and empty ids",
    "stream",
    sse(
      callChunk({ ...call, index: null, id: "" }),
      callChunk({
        index: null,
        id: "",
        type: "function",
        function: { name: "get_time", arguments: json({ tz: "UTC" }) }
      }),
      stopForCalls,
      done
    ),
    two
  ),
  Table.openai(
    "Gemini: an empty id in one piece",
    "whole",
    json({
      choices: [{
        finish_reason: "tool_calls",
        index: 0,
        message: { role: "assistant", tool_calls: [{ ...call, id: "" }] }
      }]
    }),
    one
  ),
  Table.openai(
    "Gemini: a message without content, which thought until its limit",
    "whole",
    json({
      choices: [{ finish_reason: "length", index: 0, message: { role: "assistant" } }],
      usage: { prompt_tokens: 9, completion_tokens: 0, total_tokens: 1_033 }
    }),
    { text: "", finish: "length", usage: { input: 9, output: 1_024 } }
  ),
  Table.openai(
    "Gemini: reasons in capitals",
    "whole",
    json(completion({ content: "He" }, {}, "MAX_TOKENS")),
    { text: "He", finish: "length" }
  ),
  Table.openai(
    "Gemini: a filter in capitals",
    "whole",
    json(completion({ content: "" }, {}, "SAFETY")),
    { text: "", finish: "content-filter" }
  ),
  Table.openai(
    "Gemini: a call that it could not write",
    "stream",
    sse(chunk({}, "MALFORMED_FUNCTION_CALL"), done),
    fails("InternalProviderError", "MALFORMED_FUNCTION_CALL", true)
  ),
  Table.openai(
    "a gateway to Gemini: pieces of a call with empty id and type, and no index",
    "stream",
    sse(
      callChunk({ id: "call_1", type: "function", function: { name: "get_weather", arguments: "" } }),
      callChunk({ id: "", type: "", function: { arguments: "{\"city\":" } }),
      callChunk({ id: "", type: "", function: { arguments: "\"London\"}" } }),
      stopForCalls,
      done
    ),
    one
  ),
  Table.openai(
    "OpenRouter: an error beside no choices",
    "stream",
    sse({ ...chunk({}), choices: [], error: { code: 502, message: "Upstream limit reached" } }, done),
    fails("InternalProviderError", "Upstream limit reached", true)
  ),
  Table.openai(
    "OpenRouter: an error beside a finish that says so",
    "stream",
    sse(words, {
      ...chunk({ content: "" }, "error"),
      error: { code: 429, message: "Provider returned error", metadata: { raw: "slow down", provider_name: "X" } }
    }),
    fails("RateLimitError", "slow down", true)
  ),
  Table.openai(
    "OpenRouter: an error of the choice, in one piece",
    "whole",
    json({
      ...completion({ content: "" }),
      choices: [{
        index: 0,
        error: { code: 502, message: "Upstream died" },
        message: { role: "assistant", content: "" },
        finish_reason: "error"
      }]
    }),
    fails("InternalProviderError", "Upstream died", true)
  ),
  Table.openai(
    "OpenRouter: comments, white space and a finish in its own words",
    "stream",
    `: OPENROUTER PROCESSING\n\n: OPENROUTER PROCESSING\n\n${
      sse(words, {
        ...stop,
        choices: [{
          index: 0,
          delta: { role: "assistant", content: "" },
          finish_reason: "stop",
          native_finish_reason: "STOP",
          logprobs: null
        }]
      })
    }\n\n${done}`,
    hello
  ),
  Table.openai(
    "LiteLLM: a first piece of empty fields",
    "stream",
    sse(
      {
        id: "",
        choices: [],
        created: 0,
        model: "",
        object: "",
        service_tier: null,
        usage: null,
        prompt_filter_results: [{}]
      },
      words,
      stop,
      done
    ),
    hello
  ),
  Table.openai(
    "LiteLLM: empty usage in every piece, roles of null",
    "stream",
    sse(
      chunk({ content: "Hello", function_call: null, role: null, tool_calls: null }, null, { usage: {} }),
      chunk({ content: " there", function_call: null, role: null, tool_calls: null }, null, { usage: {} }),
      chunk({ content: null, role: null }, "stop", { usage: {} }),
      done
    ),
    { ...hello, usage: { input: undefined, output: undefined } }
  ),
  Table.openai(
    "LiteLLM: a time with fractions, and a number as log probabilities",
    "whole",
    json({
      object: "chat.completion",
      choices: [{
        finish_reason: "stop",
        index: 0,
        message: { content: "Hello there", role: "assistant", logprobs: -18.2 },
        logprobs: -18.2
      }],
      id: "chatcmpl-7",
      created: 1_695_869_575.316_254,
      model: "m",
      usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 }
    }),
    hello
  ),
  Table.openai(
    "v0: milliseconds as the time, and usage without choices",
    "stream",
    sse(
      chunk({ content: "Hello there" }, "stop", { created: 1_752_978_879_176 }),
      {
        id: "v0-1",
        object: "chat.completion.chunk",
        created: 1_752_978_879_176,
        usage: { prompt_tokens: 20, completion_tokens: 9, total_tokens: 29 }
      }
    ),
    { ...hello, usage: { input: 20, output: 9 } }
  ),
  Table.openai(
    "a gateway: usage without object and choices behind the finish",
    "stream",
    sse(words, stop, {
      id: "usage-1",
      provider_id: "or",
      model: "m",
      usage: { prompt_tokens: 20, completion_tokens: 9, multiplier_applied: 2 },
      request_id: "x"
    }, done),
    { ...hello, usage: { input: 20, output: 9 } }
  ),
  Table.openai(
    "GLM: an empty role",
    "stream",
    sse(chunk({ role: "", content: "Hello there" }), chunk({ role: "" }, "stop"), done),
    hello
  ),
  Table.openai(
    "a proxy: a role of its own",
    "whole",
    json(completion({ role: "model", content: "Hello there" })),
    hello
  ),
  Table.openai(
    "Azure: the results of its filter without a delta, behind the finish",
    "stream",
    sse(words, stop, {
      id: "",
      object: "",
      created: 0,
      model: "",
      choices: [{
        finish_reason: null,
        index: 0,
        content_filter_results: { hate: { filtered: false, severity: "safe" } },
        content_filter_offsets: { check_offset: 4_522, start_offset: 4_522, end_offset: 4_686 }
      }]
    }, done),
    hello
  ),
  Table.openai(
    "Azure: a delta of null",
    "stream",
    sse({ ...chunk({}), choices: [{ index: 0, delta: null, finish_reason: null }] }, words, stop, done),
    hello
  ),
  Table.openai(
    "Azure: a filter that ends an answer without a message",
    "whole",
    json({
      ...completion({}),
      choices: [{
        index: 0,
        finish_reason: "content_filter",
        message: { role: "assistant" },
        content_filter_results: {}
      }]
    }),
    { text: "", finish: "content-filter" }
  ),
  Table.openai(
    "DeepSeek: no space behind the colon, comments, and fields of null",
    "stream",
    `: keep-alive\n\n${
      sse(
        { ...chunk({ role: "assistant", content: null, reasoning_content: null, tool_calls: null }), usage: null },
        { ...chunk({ role: null, content: null, reasoning_content: "Hm.", tool_calls: null }), usage: null },
        { ...chunk({ role: null, content: "Hello there", reasoning_content: null, tool_calls: null }), usage: null },
        { ...stop, choices: [{ index: 0, delta: { content: "" }, finish_reason: "stop", matched_stop: 1 }] },
        done
      ).replaceAll("data: ", "data:")
    }`,
    { ...hello, thought: "Hm." }
  ),
  Table.openai(
    "DeepSeek: empty lines for a while, and then the answer",
    "whole",
    `\n\n\n${json(Answers.hello.openai.whole)}`,
    hello
  ),
  Table.openai(
    "Groq: a call that it could not read, in a stream",
    "stream",
    sse({
      error: {
        message: "Failed to call a function. Please adjust your prompt.",
        type: "invalid_request_error",
        code: "tool_use_failed",
        failed_generation: "<function=x>",
        status_code: 400
      }
    }),
    fails("InvalidRequestError", "Failed to call a function", false)
  ),
  Table.openai(
    "Groq: the same as an event of its own name",
    "stream",
    `event: error\ndata: ${
      json({ error: { message: "Failed to call a function", type: "invalid_request_error", code: "tool_use_failed" } })
    }\n\n`,
    fails("InvalidRequestError", "Failed to call a function", false)
  ),
  Table.openai("Mistral: a finish that is an error", "whole", json(completion({ content: "" }, {}, "error")), {
    fails: "InternalProviderError",
    retry: true
  }),
  Table.openai(
    "Mistral: parts that think, and a reference",
    "whole",
    json(completion({
      content: [
        { type: "thinking", thinking: [{ type: "text", text: "Hm." }, { type: "reference", reference_ids: [1] }] },
        { type: "text", text: "Hello there" },
        { type: "reference", reference_ids: [1] }
      ]
    })),
    { ...hello, thought: "Hm." }
  ),
  Table.openai("a gateway: words in place of an answer", "whole", "error: rate limit exceeded", {
    fails: "RateLimitError",
    words: "rate limit"
  }),
  Table.openai("a gateway: words in an event", "stream", "data: error: rate limit exceeded\n\n", {
    fails: "RateLimitError",
    words: "rate limit"
  }),
  Table.openai(
    "TGI: a failure with its kind beside it",
    "stream",
    sse(words, { error: "Request failed during generation: CUDA error", error_type: "generation" }),
    { fails: "InternalProviderError", words: "CUDA error", retry: true }
  ),
  Table.openai(
    "Qwen: pieces of a call with null for all else",
    "stream",
    sse(
      callChunk({ index: 0, id: "call_1", type: "function", function: { name: "get_weather", arguments: null } }),
      callChunk({ index: 0, id: "", type: "function", function: { name: null, arguments: "{\"city\":" } }),
      callChunk({ index: 0, id: "", type: "function", function: { name: "", arguments: "\"London\"}" } }),
      callChunk({ index: 0, id: null, type: null, function: { name: null, arguments: null } }),
      stopForCalls,
      done
    ),
    one
  ),
  Table.openai(
    "Fireworks: log probabilities of the older kind",
    "whole",
    json({
      ...completion({}),
      choices: [{
        index: 0,
        finish_reason: "stop",
        message: { role: "assistant", content: "Hello there" },
        logprobs: { tokens: ["Hello"], token_logprobs: [-0.1], top_logprobs: null }
      }]
    }),
    hello
  ),
  Table.openai(
    "Perplexity: citations, results of a search, and annotations of its own",
    "whole",
    json(
      completion({
        content: "Hello there",
        annotations: [{ type: "url_citation", url_citation: { url: "https://example.com" } }]
      }, { citations: ["https://example.com"], search_results: [{ title: "A" }] })
    ),
    hello
  ),
  Table.openai(
    "Perplexity: all so far as a message beside each piece",
    "stream",
    sse(
      {
        ...chunk({}),
        choices: [{
          index: 0,
          delta: { role: "assistant", content: "Hello" },
          message: { role: "assistant", content: "Hello" },
          finish_reason: null
        }]
      },
      {
        ...chunk({}),
        choices: [{
          index: 0,
          delta: { role: "assistant", content: " there" },
          message: { role: "assistant", content: "Hello there" },
          finish_reason: "stop"
        }]
      }
    ),
    hello
  ),
  Table.openai(
    "SGLang: a token that matched",
    "stream",
    sse(words, { ...stop, choices: [{ index: 0, delta: {}, finish_reason: "stop", matched_stop: 151_645 }] }, done),
    hello
  ),
  Table.openai(
    "llama.cpp: timings, empty calls and a text of null behind it",
    "whole",
    json({
      ...completion({ content: "Hello there", tool_calls: [] }),
      timings: { prompt_n: 1 },
      __verbose: { stop: true }
    }),
    { ...hello, calls: [] }
  ),
  Table.openai(
    "llama.cpp: an error without data",
    "stream",
    `${sse(words)}error: {"code":500,"message":"context shift is disabled","type":"server_error"}\n\n`,
    { fails: "InternalProviderError", words: "context shift is disabled" }
  ),
  Table.openai(
    "Bedrock's gateway: a finish in Anthropic's words, and no mark at the end",
    "stream",
    sse(callChunk({ index: 0, ...call }), chunk({}, "tool_use")),
    one
  ),
  Table.openai(
    "Cloudflare: an answer inside of a result",
    "whole",
    json({
      result: null,
      success: false,
      errors: [{ code: 3_040, message: "Capacity temporarily exceeded, please try again." }],
      messages: []
    }),
    { fails: "InternalProviderError", words: "Capacity temporarily exceeded", retry: true }
  ),
  Table.openai(
    "a proxy: each event twice as JSON in a text",
    "stream",
    [words, stop].map((event) => `data: ${json(json(event))}\n\n`).join("") + done,
    hello
  ),
  Table.openai(
    "a proxy: events that begin with their own field",
    "stream",
    sse(words, stop).replaceAll("data: ", "id: 1\nevent: message\nretry: 5\ndata: ") + done,
    hello
  )
])

const block = { type: "tool_use", id: "toolu_1", name: "get_weather", input: {} }
const said = Answers.block(0, { type: "text", text: "" }, Answers.text("Hello there"))

Table.check("A message as it was reported", [
  Table.anthropic(
    "a gateway to Gemini: pieces of an input without an index",
    "stream",
    sse(
      start(),
      { type: "content_block_start", content_block: block },
      { type: "content_block_delta", delta: Answers.input(city) },
      { type: "content_block_stop" },
      ...Answers.end("tool_use")
    ),
    one
  ),
  Table.anthropic(
    "Kimi: no usage at the beginning",
    "stream",
    sse(
      { type: "message_start", message: { id: "m", type: "message", role: "assistant", content: [] } },
      ...said,
      ...Answers.end()
    ),
    hello
  ),
  Table.anthropic(
    "DeepSeek: usage of null",
    "stream",
    sse(start(null), ...said, ...Answers.end("end_turn", null)),
    hello
  ),
  Table.anthropic(
    "GLM: the finish of OpenAI",
    "whole",
    json(message([{ type: "text", text: "Hello there" }], { stop_reason: "stop" })),
    hello
  ),
  Table.anthropic(
    "GLM: an input of null at the beginning",
    "stream",
    sse(start(), ...Answers.block(0, { ...block, input: null }, Answers.input(city)), ...Answers.end("tool_use")),
    one
  ),
  Table.anthropic(
    "LiteLLM: an input that is an empty text",
    "stream",
    sse(start(), ...Answers.block(0, { ...block, input: "" }, Answers.input(city)), ...Answers.end("tool_use")),
    one
  ),
  Table.anthropic(
    "LiteLLM: a stop reason of null before the last",
    "stream",
    sse(
      start(),
      ...said,
      { type: "message_delta", delta: { stop_reason: null }, usage: { output_tokens: 3 } },
      ...Answers.end()
    ),
    hello
  ),
  Table.anthropic(
    "vLLM: a thought without a signature",
    "whole",
    json(message([{ type: "thinking", thinking: "Hm." }, { type: "text", text: "Hello there" }])),
    { ...hello, thought: "Hm." }
  ),
  Table.anthropic(
    "MiniMax: a thought whose signature is null",
    "stream",
    sse(
      start(),
      ...Answers.block(0, { type: "thinking", thinking: "", signature: null }, {
        type: "thinking_delta",
        thinking: "Hm."
      }, { type: "signature_delta", signature: null }),
      ...Answers.block(1, { type: "text", text: "" }, Answers.text("Hello there")),
      ...Answers.end()
    ),
    { ...hello, thought: "Hm." }
  ),
  Table.anthropic(
    "a proxy: every block at index 0",
    "stream",
    sse(
      start(),
      ...Answers.block(0, { type: "text", text: "" }, Answers.text("So.")),
      ...Answers.block(0, block, Answers.input(city)),
      ...Answers.end("tool_use")
    ),
    {
      ...one,
      text: "So."
    }
  ),
  Table.anthropic(
    "a proxy: no space behind the colon",
    "stream",
    Answers.hello.anthropic.stream.replaceAll("data: ", "data:").replaceAll("event: ", "event:"),
    hello
  ),
  Table.anthropic(
    "Anthropic: an error behind some text",
    "stream",
    sse(start(), ...said.slice(0, 2), {
      type: "error",
      error: { details: null, type: "overloaded_error", message: "Overloaded" },
      request_id: "req_1"
    }),
    fails("InternalProviderError", "Overloaded", true)
  ),
  Table.anthropic(
    "Anthropic: notes about the message that are new",
    "whole",
    json(
      message([{ type: "text", text: "Hello there", citations: null }], {
        container: null,
        context_management: { applied_edits: [{ type: "new" }] },
        stop_details: "x",
        service_tier: null
      })
    ),
    hello
  ),
  Table.anthropic(
    "Bedrock: its counts behind the end",
    "stream",
    sse(start(), ...said, Answers.end()[0]!, {
      type: "message_stop",
      "amazon-bedrock-invocationMetrics": { inputTokenCount: 20 }
    }),
    hello
  ),
  Table.anthropic(
    "Bedrock: a bare message",
    "whole",
    json({ message: "Too many tokens, please wait before trying again." }),
    { fails: "RateLimitError", words: "Too many tokens" }
  )
])
