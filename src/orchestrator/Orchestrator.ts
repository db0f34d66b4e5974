/**
 * Agents and pipelines by name, run from data. Each run is decoded, allowed by the policies, counted, reported as events and
 * recorded in the history.
 *
 * What stands beside a run has a limit of its own, and its failure is never the failure of the run: a history that does not
 * answer is a `NotRecorded` event, a reader of events that is too slow loses the oldest.
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import * as EffectResult from "effect/Result"
import type * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Tracer from "effect/Tracer"
import type * as Agent from "../agent/Agent.ts"
import { InvalidInput, TimedOut } from "../agent/AgentError.ts"
import type { AgentResult, RunMetadata } from "../agent/AgentResult.ts"
import * as CallOptions from "../agent/internal/CallOptions.ts"
import * as Stated from "../agent/internal/Stated.ts"
import * as TimeLimits from "../agent/internal/TimeLimits.ts"
import { InvalidDefinition } from "../agent/InvalidDefinition.ts"
import * as Described from "../internal/Described.ts"
import type { PipelineEvent } from "../pipeline/PipelineEvent.ts"
import { type Failure, History } from "./History.ts"
import * as Attributes from "./internal/Attributes.ts"
import * as HistorySink from "./internal/HistorySink.ts"
import * as OptionNames from "./internal/OptionNames.ts"
import * as OwnedFiber from "./internal/OwnedFiber.ts"
import * as PolicyCheck from "./internal/PolicyCheck.ts"
import * as RunFailure from "./internal/RunFailure.ts"
import * as Runnable from "./internal/Runnable.ts"
import * as Turns from "./internal/Turns.ts"
import { AgentNotFound, OrchestratorClosed, type OrchestratorError } from "./OrchestratorError.ts"
import type { OrchestratorEvent } from "./OrchestratorEvent.ts"
import type { Policy } from "./Policy.ts"
import * as RunRecorder from "./RunRecorder.ts"

export { AgentNotFound, OrchestratorClosed, type OrchestratorError, RunFailed } from "./OrchestratorError.ts"

/** An agent or a pipeline that can be run. @category models */
export interface RunnableAgent {
  readonly name: string
  readonly version: string
  readonly kind: "agent" | "pipeline"
  readonly description: string
}

/**
 * `timeout` is the limit of the call: the policies and the wait for a turn take their part of it, and the run has what is
 * left. Default: the limit of the agent, for the run alone.
 *
 * `attributes` are facts about the run for policies and the history, such as `region`.
 *
 * @category models
 */
export interface RunOptions extends Pick<Agent.RunOptions, "timeout"> {
  readonly attributes?: Readonly<Record<string, string>>
}

/**
 * `value` is the answer of the agent, `json` the same by its schema, with secrets masked. `success` is false where the run
 * answered although steps had failed: `failures` are these.
 *
 * @category models
 */
export interface Result {
  readonly id: string
  readonly agent: string
  readonly success: boolean
  readonly value: unknown
  readonly json: Schema.Json | undefined
  readonly failures: ReadonlyArray<Failure>
  readonly metadata: RunMetadata
}

/**
 * A run as a plain object, however it ended.
 *
 * @category models
 */
export type AgentOutcome =
  | { readonly success: true; readonly data: unknown; readonly metadata: RunMetadata }
  | { readonly success: false; readonly error: Exclude<OrchestratorError, AgentNotFound> }

/**
 * @category services
 */
export class Orchestrator extends Context.Service<Orchestrator, {
  readonly agents: ReadonlyArray<RunnableAgent>
  /**
   * Runs by name, from any data: keys that the input schema does not name are an `InvalidInput` too. When the run is
   * interrupted, or the orchestrator closed, the run releases what it holds before this ends: with `OrchestratorClosed`
   * where the orchestrator was closed.
   */
  readonly run: (name: string, input: unknown, options?: RunOptions) => Effect.Effect<Result, OrchestratorError>
  /** The same, with every failure but an unknown name as a value. */
  readonly runAgent: (
    name: string,
    input: unknown,
    options?: RunOptions
  ) => Effect.Effect<AgentOutcome, AgentNotFound>
  /**
   * The events of all runs from now on, until the orchestrator closes. A reader that is more than 4,096 events behind loses
   * the oldest, and holds up no run.
   */
  readonly events: Stream.Stream<OrchestratorEvent>
}>()("greenlang/orchestrator/Orchestrator") {
  /**
   * Needs what the agents and the policies need, and provides it to every run; a service that the caller of a run provides
   * takes precedence. Every policy has to allow a run.
   *
   * A history that fails, or takes longer than `recordTimeout`, is logged and emitted as `NotRecorded`. The run is not
   * affected.
   *
   * Closing the layer interrupts the runs that are alive, waits until they have released what they held, and records them
   * as interrupted. Calls that wait for them, and later calls, fail with `OrchestratorClosed`.
   *
   * Throws when two agents share a name, `concurrency` is not a whole number from one upwards, a policy has no name or no
   * check, a duration cannot be read, or an option is not known.
   */
  static readonly layer = <const Agents extends ReadonlyArray<Agent.Any>, R = never>(given: {
    /** Pipelines are agents too, and so are specs that were read by `PipelineSpec`. */
    readonly agents: Agents
    readonly policies?: ReadonlyArray<Policy<R>>
    /** How many runs go on at the same time. A run that another run starts takes no place of its own. Default: all. */
    readonly concurrency?: number | "unbounded"
    /** How long a run waits for its turn before it fails with `TimedOut`. Default: 1 hour. */
    readonly queueTimeout?: Duration.Input
    /** How long a run that has ended waits for the history. Default: 1 second. */
    readonly recordTimeout?: Duration.Input
    /** Of every run. Those of a call take precedence. */
    readonly attributes?: Readonly<Record<string, string>>
  }): Layer.Layer<Orchestrator, never, Agent.Services<Agents[number]> | R | History> => {
    const options = Stated.options("Orchestrator", given)
    OptionNames.check(options, ["agents", "policies", "concurrency", "queueTimeout", "recordTimeout", "attributes"])
    const agents = Runnable.byName(options.agents)
    const settings: Settings<R> = {
      concurrency: Stated.concurrency("Orchestrator", options.concurrency ?? Infinity),
      policies: PolicyCheck.validateAll(options.policies ?? []),
      attributes: attributesOf(options.attributes),
      queueTimeout: TimeLimits.read(options.queueTimeout ?? "1 hour", "queueTimeout of Orchestrator"),
      recordTimeout: TimeLimits.read(options.recordTimeout ?? "1 second", "recordTimeout of Orchestrator")
    }
    return Layer.effect(Orchestrator, make(agents, settings))
  }
}

