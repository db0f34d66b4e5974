/**
 * The half of a `Cassette` that asks a real provider and writes down what it answers.
 */
import * as AiError from "effect/ai/AiError"
import type * as Response from "effect/ai/Response"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Redacted from "effect/Redacted"
import type * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as SafeJson from "../internal/SafeJson.ts"
import * as EncodedRequest from "../llm/EncodedRequest.ts"
import * as SplitSecrets from "../llm/internal/SplitSecrets.ts"
import { LlmProvider, type LlmProviderShape, type LlmRequest } from "../llm/LlmProvider.ts"
import { CassetteUnusable } from "./CassetteError.ts"
import * as CassetteFile from "./CassetteFile.ts"
import * as CassetteTape from "./CassetteTape.ts"
import * as Secrets from "./Secrets.ts"

/**
 * A provider around the one in the context. The file is written when the scope closes after a success.
 *
 * @category constructors
 */
export const make = Effect.fnUntraced(function*(
  path: string,
  secrets: ReadonlyArray<Redacted.Redacted> | undefined
) {
  yield* CassetteTape.mayRecord(path)
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
        entries: tape.map((entry) => ({ ...entry, parts: SplitSecrets.unsplit(entry.parts, redact) }))
      }))
      : Effect.void
  )

  /** Keeps the place of a call, in the order in which calls began. One whose end does not come was abandoned. */
  const begin = Effect.fnUntraced(function*(method: "generate" | "stream", request: LlmRequest) {
    const encoded = redact(CassetteFile.toJson(yield* EncodedRequest.encode(inner, method, request)))
    const parts: Array<Schema.Json> = []
    const at = tape.push({ request: encoded, parts, abandoned: true }) - 1
    return {
      say: (part: object) =>
        Effect.sync(() => {
          parts.push(CassetteFile.toJson(part))
        }),
      end: (error?: AiError.AiError) =>
        Effect.sync(() => {
          const failure = error === undefined ? {} : { failure: CassetteFile.encodeFailure(error) }
          tape[at] = { request: encoded, parts, ...failure }
        })
    }
  })
  const withoutSecrets = (error: AiError.AiError) =>
    CassetteFile.decodeFailure(redact(CassetteFile.encodeFailure(error)))
  /** The part as a replay will give it, down to the order of its keys: the same type, with other texts in it. */
  const clean = <Part extends Response.PartEncoded | Response.StreamPartEncoded>(part: Part): Part =>
    CassetteFile.sorted(redact(CassetteFile.toJson(withoutTime(part)))) as unknown as Part

  const provider: LlmProviderShape = {
    ...inner,
    generate: Effect.fnUntraced(function*(request: LlmRequest) {
      const call = yield* begin("generate", request)
      return yield* inner.generate(request).pipe(
        Effect.tap((parts) => Effect.forEach(parts, notTooDeep, { discard: true })),
        Effect.mapBoth({ onSuccess: (parts) => parts.map(clean), onFailure: withoutSecrets }),
        Effect.tap((parts) => Effect.andThen(Effect.forEach(parts, call.say), call.end())),
        Effect.tapError((error) => call.end(error))
      )
    }),
    stream: (request: LlmRequest) =>
      Stream.unwrap(Effect.map(begin("stream", request), (call) =>
        inner.stream(request).pipe(
          Stream.tap(notTooDeep),
          Stream.map(clean),
          Stream.mapError(withoutSecrets),
          Stream.tap(call.say),
          Stream.tapError((error) => call.end(error)),
          Stream.onEnd(call.end())
        )))
  }
  return provider
})

/** A file could not hold it. */
const notTooDeep = (part: object): Effect.Effect<void, AiError.AiError> =>
  SafeJson.isDeep(part)
    ? Effect.fail(AiError.make({
      module: "Cassette",
      method: "record",
      reason: new AiError.InvalidResponseError({
        description: `the answer is nested more than ${SafeJson.mostLevels} levels deep`
      })
    }))
    : Effect.void

const codecOf = (
  { codecTransformer, name }: LlmProviderShape,
  path: string
): Effect.Effect<typeof CassetteFile.Codec.Type, CassetteUnusable> => {
  const codec = CassetteFile.Codec.literals.find((codec) => CassetteFile.codecs[codec] === codecTransformer)
  return codec === undefined
    ? Effect.fail(
      new CassetteUnusable({
        path,
        reason: `the provider ${name} writes schemas in a way of its own, which a file cannot hold`
      })
    )
    : Effect.succeed(codec)
}

/** The time of the answer does not belong to it. */
const withoutTime = (part: Response.PartEncoded | Response.StreamPartEncoded) =>
  part.type === "response-metadata" ? { ...part, timestamp: undefined } : part
