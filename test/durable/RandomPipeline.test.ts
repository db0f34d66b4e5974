/**
 * Random pipelines, each drawn twice from the same plan: one run in process, the other durably. They come to the same.
 *
 * `npm test` runs a part of them; `npm run test:engines` runs 100 on each engine.
 */
import { assert, describe, it, layer } from "@effect/vitest"
import {
  Array as Array_,
  Cause,
  Effect,
  Exit,
  Layer,
  Option,
  Random,
  Result,
  Schedule,
  Schema,
  Stream,
  Struct
} from "effect"
import {
  Agent,
  Approval,
  Approved,
  InvalidOutput,
  NotApproved,
  Pipeline,
  type PipelineEvent,
  PipelineFailed,
  Pool,
  Run,
  Step,
  StepCache,
  StepDied
} from "greenlang"
import { RunError as AgentError } from "greenlang/agent"
import { Durable } from "greenlang/durable"
import * as Cluster from "greenlang/durable/Cluster"
import { join } from "node:path"
import * as Campaign from "../support/DurableCampaign.ts"
import { Postgres } from "../support/Postgres.ts"
import * as RandomGraph from "../support/RandomGraph.ts"
import * as WorkerProcess from "../support/WorkerProcess.ts"

class Broken extends Schema.TaggedError<Broken>()("Broken", { node: Schema.Int }) {}

const finite = { output: Schema.Finite, error: Broken }
type Needs = Approval | StepCache
type Numbers = Step.Step<number, Broken | InvalidOutput, Needs, Broken | InvalidOutput, never>

const Inner = Pipeline.make("Inner", { version: "1.0.0", input: Schema.Finite, output: Schema.Finite }, (n) => {
  const up = Step.make("up", [n], (n) => Effect.succeed(n + 1), { output: Schema.Finite })
  return Step.make("down", [up], (n) => Effect.succeed(n - 1), { output: Schema.Finite })
})

const Same = Agent.make("Same", {
  version: "1.0.0",
  input: Schema.Finite,
  output: Schema.Finite,
  execute: (n) => Effect.as(Run.addUsage({ calls: 1, costUsd: 0.01 }), n)
})

/** What a node does before it answers: now, later, or after a turn. */
const work = (kind: RandomGraph.Node["work"]): Effect.Effect<void> =>
  kind === "yield" ? Effect.yieldNow : kind === "promise" ? Effect.promise(async () => {}) : Effect.void

/** Nodes, and what becomes of one that fails the run: it fails with `Broken`, or dies. At most `concurrency` steps run at a time. */
interface Plan {
  readonly nodes: ReadonlyArray<RandomGraph.Node>
  readonly dies: boolean
  readonly concurrency: number
}

const draw = ({ concurrency, dies, nodes }: Plan, version: string) => {
  const options = { version, input: Schema.Finite, output: Schema.Finite, error: Broken, concurrency }
  return Pipeline.make("Random", options, (input) => {
    const steps: Array<Numbers> = [input]
    nodes.forEach((node, at) => {
      if (at === 0) return
      let attempts = 0
      const attempt = (inputs: ReadonlyArray<number>): Effect.Effect<number, Broken> =>
        Effect.andThen(work(node.work), () => {
          if (attempts++ < node.failures) {
            const isLast = node.policy === "none" || (node.policy === "retry" && attempts > RandomGraph.retries)
            return dies && isLast ? Effect.die(defectOf(at)) : Effect.fail(new Broken({ node: at }))
          }
          const output = RandomGraph.combine(inputs)
          return Run.cite({ kind: "calculation", step: `${at}`, formula: "sum", inputs: {}, output, unit: "kg" }).pipe(
            Effect.andThen(Run.addUsage({ calls: 1, costUsd: at / 100 })),
            Effect.andThen(Run.annotate(`node ${at}`, output)),
            Effect.as(output)
          )
        })
      const parents = node.parents.map((parent) => steps[parent]!)
      const step = Step.make(`${at}`, parents, (...inputs) => attempt(inputs), finite)
      steps.push(shapes[at % shapes.length]!(at, withPolicy(at, step, node.policy)))
    })
    return steps.at(-1)!
  })
}

