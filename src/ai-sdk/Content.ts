/**
 * What models of the AI SDK answer, as encoded parts.
 */
import type {
  LanguageModelV4Content,
  LanguageModelV4FinishReason,
  LanguageModelV4GenerateResult,
  LanguageModelV4ResponseMetadata,
  LanguageModelV4StreamPart,
  SharedV4Warning
} from "@ai-sdk/provider"
import * as AiError from "effect/ai/AiError"
import type * as Response from "effect/ai/Response"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as EventReader from "../llm/internal/EventReader.ts"
import * as EventStream from "../llm/internal/EventStream.ts"
import * as FinishReason from "../llm/internal/FinishReason.ts"
import * as PrintedParts from "../llm/internal/PrintedParts.ts"
import * as ToolWire from "../llm/internal/ToolWire.ts"
import * as LlmRateHeaders from "../llm/layers/LlmRateHeaders.ts"
import * as LlmHttpError from "../llm/LlmHttpError.ts"
import type { LlmRequest } from "../llm/LlmProvider.ts"
import * as LlmWire from "../llm/LlmWire.ts"
import * as Failure from "./Failure.ts"
import { metadata } from "./Metadata.ts"
import * as Source from "./Source.ts"
import * as Usage from "./Usage.ts"

/** What is known besides the content. @category models */
export interface Context {
  readonly request: LlmRequest
  /** What of the request has no place in the vendor's options. */
  readonly warnings: ReadonlyArray<SharedV4Warning>
  /** The cost that the vendor stated by now, in US dollars. */
  readonly cost: () => number | undefined
}

/**
 * The parts of an answer in one piece.
 *
 * @category reading
 */
export const partsOf = Effect.fnUntraced(function*(
  result: LanguageModelV4GenerateResult,
  { cost, request, warnings }: Context
): Effect.fn.Return<Array<Response.PartEncoded>, AiError.AiErrorReason> {
  const { content, response, structuredOutputText } = result
  // A vendor that drafts before it answers says which text is the answer.
  const given: ReadonlyArray<LanguageModelV4Content> =
    request.responseFormat.type === "json" && structuredOutputText !== undefined
      ? [...content.filter(({ type }) => type !== "text"), { type: "text", text: structuredOutputText }]
      : content
  const parts = (yield* Effect.forEach(given, (part) => readable(() => partOf(part, request)))).flat()
  const text = parts.flatMap((part) => part.type === "text" ? [part.text] : []).join("")
  const finish = yield* finishOf(result, {
    request,
    cost,
    warnings: [...warnings, ...result.warnings],
    calledTools: parts.some(isOwnCall),
    text,
    headers: response?.headers
  })
  return yield* Effect.fromResult(PrintedParts.whole([metadataOf(response ?? {}), ...parts, finish], request))
})

/**
 * Parts are emitted as they come, the finish when the stream is over: one that breaks off before is a failure, not an answer.
 * Nothing is emitted before the first content, so that a vendor that fails right after it has begun can be asked again.
 *
 * @category reading
 */
