/**
 * How models of the AI SDK fail, as reasons of `AiError`.
 *
 * The errors are recognised by the marks that the SDK puts on them for this purpose, so that no package of it is loaded. What
 * was sent and what came back, which they hold, is not kept.
 */
import * as AiError from "effect/ai/AiError"
import * as Effect from "effect/Effect"
import * as HttpClientError from "effect/http/HttpClientError"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as EventReader from "../llm/internal/EventReader.ts"
import * as LooseJson from "../llm/internal/LooseJson.ts"
import * as VendorError from "../llm/internal/VendorError.ts"
import * as LlmHttpError from "../llm/LlmHttpError.ts"

/**
 * What a promise of a model was rejected with.
 *
 * @category reasons
 */
export const reasonOf = (error: unknown): Effect.Effect<AiError.AiErrorReason> => {
  const ours = causesOf(error).find(HttpClientError.isHttpClientError)
  if (ours !== undefined) return Effect.succeed(LlmHttpError.fromClientError(ours))
  const known = causesOf(error).find(AiError.isAiError)
  if (known !== undefined) return Effect.succeed(known.reason)
  if (isMarked("AI_APICallError", error)) return reasonOfCall(error)
  const description = describe(error)
  if (nothingAnswered.some((name) => isMarked(name, error)) || holdsNothing(error)) {
    return Effect.succeed(LlmHttpError.unanswered(description))
  }
  if (wrongAnswer.some((name) => isMarked(name, error))) {
    return Effect.succeed(new AiError.InvalidResponseError({ description }))
  }
  if (wrongRequest.some((name) => isMarked(name, error))) {
    return Effect.succeed(new AiError.InvalidRequestError({ description }))
  }
  if (isMarked("AI_LoadAPIKeyError", error)) {
    return Effect.succeed(new AiError.AuthenticationError({ kind: "MissingKey", description }))
  }
  return Effect.succeed(new AiError.UnknownError({ description }))
}

/**
 * An error in a part of a stream: what the vendor's API reported, a message, a kind, and the status that stands for
 * it, if the vendor's package knows it.
 *
 * @category reasons
 */
export const reasonOfPart = (error: unknown): Effect.Effect<AiError.AiErrorReason> => {
  if (error instanceof Error) return reasonOf(error)
  if (typeof error !== "string" && LooseJson.fields(error) === undefined) {
    return Effect.succeed(new AiError.UnknownError({ description: describe(error) }))
  }
  return Effect.succeed(LlmHttpError.fromVendor(
    VendorError.find(error, () => true) ?? VendorError.of(error, {})
  ))
}

/** The fields of an `APICallError` that are read. */
const isCall = Schema.is(Schema.Struct({
  url: Schema.String,
  statusCode: Schema.optional(Schema.Int),
  responseHeaders: Schema.optional(Schema.Record(Schema.String, Schema.String)),
  responseBody: Schema.optional(Schema.Unknown)
}))

const reasonOfCall = (error: object): Effect.Effect<AiError.AiErrorReason> => {
  const description = describe(error)
  if (!isCall(error)) return Effect.succeed(new AiError.UnknownError({ description }))
  const { responseBody, responseHeaders = {}, statusCode, url } = error
  if (statusCode === undefined) {
    return Effect.succeed(new AiError.NetworkError({ reason: "TransportError", method: "POST", url, description }))
  }
  if (statusCode >= 200 && statusCode < 300) {
    const body = typeof responseBody === "string"
      ? Result.getOrUndefined(Result.try(() => LooseJson.parse(responseBody)))
      : responseBody
    const failure = VendorError.find(body, () => true)
    if (failure !== undefined) return Effect.succeed(LlmHttpError.fromVendor(failure))
    if (body === undefined && typeof responseBody === "string") {
      return Effect.succeed(EventReader.unreadable(responseBody, "JSON"))
    }
    return Effect.succeed(
      isEmptyAnswer(body)
        ? LlmHttpError.unanswered("the answer holds no choice and no content")
        : new AiError.InvalidResponseError({ description })
    )
  }
  // Where the vendor's package made a failure out of an answer, the body is that answer, and the message says more.
  return typeof responseBody === "string" && responseBody !== ""
    ? LlmHttpError.fromBody(statusCode, responseHeaders, responseBody)
    : LlmHttpError.fromBody(statusCode, responseHeaders, description)
}

const isMarked = (name: string, error: unknown): error is object =>
  Predicate.hasProperty(error, Symbol.for(`vercel.ai.error.${name}`))

const nothingAnswered = ["AI_EmptyResponseBodyError", "AI_NoContentGeneratedError"]

const wrongAnswer = ["AI_InvalidResponseDataError", "AI_JSONParseError", "AI_TypeValidationError"]

/** Whether a package found nothing where it looked for an answer. */
const holdsNothing = (error: unknown): boolean =>
  isMarked("AI_InvalidResponseDataError", error) && "data" in error
  && (error.data === undefined || isEmptyAnswer(error.data))

/** Whether a body holds nothing where the answers of vendors stand. */
const isEmptyAnswer = (body: unknown): boolean => {
  const json = LooseJson.fields(body)
  return json !== undefined
    && ["choices", "content", "output", "candidates"].every((key) => LooseJson.isNothing(json[key]))
}

const wrongRequest = [
  "AI_UnsupportedFunctionalityError",
  "AI_InvalidPromptError",
  "AI_InvalidArgumentError",
  "AI_NoSuchModelError",
  "AI_NoSuchProviderReferenceError",
  "AI_LoadSettingError"
]

/** The error and what caused it, as far as that goes. */
const causesOf = (error: unknown): ReadonlyArray<unknown> => {
  const causes = [error]
  for (let at = error; Predicate.hasProperty(at, "cause") && !causes.includes(at.cause); at = at.cause) {
    causes.push(at.cause)
  }
  return causes
}

const describe = (error: unknown): string =>
  Predicate.hasProperty(error, "message") ? String(error.message) : String(error)
