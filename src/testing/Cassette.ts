/**
 * Records the answers of a real provider once, and replays them from a file for ever after, without network and cost.
 *
 * ```ts
 * import { Effect, Layer, Redacted } from "effect"
 * import { Llm } from "greenlang"
 * import * as Http from "greenlang/http/Http"
 * import * as OpenAiCompatible from "greenlang/llm/OpenAiCompatible"
 * import { Cassette } from "greenlang/testing"
 *
 * const apiKey = Redacted.make("in truth from Config.Redacted")
 * const model = Cassette.layer({
 *   path: "test/testing/cassettes/greeting.json",
 *   secrets: [apiKey],
 *   provider: OpenAiCompatible.layerProvider({ baseUrl: "https://api.openai.com/v1", model: "gpt-4o-mini", apiKey }).pipe(
 *     Layer.provide(Http.layer())
 *   )
 * })
 *
 * const { text } = await Effect.runPromise(Effect.provide(Llm.generate("Say hello in one word."), model))
 * text // => "Hello."
 * ```
 *
 * The file is JSON with sorted keys, and without times: recording the same again gives the same bytes. It holds requests
 * and answers as they were but for secrets, which nobody above the cassette gets to see either: what a recording run
 * computes is what every replay computes. To record anew, delete the file.
 */
import * as AiError from "effect/ai/AiError"
import * as AnthropicStructuredOutput from "effect/ai/AnthropicStructuredOutput"
import type * as LanguageModel from "effect/ai/LanguageModel"
import * as OpenAiStructuredOutput from "effect/ai/OpenAiStructuredOutput"
import type * as Response from "effect/ai/Response"
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as EncodedRequest from "../llm/EncodedRequest.ts"
import { LlmProvider, type LlmProviderShape, type LlmRequest } from "../llm/LlmProvider.ts"
import * as CassetteFile from "./CassetteFile.ts"
import * as Difference from "./Difference.ts"
import * as Secrets from "./Secrets.ts"

export { CassetteUnusable } from "./CassetteFile.ts"

/** @category models */
export interface Options {
  readonly path: string
  /** What must not be in the file, besides what looks like the key of a vendor. See `Secrets`. */
  readonly secrets?: ReadonlyArray<Redacted.Redacted>
}

/**
 * A recording was asked for where `CI` is set: there a missing cassette is one that nobody has committed.
 *
 * @category errors
 */
export class RecordingRefused extends Schema.TaggedError<RecordingRefused>()("RecordingRefused", {
  path: Schema.String
}) {
  override get message() {
    return `${this.path} is not recorded in CI: record it on your machine and commit it`
  }
}

/**
 * The cassette holds no answer to a request. `differences` are those from the nearest recorded one that is not yet used;
 * there are none where all equal ones are.
 *
 * A replaying provider fails with an `AiError` that says the same, of the reason `InvalidRequestError`, which no retry
 * repeats; and if somebody has caught that, the layer dies with this error when it is closed after a success.
 *
 * @category errors
 */
export class CassetteMismatch extends Schema.TaggedError<CassetteMismatch>()("CassetteMismatch", {
  path: Schema.String,
  request: Schema.String,
  differences: Schema.Array(
    Schema.Struct({ path: Schema.String, expected: Schema.Unknown, actual: Schema.Unknown })
  )
}) {
  override get message() {
    const why = this.differences.length === 0
      ? "and all that are equal to it have been replayed"
      : `and differs from the nearest recorded one:\n${
        this.differences.slice(0, 20).map((difference) => `  ${Difference.render(difference)}`).join("\n")
      }`
    return `${this.path} does not hold this request, ${why}\nin ${this.request}\nDelete the file to record it anew.`
  }
}

/**
 * What came of a replay so far. In a recording there is nothing of either.
 *
 * @category services
 */
export class Playback extends Context.Service<Playback, {
  /** The recorded requests that nobody has made, in a line each. When the layer is closed, they are logged as a warning. */
  readonly unused: Effect.Effect<ReadonlyArray<string>>
  readonly mismatches: Effect.Effect<ReadonlyArray<CassetteMismatch>>
}>()("greenlang/testing/Cassette/Playback") {}

/** What every layer of a cassette gives. @category models */
export type Provided = LlmProvider | LanguageModel.LanguageModel | Playback

/**
 * Replays the file if there is one, and records it with `provider` if there is none, which is built only then.
 *
 * @category layers
 */
export const layer = <E, R>(
  options: Options & { readonly provider: Layer.Layer<LlmProvider, E, R> }
): Layer.Layer<Provided, E | CassetteFile.CassetteUnusable | RecordingRefused | Config.ConfigError, R> =>
  Layer.unwrap(Effect.map(
    CassetteFile.exists(options.path),
    (
      exists
    ): Layer.Layer<Provided, E | CassetteFile.CassetteUnusable | RecordingRefused | Config.ConfigError, R> =>
      exists ? layerReplay(options) : Layer.provide(layerRecord(options), options.provider)
  ))

/**
 * Asks the provider below, and writes the file when the layer is closed after a success. Calls that fail are recorded,
 * too, and calls that were interrupted, which replays leave without an answer.
 *
 * @category layers
 */
