/**
 * Keeps a provider's limits: calls at a time, requests and tokens a minute.
 *
 * A call waits for its turn, first come, first served. It reserves an estimate of its tokens when it starts and settles with
 * what the vendor counted when it ends. Requests and tokens count from the start of their call for one minute, so that no
 * minute, wherever it begins, holds more than is allowed. (The counters of effect's `RateLimiter` reset at once or refill
 * steadily: both let nearly twice the limit through in some minute, and nothing can be given back to them.)
 *
 * 1. Waiting for our own limits has no bound but the queue: it is what the user asked for.
 * 2. Waiting because the vendor said so is bounded by `maxRetryAfter`; a call that would wait longer fails at once with a
 *    `RateLimitError`, so that a fallback is asked.
 * 3. What a vendor says holds for an hour at most: after that the next call finds out.
 */
import * as AiError from "effect/ai/AiError"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import type * as Layer from "effect/Layer"
import * as Semaphore from "effect/Semaphore"
import * as Stated from "../../agent/internal/Stated.ts"
import * as EncodedRequest from "../EncodedRequest.ts"
import { around, type LlmCall } from "../LlmCall.ts"
import * as LlmEstimate from "../LlmEstimate.ts"
import { retryAfterOf } from "../LlmHttpError.ts"
import { LlmProvider } from "../LlmProvider.ts"
import * as LlmRejection from "../LlmRejection.ts"
import * as LlmUsage from "../LlmUsage.ts"
import * as LlmRateHeaders from "./LlmRateHeaders.ts"

/** A limit that is absent is not kept. @category models */
export interface Options {
  /** Calls that run at the same time. A stream runs until it has ended. */
  readonly inFlight?: number
  readonly requestsPerMinute?: number
  /** Input and output together. */
  readonly tokensPerMinute?: number
  /** Without what the vendor read from its cache, as Anthropic counts. */
  readonly inputTokensPerMinute?: number
  readonly outputTokensPerMinute?: number
  /**
   * What a call reserves. Default: a token for every 4 bytes of the request, 1,600 for a file, and for the answer
   * `LlmSettings.maxOutputTokens`, or 1,000. A call that takes more than it reserved can pass a limit of tokens.
   */
  readonly estimate?: (request: EncodedRequest.EncodedRequest) => LlmEstimate.LlmEstimate
  /**
   * How long a call waits because the vendor said so, by `Retry-After` or by its rate headers. Where the vendor asks for
   * more, the call fails at once with a `RateLimitError` that holds the wait. Default: 1 minute.
   */
  readonly maxRetryAfter?: Duration.Input
}

/**
 * Limits the provider below, in this process. It learns from the vendor, too: after an answer whose headers say how much is
 * left and until when, no more than that is asked for, and after a 429 with `Retry-After` nothing until then. A call that
 * would wait for the vendor for longer than `maxRetryAfter` fails with a `RateLimitError`.
 *
 * A call that alone is estimated above a limit of tokens runs when it has a minute for itself. A call that is interrupted
 * while it waits takes nothing.
 *
 * Throws `InvalidDefinition` for a limit that is not a number above 0.
 *
 * @category layers
 */
export const layer = (options: Options): Layer.Layer<LlmProvider, never, LlmProvider> => {
  Stated.checkBounds("LlmLimits", options, {
    inFlight: "places",
    requestsPerMinute: "rate",
    tokensPerMinute: "rate",
    inputTokensPerMinute: "rate",
    outputTokensPerMinute: "rate",
    maxRetryAfter: "duration"
  })
  return LlmProvider.around(Effect.fnUntraced(function*(inner) {
    const estimate = options.estimate ?? LlmEstimate.make({ bytesPerToken: 4, outputTokens: 1_000, fileTokens: 1_600 })
    const places = yield* Semaphore.make(options.inFlight ?? Number.MAX_SAFE_INTEGER)
    const turn = yield* Semaphore.make(1)
    const freed = yield* Latch.make(false)
    const window = new Window(options)
    const maxRetryAfter = Duration.toMillis(options.maxRetryAfter ?? "1 minute")

    return around(
      inner,
      Effect.fnUntraced(function*(call) {
        const guess = estimate(yield* EncodedRequest.encode(inner, call.method, call.request))
        yield* Semaphore.takeScoped(places, 1)
        const enter = Effect.gen(function*() {
          while (true) {
            freed.closeUnsafe()
            const now = yield* Clock.currentTimeMillis
            const asked = window.waitForVendor(guess, now)
            if (asked > maxRetryAfter) {
              return yield* AiError.make({
                module: "LlmLimits",
                method: call.method,
                reason: new AiError.RateLimitError({ retryAfter: Duration.millis(asked) })
              })
            }
            const wait = Math.max(asked, window.waitForLimits(guess, now))
            if (wait === 0) return
            yield* Effect.timeoutOrElse(freed.await, { duration: wait, orElse: () => Effect.void })
          }
        })
        const reserve = Effect.acquireRelease(
          Effect.map(Clock.currentTimeMillis, (now) => window.enter(guess, now)),
          (entry) =>
            Effect.map(Clock.currentTimeMillis, (now) => {
              window.settle(entry, call, now)
              freed.openUnsafe()
            })
        )
        yield* turn.withPermit(Effect.andThen(enter, reserve))
      })
    )
  }))
}

type Amounts = Readonly<Record<LlmRateHeaders.Unit, number>>

/** A call that counts. */
interface Entry {
  readonly startedAt: number
  readonly guess: LlmEstimate.LlmEstimate
  amounts: Amounts
}

