/**
 * The calls of a provider as `LanguageModel` makes them: counted for the run, and emitted to its listeners.
 *
 * A call inside another is part of it: where a model of ours lies below a model of ours, it counts once.
 */
import type * as AiError from "effect/ai/AiError"
import type { ProviderOptions as LlmRequest } from "effect/ai/LanguageModel"
import type * as Response from "effect/ai/Response"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as Observer from "../../agent/internal/Observer.ts"
import * as GenAi from "../../internal/GenAi.ts"
import { LlmStreaming } from "../LlmStreaming.ts"
import * as LlmUsage from "../LlmUsage.ts"
import { Gathered } from "./Gathered.ts"
import * as ModelCall from "./ModelCall.ts"
import * as ModelTelemetry from "./ModelTelemetry.ts"

/** Who is asked. */
interface Asked {
  readonly name: string
  readonly model: string
}

const begin = (fiber: Fiber.Fiber<unknown, unknown>): ModelCall.ModelCall =>
  new ModelCall.ModelCall(
    fiber.getRef(Observer.Current)?.detailed,
    fiber.getRef(Clock.Clock),
    fiber.getRef(LlmStreaming)
  )

/** A whole answer. */
export const generate = <R>(
  { model, name }: Asked,
  request: LlmRequest,
  answer: Effect.Effect<Array<Response.PartEncoded>, AiError.AiError, R>
): Effect.Effect<Array<Response.PartEncoded>, AiError.AiError, R> =>
  Effect.withFiber((fiber) => {
    if (fiber.getRef(ModelCall.Current) !== undefined) return answer
    const call = begin(fiber)
    const asked = { fiber, provider: name, model, request }
    const counted = Effect.flatMap(Effect.provideService(answer, ModelCall.Current, call), (parts) =>
      Effect.flatMap(LlmUsage.recordMetered(parts), (used) => {
        ModelTelemetry.answered(asked, parts, used, call.ms)
        return call.observer === undefined
          ? Effect.succeed(parts)
          : Effect.as(Effect.andThen(call.whole(parts), call.answered(used, finishOf(parts))), parts)
      }))
    return Effect.onError(
      call.observer === undefined ? counted : Effect.andThen(call.asked(name, model), counted),
      (cause) =>
        Effect.sync(() => {
          call.failed(cause)
          ModelTelemetry.failed(asked, cause, call.ms)
        })
    )
  })

/** An answer in pieces, which counts when its finish has come. */
export const stream = <R>(
  { model, name }: Asked,
  request: LlmRequest,
  answer: Stream.Stream<Response.StreamPartEncoded, AiError.AiError, R>
): Stream.Stream<Response.StreamPartEncoded, AiError.AiError, R> =>
  Stream.unwrap(Effect.withFiber((fiber) => {
    if (fiber.getRef(ModelCall.Current) !== undefined) return Effect.succeed(answer)
    const call = begin(fiber)
    const asked = { fiber, provider: name, model, request }
    const { content } = fiber.getRef(GenAi.Settings)
    const gathered = new Gathered()
    const measured: Array<Response.StreamPartEncoded> = []
    let hasContent = false
    let isCounted = false
    const take = (parts: ReadonlyArray<Response.StreamPartEncoded>): Effect.Effect<void> => {
      let isFinished = false
      for (const part of parts) {
        if (part.type === "finish") isFinished = true
        else if (content) gathered.add(part)
        const isFirst = !hasContent && isContent(part)
        if (isFirst) hasContent = true
        if (isFirst || part.type === "finish" || part.type === "response-metadata") measured.push(part)
      }
      const emitted = call.pieces(parts)
      if (!isFinished || isCounted) return emitted
      isCounted = true
      return Effect.andThen(
        emitted,
        Effect.flatMap(LlmUsage.recordMetered(measured), (used) => {
          ModelTelemetry.answered(asked, [...gathered.parts, ...measured], used, call.ms)
          return call.answered(used, finishOf(measured))
        })
      )
    }
    const counted = answer.pipe(
      Stream.provideService(ModelCall.Current, call),
      Stream.mapArrayEffect((parts) => Effect.as(take(parts), parts)),
      Stream.onExit((exit) =>
        Effect.sync(() => {
          if (isCounted || !Exit.isFailure(exit)) return
          call.failed(exit.cause)
          ModelTelemetry.failed(asked, exit.cause, call.ms)
        })
      )
    )
    return Effect.as(Effect.andThen(LlmUsage.claim, call.asked(name, model)), counted)
  }))

const isContent = ({ type }: Response.StreamPartEncoded): boolean =>
  type === "text-delta" || type === "reasoning-delta" || type === "tool-call"

const finishOf = (
  parts: ReadonlyArray<Response.PartEncoded | Response.StreamPartEncoded>
): Response.FinishReason => parts.find((part) => part.type === "finish")?.reason ?? "unknown"
