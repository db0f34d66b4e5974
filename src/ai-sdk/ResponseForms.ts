/**
 * OpenAI's responses by the letter.
 *
 * 1. What is said (texts, refusals, calls, thoughts) is written in the one form that a package reads. Items of other kinds go along as
 *    they came, in a whole answer only those that are known.
 * 2. Counts are written as they add up. Decorations that a package could not read are left out: see `Decorations`.
 * 3. Where a stream holds its end alone, or all of an answer in one piece, the events before are written from it.
 */
import type * as AiError from "effect/ai/AiError"
import * as Result from "effect/Result"
import * as EventReader from "../llm/internal/EventReader.ts"
import * as LooseJson from "../llm/internal/LooseJson.ts"
import * as StatedCost from "../llm/internal/StatedCost.ts"
import * as TokenCounts from "../llm/internal/TokenCounts.ts"
import * as VendorError from "../llm/internal/VendorError.ts"
import * as LlmHttpError from "../llm/LlmHttpError.ts"
import * as OpenAiUsage from "../llm/openai/OpenAiUsage.ts"
import * as Decorations from "./Decorations.ts"
import { EventProgress } from "./EventProgress.ts"
import type { Forms, Written } from "./Forms.ts"
import * as Usage from "./Usage.ts"

/** Mends answers in the form of OpenAI's responses before a provider reads them. */
export class ResponseForms implements Forms {
  private body: LooseJson.Fields | undefined
  /** The ids of items, by their places. */
  private readonly ids = new Map<number, unknown>()

  readonly reader: EventReader.Reader = {
    add: (given) => {
      const json = LooseJson.fields(given)
      return this.take(json !== undefined && isResponse(json) ? json : LooseJson.fields(json?.["response"]), given)
    },
    addWhole: (json) => this.take(LooseJson.fields(json), json),
    problemOf: () => undefined,
    isFinished: () => this.body !== undefined,
    isWhole: () => this.body !== undefined,
    isLikelyLast: () => false,
    isEnded: () => this.body !== undefined,
    end: () => Result.succeed([])
  }

  readonly cost = () => this.stated
  private stated: number | undefined
  readonly progress = new EventProgress()
  readonly isWhole = () => false
  readonly end = (): Written => Result.succeed([])

  readonly event = (json: LooseJson.Fields, name: string | undefined): Written => {
    this.progress.add(json)
    this.note(LooseJson.fields(json["response"]) ?? json)
    const type = LooseJson.text(json["type"]) ?? name ?? (isResponse(json) ? "response.completed" : undefined)
    const response = LooseJson.fields(json["response"]) ?? (isResponse(json) ? json : undefined)
    const place = LooseJson.count(json["output_index"]) ?? Math.max(0, this.ids.size - 1)
    const error = VendorError.find(json, isEvent)
    if (error !== undefined) return Result.fail(LlmHttpError.fromVendor(error))
    switch (type) {
      case "response.created":
      case "response.in_progress": {
        const head = headOf(response ?? {})
        const isNamed = ["id", "created_at", "model"].every((key) => key in head)
        return Result.succeed(isNamed ? [{ ...json, type, response: head }] : [])
      }
      case "response.completed":
      case "response.incomplete":
      case "response.failed": {
        const end = responseOf(response ?? {})
        const missing = this.ids.size > 0 ? [] : (LooseJson.objects(end["output"]) ?? []).flatMap(eventsOf)
        const sequence = LooseJson.count(json["sequence_number"]) ?? 0
        return Result.succeed([...missing, { type, sequence_number: sequence, response: end }])
      }
      case "response.output_item.added":
      case "response.output_item.done": {
        const item = itemOf(LooseJson.fields(json["item"]) ?? {}, place)
        this.ids.set(place, item["id"])
        return Result.succeed([{ ...json, type, output_index: place, item }])
      }
      case undefined:
        return Result.succeed([json])
      default:
        return Result.succeed([{
          ...Decorations.readable(json, Decorations.ofOutputText),
          type,
          ...("delta" in json || "item_id" in json
            ? { item_id: this.ids.get(place) ?? LooseJson.label(json["item_id"]) ?? `item_${place}` }
            : {})
        }])
    }
  }