/** Milliseconds. Both ends of a minute belong to it. */
const minute = 60_000 + 1

/** Milliseconds for which a vendor is believed. */
const hour = 3_600_000

/** What a vendor said about one of its limits, in an answer to a call that started at `startedAt`. */
interface Announced {
  readonly unit: LlmRateHeaders.Unit
  remaining: number
  readonly resetAt: number
  readonly startedAt: number
}

/** The calls of the last minute, and what the vendor said last. */
class Window {
  private entries: Array<Entry> = []
  /** By the name of the limit. */
  private readonly announced = new Map<string, Announced>()
  private closedUntil = 0
  private readonly limits: ReadonlyArray<readonly [LlmRateHeaders.Unit, number]>

  constructor(options: Options) {
    const limits: ReadonlyArray<readonly [LlmRateHeaders.Unit, number | undefined]> = [
      ["requests", options.requestsPerMinute],
      ["tokens", options.tokensPerMinute],
      ["input-tokens", options.inputTokensPerMinute],
      ["output-tokens", options.outputTokensPerMinute]
    ]
    this.limits = limits.flatMap(([unit, limit]) => limit === undefined ? [] : [[unit, limit] as const])
  }

  /** Milliseconds until our own limits let a call of `guess` start, if nothing else happens. */
  waitForLimits(guess: LlmEstimate.LlmEstimate, now: number): number {
    this.entries = this.entries.filter(({ startedAt }) => startedAt + minute > now)
    const needed = amountsOf(guess)
    let from = now
    for (const [unit, limit] of this.limits) from = Math.max(from, this.fits(unit, limit, needed[unit]))
    return Math.ceil(from - now)
  }

  /** Milliseconds until the vendor lets a call of `guess` start, by what it said last. */
  waitForVendor(guess: LlmEstimate.LlmEstimate, now: number): number {
    const needed = amountsOf(guess)
    let from = Math.max(now, this.closedUntil)
    for (const [name, { remaining, resetAt, unit }] of this.announced) {
      if (resetAt <= now) this.announced.delete(name)
      else if (needed[unit] > remaining) from = Math.max(from, resetAt)
    }
    return Math.ceil(from - now)
  }

  enter(guess: LlmEstimate.LlmEstimate, now: number): Entry {
    const entry = { startedAt: now, guess, amounts: amountsOf(guess) }
    this.entries.push(entry)
    for (const limit of this.announced.values()) limit.remaining -= entry.amounts[limit.unit]
    return entry
  }

  settle(entry: Entry, { error, parts }: LlmCall, now: number): void {
    const finish = parts.find((part) => part.type === "finish")
    if (LlmRejection.of(error) !== undefined) {
      // It was never sent.
      entry.amounts = nothing
    } else if (finish !== undefined) {
      const { inputTokens, outputTokens, uncachedInputTokens } = LlmUsage.tokensOf(finish)
      // Where the vendor counts nothing, the call is taken to have used what it reserved.
      if (inputTokens + outputTokens > 0) {
        entry.amounts = { ...amountsOf({ inputTokens, outputTokens }), "input-tokens": uncachedInputTokens }
      }
      this.learn(entry, LlmRateHeaders.read(finish, now), now)
    } else if (error !== undefined && refused.has(error.reason._tag)) {
      entry.amounts = { ...nothing, requests: 1 }
      const asked = Duration.toMillis(retryAfterOf(error) ?? Duration.zero)
      this.closedUntil = Math.max(this.closedUntil, now + Math.min(asked, hour))
    } else if (parts.length === 0) {
      // The vendor has read the request; what it wrote stays unknown.
      entry.amounts = amountsOf({ ...entry.guess, outputTokens: 0 })
    }
  }

  /**
   * Headers come with the beginning of an answer, and a stream may end long after that: what the answer to a later call said
   * stands, and calls that began since then are not in it.
   */
  private learn({ startedAt }: Entry, limits: ReadonlyArray<LlmRateHeaders.RateLimit>, now: number): void {
    for (const { name, remaining, resetAt, unit } of limits) {
      const before = this.announced.get(name)
      if (before !== undefined && before.startedAt > startedAt) continue
      const since = this.entries.reduce(
        (sum, other) => other.startedAt > startedAt ? sum + other.amounts[unit] : sum,
        0
      )
      this.announced.set(name, {
        unit,
        remaining: remaining - since,
        resetAt: Math.min(resetAt, now + hour),
        startedAt
      })
    }
  }

  /** When `needed` more fit. */
  private fits(unit: LlmRateHeaders.Unit, limit: number, needed: number): number {
    let over = Math.min(needed, limit) - limit
    for (const { amounts } of this.entries) over += amounts[unit]
    let from = 0
    for (const { amounts, startedAt } of this.entries) {
      if (over <= 0) break
      over -= amounts[unit]
      from = startedAt + minute
    }
    return from
  }
}

const amountsOf = ({ inputTokens, outputTokens }: LlmEstimate.LlmEstimate): Amounts => ({
  requests: 1,
  tokens: inputTokens + outputTokens,
  "input-tokens": inputTokens,
  "output-tokens": outputTokens
})

const nothing: Amounts = { requests: 0, tokens: 0, "input-tokens": 0, "output-tokens": 0 }

/** The vendor said no before it did anything. */
const refused = new Set<string>([
  "RateLimitError",
  "QuotaExhaustedError",
  "AuthenticationError",
  "InvalidRequestError",
  "InternalProviderError",
  "UnsupportedSchemaError"
])
