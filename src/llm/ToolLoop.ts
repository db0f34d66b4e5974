/**
 * Lets a model call tools until it has an answer, within limits.
 */
import type * as AiError from "effect/ai/AiError"
import * as LanguageModel from "effect/ai/LanguageModel"
import * as Prompt from "effect/ai/Prompt"
import type * as Response from "effect/ai/Response"
import * as Toolkit from "effect/ai/Toolkit"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import type * as Ref from "effect/Ref"
import * as Result from "effect/Result"
import type * as Run from "../agent/Run.ts"
import { noUsage } from "../agent/Run.ts"
import type * as Tool from "../agent/Tool.ts"
import * as Deadline from "../internal/Deadline.ts"
import * as AnsweredCall from "./internal/AnsweredCall.ts"
import type { Output, ToolCall } from "./internal/AnsweredCall.ts"
import { ToolHistory } from "./internal/ToolHistory.ts"
import { type Cap, ToolLoopStopped, UnmeasuredUsage } from "./LlmError.ts"
import type { LlmIdentity } from "./LlmProvider.ts"
import * as LlmUsage from "./LlmUsage.ts"

export type { Output, ToolCall } from "./internal/AnsweredCall.ts"

/**
 * What bounds a loop. Each ends it with a `ToolLoopStopped` that names the cap. What agents behind its tools ask of models
 * is theirs: a bound for all of it together is `LlmBudget.within`.
 *
 * @category models
 */
export interface Limits {
  /** Calls to the model. Default: 10. */
  readonly turns?: number
  /** Calls to tools. Default: 50. */
  readonly toolCalls?: number
  /** Calls with wrong arguments, to unknown tools, or cut short by the vendor. Default: 3. */
  readonly mistakes?: number
  /** Input and output tokens of all turns together. No limit unless one is set. */
  readonly tokens?: number
  /** US dollars for all turns together. No limit unless one is set; needs a price in `LlmPrices`. */
  readonly costUsd?: number
  /** For the whole loop, tools included. No limit unless one is set. */
  readonly time?: Duration.Input
}

/**
 * What came of a loop. `calls` are in the order in which the model asked for them; `Llm.outputs(answer, tool)` picks those
 * of one tool, with their types.
 *
 * @category models
 */
export interface ToolAnswer<out T> extends LlmIdentity {
  readonly text: string
  readonly calls: ReadonlyArray<ToolCall<T>>
  /** How often the model was asked. */
  readonly turns: number
  readonly finishReason: Response.FinishReason
  /** Of all turns together. */
  readonly usage: Run.Usage
  /** The whole conversation, to ask on from. */
  readonly history: Prompt.Prompt
}

/**
 * Asks the model, runs the tools that it calls, gives it their results, and so on until it answers without a call.
 *
 * Tools run at the same time, up to `concurrency` of them (default: 4); results keep the order of the calls.
 *
 * | a call | what comes of it |
 * | --- | --- |
 * | of a tool that fails | its error goes back to the model, and is in `calls`; the loop goes on |
 * | that `Tool.timeout` ends | the same, with `TimedOut` |
 * | that a person refuses, see `Tool.approval` | the same, with `NotApproved` |
 * | with wrong arguments | the same, with `InvalidInput`, up to `limits.mistakes` |
 * | of an unknown tool, or cut short by the vendor | goes back to the model, up to `limits.mistakes` |
 * | of a tool whose answer is none by its `output` | the loop fails with `AiError`, a `ToolResultEncodingError` |
 * | of a tool that dies | the loop dies with it, as of any bug; the other calls are interrupted |
 *
 * Fails with `AiError` when the model does, with `ToolLoopStopped` at a limit, and with `UnmeasuredUsage` when a limit
 * cannot be kept because usage or price is unknown. Interruption ends what runs, on the wire too.
 *
 * With `history` the loop goes on from what that holds, and keeps the conversation there as it grows: what the model said,
 * and every result as it comes. It can be sent again whatever ends the loop, since calls that were not made, or that were
 * interrupted, are answered with that; so are calls that were left open in it before. One loop at a time.
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { Llm, Offline, Tool } from "greenlang"
 *
 * const area = Tool.make("area", {
 *   description: "Area of a rectangle in square metres",
 *   input: Schema.Struct({ width: Schema.Finite, depth: Schema.Finite }),
 *   output: Schema.Struct({ square_metres: Schema.Finite }),
 *   execute: ({ depth, width }) => Effect.succeed({ square_metres: width * depth })
 * })
 *
 * const answer = await Effect.runPromise(
 *   Llm.withTools({ prompt: "How large is a hall? width: 20, depth: 30", tools: [area] }).pipe(
 *     Effect.provide(Offline.layer)
 *   )
 * )
 * Llm.outputs(answer, area) // => [{ square_metres: 600 }]
 * ```
 *
 * A loop that was stopped, and goes on:
 *
 * ```ts
 * import { Effect, Ref, Schema } from "effect"
 * import { Prompt } from "effect/ai"
 * import { Llm, Tool } from "greenlang"
 * import { Reply, ScriptedLlm } from "greenlang/testing"
 *
 * const read = Tool.make("read", {
 *   description: "Reads a meter in kWh",
 *   input: Schema.Struct({ meter: Schema.String }),
 *   output: Schema.Finite,
 *   execute: ({ meter }) => Effect.succeed(meter.length * 100)
 * })
 * const model = ScriptedLlm.layer(Reply.call("read", { meter: "hall" }), "The hall took 400 kWh.")
 *
 * const program = Effect.gen(function*() {
 *   const history = yield* Ref.make(Prompt.empty)
 *   const first = Llm.withTools({ prompt: "What did the hall take?", tools: [read], history, limits: { turns: 1 } })
 *   const stopped = yield* Effect.flip(first)
 *   const { text } = yield* Llm.withTools({ prompt: Prompt.empty, tools: [read], history })
 *   return [stopped.message, text]
 * })
 * const [stopped, text] = await Effect.runPromise(Effect.provide(program, model))
 * stopped // => "the tool loop was stopped in turn 1: 2 turns used or asked for, 1 allowed"
 * text // => "The hall took 400 kWh."
 * ```
 *
 * @category calling
 */
