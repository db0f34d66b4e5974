/**
 * Stops calls before they pass a budget of tokens or US dollars, for a whole program or for a part of it.
 *
 * A call reserves the most that it can take, and is not made when a budget around it has less left. When it ends, it settles
 * with what the vendor counted. So calls at the same time, in a tree of agents say, cannot pass a budget together.
 */
import type * as AiError from "effect/ai/AiError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Stream from "effect/Stream"
import * as Stated from "../../agent/internal/Stated.ts"
import * as EncodedRequest from "../EncodedRequest.ts"
import * as AskAgain from "../internal/AskAgain.ts"
import { Account, type Amounts, type Limits, nothing, type Spending } from "../internal/BudgetAccount.ts"
import { around, type LlmCall } from "../LlmCall.ts"
import { UnmeasuredUsage } from "../LlmError.ts"
import * as LlmEstimate from "../LlmEstimate.ts"
import { brokeOff, workOf } from "../LlmHttpError.ts"
import { identityOf } from "../LlmIdentity.ts"
import type { LlmPrice } from "../LlmPrices.ts"
import * as LlmPrices from "../LlmPrices.ts"
import { LlmProvider, type LlmProviderShape, type LlmRequest } from "../LlmProvider.ts"
import { type BudgetExceeded, of, toAiError } from "../LlmRejection.ts"
import { LlmSettings } from "../LlmSettings.ts"
import * as LlmUsage from "../LlmUsage.ts"

export type { Limits, Spending } from "../internal/BudgetAccount.ts"

/** @category models */
export interface Options {
  /**
   * The output tokens that a call is held to, and that it reserves, where `LlmSettings.maxOutputTokens` sets none.
   * Default: 4,096.
   */
  readonly maxOutputTokens?: number
  /**
   * The most that a call can take. A budget is kept as far as this holds. Default: a token for every byte of the request,
   * 5,000 for a file, and all the output that the call is held to.
   */
  readonly estimate?: (request: EncodedRequest.EncodedRequest) => LlmEstimate.LlmEstimate
}

/**
 * What remains of a call that was left before it had ended: the vendor does not go on with it, or that is unknown, or it can
 * be found again by a key. @category models
 */
export type Remains = "nothing" | "unknown" | { readonly key: string }

/** @category models */
export interface Lasting {
  /** By which key the call may have been left before. */
  readonly keyOf: (request: LlmRequest) => string | undefined
  /** It was made before, and is not refused any more. */
  readonly isResumed: boolean
  readonly remains: (request: LlmRequest) => Remains
}

/**
 * The budget of a whole program.
 *
 * @category services
 */
export class LlmBudget extends Context.Service<LlmBudget, {
  /** What was spent of it so far. */
  readonly spending: Effect.Effect<Spending>
  readonly account: Account
}>()("greenlang/llm/layers/LlmBudget") {
  /** A budget for all calls through the provider below. */
  static readonly layer = (limits: Limits & Options): Layer.Layer<LlmProvider | LlmBudget, never, LlmProvider> =>
    Layer.provideMerge(LlmBudget.layerProvider(limits), LlmBudget.layerAccount(limits))

  /** The budget alone, for several providers to share. Throws `InvalidDefinition` for a limit below zero or without an end. */
  static readonly layerAccount = (limits: Limits): Layer.Layer<LlmBudget> => {
    checkLimits("LlmBudget", limits)
    return Layer.sync(LlmBudget, () => {
      const account = new Account(limits)
      return { account, spending: Effect.sync(() => account.spending) }
    })
  }

  /**
   * Spends from the `LlmBudget` around it. A call that may pass it fails with an `AiError` that carries a `BudgetExceeded`,
   * or, where a budget is in US dollars and the model has no price, an `UnmeasuredUsage`; `LlmRejection.of` finds either.
   *
   * A call that is refused, or is interrupted before an answer, takes nothing: vendors do not say what they bill for those. A
   * stream that is left early takes what came of it, by the estimate. An answer that fails after it has begun takes what the
   * vendor counted of it, or what came, and where neither is known all that was reserved. An answer that is broken, whose tokens the vendor does
   * not count, or for which no price holds, takes all that was reserved. Any other takes what the vendor counted, and at
   * least a token for every 4 bytes of text that was sent and that came: a count can be wrong, and the bill still comes. Where
   * the vendor states a cost that is larger, the answer takes that. A price is needed all the same: a call reserves by it.
   */
  static readonly layerProvider = (options: Options = {}): Layer.Layer<LlmProvider, never, LlmProvider | LlmBudget> => {
    Stated.checkBounds("LlmBudget", options, { maxOutputTokens: "places" })
    return LlmProvider.around((inner) => Effect.map(LlmBudget, ({ account }) => spending(inner, account, options)))
  }

  /**
   * A provider whose calls the vendor may go on with after they were left, as those of a batch, spending from the budgets
   * around this place, if there are any.
   */
  static readonly lasting = (
    inner: LlmProviderShape,
    options: Options & Lasting
  ): Effect.Effect<LlmProviderShape> =>
    Effect.map(
      Effect.serviceOption(LlmBudget),
      (budget) => spending(inner, Option.getOrUndefined(budget)?.account, options, options)
    )

  /**
   * A budget for `self` and all that it runs, within those around it. Fails with `BudgetExceeded` where `self` fails with
   * an `AiError` that carries it.
   */
  static readonly within: {
    (limits: Limits): <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E | BudgetExceeded, R | LlmBudget>
    <A, E, R>(self: Effect.Effect<A, E, R>, limits: Limits): Effect.Effect<A, E | BudgetExceeded, R | LlmBudget>
  } = dual(
    2,
    <A, E, R>(self: Effect.Effect<A, E, R>, limits: Limits): Effect.Effect<A, E | BudgetExceeded, R | LlmBudget> => {
      checkLimits("LlmBudget.within", limits)
      // It is asked for only so that no budget is set where none is kept.
      return Effect.andThen(
        LlmBudget,
        Effect.flatMap(
          Accounts,
          (accounts) => Effect.provideService(self, Accounts, [...accounts, new Account(limits)])
        )
      ).pipe(Effect.mapError((error): E | BudgetExceeded => {
        const rejection = of(error)
        return rejection?._tag === "BudgetExceeded" ? rejection : error
      }))
    }
  )

  /** What was spent of the innermost budget around this place. */
  static readonly spending: Effect.Effect<Spending, never, LlmBudget> = Effect.flatMap(
    LlmBudget,
    ({ account }) => Effect.map(Accounts, (accounts) => (accounts.at(-1) ?? account).spending)
  )
}

