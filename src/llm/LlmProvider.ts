/**
 * The seam under every language model: a normalised request in, encoded JSON parts out.
 *
 * A vendor is a layer that gives an `LlmProvider`. Caches, budgets and the like are layers that need one and give one.
 * Agents see none of it: they ask for `LanguageModel` of `effect/ai`, which `LlmProvider.languageModel` makes.
 */
import type * as AiError from "effect/ai/AiError"
import type * as IdGenerator from "effect/ai/IdGenerator"
import * as LanguageModel from "effect/ai/LanguageModel"
import * as Model from "effect/ai/Model"
import type * as Response from "effect/ai/Response"
import type * as AiTool from "effect/ai/Tool"
import * as Toolkit from "effect/ai/Toolkit"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Base64 from "effect/encoding/Base64"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as CountedModel from "./internal/CountedModel.ts"
import * as FinishReason from "./internal/FinishReason.ts"
import * as ModelCall from "./internal/ModelCall.ts"
import * as ObjectText from "./internal/ObjectText.ts"
import * as PromptDepth from "./internal/PromptDepth.ts"
import * as QuickModel from "./internal/QuickModel.ts"
import { type LlmIdentity, metadataKey } from "./LlmIdentity.ts"
import { LlmSettings } from "./LlmSettings.ts"

/** What a provider is asked. @category models */
export type LlmRequest = LanguageModel.ProviderOptions

/** What a provider is. @category models */
export interface LlmProviderShape {
  /** The vendor, as in `openai`. */
  readonly name: string
  /** The vendor's name for the model. */
  readonly model: string
  /** A program answers, not a model: free, and always the same. */
  readonly offline: boolean
  /**
   * What was set for all its calls, stands in no request, and decides about the answers, as how the model thinks. It is part
   * of the keys of `LlmCache`, so it holds no secret.
   */
  readonly options?: Schema.Json | undefined
  readonly generate: (
    request: LlmRequest
  ) => Effect.Effect<Array<Response.PartEncoded>, AiError.AiError, IdGenerator.IdGenerator>
  readonly stream: (
    request: LlmRequest
  ) => Stream.Stream<Response.StreamPartEncoded, AiError.AiError, IdGenerator.IdGenerator>
  /** How the vendor wants schemas of structured output written. */
  readonly codecTransformer?: LanguageModel.CodecTransformer | undefined
}

/**
 * A language model behind one door.
 *
 * @category services
 */
export class LlmProvider extends Context.Service<LlmProvider, LlmProviderShape>()("greenlang/llm/LlmProvider") {
  /**
   * A provider whose answers say who gave them. Vendors use it; a layer around another provider spreads that one.
   *
   * Where something listens to the run, `generate` is answered by `stream`, whose pieces are emitted as events and put
   * together: see `LlmStreaming`.
   */
  static readonly make = (
    { each, sentSettings = (settings) => settings, streamsForListeners = true, ...options }:
      & Omit<LlmProviderShape, "offline">
      & {
        readonly offline?: boolean
        /** Whether `generate` may be answered by `stream`. Default: yes. A recording has each answer as it was asked for. */
        readonly streamsForListeners?: boolean
        /** `stream` for a listener, with less around it: `take` takes the parts as they come. */
        readonly each?: (
          request: LlmRequest,
          take: (parts: ReadonlyArray<Response.StreamPartEncoded>) => Effect.Effect<void>
        ) => Effect.Effect<void, AiError.AiError, IdGenerator.IdGenerator>
        /** Which of the settings are sent to the vendor. Default: all. */
        readonly sentSettings?: (settings: LlmSettings) => LlmSettings
      }
  ) =>
    signed({
      ...options,
      offline: options.offline ?? false,
      generate: streamsForListeners
        ? (request) =>
          ModelCall.ask(
            () => options.generate(request),
            (take) => each === undefined ? Stream.runForEachArray(options.stream(request), take) : each(request, take)
          )
        : options.generate
    }, sentSettings)

