/**
 * Runs of pipelines that outlive their process. The pipeline is the same as in process; a layer decides what runs it.
 *
 * - `layerMemory`: this process, for tests.
 * - `layerEmbedded`: this process, with a SQLite file: runs survive `kill -9`.
 * - `Cluster.layer`: any number of workers on PostgreSQL: the runs of one that dies go on in the others.
 * - `layerClient`: runs nothing, and submits, asks and decides from any process that reaches the database.
 */
import * as ClusterWorkflowEngine from "effect/cluster/ClusterWorkflowEngine"
import * as Digest from "effect/crypto/Digest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import * as SqlClient from "effect/sql/SqlClient"
import * as Stream from "effect/Stream"
import * as WorkflowEngine from "effect/workflow/WorkflowEngine"
import type * as Agent from "../agent/Agent.ts"
import type { InvalidInput, RunError } from "../agent/AgentError.ts"
import type { AgentResult } from "../agent/AgentResult.ts"
import type { Approval, Decision } from "../agent/Approval.ts"
import { InvalidDefinition } from "../agent/InvalidDefinition.ts"
import * as Database from "../database/Database.ts"
import type { DatabaseError } from "../database/DatabaseError.ts"
import * as Migrations from "../database/Migrations.ts"
import type * as Sqlite from "../database/Sqlite.ts"
import * as Redaction from "../internal/Redaction.ts"
import type { Unrecorded } from "../pipeline/internal/StepBox.ts"
import type * as Pipeline from "../pipeline/Pipeline.ts"
import type { PipelineEvent } from "../pipeline/PipelineEvent.ts"
import type {
  AnswerTooLarge,
  Cancelled,
  KeyConflict,
  NotEnded,
  NotRetriable,
  NotWaiting,
  QueueFull,
  ResultExpired,
  RunNotFound,
  StepNotFound,
  WorkerExists,
  WrongPipeline
} from "./DurableError.ts"
import type { Query, Record, Status } from "./DurableRun.ts"
import * as Client from "./internal/Client.ts"
import * as EngineStorage from "./internal/EngineStorage.ts"
import { make as makeTable } from "./internal/RunTable.ts"
import { Durable, type SubmitOptions } from "./internal/Service.ts"
import * as Shape from "./internal/Shape.ts"
import * as Shards from "./internal/Shards.ts"
import { Signal } from "./internal/Signal.ts"
import * as Tables from "./internal/Tables.ts"
import * as Worker from "./internal/Worker.ts"
import * as WorkerLock from "./internal/WorkerLock.ts"

export { Durable, type Service, type SubmitOptions } from "./internal/Service.ts"

/**
 * What a worker does. `pipelines` are those that it runs, each version of which is a pipeline of its own.
 * - `concurrency`: the most runs at the same time; parked ones do not count. Default: 50.
 * - `queue`: the most accepted runs that wait for a worker. Default: 10,000.
 * - `secrets`: texts that are hidden wherever a run would write them. What looks like a key is hidden anyway.
 * - `maxAnswerBytes`: the most bytes of the answer of one step, as JSON. Default: 1 MiB.
 * - `drain`: goes on with runs that have begun, and begins none. Default: false.
 * - `retention`: how long after the end of a run its journal is kept, without which it cannot be retried (default: a day), and
 *   its answer, events and approvals (default: 90 days). Its key is kept for ever, so that it does not run again.
 *
 * @category models
 */
export interface Options<Pipelines extends ReadonlyArray<Pipeline.Any> = ReadonlyArray<Pipeline.Any>> {
  readonly pipelines: Pipelines
  readonly concurrency?: number
  readonly queue?: number
  readonly secrets?: ReadonlyArray<Redacted.Redacted>
  readonly maxAnswerBytes?: number
  readonly drain?: boolean
  readonly retention?: { readonly journals?: Duration.Input; readonly runs?: Duration.Input }
}

/**
 * `P`, where a durable run can record it, as far as its type knows; else why it cannot, in words, so that the compiler says so.
 *
 * @category utility types
 */
export type Recordable<P> = P extends { readonly [Unrecorded]?: infer L } ? string extends L ? P
    // Without `exactOptionalPropertyTypes` the field may be undefined.
  : [Exclude<L, undefined>] extends [never] ? Described<P>
  : `no schema for the answer of the step "${L & string}": state output, or compute it by Step.pure`
  : P

type Described<P, E = Exclude<Agent.Failure<P>, RunError>> = [E] extends [never] ? P
  : P extends { readonly error: infer F }
    ? undefined extends F ? `the pipeline fails with ${Agent.NameOf<E>}: state its schema as error` : P
  : P

/** Pipelines that a durable run can record. @category utility types */
export interface Recorded<Pipelines extends ReadonlyArray<Pipeline.Any>> {
  readonly pipelines: { readonly [K in keyof Pipelines]: Recordable<Pipelines[K]> }
}

/**
 * Why a worker that has the pipelines `all` could not run the pipeline, such as a step that cannot be recorded; `undefined` where
 * it can. Default: that pipeline alone.
 *
 * @category guards
 */