export const streamPartsOf = (
  { cost, request, warnings }: Context,
  headers: Readonly<Record<string, string>> | undefined
) =>
<E>(
  parts: Stream.Stream<LanguageModelV4StreamPart, E>
): Stream.Stream<Response.StreamPartEncoded, E | AiError.AiErrorReason> =>
  Stream.suspend(() => {
    type Parts = ReadonlyArray<Response.StreamPartEncoded>
    const allWarnings: Array<SharedV4Warning> = [...warnings]
    const printed = new PrintedParts.PrintedParts(request)
    let held: Parts = []
    let calledTools = false
    let text = ""
    /** The ids of calls of tools that the request does not offer. */
    const unoffered = new Set<string>()
    let finish: Extract<LanguageModelV4StreamPart, { readonly type: "finish" }> | undefined
    let failure: AiError.AiErrorReason | undefined
    let came = false

    const read = (part: LanguageModelV4StreamPart): Effect.Effect<Parts, AiError.AiErrorReason> => {
      // Behind a failure only the finish is read, for what was used.
      if (failure !== undefined && part.type !== "finish") return nothing
      switch (part.type) {
        case "stream-start":
          allWarnings.push(...part.warnings)
          return nothing
        case "response-metadata":
          held = [metadataOf(part)]
          return nothing
        case "finish":
          finish = part
          return nothing
        case "error":
          return Effect.map(Failure.reasonOfPart(part.error), (reason) => {
            failure = reason
            return []
          })
        case "ping":
        case "raw":
          return nothing
        case "text-delta":
          text += part.delta
          return Effect.succeed([{ type: "text-delta", id: part.id, delta: part.delta, ...metadata(part) }])
        case "text-end": {
          const { citations, id, providerMetadata } = part
          return Effect.succeed([{ type: "text-end", id, ...metadata({ providerMetadata, citations }) }])
        }
        case "reasoning-delta":
          return Effect.succeed([{ type: "reasoning-delta", id: part.id, delta: part.delta, ...metadata(part) }])
        case "text-start":
        case "reasoning-start":
        case "reasoning-end":
          return Effect.succeed([{ type: part.type, id: part.id, ...metadata(part) }])
        case "tool-input-start":
          if (isUnoffered(part, request)) {
            unoffered.add(part.id)
            return nothing
          }
          return Effect.succeed([{
            type: "tool-params-start",
            id: part.id,
            name: ToolWire.of(request).find(part.toolName)?.tool.name ?? part.toolName,
            ...executed(part),
            ...metadata(part)
          }])
        case "tool-input-delta":
          if (unoffered.has(part.id)) return nothing
          return Effect.succeed([{ type: "tool-params-delta", id: part.id, delta: part.delta, ...metadata(part) }])
        case "tool-input-end":
          if (unoffered.has(part.id)) return nothing
          return Effect.succeed([{ type: "tool-params-end", id: part.id, ...metadata(part) }])
        default:
          return Effect.tap(partOf(part, request), (parts) => {
            calledTools ||= parts.some(isOwnCall)
            return Effect.void
          })
      }
    }

    const end = Effect.gen(function*(): Effect.fn.Return<Parts, AiError.AiErrorReason> {
      if (failure !== undefined) {
        return yield* Effect.fail(Usage.after(failure, { usage: finish?.usage, cost: cost(), isEmpty: !came }))
      }
      if (finish === undefined) return yield* Effect.fail(EventReader.brokeOff())
      const last = yield* finishOf(finish, { request, cost, warnings: allWarnings, calledTools, text, headers })
      return yield* passedOn([last])
    })

    /** What is passed on of `parts`, behind what was held. */
    const passedOn = (parts: Parts): Effect.Effect<Parts, AiError.AiErrorReason> =>
      Effect.map(Effect.fromResult(printed.add(parts)), (parts) => {
        if (parts.length === 0 || held.length === 0) return parts
        const all = [...held, ...parts]
        held = []
        return all
      })

    return EventStream.closedAfter(
      parts,
      (part) => part?.type === "finish" ? "finish" : part?.type === "error" ? "failure" : "other"
    ).pipe(
      Stream.mapEffect((part) =>
        Effect.flatMap(readable(() => read(part)), (parts) => {
          came ||= parts.length > 0
          return passedOn(parts)
        })
      ),
      Stream.concat(Stream.fromEffect(end)),
      Stream.flattenIterable
    )
  })

const nothing = Effect.succeed([])

/** Packages of vendors are newer and older than the types they are held against: where `read` throws on a part, that is a failure. */
const readable = <A>(
  read: () => Effect.Effect<A, AiError.AiErrorReason>
): Effect.Effect<A, AiError.AiErrorReason> =>
  Effect.catchDefect(Effect.suspend(read), (defect) =>
    Effect.fail(
      new AiError.InvalidOutputError({
        description: `a part of the answer cannot be read: ${Cause.pretty(Cause.die(defect)).split("\n", 1)[0]}`
      })
    ))

type ContentPart = Exclude<Response.PartEncoded, { readonly type: "text" | "reasoning" }>

