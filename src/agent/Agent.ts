/**
 * A named Effect program with an input schema, an output schema and typed errors.
 *
 * `In` is what it reads (encoded), `Out` what it answers (decoded), `E` how it can fail, `R` which services it needs.
 */
import type * as AiTool from "effect/ai/Tool"
import * as Toolkit from "effect/ai/Toolkit"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"
import type { RunError } from "./AgentError.ts"
import { type AgentEvent, isAgentEvent } from "./AgentEvent.ts"
import { type AgentResult, type Outcome, type ResultEvent, toEvent } from "./AgentResult.ts"
import {
  type Agent,
  type Any,
  type AnySchema,
  type Failure,
  fromDefinition,
  type Input,
  isAgent,
  type Output,
  type Schemas,
  type Services,
  TypeId
} from "./internal/AgentBox.ts"
import * as EventStream from "./internal/EventStream.ts"
import * as RunsAtOnce from "./internal/RunsAtOnce.ts"
import * as Stated from "./internal/Stated.ts"
import { checkName } from "./InvalidDefinition.ts"
import type { RunOptions, Settings } from "./RunOptions.ts"
import * as Tool from "./Tool.ts"

export type { AgentResult, Outcome, ResultEvent } from "./AgentResult.ts"
export { hook, map, mapInput, orElse, retry, timeout } from "./DerivedAgent.ts"
export {
  type Agent,
  type Any,
  type AnySchema,
  type Covers,
  type Failure,
  fromDefinition,
  type Input,
  isAgent,
  type NameOf,
  type Output,
  type OwnFailure,
  type Schemas,
  type Services,
  TypeId
} from "./internal/AgentBox.ts"
export { Defaults, type Limits, type RunOptions, type Settings } from "./RunOptions.ts"

/**
 * Makes an agent from its schemas and a program.
 *
 * A run validates, executes and finalizes: it decodes the input and gives it to `validate`, whose answer `execute` sees;
 * then `finalize` may look at the answer once more, and what leaves is checked against `output`. Each phase is a span
 * (`Double.execute`) where a tracer was provided.
 *
 * `run` fails with what the three can fail with, and with `InvalidInput` (which lists every issue), `InvalidOutput` or
 * `TimedOut`. A timeout interrupts the work and waits until it has released what it held. Interruption stays
 * interruption, and a defect a defect.
 *
 * Throws `InvalidDefinition` for a name that is empty or has control characters, and where a schema or a function is something else.
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { Agent } from "greenlang"
 *
 * const Double = Agent.make("Double", {
 *   version: "1.0.0",
 *   input: Schema.Finite,
 *   output: Schema.Finite,
 *   execute: (n) => Effect.succeed(n * 2)
 * })
 *
 * const { value } = await Effect.runPromise(Double.run(21))
 * value // => 42
 * ```
 *
 * @category constructors
 */
export const make = <
  I extends AnySchema,
  O extends AnySchema,
  E extends F["Type"] = never,
  R = never,
  E2 extends F["Type"] = never,
  R2 = never,
  E3 extends F["Type"] = never,
  R3 = never,
  F extends AnySchema = AnySchema
>(
  name: string,
  given: {
    readonly version: string
    /** One line for people and models that choose among agents. */
    readonly description?: string
    readonly input: I
    readonly output: O
    /** The schema of the typed failures, so that they can be journaled and sent. Must cover them all. */
    readonly error?: F
    /** Rules that a schema cannot say. `execute` sees what it answers. */
    readonly validate?: (input: I["Type"]) => Effect.Effect<I["Type"], E2, R2>
    readonly execute: (input: I["Type"]) => Effect.Effect<O["Type"], E, R>
    /** A last look at the result. What it answers is the value of the run. */
    readonly finalize?: (result: AgentResult<O["Type"]>) => Effect.Effect<O["Type"], E3, R3>
    readonly tools?: ReadonlyArray<Tool.Any>
  } & Partial<Settings>
): Agent<
  I["Encoded"],
  O["Type"],
  E | E2 | E3,
  R | R2 | R3,
  Schemas<O["Type"], I, O, AnySchema extends F ? F | undefined : F>
> => {
  checkName("agent", name)
  const subject = `agent \`${name}\``
  const options = Stated.definition(subject, given)
  Stated.checkFunction(subject, "`execute`", options.execute)
  if (options.validate !== undefined) Stated.checkFunction(subject, "`validate`", options.validate)
  if (options.finalize !== undefined) Stated.checkFunction(subject, "`finalize`", options.finalize)
  return fromDefinition({ ...options, name })
}

/**
 * How an agent is called: as an Effect (`lifted` is one, too), through promises, without ever waiting, or blocking.
 *
 * @category models
 */
export const Mode = Schema.Literals(["effect", "lifted", "promise", "pure-sync", "blocking"])
/** @category models */
export type Mode = typeof Mode.Type