  readonly whole = (): Result.Result<LooseJson.Fields | undefined, AiError.AiErrorReason> =>
    this.body === undefined
      ? Result.fail(EventReader.brokeOff())
      : Result.succeed(responseOf(this.body))

  private note(response: LooseJson.Fields): void {
    this.stated = TokenCounts.max(this.stated, StatedCost.read(response["usage"]))
  }

  /** Takes a body in one piece, or at the end of a stream. */
  private take(
    body: LooseJson.Fields | undefined,
    around: unknown
  ): Result.Result<EventReader.Parts, AiError.AiErrorReason> {
    this.note(body ?? {})
    const error = VendorError.find(around, isEvent) ?? VendorError.find(body, isResponse)
    if (error !== undefined) return Result.fail(LlmHttpError.fromVendor(error))
    const type = LooseJson.text(LooseJson.fields(around)?.["type"]) ?? ""
    if (body === around || /^response\.(?:completed|incomplete|failed)$/.test(type)) this.body = body
    return Result.succeed([])
  }
}

const isResponse = (json: LooseJson.Fields): boolean => LooseJson.list(json["output"]) !== undefined

const isEvent = (json: LooseJson.Fields): boolean =>
  isResponse(json) || LooseJson.text(json["type"])?.startsWith("response.") === true

const headOf = ({ created_at, id, model, service_tier }: LooseJson.Fields): LooseJson.Fields => {
  const [name, modelId] = [LooseJson.label(id), LooseJson.label(model)]
  const time = typeof created_at === "number" && created_at > 0 && created_at < 1e10 ? created_at : undefined
  return {
    ...(name === undefined ? {} : { id: name }),
    ...(modelId === undefined ? {} : { model: modelId }),
    ...(time === undefined ? {} : { created_at: time }),
    ...(typeof service_tier === "string" ? { service_tier } : {})
  }
}

const responseOf = (given: LooseJson.Fields): LooseJson.Fields => {
  const { created_at: _time, error, id: _id, model: _model, output, usage, ...json } = Decorations.readable(
    given,
    Decorations.ofResponse
  )
  const items = LooseJson.list(output)?.flatMap((item, at) => {
    const fields = LooseJson.fields(item)
    return fields === undefined || !known.has(String(fields["type"])) ? [] : [itemOf(fields, at)]
  })
  return {
    ...json,
    ...headOf(given),
    ...(items === undefined ? {} : { output: items }),
    ...(LooseJson.saysNothing(error) ? {} : { error: errorOf(VendorError.of(error, given)) }),
    ...(LooseJson.fields(usage) === undefined ? {} : { usage: usageOf(LooseJson.fields(usage)!) })
  }
}

const errorOf = ({ code, message, param, type }: VendorError.VendorError): LooseJson.Fields => ({
  message: message ?? "",
  type: type ?? "error",
  code: String(code ?? "error"),
  param: param ?? null
})

/** What was not counted is -1, which `Usage` reads as not measured. */
const usageOf = (given: LooseJson.Fields): LooseJson.Fields => {
  const { input_tokens_details, output_tokens_details, total_tokens: _, ...others } = Usage.readable(given)
  const { inputTokens: { cacheRead, total: input }, outputTokens: { reasoning, total: output } } = TokenCounts.usageOf(
    OpenAiUsage.countsOf(given),
    "input"
  )
  return {
    ...others,
    input_tokens: input ?? -1,
    input_tokens_details: { ...LooseJson.fields(input_tokens_details), cached_tokens: cacheRead ?? -1 },
    output_tokens: output ?? -1,
    output_tokens_details: { ...LooseJson.fields(output_tokens_details), reasoning_tokens: reasoning ?? -1 },
    ...(input === undefined || output === undefined ? {} : { total_tokens: input + output })
  }
}