export const withTools = <const Tools extends ReadonlyArray<Tool.Any>>(options: {
  /** What is added to the history before the model is asked. `Prompt.empty` goes on from where it ended. */
  readonly prompt: Prompt.RawInput
  readonly tools: Tools
  /** Where the conversation is kept, as in the `history` of a `Chat` of `effect/ai`. */
  readonly history?: Ref.Ref<Prompt.Prompt>
  /** Whether the first turn must call a tool. Later turns are free to. */
  readonly toolChoice?: "auto" | "required"
  readonly concurrency?: number
  readonly limits?: Limits
}): Effect.Effect<
  ToolAnswer<Tools[number]>,
  AiError.AiError | ToolLoopStopped | UnmeasuredUsage,
  LanguageModel.LanguageModel | Tool.Services<Tools[number]>
> =>
  Effect.suspend(() => {
    const { limits = {}, tools } = options
    const loop: Loop = { turns: 0, mistakes: 0, usage: noUsage, calls: [], text: "", history: undefined }
    const answer = Effect.withSpan(run(options, loop), "Llm.withTools", unplaced) as Effect.Effect<
      // The loop handles tools of any type; it gives back what each of them was declared to answer and need.
      ToolAnswer<Tools[number]>,
      AiError.AiError | ToolLoopStopped | UnmeasuredUsage,
      LanguageModel.LanguageModel | Tool.Services<Tools[number]>
    >
    if (new Set(tools.map(({ name }) => name)).size < tools.length) {
      return Effect.die(new Error(`two tools have the same name: ${tools.map(({ name }) => name).join(", ")}`))
    }
    if (limits.time === undefined) return answer
    const limit = Duration.fromInputUnsafe(limits.time)
    return Deadline.within(
      answer,
      limit,
      (elapsed) => stopped(loop, "time", Duration.toMillis(limit), Duration.toMillis(elapsed))
    )
  })

/**
 * The calls of one tool.
 *
 * @category reading
 */
export const calls = <T extends Tool.Any>(
  answer: { readonly calls: ReadonlyArray<ToolCall<Tool.Any>> },
  tool: T
): ReadonlyArray<ToolCall<T>> =>
  answer.calls.filter((call): call is ToolCall<Tool.Any> & ToolCall<T> => call.tool === tool)

/**
 * What one tool answered, where it did not fail, in the order of the calls.
 *
 * @category reading
 */
export const outputs = <T extends Tool.Any>(
  answer: { readonly calls: ReadonlyArray<ToolCall<Tool.Any>> },
  tool: T
): ReadonlyArray<Output<T>> =>
  calls(answer, tool).flatMap(({ result }) => Result.isSuccess(result) ? [result.success] : [])

