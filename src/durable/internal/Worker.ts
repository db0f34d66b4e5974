/**
 * What a worker does besides running: it takes queued runs, wakes parked ones, stops cancelled ones, goes on with those that
 * a dead worker left, and says which pipelines it has.
 *
 * Each of these may happen twice, in two workers: the engine starts an attempt once, and resumes what is parked only.
 */
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import type * as Redacted from "effect/Redacted"
import * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import * as WorkflowEngine from "effect/workflow/WorkflowEngine"
import { uuidv7 } from "../../agent/internal/LiveRun.ts"
import * as Redaction from "../../internal/Redaction.ts"
import type * as Pipeline from "../../pipeline/Pipeline.ts"
import * as EngineMessages from "./EngineMessages.ts"
import * as Leases from "./Leases.ts"
import { persist } from "./Persist.ts"
import * as Retention from "./Retention.ts"
import * as RunBody from "./RunBody.ts"
import type { RunJournal } from "./RunJournal.ts"
import { type Due, make as makeTable, tag } from "./RunTable.ts"
import * as Shape from "./Shape.ts"
import type { Signal } from "./Signal.ts"
import * as WorkerSigns from "./WorkerSigns.ts"

/** How a worker works. */
export interface Options {
  readonly pipelines: ReadonlyArray<Pipeline.Any>
  /** The most runs that it runs at the same time; parked ones do not count. */
  readonly concurrency: number
  readonly secrets: ReadonlyArray<Redacted.Redacted>
  readonly maxAnswerBytes: number
  /** Goes on with the runs that have begun, and begins none. */
  readonly drain: boolean
  readonly retention: Retention.Retention
  /** Whether no other process reaches the database: it is looked at when something has changed here, and when a run is due. */
  readonly alone: boolean
  /** Whether the places of pools are those of all workers. */
  readonly sharesPools: boolean
}

/** How often it looks, in milliseconds: for work; for what a dead worker left; for what is to be deleted. */
const every = { look: 250, mend: 2_000, sweep: 600_000 }
const alone = { look: 3_600_000, mend: 3_600_000, sweep: 3_600_000 }

/** A run whose time has come so long ago, and that has not gone on, has a message that is lost. Milliseconds. */
const late = 5_000

/** How long a worker that ends waits for the steps that run, and then for what they release. Milliseconds. */
const grace = { steps: 3_000, release: 1_000 }

/** The workflows of the pipelines, and a worker beside them. Throws `InvalidDefinition` for a pipeline that cannot be recorded. */
export const layer = (options: Options, signal: Signal) => {
  for (const pipeline of options.pipelines) Shape.check(pipeline, options.pipelines)
  const flows = new Map(options.pipelines.map((pipeline) => [tag(pipeline), RunBody.flowOf(pipeline)]))
  return Layer.unwrap(Effect.gen(function*() {
    const sql = yield* SqlClient.SqlClient
    const table = makeTable(sql)
    const leases = options.sharesPools ? Leases.make(sql, yield* Effect.scope) : undefined
    const worker: RunBody.Worker = {
      id: uuidv7(yield* Clock.currentTimeMillis, yield* Random.Random),
      table,
      redact: Redaction.make(options.secrets),
      mostBytes: options.maxAnswerBytes,
      leases,
      isAlone: options.alone,
      isEnding: false,
      live: new Map(),
      signal
    }
    const bodies = [...flows.values()].map((flow) => flow.workflow.toLayer(RunBody.make(worker, flow)))
    const loops = Layer.effectDiscard(work(worker, flows, options, signal, leases?.renew ?? Effect.void))
    // The loops end before the bodies do, and begin after them.
    return Layer.provideMerge(loops, Layer.mergeAll(Layer.empty, ...bodies))
  }))
}

