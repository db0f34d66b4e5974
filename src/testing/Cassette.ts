/**
 * Records the answers of a real provider once, and replays them from a file for ever after, without network and cost.
 *
 * ```ts
 * import { Effect, Layer, Redacted } from "effect"
 * import { Llm } from "greenlang"
 * import * as Http from "greenlang/http/Http"
 * import * as OpenAiCompatible from "greenlang/llm/openai/OpenAiCompatible"
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
 * and answers as they were but for secrets, which are hidden from all above the cassette, too: what a recording run
 * computes is what every replay computes. To record anew, delete the file.
 */
import type * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import { LlmProvider, type LlmProviderShape, type LlmServices } from "../llm/LlmProvider.ts"
import type { CassetteMismatch, CassetteUnusable, RecordingRefused } from "./CassetteError.ts"
import * as CassetteFile from "./CassetteFile.ts"
import * as CassettePlayer from "./CassettePlayer.ts"
import * as CassetteRecorder from "./CassetteRecorder.ts"

export { CassetteMismatch, CassetteUnusable, RecordingRefused } from "./CassetteError.ts"

/** @category models */
export interface Options {
  readonly path: string
  /** What must not be in the file, besides what looks like the key of a vendor. See `Secrets`. */
  readonly secrets?: ReadonlyArray<Redacted.Redacted>
}

/**
 * What came of a replay so far. In a recording there is nothing of either.
 *
 * @category services
 */
export class Playback extends Context.Service<Playback, {
  /** The recorded requests that were not made, in a line each. When the layer is closed, they are logged as a warning. */
  readonly unused: Effect.Effect<ReadonlyArray<string>>
  readonly mismatches: Effect.Effect<ReadonlyArray<CassetteMismatch>>
}>()("greenlang/testing/Cassette/Playback") {}

/** What every layer of a cassette gives. @category models */
export type Provided = LlmServices | Playback

/**
 * Replays the file if there is one, and records it with `provider` if there is none, which is built only then.
 *
 * @category layers
 */
export const layer = <E, R>(
  options: Options & { readonly provider: Layer.Layer<LlmProvider, E, R> }
): Layer.Layer<Provided, E | CassetteUnusable | RecordingRefused | Config.ConfigError, R> =>
  Layer.unwrap(Effect.map(
    CassetteFile.exists(options.path),
    (
      exists
    ): Layer.Layer<Provided, E | CassetteUnusable | RecordingRefused | Config.ConfigError, R> =>
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
  CassetteUnusable | RecordingRefused | Config.ConfigError,
  LlmProvider
> =>
  withModel(Effect.map(
    CassetteRecorder.make(options.path, options.secrets),
    (provider) => ({ provider, unused: Effect.succeed([]), mismatches: Effect.succeed([]) })
  ))

/**
 * Answers from the file alone. A request is answered by the first unused entry that is equal to it: prompt, tools with
 * their schemas, response format and settings.
 *
 * @category layers
 */
export const layerReplay = (options: Options): Layer.Layer<Provided, CassetteUnusable> =>
  withModel(CassettePlayer.make(options.path, options.secrets))

/** The recorded requests that were not made so far. @category reading */
export const unused: Effect.Effect<ReadonlyArray<string>, never, Playback> = Effect.flatMap(
  Playback,
  ({ unused }) => unused
)

const withModel = <E, R>(
  make: Effect.Effect<Playback["Service"] & { readonly provider: LlmProviderShape }, E, R>
) =>
  Layer.provideMerge(
    LlmProvider.languageModel,
    Layer.effectContext(Effect.map(make, ({ provider, ...playback }) =>
      Context.make(LlmProvider, provider).pipe(Context.add(Playback, playback))))
  )
