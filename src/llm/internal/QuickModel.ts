/**
 * The calls that this library makes of a model: for a text, or for calls of tools that the caller runs.
 *
 * 1. A model of ours is asked straight, where nothing else of `effect/ai` takes part: no tracer, no `CurrentSpanTransformer`, no
 *    `ResponseIdTracker`, no approval in the prompt. Any other call goes through `LanguageModel.generateText`.
 * 2. Parts that are plainly what they should be are read by hand. Where one is not, the schemas of `effect/ai` read them all, or
 *    say what is wrong with them.
 */
import type * as AiError from "effect/ai/AiError"
import * as IdGenerator from "effect/ai/IdGenerator"
import * as LanguageModel from "effect/ai/LanguageModel"
import * as Prompt from "effect/ai/Prompt"
import * as Response from "effect/ai/Response"
import * as ResponseIdTracker from "effect/ai/ResponseIdTracker"
import * as Telemetry from "effect/ai/Telemetry"
import type * as AiTool from "effect/ai/Tool"
import type * as Toolkit from "effect/ai/Toolkit"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import type * as Tracer from "effect/Tracer"
import * as LlmUsage from "../LlmUsage.ts"
import * as CountedModel from "./CountedModel.ts"
import * as LooseJson from "./LooseJson.ts"
import * as ModelCall from "./ModelCall.ts"

type LlmRequest = LanguageModel.ProviderOptions

/** The model below, which is asked straight. */
interface Provider {
  readonly name: string
  readonly model: string
  readonly generate: (
    request: LlmRequest
  ) => Effect.Effect<Array<Response.PartEncoded>, AiError.AiError, IdGenerator.IdGenerator>
}

/** What a model is asked. Calls of the tools are left to the caller, and not checked. */
export interface Question {
  readonly prompt: Prompt.RawInput
  readonly toolkit?: Toolkit.Toolkit<Record<string, AiTool.Any>>
  readonly toolChoice?: "auto" | "required" | { readonly tool: string }
}

/** The answer, and what it took. */
export interface Answered {
  readonly answer: LanguageModel.GenerateTextResponse<Record<string, AiTool.Any>, Response.ToolParametersMode>
  readonly used: LlmUsage.LlmUsage
}

type Ask = (question: Question, fiber: Fiber.Fiber<unknown, unknown>) => Effect.Effect<Answered, AiError.AiError>

/** Our own models. */
const own = new WeakMap<LanguageModel.LanguageModel, Ask>()

/** Asks the model of the context. */
export const ask = (question: Question): Effect.Effect<Answered, AiError.AiError, LanguageModel.LanguageModel> =>
  Effect.flatMap(LanguageModel.LanguageModel, (model) => {
    const straight = own.get(model)
    return straight === undefined
      ? whole(model, question)
      : Effect.withFiber((fiber) => isAlone(fiber) ? straight(question, fiber) : whole(model, question))
  })

/** Has `ask` ask `model` straight, which is `provider` as `LanguageModel.make` sees it. */
export const register = (
  model: LanguageModel.LanguageModel,
  provider: Provider,
  context: Context.Context<never>
): void => {
  if (Context.getOrUndefined(context, Telemetry.CurrentSpanTransformer) !== undefined) return
  const ids = Context.getOrUndefined(context, IdGenerator.IdGenerator) ?? IdGenerator.defaultIdGenerator
  const withIds = (context: Context.Context<never>) => Context.add(context, IdGenerator.IdGenerator, ids)
  own.set(model, (question, fiber) => {
    const prompt = Prompt.make(question.prompt)
    if (hasApproval(prompt)) return whole(model, question)
    const { toolChoice = "auto", toolkit } = question
    const tools = toolkit === undefined ? noTools : toolsOf(toolkit)
    const request: LlmRequest = {
      prompt,
      tools,
      toolChoice: tools.length === 0 ? "none" : toolChoice,
      responseFormat: text,
      span: noSpan,
      previousResponseId: undefined,
      incrementalPrompt: undefined,
      ...(toolkit === undefined ? undefined : { toolCallValidation: "deferred" as const })
    }
    return Effect.flatMap(
      CountedModel.counted(fiber, provider, request, provider.generate(request), withIds, LlmUsage.recordIn),
      ({ parts, used }): Effect.Effect<Answered, AiError.AiError> => {
        const content = contentOf(parts, tools.length > 0)
        return content === undefined
          ? Effect.map(readBySchema(question, parts), (answer) => ({ answer, used }))
          : Effect.succeed({ answer: new LanguageModel.GenerateTextResponse(content), used })
      }
    )
  })
}

