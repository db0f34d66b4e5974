/**
 * Events that do not belong to an answer: they say that a server is busy, or keep its connection alive.
 */
import * as LooseJson from "./LooseJson.ts"

/** Whether an event says only that the server is still busy. */
export const isBusy = (json: LooseJson.Fields, name: string | undefined): boolean => {
  if (answerKeys.some((key) => !LooseJson.isAbsent(json[key])) || LooseJson.fields(json["message"])) return false
  const words = [name, json["type"], json["status"], json["state"], json["event"], json["object"], json["phase"]]
  return words.some((word) => typeof word === "string" && busy.has(word.toLowerCase().replaceAll(/[^a-z]/g, "")))
}

const answerKeys = ["choices", "delta", "content", "content_block", "error", "errors", "usage", "base_resp"]

const busy = new Set(
  ("ping heartbeat keepalive queued queue inqueue queueing loading modelloading processing inprogress pending starting"
    + " started initializing waiting warmingup progress scheduled connected open created").split(" ")
)