/** Throws where a program without types did not give texts. */
const attributesOf = (given: Attributes.Attributes | undefined): Attributes.Attributes => {
  const read = Attributes.read(() => given)
  if (EffectResult.isSuccess(read)) return read.success
  const { expected = "texts", message, path } = read.failure
  throw new InvalidDefinition({ subject: `Orchestrator`, problem: `${path} ${message}`, expected })
}

interface Settings<R> {
  readonly concurrency: number
  readonly policies: ReadonlyArray<Policy<R>>
  readonly attributes: Readonly<Record<string, string>>
  readonly queueTimeout: Duration.Duration
  readonly recordTimeout: Duration.Duration
}

const make = Effect.fnUntraced(function*<R>(
  agents: ReadonlyMap<string, Runnable.Runnable>,
  { attributes, concurrency, policies, queueTimeout, recordTimeout }: Settings<R>
) {
  const history = yield* History
  // what a run opens, and its spans, belong to the run
  const services = Context.omit(Scope.Scope, Tracer.ParentSpan)(yield* Effect.context<R | History | Scope.Scope>())
  const turns = yield* Turns.make(concurrency)
  const readers = new Set<Queue.Queue<OrchestratorEvent, Cause.Done>>()
  const emit = (event: OrchestratorEvent) => readers.forEach((reader) => Queue.offerUnsafe(reader, event))
  const runs = yield* Scope.make("parallel")
  let closed = false
  yield* Effect.addFinalizer((exit) =>
    Effect.sync(() => closed = true).pipe(
      Effect.andThen(Scope.close(runs, exit)),
      Effect.andThen(Effect.forEach(readers, (reader) => Queue.end(reader)))
    )
  )

  const record = HistorySink.make({ history, limit: recordTimeout, emit })

  const attempt = ({ agent, kind, run }: Runnable.Runnable, input: unknown, given: RunOptions | undefined) => {
    const { name, version } = agent
    const options = CallOptions.read(given)
    const stated = Attributes.read(() => given?.attributes)
    const facts = { ...attributes, ...(EffectResult.isSuccess(stated) ? stated.success : {}) }
    const unknown = given === null ? undefined : OptionNames.problem(given ?? {}, ["timeout", "attributes"])
    const refused = options?.refusal ?? unknown ?? (EffectResult.isFailure(stated) ? stated.failure : undefined)
    const values: HistorySink.Values = {}
    const event = (event: PipelineEvent, { id }: RunRecorder.Draft) => emit({ _tag: "Step", id, agent: name, event })
    const body = Effect.fnUntraced(function*(draft: RunRecorder.Draft) {
      if (refused !== undefined) return yield* new InvalidInput({ agent: name, issues: [refused] })
      const { id } = draft
      const at = Clock.currentTimeMillis
      const limits = TimeLimits.override(TimeLimits.none, options?.timeout)
      const elapsed = yield* stopwatch
      const left = () => Duration.subtract(limits.run, Duration.millis(Math.floor(Duration.toMillis(elapsed()))))
      const late = (phase: "run" | "queue", limit: Duration.Duration) =>
        Effect.suspend(() => Effect.fail(new TimedOut({ agent: name, phase, limit, elapsed: elapsed() })))

      const read = yield* RunRecorder.read(agent, input, draft)
      values.input = read
      const request = { id, agent: name, version, kind, input: read, attributes: facts }
      const broken = (policy: string) => (message: string) => {
        draft.failures.push({ _tag: "PolicyBroken", message })
        return Effect.map(at, (at) => emit({ _tag: "PolicyBroken", id, agent: name, policy, message, at }))
      }
      const allowed = Effect.forEach(
        policies,
        (policy) =>
          PolicyCheck.ask(policy, request, {
            left: left(),
            late: late("run", limits.run),
            broken: broken(policy.name),
            redact: draft.redaction()
          }),
        { discard: true }
      )
      const started = Effect.suspend(() => {
        const timeout = Duration.isFinite(limits.run) ? { ...limits, run: left() } : options?.timeout
        return Effect.andThen(
          Effect.map(at, (at) => emit({ _tag: "Started", id, agent: name, at })),
          Effect.tap(
            run(input, timeout === undefined ? {} : { timeout }),
            ({ value }) => Effect.sync(() => values.output = value)
          )
        )
      })
      const inTurn = Effect.suspend(() => {
        const [phase, limit] = Duration.isLessThan(left(), queueTimeout)
          ? ["run" as const, limits.run]
          : ["queue" as const, queueTimeout]
        return turns.take(started, {
          limit: Duration.min(left(), queueTimeout),
          wait: Effect.map(at, (at) => emit({ _tag: "Waiting", id, agent: name, at })),
          late: late(phase, limit)
        })
      })
      return yield* Effect.andThen(allowed, inTurn).pipe(
        Effect.catchCauseFilter(
          Cause.findFail,
          (reason) => Effect.flatMap(RunFailure.of(agent, draft, reason), Effect.fail)
        )
      )
    })
    // interrupted before it has begun, it is kept all the same
    return RunRecorder.make(
      {
        agent,
        attributes: facts,
        sinks: [{
          event,
          end: (recorded) => {
            values.json = recorded.output
            return record(recorded, values)
          }
        }]
      },
      (draft) => Effect.interruptible(body(draft))
    ).pipe(Effect.map((result): Answer => ({ ...result, json: values.json })))
  }

  /** The run belongs to the orchestrator, which can end it. Its caller waits for it, and can end it too. */
  const owned = <A, E, R>(agent: string, run: Effect.Effect<A, E, R>): Effect.Effect<A, E | OrchestratorClosed, R> =>
    Effect.uninterruptibleMask(Effect.fnUntraced(function*(restore) {
      const fiber = yield* OwnedFiber.start(run, runs)
      const exit = yield* Effect.onInterrupt(restore(Fiber.await(fiber)), () => Fiber.interrupt(fiber))
      if (!closed || Exit.isSuccess(exit) || !Cause.hasInterruptsOnly(exit.cause)) return yield* exit
      // a caller that is a run itself is being interrupted like this one
      return yield* (yield* turns.isInside) ? exit : new OrchestratorClosed({ agent })
    }))

  const run = Effect.fn("Orchestrator.run")(
    function*(name: string, input: unknown, options?: RunOptions): Effect.fn.Return<Result, OrchestratorError> {
      const found = agents.get(name)
      if (found === undefined) {
        return yield* new AgentNotFound({
          agent: typeof name === "string" ? name : Described.kind(name),
          available: [...agents.keys()]
        })
      }
      if (closed) return yield* new OrchestratorClosed({ agent: name })
      // the services of the agents and policies are erased here, and were checked where the layer was made
      const { json, metadata, value } = yield* owned(name, attempt(found, input, options) as Attempt).pipe(
        Effect.updateContext((caller: Context.Context<never>) => Context.merge(services, caller))
      )
      const failures = RunRecorder.noted(metadata.annotations)
      return { id: metadata.runId, agent: name, success: failures.length === 0, value, json, failures, metadata }
    }
  )

  return Orchestrator.of({
    agents: [...agents.values()].map(({ agent: { description, name, version }, kind }) => ({
      name,
      version,
      kind,
      description
    })),
    run,
    runAgent: (name, input, options) =>
      Effect.matchEffect(run(name, input, options), {
        onSuccess: ({ metadata, value }): Effect.Effect<AgentOutcome, AgentNotFound> =>
          Effect.succeed({ success: true, data: value, metadata }),
        onFailure: (error) =>
          error._tag === "AgentNotFound" ? Effect.fail(error) : Effect.succeed({ success: false, error })
      }),
    events: Stream.callback<OrchestratorEvent>(
      (queue) =>
        closed ? Queue.end(queue) : Effect.acquireRelease(
          Effect.sync(() => readers.add(queue)),
          () => Effect.sync(() => readers.delete(queue))
        ),
      { bufferSize: 4_096, strategy: "sliding" }
    )
  })
})

/** The time since it was started. */
const stopwatch = Effect.map(Clock.Clock, (clock) => {
  const began = clock.monotonicTimeNanosUnsafe()
  return () => Duration.nanos(clock.monotonicTimeNanosUnsafe() - began)
})

interface Answer extends AgentResult<unknown> {
  readonly json: Schema.Json | undefined
}
type Attempt = Effect.Effect<Answer, Exclude<OrchestratorError, AgentNotFound | OrchestratorClosed>>
