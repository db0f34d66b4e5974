/**
 * A random plan as the pipeline that it describes, which counts what is open and what runs.
 */
import { Cause, Clock, Duration, Effect, Exit, Option, Result, Schedule, Schema } from "effect"
import { Pipeline, type PipelineFailed, Pool, Step, StepDied, type TimedOut } from "greenlang"
import { holds, type Reason } from "./Interpreter.ts"
import { combine, fate, isAtOnce, millis, type Node, type Plan, type Policy, pools, type Work } from "./RandomPlan.ts"

class Broken extends Schema.TaggedError<Broken>()("Broken", { path: Schema.String }) {
  override get message(): string {
    return this.path
  }
}

type Failure = Broken | Step.IterationLimit | TimedOut | PipelineFailed<unknown>
type Any = Step.Step<any, any, never, any>

/** What is open right now, and how much was open at most. */
export class World {
  readonly pools = { a: Pool.make("a", pools.a), b: Pool.make("b", pools.b) }
  readonly held = { resources: 0, a: 0, b: 0 }
  readonly peak = { a: 0, b: 0 }

  holding<A, E>(pool: keyof typeof pools | undefined, work: Effect.Effect<A, E>): Effect.Effect<A, E> {
    const { held, peak } = this
    return Effect.acquireUseRelease(
      Effect.sync(() => {
        held.resources++
        if (pool !== undefined) peak[pool] = Math.max(peak[pool], ++held[pool])
      }),
      () => work,
      () =>
        Effect.sync(() => {
          held.resources--
          if (pool !== undefined) held[pool]--
        })
    )
  }
}

/** An answer as the interpreter writes it. */
export const plain = (answer: unknown): unknown => {
  if (Option.isOption(answer)) {
    return Option.match(answer, { onNone: () => ["none"], onSome: (a) => ["some", plain(a)] })
  }
  if (Result.isResult(answer)) {
    return Result.match(answer, { onFailure: (e) => ["failure", what(e)], onSuccess: (a) => ["success", plain(a)] })
  }
  if (Array.isArray(answer)) return answer.map(plain)
  return typeof answer === "object" && answer !== null && "_tag" in answer && "n" in answer
    ? [answer._tag, answer.n]
    : answer
}

const what = (error: unknown): unknown => {
  const known = error as Failure
  switch (known._tag) {
    case "Broken":
      return known.path
    case "IterationLimit":
      return known.message
    case "TimedOut":
      return `${known.agent} timed out`
    case "PipelineFailed":
      return {
        errors: known.errors.map(({ error, step }) => [step, what(error)]),
        partial: Object.fromEntries(Object.entries(known.partial).map(([name, answer]) => [name, plain(answer)]))
      }
  }
}

/** A defect, by its name and its message: a record has no more of it. */
const bug = (defect: unknown): unknown =>
  defect instanceof Error && defect.name === "Broken" ? defect.message : String(defect)

/** Why it failed, as the interpreter writes it. */
export const reasonsOf = (cause: Cause.Cause<unknown>): ReadonlyArray<Reason> =>
  cause.reasons.flatMap((reason): ReadonlyArray<Reason> =>
    Cause.isInterruptReason(reason)
      ? []
      : Cause.isDieReason(reason)
      ? [{ dies: true, what: bug(reason.defect instanceof StepDied.StepDied ? reason.defect.cause : reason.defect) }]
      : [{ dies: false, what: what(reason.error) }]
  )

/** Time begins at zero with the run. */
const attempt = <A>(
  world: World,
  path: string,
  work: Work,
  answer: A,
  { atOnce = false, pool }: { readonly atOnce?: boolean; readonly pool?: Node["pool"] } = {}
): Effect.Effect<A, Broken> => {
  const end = Effect.flatMap(Clock.currentTimeMillis, (at): Exit.Exit<A, Broken> => {
    const came = fate(work, at)
    if (came === "answers") return Exit.succeed(answer)
    return came === "fails" ? Exit.fail(new Broken({ path })) : Exit.die(new Broken({ path }))
  })
  return world.holding(pool, atOnce ? end : Effect.delay(end, millis(path, work)))
}

const tagged = (n: number) => ({ _tag: n % 2 === 0 ? "Even" : "Odd", n } as const)

