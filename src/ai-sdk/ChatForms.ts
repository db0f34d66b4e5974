/**
 * Chat completions by the letter, as `OpenAiAnswer` reads them.
 *
 * 1. Texts are passed on as they come. Calls of tools are written whole behind the last event, as only then it is clear what
 *    belongs to which.
 * 2. Counts are written at the end once more, as they add up.
 * 3. Fields that the reader does not know go along as they came, unless a package could not read them: see `Decorations`.
 */
import type * as AiError from "effect/ai/AiError"
import * as Result from "effect/Result"
import * as EventReader from "../llm/internal/EventReader.ts"
import * as LooseJson from "../llm/internal/LooseJson.ts"
import * as TokenCounts from "../llm/internal/TokenCounts.ts"
import type { LlmRequest } from "../llm/LlmProvider.ts"
import * as OllamaBody from "../llm/openai/OllamaBody.ts"
import * as OpenAiChoice from "../llm/openai/OpenAiChoice.ts"
import * as OpenAiMetadata from "../llm/openai/OpenAiMetadata.ts"
import * as OpenAiStream from "../llm/openai/OpenAiStream.ts"
import * as OpenAiUsage from "../llm/openai/OpenAiUsage.ts"
import { OpenAiAnswer } from "../llm/openai/OpenAiWire.ts"
import * as Decorations from "./Decorations.ts"
import type { Forms, Written } from "./Forms.ts"
import * as Usage from "./Usage.ts"

/** Mends answers in the form of chat completions before a provider reads them. */
export class ChatForms implements Forms {
  private readonly answer: OpenAiAnswer
  private readonly read: EventReader.Reader
  /** The last event that had a choice, or the whole answer. */
  private frame: LooseJson.Fields = {}
  private usage: LooseJson.Fields = {}
  readonly reader: EventReader.Reader
  readonly progress: EventReader.Progress
  readonly isWhole = () => this.answer.hasMessage
  readonly cost = () => this.answer.counts.costUsd
  private pieces = 0
  /** The first event. */
  private first: unknown

  constructor(request: LlmRequest) {
    this.answer = new OpenAiAnswer({ request, server: "", details: {} })
    this.read = OpenAiStream.readerOf(this.answer)
    this.progress = { ...this.read, pieces: () => this.pieces }
    this.reader = {
      ...this.read,
      add: (json, name) => (this.note(OllamaBody.asCompletion(json, false)), this.read.add(json, name)),
      addWhole: (json) => (this.note(OllamaBody.asCompletion(json, true)), this.read.addWhole(json))
    }
  }

  readonly event = (given: LooseJson.Fields, name: string | undefined): Written => {
    const json = LooseJson.fields(OllamaBody.asCompletion(given, false)) ?? given
    this.first ??= json
    const before = this.answer.said
    const choice = this.note(json)
    return Result.map(this.read.add(json, name), (parts) => {
      this.pieces += parts.length
      const { choices: _choices, ...head } = headOf(json)
      if (choice === undefined) return [{ ...head, choices: [], ...this.counted() }]
      const { delta, message, ...rest } = choice
      const given = LooseJson.fields(delta) ?? LooseJson.fields(message) ?? {}
      return [{
        ...head,
        choices: [{
          ...choiceOf(rest),
          delta: { ...extrasOf(given), ...this.saidSince(before) },
          finish_reason: this.finishFor(OpenAiChoice.finishOf(choice)) ?? null
        }]
      }]
    })
  }

  readonly end = (): Written => {
    const before = this.answer.said
    if (!this.read.isFinished()) {
      return Result.fail(this.answer.afterWork(EventReader.unfinished(this.read, this.first)))
    }
    return Result.map(this.read.end(), () => {
      const calls = this.calls.map((call, index) => ({ index, ...call }))
      const delta = { ...this.saidSince(before), ...(calls.length === 0 ? {} : { tool_calls: calls }) }
      const finish = { index: 0, delta, finish_reason: this.finishFor(this.answer.finish) ?? null }
      return [{ ...headOf(this.frame), choices: [finish], ...this.counted() }]
    })
  }

