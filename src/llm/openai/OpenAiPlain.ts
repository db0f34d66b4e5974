/**
 * A whole chat completion in the usual form, read at once: one choice, with a text, calls of tools, or both.
 *
 * What is plainly nothing else is read here, as `OpenAiAnswer` reads it. `undefined` is any other body, for that one to read or
 * to refuse.
 */
import type * as Response from "effect/ai/Response"
import * as Result from "effect/Result"
import * as CallIds from "../internal/CallIds.ts"
import * as FinishReason from "../internal/FinishReason.ts"
import * as LooseJson from "../internal/LooseJson.ts"
import * as StatedCost from "../internal/StatedCost.ts"
import * as TokenCounts from "../internal/TokenCounts.ts"
import * as ToolWire from "../internal/ToolWire.ts"
import type { LlmRequest } from "../LlmProvider.ts"
import * as OpenAiMetadata from "./OpenAiMetadata.ts"
import * as OpenAiUsage from "./OpenAiUsage.ts"
import type { Context } from "./OpenAiWire.ts"

/** Reads a body. */
export const read = (body: unknown, { details, request }: Context): Array<Response.PartEncoded> | undefined => {
  const json = LooseJson.fields(body)
  if (json === undefined || !hasOnly(json, bodyKeys) || json["object"] !== "chat.completion") return undefined
  if (request.responseFormat.type !== "text") return undefined
  const choices = json["choices"]
  const choice = Array.isArray(choices) && choices.length === 1 ? LooseJson.fields(choices[0]) : undefined
  if (choice === undefined || choice["index"] !== 0 || !hasOnly(choice, choiceKeys)) return undefined
  const message = LooseJson.fields(choice["message"])
  if (message === undefined || !hasOnly(message, messageKeys)) return undefined
  const { content, refusal, tool_calls } = message
  if (!LooseJson.isAbsent(refusal)) return undefined
  const finish = choice["finish_reason"]
  const parts: Array<Response.PartEncoded> = [OpenAiMetadata.metadataOf(json)]
  if (typeof content === "string" && content !== "") {
    if (content.trim() === "" || mayBePrinted.test(content)) return undefined
    parts.push({ type: "text", text: content })
  } else if (!LooseJson.isAbsent(content) && content !== "") return undefined
  if (LooseJson.isAbsent(tool_calls)) {
    if (parts.length === 1 || (finish !== "stop" && finish !== "length")) return undefined
  } else if (finish !== "tool_calls" || !Array.isArray(tool_calls) || !addCalls(parts, tool_calls, request)) {
    return undefined
  }
  const counts = OpenAiUsage.countsOf(json["usage"])
  parts.push({
    type: "finish",
    reason: FinishReason.of(finish, finish === "tool_calls"),
    usage: TokenCounts.usageOf(counts, "input"),
    ...StatedCost.metadataOf("openai", counts.costUsd),
    ...details
  })
  return parts
}

/** Adds the calls to `parts`, unless one of them is not plain. */
const addCalls = (
  parts: Array<Response.PartEncoded>,
  given: ReadonlyArray<unknown>,
  request: LlmRequest
): boolean => {
  if (given.length === 0) return false
  const ids = CallIds.make(request.prompt)
  for (let at = 0; at < given.length; at++) {
    const call = LooseJson.fields(given[at])
    const called = LooseJson.fields(call?.["function"])
    if (call === undefined || called === undefined || !hasOnly(call, callKeys) || !hasOnly(called, calledKeys)) {
      return false
    }
    const { id } = call
    const { arguments: json, name } = called
    if (typeof id !== "string" || id.trim() === "" || typeof name !== "string" || name === "") return false
    if (typeof json !== "string" || !isObject.test(json) || isRepeated(given, at, id)) return false
    const read = ToolWire.callOf(request, ids.unique(id), name, json)
    if (Result.isFailure(read)) return false
    parts.push(read.success)
  }
  return true
}

/** Whether an earlier call has this id. */
const isRepeated = (calls: ReadonlyArray<unknown>, at: number, id: string): boolean => {
  for (let before = 0; before < at; before++) if (LooseJson.fields(calls[before])?.["id"] === id) return true
  return false
}

const hasOnly = (json: LooseJson.Fields, keys: ReadonlySet<string>): boolean => {
  for (const key in json) if (!keys.has(key)) return false
  return true
}

// What is read of these, and what no answer is read by.
const bodyKeys = new Set(
  ["id", "object", "created", "model", "choices", "usage", "service_tier", "system_fingerprint"]
)
const choiceKeys = new Set(["index", "message", "logprobs", "finish_reason"])
const messageKeys = new Set(["role", "content", "refusal", "tool_calls", "annotations"])
const callKeys = new Set(["id", "type", "function", "index"])
const calledKeys = new Set(["name", "arguments"])

/** A thought or a call that is printed into a text begins with one of these. */
const mayBePrinted = /[<[{◁]/

const isObject = /^\s*\{[^]*\}\s*$/
