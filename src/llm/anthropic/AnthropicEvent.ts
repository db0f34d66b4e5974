/**
 * What an event or a body in the format of Anthropic's messages is: by its type, its name, or else by what is in it.
 */
import * as AiError from "effect/ai/AiError"
import type * as Response from "effect/ai/Response"
import * as LooseJson from "../internal/LooseJson.ts"
import * as VendorError from "../internal/VendorError.ts"
import * as LlmHttpError from "../LlmHttpError.ts"

/** What keeps a body from being an answer in one piece, if anything does. @category reading */
export const problemOf = (body: unknown): AiError.AiErrorReason | undefined =>
  contentIn(body) === undefined ? holdsNothing(body) : undefined

/** The failure of a body without content. Another attempt changes no format. */
export const holdsNothing = (body: unknown): AiError.AiErrorReason =>
  LooseJson.objects(LooseJson.fields(body)?.["choices"])?.[0] === undefined
    ? LlmHttpError.unanswered("the answer is not a message: it holds no content")
    : new AiError.InvalidResponseError({
      description:
        "the server answers with a chat completion, which OpenAiCompatible.layer reads, and not with a message"
    })

/** The content of a body in one piece, where it holds one. */
export const contentIn = (body: unknown): ReadonlyArray<unknown> | undefined => {
  const json = LooseJson.fields(body)
  const given = json?.["content"]
  const isMessage = json?.["type"] === "message" || LooseJson.text(json?.["stop_reason"]) !== undefined
  return typeof given !== "string" || isMessage ? contentOf(given) : undefined
}

/** The blocks of a message: a list, one block, or a text. */
export const contentOf = (content: unknown): ReadonlyArray<unknown> | undefined =>
  typeof content === "string"
    ? [{ type: "text", text: content }]
    : typeof LooseJson.fields(content)?.["type"] === "string"
    ? [content]
    : LooseJson.list(content)

/** The failure that a body is, if it is one. `event` is the name of its event. */
export const failureIn = (body: unknown, event: string | undefined): AiError.AiErrorReason | undefined => {
  const json = LooseJson.fields(body)
  const nested = LooseJson.fields(json?.["message"])
  const error = VendorError.find(body, (json) => isAnswer(json, event))
    ?? (nested?.["type"] === "error" ? VendorError.of(nested, {}) : undefined)
    ?? (event === "error" ? VendorError.of(json ?? String(body), {}) : undefined)
  return error === undefined ? undefined : LlmHttpError.fromVendor(error)
}

const isAnswer = (json: LooseJson.Fields, event: string | undefined): boolean =>
  json["content"] !== undefined || typeOf(json, event) !== undefined

const types = new Set([
  "message",
  "message_start",
  "content_block_start",
  "content_block_delta",
  "content_block_stop",
  "message_delta",
  "message_stop",
  "ping"
])

/** What an event is: by its type, its name, or else by what is in it. */
export const typeOf = (json: LooseJson.Fields, event: string | undefined): string | undefined => {
  const named = [json["type"], event].find((type) => typeof type === "string" && types.has(type))
  if (named !== undefined) return named as string
  const delta = LooseJson.fields(json["delta"])
  if (delta !== undefined) return "stop_reason" in delta ? "message_delta" : "content_block_delta"
  if (json["content"] !== undefined && contentIn(json) !== undefined) return "message"
  if (LooseJson.fields(json["content_block"])) return "content_block_start"
  return LooseJson.fields(json["message"]) === undefined ? undefined : "message_start"
}

/** What a message says of itself. */
export const metadataOf = (message: LooseJson.Fields): Response.ResponseMetadataPartEncoded => {
  const id = LooseJson.label(message["id"])
  const modelId = LooseJson.label(message["model"])
  return {
    type: "response-metadata",
    ...(id === undefined ? {} : { id }),
    ...(modelId === undefined ? {} : { modelId })
  }
}
