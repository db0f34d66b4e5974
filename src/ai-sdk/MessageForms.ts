/**
 * Anthropic's messages by the letter, as `AnthropicAnswer` reads them.
 *
 * 1. Texts and thoughts are passed on as they come. A call of a tool is written whole when it has ended.
 * 2. Blocks that only the vendor's package reads, such as citations, go along as they came; those of tools that the vendor runs only
 *    where the request offers one, as no answer can name another tool.
 * 3. Blocks are counted anew, in the order in which they are written.
 */
import type * as AiError from "effect/ai/AiError"
import type * as Response from "effect/ai/Response"
import * as AiTool from "effect/ai/Tool"
import * as Result from "effect/Result"
import * as AnthropicEvent from "../llm/anthropic/AnthropicEvent.ts"
import * as AnthropicStream from "../llm/anthropic/AnthropicStream.ts"
import { AnthropicAnswer } from "../llm/anthropic/AnthropicWire.ts"
import * as EventReader from "../llm/internal/EventReader.ts"
import * as LooseJson from "../llm/internal/LooseJson.ts"
import type { LlmRequest } from "../llm/LlmProvider.ts"
import * as Decorations from "./Decorations.ts"
import * as EventProgress from "./EventProgress.ts"
import type { Forms, Written } from "./Forms.ts"
import * as Usage from "./Usage.ts"

/** Mends answers in the form of Anthropic's messages before a provider reads them. */
export class MessageForms implements Forms {
  private readonly answer: AnthropicAnswer
  private readonly read: EventReader.Reader
  /** The places of blocks, by the ids of their parts, or by their own places where only the package reads them. */
  private readonly places = new Map<unknown, number>()
  /** The places of blocks that go along as they came. */
  private readonly foreign = new Set<unknown>()
  /** The text or thought that is open, by its id. */
  private open: string | undefined
  private count = 0
  private hasBegun = false
  private head: LooseJson.Fields = {}
  private delta: LooseJson.Fields = {}
  /** The blocks of a whole answer that go along as they came, by how many blocks of ours stand before. */
  private readonly kept: Array<readonly [before: number, block: unknown]> = []
  /** Whether the vendor runs any of the tools. */
  private readonly hasVendorTools: boolean
  readonly reader: EventReader.Reader
  readonly progress: EventReader.Progress
  readonly isWhole = () => this.answer.isWhole
  readonly cost = () => this.answer.counts.costUsd
  private pieces = 0
  /** The first event. */
  private first: unknown

  constructor(request: LlmRequest) {
    this.hasVendorTools = request.tools.some(AiTool.isProviderDefined)
    this.answer = new AnthropicAnswer({ request, answerTool: undefined, details: {} })
    this.read = AnthropicStream.readerOf(this.answer)
    this.progress = { ...this.read, pieces: () => this.pieces }
    this.reader = {
      ...this.read,
      add: (json, name) => (this.note(json), this.read.add(json, name)),
      addWhole: (json) => (this.note(json), this.read.addWhole(json))
    }
  }

  readonly event = (json: LooseJson.Fields, name: string | undefined): Written => {
    this.first ??= json
    this.note(json)
    const along = this.along(json, name)
    if (along !== undefined) {
      if (EventProgress.saysMore(json["delta"] ?? json["content_block"])) this.pieces++
      return Result.succeed([...this.begun(), ...along])
    }
    return Result.map(this.read.add(json, name), (parts) => {
      this.pieces += parts.length
      return [...this.begun(), ...parts.flatMap((part) => this.write(part))]
    })
  }

  readonly end = (): Written => {
    if (!this.read.isFinished()) {
      return Result.fail(this.answer.afterWork(EventReader.unfinished(this.read, this.first)))
    }
    return Result.map(this.read.end(), (parts) => [
      ...this.begun(),
      ...parts.flatMap((part) => this.write(part)),
      {
        ...this.delta,
        type: "message_delta",
        delta: { ...LooseJson.fields(this.delta["delta"]), stop_reason: this.answer.stop ?? null },
        usage: { ...LooseJson.fields(this.head["usage"]), ...this.counted() }
      },
      { type: "message_stop" }
    ])
  }

