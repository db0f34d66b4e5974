/**
 * Counts what an answer took, and adds it to the run.
 */
import * as Model from "effect/ai/Model"
import type * as Response from "effect/ai/Response"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as LiveRun from "../agent/internal/LiveRun.ts"
import * as Run from "../agent/Run.ts"
import * as StatedCost from "./internal/StatedCost.ts"
import { identityOf, type LlmIdentity } from "./LlmIdentity.ts"
import type { LlmPrice } from "./LlmPrices.ts"
import * as LlmPrices from "./LlmPrices.ts"

/**
 * What one answer took, and which model gave it. `unmeasured` says why its cost is not known: there is no price for the
 * model, or for calls like this one, or the vendor did not count the tokens.
 *
 * @category models
 */
export interface LlmUsage {
  readonly identity: LlmIdentity
  readonly usage: Run.Usage
  readonly unmeasured: "price" | "usage" | undefined
}

/** Parts of an answer, encoded or not. */
type Measurable =
  | { readonly type: Exclude<Part["type"], "finish"> }
  | Pick<Response.FinishPartEncoded, "type" | "usage" | "metadata">

type Part =
  | Response.AllParts<{}>
  | Response.ToolCallPart<string, unknown>
  | Response.AnyPart
  | Response.PartEncoded
  | Response.StreamPartEncoded

/**
 * Reads the usage of an answer from its parts, records it in the run and annotates the run with who answered.
 *
 * @category recording
 */
export const record = (parts: ReadonlyArray<Part>): Effect.Effect<LlmUsage> =>
  Effect.withFiber((fiber) => Effect.succeed(recordIn(fiber, parts)))

/** @internal As `record`, in the run around `fiber`. */
export const recordIn = (fiber: Fiber.Fiber<unknown, unknown>, parts: ReadonlyArray<Part>): LlmUsage => {
  const identity = identityOf(parts) ?? foreignIdentity(fiber.context, parts)
  const price = priceOf(fiber.getRef(LlmPrices.LlmPrices), identity)
  const { unmeasured, usage } = measure(parts, identity, price)
  const run = fiber.getRef(Run.Current)
  run?.addUsage(usage)
  run?.annotate("llm", identity)
  return { identity, usage, unmeasured }
}

/** Most calls are signed with the same few values. */
const prices = new WeakMap<
  LlmIdentity,
  readonly [all: Readonly<Record<string, LlmPrice>>, price: LlmPrice | undefined]
>()

const priceOf = (all: Readonly<Record<string, LlmPrice>>, identity: LlmIdentity): LlmPrice | undefined => {
  const known = prices.get(identity)
  if (known?.[0] === all) return known[1]
  const price = LlmPrices.find(all, identity)
  prices.set(identity, [all, price])
  return price
}

/** What was counted below a place, where a model of ours was asked. */
class Meter {
  counted: LlmUsage | undefined = undefined
  /** A model of ours streams, and counts by itself. */
  isOurs = false
}

const CurrentMeter = Context.Reference<Meter | undefined>("greenlang/llm/LlmUsage/Meter", {
  defaultValue: () => undefined
})

/** @internal As `recordIn`, and shows it to the `metered` call around it. */
export const recordMeteredIn: typeof recordIn = (fiber, parts) => {
  const used = recordIn(fiber, parts)
  const meter = fiber.getRef(CurrentMeter)
  if (meter !== undefined) {
    meter.counted = meter.counted === undefined ? used : { ...used, usage: add(meter.counted.usage, used.usage) }
  }
  return used
}

/**
 * @internal Makes a call of a model, and answers with what it took, too. Our models count by themselves; of another, what
 * `partsOf` its answer says is recorded here.
 */
export const metered = <A, E, R>(
  call: Effect.Effect<A, E, R>,
  partsOf: (answer: A) => ReadonlyArray<Part>
): Effect.Effect<{ readonly answer: A; readonly used: LlmUsage }, E, R> =>
  Effect.suspend(() => {
    const meter = new Meter()
    return Effect.flatMap(Effect.provideService(call, CurrentMeter, meter), (answer) =>
      Effect.map(
        meter.counted === undefined ? record(partsOf(answer)) : Effect.succeed(meter.counted),
        (used) => ({ answer, used })
      ))
  })

/** @internal As `metered`, of a stream. `take` gets the pieces that no model of ours counts and emits. */
export const meteredStream = <A, E, R>(
  stream: Stream.Stream<A, E, R>,
  take: (piece: A) => Effect.Effect<unknown>
): Stream.Stream<A, E, R> =>
  Stream.suspend(() => {
    const meter = new Meter()
    return stream.pipe(
      Stream.provideService(CurrentMeter, meter),
      Stream.tap((piece) => meter.isOurs ? Effect.void : take(piece))
    )
  })

/** @internal A model of ours begins to stream for the `meteredStream` around it. */
export const claim: Effect.Effect<void> = Effect.map(CurrentMeter, (meter) => {
  if (meter !== undefined) meter.isOurs = true
})

/**
 * The counts of a `finish` part, 0 where the vendor has none. They add up: no part is larger than its whole, and the larger of
 * two that contradict each other holds. `isMeasured` says whether input and output were both counted.
 *
 * @category reading
 */
