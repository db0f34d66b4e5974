/**
 * Answers in the format of chat completions, which many servers speak: whole, and in pieces.
 *
 * 1. What an answer needs (text, calls, finish, failure) is read in every form that servers send, and nothing else is: a
 *    text that is a number is a failure.
 * 2. Everything else (id, model, time, usage) may be missing or strange, and is then not there.
 */
import * as AiError from "effect/ai/AiError"
import type * as Response from "effect/ai/Response"
import * as Result from "effect/Result"
import type { Parts } from "../internal/EventStream.ts"
import * as FinishReason from "../internal/FinishReason.ts"
import * as LooseJson from "../internal/LooseJson.ts"
import * as TokenCounts from "../internal/TokenCounts.ts"
import * as VendorError from "../internal/VendorError.ts"
import * as LlmHttpError from "../LlmHttpError.ts"
import type { LlmRequest } from "../LlmProvider.ts"
import * as LlmWire from "../LlmWire.ts"
import { type Ended, OpenAiCalls } from "./OpenAiCalls.ts"
import * as OpenAiThoughts from "./OpenAiThoughts.ts"

/** What is known besides the answer. @category models */
export interface Context {
  readonly request: LlmRequest
  /** Which server answers: what a vendor wants to have back goes to the same one only. */
  readonly server: string
  /** What the `finish` part says about the response. */
  readonly details: Pick<Response.FinishPartEncoded, "response">
}

type Read = Result.Result<Parts, AiError.AiErrorReason>

/** One answer, as far as it has come. @category reading */
export class OpenAiAnswer {
  private readonly context: Context
  private readonly calls: OpenAiCalls
  private readonly thoughts = new OpenAiThoughts.OpenAiThoughts()
  private metadata: Response.ResponseMetadataPartEncoded | undefined
  private text = ""
  private refusal = ""
  private extra: LooseJson.Fields = {}
  private counts: TokenCounts.TokenCounts = {}
  private isShown = false
  private hasEmptyCalls = false
  private readonly open = new Set<"text" | "reasoning">()
  /** Why the answer ended, in the vendor's word. */
  finish: string | undefined

  constructor(context: Context) {
    this.context = context
    this.calls = new OpenAiCalls(context.request, context.server)
  }

  /** Reads a whole answer, or a piece of one, and gives what of it can be passed on. */
  add(body: unknown, event?: string): Read {
    const error = VendorError.find(body, isAnswer)
    if (error !== undefined) return Result.fail(LlmHttpError.fromVendor(error))
    const json = LooseJson.fields(LooseJson.list(body)?.[0] ?? body)
    if (event === "error") return Result.fail(LlmHttpError.fromVendor(VendorError.of(json ?? String(body), {})))
    if (json === undefined) return malformed("it is not an object")
    const metadata = metadataOf(json)
    if (this.metadata === undefined || Object.keys(metadata).length > Object.keys(this.metadata).length) {
      this.metadata = metadata
    }
    if (!LooseJson.isAbsent(json["choices"]) && LooseJson.objects(json["choices"]) === undefined) {
      return malformed("its choices are not a list of objects")
    }
    const choice = choiceOf(json)
    this.counts = TokenCounts.larger(this.counts, countsOf(usageIn(json) ?? choice?.["usage"]))
    if (choice === undefined) return nothing
    if (!LooseJson.saysNothing(choice["error"])) {
      return Result.fail(LlmHttpError.fromVendor(VendorError.of(choice["error"], choice)))
    }
    const finish = FinishReason.wordOf(LooseJson.text(choice["finish_reason"]))
    if (finish) this.finish = finish
    return this.addMessage(choice)
  }

  /** `add` for an answer in one piece, which must hold a message. */
  addWhole(body: unknown): Read {
    return Result.flatMap(this.add(body), (parts) => {
      const choice = choiceOf(LooseJson.fields(LooseJson.list(body)?.[0] ?? body) ?? {})
      if (choice === undefined) return malformed("it holds no choice")
      return LooseJson.fields(choice["message"] ?? choice["delta"]) === undefined
        ? malformed("it holds no message")
        : Result.succeed(parts)
    })
  }

  /** The whole answer, when all of it was added. */
  whole(): Result.Result<Array<Response.PartEncoded>, AiError.AiErrorReason> {
    return Result.map(this.ended(), (calls) => [
      this.metadata ?? { type: "response-metadata" },
      ...this.thoughts.isEmpty
        ? []
        : [{ type: "reasoning" as const, text: this.thoughts.text, ...this.thoughts.metadata(this.context.server) }],
      ...this.text === "" ? [] : [{ type: "text" as const, text: this.text, ...this.extraMetadata() }],
      ...this.refusal === "" ? [] : [{ type: "text" as const, text: this.refusal, metadata: refusalMetadata }],
      ...calls.map(({ call }) => call),
      this.finishPart(calls.length)
    ])
  }

