/**
 * The half of a `Cassette` that answers from the file.
 */
import * as AiError from "effect/ai/AiError"
import type * as Response from "effect/ai/Response"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import type * as Redacted from "effect/Redacted"
import type * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as EncodedRequest from "../llm/EncodedRequest.ts"
import { LlmProvider, type LlmProviderShape, type LlmRequest } from "../llm/LlmProvider.ts"
import { CassetteUnusable } from "./CassetteError.ts"
import * as CassetteFile from "./CassetteFile.ts"
import * as CassetteTape from "./CassetteTape.ts"
import * as Secrets from "./Secrets.ts"

/**
 * A provider that answers each request by the first unused entry that is equal to it, and what came of that so far.
 *
 * @category constructors
 */
export const make = Effect.fnUntraced(function*(
  path: string,
  secrets: ReadonlyArray<Redacted.Redacted> | undefined
) {
  const file = yield* CassetteFile.read(path, CassetteFile.CassetteFile)
  for (const { failure } of file.entries) {
    if (failure === undefined) continue
    yield* Effect.mapError(
      CassetteFile.checkFailure(failure),
      ({ message }) => new CassetteUnusable({ path, reason: `a failure is not what a recording writes: ${message}` })
    )
  }
  const redact = Secrets.make(secrets)
  const { mismatches, take, unused } = yield* CassetteTape.make({ path, entries: file.entries, describe })

  const find = Effect.fnUntraced(function*(method: "generate" | "stream", request: LlmRequest) {
    const asked = redact(CassetteFile.toJson(yield* EncodedRequest.encode(provider, method, request)))
    return yield* Effect.mapError(take(asked), ({ message }) =>
      AiError.make({
        module: "Cassette",
        method,
        reason: new AiError.InvalidRequestError({ description: message })
      }))
  })
  const provider: LlmProviderShape = LlmProvider.make({
    name: file.provider,
    model: file.model,
    offline: file.offline,
    codecTransformer: CassetteFile.codecs[file.codec],
    streamsForListeners: false,
    generate: (request) => Effect.flatMap(find("generate", request), answer),
    stream: (request) => Stream.unwrap(Effect.map(find("stream", request), answerStream))
  })
  return { provider, unused, mismatches }
})

const answer = ({ abandoned, failure, parts }: CassetteFile.Entry) =>
  abandoned === true
    ? Effect.never
    : failure === undefined
    // A recording wrote them as they came from a provider; what is off is for the `LanguageModel` above to find.
    ? Effect.succeed(parts as unknown as Array<Response.PartEncoded>)
    : Effect.fail(CassetteFile.decodeFailure(failure))

const answerStream = ({ abandoned, failure, parts }: CassetteFile.Entry) =>
  Stream.concat(
    Stream.fromIterable(parts as unknown as Array<Response.StreamPartEncoded>),
    abandoned === true
      ? Stream.never
      : failure === undefined
      ? Stream.empty
      : Stream.fail(CassetteFile.decodeFailure(failure))
  )

/** What was asked last, in a line. */
const describe = (request: Schema.Json): string => {
  const method = Predicate.hasProperty(request, "method") ? String(request.method) : ""
  const prompt = Predicate.hasProperty(request, "prompt") ? request.prompt : undefined
  const messages = Predicate.hasProperty(prompt, "content") ? prompt.content : prompt
  const text = JSON.stringify(Array.isArray(messages) ? messages.at(-1) : messages) ?? ""
  return `${method} ${text.length > 300 ? `${text.slice(0, 300)}...` : text}`
}
