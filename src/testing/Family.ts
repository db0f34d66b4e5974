/**
 * The manners of servers that speak OpenAI's chat completions in their own way: what each family adds, leaves out or writes
 * otherwise. `FakeProvider.layerAs("gemini", ...)` answers in them, so that a program can be tested against servers that it
 * cannot reach from a test.
 *
 * `docs/families.md` lists the quirks, and what our client makes of them.
 */
import type * as Schema from "effect/Schema"
import type { Dialect, Event } from "./Dialect.ts"
import type { Complete } from "./Reply.ts"

/** The families of servers. @category models */
export type Family = keyof typeof families

/** A way in which a family differs from OpenAI. @category models */
export interface Quirk {
  /** What the servers do, in one sentence. */
  readonly what: string
  /** A whole answer, changed. */
  readonly answer?: Change
  /** Each chunk of a stream that is JSON, changed. */
  readonly chunk?: Change
  /** The events of a stream, changed. */
  readonly events?: (events: ReadonlyArray<Event>) => ReadonlyArray<Event>
  /** The body of a failure, instead of OpenAI's. */
  readonly failure?: (status: number, message: string) => Schema.Json
  /** Headers of every response. */
  readonly headers?: Readonly<Record<string, string>>
}

type Fields = Schema.JsonObject
type Change = (json: Fields, reply: Complete) => Fields

const fieldsOf = (json: Schema.Json | undefined): Fields =>
  typeof json === "object" && json !== null && !Array.isArray(json) ? json as Fields : {}
const listOf = (json: Schema.Json | undefined): ReadonlyArray<Schema.Json> => Array.isArray(json) ? json : []

/** Changes the choice of an answer or a chunk, and the message or the delta in it. */
const inChoice = (change: (choice: Fields, reply: Complete) => Fields): Change => (json, reply) => ({
  ...json,
  choices: listOf(json["choices"]).map((choice) => change(fieldsOf(choice), reply))
})
const inMessage = (change: (message: Fields, reply: Complete) => Fields): Change =>
  inChoice((choice, reply) => {
    const key = "delta" in choice ? "delta" : "message"
    return { ...choice, [key]: change(fieldsOf(choice[key]), reply) }
  })
const inCalls = (change: (call: Fields, at: number) => Fields): Change =>
  inMessage((message) =>
    "tool_calls" in message
      ? { ...message, tool_calls: listOf(message["tool_calls"]).map((call, at) => change(fieldsOf(call), at)) }
      : message
  )

const without = (...names: ReadonlyArray<string>): Change => (json) =>
  Object.fromEntries(Object.entries(json).filter(([name]) => !names.includes(name)))

const both = (change: Change) => ({ answer: change, chunk: change })

const finishReasons = (names: Readonly<Record<string, string>>) =>
  both(inChoice((choice) => {
    const reason = choice["finish_reason"]
    return typeof reason === "string" ? { ...choice, finish_reason: names[reason] ?? reason } : choice
  }))

const withoutDone = (events: ReadonlyArray<Event>) => events.filter(({ data }) => data !== "[DONE]")

const isCall = ({ data }: Event): boolean =>
  typeof data !== "string" && "tool_calls" in fieldsOf(fieldsOf(listOf(data["choices"])[0])["delta"])

/** The calls of a stream, whole, each in one chunk of its own. */
const wholeCalls = (at: (nth: number) => Fields) => (events: ReadonlyArray<Event>): ReadonlyArray<Event> => {
  const calls: Array<{ id: Schema.Json; name: Schema.Json; text: string }> = []
  for (const { data } of events.filter(isCall)) {
    const delta = fieldsOf(fieldsOf(listOf(fieldsOf(data as Fields)["choices"])[0])["delta"])
    const call = fieldsOf(listOf(delta["tool_calls"])[0])
    const called = fieldsOf(call["function"])
    if ("id" in call) calls.push({ id: call["id"]!, name: called["name"] ?? "", text: "" })
    const last = calls.at(-1)
    if (last !== undefined) last.text += String(called["arguments"] ?? "")
  }
  const first = events.findIndex(isCall)
  const frame = events[first]?.data
  if (frame === undefined || typeof frame === "string") return events
  const chunks = calls.map(({ id, name, text }, nth): Event => ({
    data: {
      ...frame,
      choices: [{
        index: 0,
        delta: { tool_calls: [{ ...at(nth), id, type: "function", function: { name, arguments: text } }] },
        finish_reason: null
      }]
    }
  }))
  return [...events.slice(0, first), ...chunks, ...events.slice(first).filter((event) => !isCall(event))]
}

