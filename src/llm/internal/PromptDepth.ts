/**
 * The bound of depth where prompts enter, so that the code below may call itself for each level of one.
 */
import * as AiError from "effect/ai/AiError"
import * as SafeJson from "../../internal/SafeJson.ts"

/** Why a request is not sent: its prompt has more than `SafeJson.mostLevels` levels. `undefined` where it has not. */
export const refusal = (
  { prompt }: { readonly prompt: unknown },
  method: "generate" | "stream"
): AiError.AiError | undefined =>
  SafeJson.isDeep(prompt)
    ? AiError.make({
      module: "LlmProvider",
      method,
      reason: new AiError.InvalidRequestError({
        description: `the prompt is nested more than ${SafeJson.mostLevels} levels deep`
      })
    })
    : undefined
