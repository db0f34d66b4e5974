/**
 * Answers in the format of Anthropic's messages: whole, and in pieces.
 *
 * 1. What an answer needs (text, calls, finish, failure) is read in every form that servers send, and nothing else is: a
 *    text that is a number is a failure.
 * 2. Everything else (id, model, usage) may be missing or strange, and is then not there.
 * https://docs.anthropic.com/en/api/messages and https://docs.anthropic.com/en/api/messages-streaming
 */
import * as AiError from "effect/ai/AiError"
import type * as Response from "effect/ai/Response"
import * as Result from "effect/Result"
import * as AnswerWork from "../internal/AnswerWork.ts"
import * as CallIds from "../internal/CallIds.ts"
import type { Parts } from "../internal/EventReader.ts"
import * as FinishReason from "../internal/FinishReason.ts"
import * as LooseJson from "../internal/LooseJson.ts"
import * as ToolWire from "../internal/ToolWire.ts"
import * as LlmHttpError from "../LlmHttpError.ts"
import type { LlmRequest } from "../LlmProvider.ts"
import * as LlmWire from "../LlmWire.ts"
import * as AnthropicBlock from "./AnthropicBlock.ts"
import * as AnthropicEvent from "./AnthropicEvent.ts"
import { AnthropicUsage } from "./AnthropicUsage.ts"

/** What is known besides the answer. @category models */
export interface Context {
  readonly request: LlmRequest
  /** The tool whose input is the answer, if there is one. */
  readonly answerTool: string | undefined
  /** What the `finish` part says about the response. */
  readonly details: Pick<Response.FinishPartEncoded, "response">
}

type Read = Result.Result<Parts, AiError.AiErrorReason>

/** One answer, as far as it has come. @category reading */
export class AnthropicAnswer {
  private readonly context: Context
  private readonly ids: CallIds.CallIds
  /** In the order in which they came. */
  private readonly blocks: Array<AnthropicBlock.Block> = []
  /** The places of blocks that are not read here, such as tools that the vendor runs. */
  private readonly unread = new Set<number | undefined>()
  /** Whether the block that began last is one of those. */
  private isLastUnread = false
  /** The content of `message_start`, until it is clear that no events say it again. */
  private held: ReadonlyArray<unknown> = []
  private metadata: Response.ResponseMetadataPartEncoded | undefined
  private explanation = ""
  private readonly usage = new AnthropicUsage()
  private isShown = false
  /** Whether all of it came in one piece. */
  isWhole = false
  /** Why the answer ended, in the vendor's word. */
  stop: string | undefined
  /** Whether the stop reason came behind the content, and nothing behind it. */
  isStopLast = false
  /** Whether `message_stop` came. */
  isStopped = false

  constructor(context: Context) {
    this.context = context
    this.ids = CallIds.make(context.request.prompt)
  }

  /** What was counted so far. */
  get counts(): AnthropicUsage["counts"] {
    return this.usage.counts
  }

  /** A failure of this answer, with the work that was done for it. */
  afterWork(reason: AiError.AiErrorReason): AiError.AiErrorReason {
    return AnswerWork.after(reason, this.usage.counts, "anthropic", this.blocks.length === 0)
  }

  /** Reads an event, and gives what of the answer can be passed on. */
  add(body: unknown, event?: string): Read {
    this.usage.add(LooseJson.fields(body)?.["usage"])
    const error = AnthropicEvent.failureIn(body, event)
    if (error !== undefined) return Result.fail(error)
    const json = LooseJson.fields(body)
    if (json === undefined) return malformed("an event is not an object")
    switch (AnthropicEvent.typeOf(json, event)) {
      case "message":
        return this.addWhole(json)
      case "message_start": {
        const message = LooseJson.fields(json["message"]) ?? {}
        this.metadata ??= AnthropicEvent.metadataOf(message)
        this.usage.add(message["usage"])
        this.readStop(message)
        if (this.blocks.length === 0) this.held = AnthropicEvent.contentOf(message["content"]) ?? []
        return nothing
      }
      case "content_block_start": {
        if ((LooseJson.count(json["index"]) ?? Infinity) < this.held.length) this.held = []
        return this.behindHeld(() => this.begin(json["index"], json["content_block"]))
      }
      case "content_block_delta":
        return this.behindHeld(() => this.go(json["index"], json["delta"]))
      case "content_block_stop":
        return this.close(this.blockAt(json["index"]))
      case "message_delta":
        this.readStop(LooseJson.fields(json["delta"]) ?? {})
        this.isStopLast = this.stop !== undefined && this.blocks.length > 0
        return nothing
      case "message_stop":
        this.isStopped = true
        return nothing
      default:
        return nothing
    }
  }

