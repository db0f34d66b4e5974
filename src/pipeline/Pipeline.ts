/**
 * An agent made of steps. It runs everything that its last step waits for, and starts each step as soon as its inputs are
 * ready.
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Predicate from "effect/Predicate"
import type * as Stream from "effect/Stream"
import * as Agent from "../agent/Agent.ts"
import type { RunError } from "../agent/AgentError.ts"
import type * as Lifecycle from "../agent/internal/Lifecycle.ts"
import * as Observer from "../agent/internal/Observer.ts"
import * as Stated from "../agent/internal/Stated.ts"
import * as StepOrigin from "../agent/internal/StepOrigin.ts"
import { checkName, InvalidDefinition } from "../agent/InvalidDefinition.ts"
import * as Described from "../internal/Described.ts"
import * as Sheet from "./internal/Drawing.ts"
import * as ObservedRun from "./internal/ObservedRun.ts"
import * as ReadySet from "./internal/ReadySet.ts"
import * as StepBox from "./internal/StepBox.ts"
import * as StepOrder from "./internal/StepOrder.ts"
import * as StepScope from "./internal/StepScope.ts"
import type { Drawing, PipelineEvent } from "./PipelineEvent.ts"
import { events } from "./PipelineEvents.ts"
import { PipelineFailed } from "./PipelineFailed.ts"
import { TimelineFold } from "./PipelineReport.ts"
import type * as PipelineReport from "./PipelineReport.ts"
import type * as Step from "./Step.ts"

export { events, eventsAndResult, observe } from "./PipelineEvents.ts"

/** The key under which a pipeline keeps how it is run. */
const Drawn: unique symbol = Symbol.for("greenlang/pipeline/Pipeline")

interface Drawn extends ReadySet.Options {
  readonly steps: ReadonlyArray<Step.Any>
  /** The drawing, as the events have it. */
  readonly drawing: Drawing
  readonly keepsPartial: boolean
  /** How its steps can fail, where that was stated. */
  readonly error: Agent.AnySchema | undefined
  /** How many pipelines are inside each other, this one included. */
  readonly nesting: number
}

/**
 * A pipeline is an agent, which also has steps, events and a report.
 *
 * @category models
 */
export interface Pipeline<
  in In,
  out Out,
  out E = never,
  out R = never,
  out S extends Agent.Schemas<Out> = Agent.Schemas<Out>,
  out L extends string = string
> extends Agent.Agent<In, Out, E, R, S> {
  /** In the type only: the paths of the steps whose answers have no schema. `string` where not known. */
  readonly [StepBox.Unrecorded]?: L
  readonly [Drawn]: Drawn
  /** Every step, each after the ones it waits for. The first is the input. */
  readonly steps: ReadonlyArray<Step.Any>
  /**
   * Runs, and emits what happens as it happens. Fails as the run does. The run is interrupted when its reader stops early.
   *
   * Every event is emitted, and in order. While `capacity` of them wait for the reader (default: 256), no step starts and no
   * token is emitted: the run waits for its reader. Steps that run already come to their end.
   */
  readonly events: (
    input: In,
    options?: Agent.RunOptions & { readonly capacity?: number }
  ) => Stream.Stream<PipelineEvent, E | RunError, R>
  /** Runs, and answers with the result and the times of each step. */
  readonly report: (
    input: In,
    options?: Agent.RunOptions
  ) => Effect.Effect<PipelineReport.PipelineReport<Out>, E | RunError, R>
}

/** @category models */
export type Any = Pipeline<never, unknown, unknown, unknown>

/**
 * Whether an agent is a pipeline: whether it has steps. A value that throws when it is asked is not one.
 *
 * @category guards
 */
export const isPipeline: (agent: Agent.Any) => agent is Any = Described.guard((agent): agent is Any =>
  Predicate.hasProperty(agent, Drawn)
)

/**
 * Draws a pipeline from its input to its last step.
 *
 * A step starts the moment the last step that it waits for has ended, with the services, references and span of the run, at
 * most `concurrency` at a time. Default: all that are ready. The first failure interrupts every other step and, once they
 * have ended, fails the run. Its cause names the step (`StepDied.failedStep`). A step has a span of its own where a tracer was
 * provided to collect it.
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { Pipeline, Step } from "greenlang"
 *
 * const Hypotenuse = Pipeline.make("Hypotenuse", {
 *   version: "1.0.0",
 *   input: Schema.Struct({ a: Schema.Finite, b: Schema.Finite }),
 *   output: Schema.Finite
 * }, (sides) => {
 *   const a2 = Step.make("a2", [sides], ({ a }) => Effect.succeed(a * a))
 *   const b2 = Step.make("b2", [sides], ({ b }) => Effect.succeed(b * b))
 *   return Step.make("root", [a2, b2], (a2, b2) => Effect.succeed(Math.sqrt(a2 + b2)))
 * })
 *
 * Hypotenuse.steps.map((step) => step.name) // => ["input", "a2", "b2", "root"]
 *
 * const { value } = await Effect.runPromise(Hypotenuse.run({ a: 3, b: 4 }))
 * value // => 5
 * ```
 *
 * Throws `InvalidDefinition`, which names the step, when
 *
 * - the last step does not wait for a step that was made: steps for their effects alone go into `Step.last`;
 * - a step belongs to another pipeline, or was not made by `Step`;
 * - steps wait for each other, which takes a mutation;
 * - two steps have one name, since traces, drawings and journals distinguish steps by it;
 * - pipelines are inside each other more than 100 deep;
 * - the name is empty or has control characters;
 * - a schema or the drawing function is something else;
 * - `concurrency` is not a whole number of one or more.
 *
 * @category constructors
 */
