/**
 * A provider in this process that takes a given time by the `Clock` of the test, and records the times of its calls.
 */
import { Clock, Effect, Layer, Stream } from "effect"
import { type AiError, type Response } from "effect/ai"
import { LlmProvider, type LlmRequest } from "greenlang/llm/LlmProvider"

/** One call. `interruptedAt` and `endedAt` are Unix milliseconds, and so is `startedAt`. */
export interface Call {
  readonly request: LlmRequest
  readonly startedAt: number
  endedAt?: number
  interrupted?: boolean
}

export interface Answer {
  readonly text: string
  readonly inputTokens?: number
  readonly outputTokens?: number
  readonly reason?: Response.FinishReason
  readonly headers?: Readonly<Record<string, string>>
}

export interface TimedLlm {
  readonly calls: Array<Call>
  readonly layer: Layer.Layer<LlmProvider>
}

/** Every call is answered by `answer`, which may take its time, fail, or look at which call it is, counted from 1. */
export const make = (
  answer: (nth: number, request: LlmRequest) => Effect.Effect<Answer, AiError.AiError>,
  names: { readonly name: string; readonly model: string } = { name: "timed", model: "test" }
): TimedLlm => {
  const calls: Array<Call> = []
  const ask = Effect.fnUntraced(function*(request: LlmRequest) {
    const call: Call = { request, startedAt: yield* Clock.currentTimeMillis }
    const nth = calls.push(call)
    return yield* Effect.onExit(answer(nth, request), (exit) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        call.endedAt = now
        call.interrupted = exit._tag === "Failure" && exit.cause.reasons.some(({ _tag }) => _tag === "Interrupt")
      }))
  })
  return {
    calls,
    layer: Layer.succeed(
      LlmProvider,
      LlmProvider.make({
        ...names,
        generate: (request) =>
          Effect.map(ask(request), (answer) => [{ type: "text" as const, text: answer.text }, finish(answer)]),
        stream: (request) =>
          Stream.unwrap(Effect.map(ask(request), (answer) =>
            Stream.fromIterable<Response.StreamPartEncoded>([
              { type: "text-start", id: "0" },
              ...answer.text.split("").map((delta) => ({ type: "text-delta" as const, id: "0", delta })),
              { type: "text-end", id: "0" },
              finish(answer)
            ])))
      })
    )
  }
}

const finish = (
  { headers, inputTokens = 10, outputTokens = 5, reason = "stop" }: Answer
): Response.FinishPartEncoded => ({
  type: "finish",
  reason,
  usage: {
    inputTokens: { total: inputTokens, uncached: inputTokens, cacheRead: undefined, cacheWrite: undefined },
    outputTokens: { total: outputTokens, text: outputTokens, reasoning: undefined }
  },
  ...(headers === undefined ? {} : { response: { status: 200, headers } })
})