const defectOf = (at: number) => new TypeError(`node ${at}`)

/** A step that waits for `step`, and answers with what `answer` makes of its answer. */
const next = (name: string, step: Numbers, answer: (n: number) => number = (n) => n) =>
  Step.make(name, [step], (n) => Effect.as(Effect.yieldNow, answer(n)), finite)

const insteadOf = <E>(step: Step.Step<number, E, Needs, Broken | InvalidOutput, never>) =>
  Step.orElse(step, () => Effect.succeed(RandomGraph.instead), { output: Schema.Finite })

const pool = Pool.make("two", 2)

/** What a person decides: also of a question that is asked again. */
const decide = (text: string) =>
  Number(text.split(" ")[1]) % 3 === 0 ? { approved: false, comment: "a third" } : { approved: true, by: "a person" }

/** Each kind of step that the answers pass through. Those that wait for a time, or a person, are fewer: each parks its run. */
const shapes: ReadonlyArray<(at: number, step: Numbers) => Numbers> = [
  (_, step) => step,
  (at, step) => {
    const list = Step.pure(`${at} list`, [step], (n) => [n, n])
    const items = Step.forEach(`${at} items`, list, (n) => Effect.succeed(n), { ...finite, concurrency: 2 })
    return Step.pure(`${at} first`, [items], ([n = 0]) => n)
  },
  (at, step) =>
    Step.race(`${at} race`, [
      next(`${at} quick`, step),
      Step.make(`${at} never`, [step], (): Effect.Effect<number> => Effect.never, finite)
    ]),
  (at, step) => {
    const inner = Step.agent(`${at} inner`, Inner, [step], (n) => n)
    const result = Step.result(inner, { output: Schema.Result(Schema.Finite, AgentError) })
    return Step.pure(`${at} out`, [result, step], (result, n) => Result.getOrElse(result, () => n))
  },
  (at, step) => {
    const isEven = Step.make(`${at} is even`, [step], (n) => Effect.succeed(n % 2 === 0), { output: Schema.Boolean })
    const even = Step.when(next(`${at} even`, step, (n) => n / 2), isEven)
    return Step.pure(`${at} either`, [even, step], (half, n) => Option.getOrElse(half, () => n))
  },
  // Some loops come to their last round.
  (at, step) =>
    Step.iterate(`${at} loop`, next(`${at} begin`, step), {
      while: (n) => n % 4 !== 0,
      max: 2,
      body: (n, round) => Effect.as(Run.annotate(`${at} round ${round}`, n), n + 1)
    }).pipe(Step.timeout("1 hour"), insteadOf),
  (at, step) => Step.inPool(next(`${at} pooled`, step), pool),
  (at, step) =>
    Step.make(
      `${at} kept`,
      [next(`${at} read`, step)],
      (n) =>
        Run.cite({ kind: "calculation", step: `${at} kept`, formula: "n", inputs: { n }, output: n, unit: "kg" }).pipe(
          Effect.andThen(Run.addUsage({ calls: 1, costUsd: 0.001 })),
          Effect.as(n)
        ),
      finite
    ).pipe(Step.cached({ timeToLive: "1 hour" })),
  (at, step) =>
    Step.make(`${at} late`, [step], (): Effect.Effect<number> => Effect.never, finite).pipe(
      Step.timeout("1 millis"),
      insteadOf
    ),
  (at, step) => next(`${at} in time`, step).pipe(Step.timeout("1 hour"), insteadOf),
  (at, step) => {
    const pause = Step.sleep(`${at} pause`, [step], "1 millis")
    return Step.pure(`${at} after`, [pause, step], (_, n) => n)
  },
  (at, step) => {
    const ok = Step.approval(`${at} ok`, [step], (n) => `use ${n} ?`)
    const result = Step.result(ok, { output: Schema.Result(Approved, Schema.Union([InvalidOutput, NotApproved])) })
    return Step.pure(`${at} decided`, [result, step], (said, n) => Result.isSuccess(said) ? n : RandomGraph.instead)
  },
  (at, step) => {
    const agent = Step.agent(`${at} agent`, Same, [step], (n) => n)
    const result = Step.result(agent, { output: Schema.Result(Schema.Finite, AgentError) })
    return Step.pure(`${at} said`, [result, step], (result, n) => Result.getOrElse(result, () => n))
  },
  (at, step) => {
    const kind = Step.pure(
      `${at} kind`,
      [step],
      (n) => n % 2 === 0 ? { _tag: "Even", half: n / 2 } as const : { _tag: "Odd", n } as const
    )
    return Step.match(`${at} match`, kind, {
      Even: ({ half }) => Effect.as(Run.annotate(`${at} match`, "even"), half * 2),
      Odd: ({ n }) => Effect.as(Effect.yieldNow, n)
    }, { output: Schema.Finite })
  },
  (at, step) => {
    const isOdd = Step.pure(`${at} is odd`, [step], (n) => n % 2 === 1)
    const odd = Step.when(next(`${at} odd`, step), isOdd)
    const present = Step.ifPresent(`${at} present`, [odd], (n) => Effect.succeed(n), finite)
    return Step.pure(`${at} or`, [present, step], (odd, n) => Option.getOrElse(odd, () => n))
  },
  // The first round of items fails at one of them.
  (at, step) => {
    let rounds = 0
    const list = Step.pure(`${at} numbers`, [step], (n) => [n, n + 1])
    const items = Step.forEach(
      `${at} again`,
      list,
      (n, item) => item === 1 && rounds++ === 0 ? Effect.fail(new Broken({ node: at })) : Effect.succeed(n),
      finite
    ).pipe(Step.retry(Schedule.recurs(1)))
    return Step.pure(`${at} round`, [items], ([n = 0]) => n)
  },
  (at, step) =>
    Step.make(`${at} together`, [step], (n) => Effect.as(Run.annotate(`${at} together`, n), n), {
      ...finite,
      transaction: true
    }).pipe(Step.expectedDuration("1 second")),
  (at, step) => {
    const list = Step.pure(`${at} inputs`, [step], (n) => [n, n + 1])
    const items = Step.forEach(`${at} apart`, list, Inner, { apart: true })
    const result = Step.result(items, {
      output: Schema.Result(Schema.mutable(Schema.Array(Schema.Finite)), AgentError)
    })
    return Step.pure(`${at} joined`, [result, step], (result, n) => Result.isSuccess(result) ? result.success[0]! : n)
  }
]