/** A text and a thought come in other parts when they are streamed. */
function partOf(
  part: Exclude<LanguageModelV4Content, { readonly type: "text" | "reasoning" }>,
  request: LlmRequest
): Effect.Effect<ReadonlyArray<ContentPart>, AiError.AiErrorReason>
function partOf(
  part: LanguageModelV4Content,
  request: LlmRequest
): Effect.Effect<ReadonlyArray<Response.PartEncoded>, AiError.AiErrorReason>
function partOf(
  part: LanguageModelV4Content,
  request: LlmRequest
): Effect.Effect<ReadonlyArray<Response.PartEncoded>, AiError.AiErrorReason> {
  switch (part.type) {
    case "text":
      return Effect.succeed([{ type: "text", text: part.text, ...metadata(part) }])
    case "reasoning":
      return Effect.succeed([{ type: "reasoning", text: part.text, ...metadata(part) }])
    case "tool-call":
      if (isUnoffered(part, request)) return nothing
      return Effect.map(
        Effect.fromResult(ToolWire.callOf(request, part.toolCallId, part.toolName, textOf(part.input))),
        (call) => [{ ...call, ...executed(part), ...metadata(part) }]
      )
    case "tool-result":
      if (isUnoffered({ ...part, providerExecuted: true }, request)) return nothing
      return Effect.succeed([{
        type: "tool-result",
        id: part.toolCallId,
        name: part.toolName,
        result: part.result,
        isFailure: part.isError ?? false,
        providerExecuted: true,
        ...(part.preliminary === undefined ? {} : { preliminary: part.preliminary }),
        ...metadata(part)
      }])
    case "tool-approval-request": {
      const { approvalId, toolCallId } = part
      return Effect.succeed([{ type: "tool-approval-request", approvalId, toolCallId, ...metadata(part) }])
    }
    case "file":
      return Effect.succeed([Source.ofFile(part)])
    case "source":
      return Effect.succeed([Source.of(part)])
    case "custom":
    case "reasoning-file":
      return nothing
    // Packages add types of parts.
    default:
      return nothing
  }
}

/** Whether the vendor ran a tool by itself that the request does not offer. No answer can name such a tool. */
const isUnoffered = (
  { providerExecuted, toolName }: { readonly providerExecuted?: boolean; readonly toolName: string },
  request: LlmRequest
): boolean => providerExecuted === true && ToolWire.of(request).find(toolName) === undefined

const isOwnCall = (part: Response.PartEncoded | Response.StreamPartEncoded): boolean =>
  part.type === "tool-call" && part.providerExecuted !== true

const executed = ({ providerExecuted }: { readonly providerExecuted?: boolean }) =>
  providerExecuted === true ? { providerExecuted } : {}

const metadataOf = (
  { id, modelId, timestamp }: LanguageModelV4ResponseMetadata
): Response.ResponseMetadataPartEncoded => ({
  type: "response-metadata",
  ...(id ? { id } : {}),
  ...(modelId ? { modelId } : {}),
  ...(timestamp === undefined || Number.isNaN(timestamp.getTime()) ? {} : { timestamp: timestamp.toISOString() })
})

const finishOf = (
  { finishReason, providerMetadata, usage }: Pick<
    LanguageModelV4GenerateResult,
    "finishReason" | "providerMetadata" | "usage"
  >,
  { calledTools, cost, headers, request, text, warnings }: Context & {
    readonly calledTools: boolean
    readonly text: string
    readonly headers: Readonly<Record<string, string>> | undefined
  }
): Effect.Effect<Response.FinishPartEncoded, AiError.AiErrorReason> => {
  if (finishReason.unified === "interrupted") return Effect.fail(EventReader.brokeOff())
  const isEmpty = text === "" && !calledTools && finishReason.unified !== "stop"
  if (FinishReason.isError(finishReason.raw, isEmpty)) {
    return Effect.fail(Usage.after(LlmHttpError.endedWith(finishReason.raw), { usage, cost: cost(), isEmpty }))
  }
  if (finishReason.unified === "content-filter" && request.responseFormat.type === "json") {
    return Effect.fail(LlmWire.refused(text))
  }
  return Effect.succeed({
    type: "finish",
    reason: finishReasonOf(finishReason, calledTools),
    usage: Usage.of(usage),
    ...LlmRateHeaders.detailsOf({ headers: headers ?? {}, status: 200 }),
    ...metadata({
      providerMetadata,
      warnings: warnings.length === 0 ? undefined : warnings,
      finishReason: finishReason.raw,
      usage: Usage.rawOf(usage, cost())
    })
  })
}

/** Vendors differ in whether an answer with tool calls "stops". */
const finishReasonOf = (
  { raw, unified }: LanguageModelV4FinishReason,
  calledTools: boolean
): Response.FinishReason => {
  // Packages have no word for an answer that pauses, and call it one that stops.
  if (raw !== undefined && FinishReason.of(raw, false) === "pause") return "pause"
  switch (unified) {
    case "stop":
    case "tool-calls":
      return calledTools ? "tool-calls" : "stop"
    case "length":
    case "content-filter":
    case "error":
      return unified
    default:
      return FinishReason.of(raw, calledTools)
  }
}

const textOf = (input: unknown): string => typeof input === "string" ? input : JSON.stringify(input) ?? ""
