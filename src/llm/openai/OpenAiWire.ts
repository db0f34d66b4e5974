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
import * as AnswerWork from "../internal/AnswerWork.ts"
import * as EventReader from "../internal/EventReader.ts"
import * as FinishReason from "../internal/FinishReason.ts"
import * as LooseJson from "../internal/LooseJson.ts"
import * as StatedCost from "../internal/StatedCost.ts"
import * as TokenCounts from "../internal/TokenCounts.ts"
import * as VendorError from "../internal/VendorError.ts"
import * as LlmHttpError from "../LlmHttpError.ts"
import type { LlmRequest } from "../LlmProvider.ts"
import * as LlmWire from "../LlmWire.ts"
import { type Ended, OpenAiCalls } from "./OpenAiCalls.ts"
import * as OpenAiChoice from "./OpenAiChoice.ts"
import * as OpenAiContent from "./OpenAiContent.ts"
import * as OpenAiMetadata from "./OpenAiMetadata.ts"
import * as OpenAiThoughts from "./OpenAiThoughts.ts"
import * as OpenAiUsage from "./OpenAiUsage.ts"

/** What is known besides the answer. @category models */
export interface Context {
  readonly request: LlmRequest
  /** Which server answers: what a vendor wants to have back goes to the same one only. */
  readonly server: string
  /** What the `finish` part says about the response. */
  readonly details: Pick<Response.FinishPartEncoded, "response">
}

type Read = Result.Result<EventReader.Parts, AiError.AiErrorReason>

/** One answer, as far as it has come. @category reading */
export class OpenAiAnswer {
  private readonly context: Context
  private readonly calls: OpenAiCalls
  private readonly thoughts = new OpenAiThoughts.OpenAiThoughts()
  private metadata: Response.ResponseMetadataPartEncoded | undefined
  private text = ""
  private refusal = ""
  private extra: LooseJson.Fields = {}
  private readonly usage = new TokenCounts.Reports()
  private isShown = false
  private hasEmptyCalls = false
  private hasMessagePieces = false
  /** Whether the messages of a stream say all so far, once that is clear. */
  private grows: boolean | undefined
  private readonly open = new Set<"text" | "reasoning">()
  /** Pieces of other choices than the first, which are read where no first one comes. */
  private others: Array<LooseJson.Fields> = []
  private hasFirst = false
  /** Why the answer ended, in the vendor's word. */
  finish: string | undefined
  /** Whether it was read as one piece. */
  isWhole = false
  /** Whether a whole message came. */
  hasMessage = false
  /** Whether the finish stood alone, behind the content. */
  isFinishAlone = false

  constructor(context: Context) {
    this.context = context
    this.calls = new OpenAiCalls(context.request, context.server)
  }

  /** Whether a reason for its end came. */
  get isFinished(): boolean {
    return this.finish !== undefined ||
      (!this.hasFirst && this.others.some((choice) => OpenAiChoice.finishOf(choice) !== undefined))
  }

  /** Reads a whole answer, or a piece of one, and gives what of it can be passed on. */
  add(body: unknown, event?: string): Read {
    const json = LooseJson.fields(LooseJson.list(body)?.[0] ?? body)
    const usage = json && (OpenAiUsage.usageIn(json) ?? OpenAiChoice.listIn(json)?.[0]?.["usage"])
    if (usage !== undefined) this.usage.add(OpenAiUsage.countsOf(usage))
    const error = VendorError.find(body, isAnswer)
    if (error !== undefined) return Result.fail(LlmHttpError.fromVendor(error))
    if (event === "error") return Result.fail(LlmHttpError.fromVendor(VendorError.of(json ?? String(body), {})))
    if (json === undefined) return malformed("it is not an object")
    const metadata = OpenAiMetadata.metadataOf(json)
    if (this.metadata === undefined || Object.keys(metadata).length > Object.keys(this.metadata).length) {
      this.metadata = metadata
    }
    const choices = OpenAiChoice.listIn(json)
    if (choices === undefined && !LooseJson.isAbsent(json["choices"])) {
      return malformed("its choices are not a list of objects")
    }
    const choice = choices?.find(OpenAiChoice.isFirst)
    if (choice !== undefined) return this.addChoice(choice, json["object"])
    if (!this.hasFirst && choices !== undefined) this.others.push(...choices)
    return nothing
  }

  /** What was said so far. */
  get said(): { readonly text: string; readonly thought: string; readonly refusal: string } {
    return { text: this.text, thought: this.thoughts.text, refusal: this.refusal }
  }

  /** The calls so far, as a message holds them. */
  get toolCalls(): ReadonlyArray<LooseJson.Fields> {
    return this.calls.entries()
  }

  /** What was counted so far. */
  get counts(): TokenCounts.TokenCounts {
    return this.usage.counts
  }

