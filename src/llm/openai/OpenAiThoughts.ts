/**
 * What a model thought, in the format of chat completions, and what its server wants to have back of it.
 */
import type * as Prompt from "effect/ai/Prompt"
import type * as Response from "effect/ai/Response"
import * as LooseJson from "../internal/LooseJson.ts"

/** How vLLM, DeepSeek and Moonshot send it, how OpenRouter, Groq and Ollama do, and how Ollama's own API does. */
const keys = ["reasoning_content", "reasoning", "thinking"] as const

/** The thoughts of one answer so far. */
export class OpenAiThoughts {
  text = ""
  private key: typeof keys[number] | undefined
  /** OpenRouter's list of pieces. It goes back as it came. */
  private readonly details: Array<LooseJson.Fields> = []
  /** Mistral's thoughts among the parts of the content. They go back as they came. */
  private readonly parts: Array<LooseJson.Fields> = []

  get isEmpty(): boolean {
    return this.text === "" && this.details.length === 0
  }

  /** Reads a message or a delta, and gives what is new in the text of it. A message may say all so far. */
  add(message: LooseJson.Fields, isMessage: boolean): string {
    const key = keys.find((key) => LooseJson.text(message[key]) !== undefined)
    if (key === undefined && LooseJson.isAbsent(message["reasoning_details"])) return ""
    const details = (LooseJson.list(message["reasoning_details"]) ?? []).map(LooseJson.fields).filter((one) =>
      one !== undefined
    )
    for (const one of details) this.addDetail(one)
    // Where the text stands in the details only, it is taken from there.
    const said = key === undefined
      ? details.map((one) => LooseJson.text(one["text"] ?? one["summary"]) ?? "").join("")
      : LooseJson.text(message[key])!
    const repeats = isMessage && this.text !== "" && said.startsWith(this.text)
    const text = repeats ? said.slice(this.text.length) : said
    if (key !== undefined) this.key ??= key
    this.text += text
    return text
  }

  /** Adds thoughts that stand among the parts of the content. Those of a stream are pieces of one. */
  write(text: string, parts: ReadonlyArray<LooseJson.Fields>, isPiece: boolean): void {
    this.text += text
    for (const part of parts) {
      const last = this.parts.at(-1)
      if (!isPiece || last === undefined) this.parts.push(part)
      else {this.parts[this.parts.length - 1] = {
          ...last,
          ...part,
          thinking: joined(last["thinking"], part["thinking"])
        }}
    }
  }

  /** What goes back with the thought, to the same server. */
  metadata(server: string): Pick<Response.ReasoningPartEncoded, "metadata"> {
    if (this.key === undefined && this.details.length === 0 && this.parts.length === 0) return {}
    return {
      metadata: {
        openai: {
          server,
          ...(this.key === undefined ? {} : { key: this.key }),
          ...(this.details.length === 0 ? {} : { details: this.details as never }),
          ...(this.parts.length === 0 ? {} : { parts: this.parts as never })
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

/** Two lists of texts as one, in which the texts of one kind that follow each other are one. */
const joined = (before: unknown, more: unknown): ReadonlyArray<unknown> => {
  const all = [...LooseJson.list(before) ?? []]
  for (const one of LooseJson.list(more) ?? []) {
    const json = LooseJson.fields(one)
    const last = LooseJson.fields(all.at(-1))
    if (json?.["type"] === last?.["type"] && typeof json?.["text"] === "string" && typeof last?.["text"] === "string") {
      all[all.length - 1] = { ...last, ...json, text: last["text"] + json["text"] }
    } else all.push(one)
  }
  return all
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
    const thoughts = LooseJson.list(own["parts"])
    if (thoughts !== undefined) {
      const text = parts.flatMap((part) => part.type === "text" ? [part.text] : []).join("")
      kept["content"] = [...thoughts, ...(text === "" ? [] : [{ type: "text", text }])]
    }
  }
  return kept
}
