/**
 * Agents and pipelines by name, run from data: each run decoded, allowed, counted, told and kept.
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import * as Stream from "effect/Stream"
import * as Tracer from "effect/Tracer"
import type * as Agent from "../agent/Agent.ts"
import { InvalidInput } from "../agent/AgentError.ts"
import type { AgentResult, RunMetadata } from "../agent/AgentResult.ts"
import { InvalidDefinition } from "../agent/InvalidDefinition.ts"
import * as Recorded from "../internal/SafeJson.ts"
import * as TaggedMessage from "../internal/TaggedMessage.ts"
import * as StepAnswer from "../pipeline/file/StepAnswer.ts"
import * as Pipeline from "../pipeline/Pipeline.ts"
import type { PipelineEvent } from "../pipeline/PipelineEvent.ts"
import { PipelineFailed } from "../pipeline/PipelineFailed.ts"
import { type Entry, type Failure, History } from "./History.ts"
import * as OwnedFiber from "./internal/OwnedFiber.ts"
import { OrchestratorClosed, type OrchestratorError, WorkflowFailed, WorkflowNotFound } from "./OrchestratorError.ts"
import type { OrchestratorEvent } from "./OrchestratorEvent.ts"
import { type Policy, PolicyDenied, type Request } from "./Policy.ts"
import * as RecordedRun from "./RunRecorder.ts"

export { OrchestratorClosed, type OrchestratorError, WorkflowFailed, WorkflowNotFound } from "./OrchestratorError.ts"

/** What there is to run. @category models */
export interface Workflow {
  readonly name: string
  readonly version: string
  readonly kind: "agent" | "pipeline"
  readonly description: string
}

/**
 * `attributes` are facts about the run for policies and the history, such as `region`.
 *
 * @category models
 */
export interface RunOptions extends Pick<Agent.RunOptions, "timeout"> {
  readonly attributes?: Readonly<Record<string, string>>
}

/**
 * `value` is what the agent answered, `json` the same by its schema, with secrets masked. `success` is false where the
 * run got by without steps that failed: `failures` are these.
 *
 * @category models
 */