  readonly whole = (): Result.Result<LooseJson.Fields, AiError.AiErrorReason> =>
    Result.map(this.answer.whole(), () => {
      const { message, ...choice } = OpenAiChoice.listIn(this.frame)?.find(OpenAiChoice.isFirst) ?? {}
      const { refusal, text, thought } = this.answer.said
      const { calls } = this
      return {
        ...headOf(this.frame),
        choices: [{
          ...choiceOf(choice),
          message: {
            ...extrasOf(LooseJson.fields(message) ?? {}),
            role: "assistant",
            content: text === "" ? null : text,
            ...(thought === "" ? {} : { reasoning_content: thought }),
            ...(refusal === "" ? {} : { refusal }),
            ...(calls.length === 0 ? {} : { tool_calls: calls })
          },
          finish_reason: this.finishFor(this.answer.finish) ?? null
        }],
        ...this.counted()
      }
    })

  /** Keeps what an event says beside the answer, and gives its choice. */
  private note(body: unknown): LooseJson.Fields | undefined {
    const json = LooseJson.fields(LooseJson.list(body)?.[0] ?? body) ?? {}
    const choice = OpenAiChoice.listIn(json)?.find(OpenAiChoice.isFirst)
    if (choice !== undefined || this.frame["choices"] === undefined) this.frame = { ...this.frame, ...json }
    this.usage = { ...this.usage, ...Usage.readable(LooseJson.fields(OpenAiUsage.usageIn(json)) ?? {}) }
    return choice
  }

  private get calls(): ReadonlyArray<LooseJson.Fields> {
    return this.answer.toolCalls.map((call) => Decorations.readable(call, Decorations.ofCall))
  }

  /** The vendor's finish word. An answer that refuses is `content_filter`, because some vendors end it with `stop`. */
  private finishFor(word: string | undefined): string | undefined {
    return word !== undefined && this.answer.said.refusal !== "" ? "content_filter" : word
  }

  private saidSince(before: OpenAiAnswer["said"]) {
    const { refusal, text, thought } = this.answer.said
    return {
      role: "assistant",
      content: text.slice(before.text.length),
      ...(thought.length === before.thought.length ? {} : { reasoning_content: thought.slice(before.thought.length) }),
      ...(refusal.length === before.refusal.length ? {} : { refusal: refusal.slice(before.refusal.length) })
    }
  }

  /** The usage so far, where anything was counted. What was not is -1, which `Usage` reads as not measured. */
  private counted(): { readonly usage?: LooseJson.Fields } {
    const { inputTokens: { cacheRead, cacheWrite, total: input }, outputTokens: { reasoning, total: output } } =
      TokenCounts.usageOf(this.answer.counts, "input")
    const { total_tokens: _, ...others } = this.usage
    if (Object.keys(this.usage).length === 0 && input === undefined && output === undefined) return {}
    return {
      usage: {
        ...others,
        prompt_tokens: input ?? -1,
        completion_tokens: output ?? -1,
        prompt_tokens_details: {
          ...LooseJson.fields(others["prompt_tokens_details"]),
          cached_tokens: cacheRead ?? -1,
          ...(cacheWrite === undefined ? {} : { cache_write_tokens: cacheWrite })
        },
        completion_tokens_details: {
          ...LooseJson.fields(others["completion_tokens_details"]),
          reasoning_tokens: reasoning ?? -1
        },
        ...(input === undefined || output === undefined ? {} : { total_tokens: input + output })
      }
    }
  }
}

/** What is said of the answer, without what cannot be. */
const headOf = (
  { created, error: _error, id: _id, model, usage: _usage, ...json }: LooseJson.Fields
): LooseJson.Fields => {
  const { id, modelId, timestamp } = OpenAiMetadata.metadataOf({ id: _id, model, created })
  return {
    ...json,
    ...(id === undefined ? {} : { id }),
    ...(modelId === undefined ? {} : { model: modelId }),
    ...(timestamp === undefined ? {} : { created: Math.floor(Date.parse(timestamp) / 1_000) })
  }
}

const choiceOf = (
  { error: _error, finishReason: _finishReason, text: _text, usage: _usage, ...choice }: LooseJson.Fields
): LooseJson.Fields => ({ ...Decorations.readable(choice, Decorations.ofChoice), index: 0 })

/** What stands in a message beside what is said. */
const extrasOf = (message: LooseJson.Fields): LooseJson.Fields =>
  Decorations.readable(
    Object.fromEntries(Object.entries(message).filter(([key]) => !said.has(key))),
    Decorations.ofChatMessage
  )

const said = new Set([
  "role",
  "content",
  "reasoning",
  "reasoning_content",
  "thinking",
  "refusal",
  "tool_calls",
  "function_call",
  "audio",
  "parsed"
])
