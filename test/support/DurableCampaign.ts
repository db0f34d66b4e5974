/**
 * Many durable runs at once, while their workers or their database are ended. The tests run few of them, and
 * `bench/DurableCampaign.bench.ts` runs thousands.
 */
import { Effect, Layer, Random, Redacted, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { Pipeline, Step } from "greenlang"
import { layerPostgres, layerSqlite } from "greenlang/database/Database"
import { Durable } from "greenlang/durable"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Items, Payment, Trip } from "./DurablePipelines.ts"
import { PausablePostgres, Postgres } from "./Postgres.ts"
import * as WorkerProcess from "./WorkerProcess.ts"

/** A folder that is deleted when the scope closes. */
export const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "greenlang-campaign-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true }))
)

const onPostgres = (url: Redacted.Redacted) =>
  Durable.layerClient({ queue: 1_000_000 }).pipe(Layer.provideMerge(layerPostgres({ url })))

const onSqlite = (filename: string) =>
  Durable.layerClient({ queue: 1_000_000 }).pipe(Layer.provideMerge(layerSqlite({ filename, survives: "process" })))

/** A runner of a cluster, on a port of its own. */
const startRunner = (steps: string, url: Redacted.Redacted) =>
  Effect.flatMap(WorkerProcess.freePort, (port) => WorkerProcess.start(steps, Redacted.value(url), `${port}`))

const count = (rows: ReadonlyArray<{ readonly n: number | string }>) => Number(rows[0]?.n ?? 0)

/** How many runs have ended, by state. */
const ended = Effect.gen(function*() {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql<{ readonly state: string; readonly n: number | string }>`
    SELECT state, count(*) AS n FROM durable_runs GROUP BY state`
  const of = (state: string) => Number(rows.find((row) => row.state === state)?.n ?? 0)
  return { completed: of("completed"), failed: of("failed") + of("cancelled") }
})

/** Ends once `runs` runs have ended. A database that is away is asked again. */
const allEnded = (runs: number) =>
  WorkerProcess.until(
    ended.pipe(
      Effect.map(({ completed, failed }) => completed + failed >= runs),
      Effect.catchTag("SqlError", () => Effect.succeed(false)),
      Effect.delay(100)
    )
  )

/** How many runs have other than one end among their events. */
const endedTwice = Effect.gen(function*() {
  const sql = yield* SqlClient.SqlClient
  return count(
    yield* sql<{ readonly n: number | string }>`SELECT count(*) AS n FROM (SELECT run FROM durable_events
      WHERE event_key LIKE 'RunEnded%' GROUP BY run HAVING count(*) <> 1) AS twice`
  )
})

/** The steps that began more than once. */
const repeated = (begun: ReadonlyArray<string>) => {
  const seen = new Set<string>()
  return begun.filter((step) => seen.size === seen.add(step).size)
}

/** Milliseconds of `self`. */
const timed = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  Effect.suspend(() => {
    const began = performance.now()
    return Effect.map(self, () => performance.now() - began)
  })

/**
 * `runs` runs of ten items on three runners, one of which is killed with -9 once a third of the items have begun; another is
 * ended with SIGTERM once two thirds have.
 */
export const killedRunner = (runs: number) =>
  Effect.gen(function*() {
    const url = yield* (yield* Postgres).makeDatabase
    const steps = join(yield* folder, "steps")
    const begun = () => WorkerProcess.begun(steps)
    return yield* Effect.gen(function*() {
      const sql = yield* SqlClient.SqlClient
      const [killed, stopped] = yield* Effect.all([
        startRunner(steps, url),
        startRunner(steps, url),
        startRunner(steps, url)
      ])
      yield* Effect.forEach(
        Array.from({ length: runs }),
        (_, at) => Durable.submit(Items, { n: 10 }, { key: `${at}` }),
        { concurrency: 8, discard: true }
      )
      yield* WorkerProcess.until(Effect.sync(() => begun().length > runs * 10 / 3))
      killed.end("SIGKILL")
      yield* killed.ended
      const journal = new Set(
        (yield* sql<{ readonly step: string }>`SELECT run || ' ' || path AS step FROM durable_steps`)
          .map(({ step }) => step)
      )
      const before = begun()
      const owned = sql<{ readonly n: number | string }>`SELECT count(*) AS n FROM durable_runs
        WHERE state = 'running' AND worker = (SELECT id FROM durable_workers WHERE pid = ${killed.pid})`
      const left = count(yield* owned)
      const taken = yield* timed(WorkerProcess.until(Effect.map(owned, (rows) => count(rows) === 0)))
      const again = begun().slice(before.length).filter((step) => journal.has(step))
      yield* WorkerProcess.until(Effect.sync(() => begun().length > runs * 20 / 3))
      const known = new Set(begun())
      stopped.end("SIGTERM")
      const handedOver = yield* timed(stopped.ended)
      yield* allEnded(runs)
      const { completed } = yield* ended
      const all = begun()
      const early = new Set(before)
      return {
        completed,
        /** Runs that the killed runner had. */
        left,
        /** Milliseconds until other runners had all of them. */
        taken,
        /** Steps that had ended before the kill and began again. */
        again: again.length,
        /** Milliseconds until the runner had ended. */
        handedOver,
        /** Steps that began again, though none of their runners was killed. */
        repeatedLater: repeated(all).filter((step) => !early.has(step) && known.has(step)).length,
        lost: runs * 10 - new Set(all).size,
        endedTwice: yield* endedTwice
      }
    }).pipe(Effect.provide(onPostgres(url)))
  })

