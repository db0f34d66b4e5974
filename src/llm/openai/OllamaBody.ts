/**
 * Answers in Ollama's own format (`/api/chat`, `/api/generate`), as chat completions: gateways pass them on where a chat completion
 * was asked for. They come whole, or as one object a line.
 */
import * as LooseJson from "../internal/LooseJson.ts"

/** `body` as a chat completion, or as a piece of one. Anything else stays as it is. */
export const asCompletion = (body: unknown, isWhole: boolean): unknown => {
  const json = LooseJson.fields(body)
  if (json === undefined || typeof json["done"] !== "boolean" || !LooseJson.isAbsent(json["choices"])) return body
  const { created_at, done, done_reason, eval_count, message, prompt_eval_count, response, thinking, ...rest } = json
  const said = LooseJson.fields(message) ?? (typeof response === "string" ? { content: response, thinking } : undefined)
  if (said === undefined) return body
  const isCounted = !LooseJson.isAbsent(prompt_eval_count) || !LooseJson.isAbsent(eval_count)
  const isPiece = !isWhole || !done
  return {
    ...rest,
    object: isPiece ? "chat.completion.chunk" : "chat.completion",
    created: typeof created_at === "string" ? Date.parse(created_at) / 1_000 : created_at,
    choices: [{
      index: 0,
      [isPiece ? "delta" : "message"]: said,
      finish_reason: done ? done_reason ?? "stop" : null
    }],
    ...(isCounted ? { usage: { prompt_tokens: prompt_eval_count, completion_tokens: eval_count } } : {})
  }
}
