/**
 * What vendors tell about their limits in the headers of an answer.
 *
 * Adapters keep these headers, and no others, in the `response` of the `finish` part. OpenAI and those who speak like it
 * send `x-ratelimit-remaining-requests` and `x-ratelimit-reset-requests` (as `6m0s`), Anthropic
 * `anthropic-ratelimit-requests-remaining` and `anthropic-ratelimit-requests-reset` (a time), and the same of tokens.
 */
import type * as Response from "effect/ai/Response"
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"

/** Units of limits. @category models */
export type Unit = "requests" | "tokens" | "input-tokens" | "output-tokens"

/** `remaining` may be taken until `resetAt`, Unix milliseconds. @category models */
export interface Told {
  readonly unit: Unit
  readonly remaining: number
  readonly resetAt: number
}

/** The part of a response that a `finish` part may hold. @category writing */
export const detailsOf = (
  { headers, status }: { readonly headers: Readonly<Record<string, string>>; readonly status: number }
): { readonly response?: NonNullable<Response.FinishPartEncoded["response"]> } => {
  const kept = Object.entries(headers).filter(([name]) => /^(?:x|anthropic)-ratelimit-/.test(name))
  return kept.length === 0 ? {} : { response: { status, headers: Object.fromEntries(kept) } }
}

/** What `part` tells, at the time `now` in Unix milliseconds. @category reading */
export const read = (part: Pick<Response.FinishPartEncoded, "response">, now: number): ReadonlyArray<Told> =>
  units.flatMap((unit) => {
    const header = (name: string) => {
      const value = part.response?.headers[name]
      return typeof value === "string" ? value : undefined
    }
    const remaining = Number.parseInt(
      header(`x-ratelimit-remaining-${unit}`) ?? header(`anthropic-ratelimit-${unit}-remaining`) ?? "",
      10
    )
    const resetAt = timeOf(header(`x-ratelimit-reset-${unit}`) ?? header(`anthropic-ratelimit-${unit}-reset`), now)
    return Number.isNaN(remaining) || resetAt === undefined ? [] : [{ unit, remaining, resetAt }]
  })

const units: ReadonlyArray<Unit> = ["requests", "tokens", "input-tokens", "output-tokens"]

/** `6m0s`, `1.5s`, `120ms`, or a time as `2025-01-31T12:00:00Z`. */
const timeOf = (text: string | undefined, now: number): number | undefined => {
  if (text === undefined) return undefined
  if (/^(?:[\d.]+(?:ms|[dhms]))+$/.test(text)) {
    const pieces = Array.from(text.matchAll(/([\d.]+)(ms|[dhms])/g))
    return now + pieces.reduce((sum, [, count, unit]) => sum + Number(count) * (millis[unit ?? ""] ?? 0), 0)
  }
  return Option.getOrUndefined(Option.map(DateTime.make(text), DateTime.toEpochMillis))
}

const millis: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }
