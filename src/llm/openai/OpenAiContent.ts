/**
 * What a message of a chat completion says: texts, thoughts, refusals and calls, in each form in which servers write content.
 */
import * as AiError from "effect/ai/AiError"
import * as Result from "effect/Result"
import * as LooseJson from "../internal/LooseJson.ts"

/** The content of one message, or of a piece of one. */
export interface Content {
  readonly text: string
  readonly thoughts: string
  readonly refusal: string
  /** Calls that stand among the parts. */
  readonly calls: ReadonlyArray<unknown>
  /** Mistral's thoughts, which go back as they came. */
  readonly thoughtParts: ReadonlyArray<LooseJson.Fields>
}

interface Growing extends Content {
  text: string
  thoughts: string
  refusal: string
  readonly calls: Array<unknown>
  readonly thoughtParts: Array<LooseJson.Fields>
}

type Read = Result.Result<Content, AiError.AiErrorReason>

/**
 * Reads the content of `message`. Where it has none, what was spoken or parsed stands for it. `isJson` says that an object was
 * asked for, which some servers send as one.
 */
export const read = (message: LooseJson.Fields, isJson: boolean): Read => {
  const { audio, content, parsed } = message
  if (typeof content === "string" && content !== "") return Result.succeed({ ...none, text: content })
  const saysNothing = LooseJson.isAbsent(content) || content === "" || (Array.isArray(content) && content.length === 0)
  if (!saysNothing) return of(content, isJson)
  const spoken = LooseJson.text(LooseJson.fields(audio)?.["transcript"])
  if (spoken !== undefined) return Result.succeed({ ...none, text: spoken })
  return isJson && LooseJson.fields(parsed) !== undefined
    ? Result.succeed({ ...none, text: JSON.stringify(parsed) })
    : Result.succeed(none)
}

const none: Content = { text: "", thoughts: "", refusal: "", calls: [], thoughtParts: [] }

const of = (content: unknown, isJson: boolean): Read => {
  const all: Growing = { ...none, calls: [], thoughtParts: [] }
  const parts = LooseJson.list(content)
  if (parts === undefined && isJson && isPlain(content)) {
    return Result.succeed({ ...none, text: JSON.stringify(content) })
  }
  const whole = LooseJson.fields(content)
  const inner = LooseJson.list(whole?.["parts"]) ?? LooseJson.list(whole?.["content"])
  for (const part of parts ?? inner ?? [content]) {
    const failure = add(all, part)
    if (failure !== undefined) return Result.fail(failure)
  }
  return Result.succeed(all)
}

/** An object that does not belong to a content. */
const isPlain = (content: unknown): boolean => {
  const json = LooseJson.fields(content)
  return json !== undefined && typeof json["text"] !== "string" && !types.has(String(json["type"]))
}

const types = new Set(["text", "output_text", "input_text", "refusal", "reasoning", "thinking"])

const add = (all: Growing, part: unknown): AiError.AiErrorReason | undefined => {
  if (LooseJson.isAbsent(part)) return undefined
  if (typeof part === "string") {
    all.text += part
    return undefined
  }
  const json = LooseJson.fields(part)
  if (json === undefined) return malformed
  const type = typeof json["type"] === "string" ? json["type"].toLowerCase() : undefined
  if (type !== undefined && isCall.test(type)) {
    all.calls.push(json["tool_call"] ?? json)
    return undefined
  }
  if (type === "refusal") return addText(json["refusal"] ?? json["text"], (text) => (all.refusal += text))
  const thought = json["thinking"] ?? json["reasoning"] ?? json["reasoning_content"]
  if (!LooseJson.isNothing(thought) || json["thought"] === true || (type !== undefined && isThought.test(type))) {
    if (Array.isArray(json["thinking"])) all.thoughtParts.push(json)
    return addText(
      thought ?? json["text"] ?? json["summary"] ?? json["content"] ?? "",
      (text) => (all.thoughts += text)
    )
  }
  const text = json["text"] ?? LooseJson.fields(json["audio"])?.["transcript"] ?? json["transcript"] ??
    json["output_text"]
  if (LooseJson.isAbsent(text)) {
    // Pictures and the like have no text.
    return type === undefined || type.endsWith("text") ? malformed : undefined
  }
  return addText(text, (text) => (all.text += text))
}

const isCall = /^(?:tool_use|tool_?call|function|function_call)$/

const isThought = /^(?:reasoning|thinking|thought|summary_text|redacted_thinking)/

/** A text, an object that holds one, or a list of either. */
const addText = (given: unknown, write: (text: string) => void): AiError.AiErrorReason | undefined => {
  for (const one of LooseJson.list(given) ?? [given]) {
    const json = LooseJson.fields(one)
    const text = json === undefined ? one : json["value"] ?? json["text"] ?? json["summary"] ?? json["content"]
    if (typeof text === "string") write(text)
    // References stand among texts.
    else if (!LooseJson.isAbsent(text) || /^$|text$/.test(LooseJson.text(json?.["type"]) ?? "")) return malformed
  }
  return undefined
}

const malformed = new AiError.InvalidResponseError({
  description: "the answer is not a chat completion: its content is not a text"
})