const withPolicy = (at: number, step: Numbers, policy: RandomGraph.Node["policy"]): Numbers => {
  const unwrapped = <A>(wrapped: Step.Step<A, never, Needs, Broken | InvalidOutput, never>, f: (answer: A) => number) =>
    Step.pure(`${at} answer`, [wrapped], f)
  switch (policy) {
    case "none":
      return step
    case "retry":
      return Step.retry(step, Schedule.recurs(RandomGraph.retries))
    case "orElse":
      return Step.orElse(step, () => Effect.succeed(RandomGraph.instead), { output: Schema.Finite })
    case "optional":
      return unwrapped(Step.optional(step), Option.getOrElse(() => RandomGraph.instead))
    case "result":
      return unwrapped(
        Step.result(step, { output: Schema.Result(Schema.Finite, Schema.Union([Broken, InvalidOutput])) }),
        Result.getOrElse(() => RandomGraph.instead)
      )
  }
}

/** A run that comes to its end after a failure, and fails with all that is known then. */
const kept = (pipeline: ReturnType<typeof draw>) => pipeline.pipe(Pipeline.drain, Pipeline.keepPartial)

/** How often each step was tried that answered, and which were skipped, or answered from the cache. */
const attemptsOf = (events: Iterable<PipelineEvent>): Readonly<Record<string, number | string>> =>
  Object.fromEntries(
    [...events].flatMap((event): Array<[string, number | string]> =>
      event._tag === "StepFinished"
        ? [[event.path.join("/"), event.attempts]]
        : event._tag === "StepSkipped" || event._tag === "StepCached"
        ? [[event.path.join("/"), event._tag]]
        : []
    )
  )

