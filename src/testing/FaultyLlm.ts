/**
 * A layer around a provider that makes some of its calls fail, wait or break off.
 *
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { AiError } from "effect/ai"
 * import { Llm, LlmProvider } from "greenlang"
 * import { FaultyLlm, ScriptedLlm } from "greenlang/testing"
 *
 * const model = LlmProvider.languageModel.pipe(
 *   Layer.provide(FaultyLlm.layer(new AiError.RateLimitError({}), FaultyLlm.pass)),
 *   Layer.provide(ScriptedLlm.layer("Hello"))
 * )
 *
 * const { text } = await Effect.runPromise(
 *   Llm.generate("hi").pipe(Effect.retry({ times: 1 }), Effect.provide(model))
 * )
 * text // => "Hello"
 * ```
 */
import * as AiError from "effect/ai/AiError"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import * as Stream from "effect/Stream"
import { LlmProvider } from "../llm/LlmProvider.ts"

/**
 * What happens to one call.
 *
 * - the reason of an `AiError`: the call fails with it, and the provider is not asked.
 * - `Pass`: nothing.
 * - `Delay`: the provider is asked later.
 * - `Hang`: no answer comes, and the provider is not asked.
 * - `BreakOff`: the provider is asked, and the call fails after `parts` of a stream, or in place of an answer.
 *
 * @category models
 */
export type Fault =
  | AiError.AiErrorReason
  | { readonly _tag: "Pass" | "Hang" }
  | { readonly _tag: "Delay"; readonly duration: Duration.Input }
  | { readonly _tag: "BreakOff"; readonly reason: AiError.AiErrorReason; readonly parts: number }

/** @category faults */
export const pass: Fault = { _tag: "Pass" }

/** @category faults */
export const hang: Fault = { _tag: "Hang" }

/** @category faults */
export const delay = (duration: Duration.Input): Fault => ({ _tag: "Delay", duration })

/** Without `parts`, a stream fails before its first. @category faults */
export const breakOff = (reason: AiError.AiErrorReason, parts = 0): Fault => ({ _tag: "BreakOff", reason, parts })

/**
 * One fault for each call, in order. Calls after the last of them pass.
 *
 * @category layers
 */
export const layer = (...faults: ReadonlyArray<Fault>): Layer.Layer<LlmProvider, never, LlmProvider> =>
  around(Effect.sync(() => {
    let calls = 0
    return () => faults[calls++] ?? pass
  }))

/**
 * Each call meets one of `faults`, all of them equally likely, with this probability. Chance is the `Random` of the place
 * where the layer is built: under `Random.withSeed` the calls meet the same faults in every run.
 *
 * @category layers
 */
export const layerChance = (options: {
  /** From 0 to 1. */
  readonly probability: number
  readonly faults: readonly [Fault, ...ReadonlyArray<Fault>]
}): Layer.Layer<LlmProvider, never, LlmProvider> => {
  const { faults, probability } = options
  return around(Effect.map(Random.Random, (random) => () => {
    const [chance, which] = [random.nextDoubleUnsafe(), random.nextDoubleUnsafe()]
    return chance < probability ? faults[Math.floor(which * faults.length)] ?? pass : pass
  }))
}

const around = (makeNext: Effect.Effect<() => Fault>) =>
  LlmProvider.around((inner) =>
    Effect.map(makeNext, (next) => ({
      ...inner,
      generate: (request) =>
        Effect.suspend(() => {
          const fault = next()
          const call = inner.generate(request)
          switch (fault._tag) {
            case "Pass":
              return call
            case "Hang":
              return Effect.never
            case "Delay":
              return Effect.delay(call, fault.duration)
            case "BreakOff":
              return Effect.andThen(call, Effect.fail(failure("generate", fault.reason)))
            default:
              return Effect.fail(failure("generate", fault))
          }
        }),
      stream: (request) =>
        Stream.suspend(() => {
          const fault = next()
          const call = inner.stream(request)
          switch (fault._tag) {
            case "Pass":
              return call
            case "Hang":
              return Stream.never
            case "Delay":
              return Stream.unwrap(Effect.as(Effect.sleep(fault.duration), call))
            case "BreakOff":
              return Stream.concat(Stream.take(call, fault.parts), Stream.fail(failure("stream", fault.reason)))
            default:
              return Stream.fail(failure("stream", fault))
          }
        })
    }))
  )

const failure = (method: string, reason: AiError.AiErrorReason) => AiError.make({ module: "FaultyLlm", method, reason })
