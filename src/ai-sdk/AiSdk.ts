/**
 * The models of the Vercel AI SDK's providers: Gemini, Bedrock, OpenAI's responses and forty more.
 *
 * Needs the vendor's package, as `@ai-sdk/openai`, in a version for AI SDK 7 (`LanguageModelV4`), and nothing else of the
 * SDK. Our layers go around such a model as around every other: limits, retries, cache, budget, tools.
 *
 * ```ts
 * import { createOpenAI } from "@ai-sdk/openai"
 * import { Effect, Layer } from "effect"
 * import { Llm } from "greenlang"
 * import { AiSdk } from "greenlang/ai-sdk"
 * import * as Http from "greenlang/http/Http"
 * import { FakeProvider } from "greenlang/testing"
 *
 * const model = Layer.unwrap(
 *   Effect.map(FakeProvider, ({ baseUrl }) =>
 *     AiSdk.layer({ model: (fetch) => createOpenAI({ apiKey: "none", baseURL: baseUrl, fetch })("gpt-5.1") }))
 * ).pipe(
 *   Layer.provide(Http.layer()),
 *   Layer.provide(FakeProvider.layer("Hello"))
 * )
 *
 * const { model: name, provider, text } = await Effect.runPromise(Effect.provide(Llm.generate("hi"), model))
 * [provider, name, text] // => ["openai", "gpt-5.1", "Hello"]
 * ```
 */
import type { LanguageModelV4, SharedV4ProviderOptions } from "@ai-sdk/provider"
import * as AiError from "effect/ai/AiError"
import * as AnthropicStructuredOutput from "effect/ai/AnthropicStructuredOutput"
import type * as LanguageModel from "effect/ai/LanguageModel"
import * as OpenAiStructuredOutput from "effect/ai/OpenAiStructuredOutput"
import * as Cause from "effect/Cause"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import type * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Redaction from "../internal/Redaction.ts"
import * as AskAgain from "../llm/internal/AskAgain.ts"
import { LlmProvider, type LlmRequest, type LlmServices } from "../llm/LlmProvider.ts"
import { LlmSettings } from "../llm/LlmSettings.ts"
import * as LlmWire from "../llm/LlmWire.ts"
import * as CallOptions from "./CallOptions.ts"
import * as Content from "./Content.ts"
import * as Failure from "./Failure.ts"
import * as HttpClientFetch from "./HttpClientFetch.ts"

/** @category models */
export interface Options {
  /**
   * Makes the vendor's model. Its requests go through `fetch`, which sends them by the `HttpClient`, with the timeouts and
   * retries of `Http`, in the span of the call, and closes the connection when the call is interrupted. A vendor that is
   * not given it has only what it brings along.
   */
  readonly model: (fetch: HttpClientFetch.Fetch) => LanguageModelV4
  /** The vendor, for usage and prices. What stands before the dot in the model's own, as `openai` of `openai.chat`. */
  readonly name?: string
  /**
   * Options of the vendor's package for each call, by its name, as `{ openai: { store: false } }`. A cache distinguishes models
   * by them. It does not see what `model` itself sets, as the address of the server: two models that differ in
   * that alone want different names.
   */
  readonly providerOptions?: SharedV4ProviderOptions
  /** How schemas of structured output are written: as OpenAI wants them, or Anthropic for its models. */
  readonly codecTransformer?: LanguageModel.CodecTransformer
}

/**
 * The provider alone, for layers that go around a provider.
 *
 * What the vendor wants to have back comes in the metadata of a part, and goes back with it in the next prompt, as do the
 * options that are set on a part of a prompt. What else the SDK reports is in the metadata of the `finish` part, under
 * `aiSdk`: `warnings`, the vendor's own `finishReason` and its count of `usage`; and of a text, its `citations`. Parts that
 * `effect/ai` has no place for, such as `custom` and `reasoning-file`, are left out, and so is what the vendor did with tools that the
 * request does not offer.
 *
 * @category layers
 */
export const layerProvider = (options: Options): Layer.Layer<LlmProvider, never, HttpClient.HttpClient> =>
  Layer.effect(
    LlmProvider,
    Effect.gen(function*() {
      return make(yield* HttpClient.HttpClient, yield* Effect.context<never>(), options)
    })
  )

/**
 * The model, for agents.
 *
 * @category layers
 */
export const layer = (
  options: Options
): Layer.Layer<LlmServices, never, HttpClient.HttpClient> =>
  Layer.provideMerge(LlmProvider.languageModel, layerProvider(options))

