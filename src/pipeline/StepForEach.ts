/**
 * Steps that run something on each item of a list: a function, or a pipeline whose runs are runs of their own.
 */
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as Agent from "../agent/Agent.ts"
import { RunError } from "../agent/AgentError.ts"
import * as SparseList from "../agent/internal/SparseList.ts"
import * as Stated from "../agent/internal/Stated.ts"
import * as Described from "../internal/Described.ts"
import * as NestedStep from "./internal/NestedStep.ts"
import { checkPool, type Pool } from "./internal/Places.ts"
import * as StepBox from "./internal/StepBox.ts"
import * as StepPerformer from "./internal/StepPerformer.ts"
import * as StepWork from "./internal/StepWork.ts"

/** What the compiler says of items that are not runs of a pipeline. */
type OnlyPipelines = "only the runs of a pipeline run apart: give the pipeline in place of the function or the agent"

/** `P`, where it is a pipeline; else why it cannot run apart, in words. */
type APipeline<P> = P extends { readonly steps: ReadonlyArray<StepBox.Any> } ? unknown : OnlyPipelines

/** The paths of the steps of `P`, in the step `Name`, that a durable run could not record. */
type Inside<Name extends string, P> = P extends { readonly [StepBox.Unrecorded]?: infer L }
  ? string extends L ? never : `${Name}/${L & string}`
  : never

/**
 * Runs `f` on every item of `items`, and answers in their order. `concurrency` is how many items run at the same time.
 * Default: one. With `pool`, each item holds a place of it while it runs, and the default is the size of the pool. An answer
 * that does not match `output` fails the step with `InvalidOutput`.
 *
 * With `apart: true`, each item is the input of a pipeline, and its run a run of its own where the run around it is durable: any
 * worker of a cluster takes it, and a worker that dies holds up the others no longer than any run. The worker has that
 * pipeline, too. Elsewhere it is the same as a function that runs the pipeline. Default of `concurrency`: all items, and each
 * worker runs as many as its own `concurrency` allows.
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { Pipeline, Step } from "greenlang"
 *
 * const Site = Pipeline.make("Site", { version: "1.0.0", input: Schema.Finite, output: Schema.Finite }, (kWh) =>
 *   Step.make("kg", [kWh], (kWh) => Effect.succeed(kWh * 0.4), { output: Schema.Finite }))
 * const Sites = Pipeline.make(
 *   "Sites",
 *   { version: "1.0.0", input: Schema.Array(Schema.Finite), output: Schema.Finite },
 *   (meters) => {
 *     const kg = Step.forEach("sites", meters, Site, { apart: true })
 *     return Step.pure("sum", [kg], (kg) => kg.reduce((a, b) => a + b, 0))
 *   }
 * )
 *
 * const { value } = await Effect.runPromise(Sites.run([100, 200]))
 * value // => 120
 * ```
 *
 * Throws `InvalidDefinition` when `concurrency` is not a whole number of one or more, and where something else than a
 * pipeline is to run apart.
 *
 * @category constructors
 */
export const forEach: {
  <const Name extends string, L extends string, E1, R1, Before, P extends Agent.Any>(
    name: Name,
    items: StepBox.Step<ReadonlyArray<Agent.Input<NoInfer<P>>>, E1, R1, Before, L>,
    pipeline: P & APipeline<P>,
    options: { readonly apart: true; readonly concurrency?: number | "unbounded" | undefined }
  ): StepBox.Step<
    Array<Agent.Output<P>>,
    Agent.Failure<P> | RunError,
    Agent.Services<P> | R1,
    E1 | Before,
    L | Inside<Name, P>
  >
  <
    const Name extends string,
    L extends string,
    X,
    E1,
    R1,
    Before,
    A,
    E,
    R,
    O extends Schema.ConstraintCodec<NoInfer<A>, unknown> | undefined = undefined
  >(
    name: Name,
    items: StepBox.Step<ReadonlyArray<X>, E1, R1, Before, L>,
    f: (item: X, index: number) => Effect.Effect<A, E, R>,
    options?: {
      readonly apart?: OnlyPipelines
      readonly concurrency?: number | "unbounded" | undefined
      readonly pool?: Pool | undefined
      readonly output?: O
    }
  ): StepBox.Step<
    Array<A>,
    E | StepBox.Unmatched<O>,
    R | R1,
    E1 | Before,
    L | StepBox.WithoutSchema<O, Name>
  >
} = (
  name: string,
  items: StepBox.Any,
  each: unknown,
  given?: Options
): StepBox.Step<Array<never>, never, never, never, never> => {
  const options = StepBox.options(name, given ?? {})
  // Each of the two states its types above.
  return (options.apart === true
    ? runs(name, items, each, options)
    : effects(name, items, each as Work, options)) as never
}

