/**
 * Good answers, changed at random: what comes of each is the right answer, what the changed answer says by the letter of the
 * API, or a failure with a reason. Never a defect, a hang, a count below zero, or another answer.
 *
 * `WIRE_MUTATIONS=1000000 WIRE_SEED=7 npx vitest run test/llm/wire/Mutations.test.ts` runs more, from another seed.
 */
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Result, Stream } from "effect"
import type { Response } from "effect/ai"
import { Prompt } from "effect/ai"
import type { HttpClientResponse } from "effect/http"
import * as AnthropicStream from "greenlang/llm/anthropic/AnthropicStream"
import type { LlmRequest } from "greenlang/llm/LlmProvider"
import * as OpenAiPlain from "greenlang/llm/openai/OpenAiPlain"
import * as OpenAiStream from "greenlang/llm/openai/OpenAiStream"
import { isDeepStrictEqual } from "node:util"
import { rounds } from "../../support/Rounds.ts"
import * as Answers from "./Answers.ts"
import * as Wire from "./Wire.ts"

const times = Number(process.env["WIRE_MUTATIONS"] ?? rounds(20_000))
const seed = Number(process.env["WIRE_SEED"] ?? 1)

const request: LlmRequest = {
  prompt: Prompt.make("hi"),
  tools: Object.values(Wire.toolkit.tools),
  toolChoice: "auto",
  responseFormat: { type: "text" },
  toolCallValidation: "deferred",
  span: undefined as never,
  previousResponseId: undefined,
  incrementalPrompt: undefined
}

/** What matters of an answer. */
interface Said {
  readonly text: string
  readonly calls: ReadonlyArray<{ readonly name: string; readonly params: unknown }>
}

type Json = any

/** A recorded answer. A stream is a list of events. */
interface Recorded {
  readonly format: Wire.Format
  readonly isStream: boolean
  readonly body: Json
}

const args = { city: "London" }
const { block, chunk, completion, input, message, text } = Answers
const piece = (index: number, more: object, fields: object) => ({ index, ...more, function: fields })
const usage = {
  prompt_tokens: 20,
  completion_tokens: 15,
  total_tokens: 35,
  prompt_tokens_details: { cached_tokens: 4 },
  completion_tokens_details: { reasoning_tokens: 5 }
}

const recorded: ReadonlyArray<Recorded> = [
  {
    format: "openai",
    isStream: false,
    body: completion({ content: "Hello there", reasoning_content: "Hm." }, { usage })
  },
  {
    format: "openai",
    isStream: false,
    body: completion(
      {
        content: "Let me look.",
        tool_calls: [
          { id: "c1", type: "function", function: { name: "get_weather", arguments: JSON.stringify(args) } },
          { id: "c2", type: "function", function: { name: "get_time", arguments: "{\"tz\":\"UTC\"}" } }
        ]
      },
      { usage },
      "tool_calls"
    )
  },
  {
    format: "openai",
    isStream: true,
    body: [
      chunk({ role: "assistant", content: "" }),
      chunk({ reasoning_content: "Hm." }),
      chunk({ content: "Hello" }),
      chunk({ content: " there" }),
      chunk({}, "stop"),
      Answers.usageChunk(usage)
    ]
  },
  {
    format: "openai",
    isStream: true,
    body: [
      chunk({ role: "assistant", content: "Let me look." }),
      chunk({ tool_calls: [piece(0, { id: "c1", type: "function" }, { name: "get_weather", arguments: "" })] }),
      chunk({ tool_calls: [piece(0, {}, { arguments: "{\"city\":" })] }),
      chunk({ tool_calls: [piece(0, {}, { arguments: "\"London\"}" })] }),
      chunk({ tool_calls: [piece(1, { id: "c2", type: "function" }, { name: "get_time", arguments: "" })] }),
      chunk({ tool_calls: [piece(1, {}, { arguments: "{\"tz\":\"UTC\"}" })] }),
      chunk({}, "tool_calls"),
      Answers.usageChunk(usage)
    ]
  },
  {
    format: "anthropic",
    isStream: false,
    body: message([
      { type: "thinking", thinking: "Hm.", signature: "sig" },
      { type: "text", text: "Let me look." },
      { type: "tool_use", id: "t1", name: "get_weather", input: args },
      { type: "tool_use", id: "t2", name: "get_time", input: { tz: "UTC" } }
    ], { stop_reason: "tool_use", usage: { input_tokens: 20, cache_read_input_tokens: 4, output_tokens: 15 } })
  },
  { format: "anthropic", isStream: false, body: message([{ type: "text", text: "Hello there" }]) },
  {
    format: "anthropic",
    isStream: true,
    body: [
      Answers.start({ input_tokens: 20, cache_read_input_tokens: 4, output_tokens: 1 }),
      ...block(0, { type: "thinking", thinking: "" }, { type: "thinking_delta", thinking: "Hm." }, {
        type: "signature_delta",
        signature: "sig"
      }),
      ...block(1, { type: "text", text: "" }, text("Let me"), text(" look.")),
      ...block(
        2,
        { type: "tool_use", id: "t1", name: "get_weather", input: {} },
        input("{\"city\":"),
        input("\"London\"}")
      ),
      ...block(3, { type: "tool_use", id: "t2", name: "get_time", input: {} }, input("{\"tz\":\"UTC\"}")),
      ...Answers.end("tool_use", { output_tokens: 15 })
    ]
  },
  {
    format: "anthropic",
    isStream: true,
    body: [
      Answers.start(),
      { type: "ping" },
      ...block(0, { type: "text", text: "" }, text("Hello"), text(" there")),
      ...Answers.end()
    ]
  }
]

