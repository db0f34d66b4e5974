/**
 * What vendors say about their limits in the headers of an answer.
 *
 * Adapters keep these headers, and no others, in the `response` of the `finish` part. OpenAI and servers that speak like it
 * send `x-ratelimit-remaining-requests` and `x-ratelimit-reset-requests`, Anthropic `anthropic-ratelimit-requests-remaining`
 * and `anthropic-ratelimit-requests-reset`, and the same of tokens. Some add the window (`-requests-minute`), some leave out
 * the unit (`x-ratelimit-remaining`, `ratelimit-remaining`), which then means requests. `RetryAfter` reads the times.
 */
import type * as Response from "effect/ai/Response"
import * as RetryAfter from "../../http/internal/RetryAfter.ts"

/** Units of limits. @category models */
export type Unit = "requests" | "tokens" | "input-tokens" | "output-tokens"

/**
 * `remaining` may be taken until `resetAt`, Unix milliseconds. A vendor may limit one unit in several windows, a minute and a
 * day say: `name` is the unit with its window.
 *
 * @category models
 */
export interface RateLimit {
  readonly name: string
  readonly unit: Unit
  readonly remaining: number
  readonly resetAt: number
}

/** The part of a response that a `finish` part may hold. @category writing */
export const detailsOf = (
  { headers, status }: { readonly headers: Readonly<Record<string, string>>; readonly status: number }
): { readonly response?: NonNullable<Response.FinishPartEncoded["response"]> } => {
  let kept: Record<string, string> | undefined
  for (const name in headers) {
    if (isRateHeader.test(name)) (kept ??= {})[name] = headers[name]!
  }
  return kept === undefined ? {} : { response: { status, headers: kept } }
}

const isRateHeader = /^(?:x-|anthropic-)?ratelimit-/

/**
 * The limits of `part`, at the time `now` in Unix milliseconds. A limit whose rest or time cannot be read is left out.
 *
 * @category reading
 */
export const read = (
  part: Pick<Response.FinishPartEncoded, "response">,
  now: number
): ReadonlyArray<RateLimit> => {
  const headers = part.response?.headers ?? {}
  return Object.entries(headers).flatMap(([header, value]) => {
    const { name, reset, unit } = namesOf(header) ?? {}
    const time = reset === undefined ? undefined : headers[reset]
    if (name === undefined || unit === undefined || typeof value !== "string" || typeof time !== "string") return []
    const remaining = value.trim() === "" ? Number.NaN : Number(value)
    const wait = RetryAfter.millisOf(time, now)
    // Servers write -1 where there is no limit.
    return !(remaining >= 0) || wait === undefined
      ? []
      : [{ name, unit, remaining, resetAt: now + wait }]
  })
}

/** Of a header that says how much is left: which limit it speaks of, and which header says until when. */
const namesOf = (header: string) => {
  const [, vendor, unit = "requests"] =
    /^(anthropic-)ratelimit-(requests|(?:input-|output-)?tokens)-remaining$/.exec(header)
      ?? []
  if (vendor !== undefined) return { name: unit, unit: unit as Unit, reset: `anthropic-ratelimit-${unit}-reset` }
  const [whole, x = "", of = "", window = ""] =
    /^(x-)?ratelimit-remaining(-requests|-tokens|-input-tokens|-output-tokens)?(-second|-minute|-hour|-day|-month)?$/
      .exec(header)
      ?? []
  return whole === undefined ? undefined : {
    name: `${of}${window}`,
    unit: (of === "" ? "requests" : of.slice(1)) as Unit,
    reset: `${x}ratelimit-reset${of}${window}`
  }
}