interface Options {
  readonly apart?: unknown
  readonly concurrency?: number | "unbounded" | undefined
  readonly pool?: Pool | undefined
  readonly output?: Agent.AnySchema | undefined
}

type Work = (item: unknown, index: number) => Effect.Effect<unknown, unknown, unknown>

const effects = (name: string, items: StepBox.Any, f: Work, { output, pool, ...options }: Options) => {
  const given: unknown = f
  if (Agent.isAgent(given)) {
    const work = given.name
    throw isPipeline(given)
      ? StepBox.refusal(
        name,
        `its work is the pipeline \`${work}\``,
        "`{ apart: true }` beside a pipeline, or a function"
      )
      : StepBox.refusal(
        name,
        `its work is the agent \`${work}\``,
        "a function that runs it, such as (item) => Agent.call(agent, item)"
      )
  }
  StepBox.checkFunction(name, "work", f)
  if (pool !== undefined) checkPool(`step \`${name}\``, pool)
  const concurrency = Stated.concurrency(`step \`${name}\``, options.concurrency ?? pool?.size ?? 1)
  const check = StepBox.checked<unknown, typeof output>(name, output)
  const inPlace = (self: Effect.Effect<unknown, unknown, unknown>) =>
    pool === undefined ? self : StepWork.hold(pool, self)
  return StepBox.make({
    name,
    after: StepBox.before([items]),
    policies: ["for each", ...(pool === undefined ? [] : [`in pool ${pool.name}`])],
    output: output && Schema.mutable(Schema.Array(output)),
    width: concurrency,
    frame: true,
    journaled: output !== undefined,
    run: ([items]) =>
      eachOf(items, concurrency, (item, at) =>
        NestedStep.run(
          `${at}`,
          inPlace(Effect.suspend(() => check(StepBox.effectOf(f(item, at))))),
          { output }
        ))
  })
}

const runs = (name: string, items: StepBox.Any, pipeline: unknown, options: Options) => {
  if (!isPipeline(pipeline)) {
    throw StepBox.refusal(name, `it runs ${Described.kind(pipeline)} apart`, "a pipeline, whose runs have a name")
  }
  const concurrency = Stated.concurrency(`step \`${name}\``, options.concurrency ?? Infinity)
  return StepBox.make({
    name,
    after: StepBox.before([items]),
    policies: ["for each", `apart as ${pipeline.name} ${pipeline.version}`],
    output: Schema.mutable(Schema.Array(pipeline.output)),
    error: pipeline.error && Schema.Union([pipeline.error, RunError]),
    agent: pipeline,
    width: concurrency,
    frame: true,
    apart: true,
    run: ([items]) =>
      stoppingRest(
        eachOf(items, concurrency, (item, at) =>
          NestedStep.run(
            `${at}`,
            Effect.suspend(() => Agent.call(pipeline, item as never)),
            { child: { pipeline, input: item } }
          ))
      )
  })
}

const isPipeline = Described.guard((given): given is Agent.Any =>
  Agent.isAgent(given) && Predicate.hasProperty(given, "steps")
)

const eachOf = (
  items: unknown,
  concurrency: number,
  run: (item: unknown, at: number) => Effect.Effect<unknown, unknown, unknown>
): Effect.Effect<Array<unknown>, unknown, unknown> =>
  !Array.isArray(items)
    ? Effect.die(new TypeError(`needs a list, and was given ${Described.kind(items)}`))
    : SparseList.isSparse(items)
    ? Effect.die(new TypeError(`needs a list of items, and was given ${SparseList.described}`))
    : StepWork.inParts((part) => Effect.forEach(items, (item, at) => part(run(item, at)), { concurrency }))

/** The first failure ends the runs of the other items, also where a policy around the step goes on from it. */
const stoppingRest = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.withFiber((fiber) => {
    const performer = fiber.getRef(StepPerformer.Current)
    return performer === undefined ? self : Effect.tapError(self, () => performer.stopChildren)
  })
