/**
 * Anthropic's messages by the letter. What the vendor runs itself (searches, code) only its package reads, so that blocks go along as
 * they came, but for what packages read past: a text or an input that came with the beginning of a block.
 */
import type * as AiError from "effect/ai/AiError"
import * as Result from "effect/Result"
import * as AnthropicBlock from "../llm/anthropic/AnthropicBlock.ts"
import * as AnthropicEvent from "../llm/anthropic/AnthropicEvent.ts"
import type * as EventReader from "../llm/internal/EventReader.ts"
import * as LooseJson from "../llm/internal/LooseJson.ts"
import type { Forms, Written } from "./Forms.ts"

export class MessageForms implements Forms {
  private readonly blocks = new Map<unknown, AnthropicBlock.Block>()
  private hasStopped = false
  private isOver = false
  private answer: LooseJson.Fields | undefined

  readonly event = (json: LooseJson.Fields, name: string | undefined): Written => {
    const failure = AnthropicEvent.failureIn(json, name)
    if (failure !== undefined) return Result.fail(failure)
    const type = AnthropicEvent.typeOf(json, name)
    const event = type === undefined ? json : { ...json, type }
    switch (type) {
      case "message_start":
        return Result.succeed([{ ...event, message: headOf(LooseJson.fields(json["message"]) ?? {}) }])
      case "content_block_start":
        return this.begin(event)
      case "content_block_delta":
        return this.go(event)
      case "content_block_stop":
        return Result.succeed([...this.close(json["index"]), event])
      case "message_delta":
        this.hasStopped ||= LooseJson.text(LooseJson.fields(json["delta"])?.["stop_reason"]) !== undefined
        return Result.succeed([{ ...event, usage: usageOf(json["usage"], ["output_tokens"]) }])
      case "message_stop":
        this.isOver = true
        return Result.succeed([event])
      default:
        return Result.succeed([event])
    }
  }

  /** The package takes no stop reason for the end. */
  readonly end = (): Written => Result.succeed(this.hasStopped && !this.isOver ? [{ type: "message_stop" }] : [])

  readonly reader: EventReader.Reader = {
    // Events where one piece was asked for are passed over: their package could not read them either.
    add: (json, name) => {
      const failure = AnthropicEvent.failureIn(json, name)
      if (failure !== undefined) return Result.fail(failure)
      return AnthropicEvent.typeOf(LooseJson.fields(json) ?? {}, name) === "message" ? this.keep(json) : nothing
    },
    addWhole: (json) => this.keep(json),
    problemOf: AnthropicEvent.problemOf,
    isFinished: () => this.answer !== undefined,
    isWhole: () => this.answer !== undefined,
    isLikelyLast: () => true,
    isEnded: () => this.answer !== undefined,
    end: () => nothing
  }

  private keep(json: unknown): Result.Result<EventReader.Parts, AiError.AiErrorReason> {
    const failure = AnthropicEvent.failureIn(json, undefined) ?? AnthropicEvent.problemOf(json)
    if (failure !== undefined) return Result.fail(failure)
    this.answer = LooseJson.fields(json)
    return nothing
  }

  readonly whole = (): Result.Result<LooseJson.Fields | undefined, AiError.AiErrorReason> => {
    const { answer } = this
    if (answer === undefined) return Result.succeed(undefined)
    const content = AnthropicEvent.contentOf(answer["content"]) ?? []
    return Result.succeed({ ...headOf(answer), type: "message", role: "assistant", content })
  }

  private begin(event: LooseJson.Fields): Written {
    const given = LooseJson.fields(event["content_block"])
    const kind = given === undefined ? undefined : kinds.get(given["type"])
    if (given === undefined || kind === undefined) return Result.succeed([event])
    return Result.map(AnthropicBlock.read(given, { answerTool: undefined, isOffered: () => false }), (began) => {
      if (began === undefined) return [event]
      const place = LooseJson.count(event["index"]) ?? this.blocks.size
      this.blocks.set(place, {
        ...began,
        index: place,
        id: "",
        isOpen: true,
        isHeld: false,
        begun: began.text,
        repeated: ""
      })
      const empty = kind === "call" ? { input: {} } : { [kind]: "" }
      return [
        { ...event, index: place, content_block: { ...given, ...empty } },
        ...kind !== "call" && began.text !== "" ? [deltaOf(place, kind, began.text)] : []
      ]
    })
  }

  private go(event: LooseJson.Fields): Written {
    const delta = LooseJson.fields(event["delta"])
    const block = this.blocks.get(LooseJson.count(event["index"]))
    if (delta === undefined || block === undefined) return Result.succeed([event])
    return Result.map(AnthropicBlock.pieceOf(delta), ({ kind, text }) => {
      if (kind === undefined || kind !== block.kind) return [event]
      // The input is written whole when the block ends.
      if (kind === "call") {
        block.given.add(text)
        return []
      }
      const added = AnthropicBlock.newOf(block, text)
      return added === "" ? [] : [deltaOf(block.index, kind === "text" ? "text" : "thinking", added)]
    })
  }

  private close(index: unknown): ReadonlyArray<LooseJson.Fields> {
    const place = LooseJson.count(index)
    const block = this.blocks.get(place)
    this.blocks.delete(place)
    if (block === undefined) return []
    if (block.kind === "call") {
      const json = AnthropicBlock.argumentsOf(block, false)
      const delta = { type: "input_json_delta", partial_json: json }
      return json === "" ? [] : [{ type: "content_block_delta", index: block.index, delta }]
    }
    const held = AnthropicBlock.heldOf(block)
    return held === "" ? [] : [deltaOf(block.index, block.kind === "text" ? "text" : "thinking", held)]
  }
}

const kinds = new Map<unknown, "text" | "thinking" | "call">([
  ["text", "text"],
  ["thinking", "thinking"],
  ["tool_use", "call"]
])

const deltaOf = (index: number, key: "text" | "thinking", text: string): LooseJson.Fields => ({
  type: "content_block_delta",
  index,
  delta: { type: `${key}_delta`, [key]: text }
})

/** What a message says of itself, without what cannot be. */
const headOf = ({ id, model, usage, ...message }: LooseJson.Fields): LooseJson.Fields => ({
  ...message,
  id: LooseJson.label(id) ?? null,
  model: LooseJson.label(model) ?? null,
  usage: usageOf(usage, ["input_tokens", "output_tokens"])
})

/** Counts that the package demands and no server sent are -1, which `Usage` reads as not measured. */
const usageOf = (given: unknown, demanded: ReadonlyArray<string>): LooseJson.Fields => {
  const usage = LooseJson.fields(given) ?? {}
  const counts = Object.entries(usage).map(([key, value]) =>
    /_tokens$/.test(key) ? [key, LooseJson.count(value) ?? (demanded.includes(key) ? -1 : null)] : [key, value]
  )
  return { ...Object.fromEntries(demanded.map((key) => [key, -1])), ...Object.fromEntries(counts) }
}

const nothing: Result.Result<EventReader.Parts, never> = Result.succeed([])
