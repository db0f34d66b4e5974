/**
 * Counts what an answer took, and adds it to the run.
 */
import * as Model from "effect/ai/Model"
import type * as Response from "effect/ai/Response"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Run from "../agent/Run.ts"
import { LlmPrices } from "./LlmPrices.ts"
import { identityOf, type LlmIdentity } from "./LlmProvider.ts"

/**
 * What one answer took, and who gave it. `unmeasured` says why its cost is not known, if it is not: nobody stated a
 * price for the model, or the vendor did not count the tokens.
 *
 * @category models
 */
export interface LlmUsage {
  readonly identity: LlmIdentity
  readonly usage: Run.Usage
  readonly unmeasured: "price" | "usage" | undefined
}

type Part = Response.AllParts<{}> | Response.ToolCallPart<string, unknown> | Response.AnyPart

/**
 * Reads the usage of an answer from its parts, records it in the run and annotates the run with who answered.
 *
 * @category recording
 */
export const record = Effect.fnUntraced(function*(parts: ReadonlyArray<Part>): Effect.fn.Return<LlmUsage> {
  const identity = identityOf(parts) ?? (yield* foreignIdentity(parts))
  const finish = parts.find((part) => part.type === "finish")
  const input = finish?.usage.inputTokens
  const output = finish?.usage.outputTokens
  const inputTokens = input?.total ?? (input?.uncached ?? 0) + (input?.cacheRead ?? 0) + (input?.cacheWrite ?? 0)
  const cachedInputTokens = input?.cacheRead ?? 0
  const reasoningTokens = output?.reasoning ?? 0
  const outputTokens = output?.total ?? (output?.text ?? 0) + reasoningTokens

  const price = identity.offline ? free : (yield* LlmPrices)[`${identity.provider}/${identity.model}`]
  const unmeasured = price === undefined
    ? "price"
    : !identity.offline && inputTokens + outputTokens === 0
    ? "usage"
    : undefined
  const costUsd = price === undefined ? 0 : (
    (inputTokens - cachedInputTokens) * price.inputPerMillion
    + cachedInputTokens * (price.cachedInputPerMillion ?? price.inputPerMillion)
    + outputTokens * price.outputPerMillion
  ) / 1e6

  const usage: Run.Usage = {
    calls: 1,
    inputTokens,
    outputTokens,
    cachedInputTokens,
    reasoningTokens,
    costUsd,
    unpricedCalls: unmeasured === undefined ? 0 : 1
  }
  yield* Run.addUsage(usage)
  yield* Run.annotate("llm", identity)
  return { identity, usage, unmeasured }
})

/** The sum of two usages. @category combining */
export const add = (a: Run.Usage, b: Run.Usage): Run.Usage => ({
  calls: a.calls + b.calls,
  inputTokens: a.inputTokens + b.inputTokens,
  outputTokens: a.outputTokens + b.outputTokens,
  cachedInputTokens: a.cachedInputTokens + b.cachedInputTokens,
  reasoningTokens: a.reasoningTokens + b.reasoningTokens,
  costUsd: a.costUsd + b.costUsd,
  unpricedCalls: a.unpricedCalls + b.unpricedCalls
})

const free = { inputPerMillion: 0, outputPerMillion: 0, cachedInputPerMillion: 0 }

/** A model that is not ours may have been provided by `Model` of `effect/ai`, which knows its names. */
const foreignIdentity = Effect.fnUntraced(function*(parts: ReadonlyArray<Part>): Effect.fn.Return<LlmIdentity> {
  const provider = yield* Effect.serviceOption(Model.ProviderName)
  const model = yield* Effect.serviceOption(Model.ModelName)
  const metadata = parts.find((part) => part.type === "response-metadata")
  return {
    provider: Option.getOrElse(provider, () => "unknown"),
    model: Option.getOrElse(model, () => metadata?.modelId ?? "unknown"),
    offline: false
  }
})