/** What has happened so far, kept apart so that the error of a stopped loop can hold it. */
interface Loop {
  turns: number
  mistakes: number
  usage: Run.Usage
  text: string
  /** By the place of the call, among all that the model has asked for. */
  readonly calls: Array<ToolCall<Tool.Any> | undefined>
  history: ToolHistory | undefined
}

const callsOf = ({ calls }: Loop) => calls.filter(Predicate.isNotUndefined)

const stopped = (loop: Loop, cap: Cap, limit: number, used: number) =>
  new ToolLoopStopped({
    cap,
    limit,
    used,
    turns: loop.turns,
    calls: callsOf(loop).map(({ input, result, tool }) => ({
      tool: tool.name,
      input,
      failed: Result.isFailure(result)
    })),
    text: loop.text,
    history: loop.history?.prompt ?? Prompt.empty
  })

/** The place in the source would be one in this module, and to find it out takes longer than the span. */
const unplaced = { captureStackTrace: false }

const run = Effect.fnUntraced(function*(options: Parameters<typeof withTools>[0], loop: Loop) {
  const { concurrency = 4, limits = {}, tools } = options
  const maxTurns = limits.turns ?? 10
  const maxCalls = limits.toolCalls ?? 50
  const maxMistakes = limits.mistakes ?? 3
  const kit = Toolkit.make(...tools.map((tool) => AnsweredCall.preparedOf(tool).offer))
  const byName = new Map(tools.map((tool) => [tool.name, tool]))
  const history = yield* ToolHistory.make(options.history, options.prompt)
  loop.history = history
  let asked = 0

  while (true) {
    if (loop.turns >= maxTurns) return yield* stopped(loop, "turns", maxTurns, loop.turns + 1)
    const response = yield* LanguageModel.generateText({
      prompt: history.prompt,
      toolkit: kit,
      toolChoice: loop.turns === 0 ? options.toolChoice ?? "auto" : "auto",
      disableToolCallResolution: true,
      toolCallValidation: "deferred"
    })
    loop.turns++
    if (response.text !== "") loop.text = response.text
    const requests = yield* history.add(response.content)
    const { identity, unmeasured, usage } = yield* LlmUsage.record(response.content)
    loop.usage = LlmUsage.add(loop.usage, usage)
    if (!identity.cached) yield* checkSpending(loop, limits, identity, unmeasured)

    const { finishReason } = response
    if (requests.length === 0) {
      const { turns, usage } = loop
      return {
        ...identity,
        text: response.text,
        calls: callsOf(loop),
        turns,
        finishReason,
        usage,
        history: history.prompt
      }
    }
    const first = asked
    asked += requests.length
    if (asked > maxCalls) return yield* stopped(loop, "toolCalls", maxCalls, asked)

    yield* Effect.forEach(
      requests,
      ({ name, params }, index) =>
        history.run(index, AnsweredCall.answer(byName, name, params, cutShort.has(finishReason))).pipe(
          Effect.map(({ call, mistake }) => {
            loop.calls[first + index] = call
            if (mistake) loop.mistakes++
          })
        ),
      { concurrency, discard: true }
    )
    if (loop.mistakes > maxMistakes) return yield* stopped(loop, "mistakes", maxMistakes, loop.mistakes)
  }
})

const checkSpending = (
  loop: Loop,
  limits: Limits,
  { model, provider }: LlmIdentity,
  unmeasured: LlmUsage.LlmUsage["unmeasured"]
): Effect.Effect<void, ToolLoopStopped | UnmeasuredUsage> => {
  const { costUsd, inputTokens, outputTokens } = loop.usage
  if (
    (limits.costUsd !== undefined && unmeasured !== undefined)
    || (limits.tokens !== undefined && inputTokens + outputTokens === 0)
  ) {
    return Effect.fail(new UnmeasuredUsage({ provider, model, missing: unmeasured ?? "usage" }))
  }
  if (limits.tokens !== undefined && inputTokens + outputTokens > limits.tokens) {
    return Effect.fail(stopped(loop, "tokens", limits.tokens, inputTokens + outputTokens))
  }
  if (limits.costUsd !== undefined && costUsd > limits.costUsd) {
    return Effect.fail(stopped(loop, "costUsd", limits.costUsd, costUsd))
  }
  return Effect.void
}

/** A vendor that stopped for one of these may have cut the arguments of a call in two. */
const cutShort = new Set<Response.FinishReason>(["length", "content-filter", "error"])