  /** A failure of this answer, with the work that was done for it. */
  afterWork(reason: AiError.AiErrorReason): AiError.AiErrorReason {
    return AnswerWork.after(reason, this.usage.counts, "openai", this.isEmpty)
  }

  /** `add` for an answer in one piece, which must hold a message. */
  addWhole(body: unknown): Read {
    this.isWhole = true
    return Result.flatMap(this.add(body), (parts) => {
      const problem = problemOf(body)
      return problem === undefined ? Result.succeed(parts) : Result.fail(problem)
    })
  }

  /** The whole answer, when all of it was added. */
  whole(): Result.Result<Array<Response.PartEncoded>, AiError.AiErrorReason> {
    return Result.map(Result.flatMap(this.addOthers(), () => this.ended()), (calls) => [
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
    const others = this.addOthers()
    if (Result.isFailure(others)) return others
    return Result.map(this.ended(), (calls) => [
      ...others.success,
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
    if (FinishReason.isError(this.finish, this.isEmpty && !this.hasEmptyCalls)) {
      return Result.fail(LlmHttpError.endedWith(this.finish))
    }
    if (this.refusal !== "" && this.context.request.responseFormat.type === "json") {
      return Result.fail(LlmWire.refused(this.refusal))
    }
    if (this.calls.size === 0 && !this.hasEmptyCalls && FinishReason.isToolCalls(this.finish)) {
      return Result.fail(LlmHttpError.unanswered("the answer ended to call tools, and holds no call"))
    }
    if (this.isEmpty && this.thoughts.isEmpty && this.finish === undefined) {
      return Result.fail(unansweredReason("it says nothing"))
    }
    return this.calls.end()
  }

  /** Reads the choice with the lowest index, where the first did not come. */
  private addOthers(): Read {
    const { others } = this
    if (this.hasFirst || others.length === 0) return nothing
    this.others = []
    const lowest = Math.min(...others.map(OpenAiChoice.indexOf))
    const parts: Array<Response.StreamPartEncoded> = []
    for (const choice of others.filter((one) => OpenAiChoice.indexOf(one) === lowest)) {
      const read = this.addChoice(choice, undefined)
      if (Result.isFailure(read)) return read
      parts.push(...read.success)
    }
    return Result.succeed(parts)
  }

  private addChoice(choice: LooseJson.Fields, object: unknown): Read {
    this.hasFirst = true
    this.others = []
    if (!LooseJson.saysNothing(choice["error"])) {
      return Result.fail(LlmHttpError.fromVendor(VendorError.of(choice["error"], choice)))
    }
    const finish = OpenAiChoice.finishOf(choice)
    this.finish = finish ?? this.finish
    const said = OpenAiChoice.saidIn(choice)
    const parts: Array<Response.StreamPartEncoded> = []
    for (const { isMessage, json } of said) {
      const isPiece = !isMessage || (!this.isWhole && object !== "chat.completion"
        && (finish === undefined || this.hasMessagePieces))
      if (isMessage && isPiece) this.hasMessagePieces = true
      const read = this.addMessage(json, { choice, isMessage, isPiece, isBeside: said.length > 1 })
      if (Result.isFailure(read)) return read
      parts.push(...read.success)
    }
    if (finish !== undefined) this.isFinishAlone = parts.length === 0 && !this.isEmpty
    else if (parts.length > 0) this.isFinishAlone = false
    if (parts.length > 0) this.usage.came()
    return Result.succeed(parts)
  }

  private addMessage(given: unknown, { choice, isBeside, isMessage, isPiece }: {
    readonly choice: LooseJson.Fields
    readonly isMessage: boolean
    /** It says what is new, or all so far, and more may follow. */
    readonly isPiece: boolean
    /** A piece and a message stand in one choice. */
    readonly isBeside: boolean
  }): Read {
    if (given === undefined || given === null) return nothing
    const message = LooseJson.fields(given)
    if (message === undefined) return malformed("its message is not an object")
    // A last piece may say all of the answer again.
    const isAgain = !isPiece && !this.isEmpty
    if (!isPiece) this.hasMessage = true
    const { extra_content, function_call, refusal, tool_calls } = message
    if (Array.isArray(tool_calls) && tool_calls.every(LooseJson.isNothing)) this.hasEmptyCalls = true
    if (!LooseJson.isNothing(extra_content)) this.extra = { ...this.extra, extra_content }
    const said = OpenAiContent.read(message, this.context.request.responseFormat.type === "json")
    if (Result.isFailure(said)) return Result.fail(said.failure)
    const { calls, thoughtParts, thoughts } = said.success
    const isOver = (isAgain || (isMessage && isBeside)) && !this.thoughts.isEmpty
    const thought = isOver ? "" : this.thoughts.add(message, isMessage)
    if (!isOver) this.thoughts.write(thoughts, thoughtParts, isPiece)
    const text = isAgain || (isMessage && isBeside && this.text !== "")
      ? OpenAiChoice.restOf(said.success.text, this.text, choice)
      : isMessage
      ? this.newOf(said.success.text, OpenAiChoice.finishOf(choice) !== undefined)
      : said.success.text
    this.text += text
    const refused = isAgain && this.refusal !== "" ? "" : said.success.refusal + (LooseJson.text(refusal) ?? "")
    this.refusal += refused
    const called = isMessage && isPiece && isBeside
      ? nothing
      : this.calls.add(LooseJson.isNothing(tool_calls) ? calls : tool_calls, function_call, !isPiece)
    if (Result.isFailure(called)) return called
    const parts: EventReader.Parts = [
      ...this.delta("reasoning", isOver ? "" : thought + thoughts),
      ...this.delta("text", text),
      ...this.delta("text", refused),
      ...called.success
    ]
    return Result.succeed(parts.length === 0 ? parts : [...this.head(), ...parts])
  }

  /** What is new in the text of a message that is a piece: all of it, or, where each says all so far, the rest. */
  private newOf(text: string, isLast: boolean): string {
    const { text: before } = this
    if (before === "" || text === "") return text
    const grows = this.grows ?? text.length > before.length
    if (text.startsWith(before) && (isLast || grows)) {
      this.grows ??= grows
      return text.slice(before.length)
    }
    this.grows = false
    return text
  }

  private get isEmpty(): boolean {
    return this.text === "" && this.refusal === "" && this.calls.size === 0
  }

  /** Nothing is passed on before the first content, so that a vendor that fails before it can be asked again. */
  private head(): EventReader.Parts {
    if (this.isShown) return []
    this.isShown = true
    return [this.metadata ?? { type: "response-metadata" }]
  }

  private begin(kind: "text" | "reasoning"): EventReader.Parts {
    if (this.open.has(kind)) return []
    this.open.add(kind)
    return [{ type: `${kind}-start` as const, id: kind }]
  }

  private delta(kind: "text" | "reasoning", delta: string): EventReader.Parts {
    return delta === "" ? [] : [...this.begin(kind), { type: `${kind}-delta` as const, id: kind, delta }]
  }

  private finishPart(calls: number): Response.FinishPartEncoded {
    return {
      type: "finish",
      reason: this.refusal === "" ? FinishReason.of(this.finish, calls > 0) : "content-filter",
      usage: TokenCounts.usageOf(this.usage.counts, "input"),
      ...StatedCost.metadataOf("openai", this.usage.counts.costUsd),
      ...this.context.details
    }
  }

  private extraMetadata() {
    return Object.keys(this.extra).length === 0
      ? {}
      : { metadata: { openai: { server: this.context.server, message: this.extra as never } } }
  }
}

/** What keeps a body from being an answer in one piece, if anything does. @category reading */
export const problemOf = (body: unknown): AiError.AiErrorReason | undefined => {
  const choices = OpenAiChoice.listIn(LooseJson.fields(LooseJson.list(body)?.[0] ?? body)) ?? []
  const choice = choices.find(OpenAiChoice.isFirst) ?? choices[0]
  if (choice === undefined) return otherFormat(body) ?? unansweredReason("it holds no choice")
  const isPiece = LooseJson.fields(body)?.["object"] === "chat.completion.chunk"
  if (isPiece && OpenAiChoice.finishOf(choice) === undefined) return EventReader.brokeOff()
  return OpenAiChoice.saidIn(choice).every(({ json }) => LooseJson.fields(json) === undefined)
    ? unansweredReason("it holds no message")
    : undefined
}

/** The failure of an answer in the format of another API, which no other attempt changes. */
const otherFormat = (body: unknown): AiError.AiErrorReason | undefined => {
  const json = LooseJson.fields(body)
  const isMessage = (json?.["type"] === "message" && LooseJson.list(json["content"]) !== undefined)
    || (json?.["type"] === "message_start" && LooseJson.fields(json["message"]) !== undefined)
  const isResponse = (json?.["object"] === "response" && LooseJson.list(json["output"]) !== undefined)
    || LooseJson.text(json?.["type"])?.startsWith("response.") === true
  if (!isMessage && !isResponse) return undefined
  return new AiError.InvalidResponseError({
    description: isMessage
      ? "the server answers with a message of Anthropic's API, which Anthropic.layer reads, and not with a chat completion"
      : "the server answers with a response of OpenAI's API for responses, which AiSdk.layer reads, and not with a chat completion"
  })
}

const isAnswer = (json: LooseJson.Fields): boolean =>
  OpenAiChoice.listIn(json)?.[0] !== undefined || OpenAiUsage.usageIn(json) !== undefined

const refusalMetadata = { openai: { refusal: true } }

const malformed = (why: string) =>
  Result.fail(new AiError.InvalidResponseError({ description: `the answer is not a chat completion: ${why}` }))

const unansweredReason = (why: string) => LlmHttpError.unanswered(`the answer is not a chat completion: ${why}`)
const nothing: Read = Result.succeed([])