/** A generator of numbers from 0 to 1 that always gives the same ones. */
const randomFrom = (seed: number) => {
  let state = seed
  return () => {
    state = (state + 0x6D2B79F5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

type Random = () => number

const pick = <A>(random: Random, list: ReadonlyArray<A>): A => list[Math.floor(random() * list.length)]!

type Path = ReadonlyArray<string | number>

/** Every place in a value: the way to it, and whether it only decorates the answer. */
const places = (value: Json, at: Path = [], found: Array<readonly [Path, boolean]> = [], decorates = false) => {
  if (typeof value !== "object" || value === null) return found
  for (const key of Array.isArray(value) ? value.keys() : Object.keys(value)) {
    const isDecoration = decorates || decorations.has(String(key))
    found.push([[...at, key], isDecoration])
    places(value[key], [...at, key], found, isDecoration)
  }
  return found
}

/** Keys of which nothing that an answer says depends. */
const decorations = new Set(["object", "created", "model", "usage", "logprobs", "role", "stop_sequence", "signature"])

const others = [5, -1, true, "5", "words", [], {}, [null], { a: 1 }, 1e300, 0.5]

const grown = (value: Json, random: Random): Json => {
  if (typeof value === "string") return value + pick(random, ["~", value, "\u2028", "\"", " "])
  if (typeof value === "number") return value * 1e6 + 1
  if (Array.isArray(value)) return [...value, pick<Json>(random, [null, {}, 5, "x"])]
  return typeof value === "object" && value !== null ? { ...value, extra: { deep: [1] } } : [value]
}

/** A change at one place, in one way. */
interface Change {
  readonly how: string
  readonly decorates: boolean
  /** Makes it, where the place is there. */
  readonly make: (body: Json) => void
}

const changeOf = (body: Json, random: Random): Change => {
  const [path, decorates] = pick(random, places(body))
  const way = pick(random, ["drop", "null", "retype", "reorder", "duplicate", "grow"])
  const other = pick<Json>(random, others)
  const chance = random()
  const make = (body: Json) => {
    const holder = path.slice(0, -1).reduce<Json>((value, key) => value?.[key], body)
    const key: Json = path.at(-1)
    if (typeof holder !== "object" || holder === null || !(key in holder)) return
    switch (way) {
      case "drop":
        if (Array.isArray(holder)) holder.splice(key, 1)
        else delete holder[key]
        break
      case "null":
        holder[key] = null
        break
      case "retype":
        holder[key] = structuredClone(other)
        break
      case "grow":
        holder[key] = grown(holder[key], () => chance)
        break
      case "duplicate":
        if (Array.isArray(holder)) holder.splice(key, 0, structuredClone(holder[key]))
        else holder[`${key}_2`] = structuredClone(holder[key])
        break
      default:
        if (Array.isArray(holder)) holder.push(...holder.splice(key, 1))
        else {
          const value = holder[key]
          delete holder[key]
          holder[key] = value
        }
    }
  }
  return { how: `${way} ${path.join(".")}`, decorates, make }
}

/**
 * What may be read where two places were changed, and either may be read past: the text of one of `answers`, and calls that one of
 * them holds, none of them more often than in any.
 */
const isOneOf = (said: Said, answers: ReadonlyArray<Said>): boolean => {
  const written = said.calls.map((call) => JSON.stringify(call))
  const most = (call: string) =>
    Math.max(...answers.map(({ calls }) => calls.filter((one) => JSON.stringify(one) === call).length))
  return answers.some(({ text }) => text === said.text)
    && answers.some(({ calls }) => calls.length === written.length)
    && written.every((call) => written.filter((one) => one === call).length <= most(call))
}

/** What an answer says by the letter of the API. Throws where it is not by the letter. */
const byTheLetter = ({ body, format, isStream }: Recorded): Said =>
  format === "openai" ? openaiLetter(body, isStream) : anthropicLetter(body, isStream)

const letterOf = (one: Recorded): Said | undefined => Result.getOrUndefined(Result.try(() => byTheLetter(one)))

const paramsOf = (json: string): unknown => {
  try {
    const value = JSON.parse(json)
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : json
  } catch {
    return json
  }
}

const jsonOf = (given: Json): string => typeof given === "string" ? given : given == null ? "" : JSON.stringify(given)

const contentOf = (content: Json): string =>
  content == null
    ? ""
    : typeof content === "string"
    ? content
    : Array.isArray(content)
    ? content.map((part) => {
      if (part === null || typeof part === "string") return part ?? ""
      if (typeof part.text !== "string") throw new Error("no text")
      return part.text
    }).join("")
    : (() => {
      throw new Error("no text")
    })()

/** Whether a choice is counted as another than the first. */
const isOther = (index: Json): boolean =>
  (typeof index === "number" || (typeof index === "string" && /^\d+$/.test(index)))
  && Number.isSafeInteger(Number(index)) && Number(index) > 0

/** The entries of a list. A value that holds nothing has none. */
const entriesOf = (list: Json): Iterable<readonly [number, Json]> => saysNothing(list) ? [] : list.entries()

/** Whether an entry holds nothing but its place and its type. */
const saysNothing = (value: Json): boolean =>
  value == null || value === "" || value === false
  || (typeof value === "object"
    && Object.entries(value).every(([key, inner]) => key === "index" || key === "type" || saysNothing(inner)))

const openaiLetter = (body: Json, isStream: boolean): Said => {
  let text = ""
  const calls = new Map<unknown, { name: string; json: string }>()
  for (const one of isStream ? body : [body]) {
    const first = one?.choices?.find?.((each: Json) => !isOther(each?.index))
    const choice = isStream ? first : first ?? one?.choices?.[0]
    const said = (isStream ? choice?.delta : choice?.message) ?? {}
    text += contentOf(said.content)
    for (const [at, call] of entriesOf(said.tool_calls)) {
      if (saysNothing(call)) continue
      const key = isStream ? call.index : at
      const known = calls.get(key) ?? { name: "", json: "" }
      known.name += call.function?.name ?? ""
      known.json += jsonOf(call.function?.arguments)
      calls.set(key, known)
    }
  }
  return {
    text,
    calls: [...calls.values()].map(({ json, name }) => ({
      name,
      // A tool that is not offered needs nothing that is known.
      params: json === "" && !(name in Wire.toolkit.tools) ? {} : paramsOf(json)
    }))
  }
}

const anthropicLetter = (body: Json, isStream: boolean): Said => {
  if (typeof body.content === "string") return { text: body.content, calls: [] }
  const blocks: Array<Json> = []
  if (!isStream) { for (const one of body.content) blocks.push({ ...one, json: "" }) }
  else {
    const open = new Map<unknown, Json>()
    for (const event of body) {
      if (event?.type === "message_stop") break
      if (event?.type === "content_block_start") {
        const begun = { ...event.content_block, json: "" }
        open.set(event.index, begun)
        blocks.push(begun)
      }
      if (event?.type !== "content_block_delta") continue
      const at = open.get(event.index)
      if (event.delta?.text != null) at.text = (at.text ?? "") + event.delta.text
      if (event.delta?.partial_json != null) at.json += jsonOf(event.delta.partial_json)
    }
  }
  return {
    text: blocks.flatMap(({ text, type }) => type === "text" ? [text ?? ""] : []).join(""),
    calls: blocks.flatMap(({ input, json, name, type }) =>
      type === "tool_use" ? [{ name, params: json === "" ? input ?? {} : paramsOf(json) }] : []
    )
  }
}

/** The text that a server sends, as bytes in some pieces. */
const bytesOf = ({ body, format, isStream }: Recorded, random: Random): ReadonlyArray<Uint8Array> => {
  const text = isStream
    ? Wire.sse(
      ...body.map((event: Json) =>
        typeof event === "object" && event !== null ? event : `data: ${JSON.stringify(event)}\n\n`
      )
    )
      + (format === "openai" ? Wire.done : "")
    : JSON.stringify(body)
  const bytes = new TextEncoder().encode(text)
  const cuts = Array.from({ length: Math.floor(random() * 5) }, () => Math.floor(random() * bytes.length)).toSorted((
    a,
    b
  ) => a - b)
  return [0, ...cuts].map((from, at) => bytes.subarray(from, cuts[at] ?? bytes.length)).filter(({ length }) =>
    length > 0
  )
}

type Parts = ReadonlyArray<Response.PartEncoded | Response.StreamPartEncoded>

const read = (one: Recorded, random: Random) => {
  const pieces = bytesOf(one, random)
  const openai = { request, server: "here", details: {} }
  const anthropic = { request, answerTool: undefined, details: {} }
  if (!one.isStream) {
    const text = new TextDecoder().decode(Buffer.concat(pieces))
    return Effect.suspend(() =>
      Effect.fromResult<Parts, unknown>(
        one.format === "openai" ? OpenAiStream.wholeOf(text, openai) : AnthropicStream.wholeOf(text, anthropic)
      )
    )
  }
  const response = {
    headers: {},
    stream: Stream.fromIterable(pieces)
  } as unknown as HttpClientResponse.HttpClientResponse
  return Effect.map(
    Stream.runCollect(
      one.format === "openai" ? OpenAiStream.partsOf(response, openai) : AnthropicStream.partsOf(response, anthropic)
    ),
    (parts): Parts => parts
  )
}

const saidIn = (parts: Parts): Said => ({
  text: parts.map((part) => part.type === "text" ? part.text : part.type === "text-delta" ? part.delta : "").join(""),
  calls: parts.flatMap((part) => part.type === "tool-call" ? [{ name: part.name, params: part.params }] : [])
})

/**
 * Arguments that could not be read are passed on as the text that came, and no tool runs with them. Nor does one for a call that came
 * without a name.
 */
const isFlagged = ({ calls }: Said) =>
  calls.some(({ name, params }) => typeof params === "string" || name === "unnamed_call")

const sorted = ({ calls, text }: Said) => ({ text, calls: calls.map((call) => JSON.stringify(call)).toSorted() })

const checkUsage = (parts: Parts) => {
  const finish = parts.at(-1)
  assert(finish?.type === "finish", "the last part is the finish")
  const { inputTokens: input, outputTokens: output } = finish.usage
  for (const count of [...Object.values(input), ...Object.values(output)]) {
    assert.isTrue(count === undefined || (Number.isSafeInteger(count) && count >= 0), `a count is ${count}`)
  }
  assert.isAtMost((input.cacheRead ?? 0) + (input.cacheWrite ?? 0), input.total ?? Infinity)
  assert.isAtMost(output.reasoning ?? 0, output.total ?? Infinity)
}

describe("A changed completion", () => {
  it("says the same to the reader of plain ones as to the reader of all forms", () => {
    const random = randomFrom(seed)
    const context = { request, server: "here", details: {} }
    const calls = recorded[1]!.body.choices[0].message.tool_calls
    const bodies = [
      completion({ content: "Hello there", refusal: null, annotations: [] }, { usage, system_fingerprint: "fp" }),
      completion({ content: null, tool_calls: calls.slice(0, 1) }, { service_tier: "default" }, "tool_calls"),
      completion({ content: "Let me look.", tool_calls: calls }, { usage }, "tool_calls"),
      completion({ content: "Hello" }, { usage: { ...usage, cost: 0.25 } }, "length")
    ]
    let plain = 0
    for (let n = 0; n < times / 4; n++) {
      const body = structuredClone<Json>(bodies[n % bodies.length])
      for (let changes = Math.floor(random() * 3); changes > 0; changes--) changeOf(body, random).make(body)
      const read = OpenAiPlain.read(body, context)
      if (read === undefined) continue
      plain++
      assert.deepStrictEqual(Result.succeed(read), OpenAiStream.bodyOf(body, context), JSON.stringify(body))
    }
    assert.isAbove(plain, times / 20)
  })
})

describe("A changed answer", () => {
  for (const format of Wire.formats) {
    const good = recorded.filter((one) => one.format === format)

    it(
      `is read as what it is, or fails: ${format}, ${times} changes from seed ${seed}`,
      { timeout: 600_000 },
      async () => {
        const random = randomFrom(seed)
        const outcomes = { right: 0, changed: 0, failed: 0 }
        const originals = await Promise.all(good.map((one) => Effect.runPromise(Effect.map(read(one, random), saidIn))))
        for (let n = 0; n < times; n++) {
          const at = Math.floor(random() * good.length)
          const body = structuredClone(good[at]!.body)
          const changes = [changeOf(body, random)]
          changes[0]!.make(body)
          const isTwice = random() < 0.2
          if (isTwice) {
            changes.push(changeOf(body, random))
            changes[1]!.make(body)
          }
          const changed = { ...good[at]!, body }
          const where = () => `change ${n}: ${changes.map(({ how }) => how).join(", ")}\n${JSON.stringify(body)}`
          const exit = await Effect.runPromiseExit(Effect.timeout(read(changed, random), "10 seconds"))
          if (Exit.isFailure(exit)) {
            const error: unknown = Result.getOrUndefined(Cause.findError(exit.cause))
            assert.match(String((error as { readonly _tag?: unknown } | undefined)?._tag), /Error$/, where())
            assert.notStrictEqual((error as { readonly _tag?: unknown })._tag, "TimeoutError", where())
            outcomes.failed++
            continue
          }
          checkUsage(exit.value)
          const said = saidIn(exit.value)
          if (isFlagged(said)) {
            outcomes.failed++
            continue
          }
          if (isDeepStrictEqual(sorted(said), sorted(originals[at]!))) {
            outcomes.right++
            continue
          }
          const letter = letterOf(changed)
          // Of two changes either may be read past, and the other by the letter.
          if (isTwice) {
            assert.isFalse(changes.every(({ decorates }) => decorates), where())
            const alone = changes.map(({ make }) => {
              const body = structuredClone(good[at]!.body)
              make(body)
              return letterOf({ ...good[at]!, body })
            })
            const answers = [originals[at]!, ...alone, letter].filter((one) => one !== undefined)
            assert.isTrue(isOneOf(said, answers), `${where()}\n${JSON.stringify(said)}\n${JSON.stringify(answers)}`)
            outcomes.changed++
            continue
          }
          assert.deepStrictEqual(sorted(said), letter === undefined ? sorted(originals[at]!) : sorted(letter), where())
          outcomes.changed++
        }
        // Most changes are to what decorates an answer, and cost nothing.
        assert.isAbove(outcomes.right, times / 2)
        assert.isAbove(outcomes.failed, 0)
        assert.isAbove(outcomes.changed, 0)
      }
    )
  }
})
