/**
 * Events in forms that vendors' packages read past, written by the letter.
 *
 * 1. Chat completions whose pieces are a `message`, of all so far or of what is new, become a `delta`.
 * 2. A text that came with the beginning of a block of Anthropic's messages becomes a piece of it.
 */
import * as LooseJson from "../llm/internal/LooseJson.ts"
import * as OpenAiChoice from "../llm/openai/OpenAiChoice.ts"

/** The events of one answer. */
export class EventForms {
  /** What chat completions have said so far. */
  private text = ""
  /** Whether calls of tools have come in pieces. */
  private hasCalls = false
  /** The text that a block of Anthropic's began with, as long as its pieces may say that again. */
  private begun: { readonly index: unknown; readonly key: "text" | "thinking"; readonly text: string } | undefined

  /** What is read for an event. */
  read(json: LooseJson.Fields): ReadonlyArray<LooseJson.Fields> {
    const choices = LooseJson.objects(json["choices"])
    if (choices !== undefined) return [{ ...json, choices: choices.map((choice) => this.choice(choice)) }]
    switch (json["type"]) {
      case "content_block_start":
        return this.begin(json)
      case "content_block_delta":
      case "content_block_stop":
        return [...this.beginning(json), json]
      default:
        return [json]
    }
  }

  private choice(choice: LooseJson.Fields): LooseJson.Fields {
    const delta = LooseJson.fields(choice["delta"])
    if (OpenAiChoice.indexOf(choice) !== 0) return choice
    this.text += LooseJson.text(delta?.["content"]) ?? ""
    if (!LooseJson.isNothing(delta?.["tool_calls"])) this.hasCalls = true
    const message = LooseJson.fields(choice["message"])
    if (message === undefined || LooseJson.isNothing(message)) return choice
    const { message: _, ...rest } = choice
    const said = LooseJson.text(message["content"]) ?? ""
    const isBeside = !LooseJson.isNothing(delta?.["content"])
    const isLast = OpenAiChoice.finishOf(choice) !== undefined
    const grows = said.startsWith(this.text) && (isLast || said.length > this.text.length)
    const text = this.text === "" ? said : grows ? said.slice(this.text.length) : isBeside ? "" : said
    this.text += text
    const calls = this.hasCalls ? undefined : LooseJson.objects(message["tool_calls"])
    if (calls !== undefined && calls.length > 0) this.hasCalls = isLast
    return {
      ...rest,
      delta: {
        ...message,
        ...delta,
        content: (LooseJson.text(delta?.["content"]) ?? "") + text,
        ...(calls === undefined ? { tool_calls: delta?.["tool_calls"] ?? null } : {
          tool_calls: calls.map((call, index) => ({ index, ...call }))
        })
      }
    }
  }

  private begin(json: LooseJson.Fields): ReadonlyArray<LooseJson.Fields> {
    const block = LooseJson.fields(json["content_block"])
    const key = block?.["type"] === "text" ? "text" : block?.["type"] === "thinking" ? "thinking" : undefined
    const text = key === undefined ? undefined : LooseJson.text(block![key])
    if (key === undefined || text === undefined) return [json]
    this.begun = { index: json["index"], key, text }
    return [{ ...json, content_block: { ...block, [key]: "" } }]
  }

  /** The text of the beginning, as a piece, unless the first piece says it again. */
  private beginning(json: LooseJson.Fields): ReadonlyArray<LooseJson.Fields> {
    const { begun } = this
    if (begun === undefined || begun.index !== json["index"]) return []
    this.begun = undefined
    const { key, text } = begun
    const first = LooseJson.text(LooseJson.fields(json["delta"])?.[key])
    if (first !== undefined && (first.startsWith(text) || text.startsWith(first))) return []
    return [{ type: "content_block_delta", index: begun.index, delta: { type: `${key}_delta`, [key]: text } }]
  }
}
