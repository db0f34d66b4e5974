/**
 * Lets a model call tools until it has an answer, within limits.
 */
import type * as AiError from "effect/ai/AiError"
import type * as LanguageModel from "effect/ai/LanguageModel"
import type * as Prompt from "effect/ai/Prompt"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import type * as Ref from "effect/Ref"
import { InvalidDefinition } from "../agent/InvalidDefinition.ts"
import type * as Tool from "../agent/Tool.ts"
import * as Deadline from "../internal/Deadline.ts"
import * as AiTools from "./AiTools.ts"
import type * as FinalAnswer from "./internal/FinalAnswer.ts"
import * as LoopLimits from "./internal/LoopLimits.ts"
import * as ToolTurns from "./internal/ToolTurns.ts"
import * as Traced from "./internal/Traced.ts"
import type { ToolLoopStopped, UnmeasuredUsage } from "./LlmError.ts"
import type { Limits, ToolAnswer } from "./ToolAnswer.ts"

/**
 * Asks the model, runs the tools that it calls, gives it their results, and so on until it answers without a call.
 *
 * Tools run at the same time, `concurrency` of them (default: 4); results keep the order of the calls.
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
 * interrupted, are answered with that; so are calls that were left open in it. One loop at a time.
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
 * const [message, text] = await Effect.runPromise(Effect.provide(program, model))
 * message // => "the tool loop was stopped in turn 1: 1 turn is allowed, and the model asked for turn 2"
 * text // => "The hall took 400 kWh."
 * ```
 *
 * @category calling
 */
export const withTools = <
  const Tools extends ReadonlyArray<Tool.Any>,
  Kit extends AiTools.AnyToolkit = never
>(options: {
  /** What is added to the history before the model is asked. `Prompt.empty` goes on from where it ended. */
  readonly prompt: Prompt.RawInput
  readonly tools: Tools
  /** Where the conversation is kept, as in the `history` of a `Chat` of `effect/ai`. */
  readonly history?: Ref.Ref<Prompt.Prompt>
  /** Whether the first turn must call a tool. Later turns are free to. */
  readonly toolChoice?: "auto" | "required"
  readonly concurrency?: number
  readonly limits?: Limits
  /** Tools of `effect/ai`, whose handlers come as their own layer. See `AiTools`. */
  readonly toolkit?: Kit
}): Effect.Effect<
  ToolAnswer<Tools[number] | AiTools.Tools<Kit>>,
  | AiError.AiError
  | ToolLoopStopped
  | UnmeasuredUsage
  | Tool.RunFailure<Tools[number]>
  | AiTools.RunFailure<Kit>
  | AiTools.Failure<Kit>,
  LanguageModel.LanguageModel | Tool.Services<Tools[number]> | AiTools.Services<Kit>
> =>
  // Without a final answer nothing can be unparsable; the loop gives back what each tool was declared to answer and need.
  run(options, undefined) as Effect.Effect<never, never, never>

/** @internal A loop that ends on `final`, where there is one: its value is that of the answer. */
export const run = (
  { toolkit, ...options }: Options,
  final: FinalAnswer.FinalAnswer | undefined
): Effect.Effect<ToolAnswer<Tool.Any> & { readonly value?: unknown }, unknown, unknown> =>
  toolkit === undefined
    ? looping(options, final)
    : Effect.flatMap(
      AiTools.fromToolkit(toolkit) as Effect.Effect<ReadonlyArray<Tool.Any>, unknown, unknown>,
      (tools) => looping({ ...options, tools: [...options.tools, ...tools] }, final)
    )

/** @internal What a loop is given. Its tools are ours, where it compiles. */
export interface Options extends Omit<ToolTurns.Options, "tools"> {
  readonly tools: ReadonlyArray<unknown>
  readonly toolkit?: AiTools.AnyToolkit
}

/** @internal The tools of a list, which must all be ours. */
export const checked = (subject: string, tools: ReadonlyArray<unknown>): ReadonlyArray<Tool.Any> =>
  tools.map((tool) => {
    if (AiTools.isForeign(tool)) {
      throw new InvalidDefinition({
        subject,
        problem: `${tool.name} is a tool of effect/ai`,
        expected: `toolkit: Toolkit.make(${tool.name})`
      })
    }
    return tool as Tool.Any
  })

/** @internal The names under which a model is offered what is known before the loop runs. */
export const namesOf = (
  tools: ReadonlyArray<Tool.Any>,
  toolkit: AiTools.AnyToolkit | undefined,
  final: FinalAnswer.FinalAnswer | undefined
): ReadonlyArray<string> => [
  ...tools.map(({ name }) => name),
  ...(Predicate.hasProperty(toolkit, "tools") && Predicate.isObject(toolkit.tools) ? Object.keys(toolkit.tools) : []),
  ...(final?.offer === undefined ? [] : [final.offer.name])
]

const looping = (
  options: Options,
  final: FinalAnswer.FinalAnswer | undefined
): Effect.Effect<ToolAnswer<Tool.Any> & { readonly value?: unknown }, unknown, unknown> =>
  Effect.suspend(() => {
    const { limits = {} } = options
    const tools = checked("a tool loop", options.tools)
    LoopLimits.check("a tool loop", options)
    LoopLimits.checkNames("a tool loop", namesOf(tools, undefined, final))
    const loop = ToolTurns.begin({ ...options, tools })
    const answer = Traced.withSpan("Llm.withTools", ToolTurns.run({ ...options, tools }, loop, final))
    if (limits.time === undefined) return answer
    const limit = Duration.fromInputUnsafe(limits.time)
    return Deadline.within(
      answer,
      limit,
      (elapsed) => ToolTurns.stopped(loop, "time", Duration.toMillis(limit), Duration.toMillis(elapsed))
    )
  })