export const make = <
  I extends Agent.AnySchema,
  O extends Agent.AnySchema,
  E = never,
  R = never,
  Before = never,
  L extends string = string,
  F extends Agent.AnySchema = Agent.AnySchema
>(
  name: string,
  given: {
    readonly version: string
    readonly description?: string
    readonly input: I
    readonly output: O
    /** The schema of the steps' typed failures, so that they can be journaled and sent. Must cover them all. */
    readonly error?: F & Agent.Covers<F, Exclude<E | Before, RunError>>
    /** How many steps may run at the same time. */
    readonly concurrency?: number | "unbounded"
  } & Partial<Agent.Settings>,
  draw: (input: Step.Step<I["Type"], never, never, never, never>) => Step.Step<O["Type"], E, R, Before, L>
): Pipeline<
  I["Encoded"],
  O["Type"],
  Exclude<Agent.OwnFailure<E | Before>, RunError>,
  R,
  Agent.Schemas<O["Type"], I, O, Agent.AnySchema extends F ? F | undefined : F>,
  L
> => {
  checkName("pipeline", name)
  const subject = `pipeline \`${name}\``
  const options = Stated.definition(subject, given)
  Stated.checkFunction(subject, "drawing function", draw)
  const concurrency = Stated.concurrency(subject, options.concurrency ?? Infinity)
  const sheet = new Sheet.Drawing(name)
  const input = Sheet.run(sheet, () =>
    StepBox.make<I["Type"], never, never, never, never>({
      name: "input",
      after: [],
      output: options.input,
      run: () => Effect.die(`${name} was run without an input`)
    }))
  const steps = StepOrder.order(input, Sheet.run(sheet, () => draw(input)), sheet)
  const { concurrency: _, ...agent } = options
  return observable({ ...agent, name, checked: isChecked(steps.at(-1), options.output) }, {
    name,
    steps,
    drawing: ObservedRun.draw({ name, version: options.version }, steps, concurrency),
    concurrency,
    onFailure: "interrupt",
    keepsPartial: false,
    error: options.error,
    nesting: StepOrder.nesting(name, steps, nestingOf)
  })
}

/** Whether the last step is the run of an agent, which has checked its answer by the same schema. */
const isChecked = (last: Step.Any | undefined, output: Agent.AnySchema): boolean =>
  last?.agent?.output === output && last.output === output && last.policies.length === 0

const nestingOf = (agent: unknown): number => Predicate.hasProperty(agent, Drawn) ? (agent as Any)[Drawn].nesting : 0

/**
 * After a failure, lets the steps that run come to their end, and does not interrupt them. None starts after the failure. Where
 * the limit of the run passes meanwhile, the failure is still the first cause of the run's.
 *
 * @category failure policies
 */
export const drain = <In, Out, E, R>(self: Pipeline<In, Out, E, R>): Pipeline<In, Out, E, R> =>
  redrawn(self, { ...self[Drawn], onFailure: "drain" })

/**
 * After the failure of a step, fails with all that is known by then: the failure of each failed step, and the answers of the
 * others.
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { Pipeline, Step } from "greenlang"
 *
 * const Two = Pipeline.make("Two", { version: "1.0.0", input: Schema.Finite, output: Schema.Finite }, (n) => {
 *   const doubled = Step.make("doubled", [n], (n) => Effect.succeed(n * 2))
 *   const failed = Step.make("failed", [doubled], () => Effect.fail("no luck"))
 *   return Step.make("sum", [doubled, failed], (a) => Effect.succeed(a))
 * })
 *
 * const error = await Effect.runPromise(Effect.flip(Pipeline.keepPartial(Two).run(1)))
 * error._tag === "PipelineFailed" && error.errors // => [{ step: "failed", error: "no luck" }]
 * error._tag === "PipelineFailed" && error.partial // => { doubled: 2 }
 * ```
 *
 * Throws `InvalidDefinition` when `self` is such a pipeline already.
 *
 * @category failure policies
 */