/**
 * The mode of an agent on either side of a boundary; `undefined` for what is none.
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { Agent, PureSyncAgent } from "greenlang"
 *
 * const Double = Agent.make("Double", {
 *   version: "1.0.0",
 *   input: Schema.Finite,
 *   output: Schema.Finite,
 *   execute: (n) => Effect.succeed(n * 2)
 * })
 *
 * Agent.mode(Double) // => "effect"
 * Agent.mode(PureSyncAgent.open(Double)) // => "pure-sync"
 * Agent.mode({}) // => undefined
 * ```
 *
 * @category guards
 */
export const mode = (u: unknown): Mode | undefined =>
  typeof u === "object" && u !== null && "mode" in u && Schema.is(Mode)(u.mode) ? u.mode : undefined

/**
 * Runs the agent, and answers with the value alone. `run` answers with the metadata of the run, too.
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { Agent } from "greenlang"
 *
 * const Double = Agent.make("Double", {
 *   version: "1.0.0",
 *   input: Schema.Finite,
 *   output: Schema.Finite,
 *   execute: (n) => Effect.succeed(n * 2)
 * })
 *
 * await Effect.runPromise(Agent.call(Double, 21)) // => 42
 * ```
 *
 * @category running
 */
export const call = <In, Out, E, R>(
  self: Agent<In, Out, E, R>,
  input: In,
  options?: RunOptions
): Effect.Effect<Out, E | RunError, R> => Effect.map(self.run(input, options), ({ value }) => value)

/**
 * Runs the agent, and answers with an `Outcome`, which holds the value or the typed failure. Interruption stays
 * interruption, and a defect a defect.
 *
 * @category running
 */
export const outcome = <In, Out, E, R>(
  self: Agent<In, Out, E, R>,
  input: In,
  options?: RunOptions
): Effect.Effect<Outcome<Out, E | RunError>, never, R> =>
  self[TypeId].outcome(input, options) as Effect.Effect<Outcome<Out, E | RunError>, never, R>

/**
 * Runs the agent, and emits what it, its language models and its tools do, as it happens. Fails as the run does. The run is
 * interrupted when its reader stops early, and waits for it while `capacity` events are not read yet. Default: 256.
 *
 * The steps of pipelines emit more: `events` of a pipeline has them, and `Pipeline.events` those of any run.
 *
 * ```ts
 * import { Effect, Schema, Stream } from "effect"
 * import { Agent, LlmAgent } from "greenlang"
 * import { ScriptedLlm } from "greenlang/testing"
 *
 * const Poet = LlmAgent.make("Poet", { version: "1.0.0", input: Schema.String, instructions: "You write one line." })
 *
 * const events = await Effect.runPromise(
 *   Stream.runCollect(Agent.events(Poet, "a rose")).pipe(Effect.provide(ScriptedLlm.layer("A rose.")))
 * )
 * events.map((event) => event._tag === "TextDelta" ? event.text : event._tag)
 * // => ["RunStarted", "ModelAsked", "A ", "rose.", "ModelCalled", "RunEnded"]
 * ```
 *
 * @category running
 */
export const events = <In, Out, E, R>(
  self: Agent<In, Out, E, R>,
  input: In,
  { capacity = 256, ...options }: RunOptions & { readonly capacity?: number | undefined } = {}
): Stream.Stream<AgentEvent, E | RunError, R> =>
  EventStream.make(self.run(input, options), capacity, { takes: isAgentEvent })

/** As `events`, with the result as the last element, of the schema `AgentResult.eventSchema`. @category running */
export const eventsAndResult = <In, Out, E, R>(
  self: Agent<In, Out, E, R>,
  input: In,
  { capacity = 256, ...options }: RunOptions & { readonly capacity?: number | undefined } = {}
): Stream.Stream<AgentEvent | ResultEvent<Out>, E | RunError, R> =>
  EventStream.make(self.run(input, options), capacity, { takes: isAgentEvent, last: toEvent })

/**
 * Runs pairs of an agent and its input, `concurrency` at a time, and answers in their order. Default: all at once. The
 * others go on when one fails. Dies with `InvalidDefinition` where `concurrency` is not a whole number of one or more.
 *
 * @category running
 */
export const runAll = <const Agents extends ReadonlyArray<Any>>(
  pairs: { readonly [K in keyof Agents]: readonly [agent: Agents[K], input: Input<Agents[K]>] },
  options?: { readonly concurrency?: number | "unbounded" }
): Effect.Effect<
  { readonly [K in keyof Agents]: Outcome<Output<Agents[K]>, Failure<Agents[K]> | RunError> },
  never,
  Services<Agents[number]>
> =>
  Effect.suspend(() => {
    const subject = "`Agent.runAll`"
    const given = Stated.items(subject, "pairs", pairs as ReadonlyArray<readonly [Any, unknown]>)
    const stated = Stated.readable(subject, "options", () => options?.concurrency)
    const concurrency = Stated.concurrency(subject, stated ?? "unbounded")
    return RunsAtOnce.run(given.length, concurrency, (runs, at) => {
      const [agent, input] = given[at]!
      return agent[TypeId].startOne(runs, input, at)
    })
  }) as Effect.Effect<never, never, Services<Agents[number]>>

