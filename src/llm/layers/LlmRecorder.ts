/**
 * Records every request and what came of it, for an audit or a cassette.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import type * as Schema from "effect/Schema"
import * as Deadline from "../../internal/Deadline.ts"
import * as Redaction from "../../internal/Redaction.ts"
import * as EncodedRequest from "../EncodedRequest.ts"
import * as SplitSecrets from "../internal/SplitSecrets.ts"
import { around, type LlmCall, type Part } from "../LlmCall.ts"
import { LlmProvider } from "../LlmProvider.ts"

/**
 * A request and its answer, as JSON. Times are Unix milliseconds.
 *
 * @category models
 */
export interface LlmRecord {
  readonly request: EncodedRequest.EncodedRequest
  readonly startedAt: number
  readonly endedAt: number
  /** An interrupted call, and a stream that was left early, ends without an answer. */
  readonly ending: "answered" | "failed" | "interrupted"
  /** What came, as far as it came. */
  readonly parts: ReadonlyArray<Part>
  /** What the call failed with, and the tag of its reason. */
  readonly error?: { readonly reason: string; readonly message: string }
}

/** @category models */
export interface Options {
  /** Where records go. What it fails or dies with is logged and does not touch the call. */
  readonly sink: (record: LlmRecord) => Effect.Effect<void, unknown>
  /** How long a call waits for its record, also one that is interrupted. Default: 10 seconds. */
  readonly patience?: Duration.Input
  /** What may stand in no record, wherever a prompt, an answer or an error repeats it. */
  readonly secrets?: ReadonlyArray<Redacted.Redacted>
}

/**
 * Records the calls to the provider below, each once it has ended, however it does. The headers of a request, and so its
 * key, are never seen here; `options.secrets` and what looks like the key of a well-known vendor read `<redacted>`.
 *
 * @category layers
 */
export const layer = (options: Options): Layer.Layer<LlmProvider, never, LlmProvider> => {
  const patience = Duration.fromInputUnsafe(options.patience ?? "10 seconds")
  return LlmProvider.around((inner) =>
    Effect.succeed(around(
      inner,
      Effect.fnUntraced(function*(call) {
        const request = yield* EncodedRequest.encode(inner, call.method, call.request)
        yield* Effect.acquireRelease(Clock.currentTimeMillis, (startedAt) =>
          Effect.gen(function*() {
            const endedAt = yield* Clock.currentTimeMillis
            const record = { request, startedAt, endedAt, ...endOf(call) }
            const kept = options.sink(redacted(record, options.secrets ?? []))
            yield* Deadline.beside(kept, patience, () => `its sink took longer than ${Duration.format(patience)}`)
          }).pipe(
            Effect.catchCause((cause) => Effect.logWarning("a call to a language model was not recorded", cause))
          ))
      })
    ))
  )
}

const endOf = ({ error, method, parts }: LlmCall): Pick<LlmRecord, "ending" | "parts" | "error"> => {
  if (error !== undefined) {
    return { ending: "failed", parts, error: { reason: error.reason._tag, message: error.message } }
  }
  const whole = method === "generate" ? parts.length > 0 : parts.some(({ type }) => type === "finish")
  return { ending: whole ? "answered" : "interrupted", parts }
}

/** Secrets may stand anywhere, also in the middle of a text, or of a stream. */
const redacted = (record: LlmRecord, secrets: ReadonlyArray<Redacted.Redacted>): LlmRecord => {
  const redact = Redaction.make(secrets)
  const json: Schema.JsonObject & { readonly parts: ReadonlyArray<Schema.Json> } = JSON.parse(JSON.stringify(record))
  // Texts are changed and nothing else.
  return redact({ ...json, parts: SplitSecrets.unsplit(json.parts, redact) }) as unknown as LlmRecord
}
