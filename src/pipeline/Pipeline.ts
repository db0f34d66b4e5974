/**
 * An agent made of steps: everything a last step waits for, run as wide as the arrows allow.
 */
import * as Cause from "effect/Cause"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { dual } from "effect/Function"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"
import * as Agent from "../agent/Agent.ts"
import type { RunError } from "../agent/AgentError.ts"
import type * as Lifecycle from "../agent/internal/Lifecycle.ts"
import * as Observer from "../agent/internal/Observer.ts"
import { InvalidDefinition } from "../agent/InvalidDefinition.ts"
import { Backlog } from "./internal/Backlog.ts"
import * as ObservedRun from "./internal/ObservedRun.ts"
import * as ReadySet from "./internal/ReadySet.ts"
import * as StepScope from "./internal/StepScope.ts"
import type { Drawing as Told, PipelineEvent } from "./PipelineEvent.ts"
import { PipelineFailed } from "./PipelineFailed.ts"
import { TimelineFold } from "./PipelineReport.ts"
import type * as PipelineReport from "./PipelineReport.ts"
import * as Step from "./Step.ts"

/** The key under which a pipeline keeps how it is run. */
const Drawn: unique symbol = Symbol.for("greenlang/pipeline/Pipeline")

interface Drawing extends ReadySet.Options {
  readonly steps: ReadonlyArray<Step.Any>
  /** As the events tell it. */
  readonly told: Told
  readonly keepsPartial: boolean
}

/**
 * @category models
 */
export interface Pipeline<
  in In,
  out Out,
  out E = never,
  out R = never,
  out S extends Agent.Schemas<Out> = Agent.Schemas<Out>