/**
 * Runs one agent on many inputs, `concurrency` at a time, and answers in their order. The others go on when one fails. Dies
 * with `InvalidDefinition` where `inputs` is not a list, and where `concurrency` is not a whole number of one or more.
 *
 * @category running
 */
export const batch = <In, Out, E, R>(
  self: Agent<In, Out, E, R>,
  inputs: ReadonlyArray<In>,
  options: { readonly concurrency: number | "unbounded" }
): Effect.Effect<Array<Outcome<Out, E | RunError>>, never, R> =>
  Effect.suspend(() => {
    const subject = `\`Agent.batch\` of agent \`${self.name}\``
    const given = Stated.items(subject, "inputs", inputs)
    const concurrency = Stated.concurrency(subject, Stated.readable(subject, "options", () => options?.concurrency))
    return RunsAtOnce.run(given.length, concurrency, (runs, at) => self[TypeId].startOne(runs, given[at], at))
  }) as Effect.Effect<Array<Outcome<Out, E | RunError>>, never, R>

/** An agent as a tool; a tool as it is. @category utility types */
export type AsTool<T> = T extends Agent<infer In, infer Out, infer E, infer R> ? Tool.Tool<In, Out, E | RunError, R> : T

/**
 * A toolkit of `effect/ai` of agents and tools, by the names that models see, and the layer of its handlers. What they need is
 * needed where the model calls them, and stands in the types of both. A failure goes back to the model, by its tag and message.
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { LanguageModel } from "effect/ai"
 * import { Agent } from "greenlang"
 * import { Reply, ScriptedLlm } from "greenlang/testing"
 *
 * const Square = Agent.make("Square", {
 *   version: "1.0.0",
 *   input: Schema.Struct({ side: Schema.Finite }),
 *   output: Schema.Finite,
 *   execute: ({ side }) => Effect.succeed(side * side)
 * })
 * const { layer, toolkit } = Agent.toToolkit({ square: Square })
 *
 * const asked = LanguageModel.generateText({ prompt: "How large is a square of 3 m?", toolkit }).pipe(
 *   Effect.provide([layer, ScriptedLlm.layer(Reply.call("square", { side: 3 }))])
 * )
 * const { toolResults } = await Effect.runPromise(asked)
 * toolResults.map(({ result }) => result) // => [9]
 * ```
 *
 * @category converting
 */
export const toToolkit = <const T extends Readonly<Record<string, Any | Tool.Any>>>(things: T): {
  readonly toolkit: Toolkit.Toolkit<{ readonly [N in keyof T & string]: Tool.ToAiTool<N, AsTool<T[N]>> }>
  readonly layer: Layer.Layer<AiTool.HandlersFor<{ readonly [N in keyof T & string]: Tool.ToAiTool<N, AsTool<T[N]>> }>>
} => {
  const tools = Object.entries(things).map(([name, thing]) => [name, isAgent(thing) ? tool(thing) : thing] as const)
  const toolkit = Toolkit.make(...tools.map(([name, tool]) => Tool.toAiTool(tool, name) as AiTool.Any))
  const handlers = Object.fromEntries(tools.map(([name, tool]) => [name, Tool.toAiHandler(tool)]))
  // the signature states what each was declared to read, answer and need
  return { toolkit, layer: toolkit.toLayer(handlers as never) } as never
}

/**
 * The agent as a tool, for a model or for another agent. Its citations and usage count for the run that calls it.
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { Agent, Llm } from "greenlang"
 * import { Reply, ScriptedLlm } from "greenlang/testing"
 *
 * const Rating = Agent.make("rating", {
 *   version: "1.0.0",
 *   description: "Rates a building by what it takes",
 *   input: Schema.Struct({ kWhPerSquareMetre: Schema.Finite }),
 *   output: Schema.String,
 *   execute: ({ kWhPerSquareMetre }) => Effect.succeed(kWhPerSquareMetre < 50 ? "A" : "F")
 * })
 * const rating = Agent.tool(Rating)
 *
 * const answer = await Effect.runPromise(
 *   Llm.withTools({ prompt: "How good is a hall that takes 30 kWh per square metre?", tools: [rating] }).pipe(
 *     Effect.provide(ScriptedLlm.layer(Reply.call("rating", { kWhPerSquareMetre: 30 }), "Very good."))
 *   )
 * )
 * Llm.outputs(answer, rating) // => ["A"]
 * ```
 *
 * @category converting
 */
export const tool = <In, Out, E, R>(self: Agent<In, Out, E, R>): Tool.Tool<In, Out, E | RunError, R> =>
  Tool.fromDecoder(self, (input: unknown) =>
    // `run` decodes what a model or a person sent.
    call(self as Agent<unknown, Out, E, R>, input))