export const layerRecord = (
  options: Options
): Layer.Layer<
  Provided,
  CassetteFile.CassetteUnusable | RecordingRefused | Config.ConfigError,
  LlmProvider
> => withModel(Effect.map(record(options), (provider) => ({ provider, playback: nothing })))

/**
 * Answers from the file alone. A request is answered by the first unused entry that is equal to it: prompt, tools with
 * their schemas, response format and settings.
 *
 * @category layers
 */
export const layerReplay = (options: Options): Layer.Layer<Provided, CassetteFile.CassetteUnusable> =>
  withModel(replay(options))

/** The recorded requests that nobody has made so far. @category reading */
export const unused: Effect.Effect<ReadonlyArray<string>, never, Playback> = Effect.flatMap(
  Playback,
  ({ unused }) => unused
)

const nothing: Playback["Service"] = { unused: Effect.succeed([]), mismatches: Effect.succeed([]) }

const withModel = <E, R>(
  make: Effect.Effect<{ readonly provider: LlmProviderShape; readonly playback: Playback["Service"] }, E, R>
) =>
  Layer.provideMerge(
    LlmProvider.languageModel,
    Layer.effectContext(Effect.map(make, ({ playback, provider }) =>
      Context.make(LlmProvider, provider).pipe(Context.add(Playback, playback))))
  )

const record = Effect.fnUntraced(function*({ path, secrets }: Options) {
  const ci = yield* Config.withDefault(Config.String("CI"), "")
  if (!["", "0", "false"].includes(ci)) return yield* new RecordingRefused({ path })
  const inner = yield* LlmProvider
  const codec = yield* codecOf(inner, path)
  const redact = Secrets.make(secrets)
  const tape: Array<CassetteFile.Entry> = []
  yield* Effect.addFinalizer((exit) =>
    Exit.isSuccess(exit)
      ? Effect.orDie(CassetteFile.write(path, {
        version: 1,
        provider: inner.name,
        model: inner.model,
        offline: inner.offline,
        codec,
        entries: tape
      }))
      : Effect.void
  )

  /** Keeps the place of a call, in the order in which calls began, and nothing else until its end is known. */
  const begin = Effect.fnUntraced(function*(method: "generate" | "stream", request: LlmRequest) {
    const encoded = redact(toJson(yield* EncodedRequest.encode(inner, method, request)))
    const at = tape.push({ request: encoded, parts: [], abandoned: true }) - 1
    return (end: Omit<CassetteFile.Entry, "request">) => {
      tape[at] = { request: encoded, ...end, parts: withoutSplitSecrets(end.parts, redact) }
    }
  })
  const withoutSecrets = (error: AiError.AiError) => decodeFailure(redact(encodeFailure(error)))
  /** The part as a replay will give it, down to the order of its keys. */
  const clean = <Part extends Response.PartEncoded | Response.StreamPartEncoded>(part: Part): Part =>
    CassetteFile.sorted(redact(toJson(withoutTime(part)))) as unknown as Part

  return {
    ...inner,
    generate: Effect.fnUntraced(function*(request: LlmRequest) {
      const end = yield* begin("generate", request)
      return yield* inner.generate(request).pipe(
        Effect.mapBoth({ onSuccess: (parts) => parts.map(clean), onFailure: withoutSecrets }),
        Effect.tap((parts) => Effect.sync(() => end({ parts: toJson(parts) }))),
        Effect.tapError((error) => Effect.sync(() => end({ parts: [], failure: encodeFailure(error) })))
      )
    }),
    stream: (request: LlmRequest) =>
      Stream.unwrap(Effect.map(begin("stream", request), (end) => {
        const parts: Array<Schema.Json> = []
        return inner.stream(request).pipe(
          Stream.map(clean),
          Stream.mapError(withoutSecrets),
          Stream.tap((part) =>
            Effect.sync(() => {
              parts.push(toJson(part))
              end({ parts, abandoned: true })
            })
          ),
          Stream.tapError((error) => Effect.sync(() => end({ parts, failure: encodeFailure(error) }))),
          Stream.onEnd(Effect.sync(() => end({ parts })))
        )
      }))
  }
})