  /** The last parts of a stream. */
  end(): Read {
    return Result.map(this.ended(), (calls) => [
      ...this.head(),
      // Details of a thought may come without its text.
      ...this.thoughts.isEmpty ? [] : this.begin("reasoning"),
      ...[...this.open].map((kind): Response.StreamPartEncoded => ({
        type: `${kind}-end` as const,
        id: kind,
        ...(kind === "text" ? this.extraMetadata() : this.thoughts.metadata(this.context.server))
      })),
      ...calls.flatMap(({ call, parts }) => [...parts, call]),
      this.finishPart(calls.length)
    ])
  }

  /** The calls of an answer that has come to its end. */
  private ended(): Result.Result<ReadonlyArray<Ended>, AiError.AiErrorReason> {
    if (FinishReason.isError(this.finish)) {
      return Result.fail(LlmHttpError.fromVendor({ message: `the vendor ended the answer with "${this.finish}"` }))
    }
    if (this.refusal !== "" && this.context.request.responseFormat.type === "json") {
      return Result.fail(LlmWire.refused(this.refusal))
    }
    if (this.calls.size === 0 && !this.hasEmptyCalls && FinishReason.isToolCalls(this.finish)) {
      return Result.fail(
        new AiError.InvalidResponseError({ description: "the answer ended to call tools, and holds no call" })
      )
    }
    return this.calls.end()
  }

  private addMessage(choice: LooseJson.Fields): Read {
    const delta = choice["delta"]
    // A last piece may repeat all of the answer beside an empty delta.
    const given = LooseJson.isNothing(delta) && (delta === undefined || this.isEmpty)
      ? choice["message"] ?? delta
      : delta
    if (given === undefined || given === null) return nothing
    const message = LooseJson.fields(given)
    if (message === undefined) return malformed("its message is not an object")
    const { content, function_call, refusal, tool_calls } = message
    if (Array.isArray(tool_calls) && tool_calls.length === 0) this.hasEmptyCalls = true
    const { extra_content } = message
    if (!LooseJson.isNothing(extra_content)) this.extra = { ...this.extra, extra_content }
    const thought = this.thoughts.add(message)
    const said = contentOf(content)
    if (Result.isFailure(said)) return Result.fail(said.failure)
    const { text, thoughts } = said.success
    this.thoughts.write(thoughts)
    this.text += text
    const refused = LooseJson.text(refusal) ?? ""
    this.refusal += refused
    const called = this.calls.add(tool_calls, function_call, given === choice["message"])
    if (Result.isFailure(called)) return called
    const parts: Parts = [
      ...this.delta("reasoning", thought + thoughts),
      ...this.delta("text", text),
      ...this.delta("text", refused),
      ...called.success
    ]
    return Result.succeed(parts.length === 0 ? parts : [...this.head(), ...parts])
  }

  private get isEmpty(): boolean {
    return this.text === "" && this.refusal === "" && this.calls.size === 0
  }

  /** Nothing is passed on before the first content, so that a vendor that fails before it can be asked again. */
  private head(): Parts {
    if (this.isShown) return []
    this.isShown = true
    return [this.metadata ?? { type: "response-metadata" }]
  }

  private begin(kind: "text" | "reasoning"): Parts {
    if (this.open.has(kind)) return []
    this.open.add(kind)
    return [{ type: `${kind}-start` as const, id: kind }]
  }

  private delta(kind: "text" | "reasoning", delta: string): Parts {
    return delta === "" ? [] : [...this.begin(kind), { type: `${kind}-delta` as const, id: kind, delta }]
  }

  private finishPart(calls: number): Response.FinishPartEncoded {
    return {
      type: "finish",
      reason: this.refusal === "" ? FinishReason.of(this.finish, calls > 0) : "content-filter",
      usage: TokenCounts.usageOf(this.counts, "input"),
      ...this.context.details
    }
  }

  private extraMetadata() {
    return Object.keys(this.extra).length === 0
      ? {}
      : { metadata: { openai: { server: this.context.server, message: this.extra as never } } }
  }
}