export const keepPartial = <In, Out, E, R>(
  self: Pipeline<In, Out, E, R>
): Pipeline<In, Out, PipelineFailed<E | RunError>, R> => {
  if (self[Drawn].keepsPartial) {
    throw new InvalidDefinition({
      subject: `pipeline \`${self.name}\``,
      problem: "it already keeps what had succeeded"
    })
  }
  return redrawn(self, { ...self[Drawn], keepsPartial: true })
}

/** @internal Whether it keeps what had succeeded, and how its steps can fail. */
export const failures = (self: Any): Pick<Drawn, "keepsPartial" | "error"> => self[Drawn]

/** @internal As `keepPartial`, also of a pipeline that is one already. */
export const ensurePartial = (self: Any): Any => self[Drawn].keepsPartial ? self : keepPartial(self)

/** The same pipeline, run in another way. What that makes of its failures, the caller states. */
const redrawn = <In, Out, E, R>(self: Any, drawn: Drawn): Pipeline<In, Out, E, R> =>
  observable(self[Agent.TypeId].definition, drawn)

/** Several failures are one, which lists them. Defects stay what they are. */
const keeping = (drawn: Drawn, run: ReturnType<typeof ReadySet.make>) => (input: unknown) =>
  Effect.suspend(() => {
    const ledger: ReadySet.Ledger = new Map()
    const seen = new TimelineFold()
    // Other listeners get the start of the run from the run around this one.
    seen.add({ ...ObservedRun.started(drawn.drawing)([], 0), run: "", seq: 0 })
    // The limit of the run may interrupt the steps that come to their end after a failure: it is kept all the same.
    return Effect.uninterruptibleMask((restore) =>
      restore(summing(run(input, ledger), seen)).pipe(
        Effect.catchCause(({ reasons }) => {
          const others = reasons.filter((reason) => !Cause.isFailReason(reason))
          const first = reasons.find(Cause.isFailReason)
          if (first === undefined) return Effect.failCause(Cause.fromReasons<never>(others))
          const error = Cause.makeFailReason(failed(drawn.name, ledger, seen.timeline))
          const named = error.annotate(Context.makeUnsafe(first.annotations))
          return Effect.failCause(Cause.fromReasons([...others, named]))
        })
      )
    )
  })

const failed = (pipeline: string, ledger: ReadySet.Ledger, report: PipelineReport.Timeline) => {
  const errors = [...ledger].flatMap(([step, exit]) => {
    const failure = Exit.isFailure(exit) ? exit.cause.reasons.find(Cause.isFailReason) : undefined
    if (failure === undefined) return []
    const path = StepOrigin.of(failure)?.path ?? []
    return [{ step, error: failure.error, ...(path.length > 1 ? { path } : {}) }]
  })
  const partial = [...ledger].flatMap(([step, exit]) => Exit.isSuccess(exit) ? [[step, exit.value] as const] : [])
  return new PipelineFailed({ pipeline, errors, partial: Object.fromEntries(partial), report })
}

/** Runs `self`, and adds up the times of its steps, which is nothing that a model has to stream for. */
const summing = <A, E, R>(self: Effect.Effect<A, E, R>, seen: TimelineFold): Effect.Effect<A, E, R> =>
  Observer.observe(self, (clock) => new StepScope.StepListener(clock, seen.add, { isDetailed: false }))

/** The pipeline of a definition, which has its types erased, as `drawn` says that it is run: the caller states its types. */
const observable = <In, Out, E, R, S extends Agent.Schemas<Out>, L extends string>(
  definition: Omit<Lifecycle.Definition, "execute">,
  drawn: Drawn
): Pipeline<In, Out, E, R, S, L> => {
  const runSteps = ReadySet.make(drawn.steps, drawn)
  const agent = Agent.fromDefinition<In, Out, E, R, S>({
    ...definition,
    ...(drawn.keepsPartial
      ? { execute: keeping(drawn, runSteps), error: PipelineFailed }
      : { execute: (input: unknown) => runSteps(input) }),
    handsOn: true,
    began: ObservedRun.started(drawn.drawing)
  })
  const { run } = agent

  const eventsOf: Pipeline<In, Out, E, R>["events"] = (input, { capacity, ...options } = {}) =>
    events(run(input, options), { capacity })

  const report: Pipeline<In, Out, E, R>["report"] = (input, options) =>
    Effect.suspend(() => {
      const seen = new TimelineFold()
      return Effect.map(summing(run(input, options), seen), (result) => ({ ...result, ...seen.timeline }))
    })

  return Object.assign(agent, {
    [Drawn]: drawn,
    steps: drawn.steps,
    events: eventsOf,
    report
  })
}