const replay = Effect.fnUntraced(function*({ path, secrets }: Options) {
  const file = yield* CassetteFile.read(path)
  const redact = Secrets.make(secrets)
  const left = new Set(file.entries)
  const mismatches: Array<CassetteMismatch> = []
  const names = () => Array.from(left, ({ request }) => describe(request))
  yield* Effect.addFinalizer((exit) => {
    const [mismatch] = mismatches
    if (Exit.isFailure(exit)) return Effect.void
    if (mismatch !== undefined) return Effect.die(mismatch)
    return left.size === 0
      ? Effect.void
      : Effect.logWarning(`${path} holds requests that nobody has made:`, ...names())
  })

  const provider: LlmProviderShape = LlmProvider.make({
    name: file.provider,
    model: file.model,
    offline: file.offline,
    codecTransformer: codecs[file.codec],
    generate: (request) => Effect.flatMap(take("generate", request), answer),
    stream: (request) => Stream.unwrap(Effect.map(take("stream", request), answerStream))
  })

  const take = Effect.fnUntraced(function*(
    method: "generate" | "stream",
    request: LlmRequest
  ): Effect.fn.Return<CassetteFile.Entry, AiError.AiError> {
    const asked = redact(toJson(yield* EncodedRequest.encode(provider, method, request)))
    const key = CassetteFile.canonical(asked)
    for (const entry of left) {
      if (CassetteFile.canonical(entry.request) !== key) continue
      left.delete(entry)
      return entry
    }
    const isUsedUp = file.entries.some((entry) => CassetteFile.canonical(entry.request) === key)
    const mismatch = new CassetteMismatch({
      path,
      request: describe(asked),
      differences: isUsedUp ? [] : nearest(left.size === 0 ? file.entries : [...left], asked)
    })
    mismatches.push(mismatch)
    return yield* AiError.make({
      module: "Cassette",
      method,
      reason: new AiError.InvalidRequestError({ description: mismatch.message })
    })
  })

  return {
    provider,
    playback: { unused: Effect.sync(names), mismatches: Effect.sync(() => [...mismatches]) }
  }
})

const answer = ({ abandoned, failure, parts }: CassetteFile.Entry) =>
  abandoned === true
    ? Effect.never
    : failure === undefined
    // A recording wrote them as they came from a provider; what is off is for the `LanguageModel` above to find.
    ? Effect.succeed(parts as unknown as Array<Response.PartEncoded>)
    : Effect.fail(decodeFailure(failure))

const answerStream = ({ abandoned, failure, parts }: CassetteFile.Entry) =>
  Stream.concat(
    Stream.fromIterable(parts as unknown as Array<Response.StreamPartEncoded>),
    abandoned === true ? Stream.never : failure === undefined ? Stream.empty : Stream.fail(decodeFailure(failure))
  )

const nearest = (entries: ReadonlyArray<CassetteFile.Entry>, asked: Schema.Json) =>
  entries
    .map(({ request }) => Difference.between(request, asked))
    .reduce(
      (best, other) => best === undefined || other.length < best.length ? other : best,
      undefined as ReadonlyArray<Difference.Difference> | undefined
    ) ?? [{ path: "", expected: undefined, actual: asked }]

const codecs = {
  default: undefined,
  openai: OpenAiStructuredOutput.toCodecOpenAI,
  anthropic: AnthropicStructuredOutput.toCodecAnthropic
}

const codecOf = (
  { codecTransformer, name }: LlmProviderShape,
  path: string
): Effect.Effect<typeof CassetteFile.Codec.Type, CassetteFile.CassetteUnusable> => {
  const codec = CassetteFile.Codec.literals.find((codec) => codecs[codec] === codecTransformer)
  return codec === undefined
    ? Effect.fail(
      new CassetteFile.CassetteUnusable({
        path,
        reason: `the provider ${name} writes schemas in a way of its own, which a file cannot hold`
      })
    )
    : Effect.succeed(codec)
}

const encodeFailure = Schema.encodeSync(Schema.toCodecJson(AiError.AiError))
const decodeFailure = Schema.decodeUnknownSync(Schema.toCodecJson(AiError.AiError))

const toJson = (value: unknown) => JSON.parse(JSON.stringify(value))

/** When the vendor answered is no part of the answer. */
const withoutTime = (part: Response.PartEncoded | Response.StreamPartEncoded) =>
  part.type === "response-metadata" ? { ...part, timestamp: undefined } : part

/** A stream may bring a secret in pieces, none of which is one. */
const withoutSplitSecrets = (parts: ReadonlyArray<Schema.Json>, redact: Secrets.Redact): ReadonlyArray<Schema.Json> => {
  const clean: Array<Schema.Json> = []
  for (let at = 0; at < parts.length;) {
    const first = parts[at]!
    let next = at + 1
    if (isDelta(first)) {
      let text = first.delta
      for (
        let part = parts[next];
        isDelta(part) && part.id === first.id && part.type === first.type;
        part = parts[++next]
      ) {
        text += part.delta
      }
      const hidden = redact(text)
      if (hidden !== text) {
        clean.push({ ...first, delta: hidden })
        at = next
        continue
      }
    }
    clean.push(...parts.slice(at, next))
    at = next
  }
  return clean
}

type Delta = Schema.JsonObject & { readonly type: string; readonly id: string; readonly delta: string }

const isDelta = (part: Schema.Json | undefined): part is Delta =>
  Predicate.hasProperty(part, "delta") && typeof part.delta === "string"

/** What was asked last, in a line. */
const describe = (request: Schema.Json): string => {
  const method = Predicate.hasProperty(request, "method") ? String(request.method) : ""
  const prompt = Predicate.hasProperty(request, "prompt") ? request.prompt : undefined
  const messages = Predicate.hasProperty(prompt, "content") ? prompt.content : prompt
  const text = JSON.stringify(Array.isArray(messages) ? messages.at(-1) : messages) ?? ""
  return `${method} ${text.length > 300 ? `${text.slice(0, 300)}...` : text}`
}
