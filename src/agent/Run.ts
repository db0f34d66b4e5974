/**
 * The running execution of an agent: its id and clock reading, and what the agent records while it runs.
 *
 * `Run.cite`, `Run.annotate` and `Run.addUsage` work inside any agent, in its steps and forked fibers too, and appear in
 * no type. Citations and usage of nested agents add up into the runs around them. Outside of a run they do nothing.
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { Agent, Run } from "greenlang"
 *
 * const Fuel = Agent.make("Fuel", {
 *   version: "1.0.0",
 *   input: Schema.Finite,
 *   output: Schema.Finite,
 *   execute: (therms) =>
 *     Run.cite({ kind: "factor", name: "natural gas", value: 5.31, unit: "kg CO2e/therm", source: "EPA", year: 2025 }).pipe(
 *       Effect.as(therms * 5.31)
 *     )
 * })
 *
 * const { metadata } = await Effect.runPromise(Fuel.run(2))
 * metadata.citations.map((citation) => citation.kind) // => ["factor"]
 * ```
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as AgentEvents from "./internal/AgentEvents.ts"
import * as DurableStep from "./internal/DurableStep.ts"
import { noUsage, readMore, type Usage } from "./Usage.ts"

export { noUsage, Usage } from "./Usage.ts"

/**
 * A published number that an answer rests on.
 *
 * @category models
 */
export const FactorCitation = Schema.Struct({
  kind: Schema.Literal("factor"),
  name: Schema.String,
  value: Schema.Finite,
  unit: Schema.String,
  /** Who published it, as a reader would cite it. */
  source: Schema.String,
  /** Year of publication. */
  year: Schema.optionalKey(Schema.Int),
  version: Schema.optionalKey(Schema.String),
  region: Schema.optionalKey(Schema.String),
  /** Set of global warming potentials behind a CO2e value, such as `AR6`. */
  gwpSet: Schema.optionalKey(Schema.String),
  /** The licence that its publisher put it under, where that is known. */
  licence: Schema.optionalKey(Schema.String),
  /** The data pack that it comes from, in place of a published table. */
  pack: Schema.optionalKey(Schema.String),
  /** How well the number was checked, in words. */
  confidence: Schema.optionalKey(Schema.String)
})

/**
 * A number that was computed: which formula, from what, to what.
 *
 * @category models
 */
export const CalculationCitation = Schema.Struct({
  kind: Schema.Literal("calculation"),
  step: Schema.String,
  formula: Schema.String,
  inputs: Schema.Record(Schema.String, Schema.Union([Schema.Finite, Schema.String])),
  /** The result; of a series, its last number. */
  output: Schema.Finite,
  /** Every number of a series, such as a forecast, in its order. */
  outputs: Schema.optionalKey(Schema.Array(Schema.Finite)),
  unit: Schema.String
})

/** What an answer rests on. @category models */
export const Citation = Schema.Union([FactorCitation, CalculationCitation])
/** @category models */
export type Citation = typeof Citation.Type

/**
 * Where a run is. The last four are final.
 *
 * @category models
 */
export const State = Schema.Literals([
  "validating",
  "executing",
  "finalizing",
  "completed",
  "failed",
  "timed-out",
  "interrupted"
])
/** @category models */
export type State = typeof State.Type

/**
 * One execution of one agent, as the agent, its hooks and its tools see it.
 *
 * @category models
 */
export interface Run {
  /** A UUID of version 7: unique, and sorted by the millisecond of the start. */
  readonly id: string
  readonly agent: string
  readonly version: string
  /** Unix time in milliseconds, by the run's `Clock`. */
  readonly startedAt: number
  /** The run of the agent that called this one. */
  readonly parent: Run | undefined
  readonly state: State
  readonly usage: Usage
  readonly citations: ReadonlyArray<Citation>
  readonly annotations: Readonly<Record<string, Schema.Json>>
  /**
   * Keeps `citation` here and in every run around this one. An equal one is kept once. Those of steps, and of calls of tools,
   * stand in the order of the drawing, or of the calls, whichever came to its end first.
   */
  readonly cite: (citation: Citation) => void
  readonly annotate: (key: string, value: Schema.Json) => void
  /** Adds to the usage of this run and of every run around it. Throws `InvalidDefinition` for what no usage can be. */
  readonly addUsage: (usage: Partial<Usage>) => void
  /** 1 for the outermost run, 2 for a run inside it, and so on. */
  readonly depth: number
  /**
   * Stops the clock of the default limit of this run, and of the runs around it, until the returned function is called.
   * `Step.approval` and `Tool.approval` do so while a person is asked. A limit that an agent or a call states goes on.
   */
  readonly pauseLimit: () => () => void
}