export interface Result {
  readonly id: string
  readonly workflow: string
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
  | { readonly success: false; readonly error: Exclude<OrchestratorError, WorkflowNotFound> }

/**
 * @category services
 */
export class Orchestrator extends Context.Service<Orchestrator, {
  readonly workflows: ReadonlyArray<Workflow>
  /**
   * Runs by name, from any data: keys that the input schema does not name are an `InvalidInput` too. When the run is
   * interrupted, or the orchestrator closed, what it holds is released before this ends: with `OrchestratorClosed` where
   * it was not its caller who ended it.
   */
  readonly run: (name: string, input: unknown, options?: RunOptions) => Effect.Effect<Result, OrchestratorError>
  /** The same, with every failure but an unknown name as a value. */
  readonly runAgent: (
    name: string,
    input: unknown,
    options?: RunOptions
  ) => Effect.Effect<AgentOutcome, WorkflowNotFound>
  /**
   * The events of all runs from now on, until the orchestrator closes. Who reads too slowly misses the oldest of more than
   * 4,096, and holds nobody up.
   */
  readonly events: Stream.Stream<OrchestratorEvent>
}>()("greenlang/orchestrator/Orchestrator") {
  /**
   * Needs what the agents and the policies need, and gives it to every run; a service that the caller of a run provides
   * goes before. At most `concurrency` runs go on at the same time (all, unless said otherwise), and the others wait;
   * a run that another one starts takes no place of its own. Every policy has to allow a run.
   *
   * A history that cannot be written is logged and told as an event, and leaves the run what it was.
   *
   * Closing the layer interrupts the runs that are alive, waits until they have released what they held and stand in the
   * history as interrupted, and lets those who wait for them, and later calls, fail with `OrchestratorClosed`.
   *
   * Throws when two agents share a name, or `concurrency` is below one.
   */
  static readonly layer = <const Agents extends ReadonlyArray<Agent.Any>, R = never>(options: {
    /** Pipelines are agents too, and so are specs that were read by `PipelineSpec`. */
    readonly agents: Agents
    readonly policies?: ReadonlyArray<Policy<R>>
    readonly concurrency?: number
    /** Of every run. Those of a call go before. */
    readonly attributes?: Readonly<Record<string, string>>
  }): Layer.Layer<Orchestrator, never, Agent.Services<Agents[number]> | R | History> => {
    const agents = byName(options.agents)
    const concurrency = atLeastOne(options.concurrency ?? Infinity)
    return Layer.effect(Orchestrator, make(agents, concurrency, options.policies ?? [], options.attributes ?? {}))
  }
}

const byName = (agents: ReadonlyArray<Agent.Any>): ReadonlyMap<string, Runnable> => {
  const known = new Map<string, Runnable>()
  for (const agent of agents) {
    if (known.has(agent.name)) {
      throw new InvalidDefinition({ subject: `agent \`${agent.name}\``, problem: "another agent has the same name" })
    }
    known.set(agent.name, runnable(agent))
  }
  return known
}

const atLeastOne = (concurrency: number): number => {
  if (concurrency >= 1) return concurrency
  throw new InvalidDefinition({
    subject: "Orchestrator",
    problem: `concurrency is ${concurrency}`,
    expected: "at least 1"
  })
}

/** The places that the run holds which this is inside of: one for each orchestrator that leads here. */
const Places = Context.Reference<ReadonlyArray<Semaphore.Semaphore>>("greenlang/orchestrator/Orchestrator/Places", {
  defaultValue: () => []
})

const make = Effect.fnUntraced(function*<R>(
  agents: ReadonlyMap<string, Runnable>,
  concurrency: number,
  policies: ReadonlyArray<Policy<R>>,
  attributes: Readonly<Record<string, string>>
) {
  const history = yield* History
  // what a run opens, and its spans, belong to the run
  const services = Context.omit(Scope.Scope, Tracer.ParentSpan)(yield* Effect.context<R | History | Scope.Scope>())
  const places = yield* Semaphore.make(concurrency)
  const readers = new Set<Queue.Queue<OrchestratorEvent, Cause.Done>>()
  const tell = (event: OrchestratorEvent) => readers.forEach((reader) => Queue.offerUnsafe(reader, event))
  const runs = yield* Scope.make("parallel")
  let closed = false
  yield* Effect.addFinalizer((exit) =>
    Effect.sync(() => closed = true).pipe(
      Effect.andThen(Scope.close(runs, exit)),
      Effect.andThen(Effect.forEach(readers, (reader) => Queue.end(reader)))
    )
  )

  const keep = (entry: Entry): Effect.Effect<void> => {
    const { id, outcome, workflow } = entry
    return Effect.suspend(() => history.add(entry)).pipe(
      Effect.catchCause((cause) =>
        Effect.andThen(
          Effect.logError(`the run ${id} of ${workflow} could not be kept in the history`, cause),
          Effect.map(Clock.currentTimeMillis, (at) => {
            const { message } = TaggedMessage.of(Cause.squash(cause))
            tell({ _tag: "NotRecorded", id, workflow, message, at })
          })
        )
      ),
      Effect.andThen(Clock.currentTimeMillis),
      Effect.map((at) => tell({ _tag: "Ended", id, workflow, outcome, at }))
    )
  }

  let running = 0
  const inTurn = Effect.fnUntraced(function*<A, E, R>(id: string, workflow: string, run: Effect.Effect<A, E, R>) {
    const started = Effect.andThen(
      Effect.map(Clock.currentTimeMillis, (at) => tell({ _tag: "Started", id, workflow, at })),
      run
    )
    const held = yield* Places
    if (held.includes(places)) return yield* started
    if (running >= concurrency) tell({ _tag: "Waiting", id, workflow, at: yield* Clock.currentTimeMillis })
    return yield* Effect.suspend(() => {
      running++
      return Effect.ensuring(
        Effect.provideService(started, Places, [...held, places]),
        Effect.sync(() => running--)
      )
    }).pipe(places.withPermit)
  })

  const attempt = ({ agent, kind, run }: Runnable, input: unknown, options: RunOptions | undefined) => {
    const { name, version } = agent
    const facts = { ...attributes, ...options?.attributes }
    const listen = ({ id }: RecordedRun.Draft, event: PipelineEvent) =>
      tell({ _tag: "Step", id, workflow: name, event })
    const body = Effect.fnUntraced(function*(draft: RecordedRun.Draft) {
      const read = yield* RecordedRun.read(agent, input, draft)
      const request = { id: draft.id, workflow: name, version, kind, input: read, attributes: facts }
      for (const policy of policies) yield* RecordedRun.apart(ask(policy, request, draft))
      const limits = options?.timeout === undefined ? {} : { timeout: options.timeout }
      return yield* inTurn(draft.id, name, run(input, limits)).pipe(
        Effect.catch((error) => Effect.flatMap(failure(agent, draft, error), Effect.fail))
      )
    })
    // interrupted before it has begun, it is kept all the same
    return RecordedRun.make(
      { agent, attributes: facts, listen, keep },
      (draft) => Effect.interruptible(body(draft))
    )
  }

  /** The run belongs to the orchestrator, which can end it, and is awaited by its caller, who can end it too. */
  const owned = <A, E, R>(workflow: string, run: Effect.Effect<A, E, R>): Effect.Effect<A, E | OrchestratorClosed, R> =>
    Effect.uninterruptibleMask(Effect.fnUntraced(function*(restore) {
      const fiber = yield* OwnedFiber.start(run, runs)
      const exit = yield* Effect.onInterrupt(restore(Fiber.await(fiber)), () => Fiber.interrupt(fiber))
      if (!closed || Exit.isSuccess(exit) || !Cause.hasInterruptsOnly(exit.cause)) return yield* exit
      // a caller that is a run itself is being interrupted like this one
      return yield* (yield* Places).includes(places) ? exit : new OrchestratorClosed({ workflow })
    }))

  const run = Effect.fn("Orchestrator.run")(
    function*(name: string, input: unknown, options?: RunOptions): Effect.fn.Return<Result, OrchestratorError> {
      const found = agents.get(name)
      if (found === undefined) return yield* new WorkflowNotFound({ workflow: name, available: [...agents.keys()] })
      if (closed) return yield* new OrchestratorClosed({ workflow: name })
      // the services of the agents and policies are erased here, and were checked where the layer was made
      const { metadata, value } = yield* owned(name, attempt(found, input, options) as Attempt).pipe(
        Effect.updateContext((caller: Context.Context<never>) => Context.merge(services, caller))
      )
      const failures = RecordedRun.noted(metadata.annotations)
      const json = yield* Recorded.toJson(found.agent.output, value)
      return { id: metadata.runId, workflow: name, success: failures.length === 0, value, json, failures, metadata }
    }
  )

  return Orchestrator.of({
    workflows: [...agents.values()].map(({ agent: { description, name, version }, kind }) => ({
      name,
      version,
      kind,
      description
    })),
    run,
    runAgent: (name, input, options) =>
      Effect.matchEffect(run(name, input, options), {
        onSuccess: ({ metadata, value }): Effect.Effect<AgentOutcome, WorkflowNotFound> =>
          Effect.succeed({ success: true, data: value, metadata }),
        onFailure: (error) =>
          error._tag === "WorkflowNotFound" ? Effect.fail(error) : Effect.succeed({ success: false, error })
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

type Attempt = Effect.Effect<AgentResult<unknown>, Exclude<OrchestratorError, WorkflowNotFound | OrchestratorClosed>>

interface Runnable {
  readonly agent: Agent.Any
  readonly kind: "agent" | "pipeline"
  readonly run: (input: unknown, options: Agent.RunOptions) => Effect.Effect<AgentResult<unknown>, unknown, unknown>
}

/** A pipeline keeps what had succeeded when it fails. */
const runnable = (agent: Agent.Any): Runnable => {
  const pipeline = RecordedRun.isPipeline(agent)
  const { run } = pipeline ? Pipeline.ensurePartial(agent) : agent
  return {
    agent,
    kind: pipeline ? "pipeline" : "agent",
    // the agent decodes what it is given
    run: (input, options) => run(input as never, { ...options, onExcessProperty: "error" })
  }
}

/** Fails closed: who cannot answer has not allowed it. */
const ask = <R>(
  { check, name, onPolicyError }: Policy<R>,
  request: Request,
  draft: RecordedRun.Draft
): Effect.Effect<void, PolicyDenied, R> => {
  const { id, workflow } = request
  return Effect.matchCauseEffect(Effect.suspend(() => check(request)), {
    onSuccess: (decision) =>
      decision._tag === "Allow"
        ? Effect.void
        : Effect.fail(new PolicyDenied({ runId: id, workflow, policy: name, reason: decision.reason })),
    onFailure: (cause) => {
      if (Cause.hasInterruptsOnly(cause)) return Effect.interrupt
      const broken = TaggedMessage.of(Cause.squash(cause))
      if (onPolicyError === "deny") {
        const reason = `its check failed: ${broken.message}`
        return Effect.fail(new PolicyDenied({ runId: id, workflow, policy: name, reason, broken }))
      }
      draft.failures.push({ _tag: "PolicyBroken", message: `${name} could not be asked: ${broken.message}` })
      return Effect.logWarning(`${workflow} runs though ${name} could not be asked`, cause)
    }
  })
}

/** What the run failed with, and all that is known of it by then. */
const failure = Effect.fnUntraced(function*(agent: Agent.Any, { id }: RecordedRun.Draft, error: unknown) {
  if (error instanceof InvalidInput && error.agent === agent.name) return error
  const partial = new Map<string, Schema.Json>()
  if (error instanceof PipelineFailed && RecordedRun.isPipeline(agent)) {
    for (const { name, output } of agent.steps) {
      const json = Object.hasOwn(error.partial, name) ? yield* answer(output, error.partial[name]) : undefined
      if (json !== undefined) partial.set(name, json)
    }
  }
  return new WorkflowFailed({
    runId: id,
    workflow: agent.name,
    failures: RecordedRun.told(error),
    partial: Object.fromEntries(partial),
    steps: error instanceof PipelineFailed ? error.report.steps : [],
    cause: error instanceof PipelineFailed && error.errors.length > 0 ? error.errors[0]?.error : error
  })
})

/** The answer of a step, where its schema, or what it is, makes it JSON. */
const answer = (schema: Schema.Constraint | undefined, value: unknown) =>
  StepAnswer.is(value)
    ? Effect.succeed(value._tag === "Answer" ? value.shown : undefined)
    : Recorded.toJson(schema ?? Schema.Json, value)