const renamed = (from: string, to: string) =>
  both(inMessage(({ [from]: value, ...message }) => value === undefined ? message : { ...message, [to]: value }))

/** The quirks of each family. @category quirks */
export const families = {
  vllm: [
    { what: "ends an answer that calls tools with `stop`", ...finishReasons({ tool_calls: "stop" }) },
    {
      what: "sends fields that are null: `reasoning_content`, `stop_reason`, `prompt_logprobs`",
      ...both((json, reply) => ({
        ...inMessage((message) => ({ reasoning_content: null, ...message }))(
          inChoice((choice) => ({ ...choice, stop_reason: null }))(json, reply),
          reply
        ),
        prompt_logprobs: null
      }))
    },
    {
      what: "writes a failure without `error` around it",
      failure: (code, message) => ({
        object: "error",
        message,
        type: code >= 500 ? "InternalServerError" : "BadRequestError",
        param: null,
        code
      })
    }
  ],
  ollama: [
    {
      what: "sends the calls of a stream whole, each at index 0",
      events: wholeCalls(() => ({ index: 0 }))
    },
    { what: "calls what the model thought `reasoning`", ...renamed("reasoning_content", "reasoning") },
    { what: "writes a failure as a text", failure: (_, message) => ({ error: message }) },
    { what: "names a fingerprint", ...both((json) => ({ ...json, system_fingerprint: "fp_ollama" })) }
  ],
  llamacpp: [
    { what: "adds `timings`", ...both((json) => ({ ...json, timings: { prompt_n: 1, predicted_per_second: 12.5 } })) },
    {
      what: "sends a null content first",
      chunk: inMessage((delta) => "role" in delta ? { ...delta, content: null } : delta)
    },
    {
      what: "writes the status as the code of a failure",
      failure: (code, message) => ({ error: { code, message, type: "server_error" } })
    }
  ],
  groq: [
    {
      what: "adds `x_groq`, with the usage of a stream",
      chunk: (json) => ({ ...json, x_groq: { id: "req_1", ...("usage" in json ? { usage: json["usage"]! } : {}) } })
    },
    {
      what: "adds times to the usage",
      answer: (json) => ({ ...json, usage: { ...fieldsOf(json["usage"]), queue_time: 0.018, total_time: 0.2 } })
    },
    { what: "calls what the model thought `reasoning`", ...renamed("reasoning_content", "reasoning") },
    {
      what: "sends rate headers, with fractions of seconds",
      headers: { "x-ratelimit-remaining-tokens": "17980", "x-ratelimit-reset-tokens": "7.66s" }
    }
  ],
  gemini: [
    { what: "ends an answer that calls tools with `stop`", ...finishReasons({ tool_calls: "stop" }) },
    { what: "sends the calls of a stream whole and without an index", events: wholeCalls(() => ({})) },
    {
      what: "signs calls with `extra_content`",
      ...both(inCalls((call) => ({ ...call, extra_content: { google: { thought_signature: "c2lnbmF0dXJl" } } })))
    },
    {
      what: "writes a failure as a list",
      failure: (code, message) => [{ error: { code, message, status: code === 429 ? "RESOURCE_EXHAUSTED" : "FAILED" } }]
    }
  ],
  openrouter: [
    {
      what: "adds `native_finish_reason`, `provider` and the cost",
      ...both((json, reply) => ({
        ...inChoice((choice) => ({ ...choice, native_finish_reason: choice["finish_reason"] ?? null }))(json, reply),
        provider: "Upstream",
        ...("usage" in json && json["usage"] !== null ? { usage: { ...fieldsOf(json["usage"]), cost: 0.0001 } } : {})
      }))
    },
    { what: "calls what the model thought `reasoning`", ...renamed("reasoning_content", "reasoning") },
    {
      what: "sends events without data while it waits",
      events: (events) => [{ event: "ping", data: "" }, ...events.flatMap((event) => [event, { data: "" }])]
    },
    {
      what: "writes the status as the code of a failure, with metadata",
      failure: (code, message) => ({ error: { code, message, metadata: { provider_name: "Upstream" } } })
    }
  ],
  azure: [
    {
      what: "begins a stream with the results of its filter and no choice",
      events: (events) => {
        const first = events[0]?.data
        return first === undefined || typeof first === "string"
          ? events
          : [{ data: { ...first, id: "", created: 0, model: "", choices: [], prompt_filter_results: [] } }, ...events]
      }
    },
    {
      what: "adds the results of its filter to a choice",
      ...both(inChoice((choice) => ({ ...choice, content_filter_results: {} })))
    },
    {
      what: "writes the code of a failure as a text",
      failure: (code, message) => ({ error: { code: String(code), message } })
    },
    { what: "sends headers of its own", headers: { "x-ms-region": "West Europe", "apim-request-id": "1" } }
  ],
  mistral: [
    { what: "ends an answer that is cut with `model_length`", ...finishReasons({ length: "model_length" }) },
    {
      what: "sends content as a list of parts, with what the model thought among them",
      ...both(inMessage(({ reasoning_content: thought, ...message }) => {
        const { content } = message
        const parts = [
          ...(typeof thought === "string" ? [{ type: "thinking", thinking: [{ type: "text", text: thought }] }] : []),
          ...(typeof content === "string" && content !== "" ? [{ type: "text", text: content }] : [])
        ]
        return parts.length === 0 ? message : { ...message, content: parts }
      }))
    },
    {
      what: "writes a failure with `object`, without `error` around it",
      failure: (status, message) => ({
        object: "error",
        message,
        type: status >= 500 ? "service_error" : "invalid_request",
        param: null,
        code: String(status)
      })
    }
  ],
  bedrock: [
    { what: "sends neither id nor time", ...both(without("id", "created")) },
    {
      what: "ends an answer in Anthropic's words",
      ...finishReasons({
        stop: "end_turn",
        length: "max_tokens",
        tool_calls: "tool_use",
        content_filter: "guardrail_intervened"
      })
    },
    { what: "ends a stream without `[DONE]`", events: withoutDone },
    { what: "writes a failure as a bare message", failure: (_, message) => ({ message }) }
  ]
} satisfies Readonly<Record<string, ReadonlyArray<Quirk>>>

/** The quirks of a family. @category quirks */
export const quirksOf = (family: Family): ReadonlyArray<Quirk> => families[family]

/** Headers of every response of a family. @category quirks */
export const headersOf = (family: Family): Readonly<Record<string, string>> =>
  Object.assign({}, ...quirksOf(family).map(({ headers = {} }) => headers))

/** The dialect, in the manners of a family. @category dialects */
export const dress = (dialect: Dialect, family: Family): Dialect =>
  quirksOf(family).reduce<Dialect>((dialect, { answer, chunk, events, failure }) => ({
    answer: (reply, asked) => {
      const json = dialect.answer(reply, asked)
      return answer === undefined ? json : answer(json, reply)
    },
    events: (reply, asked) => {
      const changed = dialect.events(reply, asked).map((event) =>
        chunk === undefined || typeof event.data === "string" ? event : { ...event, data: chunk(event.data, reply) }
      )
      return events === undefined ? changed : events(changed)
    },
    failure: (status, message, asked) =>
      failure === undefined ? dialect.failure(status, message, asked) : failure(status, message)
  }), dialect)