  /**
   * What agents ask for, over whatever provider lies below, with its names as `effect/ai` has them. Every call, by whichever
   * function, counts for the run that is around it, and is emitted to its listeners. A prompt of more than
   * 1,000 levels fails with `InvalidRequestError`. Built anew in every place: a stack may hold one model below a layer and
   * one above it.
   */
  static readonly languageModel: Layer.Layer<
    LanguageModel.LanguageModel | Model.ProviderName | Model.ModelName,
    never,
    LlmProvider
  > = Layer.fresh(
    Layer.effectContext(
      Effect.gen(function*() {
        const provider = yield* LlmProvider
        const { generate, stream } = bounded(signers.has(provider) ? provider : signed(provider, () => ({})))
        const { codecTransformer, model, name } = provider
        const made = yield* LanguageModel.make({
          generateText: (request) => CountedModel.generate(provider, request, generate(request)),
          streamText: (request) => CountedModel.stream(provider, request, stream(request)),
          codecTransformer
        })
        QuickModel.register(made, { ...provider, generate }, yield* Effect.context<never>())
        return Context.make(LanguageModel.LanguageModel, made).pipe(
          Context.add(Model.ProviderName, name),
          Context.add(Model.ModelName, model)
        )
      })
    )
  )

  /**
   * A provider over a `LanguageModel` of which only the service is at hand, so that our layers work around it, too.
   * `name` and `model` are what its answers are signed with. How it was made cannot be seen: where two that are made
   * differently share a cache, `options` distinguishes them.
   */
  static readonly fromLanguageModel = (
    options: Pick<LlmProviderShape, "name" | "model" | "options">
  ): Layer.Layer<LlmProvider, never, LanguageModel.LanguageModel> =>
    Layer.effect(
      LlmProvider,
      Effect.map(LanguageModel.LanguageModel, (foreign) =>
        LlmProvider.make({
          ...options,
          sentSettings: () => ({}),
          generate: (request) => generateWith(foreign, request),
          stream: (request) => Stream.map(foreign.streamText(optionsOf(request)), encode<Response.StreamPartEncoded>)
        }))
    )

  /** A layer around the provider below: `f` makes the one that those above see, and may hold what the layer's scope closes. */
  static readonly around = <E = never, R = never>(
    f: (inner: LlmProviderShape) => Effect.Effect<LlmProviderShape, E, R>
  ): Layer.Layer<LlmProvider, E, LlmProvider | Exclude<R, Scope.Scope>> =>
    Layer.effect(LlmProvider, Effect.flatMap(LlmProvider, f))
}

/** What the layers of vendors provide. @category services */
export type LlmServices = LlmProvider | LanguageModel.LanguageModel | Model.ProviderName | Model.ModelName

const bounded = (provider: LlmProviderShape): LlmProviderShape => ({
  ...provider,
  generate: (request) => {
    const refusal = PromptDepth.refusal(request, "generate")
    return refusal === undefined ? provider.generate(request) : Effect.fail(refusal)
  },
  stream: (request) => {
    const refusal = PromptDepth.refusal(request, "stream")
    return refusal === undefined ? provider.stream(request) : Stream.fail(refusal)
  }
})

const signed = (
  provider: LlmProviderShape,
  sentSettings: (settings: LlmSettings) => LlmSettings
): LlmProviderShape => {
  const { model, name, offline } = provider
  /** Made once for the same settings, as every call asks for it. */
  const signatures = new WeakMap<LlmSettings, LlmIdentity>()
  const signatureOf = (asked: LlmSettings): LlmIdentity => {
    const known = signatures.get(asked)
    if (known !== undefined) return known
    const settings = Object.entries(sentSettings(asked)).filter(([, value]) => value !== undefined)
    const made = {
      provider: name,
      model,
      offline,
      ...(settings.length === 0 ? {} : { settings: Object.fromEntries(settings) })
    }
    signatures.set(asked, made)
    return made
  }
  const sign = (identity: LlmIdentity) => <P extends Response.PartEncoded | Response.StreamPartEncoded>(part: P): P =>
    isUnsigned(part)
      ? { ...part, metadata: { ...part.metadata, [metadataKey]: identity } }
      : part
  const signing: LlmProviderShape = {
    ...provider,
    generate: (request) =>
      Effect.withFiber((fiber) => {
        const identity = signatureOf(fiber.getRef(LlmSettings))
        return Effect.map(provider.generate(request), (parts) => readable(parts, request).map(sign(identity)))
      }),
    stream: (request) =>
      Stream.unwrap(Effect.map(LlmSettings, (asked) => Stream.map(provider.stream(request), sign(signatureOf(asked)))))
  }
  signers.add(signing)
  return signing
}

/** Those whose answers are signed by themselves. */
const signers = new WeakSet<LlmProviderShape>()

const isUnsigned = (part: Response.PartEncoded | Response.StreamPartEncoded): boolean =>
  (part.type === "finish" || part.type === "response-metadata") && part.metadata?.[metadataKey] === undefined

