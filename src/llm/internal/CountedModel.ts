/**
 * The calls of a provider as `LanguageModel` makes them: counted for the run, and emitted to its listeners.
 *
 * A call inside another is part of it: where a model of ours lies below a model of ours, it counts once.
 */
import type * as AiError from "effect/ai/AiError"
import type { ProviderOptions as LlmRequest } from "effect/ai/LanguageModel"
import type * as Response from "effect/ai/Response"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import { identity } from "effect/Function"
import * as Stream from "effect/Stream"
import * as Observer from "../../agent/internal/Observer.ts"
import * as GenAi from "../../internal/GenAi.ts"
import { LlmStreaming } from "../LlmStreaming.ts"
import * as LlmUsage from "../LlmUsage.ts"
import * as FinalAnswer from "./FinalAnswer.ts"
import { Gathered } from "./Gathered.ts"
import * as ModelCall from "./ModelCall.ts"
import * as ModelTelemetry from "./ModelTelemetry.ts"

/** Who is asked. */
interface Asked {
  readonly name: string
  readonly model: string
}

const begin = (fiber: Fiber.Fiber<unknown, unknown>, { tools }: LlmRequest): ModelCall.ModelCall =>
  new ModelCall.ModelCall(
    fiber.getRef(Observer.Current)?.detailed,
    fiber.getRef(Clock.Clock),
    fiber.getRef(LlmStreaming),
    fiber.getRef(ModelCall.CurrentSecrets).answer,
    () => FinalAnswer.growing(tools)
  )

/** A whole answer. */
export const generate = <R>(
  asked: Asked,
  request: LlmRequest,
  answer: Effect.Effect<Array<Response.PartEncoded>, AiError.AiError, R>
): Effect.Effect<Array<Response.PartEncoded>, AiError.AiError, R> =>
  Effect.withFiber((fiber) =>
    fiber.getRef(ModelCall.Current) !== undefined
      ? answer
      : Effect.map(counted(fiber, asked, request, answer, identity, LlmUsage.recordMeteredIn), ({ parts }) => parts)
  )

/** An answer, and what it took. */
export interface Counted {
  readonly parts: Array<Response.PartEncoded>
  readonly used: LlmUsage.LlmUsage
}

/** Makes a call with the services that `provide` adds, and records it by `record`. No call of a model goes on around it. */
export const counted = <S, R>(
  fiber: Fiber.Fiber<unknown, unknown>,
  { model, name }: Asked,
  request: LlmRequest,
  answer: Effect.Effect<Array<Response.PartEncoded>, AiError.AiError, S>,
  provide: (context: Context.Context<R>) => Context.Context<S>,
  record: typeof LlmUsage.recordIn
): Effect.Effect<Counted, AiError.AiError, R> => {
  const call = begin(fiber, request)
  const asked = { fiber, provider: name, model, request }
  const recorded = Effect.flatMap(
    // Services that are added one by one cost less than a merge of contexts.
    Effect.updateContext(
      answer,
      (context: Context.Context<R>) => Context.add(provide(context), ModelCall.Current, call)
    ),
    (parts): Effect.Effect<Counted> => {
      const used = record(fiber, parts)
      ModelTelemetry.answered(asked, parts, used, call.ms)
      const counted = { parts, used }
      return call.observer === undefined
        ? Effect.succeed(counted)
        : Effect.as(Effect.andThen(call.whole(parts), call.answered(used, finishOf(parts))), counted)
    }
  )
  return Effect.onExitPrimitive(
    call.observer === undefined ? recorded : Effect.andThen(call.asked(name, model), recorded),
    (exit) => {
      if (Exit.isFailure(exit)) {
        call.failed(exit.cause)
        ModelTelemetry.failed(asked, exit.cause, call.ms)
      }
      return undefined
    }
  )
}

/** An answer in pieces, which counts when its finish has come. */
export const stream = <R>(
  { model, name }: Asked,
  request: LlmRequest,
  answer: Stream.Stream<Response.StreamPartEncoded, AiError.AiError, R>
): Stream.Stream<Response.StreamPartEncoded, AiError.AiError, R> =>
  Stream.unwrap(Effect.withFiber((fiber) => {
    if (fiber.getRef(ModelCall.Current) !== undefined) return Effect.succeed(answer)
    const call = begin(fiber, request)
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
        Effect.withFiber((reading) => {
          const used = LlmUsage.recordMeteredIn(reading, measured)
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