  readonly whole = (): Result.Result<LooseJson.Fields, AiError.AiErrorReason> =>
    Result.map(this.answer.whole(), (parts) => {
      const content: Array<unknown> = parts.flatMap((part) => this.blockOf(part))
      for (const [before, block] of this.kept.toReversed()) content.splice(before, 0, block)
      return {
        ...this.head,
        type: "message",
        role: "assistant",
        content,
        stop_reason: this.answer.stop ?? null,
        usage: { ...LooseJson.fields(this.head["usage"]), ...this.counted() }
      }
    })

  /** Keeps what a message says beside its content. */
  private note(body: unknown): void {
    const json = LooseJson.fields(body)
    if (json === undefined) return
    const message = LooseJson.fields(json["message"]) ??
      (AnthropicEvent.contentIn(json) === undefined ? undefined : json)
    const { content, error: _error, id, model, usage: _, ...more } = message ?? {}
    const usage = {
      ...LooseJson.fields(this.head["usage"]),
      ...countsIn(json["usage"]),
      ...countsIn(message?.["usage"])
    }
    this.head = {
      ...this.head,
      ...Decorations.readable(more, Decorations.ofMessage),
      id: LooseJson.label(id ?? this.head["id"]) ?? null,
      usage
    }
    this.head = { ...this.head, model: LooseJson.label(model ?? this.head["model"]) ?? null }
    if (json["type"] === "message_delta") {
      const { error: _error, ...rest } = Decorations.readable(json, Decorations.ofMessage)
      const delta = Decorations.readable(LooseJson.fields(json["delta"]) ?? {}, Decorations.ofMessage)
      this.delta = { ...this.delta, ...rest, delta: { ...LooseJson.fields(this.delta["delta"]), ...delta } }
    }
    if (message === json) this.keep(content)
  }

  private keep(content: unknown): void {
    let before = 0
    for (const block of AnthropicEvent.contentOf(content) ?? []) {
      if (this.isForeign(block)) this.kept.push([before + this.kept.length, block])
      else if (LooseJson.fields(block)?.["text"] !== "") before++
    }
  }

  /** Whether only the vendor's package reads a block. */
  private isForeign(given: unknown): boolean {
    const { caller, citations, type } = LooseJson.fields(given) ?? {}
    if (typeof type !== "string") return false
    if (ofVendorTools.test(type)) return this.hasVendorTools
    if (type === "tool_use") return Decorations.isCaller(caller)
    return ofVendor.test(type)
      || (!LooseJson.isNothing(citations) && LooseJson.list(citations)?.every(Decorations.isCitation) === true)
  }

  /** An event that only the package reads, as it came. */
  private along(json: LooseJson.Fields, name: string | undefined): ReadonlyArray<LooseJson.Fields> | undefined {
    const place = LooseJson.count(json["index"])
    switch (AnthropicEvent.typeOf(json, name)) {
      case "content_block_start": {
        if (!this.isForeign(json["content_block"])) {
          this.foreign.delete(place)
          return undefined
        }
        this.foreign.add(place)
        this.places.set(place, this.count)
        const ended = this.ended()
        // The reader passes over it by itself, and over its pieces.
        const read = this.read.add(json, name)
        return Result.isFailure(read) ? undefined : [...ended, { ...json, index: this.count++ }]
      }
      case "content_block_stop":
      case "content_block_delta": {
        if (this.foreign.has(place)) return [{ ...json, index: this.places.get(place) }]
        const isCitation = Decorations.isCitation(LooseJson.fields(json["delta"])?.["citation"])
        return isCitation && this.open !== undefined ? [{ ...json, index: this.places.get(this.open) }] : undefined
      }
      default:
        return undefined
    }
  }

  private begun(): ReadonlyArray<LooseJson.Fields> {
    if (this.hasBegun) return []
    this.hasBegun = true
    const usage = { input_tokens: -1, ...LooseJson.fields(this.head["usage"]) }
    return [{ type: "message_start", message: { ...this.head, content: [], stop_reason: null, usage } }]
  }

  private ended(): ReadonlyArray<LooseJson.Fields> {
    const { open } = this
    this.open = undefined
    return open === undefined ? [] : [{ type: "content_block_stop", index: this.places.get(open) }]
  }