const generate = (
  model: LanguageModel.LanguageModel,
  { prompt, toolChoice = "auto", toolkit }: Question
): Effect.Effect<Answered["answer"], AiError.AiError> =>
  // No handler of the tools is asked for, and what they are given is not decoded.
  (toolkit === undefined
    ? model.generateText({ prompt })
    : model.generateText({
      prompt,
      toolkit,
      toolChoice,
      disableToolCallResolution: true,
      toolCallValidation: "deferred"
    })) as never

/** Through `LanguageModel`, which counts in the `Meter` where it is ours. */
const whole = (
  model: LanguageModel.LanguageModel,
  question: Question
): Effect.Effect<Answered, AiError.AiError> => LlmUsage.metered(generate(model, question), ({ content }) => content)

/** What a model answered, once more for the schemas of `effect/ai`. */
const readBySchema = (question: Question, parts: Array<Response.PartEncoded>) =>
  Effect.flatMap(
    LanguageModel.make({
      generateText: () => Effect.succeed(parts),
      streamText: () => {
        throw new Error("an answer that is there is not streamed")
      }
    }),
    (model) => generate(model, question)
  )

const isAlone = (fiber: Fiber.Fiber<unknown, unknown>): boolean =>
  !(fiber.cache.tracerEnabled && fiber.cache.tracer !== undefined)
  && fiber.getRef(ModelCall.Current) === undefined
  && Context.getOrUndefined(fiber.context, Telemetry.CurrentSpanTransformer) === undefined
  && Context.getOrUndefined(fiber.context, ResponseIdTracker.ResponseIdTracker) === undefined

const hasApproval = ({ content }: Prompt.Prompt): boolean =>
  content.some((message) =>
    (message.role === "assistant" || message.role === "tool")
    && message.content.some(({ type }) => type === "tool-approval-request" || type === "tool-approval-response")
  )

const text: LlmRequest["responseFormat"] = { type: "text" }
const noTools: ReadonlyArray<AiTool.Any> = []

const toolsOf = (toolkit: NonNullable<Question["toolkit"]>): ReadonlyArray<AiTool.Any> => {
  const known = tools.get(toolkit)
  if (known !== undefined) return known
  const made = Object.values(toolkit.tools)
  tools.set(toolkit, made)
  return made
}

const tools = new WeakMap<object, ReadonlyArray<AiTool.Any>>()

type Content = Answered["answer"]["content"]

