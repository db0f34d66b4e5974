/**
 * The calls of a provider over HTTP: a request is written and sent, and its answer is read, whole or in pieces.
 */
import type * as AiError from "effect/ai/AiError"
import type * as Response from "effect/ai/Response"
import * as Effect from "effect/Effect"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import * as LlmHttpError from "../LlmHttpError.ts"
import type { LlmRequest } from "../LlmProvider.ts"
import { LlmSettings } from "../LlmSettings.ts"
import * as AskAgain from "./AskAgain.ts"
import type { Parts } from "./EventReader.ts"

type Method = "generate" | "stream"
type Answered = HttpClientResponse.HttpClientResponse

/** One vendor: how it is asked, and how its format is read. */
export interface Vendor<Context, Body> {
  readonly bodyOf: (
    request: LlmRequest,
    method: Method,
    settings: LlmSettings
  ) => Result.Result<Body, AiError.AiError>
  readonly post: (body: Body, method: Method) => Effect.Effect<Answered, AiError.AiError>
  readonly fail: (method: Method) => (reason: AiError.AiErrorReason) => AiError.AiError
  /** What is known of an answer besides its body. */
  readonly contextOf: (request: LlmRequest, status: number, headers: Answered["headers"]) => Context
  readonly format: {
    readonly answerOf: (
      response: Answered,
      headers: Answered["headers"],
      context: Context
    ) => Effect.Effect<Array<Response.PartEncoded>, AiError.AiErrorReason>
    readonly partsOf: (
      response: Answered,
      context: Context
    ) => Stream.Stream<Response.StreamPartEncoded, AiError.AiErrorReason>
    readonly each: (
      response: Answered,
      context: Context,
      take: (parts: Parts) => Effect.Effect<void>
    ) => Effect.Effect<void, AiError.AiErrorReason>
  }
}

/** The calls, as `LlmProvider.make` takes them. */
export const make = <Context, Body>({ bodyOf, contextOf, fail, format, post }: Vendor<Context, Body>) => {
  const send = (request: LlmRequest, method: Method): Effect.Effect<Answered, AiError.AiError> =>
    Effect.withFiber((fiber) => {
      const body = bodyOf(request, method, fiber.getRef(LlmSettings))
      return Result.isFailure(body)
        ? Effect.fail(body.failure)
        : LlmHttpError.repeatable(post(body.success, method))
    })
  const failedWhole = fail("generate")
  const failedStream = fail("stream")
  return {
    generate: (request: LlmRequest) =>
      Effect.flatMap(send(request, "generate"), (response) => {
        const answer = AskAgain.answered(response, (response) => {
          // They are made anew each time they are asked for.
          const { headers, status } = response
          return format.answerOf(response, headers, contextOf(request, status, headers))
        })
        return AskAgain.isThere(answer) ? answer : Effect.mapError(answer, failedWhole)
      }),
    stream: (request: LlmRequest) =>
      Stream.unwrap(
        Effect.map(send(request, "stream"), (response) =>
          Stream.mapError(
            AskAgain.streamed(
              response,
              (response) => format.partsOf(response, contextOf(request, response.status, response.headers))
            ),
            failedStream
          ))
      ),
    each: (request: LlmRequest, take: (parts: Parts) => Effect.Effect<void>) =>
      Effect.flatMap(send(request, "stream"), (response) =>
        Effect.mapError(
          AskAgain.taken(
            response,
            (response, take) => format.each(response, contextOf(request, response.status, response.headers), take),
            take
          ),
          failedStream
        ))
  }
}
