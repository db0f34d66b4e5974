/**
 * What a conversation says about the calls of tools in it.
 */
import type { Prompt } from "effect/ai"

/** The results of its calls that the model received, in order. */
export const of = ({ content }: Prompt.Prompt): ReadonlyArray<any> =>
  content.flatMap((message) =>
    message.role === "tool" ? message.content.flatMap((part) => part.type === "tool-result" ? [part.result] : []) : []
  )
