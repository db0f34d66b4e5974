/**
 * Events that do not belong to an answer: they say that a server is busy, or keep its connection alive.
 */
import * as LooseJson from "./LooseJson.ts"

/** Whether an event says only that the server is still busy. */
export const isBusy = (json: LooseJson.Fields, name: string | undefined): boolean => {
  if (answerKeys.some((key) => !LooseJson.isAbsent(json[key])) || LooseJson.fields(json["message"])) return false
  const words = [name, json["type"], json["status"], json["state"], json["event"], json["object"], json["phase"]]
  const plain = words.flatMap((word) => typeof word === "string" ? [word.toLowerCase().replaceAll(/[^a-z]/g, "")] : [])
  return plain.some((word) => busy.has(word) || notices.has(word)) && !plain.some((word) => failures.test(word))
}

/** Whether an event of this name reports something beside the answer. */
export const isNotice = (name: string | undefined): boolean => name !== undefined && notices.has(name.toLowerCase())

const notices = new Set([
  "status",
  "info",
  "warning",
  "warn",
  "notice",
  "log",
  "debug",
  "heartbeat",
  "keepalive",
  "ping"
])

const failures = /error|fail|exception/

const answerKeys = ["choices", "delta", "content", "content_block", "error", "errors", "usage", "base_resp"]

const busy = new Set(
  ("ping heartbeat keepalive queued queue inqueue queueing loading modelloading processing inprogress pending starting"
    + " started initializing waiting warmingup progress scheduled connected open created").split(" ")
)
