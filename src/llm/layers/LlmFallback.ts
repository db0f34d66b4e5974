/**
 * Asks another provider where one cannot answer.
 */
import type * as AiError from "effect/ai/AiError"
import * as LanguageModel from "effect/ai/LanguageModel"
import type * as Response from "effect/ai/Response"
import * as Arr from "effect/Array"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as ExecutionPlan from "effect/ExecutionPlan"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as StatedLayer from "../internal/StatedLayer.ts"
import { LlmProvider, type LlmProviderShape, type LlmRequest } from "../LlmProvider.ts"
import * as LlmRejection from "../LlmRejection.ts"

/** @category models */
export interface Options<E, R> {
  /** The providers that are asked one after the other when the one below fails, each with the layers around it. */
  readonly to: ReadonlyArray<Layer.Layer<LlmProvider, E, R>>
  /** The failures after which another is asked. Default: `isElsewhere`. */
  readonly when?: (error: AiError.AiError) => boolean
}

/**
 * Whether another provider may do better: this one is down or left alone, its key or its quota does not do, it limits us, it
 * does not know the model, or its answer is broken. Wrong input and refusals are the same everywhere, and what a budget
 * stopped stays stopped.
 *
 * @category reasons
 */
export const isElsewhere = (error: AiError.AiError): boolean => {
  const rejection = LlmRejection.of(error)
  if (rejection !== undefined) return rejection._tag === "CircuitOpen"
  switch (error.reason._tag) {
    case "AuthenticationError":
    case "InternalProviderError":
    case "InvalidResponseError":
    case "NetworkError":
    case "QuotaExhaustedError":
    case "RateLimitError":
      return true
    case "InvalidRequestError":
      return error.reason.description?.startsWith("404") === true
    default:
      return false
  }
}

/**
 * The provider below, then those of `options.to`, which are built with the layer. The answer says who gave it; the failure
 * is the last one's. A stream moves on as long as nothing of it has come. Throws `InvalidDefinition` where `to` is not a list of
 * layers.
 *
 * @category layers
 */
export const layer = <E = never, R = never>(
  options: Options<E, R>
): Layer.Layer<LlmProvider, E, LlmProvider | Exclude<R, Scope.Scope>> => {
  StatedLayer.checkList("LlmFallback", "to", options?.to, StatedLayer.check)
  return LlmProvider.around(Effect.fnUntraced(function*(first) {
    const others = yield* Effect.forEach(
      options.to,
      (layer) => Effect.map(Layer.build(layer), Context.get(LlmProvider))
    )
    const when = options.when ?? isElsewhere
    const [head, ...tail] = [first, ...others].map((provider) => Context.make(LlmProvider, spoken(provider, first)))
    if (head === undefined || !Arr.isArrayNonEmpty(tail)) return first
    const plan = ExecutionPlan.make(
      { provide: head },
      ...tail.map((provide) => ({ provide, attempts: 1, while: when }))
    )
    return {
      ...first,
      offline: [first, ...others].every(({ offline }) => offline),
      // A cache of the first alone gives no answer that another one gave.
      options: [first, ...others].map(({ model, name, options = null }) => ({ name, model, options })),
      generate: (request) =>
        Effect.withExecutionPlan(Effect.flatMap(LlmProvider, (provider) => provider.generate(request)), plan),
      stream: (request) =>
        Stream.withExecutionPlan(
          Stream.unwrap(Effect.map(LlmProvider, (provider) => provider.stream(request))),
          plan,
          { preventFallbackOnPartialStream: true }
        )
    }
  }))
}

/** Those above decode values as `first` writes them; another vendor may want them written another way. */
const spoken = (provider: LlmProviderShape, first: LlmProviderShape): LlmProviderShape => {
  const theirs = provider.codecTransformer ?? LanguageModel.defaultCodecTransformer
  const ours = first.codecTransformer ?? LanguageModel.defaultCodecTransformer
  if (theirs === ours) return provider
  return {
    ...provider,
    generate: (request) =>
      Effect.flatMap(
        provider.generate(request),
        Effect.forEach((part): Effect.Effect<Response.PartEncoded> =>
          part.type === "text"
            ? Effect.map(rewritten(part.text, request, theirs, ours), (text) => ({ ...part, text }))
            : Effect.succeed(part)
        )
      )
  }
}

/** Text that does not match the schema stays as it is, so that those above can say what is wrong with it. */
const rewritten = (
  text: string,
  { responseFormat }: LlmRequest,
  theirs: LanguageModel.CodecTransformer,
  ours: LanguageModel.CodecTransformer
): Effect.Effect<string> => {
  if (responseFormat.type === "text") return Effect.succeed(text)
  // The request has lost the types of its schema. The caller that made it provides what its codecs need.
  const schema = responseFormat.schema as Schema.Codec<unknown>
  const from = Schema.fromJsonString(theirs(schema).codec)
  const to = Schema.fromJsonString(ours(schema).codec)
  return Schema.decodeEffect(from)(text).pipe(
    Effect.flatMap(Schema.encodeEffect(to)),
    Effect.orElseSucceed(() => text)
  )
}
