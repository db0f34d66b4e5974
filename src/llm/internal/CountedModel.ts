/**
 * The calls of a provider as `LanguageModel` makes them: counted for the run, and emitted to its listeners.
 *
 * A call inside another is part of it: where a model of ours lies below a model of ours, it counts once.
 */
import type * as AiError from "effect/ai/AiError"
import type * as Response from "effect/ai/Response"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as Observer from "../../agent/internal/Observer.ts"
import { LlmStreaming } from "../LlmStreaming.ts"
import * as LlmUsage from "../LlmUsage.ts"
import * as ModelCall from "./ModelCall.ts"

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
  answer: Effect.Effect<Array<Response.PartEncoded>, AiError.AiError, R>
): Effect.Effect<Array<Response.PartEncoded>, AiError.AiError, R> =>
  Effect.withFiber((fiber) => {
    if (fiber.getRef(ModelCall.Current) !== undefined) return answer
    const call = begin(fiber)
    const answered = Effect.provideService(answer, ModelCall.Current, call)
    if (call.observer === undefined) {
      return Effect.flatMap(answered, (parts) => Effect.as(LlmUsage.recordMetered(parts), parts))
    }
    return Effect.onError(
      Effect.andThen(
        call.asked(name, model),
        Effect.flatMap(answered, (parts) =>
          Effect.flatMap(
            LlmUsage.recordMetered(parts),
            (used) => Effect.as(Effect.andThen(call.whole(parts), call.answered(used, finishOf(parts))), parts)
          ))
      ),
      (cause) => Effect.sync(() => call.failed(cause))
    )
  })

/** An answer in pieces, which counts when its finish has come. */
export const stream = <R>(
  { model, name }: Asked,
  answer: Stream.Stream<Response.StreamPartEncoded, AiError.AiError, R>
): Stream.Stream<Response.StreamPartEncoded, AiError.AiError, R> =>
  Stream.unwrap(Effect.withFiber((fiber) => {
    if (fiber.getRef(ModelCall.Current) !== undefined) return Effect.succeed(answer)
    const call = begin(fiber)
    const measured: Array<Response.StreamPartEncoded> = []
    let hasContent = false
    let isCounted = false
    const take = (parts: ReadonlyArray<Response.StreamPartEncoded>): Effect.Effect<void> => {
      let isFinished = false
      for (const part of parts) {
        if (part.type === "finish") isFinished = true
        const isFirst = !hasContent && isContent(part)
        if (isFirst) hasContent = true
        if (isFirst || part.type === "finish" || part.type === "response-metadata") measured.push(part)
      }
      const emitted = call.pieces(parts)
      if (!isFinished || isCounted) return emitted
      isCounted = true
      return Effect.andThen(
        emitted,
        Effect.flatMap(LlmUsage.recordMetered(measured), (used) => call.answered(used, finishOf(measured)))
      )
    }
    const counted = answer.pipe(
      Stream.provideService(ModelCall.Current, call),
      Stream.mapArrayEffect((parts) => Effect.as(take(parts), parts)),
      Stream.onExit((exit) =>
        Effect.sync(() => {
          if (!isCounted && Exit.isFailure(exit)) call.failed(exit.cause)
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
