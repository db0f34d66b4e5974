/**
 * An agent whose program is a language model: instructions, tools and a typed answer.
 *
 * It is an agent like any other: a step of a pipeline, a tool of another agent, behind every boundary.
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { LlmAgent, Tool } from "greenlang"
 * import { Reply, ScriptedLlm } from "greenlang/testing"
 *
 * const area = Tool.make("area", {
 *   description: "Area of a rectangle in square metres",
 *   input: Schema.Struct({ width: Schema.Finite, depth: Schema.Finite }),
 *   output: Schema.Finite,
 *   execute: ({ depth, width }) => Effect.succeed(width * depth)
 * })
 *
 * const Hall = LlmAgent.make("Hall", {
 *   version: "1.0.0",
 *   input: Schema.Struct({ question: Schema.String }),
 *   output: Schema.Struct({ squareMetres: Schema.Finite }),
 *   instructions: "Measure with the tool.",
 *   tools: [area]
 * })
 *
 * const model = ScriptedLlm.layer(
 *   Reply.call("area", { width: 20, depth: 30 }),
 *   Reply.call("final_answer", { squareMetres: 600 })
 * )
 * const { value } = await Effect.runPromise(
 *   Hall.run({ question: "How large is a hall of 20 by 30?" }).pipe(Effect.provide(model))
 * )
 * value // => { squareMetres: 600 }
 * ```
 */
import type * as LanguageModel from "effect/ai/LanguageModel"
import * as Prompt from "effect/ai/Prompt"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Agent from "../agent/Agent.ts"
import type * as Tool from "../agent/Tool.ts"
import type * as AiTools from "./AiTools.ts"
import * as FinalAnswer from "./internal/FinalAnswer.ts"
import * as KeptHistory from "./internal/KeptHistory.ts"
import * as LoopLimits from "./internal/LoopLimits.ts"
import * as ShownCall from "./internal/ShownCall.ts"
import * as LlmError from "./LlmError.ts"
import type { Limits, ToolAnswer } from "./ToolAnswer.ts"
import * as ToolLoop from "./ToolLoop.ts"

/**
 * The schema of how such an agent can fail: the `error` of the agent, of a durable pipeline that runs it, and of an HTTP endpoint.
 *
 * @category errors
 */
export const Failure = Schema.Union([
  LlmError.Failure,
  LlmError.ToolLoopStopped,
  LlmError.UnmeasuredUsage,
  LlmError.UnparsableAnswer
])
/**
 * How such an agent can fail: as the model, at a limit, or with an answer that does not match `output`. Text can fail so, too: where it
 * is empty, cut off or refused.
 *
 * @category errors
 */
export type Failure = typeof Failure.Type

/** How such an agent can fail, with what its functions and its tools add. */
type Failures<E, OneTool extends Tool.Any, Kit extends AiTools.AnyToolkit> =
  | Failure
  | Tool.RunFailure<OneTool>
  | AiTools.RunFailure<Kit>
  | AiTools.Failure<Kit>
  | E

/**
 * Makes an agent that gives a model `instructions` and the input, lets it call `tools` within `limits`, and answers with what
 * it gives as its answer.
 *
 * An `output` that is not text is given by a call of `final_answer`, which costs no turn of its own. An answer that does not
 * match goes back to the model with what is wrong with it, `attempts` times in all. One that was cut off or refused fails at once.
 * The same holds for text, which matches where it is not empty; what the model wrote is in the failure.
 *
 * With `answer` the output is made of what the model wrote and its tools answered, so that numbers come from tools. Such text may
 * be empty, or cut off, as its `finishReason` says.
 *
 * Fails with `AiError`, `ToolLoopStopped` at a limit, `UnmeasuredUsage` where a limit cannot be kept, `UnparsableAnswer`, and
 * with what `instructions` and `answer` fail with. What a tool fails with goes back to the model, except for `Tool.failRun` and
 * tools of `toolkit` in mode `error`.
 *
 * @category constructors
 */
export const make = <
  Input extends Agent.AnySchema,
  Output extends Agent.AnySchema = typeof Schema.String,
  E2 = never,
  R2 = never,
  E3 = never,
  R3 = never,
  // The type of one tool: a tuple would be fixed before a combinator in the list, such as `Tool.approval`, is inferred.
  OneTool extends Tool.Any = never,
  Kit extends AiTools.AnyToolkit = never,
  F extends Agent.AnySchema = Agent.AnySchema
