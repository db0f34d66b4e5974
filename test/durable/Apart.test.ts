/**
 * Items that are runs of their own, `Step.forEach` with `apart`: the same as in process, on every engine.
 */
import { assert, describe, it, layer } from "@effect/vitest"
import { Effect, Exit, Layer, Option, Redacted, Schedule, Schema, Stream } from "effect"
import { SqlClient } from "effect/sql"
import {
  InvalidDefinition,
  NotApproved,
  Pipeline,
  type PipelineEvent,
  PipelineFailed,
  Run,
  Step,
  StepDied
} from "greenlang"
import { layerPostgres } from "greenlang/database/Database"
import { Durable } from "greenlang/durable"
import * as Cluster from "greenlang/durable/Cluster"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Fleet } from "../support/DurablePipelines.ts"
import { Postgres } from "../support/Postgres.ts"
import * as WorkerProcess from "../support/WorkerProcess.ts"

class NoMeter extends Schema.TaggedError<NoMeter>()("NoMeter", { kWh: Schema.Finite }) {}

const finite = { output: Schema.Finite, error: NoMeter }
const site = { version: "1.0.0", input: Schema.Finite, ...finite }
const sites = { version: "1.0.0", input: Schema.Array(Schema.Finite), ...finite }

/** What the tests of this file hold and count. An item above 100 waits until it is interrupted. */
const seen = { runs: [] as Array<number>, now: 0, most: 0, interrupted: 0 }
const mended = new Set<number>()
const reset = () => {
  Object.assign(seen, { runs: [], now: 0, most: 0, interrupted: 0 })
  mended.clear()
}

/** Fails at 13 until it is mended. */
const Site = Pipeline.make("Site", site, (kWh) => {
  const read = Step.make("read", [kWh], (kWh) =>
    Effect.gen(function*() {
      seen.runs.push(kWh)
      seen.most = Math.max(seen.most, ++seen.now)
      yield* Effect.yieldNow
      yield* Run.cite({ kind: "calculation", step: "read", formula: "kWh", inputs: { kWh }, output: kWh, unit: "kWh" })
      yield* Run.addUsage({ calls: 1, costUsd: kWh / 100 })
      if (kWh > 100) return yield* Effect.never
      if (kWh === 13 && !mended.has(kWh)) return yield* new NoMeter({ kWh })
      return kWh
    }).pipe(
      Effect.onInterrupt(() => Effect.sync(() => seen.interrupted++)),
      Effect.ensuring(Effect.sync(() => seen.now--))
    ), finite)
  return Step.make("kg", [read], (kWh) => Effect.succeed(kWh * 2), finite)
})

const Sites = Pipeline.make("Sites", sites, (meters) => {
  const kg = Step.forEach("sites", meters, Site, { apart: true, concurrency: 3 })
  return Step.pure("sum", [kg], (kg) => kg.reduce((a, b) => a + b, 0))
})

/** Fails with what had succeeded. */
const Partial = Pipeline.keepPartial(Pipeline.make("Partial", sites, (meters) => {
  const first = Step.make("first", [meters], ([first = 0]) => Effect.succeed(first), finite)
  const kg = Step.forEach("sites", meters, Site, { apart: true, concurrency: 1 })
  return Step.make("sum", [first, kg], (first, kg) => Effect.succeed(first + kg.length), finite)
}))

/** Goes on without the list where an item fails. */
const Lenient = Pipeline.make("Lenient", sites, (meters) => {
  const kg = Step.optional(Step.forEach("sites", meters, Site, { apart: true }))
  const held = Step.make("held", [kg], () => Effect.promise(() => release.promise), finite)
  return Step.pure("sum", [kg, held], (kg) => Option.isSome(kg) ? 1 : 0)
})
let release = Promise.withResolvers<number>()

const Signed = Pipeline.make("Signed", { ...site, error: NotApproved }, (kWh) => {
  const ok = Step.approval("sign-off", [kWh], (kWh) => `count ${kWh}?`)
  return Step.make("kg", [kWh, ok], (kWh) => Effect.succeed(kWh), { output: Schema.Finite })
})
const District = Pipeline.make("District", { ...sites, error: NotApproved }, (meters) => {
  const kg = Step.forEach("sites", meters, Signed, { apart: true })
  return Step.pure("sum", [kg], (kg) => kg.reduce((a, b) => a + b, 0))
})
const Country = Pipeline.make(
  "Country",
  { ...sites, input: Schema.Array(Schema.Array(Schema.Finite)), error: NotApproved },
  (districts) => {
    const kg = Step.forEach("districts", districts, District, { apart: true })
    return Step.pure("sum", [kg], (kg) => kg.reduce((a, b) => a + b, 0))
  }
)

