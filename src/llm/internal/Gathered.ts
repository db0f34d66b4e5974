/**
 * The parts of a stream, put together as those of an answer in one piece.
 */
import * as AiError from "effect/ai/AiError"
import type * as Response from "effect/ai/Response"

type Open = { -readonly [K in keyof TextLike]: TextLike[K] }
type TextLike = Extract<Response.PartEncoded, { readonly type: "text" | "reasoning" }>

/** The parts so far. */
export class Gathered {
  readonly parts: Array<Response.PartEncoded> = []
  /** What the stream failed with, where it said so in a part. */
  error: AiError.AiError | undefined = undefined
  private readonly open = new Map<string, Open>()

  add(part: Response.StreamPartEncoded): void {
    switch (part.type) {
      case "text-start":
      case "reasoning-start": {
        const begun = {
          type: part.type === "text-start" ? "text" as const : "reasoning" as const,
          text: "",
          ...(part.metadata === undefined ? undefined : { metadata: part.metadata })
        }
        this.open.set(keyOf(part), begun)
        this.parts.push(begun)
        return
      }
      case "text-delta":
      case "reasoning-delta":
      case "text-end":
      case "reasoning-end": {
        const begun = this.open.get(keyOf(part))
        if (begun === undefined) return
        if ("delta" in part) begun.text += part.delta
        if (part.metadata !== undefined) begun.metadata = { ...begun.metadata, ...part.metadata }
        return
      }
      // The call itself follows.
      case "tool-params-start":
      case "tool-params-delta":
      case "tool-params-end":
        return
      case "error":
        this.error = AiError.isAiError(part.error)
          ? part.error
          : AiError.make({
            module: "LlmProvider",
            method: "stream",
            reason: new AiError.UnknownError({ description: String(part.error) })
          })
        return
      default:
        this.parts.push(part)
    }
  }
}

const keyOf = ({ id, type }: { readonly type: string; readonly id: string }): string =>
  `${type.startsWith("text") ? "text" : "reasoning"} ${id}`
