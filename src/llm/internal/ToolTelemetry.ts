/**
 * A call of a tool in traces and metrics, by the names of `GenAi`.
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Schema from "effect/Schema"
import * as RunPart from "../../agent/internal/RunPart.ts"
import * as TaggedMessage from "../../agent/internal/TaggedMessage.ts"
import * as Run from "../../agent/Run.ts"
import type * as Tool from "../../agent/Tool.ts"
import * as GenAi from "../../internal/GenAi.ts"
import * as ShownCall from "./ShownCall.ts"
import type { Call } from "./ToolHistory.ts"

/** Runs the call of `tool` in a span of its own, where traces are collected, and measures it. */
export const around = <A, E, R>(
  tool: Pick<Tool.Any, "name" | "description" | "input">,
  { id, params }: Pick<Call, "id" | "params">,
  call: Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  Effect.withFiber((fiber) => {
    const { description, name } = tool
    RunPart.countToolCall(fiber.getRef(Run.Current))
    const clock = fiber.getRef(Clock.Clock)
    const { content } = fiber.getRef(GenAi.Settings)
    const began = clock.monotonicTimeNanosUnsafe()
    const measured = Effect.onExit(call, (exit) =>
      Effect.withFiber(({ cache: { span }, context }) => {
        const errorType = Exit.isSuccess(exit) ? undefined : errorTypeOf(exit.cause)
        const seconds = Number(clock.monotonicTimeNanosUnsafe() - began) / 1e9
        durationsOf(tool, errorType).updateUnsafe(seconds, context)
        if (span?._tag === "Span") GenAi.set(span, { "error.type": errorType })
        return Effect.void
      }))
    const { tracer, tracerEnabled } = fiber.cache
    if (!tracerEnabled || tracer === undefined) return measured
    const spanned = (input: Schema.Json | undefined) =>
      Effect.withSpan(measured, `execute_tool ${name}`, {
        // The place in the source would be one in this module, and to find it out takes longer than the span.
        captureStackTrace: false,
        attributes: {
          "gen_ai.operation.name": "execute_tool",
          "gen_ai.tool.name": name,
          "gen_ai.tool.type": "function",
          "gen_ai.tool.call.id": id,
          "gen_ai.tool.description": description,
          ...(input === undefined ? undefined : { "gen_ai.tool.call.arguments": JSON.stringify(input) })
        }
      })
    return content ? Effect.flatMap(ShownCall.input(tool, params), spanned) : spanned(undefined)
  })

/** The histogram of the calls of a tool that end like this. */
const durationsOf = (tool: Pick<Tool.Any, "name">, errorType: string | undefined) => {
  const found = errorType === undefined ? successes.get(tool) : undefined
  if (found !== undefined) return found
  const made = GenAi.durations("gen_ai.execute_tool.duration", {
    "gen_ai.tool.name": tool.name,
    ...(errorType === undefined ? undefined : { "error.type": errorType })
  })
  if (errorType === undefined) successes.set(tool, made)
  return made
}

/** Most calls end well. */
const successes = new WeakMap<object, ReturnType<typeof GenAi.durations>>()

const errorTypeOf = (cause: Cause.Cause<unknown>): string =>
  Cause.hasInterruptsOnly(cause) ? "interrupted" : TaggedMessage.of(Cause.squash(cause))._tag