/** A whole answer, read from its JSON. @category reading */
export const partsOf = (
  body: unknown,
  context: Context
): Result.Result<Array<Response.PartEncoded>, AiError.AiErrorReason> => {
  const answer = new OpenAiAnswer(context)
  return Result.flatMap(answer.addWhole(body), () => answer.whole())
}

const isAnswer = (json: LooseJson.Fields): boolean => choiceOf(json) !== undefined || usageIn(json) !== undefined

/** The answer that was asked for: the first, by its index where several came. */
const choiceOf = (json: LooseJson.Fields): LooseJson.Fields | undefined => {
  const choices = LooseJson.objects(json["choices"]) ?? []
  return choices.find(({ index }) => index === 0) ?? choices[0]
}

/** Groq sends usage in a field of its own. */
const usageIn = (json: LooseJson.Fields): unknown =>
  LooseJson.fields(json["usage"]) ?? LooseJson.fields(json["x_groq"])?.["usage"]

const countsOf = (given: unknown): TokenCounts.TokenCounts => {
  const usage = LooseJson.fields(given)
  if (usage === undefined) return {}
  const count = LooseJson.count
  const input = LooseJson.fields(usage["prompt_tokens_details"] ?? usage["input_tokens_details"])
  const output = LooseJson.fields(usage["completion_tokens_details"] ?? usage["output_tokens_details"])
  return {
    input: count(usage["prompt_tokens"] ?? usage["input_tokens"]),
    cacheRead: largest(
      input?.["cached_tokens"],
      usage["prompt_cache_hit_tokens"],
      usage["cached_tokens"],
      usage["cache_read_input_tokens"]
    ),
    cacheWrite: largest(
      input?.["cache_write_tokens"],
      input?.["cache_creation_tokens"],
      usage["cache_creation_input_tokens"]
    ),
    output: count(usage["completion_tokens"] ?? usage["output_tokens"]),
    reasoning: largest(output?.["reasoning_tokens"], usage["reasoning_tokens"]),
    total: count(usage["total_tokens"])
  }
}

/** Servers report one count under several names. */
const largest = (...counts: ReadonlyArray<unknown>): number | undefined => {
  let most: number | undefined
  for (const count of counts) most = TokenCounts.max(most, LooseJson.count(count))
  return most
}

const metadataOf = (json: LooseJson.Fields): Response.ResponseMetadataPartEncoded => {
  const id = LooseJson.label(json["id"])
  const modelId = LooseJson.label(json["model"])
  const timestamp = timeOf(json["created"])
  return {
    type: "response-metadata",
    ...(id === undefined ? {} : { id }),
    ...(modelId === undefined ? {} : { modelId }),
    ...(timestamp === undefined ? {} : { timestamp })
  }
}

/** Unix seconds, or milliseconds. */
const timeOf = (created: unknown): string | undefined => {
  const number = typeof created === "string" && created.trim() !== "" ? Number(created) : created
  if (typeof number !== "number" || !(number > 0)) return undefined
  const millis = number < 1e11 ? number * 1_000 : number
  return millis < 1e13 ? new Date(millis).toISOString() : undefined
}

/** The text of a message: a text, or a list of parts, some of which may be thoughts. */
const contentOf = (
  content: unknown
): Result.Result<{ readonly text: string; readonly thoughts: string }, AiError.AiErrorReason> => {
  if (content === undefined || content === null) return Result.succeed({ text: "", thoughts: "" })
  if (typeof content === "string") return Result.succeed({ text: content, thoughts: "" })
  const all = { text: "", thoughts: "" }
  for (const part of LooseJson.list(content) ?? [content]) {
    const json = typeof part === "string" ? { text: part } : LooseJson.fields(part)
    if (json === undefined) return malformed("its content is not a text")
    const { text, thinking, type } = json as LooseJson.Fields
    if (!LooseJson.isNothing(thinking)) {
      const inner = contentOf(thinking)
      if (Result.isFailure(inner)) return inner
      all.thoughts += inner.success.text
      continue
    }
    const value = LooseJson.fields(text)?.["value"] ?? text
    if (typeof value === "string") all.text += value
    else if (value !== undefined && value !== null) return malformed("its content is not a text")
    else if (type === undefined || type === "text" || type === "output_text") {
      return malformed("its content is not a text")
    }
  }
  return Result.succeed(all)
}

const refusalMetadata = { openai: { refusal: true } }

const malformedReason = (why: string) =>
  new AiError.InvalidResponseError({ description: `the answer is not a chat completion: ${why}` })

const malformed = (why: string) => Result.fail(malformedReason(why))

const nothing: Read = Result.succeed([])