/** The kinds of items that a package reads in a whole answer. It refuses others. */
const known = new Set([
  "apply_patch_call",
  "code_interpreter_call",
  "compaction",
  "computer_call",
  "custom_tool_call",
  "file_search_call",
  "function_call",
  "image_generation_call",
  "local_shell_call",
  "mcp_approval_request",
  "mcp_call",
  "mcp_list_tools",
  "message",
  "program",
  "program_output",
  "reasoning",
  "shell_call",
  "shell_call_output",
  "tool_search_call",
  "tool_search_output",
  "web_search_call"
])

const itemOf = (item: LooseJson.Fields, at: number): LooseJson.Fields => {
  const id = LooseJson.label(item["id"])
  switch (item["type"]) {
    case "message": {
      const { phase, ...rest } = item
      const { content } = item
      return {
        ...rest,
        ...(phase === "commentary" || phase === "final_answer" ? { phase } : {}),
        id: id ?? `msg_${at}`,
        role: "assistant",
        content: (typeof content === "string" ? [content] : LooseJson.list(content) ?? []).flatMap(partOf)
      }
    }
    case "function_call": {
      const given = item["arguments"]
      const callId = LooseJson.label(item["call_id"]) ?? id ?? `call_${at}`
      return {
        type: "function_call",
        id: id ?? `fc_${at}`,
        call_id: callId,
        name: LooseJson.text(item["name"]) ?? "",
        arguments: typeof given === "string" ? given : JSON.stringify(given ?? {}),
        status: "completed"
      }
    }
    case "reasoning": {
      const summary = textsIn(item["summary"])
      const texts = summary.length > 0 ? summary : textsIn(item["content"])
      const encrypted = LooseJson.text(item["encrypted_content"])
      return {
        type: "reasoning",
        id: id ?? `rs_${at}`,
        summary: texts.map((text) => ({ type: "summary_text", text })),
        ...(encrypted === undefined ? {} : { encrypted_content: encrypted })
      }
    }
    default:
      return item
  }
}

const textsIn = (given: unknown): ReadonlyArray<string> =>
  (typeof given === "string" ? [given] : LooseJson.list(given) ?? []).flatMap((one) => {
    const text = typeof one === "string" ? one : LooseJson.fields(one)?.["text"]
    return typeof text === "string" && text !== "" ? [text] : []
  })

const partOf = (given: unknown): ReadonlyArray<LooseJson.Fields> => {
  if (typeof given === "string") return [{ type: "output_text", text: given, annotations: [] }]
  const part = LooseJson.fields(given) ?? {}
  const { annotations, refusal, text, type } = part
  if (type === "refusal") {
    const words = refusal ?? text
    return typeof words === "string" ? [{ type, refusal: words }] : []
  }
  if (typeof text !== "string") return []
  const { logprobs } = Decorations.readable(part, Decorations.ofOutputText)
  return [{
    type: "output_text",
    text,
    annotations: (LooseJson.list(annotations) ?? []).filter(Decorations.isAnnotation),
    ...(LooseJson.isAbsent(logprobs) ? {} : { logprobs })
  }]
}

/** The events of an item that came in one piece. */
const eventsOf = (item: LooseJson.Fields, output_index: number): ReadonlyArray<LooseJson.Fields> => {
  const at = { item_id: item["id"], output_index }
  const begun = item["type"] === "message"
    ? { ...item, content: [] }
    : item["type"] === "reasoning"
    ? { ...item, summary: [] }
    : item
  const said = (LooseJson.objects(item["content"]) ?? []).map(({ refusal, text, type }) =>
    type === "refusal"
      ? { type: "response.refusal.delta", ...at, content_index: 0, delta: refusal }
      : { type: "response.output_text.delta", ...at, content_index: 0, delta: text }
  )
  const thought = (LooseJson.objects(item["summary"]) ?? []).flatMap(({ text }, summary_index) => [
    { type: "response.reasoning_summary_part.added", ...at, summary_index },
    { type: "response.reasoning_summary_text.delta", ...at, summary_index, delta: text },
    { type: "response.reasoning_summary_part.done", ...at, summary_index }
  ])
  return [
    { type: "response.output_item.added", output_index, item: begun },
    ...thought,
    ...(item["type"] === "message" ? said : []),
    { type: "response.output_item.done", output_index, item }
  ]
}