/** What a run came to, without what differs from run to run. */
const outcome = (
  exit: Exit.Exit<Agent.AgentResult<number>, unknown>,
  events: Iterable<PipelineEvent>,
  failing: ReadonlySet<number>
) => {
  if (Exit.isSuccess(exit)) {
    const { annotations, citations, usage } = exit.value.metadata
    // Additions of fractions depend on their order.
    const rounded = { ...usage, costUsd: Math.round(usage.costUsd * 1e6) }
    return {
      _tag: "answer" as const,
      value: exit.value.value,
      annotations,
      citations: citations.map((one) => JSON.stringify(Object.entries(one).toSorted())),
      usage: rounded,
      attempts: attemptsOf(events)
    }
  }
  const error = Option.getOrUndefined(Exit.findErrorOption(exit))
  if (error === undefined) {
    const died = Cause.squash(exit.cause)
    assert.instanceOf(died, StepDied.StepDied, Cause.pretty(exit.cause))
    const at = Number(died.step[0])
    assert.isTrue(failing.has(at))
    assert.strictEqual(died.message, `step \`${at}\` of pipeline \`Random\` died: ${defectOf(at)}`)
    return { _tag: "defect" as const, partial: {} as Readonly<Record<string, unknown>>, attempts: attemptsOf(events) }
  }
  assert.instanceOf(error, PipelineFailed, Cause.pretty(exit.cause))
  for (const one of error.errors) {
    assert.instanceOf(one.error, Broken)
    assert.strictEqual(one.step, `${one.error.node}`)
    assert.isTrue(failing.has(one.error.node))
  }
  return { _tag: "failure" as const, partial: error.partial, attempts: attemptsOf(events) }
}

/** Which steps started before the failure differs from run to run: of those that answered in both runs, all is equal. */
const agree = (one: ReturnType<typeof outcome>, other: ReturnType<typeof outcome>) => {
  if (one._tag === "answer" || other._tag === "answer") return assert.deepStrictEqual(one, other)
  assert.strictEqual(one._tag, other._tag)
  for (const what of ["partial", "attempts"] as const) {
    const both = Object.keys(one[what]).filter((step) => step in other[what])
    assert.deepStrictEqual(Struct.pick(one[what], both), Struct.pick(other[what], both))
  }
}

/** Each plan has `more` nodes more than the one before, up to 23. In a sixth of them, what fails the run is a defect. */
const plansOf = (rounds: number, more: number) =>
  Effect.forEach(Array.from({ length: rounds }), (_, round) =>
    Effect.map(
      RandomGraph.draw({
        size: 4 + more * round % 20,
        failing: round % 6 === 4 ? 400 : round % 2 === 0 ? 100 : 0,
        works: ["at once", "later", "yield", "promise"]
      }),
      (nodes): Plan => ({ nodes, dies: round % 6 === 4, concurrency: [Infinity, 3, 1][round % 3]! })
    )).pipe(Random.withSeed("durable pipelines"))

/** Decides, as a person does, whatever the run waits for, until it ends. */
const answering = <A, E, R>(id: string, self: Effect.Effect<A, E, R>) =>
  Effect.raceFirst(
    self,
    Effect.forever(Effect.gen(function*() {
      yield* Effect.sleep("10 millis")
      for (const wait of (yield* Durable.status(id)).waitingFor) {
        if (wait.for === "approval") yield* Effect.ignore(Durable.approve(id, wait.step, decide(wait.text)))
      }
    }))
  )

