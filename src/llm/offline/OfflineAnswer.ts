/**
 * What the offline model answers. `Offline` loads this module with the first request.
 */
import * as AiError from "effect/ai/AiError"
import type * as Prompt from "effect/ai/Prompt"
import type * as Response from "effect/ai/Response"
import * as AiTool from "effect/ai/Tool"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as FinalAnswer from "../internal/FinalAnswer.ts"
import type { LlmRequest } from "../LlmProvider.ts"
import * as OfflineArguments from "./OfflineArguments.ts"
import * as OfflineFacts from "./OfflineFacts.ts"

/** @category answering */
export const answer = Effect.fnUntraced(function*(
  request: LlmRequest
): Effect.fn.Return<Array<Response.PartEncoded>, AiError.AiError> {
  // the first calls of a process compile patterns and schemas: each part has a turn of its own
  yield* Effect.yieldNow
  const conversation = yield* read(request.prompt)
  yield* Effect.yieldNow
  const offered = offeredIn(request)
  const tools = offered.filter(({ name }) => name !== FinalAnswer.name)
  const { calls, lacking } = yield* choose(tools, conversation)
  yield* Effect.yieldNow
  const mustCall = request.toolChoice !== "auto" && request.toolChoice !== "none"
    && (typeof request.toolChoice === "string" || "tool" in request.toolChoice ||
      request.toolChoice.mode === "required")
  if (calls.length > 0) return finished(request, calls, "tool-calls")
  const prose = write(conversation, lacking)
  yield* Effect.yieldNow
  const final = offered.find(({ name }) => name === FinalAnswer.name)
  if (final !== undefined) {
    const params = yield* fillAnswer(AiTool.getJsonSchema(final), { ...conversation, prose, whole: true })
    const id = `offline-${conversation.callsInAll + 1}`
    return finished(request, [{ type: "tool-call", id, name: FinalAnswer.name, params }], "tool-calls")
  }
  if (mustCall) return yield* refuse(`no tool can be called: ${lacking.join("; ") || "each has been called"}`)
  if (request.responseFormat.type === "text") return finished(request, [{ type: "text", text: prose }], "stop")
  const schema = AiTool.getJsonSchemaFromSchema(request.responseFormat.schema)
  const filled = yield* fillAnswer(schema, { ...conversation, prose })
  return finished(request, [{ type: "text", text: JSON.stringify(filled) }], "stop")
})

/** The tools that the model is free to call. */
const offeredIn = ({ toolChoice, tools }: LlmRequest): ReadonlyArray<AiTool.Any> =>
  toolChoice === "none"
    ? []
    : tools.filter(({ name }) =>
      typeof toolChoice === "string" ||
      ("tool" in toolChoice ? toolChoice.tool === name : toolChoice.oneOf.includes(name))
    )

const fillAnswer = (schema: OfflineArguments.JsonSchema, sources: OfflineArguments.Sources) =>
  Effect.catch(
    Effect.fromResult(OfflineArguments.fill(schema, sources)),
    (missing) => refuse(`neither the prompt nor a tool says ${missing.join(", ")}`)
  )

/** What cannot be found in the prompt would have to be made up. */
const refuse = (description: string): AiError.AiError =>
  AiError.make({
    module: "Offline",
    method: "generate",
    reason: new AiError.InvalidUserInputError({ description: `the offline model cannot answer: ${description}` })
  })

interface Conversation extends OfflineArguments.Sources {
  /** Calls since the last word of the user. */
  readonly calls: ReadonlyArray<Prompt.ToolCallPart>
  readonly results: ReadonlyArray<Prompt.ToolResultPart>
  readonly callsInAll: number
}

const read = Effect.fnUntraced(function*({ content }: Prompt.Prompt) {
  const users = content.filter((message) => message.role === "user")
  const said = OfflineFacts.fromText(
    users.toReversed().flatMap(({ content }) => content.flatMap((part) => part.type === "text" ? [part.text] : []))
      .join("\n")
  )
  yield* Effect.yieldNow
  const callsOf = (messages: ReadonlyArray<Prompt.Message>) =>
    partsOf(messages).filter((part) => part.type === "tool-call")
  const resultsOf = (messages: ReadonlyArray<Prompt.Message>) =>
    partsOf(messages).filter((part) => part.type === "tool-result")
  const since = content.slice(content.findLastIndex(({ role }) => role === "user") + 1)
  const all = resultsOf(content)
  const recent = resultsOf(since)
  const conversation: Conversation = {
    said,
    found: OfflineFacts.fromValues(all.filter(({ isFailure }) => !isFailure).map(({ result }) => result).toReversed()),
    calls: callsOf(since),
    results: recent.length > 0 ? recent : all,
    callsInAll: callsOf(content).length
  }
  return conversation
})

const partsOf = (messages: ReadonlyArray<Prompt.Message>): ReadonlyArray<Prompt.Part> =>
  messages.flatMap((message): ReadonlyArray<Prompt.Part> => message.role === "system" ? [] : message.content)

