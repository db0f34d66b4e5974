/**
 * What a model thought, in the format of chat completions, and what its server wants to have back of it.
 */
import type * as Prompt from "effect/ai/Prompt"
import type * as Response from "effect/ai/Response"
import * as LooseJson from "../internal/LooseJson.ts"

/** How vLLM, DeepSeek and Moonshot send it, and how OpenRouter, Groq and Ollama do. */
const keys = ["reasoning_content", "reasoning"] as const

export class OpenAiThoughts {
  text = ""
  private key: typeof keys[number] | undefined
  /** OpenRouter's list of pieces. It goes back as it came. */
  private readonly details: Array<LooseJson.Fields> = []

  get isEmpty(): boolean {
    return this.text === "" && this.details.length === 0
  }

  /** Reads a message or a delta, and gives the text of it. */
  add(message: LooseJson.Fields): string {
    const key = keys.find((key) => LooseJson.text(message[key]) !== undefined)
    if (key === undefined && LooseJson.isAbsent(message["reasoning_details"])) return ""
    const details = (LooseJson.list(message["reasoning_details"]) ?? []).map(LooseJson.fields).filter((one) =>
      one !== undefined
    )
    for (const one of details) this.addDetail(one)
    // Where the text stands in the details only, it is taken from there.
    const text = key === undefined
      ? details.map((one) => LooseJson.text(one["text"] ?? one["summary"]) ?? "").join("")
      : LooseJson.text(message[key])!
    if (key !== undefined) this.key ??= key
    this.text += text
    return text
  }

  /** Adds a thought that stands among the parts of the content. */
  write(text: string): void {
    this.text += text
  }

  /** What goes back with the thought, to the same server. */
  metadata(server: string): Pick<Response.ReasoningPartEncoded, "metadata"> {
    if (this.key === undefined && this.details.length === 0) return {}
    return {
      metadata: {
        openai: {
          server,
          ...(this.key === undefined ? {} : { key: this.key }),
          ...(this.details.length === 0 ? {} : { details: this.details as never })
        }
      }
    }
  }

  /** Pieces of one text come in a row. */
  private addDetail(one: LooseJson.Fields): void {
    const last = this.details.at(-1)
    const key = one["type"] === "reasoning.summary" ? "summary" : "text"
    const isNext = last !== undefined && last["type"] === one["type"] && last["index"] === one["index"]
      && one["type"] !== "reasoning.encrypted"
    if (!isNext) {
      this.details.push({ ...one })
      return
    }
    const text = (LooseJson.text(last[key]) ?? "") + (LooseJson.text(one[key]) ?? "")
    const said = Object.fromEntries(Object.entries(one).filter(([, value]) => value !== null))
    this.details[this.details.length - 1] = { ...last, ...said, ...(text === "" ? {} : { [key]: text }) }
  }
}

/**
 * The fields of an assistant's message that hold what its server wants to have back. A thought in plain text goes back where
 * the message calls tools, as models that think between calls demand; elsewhere some servers refuse it.
 */
export const historyOf = (
  parts: ReadonlyArray<Prompt.AssistantMessagePart>,
  server: string,
  callsTools: boolean
): LooseJson.Fields => {
  const kept: Record<string, unknown> = {}
  for (const part of parts) {
    const own = LooseJson.fields(part.options["openai"])
    if (own?.["server"] !== server) continue
    if (part.type === "text") Object.assign(kept, own["message"])
    if (part.type !== "reasoning") continue
    const key = keys.find((key) => key === own["key"])
    const details = LooseJson.list(own["details"])
    if (details !== undefined) kept["reasoning_details"] = details
    if (key !== undefined && callsTools) kept[key] = part.text
  }
  return kept
}