export const refusal = (
  pipeline: Pipeline.Any,
  all: ReadonlyArray<Pipeline.Any> = [pipeline]
): InvalidDefinition | undefined => {
  try {
    Shape.check(pipeline, all)
    return undefined
  } catch (error) {
    if (error instanceof InvalidDefinition) return error
    throw error
  }
}

/** What the steps of the pipelines need from outside. @category utility types */
export type Needs<Pipelines extends ReadonlyArray<Pipeline.Any>> = Exclude<
  Agent.Services<Pipelines[number]>,
  Approval | SqlClient.SqlClient
>

/**
 * Submits a run, and answers with its id once the run is accepted: it is in the database then, and is not lost. The same
 * `key` is the same run, also after it has ended. Default: a key of its own.
 *
 * @category running
 */
export const submit = <In, Out, E, R>(
  pipeline: Pipeline.Pipeline<In, Out, E, R>,
  input: In,
  options?: SubmitOptions
): Effect.Effect<string, InvalidInput | KeyConflict | QueueFull | DatabaseError, Durable> =>
  Durable.use((durable) => durable.submit(pipeline, input, options))

/**
 * Where the run is, and what it waits for.
 *
 * @category reading
 */
export const status = (id: string): Effect.Effect<Status, RunNotFound | DatabaseError, Durable> =>
  Durable.use((durable) => durable.status(id))

/** Why the result of a run cannot be had, besides how the run fails. @category errors */
export type ResultError = AnswerTooLarge | Cancelled | ResultExpired | RunNotFound | WrongPipeline | DatabaseError

/**
 * Waits for the end of the run, and answers or fails as the pipeline does. `pipeline` is the one that was submitted: it
 * reads the answer. Fails with `WrongPipeline` for another one, and for another version that cannot read the answer.
 *
 * @category reading
 */
export const result = <In, Out, E, R>(
  id: string,
  pipeline: Pipeline.Pipeline<In, Out, E, R>
): Effect.Effect<AgentResult<Out>, E | RunError | ResultError, Durable> =>
  Durable.use((durable) => durable.result(id, pipeline) as Effect.Effect<AgentResult<Out>, E | RunError | ResultError>)

/**
 * The events of the run, from the first: those so far, or with `follow` all until the run has ended. Each event comes once,
 * whichever workers ran the run. Pieces of text from a model are not among them.
 *
 * @category reading
 */
export const events = (
  id: string,
  options?: { readonly follow?: boolean | undefined }
): Stream.Stream<PipelineEvent, RunNotFound | DatabaseError, Durable> =>
  Stream.unwrap(Durable.use((durable) => Effect.succeed(durable.events(id, options))))

/**
 * What is kept of a run that has ended, for a history or a page: `greenlang/orchestrator/DurableHistory` makes an entry of
 * it. Fails with `ResultExpired` once it is no longer kept.
 *
 * @category reading
 */
export const record = (
  id: string
): Effect.Effect<Record, NotEnded | ResultExpired | RunNotFound | DatabaseError, Durable> =>
  Durable.use((durable) => durable.record(id))

/**
 * Decides what the step asks: an approval, or a tool that an agent in the step wants to call. `step` is its path, as
 * `status` names it: `sign-off`, or `site A/sign-off` in a pipeline inside of a step. The decision counts at once, also
 * while no worker runs. Fails with `NotWaiting`, which says what the run does wait for, and who had decided.
 *
 * @category deciding
 */
export const approve = (
  id: string,
  step: string,
  decision: Decision
): Effect.Effect<void, RunNotFound | NotWaiting | InvalidInput | DatabaseError, Durable> =>
  Durable.use((durable) => durable.approve(id, step, decision))

/**
 * Cancels the run. It does not go on from then on, wherever it is; steps that are running are interrupted within a second. Does
 * nothing where the run has ended.
 *
 * @category deciding
 */
export const cancel = (id: string): Effect.Effect<void, RunNotFound | DatabaseError, Durable> =>
  Durable.use((durable) => durable.cancel(id))

/**
 * Runs again what failed or was cancelled, and keeps the answers of the steps that had succeeded; with `from`, not those of
 * that step and of what waits for it. What was refused is asked anew, and what these steps and those that failed had asked.
 * Fails with `NotRetriable` for a run that has not failed.
 *
 * @category deciding
 */
export const retry = (
  id: string,
  options?: { readonly from?: string | undefined }
): Effect.Effect<
  void,
  RunNotFound | StepNotFound | NotRetriable | WrongPipeline | InvalidInput | DatabaseError,
  Durable
> => Durable.use((durable) => durable.retry(id, options))

/**
 * As `retry`, on another input: asks everything anew. With `from`, what does not wait for that step keeps the answers that it made of
 * the old input. Fails with `WrongPipeline` where `pipeline` is not that of the run, in its version.
 *
 * @category deciding
 */
