/**
 * The half of a `Cassette` that answers from the file.
 */
import * as AiError from "effect/ai/AiError"
import type * as Response from "effect/ai/Response"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Predicate from "effect/Predicate"
import type * as Redacted from "effect/Redacted"
import type * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as EncodedRequest from "../llm/EncodedRequest.ts"
import { LlmProvider, type LlmProviderShape, type LlmRequest } from "../llm/LlmProvider.ts"
import { CassetteMismatch } from "./CassetteError.ts"
import * as CassetteFile from "./CassetteFile.ts"
import * as Difference from "./Difference.ts"
import * as Secrets from "./Secrets.ts"

/**
 * A provider that answers each request by the first unused entry that is equal to it, and what came of that so far. When
 * the scope closes after a success, mismatches are a defect, and what is unused is a warning.
 *
 * @category constructors
 */
export const make = Effect.fnUntraced(function*(
  path: string,
  secrets: ReadonlyArray<Redacted.Redacted> | undefined
) {
  const file = yield* CassetteFile.read(path)
  const redact = Secrets.make(secrets)
  const keys = new Map(file.entries.map((entry) => [entry, CassetteFile.canonical(entry.request)]))
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
    codecTransformer: CassetteFile.codecs[file.codec],
    generate: (request) => Effect.flatMap(take("generate", request), answer),
    stream: (request) => Stream.unwrap(Effect.map(take("stream", request), answerStream))
  })

  const take = Effect.fnUntraced(function*(
    method: "generate" | "stream",
    request: LlmRequest
  ): Effect.fn.Return<CassetteFile.Entry, AiError.AiError> {
    const asked = redact(CassetteFile.toJson(yield* EncodedRequest.encode(provider, method, request)))
    const key = CassetteFile.canonical(asked)
    for (const entry of left) {
      if (keys.get(entry) !== key) continue
      left.delete(entry)
      return entry
    }
    const isUsedUp = file.entries.some((entry) => keys.get(entry) === key)
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

  return { provider, unused: Effect.sync(names), mismatches: Effect.sync(() => [...mismatches]) }
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

const nearest = (entries: ReadonlyArray<CassetteFile.Entry>, asked: Schema.Json) =>
  entries
    .map(({ request }) => Difference.between(request, asked))
    .reduce(
      (best, other) => best === undefined || other.length < best.length ? other : best,
      undefined as ReadonlyArray<Difference.Difference> | undefined
    ) ?? [{ path: "", expected: undefined, actual: asked }]

/** What was asked last, in a line. */
const describe = (request: Schema.Json): string => {
  const method = Predicate.hasProperty(request, "method") ? String(request.method) : ""
  const prompt = Predicate.hasProperty(request, "prompt") ? request.prompt : undefined
  const messages = Predicate.hasProperty(prompt, "content") ? prompt.content : prompt
  const text = JSON.stringify(Array.isArray(messages) ? messages.at(-1) : messages) ?? ""
  return `${method} ${text.length > 300 ? `${text.slice(0, 300)}...` : text}`
}