const checkLimits = (subject: string, limits: Limits): void =>
  Stated.checkBounds(subject, limits, { tokens: "amount", costUsd: "amount" })

/** The budgets that `LlmBudget.within` has set around this place, the innermost last. */
const Accounts = Context.Reference<ReadonlyArray<Account>>("greenlang/llm/layers/LlmBudget/Accounts", {
  defaultValue: () => []
})

const spending = (
  inner: LlmProviderShape,
  root: Account | undefined,
  options: Options,
  lasting?: Lasting
): LlmProviderShape => {
  const outputTokens = options.maxOutputTokens ?? 4_096
  const estimate = options.estimate ?? LlmEstimate.make({ bytesPerToken: 1, outputTokens, fileTokens: 5_000 })
  const accountsAround = Effect.map(Accounts, (accounts) => root === undefined ? accounts : [root, ...accounts])

  /** Without a bound for the output, a call can take any amount. */
  const held = Effect.gen(function*() {
    const settings = yield* LlmSettings
    const accounts = yield* accountsAround
    return accounts.some(({ limits }) => limits.tokens !== undefined || limits.costUsd !== undefined)
      ? { ...settings, maxOutputTokens: settings.maxOutputTokens ?? outputTokens }
      : settings
  })

  const open = Effect.fnUntraced(function*(call: LlmCall) {
    if (inner.offline) return
    const { method, request } = call
    const accounts = yield* accountsAround
    if (accounts.length === 0) return
    const price = LlmPrices.find(yield* LlmPrices.LlmPrices, { provider: inner.name, model: inner.model })
    if (price === undefined && accounts.some(({ limits }) => limits.costUsd !== undefined)) {
      const unpriced = new UnmeasuredUsage({ provider: inner.name, model: inner.model, missing: "price" })
      return yield* toAiError("LlmBudget", method, unpriced)
    }
    const encoded = yield* Effect.provideServiceEffect(
      EncodedRequest.encode(inner, method, request),
      LlmSettings,
      held
    )
    const most = estimate(encoded)
    const needed = amountsOf(most, price)
    const key = lasting?.keyOf(request)
    yield* Effect.acquireRelease(
      Effect.suspend(() => {
        if (key !== undefined) { for (const account of accounts) account.recall(key) }
        for (const account of lasting?.isResumed ? [] : accounts) {
          const refusal = account.refuse(needed)
          if (refusal !== undefined) return Effect.fail(toAiError("LlmBudget", method, refusal))
        }
        for (const account of accounts) account.reserve(needed)
        return Effect.void
      }),
      () =>
        Effect.sync(() => {
          const isLeft = call.error === undefined && call.parts.length === 0
          const remains = isLeft && lasting !== undefined ? lasting.remains(request) : "nothing"
          if (typeof remains === "object") { for (const account of accounts) account.leave(needed, remains.key) }
          else {
            const taken = remains === "unknown" ? needed : takenBy(call, inner, most, price, sentBytes(encoded))
            for (const account of accounts) account.settle(needed, taken)
          }
        })
    )
  })

  return around({
    ...inner,
    generate: (request) =>
      inner.generate(request).pipe(
        Effect.provideServiceEffect(LlmSettings, held),
        Effect.provideService(AskAgain.AsksAgain, false)
      ),
    stream: (request) =>
      inner.stream(request).pipe(
        Stream.provideServiceEffect(LlmSettings, held),
        Stream.provideService(AskAgain.AsksAgain, false)
      )
  }, open)
}

