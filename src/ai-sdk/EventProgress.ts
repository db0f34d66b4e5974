/**
 * How far an answer has come, by its events alone: for the formats that no reader of ours follows.
 */
import type * as EventReader from "../llm/internal/EventReader.ts"
import * as FinishReason from "../llm/internal/FinishReason.ts"
import * as LooseJson from "../llm/internal/LooseJson.ts"
import * as VendorError from "../llm/internal/VendorError.ts"

/** Notes what each event says. */
export class EventProgress implements EventReader.Progress {
  private count = 0
  private finish: "none" | "beside content" | "alone" = "none"
  private isOver = false

  readonly pieces = () => this.count
  readonly isFinished = () => this.finish !== "none"
  readonly isLikelyLast = () => this.finish === "alone"
  readonly isEnded = () => this.isOver

  add(json: LooseJson.Fields): void {
    const type = LooseJson.text(json["type"]) ?? ""
    if (ends.has(type) || VendorError.find(json, () => true) !== undefined) this.isOver = true
    const [choice, candidate] = [json["choices"], json["candidates"]].map((list) =>
      LooseJson.fields(LooseJson.list(list)?.[0])
    )
    const delta = LooseJson.fields(json["delta"])
    const word = FinishReason.wordOf(
      LooseJson.text(choice?.["finish_reason"] ?? candidate?.["finishReason"] ?? delta?.["stop_reason"])
    )
    const said = [choice?.["delta"], choice?.["message"], candidate?.["content"], json["delta"]]
    const isContent = said.some(saysMore)
    if (word !== undefined) this.finish = isContent || this.count === 0 ? "beside content" : "alone"
    else if (isContent && this.finish === "alone") this.finish = "beside content"
    if (isContent || (said.every((one) => one === undefined) && !isSign(json, type))) this.count++
  }
}

/** Whether an event holds no more than what any may hold: counts, names and times. */
const isSign = (json: LooseJson.Fields, type: string): boolean =>
  type === "response.in_progress" || type === "response.created"
  || Object.entries(json).every(([key, value]) => signs.test(key) || !saysMore(value))

const signs =
  /^(?:type|object|id|.*_id|.*Id|created|created_at|createTime|model|modelVersion|usage|usageMetadata|system_fingerprint|service_tier|sequence_number|.*_index)$/

/** Whether a value holds a text, a number or a switch beside a role, a type and a stop reason. */
export const saysMore = (value: unknown): boolean => {
  if (Array.isArray(value)) return value.some(saysMore)
  const json = LooseJson.fields(value)
  return json === undefined
    ? !LooseJson.isNothing(value)
    : Object.entries(json).some(([key, inner]) => !besides.has(key) && saysMore(inner))
}

const besides = new Set(["role", "type", "index", "stop_reason", "stop_sequence", "stop_details"])

/** Events behind which nothing follows, of Anthropic and of OpenAI's responses. */
const ends = new Set([
  "message_stop",
  "error",
  "response.completed",
  "response.incomplete",
  "response.failed"
])