> extends Agent.Agent<In, Out, E, R, S> {
  readonly [Drawn]: Drawing
  /** Every step, each after the ones it waits for. The first is the input. */
  readonly steps: ReadonlyArray<Step.Any>
  /**
   * Runs, and tells what happens as it happens. Fails as the run does. A reader that stops early interrupts the run.
   *
   * Every event is told, and in order. While `capacity` of them (256, unless said otherwise) wait for the reader, no step
   * starts and no token is told: the run waits for its reader, except that the steps that run may come to their end.
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
 * Whether an agent is a pipeline: whether it has steps.
 *
 * @category guards
 */
export const isPipeline = (agent: Agent.Any): agent is Any => Drawn in agent

/**
 * Draws a pipeline from its input to its last step.
 *
 * A step starts the moment the last step that it waits for has ended, with the services, references and span of the run,
 * at most `concurrency` at a time (all that are ready, unless said otherwise). The first failure interrupts every other
 * step and, once they have ended, fails the run. A step has a span of its own where a tracer was provided to collect it.
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
 * Throws when two steps share a name, since traces, drawings and journals tell steps apart by it, and when `concurrency`
 * is below one.
 *
 * @category constructors
 */
export const make = <
  I extends Agent.AnySchema,
  O extends Agent.AnySchema,
  E extends F["Type"] | RunError,
  R,
  Before extends F["Type"] | RunError,
  F extends Agent.AnySchema = Agent.AnySchema
>(
  name: string,
  options: {
    readonly version: string
    readonly description?: string
    readonly input: I
    readonly output: O
    /** The schema of the steps' typed failures, so that they can be journaled and sent. Must cover them all. */
    readonly error?: F
    /** How many steps may run at the same time. */
    readonly concurrency?: number
  } & Partial<Agent.Settings>,
  draw: (input: Step.Step<I["Type"]>) => Step.Step<O["Type"], E, R, Before>
): Pipeline<
  I["Encoded"],
  O["Type"],
  Exclude<E | Before, RunError>,
  R,
  Agent.Schemas<O["Type"], I, O, Agent.AnySchema extends F ? F | undefined : F>
> => {
  const concurrency = options.concurrency ?? Infinity
  if (!(concurrency >= 1)) {
    throw new InvalidDefinition({
      subject: `pipeline \`${name}\``,
      problem: `concurrency is ${concurrency}`,
      expected: "at least 1"
    })
  }
  const input: Step.Step<I["Type"]> = {
    ...Step.make("input", [], () => Effect.die(`${name} was run without an input`)),
    output: options.input
  }
  const steps = inOrder(input, draw(input))
  const { concurrency: _, ...agent } = options
  // the runner knows steps with their types erased: these are the types of the drawing
  type Run = (input: I["Type"]) => Effect.Effect<O["Type"], Exclude<E | Before, RunError> & F["Type"], R>
  const how = { concurrency, onFailure: "interrupt" } as const
  const run = ReadySet.make(steps, how)
  const execute = ((input) => run(input)) as Run
  return observable(Agent.make(name, { ...agent, execute }), {
    steps,
    told: ObservedRun.draw({ name, version: options.version }, steps, concurrency),
    ...how,
    keepsPartial: false
  })
}

/**
 * Lets the steps that run when one fails come to their end, instead of interrupting them. None starts after the failure.
 *
 * @category failure policies
 */
export const drain = <In, Out, E, R>(self: Pipeline<In, Out, E, R>): Pipeline<In, Out, E, R> =>
  redrawn(self, { ...self[Drawn], onFailure: "drain" })

/**
 * Fails, where a step fails, with all that is known by then: what each failed step failed with, and what the others had
 * answered.
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
 * Throws when `self` is such a pipeline already.
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

/** @internal `keepPartial` of a pipeline that may keep it already. */
export const ensurePartial = (self: Any): Any => self[Drawn].keepsPartial ? self : keepPartial(self)

/** The same pipeline, run in another way. What that makes of its failures, the caller knows. */
const redrawn = <In, Out, E, R>(self: Any, drawing: Drawing): Pipeline<In, Out, E, R> => {
  const run = ReadySet.make(drawing.steps, drawing)
  const changes: Partial<Lifecycle.Definition> = drawing.keepsPartial
    ? { execute: keeping(drawing, run), error: PipelineFailed }
    : { execute: (input) => run(input) }
  return observable(redefined<In, Out, E, R>(self, changes), drawing)
}

/** The same agent with these changes, whose types the caller knows. */
const redefined = <In, Out, E, R>(
  self: Agent.Any,
  changes: Partial<Lifecycle.Definition>
): Agent.Agent<In, Out, E, R> => Agent.fromDefinition({ ...self[Agent.TypeId].definition, ...changes })

/** Several failures are one, which lists them. Bugs stay what they are. */
const keeping = ({ told }: Drawing, run: ReturnType<typeof ReadySet.make>) => (input: unknown) =>
  Effect.flatMap(DateTime.now, (startedAt) => {
    const ledger: ReadySet.Ledger = new Map()
    const seen = new TimelineFold()
    // others who listen hear of the start by the run around this one
    seen.add(ObservedRun.started(told, startedAt, 0))
    return run(input, ledger).pipe(
      observe(seen.add),
      Effect.catchCause(({ reasons }) => {
        const others = reasons.filter((reason) => !Cause.isFailReason(reason))
        if (others.length === reasons.length) return Effect.failCause(Cause.fromReasons<never>(others))
        const error = failed(told.pipeline, ledger, seen.timeline)
        return Effect.failCause(Cause.fromReasons([...others, Cause.makeFailReason(error)]))
      })
    )
  })

const failed = (pipeline: string, ledger: ReadySet.Ledger, report: PipelineReport.Timeline) => {
  const errors = [...ledger].flatMap(([step, exit]) => {
    const error = Option.getOrUndefined(Exit.findErrorOption(exit))
    return error === undefined ? [] : [{ step, error }]
  })
  const partial = [...ledger].flatMap(([step, exit]) => Exit.isSuccess(exit) ? [[step, exit.value] as const] : [])
  return new PipelineFailed({ pipeline, errors, partial: Object.fromEntries(partial), report })
}

/**
 * Calls `listen` with every event of the pipelines that `self` runs, as they happen. `listen` should be quick: the run
 * waits for it. What it throws is logged, and the run goes on.
 *
 * @category running
 */
export const observe: {
  (listen: (event: PipelineEvent) => void): <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  <A, E, R>(self: Effect.Effect<A, E, R>, listen: (event: PipelineEvent) => void): Effect.Effect<A, E, R>
} = dual(
  2,
  <A, E, R>(self: Effect.Effect<A, E, R>, listen: (event: PipelineEvent) => void): Effect.Effect<A, E, R> =>
    Effect.withFiber(({ context }) => {
      const log = Effect.runForkWith(context)
      const safely = (event: PipelineEvent) => {
        try {
          listen(event)
        } catch (error) {
          log(Effect.logWarning(`who listens to events threw at ${event._tag}`, Cause.die(error)))
        }
      }
      return Observer.observe(self, (clock) => new StepScope.StepListener(clock, safely))
    })
)

/**
 * Runs `self`, and tells what the pipelines that it runs do, as it happens: the `events` of an agent around pipelines, or of
 * several. Fails as `self` does. It waits for its reader as a pipeline does.
 *
 * @category running
 */
export const events = <A, E, R>(
  self: Effect.Effect<A, E, R>,
  { capacity = 256 }: { readonly capacity?: number | undefined } = {}
): Stream.Stream<PipelineEvent, E, R> => {
  if (!(capacity >= 1)) {
    throw new InvalidDefinition({ subject: "events", problem: `capacity is ${capacity}`, expected: "at least 1" })
  }
  // In a fiber of its own, which ends with the reader. The reader sees the end of the run behind its last event.
  return Stream.unwrap(Effect.gen(function*() {
    const queue = yield* Queue.unbounded<PipelineEvent, E | Cause.Done>()
    const backlog = new Backlog(queue, capacity)
    const fiber = yield* self.pipe(
      (run) =>
        Observer.observe(
          run,
          (clock) => new StepScope.StepListener(clock, (event) => backlog.push(event), { backlog })
        ),
      Effect.matchCauseEffect({
        onFailure: (cause) => Queue.failCause(queue, cause),
        onSuccess: () => Queue.end(queue)
      }),
      Effect.forkScoped
    )
    // what cannot be interrupted may wait for room: the end of the run is not to wait for it
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        fiber.interruptUnsafe()
        backlog.close()
      })
    )
    return Stream.fromPull(Effect.succeed(backlog.pull))
  }))
}