/**
 * The parts of an answer in JSON to a request that offers no tool. A model that calls one has given its answer as the arguments.
 */
const withoutCalls = (parts: ReadonlyArray<Response.PartEncoded>): ReadonlyArray<Response.PartEncoded> => {
  const calls = parts.flatMap((part) => part.type === "tool-call" ? [JSON.stringify(part.params)] : [])
  if (calls.length === 0) return parts
  const others = parts.filter(({ type }) => type !== "tool-call")
  const isSaid = others.some((part) => part.type === "text" && part.text.trim() !== "")
  return isSaid || new Set(calls).size > 1 || !ObjectText.isObject(calls[0]!)
    ? others
    : [...others, { type: "text", text: calls[0]! }]
}

/** An answer in JSON without what a model writes around it. */
const readable = (given: ReadonlyArray<Response.PartEncoded>, { responseFormat, tools }: LlmRequest) => {
  if (responseFormat.type === "text") return given
  const parts = tools.length === 0 ? withoutCalls(given) : given
  const text = parts.flatMap((part) => part.type === "text" ? [part.text] : []).join("")
  const isCut = FinishReason.isCut(parts.find((part) => part.type === "finish")?.reason)
  if (text.trim() === "") {
    // Servers that take an answer for a thought send it as one.
    const thought = parts.flatMap((part) => part.type === "reasoning" ? [part.text] : []).join("")
    const json = ObjectText.read(thought, true)
    return ObjectText.isObject(json) ? [...parts, { type: "text" as const, text: json }] : parts
  }
  const json = ObjectText.read(text, isCut)
  return json === text ?
    parts :
    parts.flatMap((part): ReadonlyArray<Response.PartEncoded> =>
      part.type !== "text"
        ? [part]
        : part === parts.find(({ type }) => type === "text")
        ? [{ ...part, text: json }]
        : []
    )
}

/** The request has lost the types of its tools. Its maker provides what their codecs need. */
type AnyTool = AiTool.Tool<string, {
  readonly parameters: Schema.Codec<unknown>
  readonly success: Schema.Codec<unknown>
  readonly failure: Schema.Codec<unknown>
  readonly failureMode: "error"
}>

const optionsOf = (request: LlmRequest) => ({
  prompt: request.prompt,
  toolChoice: request.toolChoice,
  toolkit: Toolkit.make(...request.tools as ReadonlyArray<AnyTool>),
  disableToolCallResolution: true as const,
  toolCallValidation: "deferred" as const
})

/**
 * The value is encoded anew, since the foreign model may have asked for it in another shape than the schema's own.
 */
const generateWith = Effect.fnUntraced(function*(foreign: LanguageModel.LanguageModel, request: LlmRequest) {
  if (request.responseFormat.type === "text") {
    const { content } = yield* foreign.generateText(optionsOf(request))
    return content.map(encode<Response.PartEncoded>)
  }
  const { objectName } = request.responseFormat
  // The request has lost the types of its schema. Its maker provides what its codecs need.
  const schema = request.responseFormat.schema as Schema.Codec<unknown, Record<string, unknown>>
  const { content, value } = yield* foreign.generateObject({ ...optionsOf(request), schema, objectName })
  const text = yield* Effect.orDie(Schema.encodeEffect(Schema.fromJsonString(schema))(value))
  return [
    ...content.filter(({ type }) => type !== "text").map(encode<Response.PartEncoded>),
    { type: "text" as const, text }
  ]
})

/** Parts are their own encoding but for four fields. The result type is the one that the part's `type` stands for. */
const encode: {
  <Encoded>(part: Response.AnyPart): Encoded
} = (part) => {
  const { "~effect/ai/Response/Part": _, ...rest } = part
  switch (rest.type) {
    case "response-metadata":
      return (rest.timestamp === undefined ? rest : { ...rest, timestamp: DateTime.formatIso(rest.timestamp) }) as never
    case "file":
      return { ...rest, data: Base64.encode(rest.data) } as never
    case "source":
      return (rest.sourceType === "url" ? { ...rest, url: rest.url.href } : rest) as never
    case "finish": {
      const { inputTokens, outputTokens } = rest.usage
      return { ...rest, usage: { inputTokens, outputTokens } } as never
    }
    case "tool-result": {
      const { encodedResult, ...result } = rest
      return { ...result, result: encodedResult } as never
    }
    default:
      return rest as never
  }
}