  /** Reads an answer in one piece. */
  addWhole(body: unknown): Read {
    this.usage.add(LooseJson.fields(body)?.["usage"])
    const error = AnthropicEvent.failureIn(body, undefined)
    if (error !== undefined) return Result.fail(error)
    const [json, content] = [LooseJson.fields(body), AnthropicEvent.contentIn(body)]
    if (json === undefined || content === undefined) return Result.fail(AnthropicEvent.holdsNothing(body))
    this.metadata ??= AnthropicEvent.metadataOf(json)
    this.readStop(json)
    this.isStopped = true
    this.isWhole = true
    // An answer in one event behind its pieces says them again.
    return this.blocks.length > 0 ? nothing : this.addContent(content, true)
  }

  private addContent(content: ReadonlyArray<unknown>, isClosed: boolean): Read {
    const parts: Array<Response.StreamPartEncoded> = []
    for (const [index, one] of content.entries()) {
      const read = Result.flatMap(
        this.begin(index, one),
        (begun) =>
          isClosed
            ? Result.map(this.close(this.blockAt(index)), (closed) => [...begun, ...closed])
            : Result.succeed(begun)
      )
      if (Result.isFailure(read)) return read
      parts.push(...read.success)
    }
    return Result.succeed(parts)
  }

  /** What `then` reads, behind the content of the beginning. */
  private behindHeld(then: () => Read): Read {
    const { held } = this
    this.held = []
    if (held.length === 0) return then()
    return Result.flatMap(
      this.addContent(held, false),
      (before) => Result.map(then(), (behind) => [...before, ...behind])
    )
  }

  /** The whole answer, when all of it was added. */
  whole(): Result.Result<Array<Response.PartEncoded>, AiError.AiErrorReason> {
    const held = this.behindHeld(() => nothing)
    if (Result.isFailure(held)) return Result.fail(held.failure)
    const failure = this.failure()
    if (failure !== undefined) return Result.fail(failure)
    const parts: Array<Response.PartEncoded> = [this.metadata ?? { type: "response-metadata" }]
    for (const block of this.blocks) {
      const text = AnthropicBlock.textOf(block)
      if (block.kind === "reasoning") {
        parts.push({ type: "reasoning", text: block.text, ...AnthropicBlock.thoughtMetadata(block) })
      } else if (block.kind === "call") {
        if (AnthropicBlock.isSaidBefore(block, this.blocks)) continue
        const call = this.callOf(block)
        if (Result.isFailure(call)) return Result.fail(call.failure)
        parts.push(call.success)
      } else if (text !== "") parts.push({ type: "text", text })
    }
    return Result.succeed([...parts, this.finishPart()])
  }

  /** The last parts of a stream. */
  end(): Read {
    const held = this.behindHeld(() => nothing)
    if (Result.isFailure(held)) return held
    const failure = this.failure()
    if (failure !== undefined) return Result.fail(failure)
    const parts = [...held.success]
    for (const block of this.blocks) {
      const closed = this.close(block, true)
      if (Result.isFailure(closed)) return closed
      parts.push(...closed.success)
    }
    return Result.succeed([...this.isShown ? [] : this.first(), ...parts, this.finishPart()])
  }

  private begin(index: unknown, given: unknown): Read {
    const read = AnthropicBlock.read(given, {
      answerTool: this.context.answerTool,
      isOffered: (name) => ToolWire.of(this.context.request).find(name) !== undefined
    })
    if (Result.isFailure(read)) return Result.fail(read.failure)
    const began = read.success
    this.isLastUnread = began === undefined
    if (began === undefined) {
      this.unread.add(LooseJson.count(index))
      return nothing
    }
    this.unread.delete(LooseJson.count(index))
    const at = LooseJson.count(index) ?? this.blocks.length
    const known = this.blocks.findLast((block) => block.index === at)
    // An event that came twice.
    if (
      known !== undefined && known.isOpen && known.kind === began.kind && known.vendorId === began.vendorId
      && known.name === began.name && (known.vendorId !== undefined || known.given.isEmpty)
    ) return nothing
    const { kind } = began
    const id = kind === "call" ? this.ids.unique(began.vendorId ?? `call-${at}`) : `${kind}-${this.blocks.length}`
    const block: AnthropicBlock.Block = {
      ...began,
      index: at,
      id,
      isOpen: true,
      isHeld: false,
      begun: began.text,
      repeated: ""
    }
    this.blocks.push(block)
    const name = ToolWire.of(this.context.request).find(block.name)?.tool.name ?? block.name
    return Result.succeed(this.shown(
      block.kind === "call"
        ? [{ type: "tool-params-start", id, name }]
        : [{ type: `${block.kind}-start`, id }, ...AnthropicBlock.deltaOf(block, block.text)]
    ))
  }