export const tokensOf = (finish: Pick<Response.FinishPartEncoded, "usage" | "metadata"> | undefined) => {
  const input = finish?.usage.inputTokens
  const output = finish?.usage.outputTokens
  const cacheRead = countOf(input?.cacheRead)
  const cacheWrite = countOf(input?.cacheWrite)
  const inputTokens = Math.max(countOf(input?.total), countOf(input?.uncached) + cacheRead + cacheWrite)
  const reasoning = countOf(output?.reasoning)
  const outputTokens = Math.max(countOf(output?.total), countOf(output?.text) + reasoning)
  return {
    inputTokens,
    outputTokens,
    cachedInputTokens: cacheRead,
    reasoningTokens: reasoning,
    /** What was not read from the vendor's cache, with what was written to it. */
    uncachedInputTokens: inputTokens - cacheRead,
    writtenInputTokens: cacheWrite,
    /** The part of it that was written for an hour. */
    longWrittenInputTokens: Math.min(longWrittenOf(finish?.metadata), cacheWrite),
    isMeasured: inputTokens > 0 && (output?.total !== undefined || output?.text !== undefined)
  }
}

/** A model that is not ours may count anything. */
const countOf = (count: number | undefined): number =>
  count !== undefined && Number.isFinite(count) && count > 0 ? count : 0

/** `effect/ai` has no field for it: it stands in Anthropic's own usage, which adapters pass on. */
const longWrittenOf = (metadata: Response.ProviderMetadata | undefined): number => {
  const own = metadata?.["anthropic"]
  return own !== undefined && isTiered(own) ? own.usage.cache_creation.ephemeral_1h_input_tokens : 0
}

const isTiered = Schema.is(Schema.Struct({
  usage: Schema.Struct({ cache_creation: Schema.Struct({ ephemeral_1h_input_tokens: Schema.Finite }) })
}))

/**
 * What an answer of `identity` took by its parts, at a price. Its cost is the larger of what its tokens cost and what the vendor
 * states (`usage.cost` of OpenRouter). Without a price, the stated cost is the cost.
 *
 * @category reading
 */
export const measure = (
  parts: ReadonlyArray<Measurable>,
  identity: LlmIdentity,
  price: LlmPrice | undefined
): Pick<LlmUsage, "usage" | "unmeasured"> => {
  if (identity.cached) return { usage: Run.noUsage, unmeasured: undefined }
  const finish = parts.find((part) => part.type === "finish")
  const tokens = tokensOf(finish)
  const { cachedInputTokens, inputTokens, outputTokens, reasoningTokens } = tokens
  const paid = identity.offline ? free : price
  const stated = identity.offline ? undefined : StatedCost.find(finish?.metadata)
  const unmeasured = paid === undefined && stated === undefined
    ? "price"
    : !identity.offline && (!tokens.isMeasured || (outputTokens === 0 && parts.some(isContent)))
    ? "usage"
    : paid === undefined || isPriced(tokens, paid)
    ? undefined
    : "price"
  const computed = paid === undefined || unmeasured === "price" ? 0 : costOf(tokens, paid)
  const costUsd = LiveRun.dollars(Math.max(stated ?? 0, computed))
  return {
    usage: {
      calls: 1,
      inputTokens,
      outputTokens,
      cachedInputTokens,
      reasoningTokens,
      costUsd,
      unpricedCalls: unmeasured === undefined ? 0 : 1
    },
    unmeasured
  }
}

/** What a vendor bills as output. */
const isContent = (part: Measurable): boolean =>
  part.type === "tool-call" || part.type === "text-delta" || part.type === "reasoning-delta"
  || (part.type === "text" && "text" in part && part.text !== "")

type Tokens = ReturnType<typeof tokensOf>

/** A price may not hold for every call. */
const isPriced = ({ inputTokens, longWrittenInputTokens }: Tokens, price: LlmPrice): boolean =>
  inputTokens <= (price.upToInputTokens ?? Infinity)
  && (longWrittenInputTokens === 0 || price.longCacheWriteInputPerMillion !== undefined)

const costOf = (tokens: Tokens, price: LlmPrice): number => {
  const { cacheWriteInputPerMillion, cachedInputPerMillion, inputPerMillion, longCacheWriteInputPerMillion = 0 } = price
  const { cachedInputTokens, longWrittenInputTokens, outputTokens, uncachedInputTokens, writtenInputTokens } = tokens
  return LiveRun.dollars(
    (
      (uncachedInputTokens - writtenInputTokens) * inputPerMillion
      + cachedInputTokens * (cachedInputPerMillion ?? inputPerMillion)
      + (writtenInputTokens - longWrittenInputTokens) * (cacheWriteInputPerMillion ?? inputPerMillion)
      + longWrittenInputTokens * longCacheWriteInputPerMillion
      + outputTokens * price.outputPerMillion
    ) / 1e6
  )
}

/** The sum of two usages. @category combining */
export const add: (a: Run.Usage, b: Run.Usage) => Run.Usage = LiveRun.add

const free: LlmPrice = { inputPerMillion: 0, outputPerMillion: 0, source: "a program on this machine", date: "" }

/** A model that is not ours may have been provided by `Model` of `effect/ai`, which knows its names. */
const foreignIdentity = (context: Context.Context<never>, parts: ReadonlyArray<Part>): LlmIdentity => {
  const metadata = parts.find((part) => part.type === "response-metadata")
  return {
    provider: Context.getOrUndefined(context, Model.ProviderName) ?? "unknown",
    model: Context.getOrUndefined(context, Model.ModelName) ?? metadata?.modelId ?? "unknown",
    offline: false
  }
}