  private write(part: Response.StreamPartEncoded): ReadonlyArray<LooseJson.Fields> {
    switch (part.type) {
      case "text-start":
        return this.begin(part.id, { type: "text", text: "" })
      case "reasoning-start":
        return this.begin(part.id, { type: "thinking", thinking: "" })
      case "text-delta":
        return this.go(part.id, { type: "text_delta", text: part.delta })
      case "reasoning-delta":
        return this.go(part.id, { type: "thinking_delta", thinking: part.delta })
      case "text-end":
        return this.open === part.id ? this.ended() : []
      case "reasoning-end": {
        const { data, signature } = thoughtOf(part)
        // What only Anthropic can read has no other text.
        const redacted = data === undefined
          ? []
          : this.begin(`${part.id} redacted`, { type: "redacted_thinking", data })
        const signed = signature === undefined ? [] : this.go(part.id, { type: "signature_delta", signature })
        return [...signed, ...redacted, ...this.ended()]
      }
      case "tool-call":
        return this.callOf(part.id, part.name)
      default:
        return []
    }
  }

  private begin(id: string, block: LooseJson.Fields): ReadonlyArray<LooseJson.Fields> {
    const ended = this.ended()
    this.open = id
    this.places.set(id, this.count)
    return [...ended, { type: "content_block_start", index: this.count++, content_block: block }]
  }

  /** A piece. Blocks that come between each other are written one after the other. */
  private go(id: string, delta: LooseJson.Fields): ReadonlyArray<LooseJson.Fields> {
    const begun = this.open === id ? [] : this.begin(
      id,
      delta["type"] === "text_delta" ? { type: "text", text: "" } : { type: "thinking", thinking: "" }
    )
    return [...begun, { type: "content_block_delta", index: this.places.get(id), delta }]
  }

  private callOf(id: string, name: string): ReadonlyArray<LooseJson.Fields> {
    const ended = this.ended()
    const index = this.count++
    const json = this.answer.argumentsOf(id)
    return [
      ...ended,
      { type: "content_block_start", index, content_block: { type: "tool_use", id, name, input: {} } },
      ...json === ""
        ? []
        : [{ type: "content_block_delta", index, delta: { type: "input_json_delta", partial_json: json } }],
      { type: "content_block_stop", index }
    ]
  }

  private blockOf(part: Response.PartEncoded): ReadonlyArray<LooseJson.Fields> {
    switch (part.type) {
      case "text":
        return [{ type: "text", text: part.text }]
      case "reasoning": {
        const { data, signature } = thoughtOf(part)
        return data === undefined
          ? [{ type: "thinking", thinking: part.text, signature: signature ?? "" }]
          : [{ type: "redacted_thinking", data }]
      }
      case "tool-call": {
        const json = this.answer.argumentsOf(part.id)
        const input = LooseJson.fields(Result.getOrUndefined(Result.try(() => LooseJson.parse(json))))
        return [{ type: "tool_use", id: part.id, name: part.name, input: input ?? json }]
      }
      default:
        return []
    }
  }

  /** Counts that the package demands and no server sent are -1, which `Usage` reads as not measured. */
  private counted() {
    const { cacheRead, cacheWrite, input, output } = this.answer.counts
    return {
      input_tokens: input ?? -1,
      output_tokens: output ?? -1,
      ...(cacheRead === undefined ? {} : { cache_read_input_tokens: cacheRead }),
      ...(cacheWrite === undefined ? {} : { cache_creation_input_tokens: cacheWrite })
    }
  }
}

const ofVendorTools = /^(?:server|mcp)_|_result$/

const ofVendor = /^compaction$|^fallback/

const thoughtOf = ({ metadata }: { readonly metadata?: unknown }) => {
  const own = LooseJson.fields(LooseJson.fields(metadata)?.["anthropic"])
  return { data: LooseJson.text(own?.["redactedData"]), signature: LooseJson.text(own?.["signature"]) }
}

/** The usage of a message, as a package reads it. */
const countsIn = (given: unknown): LooseJson.Fields =>
  Usage.readable(Decorations.readable(LooseJson.fields(given) ?? {}, Decorations.ofMessageUsage))
