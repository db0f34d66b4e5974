/**
 * What a chat completion says of itself: its id, its model, and when it was made.
 */
import type * as Response from "effect/ai/Response"
import * as LooseJson from "../internal/LooseJson.ts"

/** What of it can be used. */
export const metadataOf = (json: LooseJson.Fields): Response.ResponseMetadataPartEncoded => {
  const id = LooseJson.label(json["id"])
  const modelId = LooseJson.label(json["model"])
  const timestamp = timeOf(json["created"])
  return {
    type: "response-metadata",
    ...(id === undefined ? {} : { id }),
    ...(modelId === undefined ? {} : { modelId }),
    ...(timestamp === undefined ? {} : { timestamp })
  }
}

/** Unix seconds, or milliseconds. */
const timeOf = (created: unknown): string | undefined => {
  const number = typeof created === "string" && created.trim() !== "" ? Number(created) : created
  if (typeof number !== "number" || !(number > 0)) return undefined
  const millis = number < 1e11 ? number * 1_000 : number
  if (!(millis < 1e13)) return undefined
  if (millis !== latest.millis) latest = { millis, text: new Date(millis).toISOString() }
  return latest.text
}

/** Answers come many a second, and to write a time takes longer than to compare it. */
let latest = { millis: 0, text: "" }