/** Says yes to every question, until it is interrupted. A database that is away is asked again. */
const approver = Effect.gen(function*() {
  const sql = yield* SqlClient.SqlClient
  const open = sql<{ readonly run: string; readonly step: string }>`
    SELECT run, step FROM durable_approvals WHERE decision IS NULL LIMIT 500`
  const round = Effect.flatMap(open, (rows) =>
    Effect.forEach(
      rows,
      ({ run, step }) =>
        Effect.catchTag(Durable.approve(run, step, { approved: true }), "NotWaiting", () => Effect.void),
      { concurrency: 4, discard: true }
    ))
  return yield* Effect.forever(Effect.andThen(
    Effect.catchTags(round, { SqlError: () => Effect.void, DatabaseError: () => Effect.void }),
    Effect.sleep(200)
  ))
})

const submitTrips = (runs: number) =>
  Effect.forEach(
    Array.from({ length: runs }),
    (_, at) =>
      Effect.retry(Durable.submit(Trip, { n: at }, { key: `${at}` }), {
        while: ({ _tag }) => _tag === "DatabaseError"
      }),
    { concurrency: 8, discard: true }
  )

/** What trips came to. */
const trips = (runs: number, steps: string) =>
  Effect.gen(function*() {
    const { completed, failed } = yield* ended
    const begun = WorkerProcess.begun(steps)
    return {
      completed,
      failed,
      lost: 2 * runs - new Set(begun).size,
      repeated: repeated(begun).length,
      endedTwice: yield* endedTwice
    }
  })

/** How trouble comes: once `steps` more steps have begun and so many milliseconds are over, for so many milliseconds. */
export interface Trouble {
  readonly steps: number
  /** Drawn at random between two numbers. */
  readonly every: readonly [number, number]
  /** Drawn at random between two numbers. */
  readonly down: readonly [number, number]
}

const between = ([least, most]: readonly [number, number]) =>
  Effect.map(Random.next, (part) => least + part * (most - least))

/**
 * Submits `runs` trips and says yes to each, while `trouble` comes again and again until few runs are open: at least three times.
 * `rest` is how many milliseconds the runs that were open then took.
 */
const throughTrouble = <E, R>(
  runs: number,
  steps: string,
  after: number,
  trouble: (times: number) => Effect.Effect<void, E, R>
) =>
  Effect.gen(function*() {
    let times = 0
    const untilFewAreOpen = Effect.gen(function*() {
      let completed = 0
      while (times < 3 || completed < runs * 0.9) {
        // On a slow machine, too, something happens between two troubles.
        const before = WorkerProcess.begun(steps).length
        const went = Effect.sync(() => WorkerProcess.begun(steps).length >= before + after)
        yield* Effect.raceFirst(WorkerProcess.until(went), allEnded(runs))
        yield* trouble(times++)
        completed = (yield* Effect.eventually(ended)).completed
      }
    })
    yield* Effect.all([submitTrips(runs), untilFewAreOpen], { concurrency: "unbounded" })
    const rest = yield* timed(allEnded(runs))
    return { ...yield* trips(runs, steps), times, rest }
  }).pipe(Effect.raceFirst(approver))

/** `runs` trips on two runners, while PostgreSQL is ended and started again, and once is frozen for `freeze` milliseconds. */
export const outages = (
  runs: number,
  { down, every, freeze, steps: after }: Trouble & { readonly freeze: number }
) =>
  Effect.gen(function*() {
    const postgres = yield* PausablePostgres
    const url = yield* postgres.makeDatabase
    const steps = join(yield* folder, "steps")
    return yield* Effect.gen(function*() {
      yield* Effect.all([startRunner(steps, url), startRunner(steps, url)])
      return yield* throughTrouble(runs, steps, after, (times) =>
        Effect.gen(function*() {
          yield* Effect.sleep(yield* between(every))
          if (times !== 2) return yield* postgres.restart(yield* between(down))
          yield* postgres.pause
          yield* Effect.sleep(freeze)
          yield* postgres.resume
        }))
    }).pipe(Effect.provide(onPostgres(url)))
  })