export const retryWith = <In, Out, E, R>(
  id: string,
  pipeline: Pipeline.Pipeline<In, Out, E, R>,
  input: In,
  options?: { readonly from?: string | undefined }
): Effect.Effect<
  void,
  RunNotFound | StepNotFound | NotRetriable | WrongPipeline | InvalidInput | DatabaseError,
  Durable
> => Durable.use((durable) => durable.retry(id, { ...options, input: { pipeline, value: input } }))

/**
 * The runs, newest first. Fails with `InvalidInput` for a query that cannot be read, such as a `limit` below 1.
 *
 * @category reading
 */
export const runs = (query?: Query): Effect.Effect<ReadonlyArray<Status>, InvalidInput | DatabaseError, Durable> =>
  Durable.use((durable) => durable.runs(query))

/**
 * Submits, asks and decides, through the `SqlClient` of the database of the workers. Runs nothing.
 *
 * @category layers
 */
export const layerClient = (
  options?: Pick<Options, "queue" | "secrets">
): Layer.Layer<Durable, DatabaseError, SqlClient.SqlClient> => layerService(options ?? {}, new Signal(), false)

/**
 * Runs in this process, and nothing outlives it: for tests. `TestClock` moves sleeps and limits.
 *
 * Throws `InvalidDefinition` for a pipeline that a durable run could not record. Failures without a schema only the compiler knows:
 * where the type of the pipeline is erased, such a failure is recorded as a defect.
 *
 * @category layers
 */
export const layerMemory = <const Pipelines extends ReadonlyArray<Pipeline.Any>>(
  options: Options<Pipelines> & Recorded<Pipelines>
): Layer.Layer<Durable | SqlClient.SqlClient, DatabaseError, Needs<Pipelines>> =>
  layerWorker(options, { alone: true }).pipe(
    Layer.provide(WorkflowEngine.layerMemory),
    Layer.provideMerge(Database.layerMemory)
  )

/**
 * Runs in this process, and keeps the runs in the SQLite file `file`: those that had not ended go on at the next start. Other
 * processes may use the file through `layerClient`; a second worker fails with `WorkerExists`. Steps may use the `SqlClient`
 * of the file. With `survives: "process"` no step waits for the disk: `kill -9` loses nothing, and the loss of power may lose the
 * last moments.
 *
 * Throws `InvalidDefinition` for a pipeline that a durable run could not record.
 *
 * @category layers
 */
export const layerEmbedded = <const Pipelines extends ReadonlyArray<Pipeline.Any>>(
  options: Options<Pipelines> & Recorded<Pipelines> & Pick<Sqlite.Options, "survives"> & { readonly file: string }
): Layer.Layer<Durable | SqlClient.SqlClient, DatabaseError | WorkerExists, Needs<Pipelines>> =>
  layerWorker(options).pipe(
    Layer.provide(ClusterWorkflowEngine.layer),
    Layer.provide(
      Layer.orDie(EngineStorage.layerAlone(Shards.sharding(options.pipelines)))
    ),
    Layer.provide(Digest.layerWebCrypto),
    Layer.provideMerge(Database.layerSqlite({ filename: options.file, survives: options.survives })),
    Layer.provideMerge(Layer.effectDiscard(WorkerLock.hold(options.file)))
  )

/** @internal The worker and the service, over an engine. */
export const layerWorker = <const Pipelines extends ReadonlyArray<Pipeline.Any>>(
  options: Options<Pipelines>,
  { alone = false, sharesPools = false }: { readonly alone?: boolean; readonly sharesPools?: boolean } = {}
): Layer.Layer<Durable, DatabaseError, WorkflowEngine.WorkflowEngine | SqlClient.SqlClient | Needs<Pipelines>> => {
  const { concurrency = 50, drain = false, maxAnswerBytes = 2 ** 20, pipelines, retention, secrets = [] } = options
  if (!Number.isInteger(concurrency) || concurrency < 1) {
    throw new InvalidDefinition({
      subject: "durable runs",
      problem: `concurrency is ${concurrency}`,
      expected: "a whole number of at least 1"
    })
  }
  const signal = new Signal()
  const worker = Worker.layer({
    pipelines,
    concurrency,
    drain,
    maxAnswerBytes,
    secrets,
    alone,
    sharesPools,
    retention: {
      journals: Duration.fromInputUnsafe(retention?.journals ?? "1 day"),
      runs: Duration.fromInputUnsafe(retention?.runs ?? "90 days")
    }
  }, signal)
  return Layer.provideMerge(worker, layerService(options, signal, alone))
}

const layerService = (
  { queue = 10_000, secrets = [] }: Pick<Options, "queue" | "secrets">,
  signal: Signal,
  alone: boolean
) =>
  Layer.effect(
    Durable,
    Effect.gen(function*() {
      yield* Migrations.run(Tables.migrations)
      const table = makeTable(yield* SqlClient.SqlClient)
      return Client.make({
        table,
        signal,
        redact: Redaction.make(secrets),
        queue,
        lookEvery: alone ? 3_600_000 : 250
      })
    })
  )