interface Choice {
  readonly calls: Array<Response.ToolCallPartEncoded>
  /** Which tools cannot be called, and what they lack. */
  readonly lacking: ReadonlyArray<string>
}

const choose = Effect.fnUntraced(function*(tools: ReadonlyArray<AiTool.Any>, conversation: Conversation) {
  const called = new Set(conversation.calls.map(({ name, params }) => `${name} ${JSON.stringify(params)}`))
  const wanted = yield* Effect.forEach(
    tools,
    (tool) => Effect.map(argumentsOf(tool, conversation), (found) => ({ tool, ...found }))
  )
  const calls = wanted.flatMap(({ filled, tool }) => filled.map((params) => ({ name: tool.name, params })))
    .filter(({ name, params }) => !called.has(`${name} ${JSON.stringify(params)}`))
  const choice: Choice = {
    calls: calls.map((call, i) => ({ type: "tool-call", id: `offline-${conversation.callsInAll + i + 1}`, ...call })),
    lacking: wanted.flatMap(({ missing, tool }) =>
      missing.length > 0 ? [`${tool.name} needs ${missing.join(", ")}`] : []
    )
  }
  return choice
})

/** One call for each object of the prompt that has all that the tool requires, else one from what is known in all. */
const argumentsOf = Effect.fnUntraced(function*(tool: AiTool.Any, { calls, found, said }: Conversation) {
  yield* Effect.yieldNow
  const schema = AiTool.getJsonSchema(tool)
  yield* Effect.yieldNow
  const required = Array.isArray(schema["required"]) ? schema["required"] : []
  const whole = required.length === 0 ? [] : said.objects.filter((object) => required.every((key) => key in object))
    .map((object) => OfflineArguments.coerce({ ...schema, additionalProperties: false }, object))
    .filter(Predicate.isNotUndefined)
  if (whole.length > 0) {
    const distinct = new Map(whole.map((params) => [JSON.stringify(params), params]))
    return { filled: [...distinct.values()], missing: [] }
  }
  // A tool that has answered is not asked again only because more is known now.
  if (calls.some(({ name }) => name === tool.name)) return { filled: [], missing: [] }
  return Result.match(OfflineArguments.fill(schema, { said, found }), {
    onSuccess: (params) => ({ filled: [params], missing: [] }),
    onFailure: (missing) => ({ filled: [], missing })
  })
})

const write = ({ results, said }: Conversation, lacking: ReadonlyArray<string>): string => {
  const answers = results.map(({ isFailure, name, result }) =>
    `${capital(human(name))} ${isFailure ? "failed:" : "found"} ${list(leaves(result))}.`
  )
  const stated = said.facts.filter(({ value }) => typeof value !== "object").map(({ key, value }) =>
    `${human(key)} ${String(value)}`
  )
  const known = stated.length > 0 ? [`The prompt says ${list(stated)}.`] : ["The prompt states no facts."]
  return [
    "This answer was put together offline, without a language model.",
    ...(answers.length > 0 ? answers : known),
    ...(results.length === 0 ? lacking.map((what) => `${what}.`) : [])
  ].join(" ")
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

const human = (name: string): string => name.replaceAll("_", " ")

const list = (items: ReadonlyArray<string>): string => {
  const shown = items.length > mostNamed
    ? [...items.slice(0, mostNamed), `${items.length - mostNamed} more`]
    : items
  return shown.length < 2 ? shown[0] ?? "nothing" : `${shown.slice(0, -1).join(", ")} and ${shown.at(-1)}`
}

/** Of one answer: more would be a table, not a sentence. */
const mostNamed = 8

/** The values in a result, each behind the keys that lead to it. Of a list of records, how many and the first. */
const leaves = (value: unknown, path = ""): ReadonlyArray<string> => {
  if (Array.isArray(value)) {
    if (value.length === 0) return [`no ${path || "results"}`]
    if (!value.some(Predicate.isObject)) return [`${path} ${value.join(", ")}`.trim()]
    const first = leaves(value[0])
    return value.length === 1 ? first.map((leaf) => `${path} ${leaf}`.trim()) : [
      `${value.length} ${path || "results"} (first: ${list(first)})`
    ]
  }
  if (Predicate.isObject(value)) {
    return Object.entries(value).flatMap(([key, inner]) => leaves(inner, `${path} ${human(key)}`.trim()))
  }
  return [`${path} ${String(value)}`.trim()]
}

const finished = (
  { prompt }: LlmRequest,
  parts: ReadonlyArray<Response.TextPartEncoded | Response.ToolCallPartEncoded>,
  reason: Response.FinishReason
): Array<Response.PartEncoded> => {
  const input = words(JSON.stringify(prompt.content))
  const output = words(JSON.stringify(parts))
  return [
    { type: "response-metadata", modelId: "offline" },
    ...parts,
    {
      type: "finish",
      reason,
      usage: {
        inputTokens: { total: input, uncached: input, cacheRead: 0, cacheWrite: 0 },
        outputTokens: { total: output, text: output, reasoning: 0 }
      }
    }
  ]
}

const words = (text: string): number => text.match(/[\p{L}\p{N}]+/gu)?.length ?? 0