/** What tokens cost at most: some of the input may be dearer, as what is written to the vendor's cache. */
const amountsOf = ({ inputTokens, outputTokens }: LlmEstimate.LlmEstimate, price: LlmPrice | undefined): Amounts => ({
  tokens: inputTokens + outputTokens,
  costUsd: price === undefined ? 0 : (
    inputTokens
      * Math.max(
        price.inputPerMillion,
        price.cachedInputPerMillion ?? 0,
        price.cacheWriteInputPerMillion ?? 0,
        price.longCacheWriteInputPerMillion ?? 0
      )
    + outputTokens * price.outputPerMillion
  ) / 1e6
})

const takenBy = (
  { error, parts }: LlmCall,
  { model, name, offline }: LlmProviderShape,
  most: LlmEstimate.LlmEstimate,
  price: LlmPrice | undefined,
  sent: number
): Amounts => {
  if (parts.some(({ type }) => type === "finish")) {
    const identity = identityOf(parts) ?? { provider: name, model, offline }
    const { unmeasured, usage } = LlmUsage.measure(parts, identity, price)
    if (unmeasured === "usage") {
      const { costUsd, tokens } = amountsOf(most, price)
      return { tokens, costUsd: Math.max(costUsd, usage.costUsd) }
    }
    if (identity.cached) return nothing
    const missing = {
      inputTokens: Math.max(0, Math.ceil(sent / bytesPerToken) - usage.inputTokens),
      outputTokens: Math.max(0, Math.ceil(cameBytes(parts) / bytesPerToken) - usage.outputTokens)
    }
    const more = amountsOf(missing, price)
    return {
      tokens: usage.inputTokens + usage.outputTokens + more.tokens,
      costUsd: unmeasured === "price"
        ? Math.max(amountsOf(most, price).costUsd, usage.costUsd)
        : usage.costUsd + more.costUsd
    }
  }
  const came = parts.length === 0
    ? nothing
    : amountsOf({ ...most, outputTokens: Math.min(cameBytes(parts), most.outputTokens) }, price)
  if (error === undefined) return came
  const work = workOf(error)
  const isUnknown = broken.has(error.reason._tag) || brokeOff(error)
    || (work !== undefined && work.usage === undefined && parts.length === 0)
  const known = isUnknown ? amountsOf(most, price) : came
  if (work?.usage === undefined) return known
  const identity = identityOf(parts) ?? { provider: name, model, offline }
  const { unmeasured, usage } = LlmUsage.measure([{ ...work, type: "finish", usage: work.usage }], identity, price)
  return {
    tokens: Math.max(known.tokens, usage.inputTokens + usage.outputTokens),
    costUsd: Math.max(known.costUsd, usage.costUsd, unmeasured === "price" ? amountsOf(most, price).costUsd : 0)
  }
}

/** Bytes of a text for which a vendor counts one token at least. */
const bytesPerToken = 4

const bytesOf = (text: string): number => Buffer.byteLength(text)

/** Bytes of text in the messages of a request. */
const sentBytes = ({ prompt }: EncodedRequest.EncodedRequest): number => {
  const messages = typeof prompt === "string" ? [] : Array.isArray(prompt) ? prompt : prompt.content
  return messages.reduce((sum: number, { content }: { readonly content: unknown }) => {
    const parts: ReadonlyArray<unknown> = Array.isArray(content) ? content : [{ text: content }]
    return parts.reduce(
      (sum: number, part) =>
        Predicate.hasProperty(part, "text") && typeof part.text === "string" ? sum + bytesOf(part.text) : sum,
      sum
    )
  }, 0)
}

/** Bytes of text in an answer, whole or streamed. */
const cameBytes = (parts: LlmCall["parts"]): number =>
  parts.reduce((sum, part) => {
    if ("delta" in part) return sum + bytesOf(part.delta)
    return part.type === "text" || part.type === "reasoning" ? sum + bytesOf(part.text) : sum
  }, 0)

/** The vendor did its work, and what came of it cannot be used. */
const broken = new Set<AiError.AiErrorReason["_tag"]>([
  "InvalidResponseError",
  "InvalidOutputError",
  "StructuredOutputError",
  "ToolParameterValidationError"
])