const work = (
  worker: RunBody.Worker,
  flows: ReadonlyMap<string, RunBody.Flow>,
  options: Options,
  signal: Signal,
  renew: Effect.Effect<void, SqlError>
) =>
  Effect.gen(function*() {
    const engine = yield* WorkflowEngine.WorkflowEngine
    const messages = yield* EngineMessages.make
    const { table } = worker
    const tags = [...flows.keys()]
    const pauses = options.alone ? alone : every

    const start = ({ attempt, id, ...run }: Due) =>
      Effect.suspend(() => {
        const flow = flows.get(`${run.pipeline}@${run.version}`)
        return flow === undefined
          ? Effect.void
          : Effect.asVoid(flow.workflow.execute({ id, attempt }, { discard: true }))
      })
    const wake = ({ attempt, id, ...run }: Due) =>
      Effect.suspend(() => {
        const flow = flows.get(`${run.pipeline}@${run.version}`)
        return flow === undefined
          ? Effect.void
          : Effect.flatMap(
            flow.workflow.executionId({ id, attempt }),
            (execution) => engine.resume(flow.workflow, execution)
          )
      })

    const take = Effect.gen(function*() {
      if (options.drain || tags.length === 0) return
      const workers = yield* table.workers.living(yield* Clock.currentTimeMillis)
      const room = workers.reduce((sum, { room }) => sum + room, 0) - (yield* table.countRunning)
      if (room <= 0) return
      yield* Effect.forEach(yield* table.take(worker.id, tags, Math.min(room, options.concurrency)), start, {
        discard: true
      })
    })
    const look = Effect.gen(function*() {
      const now = yield* Clock.currentTimeMillis
      yield* Effect.forEach(yield* table.dueToWake(now), wake, { discard: true })
      const live = [...worker.live.keys()]
      for (const { id } of live.length === 0 ? [] : yield* table.cancelled(live)) {
        const journal = worker.live.get(id)
        if (journal !== undefined) Deferred.doneUnsafe(journal.cancelled, Effect.void)
      }
      yield* take
    })

    const candidates = new Set<string>()
    const shapes = new Map(Array.from(flows, ([tag, { shape }]) => [tag, shape]))
    let isKnown = false
    const mend = Effect.gen(function*() {
      const now = yield* Clock.currentTimeMillis
      if (!isKnown) yield* table.workers.has(worker.id, shapes)
      isKnown = true
      yield* table.workers.seen(
        worker.id,
        process.pid,
        tags,
        options.drain ? 0 : options.concurrency,
        options.alone ? Number.MAX_SAFE_INTEGER : now + WorkerSigns.life
      )
      yield* renew
      for (const { pipeline, shape } of flows.values()) {
        yield* Effect.forEach(yield* table.unblocked(pipeline.name, pipeline.version, shape), wake, { discard: true })
      }
      const stranded = (yield* table.stranded(worker.id, now)).filter(({ id }) => !worker.live.has(id))
      // Of its own, those that it finds twice in a row: a run that is about to begin, or to end, is not live either.
      for (const run of stranded.filter(({ id, worker: owner }) => owner !== worker.id || candidates.has(id))) {
        yield* start(run)
        yield* wake(run)
        yield* messages.redeliver(run)
      }
      yield* Effect.forEach(yield* table.dueToWake(now - late), messages.redeliver, { discard: true })
      candidates.clear()
      for (const { id } of stranded) candidates.add(id)
    })

    const lookAndWait = Effect.gen(function*() {
      const seen = signal.changes
      yield* survive(look)
      const now = yield* Clock.currentTimeMillis
      const next = options.alone ? yield* persist(table.nextWake) : Infinity
      yield* signal.within(Math.max(1, Math.min(pauses.look, next - now)), seen)
    })
    const repeat = <E, R>(self: Effect.Effect<void, E, R>, pause: Effect.Effect<void>) =>
      Effect.forkScoped(Effect.forever(Effect.andThen(survive(self), pause)))
    yield* survive(mend)
    yield* Effect.addFinalizer(() => Effect.andThen(end(worker), survive(table.workers.leave(worker.id))))
    yield* repeat(mend, Effect.sleep(pauses.mend))
    yield* Effect.forkScoped(Effect.forever(lookAndWait))
    yield* repeat(Retention.sweep(table, messages, options.retention), Effect.sleep(pauses.sweep))
  })

/**
 * Steps that run come to their end, so that they do not run again elsewhere; those that take too long are interrupted, and those that
 * cannot be are left behind. Where nothing else can go on with the runs, the steps are interrupted at once, and waited for.
 */
const end = (worker: RunBody.Worker): Effect.Effect<void> =>
  Effect.gen(function*() {
    worker.isEnding = true
    const live = [...worker.live.values()]
    const all = (each: (journal: RunJournal) => Effect.Effect<void>) => Effect.forEach(live, each, { discard: true })
    const mark = (which: "moved" | "abandoned") =>
      Effect.sync(() => {
        for (const journal of live) Deferred.doneUnsafe(journal[which], Effect.void)
      })
    if (worker.isAlone) return yield* mark("moved")
    yield* Effect.timeoutOption(all(({ idle }) => idle), grace.steps)
    yield* mark("moved")
    yield* Effect.timeoutOption(all(({ left }) => Deferred.await(left)), grace.release)
    yield* mark("abandoned")
  })

/** A round that fails is logged: the next one comes. */
const survive = <E, R>(self: Effect.Effect<void, E, R>): Effect.Effect<void, never, R> =>
  Effect.catchCause(self, (cause) => Effect.logWarning("a worker of durable runs met", cause))
