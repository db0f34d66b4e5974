/**
 * The bound of depth where prompts enter, so that the code below may call itself for each level of one.
 */
import * as AiError from "effect/ai/AiError"
import type * as Prompt from "effect/ai/Prompt"
import * as SafeJson from "../../internal/SafeJson.ts"
import * as PromptOrder from "../PromptOrder.ts"

/** Why a request is not sent: its prompt has more than `SafeJson.mostLevels` levels. `undefined` where it has not. */
export const refusal = (
  { prompt }: { readonly prompt: Prompt.Prompt },
  method: "generate" | "stream"
): AiError.AiError | undefined =>
  isDeep(prompt)
    ? AiError.make({
      module: "LlmProvider",
      method,
      reason: new AiError.InvalidRequestError({
        description: `the prompt is nested more than ${SafeJson.mostLevels} levels deep`
      })
    })
    : undefined

/** The messages of a conversation that were looked at, by the first of them: each turn of a loop sends them again. */
const shallow = new WeakMap<Prompt.Message, ReadonlyArray<Prompt.Message>>()

const isDeep = (prompt: Prompt.Prompt): boolean => {
  const { content } = prompt
  const [first] = content
  if (first === undefined || content.length === 1) return SafeJson.isDeep(prompt)
  const known = shallow.get(first)
  if (known === undefined || !PromptOrder.goesOn(prompt, known)) {
    if (SafeJson.isDeep(prompt)) return true
  } else {
    // The prompt and its list are two levels.
    for (let at = known.length; at < content.length; at++) {
      if (SafeJson.isDeep(content[at], SafeJson.mostLevels - 2)) return true
    }
  }
  shallow.set(first, content.slice())
  return false
}