const make = (client: HttpClient.HttpClient, outside: Context.Context<never>, options: Options) => {
  // Vendors hand the signal of a call to `fetch`, so that it identifies the call of a request.
  const calls = new WeakMap<AbortSignal, Call>()
  const callOf = (signal: AbortSignal | null | undefined) => signal ? calls.get(signal) : undefined
  const send = HttpClientFetch.make(client, (signal) => callOf(signal) ?? HttpClientFetch.callIn(outside, undefined))
  const model = options.model((input, init) => {
    callOf(init?.signal)?.secrets.push(...secretsOf(input, init))
    return send(input, init)
  })
  const { codecTransformer = defaultTransformer(model), name = model.provider.split(".")[0]!, providerOptions } =
    options

  const fail = (method: string, { secrets }: Call) => (reason: AiError.AiErrorReason) =>
    AiError.make({ module: "AiSdk", method, reason: LlmWire.withoutSecrets(reason, secrets) })

  const prepare = Effect.fnUntraced(function*(
    request: LlmRequest
  ): Effect.fn.Return<CallOptions.CallOptions, AiError.UnsupportedSchemaError> {
    return CallOptions.make(request, {
      settings: yield* LlmSettings,
      answerSchema: yield* Effect.fromResult(LlmWire.answerSchemaOf(request, codecTransformer)),
      providerOptions
    })
  })

  return LlmProvider.make({
    name,
    model: model.modelId,
    options: { api: model.provider, providerOptions: jsonOf(providerOptions) },
    codecTransformer,
    generate: (request) =>
      Effect.flatMap(begin(request, false), (call) =>
        again(call, () =>
          Effect.gen(function*() {
            const { options, warnings } = yield* prepare(request)
            const result = yield* Effect.tryPromise((abortSignal) => {
              calls.set(abortSignal, call)
              return model.doGenerate({ ...options, abortSignal })
            }).pipe(Effect.catch(failed))
            return yield* Content.partsOf(result, { request, warnings, cost: () => call.cost() })
          })).pipe(Effect.mapError(fail("generate", call)))),
    stream: (request) =>
      Stream.unwrap(Effect.map(begin(request, true), (call) =>
        streamedAgain(call, () =>
          Effect.gen(function*() {
            const { options, warnings } = yield* prepare(request)
            const { signal: abortSignal } = yield* aborting
            calls.set(abortSignal, call)
            const { response, stream } = yield* Effect.tryPromise(() => model.doStream({ ...options, abortSignal }))
              .pipe(
                Effect.catch(failed)
              )
            return partsOf(stream).pipe(Content.streamPartsOf(
              { request, warnings, cost: () => call.cost() },
              response?.headers
            ))
          }).pipe(Stream.unwrap)).pipe(Stream.mapError(fail("stream", call)))))
  })
}

/** As it is sent: a vendor's options may hold `undefined`. */
const jsonOf = (providerOptions: SharedV4ProviderOptions | undefined): Schema.Json =>
  JSON.parse(JSON.stringify(providerOptions ?? {}))

/** What is known of a call besides its request. */
interface Call extends HttpClientFetch.Call {
  /** What went along with its requests and must not show. */
  readonly secrets: Array<Redacted.Redacted>
}

const begin = (request: LlmRequest, isStream: boolean) =>
  Effect.map(
    Effect.context<never>(),
    (context): Call => ({ ...HttpClientFetch.callIn(context, { request, isStream }), secrets: [] })
  )

/** Makes a call again where its server answered with nothing. */
const again = <A>(
  call: Call,
  attempt: () => Effect.Effect<A, AiError.AiErrorReason>
): Effect.Effect<A, AiError.AiErrorReason> =>
  Effect.catch(attempt(), (reason) =>
    Effect.flatMap(AskAgain.after(call.response, reason), (next) => {
      if (next === undefined) return Effect.fail(reason)
      call.again = next
      return again(call, attempt)
    }))

/** `again`, for a stream of which nothing has been passed on. */
const streamedAgain = <A>(
  call: Call,
  attempt: () => Stream.Stream<A, AiError.AiErrorReason>
): Stream.Stream<A, AiError.AiErrorReason> =>
  Stream.suspend(() => {
    let came = false
    return Stream.catch(
      Stream.mapArray(attempt(), (parts) => {
        came = true
        return parts
      }),
      (reason) =>
        came ? Stream.fail(reason) : Stream.unwrap(
          Effect.map(AskAgain.after(call.response, reason), (next) => {
            if (next === undefined) return Stream.fail(reason)
            call.again = next
            return streamedAgain(call, attempt)
          })
        )
    )
  })

/** Aborts when the scope closes. */
const aborting = Effect.acquireRelease(
  Effect.sync(() => new AbortController()),
  (controller) => Effect.sync(() => controller.abort())
)

const partsOf = <A>(readable: ReadableStream<A>): Stream.Stream<A, AiError.AiErrorReason> =>
  Stream.fromReadableStream({
    evaluate: () => readable,
    onError: (error) => new Cause.UnknownError(error),
    // Vendors split their streams, and one half does not end before the other: the signal ends both.
    releaseLockOnEnd: true
  }).pipe(
    Stream.ensuring(Effect.sync(() => {
      // A stream that does not follow the signal is cancelled, without a wait for what it says to that.
      if (!readable.locked) readable.cancel().catch(() => {})
    })),
    Stream.catch((error) => Stream.fromEffect(failed(error)))
  )

/** A promise of the model was rejected. */
const failed = ({ cause }: Cause.UnknownError) => Effect.flatMap(Failure.reasonOf(cause), Effect.fail)

const defaultTransformer = ({ provider }: LanguageModelV4): LanguageModel.CodecTransformer =>
  provider.includes("anthropic") ? AnthropicStructuredOutput.toCodecAnthropic : OpenAiStructuredOutput.toCodecOpenAI

/** Keys that go along with a request. Vendors like to repeat them in what they say about it. */
const secretsOf = (...[input, init]: Parameters<HttpClientFetch.Fetch>): ReadonlyArray<Redacted.Redacted> => {
  const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : undefined))
  const address = String(input instanceof Request ? input.url : input)
  return [...Redaction.ofFields(headers), ...Redaction.ofAddress(address)]
}
