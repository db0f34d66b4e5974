/**
 * Runs the pipelines of tests on an engine of durable runs, in place of in process. `PIPELINE_ENGINE` names it: `memory`,
 * `embedded` (a SQLite file) or `cluster` (PostgreSQL). The tests stay as they are.
 *
 * 1. The outermost run of a pipeline is submitted, run by a worker in this process, and answers as `Durable.result` does. What a
 *    step runs is inside of that run.
 * 2. The steps have the services and references of the fiber that runs the pipeline, and its clock.
 * 3. Where a step, a pipeline or a list states no schema, `Described.Anything` stands in for it.
 * 4. Listeners of the test get the events as they happen, each once.
 * 5. The people of the test decide through `Durable.approve`.
 */
import * as NodeClusterSocket from "@effect/platform-node/NodeClusterSocket"
import {
  Cause,
  Clock,
  Context,
  Effect,
  Exit,
  type Fiber,
  Layer,
  Logger,
  ManagedRuntime,
  Option,
  Scope,
  Stream,
  Tracer
} from "effect"
import { ClusterWorkflowEngine, type MessageStorage, RunnerAddress, type Sharding, SingleRunner } from "effect/cluster"
import * as Digest from "effect/crypto/Digest"
import { SqlClient } from "effect/sql"
import { WorkflowEngine } from "effect/workflow"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type * as Agent from "../../../src/agent/Agent.ts"
import type { RunMetadata } from "../../../src/agent/AgentResult.ts"
import { Approval, type Decision } from "../../../src/agent/Approval.ts"
import * as DurableStep from "../../../src/agent/internal/DurableStep.ts"
import * as Observer from "../../../src/agent/internal/Observer.ts"
import * as StepOrigin from "../../../src/agent/internal/StepOrigin.ts"
import * as Run from "../../../src/agent/Run.ts"
import type { RunOptions } from "../../../src/agent/RunOptions.ts"
import * as Database from "../../../src/database/Database.ts"
import * as Durable from "../../../src/durable/Durable.ts"
import { make as makeTable } from "../../../src/durable/internal/RunTable.ts"
import * as Shards from "../../../src/durable/internal/Shards.ts"
import * as StepPerformer from "../../../src/pipeline/internal/StepPerformer.ts"
import type * as Pipeline from "../../../src/pipeline/Pipeline.ts"
import { Postgres } from "../Postgres.ts"
import * as WorkerProcess from "../WorkerProcess.ts"
import { Call, calls, counting, watched } from "./Calls.ts"
import * as Twin from "./Twin.ts"

/** The engine of this process. */
export const name = process.env["PIPELINE_ENGINE"] as "memory" | "embedded" | "cluster"

/** How many runs went through the engine. */
export const counts = { runs: 0 }

/** Whether `fiber` is inside of a run. */
export const isInside = (fiber: Fiber.Fiber<unknown, unknown>): boolean =>
  fiber.getRef(StepPerformer.Current) !== undefined || fiber.getRef(DurableStep.Current) !== undefined
  || fiber.getRef(Run.Current) !== undefined

type Result = Effect.Effect<Agent.AgentResult<unknown>, unknown, unknown>

/** Runs `pipeline` as a durable run, from its submission to its end. */
export const run = (pipeline: Pipeline.Any, input: unknown, options: RunOptions | undefined): Result =>
  Effect.withFiber((fiber) =>
    isInside(fiber)
      ? pipeline.run(input as never, options)
      : Effect.flatMap(through(pipeline, input, options), ({ exit }) => exit)
  )

/** As `Agent.outcome`. */
export const outcome = (
  pipeline: Pipeline.Any,
  input: unknown,
  options: RunOptions | undefined
): Effect.Effect<Agent.Outcome<unknown, unknown>> =>
  Effect.flatMap(
    through(pipeline, input, options),
    ({ exit, metadata }): Effect.Effect<Agent.Outcome<unknown, unknown>> => {
      if (Exit.isSuccess(exit)) return Effect.succeed({ success: true, ...exit.value })
      const reason = exit.cause.reasons.find(Cause.isFailReason)
      if (reason === undefined) return exit as Exit.Exit<never>
      const step = StepOrigin.of(reason)?.path
      return Effect.succeed({
        success: false,
        error: reason.error,
        ...(step === undefined ? {} : { step }),
        metadata: metadata!
      })
    }
  )

interface Ended {
  readonly exit: Exit.Exit<Agent.AgentResult<unknown>, unknown>
  readonly metadata: RunMetadata | undefined
}

const through = (pipeline: Pipeline.Any, input: unknown, options: RunOptions | undefined): Effect.Effect<Ended> =>
  Effect.withFiber((fiber) => {
    counts.runs++
    const call = new Call(watched(fiber.getRef(Clock.Clock)))
    calls.add(call)
    const whole = Effect.scoped(submitted(call, pipeline, input, options)).pipe(
      Effect.provideService(Clock.Clock, call.clock),
      Effect.onExit(() => Effect.sync(() => calls.delete(call)))
    )
    // Steps have the services of this fiber: the types of the pipeline are erased here.
    return (name === "cluster"
      ? Effect.provideService(whole, Tracer.Tracer, counting(fiber.cache.tracer))
      : whole) as Effect.Effect<Ended>
  })