const person = Layer.succeed(Approval, { ask: ({ text }) => Effect.succeed(decide(text)) })

/** A cache of its own, for each run. */
const cache = StepCache.layerMemory({ capacity: 1_000 })

/** The pipelines of `plans` on the layer that `layerOf` makes of them, and in process. How many answered, and how many failed. */
const compare = <E, R>(
  plans: ReadonlyArray<Plan>,
  layerOf: (pipelines: ReadonlyArray<ReturnType<typeof kept> | typeof Inner>) => Layer.Layer<Durable.Durable, E, R>
) =>
  Effect.gen(function*() {
    const pipelines = plans.map((plan, at) => kept(draw(plan, `${at}`)))
    const tally = { completed: 0, failed: 0, died: 0 }
    yield* Effect.forEach(plans, (plan, at) =>
      Effect.gen(function*() {
        const id = yield* Durable.submit(pipelines[at]!, 1)
        const exit = yield* Effect.exit(answering(id, Durable.result(id, pipelines[at]!)))
        const { failing } = RandomGraph.interpret(plan.nodes, 1)
        const durable = outcome(exit, yield* Stream.runCollect(Durable.events(id)), failing)
        const events: Array<PipelineEvent> = []
        const run = Pipeline.observe(kept(draw(plan, `${at}`)).run(1), (event) => events.push(event)).pipe(
          Effect.provide(Layer.merge(person, Layer.fresh(cache)))
        )
        agree(durable, outcome(yield* Effect.exit(run), events, failing))
        tally[Exit.isSuccess(exit) ? "completed" : durable._tag === "defect" ? "died" : "failed"]++
      }), { discard: true }).pipe(Effect.provide(Layer.provide(layerOf([...pipelines, Inner]), Layer.fresh(cache))))
    return tally
  })

/** Pipelines that one worker has: each has shards of its own, and locks on them. */
const ofOneWorker = 20

const inParts = (plans: ReadonlyArray<Plan>) => Array_.chunksOf(plans, ofOneWorker)

const isWhole = process.env["PIPELINE_ENGINES"] === "all"
const amounts = isWhole ? { memory: 100, file: 100, cluster: 100 } : { memory: 30, file: 12, cluster: 6 }

describe("random pipelines, their answers, failures, citations, usage, attempts and partial answers", () => {
  it.live(`are in memory as in process: ${amounts.memory}`, () =>
    Effect.gen(function*() {
      const plans = yield* plansOf(amounts.memory, 1)
      const tally = yield* compare(plans, (pipelines) => Durable.layerMemory({ pipelines }))
      assert.isAbove(Math.min(tally.completed, tally.failed, tally.died), 0)
    }))

  it.live(`are in a file as in process: ${amounts.file}`, () =>
    Effect.scoped(Effect.gen(function*() {
      const folder = yield* Campaign.folder
      yield* Effect.forEach(
        inParts(yield* plansOf(amounts.file, 7)),
        (plans, part) =>
          compare(plans, (pipelines) => Durable.layerEmbedded({ pipelines, file: join(folder, `${part}.db`) })),
        { discard: true }
      )
    })))
})

layer(Postgres.layer, { excludeTestServices: true })("random pipelines", (it) => {
  it.effect(`are on PostgreSQL as in process: ${amounts.cluster}`, () =>
    Effect.scoped(Effect.gen(function*() {
      const { makeDatabase } = yield* Postgres
      yield* Effect.forEach(inParts(yield* plansOf(amounts.cluster, 7)), (plans) =>
        Effect.scoped(Effect.gen(function*() {
          const url = yield* makeDatabase
          const address = { host: "127.0.0.1", port: yield* WorkerProcess.freePort }
          yield* compare(plans, (pipelines) => Cluster.layer({ pipelines, url, address }))
        })), { discard: true })
    })))
})