export const draw = (plan: Plan, world: World): Pipeline.Pipeline<number, unknown, Failure> => {
  const schemas = { version: "1.0.0", input: Schema.Finite, output: Schema.Unknown, timeout: Duration.infinity }
  const { concurrency, nodes } = plan
  const pipeline: Pipeline.Pipeline<number, unknown, any> = Pipeline.make(
    "Plan",
    { ...schemas, concurrency },
    (input): Step.Step<unknown, Failure, never, Failure> => {
      const steps: Array<Any> = [input]
      for (const node of nodes.slice(1)) steps.push(stepOf(node, steps, plan, world))
      return steps.at(-1)!
    }
  )
  const kept: typeof pipeline = plan.keepPartial ? Pipeline.keepPartial(pipeline) : pipeline
  return plan.drain ? Pipeline.drain(kept) : kept
}

const stepOf = (node: Node, steps: ReadonlyArray<Any>, plan: Plan, world: World): Any => {
  let step = shapeOf(node, node.after.map((at) => steps[at]!), world)
  node.policies.forEach((policy, at) => step = withPolicy(step, policy, `${node.path}:${at}`, world))
  if (node.pool !== undefined) step = Step.inPool(step, world.pools[node.pool])
  if (node.when !== undefined) step = Step.when(step, steps[node.when]!, (answer) => holds(plain(answer)))
  return plan.expects ? Step.expectedDuration(step, node.expected) : step
}

const shapeOf = (node: Node, after: ReadonlyArray<Any>, world: World): Any => {
  const { count, name, path, pool, works } = node
  const work = (at: number) => works[at % works.length]!
  const number = (inputs: ReadonlyArray<unknown>) => combine(path, inputs.map(plain))
  const make = <A, E>(run: (n: number) => Effect.Effect<A, E>, called = name) =>
    Step.make(called, after, (...inputs) => run(number(inputs)))
  switch (node.shape) {
    case "input":
      throw new Error("the input is not a shape")
    case "last":
      return make(Effect.succeed)
    case "tag":
      return make((n) => Effect.succeed(tagged(n)))
    case "list":
      return make(() => Effect.succeed(works.map((_, at) => at)))
    case "rounds":
      return make((n) => Effect.succeed(n % 5))
    case "maybe":
      return Step.optional(make((n) => n % 3 > 0 ? Effect.succeed(n) : Effect.fail(new Broken({ path }))))
    case "work":
      return make((n) => attempt(world, path, work(0), tagged(n), { atOnce: isAtOnce(node), pool }))
    case "ifPresent":
      return Step.ifPresent(
        name,
        after,
        (...values) => attempt(world, path, work(0), combine(path, values.map(plain)), { pool })
      )
    case "match": {
      const branch = (tag: string, one: Work) => ({ n }: { readonly n: number }) =>
        attempt(world, `${path}/${tag}`, one, combine(tag, [n]), { pool })
      const on: Step.Step<ReturnType<typeof tagged>, Failure, never, Failure> = after[0]!
      return Step.match(name, on, { Even: branch("Even", work(0)), Odd: branch("Odd", work(1)) })
    }
    case "forEach": {
      const one = (item: number) => attempt(world, `${path}/${item}`, work(item), item)
      return Step.forEach(name, after[0]!, one, { concurrency: count })
    }
    case "iterate":
      return Step.iterate(name, after[0]! as Step.Step<number, Failure, never, Failure>, {
        while: (left) => left > 0,
        max: count,
        body: (left, round) => attempt(world, `${path}/${round}`, work(round), left - 1, { pool })
      })
    case "race": {
      const runner = (one: Work, at: number) =>
        Step.make(
          `${name}/${at}`,
          after,
          (...inputs) => attempt(world, `${path}/${at}`, one, combine(`${path}/${at}`, inputs.map(plain)))
        )
      const [first, ...rest] = works.map(runner)
      return Step.race(name, [first!, ...rest])
    }
    case "pipeline":
      return Step.agent(name, draw(node.inner!, world), after, (...inputs) => number(inputs))
  }
}

const withPolicy = (step: Any, { kind, times, work }: Policy, path: string, world: World): Any => {
  const pause = millis(path, work)
  switch (kind) {
    case "optional":
      return Step.optional(step)
    case "result":
      return Step.result(step)
    case "orElse":
      return Step.orElse(step, (error) => attempt(world, path, work, combine(path, [what(error)])))
    case "retry":
      return Step.retry(step, Schedule.spaced(pause).pipe(Schedule.upTo({ times })))
    case "timeout":
      return Step.timeout(step, pause)
  }
}