  private go(index: unknown, given: unknown): Read {
    const delta = LooseJson.fields(given)
    if (delta === undefined) return malformed("a piece is not an object")
    const piece = AnthropicBlock.pieceOf(delta)
    if (Result.isFailure(piece)) return Result.fail(piece.failure)
    const { kind, signature, text } = piece.success
    if (kind === undefined && signature === "") return nothing
    const fits = (block: AnthropicBlock.Block | undefined) =>
      block !== undefined
      && (kind === undefined || block.kind === kind || (kind === "call" && block.name !== ""))
    const place = LooseJson.count(index)
    if (place === undefined ? this.isLastUnread : this.unread.has(place)) return nothing
    const at = this.blockAt(index)
    const block = fits(at) ? at : this.blocks.findLast((block) => block.isOpen && fits(block))
    if (block === undefined) {
      // Its beginning was lost, or never sent.
      return kind === undefined || kind === "call"
        ? kind === undefined ? nothing : malformed("a piece of a tool call has no beginning")
        : Result.flatMap(
          this.begin(index, AnthropicBlock.empty(kind)),
          (begun) => Result.map(this.go(index, given), (gone) => [...begun, ...gone])
        )
    }
    if (signature !== block.signature) block.signature += signature
    if (text === "") return nothing
    const added = kind === "call" ? block.given.add(text) : AnthropicBlock.newOf(block, text)
    if (kind !== "call") block.text += added
    // What only repeats the input of the beginning says nothing.
    const isShown = kind !== "call" || block.input === "" || !block.given.isEmpty
    return Result.succeed(this.shown(isShown ? AnthropicBlock.deltaOf(block, added) : []))
  }

  private close(block: AnthropicBlock.Block | undefined, isLast = false): Read {
    if (block === undefined || !(block.isOpen || (isLast && block.isHeld))) return nothing
    block.isOpen = false
    const held = AnthropicBlock.heldOf(block)
    block.text += held
    if ((block.isHeld = !isLast && AnthropicBlock.mayGrow(block))) return nothing
    const { id, kind } = block
    if (kind !== "call") {
      const rest = [...AnthropicBlock.deltaOf(block, held), ...AnthropicBlock.rest(block)]
      return Result.succeed([...rest, {
        type: `${kind}-end` as const,
        id,
        ...kind === "reasoning" ? AnthropicBlock.thoughtMetadata(block) : {}
      }])
    }
    return Result.map(this.callOf(block), (call) => [
      ...AnthropicBlock.rest(block),
      { type: "tool-params-end", id },
      ...AnthropicBlock.isSaidBefore(block, this.blocks) ? [] : [call]
    ])
  }

  /** The arguments of a call, as they came. */
  argumentsOf(id: string): string {
    const block = this.blocks.find((block) => block.id === id)
    return block === undefined ? "" : AnthropicBlock.argumentsOf(block, this.isWhole)
  }

  private callOf(block: AnthropicBlock.Block): Result.Result<Response.ToolCallPartEncoded, AiError.AiErrorReason> {
    return ToolWire.callOf(this.context.request, block.id, block.name, AnthropicBlock.argumentsOf(block, this.isWhole))
  }

  /** Events that do not say which block they belong to belong to the last. */
  private blockAt(index: unknown): AnthropicBlock.Block | undefined {
    const at = LooseJson.count(index)
    return this.blocks.findLast((block) => at === undefined ? block.isOpen : block.index === at)
  }

  /** Nothing is passed on before the first content, so that a vendor that fails before it can be asked again. */
  private shown(parts: Parts): Parts {
    if (parts.length > 0) {
      this.isStopLast = false
      this.usage.came()
    }
    return parts.length === 0 || this.isShown ? parts : [...this.first(), ...parts]
  }

  private first(): Parts {
    this.isShown = true
    return [this.metadata ?? { type: "response-metadata" }]
  }

  private readStop(json: LooseJson.Fields): void {
    this.stop = FinishReason.wordIn(json["stop_reason"])?.trim() || this.stop
    this.explanation = LooseJson.text(LooseJson.fields(json["stop_details"])?.["explanation"]) ?? this.explanation
  }

  private failure(): AiError.AiErrorReason | undefined {
    const isEmpty = this.blocks.every((block) => block.kind !== "call" && AnthropicBlock.textOf(block) === "")
    if (FinishReason.isError(this.stop, isEmpty)) return LlmHttpError.endedWith(this.stop)
    if (this.stop === "refusal" && this.context.request.responseFormat.type === "json") {
      return LlmWire.refused(this.explanation || this.blocks.map(AnthropicBlock.textOf).join(""))
    }
    if (this.stop === undefined && this.blocks.length === 0) {
      return LlmHttpError.unanswered("the answer is not a message: it says nothing")
    }
    return FinishReason.isToolCalls(this.stop) && !this.blocks.some(AnthropicBlock.isToolUse)
      ? LlmHttpError.unanswered("the answer ended to call tools, and holds no call")
      : undefined
  }

  private finishPart(): Response.FinishPartEncoded {
    return {
      type: "finish",
      reason: FinishReason.of(this.stop, this.blocks.some(({ kind }) => kind === "call")),
      ...this.usage.finish(),
      ...this.context.details
    }
  }
}

const malformed = (why: string) =>
  Result.fail(new AiError.InvalidResponseError({ description: `the answer is not a message: ${why}` }))
const nothing: Read = Result.succeed([])