/** The parts as `effect/ai` reads them, or `undefined` where one of them needs its schema. @internal */
export const contentOf = (parts: ReadonlyArray<Response.PartEncoded>, hasTools: boolean): Content | undefined => {
  const content: Array<Content[number]> = []
  for (const part of parts) {
    const metadata = part.metadata ?? {}
    if (!isMetadata(metadata)) return undefined
    switch (part.type) {
      case "text":
      case "reasoning":
        if (typeof part.text !== "string") return undefined
        content.push({ [PartTypeId]: PartTypeId, type: part.type, text: part.text, metadata })
        break
      case "tool-call":
        if (
          !hasTools || part.providerExecuted === true || typeof part.id !== "string" || typeof part.name !== "string"
        ) {
          return undefined
        }
        content.push(
          {
            [PartTypeId]: PartTypeId,
            type: "tool-call",
            id: part.id,
            name: part.name,
            params: part.params,
            providerExecuted: false,
            metadata
          }
        )
        break
      case "response-metadata": {
        const { id, modelId, timestamp } = part
        const at = timestamp === undefined ? undefined : timeOf(timestamp)
        if (!isText(id) || !isText(modelId) || (at === undefined && timestamp !== undefined)) return undefined
        content.push(Response.makePart("response-metadata", {
          ...(id === undefined ? undefined : { id }),
          ...(modelId === undefined ? undefined : { modelId }),
          ...(at === undefined ? undefined : { timestamp: at }),
          metadata
        } as Fields<"response-metadata">))
        break
      }
      case "finish": {
        const { reason, response, usage } = part
        if (!reasons.has(reason) || !isUsage(usage) || !isDetails(response)) return undefined
        const { inputTokens, outputTokens } = usage
        content.push(Response.makePart("finish", {
          reason,
          usage: Object.assign(Object.create(Response.Usage.prototype), { inputTokens, outputTokens }),
          ...(response === undefined ? undefined : { response }),
          metadata
        } as Fields<"finish">))
        break
      }
      default:
        return undefined
    }
  }
  return content
}

const PartTypeId = "~effect/ai/Response/Part"

type Fields<Type extends Response.AnyPart["type"]> = Omit<
  Extract<Response.AnyPart, { readonly type: Type }>,
  "type" | "~effect/ai/Response/Part"
>

const timeOf = (timestamp: unknown): DateTime.Utc | undefined => {
  if (timestamp === latest.text) return latest.time
  const millis = typeof timestamp === "string" ? Date.parse(timestamp) : Number.NaN
  if (Number.isNaN(millis)) return undefined
  latest = { text: timestamp, time: DateTime.makeUnsafe(millis) }
  return latest.time
}

/** Answers come many a second, and to read a time takes longer than to compare it. */
let latest: { readonly text: unknown; readonly time: DateTime.Utc | undefined } = { text: undefined, time: undefined }

const reasons: ReadonlySet<unknown> = new Set(Response.FinishReason.literals)
const isText = (value: unknown): boolean => value === undefined || typeof value === "string"
const isCount = (value: unknown): boolean => value === undefined || (Number.isSafeInteger(value))
const isUsage = ({ inputTokens, outputTokens }: Response.FinishPartEncoded["usage"]): boolean =>
  LooseJson.fields(inputTokens) !== undefined && LooseJson.fields(outputTokens) !== undefined
  && isCount(inputTokens.uncached) && isCount(inputTokens.total) && isCount(inputTokens.cacheRead)
  && isCount(inputTokens.cacheWrite) && isCount(outputTokens.total) && isCount(outputTokens.text)
  && isCount(outputTokens.reasoning)

const isDetails = (response: Response.FinishPartEncoded["response"]): boolean =>
  response === undefined
  || (Object.keys(response).every((key) => key === "status" || key === "headers") && Number.isFinite(response.status)
    && Object.values(response.headers ?? {}).every((value) => typeof value === "string"))

const isMetadata = (value: unknown): boolean => {
  const fields = LooseJson.fields(value)
  return fields !== undefined && Object.values(fields).every(isJson)
}

const isJson = (value: unknown): boolean => {
  switch (typeof value) {
    case "string":
    case "boolean":
      return true
    case "number":
      return Number.isFinite(value)
    case "object":
      return value === null || (Array.isArray(value)
        ? value.every(isJson)
        : Object.getPrototypeOf(value) === Object.prototype && Object.values(value).every(isJson))
    default:
      return false
  }
}

const ignore = () => {}

/** What a request names as its span where nothing collects spans. */
const noSpan: Tracer.Span = {
  _tag: "Span",
  name: "LanguageModel.generateText",
  spanId: "none",
  traceId: "none",
  parent: Option.none(),
  annotations: Context.empty(),
  links: [],
  status: { _tag: "Started", startTime: 0n },
  attributes: new Map(),
  sampled: false,
  kind: "client",
  end: ignore,
  attribute: ignore,
  event: ignore,
  addLinks: ignore
}