/**
 * The run that is executing, `undefined` outside of any.
 *
 * @category references
 */
export const Current = Context.Reference<Run | undefined>("greenlang/agent/Run", { defaultValue: () => undefined })

/**
 * Records what the answer rests on.
 *
 * @category recording
 */
export const cite = (citation: Citation): Effect.Effect<void> => Effect.map(Current, (run) => run?.cite(citation))

/**
 * Keeps a fact about this run in its metadata. Annotations stay with the run they were made in.
 *
 * @category recording
 */
export const annotate = (key: string, value: Schema.Json): Effect.Effect<void> =>
  Effect.map(Current, (run) => run?.annotate(key, value))

/**
 * Adds to what language models were asked for. Dies with `InvalidDefinition` for what no usage can be, such as a count below zero.
 *
 * @category recording
 */
export const addUsage = (usage: Partial<Usage>): Effect.Effect<void> =>
  Effect.map(Current, (run) => {
    const read = readMore(usage)
    run?.addUsage(read)
  })

/**
 * Emits a piece of text as if a language model had just written it, under the step that is running. Waits while a listener has
 * no room for more, and does nothing without a listener. Language models emit what they write by themselves.
 *
 * ```ts
 * import { Effect, Schema, Stream } from "effect"
 * import { Pipeline, Run, Step } from "greenlang"
 *
 * const Poem = Pipeline.make("Poem", { version: "1.0.0", input: Schema.Finite, output: Schema.Void }, (lines) =>
 *   Step.make("recite", [lines], () => Stream.runForEach(Stream.make("a ", "rose"), Run.emitToken)))
 *
 * const events = await Effect.runPromise(Stream.runCollect(Poem.events(1)))
 * events.flatMap((event) => event._tag === "TextDelta" ? [event.text] : []) // => ["a ", "rose"]
 * ```
 *
 * @category recording
 */
export const emitToken = (text: string): Effect.Effect<void> =>
  AgentEvents.emit((path, at) => ({ _tag: "TextDelta", path, text, at }))

/**
 * What this run, and the agents it called, have used so far.
 *
 * @category reading
 */
export const usage: Effect.Effect<Usage> = Effect.map(Current, (run) => run?.usage ?? noUsage)

/**
 * A key for one effect on the outside world, such as a payment: the same each time the step that is running runs again,
 * after a retry and, in a durable run, after a crash. Send it along, so that the receiver acts once. `name` distinguishes the effects
 * of one step; outside of a durable run it must distinguish those of the whole run.
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { Agent, Run } from "greenlang"
 *
 * const Pay = Agent.make("Pay", {
 *   version: "1.0.0",
 *   input: Schema.Finite,
 *   output: Schema.Boolean,
 *   execute: () => Effect.map(Run.idempotencyKey("invoice 7"), (key) => key.endsWith("/invoice 7"))
 * })
 * await Effect.runPromise(Agent.call(Pay, 10)) // => true
 * ```
 *
 * @category reading
 */
export const idempotencyKey = (name: string): Effect.Effect<string> =>
  Effect.withFiber((fiber) => {
    const place = fiber.getRef(DurableStep.Current)
    if (place !== undefined) return Effect.succeed(`${place.run}/${place.path}/${name}`)
    let run = fiber.getRef(Current)
    while (run?.parent !== undefined) run = run.parent
    return Effect.succeed(`${run?.id ?? ""}/${name}`)
  })