const observable = <In, Out, E, R, S extends Agent.Schemas<Out>>(
  drawn: Agent.Agent<In, Out, E, R, S>,
  drawing: Drawing
): Pipeline<In, Out, E, R, S> => {
  const agent = redefined<In, Out, E, R>(drawn, { around: (run) => ObservedRun.emitting(drawing.told, run) })
  const { run } = agent

  const eventsOf: Pipeline<In, Out, E, R>["events"] = (input, { capacity, ...options } = {}) =>
    events(run(input, options), { capacity })

  const report: Pipeline<In, Out, E, R>["report"] = (input, options) =>
    Effect.suspend(() => {
      const seen = new TimelineFold()
      return Effect.map(observe(run(input, options), seen.add), (result) => ({ ...result, ...seen.timeline }))
    })

  return Object.assign(Object.create(Object.getPrototypeOf(agent)), agent, {
    [Drawn]: drawing,
    steps: drawing.steps,
    events: eventsOf,
    report
  })
}

/** The input, then depth first, so a step always stands after the steps it waits for. */
const inOrder = (input: Step.Any, last: Step.Any): ReadonlyArray<Step.Any> => {
  const seen = new Set([input])
  const names = new Set([input.name])
  const open: Array<{ readonly step: Step.Any; next: number }> = [{ step: last, next: 0 }]
  while (open.length > 0) {
    const top = open.at(-1)!
    const before = top.step.after[top.next++]
    if (before !== undefined) {
      if (!seen.has(before)) open.push({ step: before, next: 0 })
      continue
    }
    open.pop()
    if (seen.has(top.step)) continue
    if (names.has(top.step.name)) {
      throw new InvalidDefinition({ subject: `step \`${top.step.name}\``, problem: "another step has the same name" })
    }
    seen.add(top.step)
    names.add(top.step.name)
  }
  return [...seen]
}
