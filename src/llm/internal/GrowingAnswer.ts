/**
 * An answer of a schema as it grows: the arguments of the tool that takes it, as far as they have come.
 *
 * A long answer is read again only when it has grown by a twentieth, so that reading it takes time in proportion to its length.
 */
import type * as Response from "effect/ai/Response"
import type * as Schema from "effect/Schema"
import * as PartialJson from "./PartialJson.ts"

/** The arguments so far, and the answer that was last read of them. */
export class GrowingAnswer {
  private readonly tool: string
  private readonly unbox: (given: unknown) => unknown
  private id: string | undefined
  private text = ""
  private read = 0
  private shown: string | undefined

  /** `tool` is the name of the tool, `unbox` makes the answer of its arguments. */
  constructor(tool: string, unbox: (given: unknown) => unknown) {
    this.tool = tool
    this.unbox = unbox
  }

  /** What of the answer has come with `part`, where it has grown. */
  add(part: Response.StreamPartEncoded): Schema.Json | undefined {
    if (part.type === "tool-params-start" && part.name === this.tool) {
      this.id = part.id
      this.text = ""
      this.read = 0
    }
    if (part.type === "tool-params-end" && part.id === this.id) return this.value()
    if (part.type !== "tool-params-delta" || part.id !== this.id) return undefined
    this.text += part.delta
    return this.text.length < this.read * 1.05 ? undefined : this.value()
  }

  private value(): Schema.Json | undefined {
    this.read = this.text.length
    const value = this.unbox(PartialJson.read(this.text))
    const json = value === undefined ? undefined : JSON.stringify(value)
    if (json === undefined || json === this.shown) return undefined
    this.shown = json
    // It was JSON a moment ago.
    return value as Schema.Json
  }
}