const pipelines = [Site, Sites, Partial, Lenient, Signed, District, Country] as const
type Engine = Layer.Layer<Durable.Durable | SqlClient.SqlClient, unknown>

const eventually = <A, E, R>(look: Effect.Effect<A, E, R>, holds: (found: A) => boolean) =>
  look.pipe(Effect.repeat({ until: holds, schedule: Schedule.spaced("10 millis") }))

const childrenOf = (id: string) => Effect.map(Durable.status(id), ({ children = [] }) => children)

/** What happened, without when and in which run. Items that run at the same time stand in any order. */
const shown = (events: Iterable<PipelineEvent>) =>
  Array.from(events, (event) => `${event.path.join("/")} ${event._tag}`).toSorted()

const tests = (
  name: string,
  using: <A, E>(use: Effect.Effect<A, E, Durable.Durable | SqlClient.SqlClient>) => Promise<A>
) => {
  const check = (what: string, use: Effect.Effect<unknown, unknown, Durable.Durable | SqlClient.SqlClient>) =>
    it(what, async () => {
      reset()
      await using(use)
    })

  describe(`items that are runs of their own, ${name}`, () => {
    check(
      "come to what they come to in process: values, citations, usage and events",
      Effect.gen(function*() {
        const meters = [1, 2, 3, 4, 5, 6, 7]
        const here = yield* Sites.run(meters)
        const events = yield* Stream.runCollect(Sites.events(meters))
        reset()
        const id = yield* Durable.submit(Sites, meters)
        const { metadata, value } = yield* Durable.result(id, Sites)
        assert.strictEqual(value, here.value)
        assert.deepStrictEqual(metadata.citations, here.metadata.citations)
        assert.deepStrictEqual(metadata.usage, here.metadata.usage)
        const kept = yield* Stream.runCollect(Durable.events(id))
        assert.deepStrictEqual(shown(kept), shown(events))
        assert.deepStrictEqual(kept.map(({ seq }) => seq), kept.map((_, at) => at))
        assert.deepStrictEqual(seen.runs.toSorted(), meters)
        assert.isAtMost(seen.most, 3)
        const children = yield* childrenOf(id)
        assert.deepStrictEqual(children.map(({ step }) => step), meters.map((_, at) => `sites/${at}`))
        assert.deepStrictEqual((yield* Durable.status(children[2]!.id)).value, 6)
        assert.deepStrictEqual((yield* Durable.runs()).map(({ id }) => id), [id])
        assert.strictEqual((yield* Durable.runs({ parent: id })).length, 7)
      })
    )

    check(
      "fail as in process: the same failure, from the same step, and the others end",
      Effect.gen(function*() {
        const meters = [1, 13, 101]
        const here = yield* Effect.exit(Sites.run(meters))
        assert.isTrue(Exit.isFailure(here))
        if (Exit.isSuccess(here)) return
        const id = yield* Durable.submit(Sites, meters)
        const error = yield* Effect.flip(Durable.result(id, Sites))
        assert.deepStrictEqual(error, new NoMeter({ kWh: 13 }))
        const step = Option.getOrThrow(StepDied.failedStep(here.cause)).join("/")
        const status = yield* Durable.status(id)
        assert.strictEqual(status.failure?.step, step)
        assert.match(step, /^sites\/\d+\//)
        assert.deepStrictEqual(status.children?.map(({ state }) => state), ["completed", "failed", "cancelled"])
        yield* eventually(Effect.sync(() => seen.now), (now) => now === 0)
      })
    )

    check(
      "keep what had succeeded as in process",
      Effect.gen(function*() {
        const here = yield* Effect.flip(Partial.run([1, 13, 2]))
        const there = yield* Effect.flip(Durable.result(yield* Durable.submit(Partial, [1, 13, 2]), Partial))
        const facts = (error: unknown) => error instanceof PipelineFailed ? { ...error, report: null } : error
        assert.deepStrictEqual(facts(there), facts(here))
      })
    )

    check(
      "end once a policy goes on without them, and not only when the run ends",
      Effect.gen(function*() {
        release = Promise.withResolvers()
        const id = yield* Durable.submit(Lenient, [13, 101])
        yield* eventually(childrenOf(id), (children) => children[1]?.state === "cancelled")
        assert.strictEqual((yield* Durable.status(id)).state, "running")
        yield* eventually(Effect.sync(() => seen.now), (now) => now === 0)
        release.resolve(1)
        assert.strictEqual((yield* Durable.result(id, Lenient)).value, 0)
      })
    )

    check(
      "are cancelled with the run, down to what they wait for, and run again with it; what had ended is kept",
      Effect.gen(function*() {
        const id = yield* Durable.submit(Sites, [1, 2, 102])
        yield* eventually(
          childrenOf(id),
          (children) =>
            children.filter(({ state }) => state === "completed").length === 2 && children[2]?.state === "running"
        )
        yield* eventually(Effect.sync(() => seen.now), (now) => now === 1)
        yield* Durable.cancel(id)
        yield* eventually(Effect.sync(() => seen.interrupted), (count) => count === 1)
        assert.strictEqual((yield* Effect.flip(Durable.result(id, Sites)))._tag, "Cancelled")
        yield* Durable.retryWith(id, Sites, [1, 2, 3])
        assert.strictEqual((yield* Durable.result(id, Sites)).value, 12)
      })
    )

    check(
      "run again where they had failed, when the run is retried",
      Effect.gen(function*() {
        const id = yield* Durable.submit(Sites, [1, 2, 13])
        assert.strictEqual((yield* Effect.flip(Durable.result(id, Sites)))._tag, "NoMeter")
        yield* eventually(
          childrenOf(id),
          (children) =>
            children.every(({ state }) => state === "completed" || state === "failed" || state === "cancelled")
        )
        const before = seen.runs.length
        mended.add(13)
        yield* Durable.retry(id)
        assert.strictEqual((yield* Durable.result(id, Sites)).value, 32)
        assert.include(seen.runs.slice(before), 13)
        const twice = seen.runs.filter((kWh) => kWh === 1).length
        assert.strictEqual(twice, 1)
      })
    )

    check(
      "ask persons at their places in the run, also in runs of runs of it",
      Effect.gen(function*() {
        const id = yield* Durable.submit(Country, [[1, 2], [3]])
        const { waitingFor } = yield* eventually(
          Durable.status(id),
          ({ waitingFor }) => waitingFor.filter((wait) => wait.for === "approval").length === 3
        )
        const steps = waitingFor.flatMap((wait) => wait.for === "approval" ? [wait.step] : [])
        assert.deepStrictEqual(steps.toSorted(), [
          "districts/0/sites/0/sign-off",
          "districts/0/sites/1/sign-off",
          "districts/1/sites/0/sign-off"
        ])
        assert.deepStrictEqual(waitingFor.filter((wait) => wait.for === "runs"), [
          { for: "runs", step: "districts", open: 2 }
        ])
        const refused = yield* Effect.flip(Durable.approve(id, "districts/9/sign-off", { approved: true }))
        assert.deepStrictEqual(refused._tag === "NotWaiting" && refused.waiting.toSorted(), steps.toSorted())
        for (const step of steps) yield* Durable.approve(id, step, { approved: true, by: "ada" })
        assert.strictEqual((yield* Durable.result(id, Country)).value, 6)
      })
    )
  })
}

const run = <A, E>(use: Effect.Effect<A, E, Durable.Durable | SqlClient.SqlClient>, engine: Engine): Promise<A> =>
  Effect.runPromise(Effect.provide(use, engine))

tests("in memory", (use) => run(use, Durable.layerMemory({ pipelines })))

tests("in a file", async (use) => {
  const folder = mkdtempSync(join(tmpdir(), "greenlang-apart-"))
  try {
    return await run(use, Durable.layerEmbedded({ pipelines, file: join(folder, "runs.db"), survives: "process" }))
  } finally {
    rmSync(folder, { recursive: true })
  }
})

describe("a pipeline that runs another apart", () => {
  it("is refused, by the names of the step and of the pipeline, where the layer does not have the other", () => {
    const refusal = Durable.refusal(Sites)
    assert.instanceOf(refusal, InvalidDefinition)
    assert.include(refusal!.message, "`sites`")
    assert.include(refusal!.message, "Site 1.0.0")
    assert.isUndefined(Durable.refusal(Sites, [Sites, Site]))
    assert.throws(() => Durable.layerMemory({ pipelines: [Sites] }), /Site 1\.0\.0/)
  })
})
layer(Postgres.layer, { excludeTestServices: true })("items that are runs of their own, on PostgreSQL", (it) => {
  it.effect("are the same on a cluster", () =>
    Effect.gen(function*() {
      reset()
      const meters = [1, 2, 3, 4, 5]
      const url = yield* (yield* Postgres).makeDatabase
      const port = yield* WorkerProcess.freePort
      const cluster = Cluster.layer({ pipelines, url, address: { host: "127.0.0.1", port } })
      yield* Effect.gen(function*() {
        const here = yield* Sites.run(meters)
        const id = yield* Durable.submit(Sites, meters)
        const { metadata, value } = yield* Durable.result(id, Sites)
        assert.strictEqual(value, here.value)
        assert.deepStrictEqual(metadata.citations, here.metadata.citations)
        assert.deepStrictEqual(metadata.usage, here.metadata.usage)
        const events = yield* Stream.runCollect(Sites.events(meters))
        assert.deepStrictEqual(shown(yield* Stream.runCollect(Durable.events(id))), shown(events))
        const failed = yield* Durable.submit(Sites, [1, 13, 101])
        assert.deepStrictEqual(yield* Effect.flip(Durable.result(failed, Sites)), new NoMeter({ kWh: 13 }))
        const held = yield* Durable.submit(Sites, [102])
        yield* eventually(childrenOf(held), ([child]) => child?.state === "running")
        yield* Durable.cancel(held)
        yield* eventually(Effect.sync(() => seen.now), (now) => now === 0)
        assert.deepStrictEqual((yield* childrenOf(held)).map(({ state }) => state), ["cancelled"])
      }).pipe(Effect.provide(cluster))
    }).pipe(Effect.scoped))

  it.effect(
    "run in all workers, and go on when that of the run around them is killed: none runs twice",
    () =>
      Effect.gen(function*() {
        const url = yield* (yield* Postgres).makeDatabase
        const folder = yield* Effect.acquireRelease(
          Effect.sync(() => mkdtempSync(join(tmpdir(), "greenlang-fleet-"))),
          (folder) => Effect.sync(() => rmSync(folder, { recursive: true }))
        )
        const steps = join(folder, "steps")
        writeFileSync(`${steps}.hold`, "")
        yield* Effect.gen(function*() {
          const sql = yield* SqlClient.SqlClient
          const start = Effect.flatMap(
            WorkerProcess.freePort,
            (port) => WorkerProcess.start(steps, Redacted.value(url), `${port}`)
          )
          const workers = yield* Effect.all([start, start, start], { concurrency: "unbounded" })
          const id = yield* Durable.submit(Fleet, { n: 20 })
          // Ten vans have driven, and the others wait.
          const completed = Effect.map(childrenOf(id), (all) => all.filter(({ state }) => state === "completed").length)
          yield* eventually(completed, (count) => count === 10)
          yield* WorkerProcess.until(Effect.sync(() => WorkerProcess.begun(steps).length >= 10 * 2 + 4))
          const [owner] = yield* sql<{ readonly pid: number }>`SELECT pid FROM durable_workers
          JOIN durable_runs ON durable_runs.worker = durable_workers.id WHERE durable_runs.id = ${id}`
          const killed = workers.find(({ pid }) => pid === Number(owner?.pid))!
          killed.end("SIGKILL")
          yield* killed.ended
          const journal = yield* sql<
            { readonly run: string; readonly path: string }
          >`SELECT run, path FROM durable_steps`
          const recorded = new Set(journal.map(({ path, run }) => `${run} ${path}`))
          const before = WorkerProcess.begun(steps).length
          rmSync(`${steps}.hold`)
          assert.strictEqual((yield* Durable.result(id, Fleet)).value, 190)
          const begun = WorkerProcess.begun(steps).map((line) => line.split(" "))
          assert.deepStrictEqual(begun.slice(before).filter(([run, step]) => recorded.has(`${run} ${step}`)), [])
          assert.isAtLeast(new Set(begun.map(([, , pid]) => pid)).size, 2)
          const children = yield* childrenOf(id)
          assert.strictEqual(children.length, 20)
          const driven = begun.filter(([, step]) => step === "driven").map(([run]) => run)
          assert.deepStrictEqual(new Set(driven), new Set(children.map(({ id }) => id)))
        }).pipe(Effect.provide(Durable.layerClient().pipe(Layer.provideMerge(layerPostgres({ url })))))
      }).pipe(Effect.scoped)
  )
})

describe("runs of a run", () => {
  it("are swept with it, when a worker starts after their time", async () => {
    reset()
    const folder = mkdtempSync(join(tmpdir(), "greenlang-apart-"))
    const layer = (retention: { readonly journals: number; readonly runs: number }) =>
      Durable.layerEmbedded({ pipelines, file: join(folder, "runs.db"), survives: "process", retention })
    try {
      const day = 86_400_000
      const id = await run(
        Effect.flatMap(Durable.submit(Sites, [1, 2]), (id) => Effect.as(Durable.result(id, Sites), id)),
        layer({ journals: day, runs: day })
      )
      const left = Effect.gen(function*() {
        const sql = yield* SqlClient.SqlClient
        yield* eventually(sql`SELECT id FROM durable_runs WHERE swept < 2`, ({ length }) => length === 0)
        const tables = ["durable_steps", "durable_events", "durable_approvals", "cluster_messages", "cluster_replies"]
        for (const table of tables) assert.deepStrictEqual(yield* sql`SELECT * FROM ${sql(table)}`, [], table)
        return (yield* sql`SELECT id FROM durable_runs`).map((row) => row["id"])
      })
      assert.deepStrictEqual(await run(left, layer({ journals: 0, runs: 0 })), [id])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