const submitted = Effect.fnUntraced(function*(
  call: Call,
  pipeline: Pipeline.Any,
  input: unknown,
  options: RunOptions | undefined
) {
  const observer = yield* Observer.Current
  const person = Option.getOrUndefined(yield* Effect.serviceOption(Approval))
  const scope = yield* Effect.scope
  const durables: { now?: Durable.Service } = {}
  const twin = Twin.of(pipeline, options, {
    observer,
    began: () => call.state = "running",
    moved: () => call.moves++,
    ended: (isParked) => call.state = isParked ? "parked" : "ending",
    asked: (question, path) =>
      person === undefined
        ? Effect.die("the test has no Approval")
        : Effect.flatMap(person.ask(question), (decision) => decide(durables.now!, call.id, path, decision)).pipe(
          Effect.forkIn(scope)
        )
  })
  const around = Context.omit(Scope.Scope)(yield* Effect.context<Scope.Scope>())
  const context = yield* Layer.build(yield* layerOf(twin, around))
  const durable = durables.now = Context.get(context, Durable.Durable)
  call.table = makeTable(Context.get(context, SqlClient.SqlClient))
  const id = yield* Effect.exit(durable.submit(twin, input))
  if (Exit.isFailure(id)) return { exit: Exit.failCause(id.cause), metadata: undefined } as Ended
  call.id = id.value
  const result = durable.result(call.id, twin)
  const cancel = Effect.gen(function*() {
    yield* durable.cancel(call.id)
    yield* Twin.over(twin)
    Twin.catchUp(twin, yield* Stream.runCollect(durable.events(call.id)))
  }).pipe(Effect.orDie)
  const exit = yield* Effect.exit(Effect.onInterrupt(result, () => cancel))
  const { metadata } = Exit.isSuccess(exit) ? exit.value : yield* Effect.orDie(durable.record(call.id))
  return { exit, metadata } as Ended
})

/** The run waits for the decision a moment after it has asked. */
const decide = (durable: Durable.Service, id: string, path: string, decision: Decision): Effect.Effect<void> =>
  durable.approve(id, path, decision).pipe(
    Effect.catchTag("NotWaiting", () =>
      Effect.andThen(
        Effect.promise(() => new Promise(setImmediate)),
        Effect.suspend(() => decide(durable, id, path, decision))
      )),
    Effect.orDie
  )

type Needs = Layer.Layer<Durable.Durable | SqlClient.SqlClient, unknown, never>

/** The engine itself keeps to the time of the machine, whatever clock the test has; what it runs has the `context` of the test. */
const engineOver = <E, R>(
  context: Context.Context<never>,
  runner: Layer.Layer<Sharding.Sharding | MessageStorage.MessageStorage, E, R>
) =>
  Layer.effect(
    WorkflowEngine.WorkflowEngine,
    Effect.map(WorkflowEngine.WorkflowEngine, (engine) => {
      const register: typeof engine.register = (workflow, execute) =>
        engine.register(workflow, (payload, id) =>
          // The types of the context that it has, and of what it needs, are those of `execute`.
          Effect.updateContext(execute(payload, id), (around: Context.Context<any>) => Context.merge(around, context)))
      return WorkflowEngine.WorkflowEngine.of({ ...engine, register })
    })
  ).pipe(
    Layer.provide(ClusterWorkflowEngine.layer),
    Layer.provide(runner),
    Layer.provide(Digest.layerWebCrypto),
    Layer.provide(live),
    Layer.provide(silent)
  )

/** What the engine logs is not among what the test logs. */
const silent = Logger.layer([])

const live = Layer.succeed(Clock.Clock, Clock.Clock.defaultValue())

const layerOf = (twin: Pipeline.Any, context: Context.Context<never>): Effect.Effect<Needs, never, Scope.Scope> => {
  const pipelines = [twin]
  switch (name) {
    case "memory":
      return Effect.succeed(Durable.layerMemory({ pipelines: pipelines as never }) as unknown as Needs)
    case "embedded":
      return Effect.map(temporaryFile, (filename) =>
        Durable.layerWorker({ pipelines }, { alone: true }).pipe(
          Layer.provide(engineOver(
            context,
            SingleRunner.layer({ runnerStorage: "memory", shardingConfig: Shards.sharding(pipelines) })
          )),
          Layer.provideMerge(Database.layerSqlite({ filename, survives: "process" }))
        ) as unknown as Needs)
    case "cluster":
      return Effect.gen(function*() {
        const { makeDatabase } = yield* Effect.promise(() => servers.runPromise(Postgres))
        const url = yield* makeDatabase
        const address = RunnerAddress.make("127.0.0.1", yield* WorkerProcess.freePort)
        return Durable.layerWorker({ pipelines }, { alone: true, sharesPools: true }).pipe(
          Layer.provide(engineOver(
            context,
            NodeClusterSocket.layer({
              storage: "sql",
              shardingConfig: { ...Shards.sharding(pipelines), runnerAddress: Option.some(address) }
            })
          )),
          Layer.provideMerge(Layer.provide(Database.layerPostgres({ url }), live))
        ) as unknown as Needs
      })
  }
}

/** One server for this process, which ends with it. */
const servers = ManagedRuntime.make(Postgres.layer)

const temporaryFile = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "greenlang-engine-"))),
    (folder) => Effect.sync(() => rmSync(folder, { recursive: true }))
  ),
  (folder) => join(folder, "runs.db")
)
