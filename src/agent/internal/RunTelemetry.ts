/**
 * A run in traces and metrics, by the names of `GenAi`.
 */
import * as Cause from "effect/Cause"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import type * as Metric from "effect/Metric"
import * as GenAi from "../../internal/GenAi.ts"
import * as Redaction from "../../internal/Redaction.ts"
import { noUsage } from "../Usage.ts"
import type { LiveRun } from "./LiveRun.ts"
import * as TaggedMessage from "./TaggedMessage.ts"

/** Whether a tracer collects the spans of `fiber`. */
export const isTraced = ({ cache }: Fiber.Fiber<unknown, unknown>): boolean =>
  cache.tracerEnabled && cache.tracer !== undefined

/** What its span begins with. */
export const attributesOf = ({ agent, id, version }: LiveRun, description: string | undefined) => ({
  "gen_ai.operation.name": "invoke_agent",
  "gen_ai.agent.name": agent,
  "gen_ai.agent.version": version,
  ...(description === undefined ? undefined : { "gen_ai.agent.description": description }),
  "greenlang.run": id
})

/** Runs `run`, and notes on the span around it how it ended, and what models took. */
export const noting = <A, E, R>(record: LiveRun, run: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.onExit(run, (exit) =>
    Effect.withFiber(({ cache: { span } }) => {
      if (span?._tag !== "Span") return Effect.void
      const { usage } = record
      GenAi.set(span, {
        "error.type": errorTypeOf(exit),
        "error.message": errorMessageOf(exit),
        // Of all calls inside: `gen_ai.usage.*` stands on the calls alone, so that a sum over spans counts each once.
        ...(usage === noUsage ? undefined : {
          "gen_ai.aggregated_usage.input_tokens": usage.inputTokens,
          "gen_ai.aggregated_usage.output_tokens": usage.outputTokens,
          "greenlang.cost_usd": usage.costUsd
        })
      })
      return Effect.void
    }))

/** Runs `step`, and notes on the span around it what it failed with, where exporters, which show messages, would show nothing. */
export const notingFailure = <A, E, R>(step: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.onExit(step, (exit) => {
    const message = errorMessageOf(exit)
    if (message === undefined) return Effect.void
    return Effect.withFiber(({ cache: { span } }) => {
      if (span?._tag === "Span") span.attribute("error.message", message)
      return Effect.void
    })
  })

const histogram = "gen_ai.invoke_agent.duration"

/**
 * Adds the time of each run of `agent` to its histogram and, where a model was asked, how often it was, and how often it called a
 * tool. The histogram of the runs that complete is looked up once.
 */
export const measuring = (agent: string) => {
  const attributes = { "gen_ai.agent.name": agent }
  let completed: Metric.Metric<number, unknown> | undefined
  return (
    { elapsed, toolCalls, usage }: LiveRun,
    exit: Exit.Exit<unknown, unknown>,
    context: Context.Context<never>
  ): void => {
    const errorType = errorTypeOf(exit)
    const durations = errorType === undefined
      ? completed ??= GenAi.durations(histogram, attributes)
      : GenAi.durations(histogram, { ...attributes, "error.type": errorType })
    durations.updateUnsafe(elapsed / 1_000, context)
    if (usage === noUsage) return
    GenAi.counts("gen_ai.invoke_agent.inference_calls", "{inference_call}", attributes).updateUnsafe(
      usage.calls,
      context
    )
    GenAi.counts("gen_ai.invoke_agent.tool_calls", "{tool_call}", attributes).updateUnsafe(toolCalls, context)
  }
}

const errorTypeOf = (exit: Exit.Exit<unknown, unknown>): string | undefined =>
  Exit.isSuccess(exit)
    ? undefined
    : Cause.hasInterruptsOnly(exit.cause)
    ? "interrupted"
    : TaggedMessage.of(Cause.squash(exit.cause))._tag

/** Of a failure without a message of its own: its tag and its fields. */
const errorMessageOf = (exit: Exit.Exit<unknown, unknown>): string | undefined => {
  if (Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause)) return undefined
  const message = TaggedMessage.instead(Cause.squash(exit.cause))
  return message === undefined ? undefined : hideSecrets(message)
}

const hideSecrets = Redaction.hide([])