/** `runs` trips in a SQLite file, whose worker is killed with -9 and started again. */
export const kills = (runs: number, { down, every, steps: after }: Trouble) =>
  Effect.gen(function*() {
    const place = yield* folder
    const [file, steps] = [join(place, "runs.db"), join(place, "steps")]
    return yield* Effect.gen(function*() {
      let worker = yield* WorkerProcess.start(steps, file)
      return yield* throughTrouble(runs, steps, after, () =>
        Effect.gen(function*() {
          yield* Effect.sleep(yield* between(every))
          worker.end("SIGKILL")
          yield* worker.ended
          yield* Effect.sleep(yield* between(down))
          worker = yield* WorkerProcess.start(steps, file)
        }))
    }).pipe(Effect.provide(onSqlite(file)))
  })

/** One step. */
const Quick = Pipeline.make(
  "Quick",
  { version: "1.0.0", input: Schema.Int, output: Schema.Int },
  (n) => Step.make("next", [n], (n) => Effect.succeed(n + 1), { output: Schema.Int })
)

/**
 * `runs` runs that end, and are swept by another worker that keeps nothing: the rows that are left, by table. `layerOf` makes the
 * workers.
 */
export const swept = <E, R>(
  runs: number,
  layerOf: (
    options: Durable.Options<readonly [typeof Quick]>
  ) => Layer.Layer<Durable.Durable | SqlClient.SqlClient, E, R>
) =>
  Effect.gen(function*() {
    const options = { pipelines: [Quick], queue: 1_000_000, concurrency: 100 } as const
    yield* Effect.andThen(
      Effect.forEach(Array.from({ length: runs }), (_, n) => Durable.submit(Quick, n, { key: `${n}` }), {
        concurrency: 8,
        discard: true
      }),
      allEnded(runs)
    ).pipe(Effect.provide(layerOf(options)))
    const retention = { journals: 0, runs: 0 }
    return yield* Effect.gen(function*() {
      const sql = yield* SqlClient.SqlClient
      const rows = (table: string) =>
        Effect.map(sql.unsafe<{ readonly n: number | string }>(`SELECT count(*) AS n FROM ${table}`), count)
      const left = sql<{ readonly n: number | string }>`SELECT count(*) AS n FROM durable_runs WHERE swept < 2`
      const time = yield* timed(WorkerProcess.until(Effect.map(left, (rows) => count(rows) === 0)))
      return {
        tombstones: yield* rows("durable_runs WHERE input IS NULL AND result IS NULL"),
        steps: yield* rows("durable_steps"),
        events: yield* rows("durable_events"),
        approvals: yield* rows("durable_approvals"),
        messages: yield* rows("cluster_messages"),
        replies: yield* rows("cluster_replies"),
        time
      }
    }).pipe(Effect.provide(layerOf({ ...options, retention })))
  })

/** Steps a second of `runs` runs of ten items, which take 40 ms each, on so many runners. */
export const throughput = (runners: number, runs: number) =>
  Effect.gen(function*() {
    const url = yield* (yield* Postgres).makeDatabase
    const steps = join(yield* folder, "steps")
    return yield* Effect.gen(function*() {
      yield* Effect.all(Array.from({ length: runners }, () => startRunner(steps, url)), { concurrency: "unbounded" })
      yield* Effect.forEach(Array.from({ length: runs }), () => Durable.submit(Items, { n: 10 }), {
        concurrency: 8,
        discard: true
      })
      const sql = yield* SqlClient.SqlClient
      yield* allEnded(runs)
      const [row] = yield* sql<{ readonly millis: number | string }>`
        SELECT max(ended_at) - min(started_at) AS millis FROM durable_runs`
      return Math.round(runs * 10 / Number(row?.millis) * 1_000)
    }).pipe(Effect.provide(onPostgres(url)))
  })

/** The memory of a process in MB: what is resident. */
const residentMb = (pid: number) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024

/** `runs` runs that wait for a person: what the process of their worker holds before and after. Linux only. */
export const parked = (runs: number) =>
  Effect.gen(function*() {
    const place = yield* folder
    const [file, steps] = [join(place, "runs.db"), join(place, "steps")]
    return yield* Effect.gen(function*() {
      const sql = yield* SqlClient.SqlClient
      const worker = yield* WorkerProcess.start(steps, file)
      const before = residentMb(worker.pid)
      yield* Effect.forEach(Array.from({ length: runs }), (_, n) => Durable.submit(Payment, { n }), { discard: true })
      const waiting = sql<
        { readonly n: number | string }
      >`SELECT count(*) AS n FROM durable_runs WHERE state = 'waiting'`
      yield* WorkerProcess.until(Effect.map(waiting, (rows) => count(rows) === runs))
      return { before, after: residentMb(worker.pid), runs: count(yield* waiting) }
    }).pipe(Effect.provide(onSqlite(file)))
  })
