/**
 * How long a server wants to be left alone, by the headers of its answer: `retry-after`, in seconds or as a date, or
 * `retry-after-ms`, which OpenAI and Azure send besides and which is the more exact one.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Headers from "effect/http/Headers"
import * as Result from "effect/Result"

/** The names of the headers are in lower case. */
export const read = Effect.fnUntraced(function*(
  headers: Readonly<Record<string, string | undefined>>
): Effect.fn.Return<Duration.Duration | undefined> {
  const exact = headers["retry-after-ms"]?.trim() ?? ""
  if (/^\d+(?:\.\d+)?$/.test(exact)) return Duration.millis(Number(exact))
  const parsed = Headers.parseRetryAfter(headers["retry-after"] ?? "")
  return Result.isSuccess(parsed) ? Headers.retryAfterDelay(parsed.success, yield* Clock.currentTimeMillis) : undefined
})