>(
  name: string,
  options: {
    readonly version: string
    readonly description?: string
    readonly input: Input
    /** Default: text. */
    readonly output?: Output
    /**
     * The schema of the typed failures, so that they can be journaled and sent. Must cover them all: `Failure`, and what else
     * the agent can fail with.
     */
    readonly error?: F & Agent.Covers<F, Failures<E2 | E3, OneTool, Kit>>
    /** The system message. */
    readonly instructions: string | ((input: Input["Type"]) => string | Effect.Effect<string, E2, R2>)
    /** What the model is asked. Default: the input as JSON, or as it is where it is text. */
    readonly prompt?: (input: Input["Type"]) => Prompt.RawInput
    readonly tools?: ReadonlyArray<OneTool>
    /** Tools of `effect/ai`, whose handlers come as their own layer. See `AiTools`. */
    readonly toolkit?: Kit
    readonly limits?: Limits
    /** How many tools run at the same time. Default: 4. */
    readonly concurrency?: number
    /** How often the model is asked for an answer that matches. Default: 3. */
    readonly attempts?: number
    /** Makes the output of what the model wrote and its tools answered. */
    readonly answer?: (
      said: ToolAnswer<NoInfer<OneTool> | AiTools.Tools<Kit>>,
      input: Input["Type"]
    ) => Output["Type"] | Effect.Effect<Output["Type"], E3, R3>
  } & Partial<Agent.Settings>
): Agent.Agent<
  Input["Encoded"],
  Output["Type"],
  Failures<Agent.OwnFailure<E2 | E3>, OneTool, Kit>,
  LanguageModel.LanguageModel | Tool.Services<OneTool> | AiTools.Services<Kit> | R2 | R3,
  Agent.Schemas<Output["Type"], Input, Output, Agent.AnySchema extends F ? F | undefined : F>
> => {
  const {
    answer,
    attempts = 3,
    concurrency,
    error,
    input,
    instructions,
    limits,
    output,
    prompt,
    toolkit,
    ...settings
  } = options
  const subject = `agent \`${name}\``
  LoopLimits.check(subject, options)
  const tools = ToolLoop.checked(subject, options.tools ?? [])
  const schema: Agent.AnySchema = output ?? Schema.String
  const final = answer === undefined ? FinalAnswer.make(schema, attempts) : undefined
  LoopLimits.checkNames(subject, ToolLoop.namesOf(tools, toolkit, final))
  const encode = Schema.encodeUnknownEffect(Schema.toCodecJson(input))

  const execute = Effect.fnUntraced(function*(read: Input["Type"]) {
    const given = typeof instructions === "string" ? instructions : instructions(read)
    const system = typeof given === "string" ? given : yield* given
    const asked = prompt?.(read) ?? textOf(yield* Effect.orDie(encode(read)))
    const history = yield* KeptHistory.Current
    const loop = ToolLoop.run({
      prompt: Prompt.concat(Prompt.make([{ role: "system", content: system }]), asked),
      tools,
      secrets: { prompt: ShownCall.holdsSecrets(input), answer: ShownCall.holdsSecrets(schema) },
      ...(toolkit === undefined ? {} : { toolkit }),
      ...(history === undefined ? {} : { history }),
      ...(limits === undefined ? {} : { limits }),
      ...(concurrency === undefined ? {} : { concurrency })
    }, final)
    const said = yield* history === undefined
      ? loop
      // Agents that its tools call do not take part in the conversation.
      : history.turns.withPermits(1)(Effect.provideService(loop, KeptHistory.Current, undefined))
    if (answer === undefined) return said.value
    // The loop gives back each call with the tool that it was offered.
    const made = answer(said as never, read)
    return Effect.isEffect(made) ? yield* made : made
  })

  // The loop runs tools of any type; the signature above says what each was declared to need.
  return Agent.make(name, {
    ...settings,
    input,
    output: schema,
    ...(error === undefined ? {} : { error: error as Agent.AnySchema }),
    tools,
    execute: execute as never
  }) as never
}

const textOf = (json: unknown): string => typeof json === "string" ? json : JSON.stringify(json)
