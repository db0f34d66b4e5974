/**
 * Durable runs in a SQLite file, by worker processes that are killed.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Stream } from "effect"
import { layerSqlite } from "greenlang/database/Database"
import { Durable } from "greenlang/durable"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Items, Payment } from "../support/DurablePipelines.ts"
import * as WorkerProcess from "../support/WorkerProcess.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "greenlang-durable-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true }))
)

/** A client of the file: this process runs nothing. */
const client = (file: string) => Durable.layerClient().pipe(Layer.provideMerge(layerSqlite({ filename: file })))

describe("durable runs in a file", () => {
  it.live(
    "ask a person once, and pay once, though the worker is killed and the answer comes while none runs [B163]",
    () =>
      Effect.scoped(Effect.gen(function*() {
        const place = yield* folder
        const [file, steps] = [join(place, "runs.db"), join(place, "steps")]
        yield* Effect.gen(function*() {
          const id = yield* Durable.submit(Payment, { n: 7 }, { key: "invoice 7" })
          const first = yield* WorkerProcess.start(steps, file)
          yield* WorkerProcess.until(Effect.map(Durable.status(id), ({ state }) => state === "waiting"))
          first.end("SIGKILL")
          yield* first.ended
          const { waitingFor } = yield* Durable.status(id)
          assert.deepStrictEqual(
            waitingFor.flatMap((wait) => wait.for === "approval" ? [[wait.step, wait.text]] : []),
            [["sign-off", "pay 7?"]]
          )
          yield* Durable.approve(id, "sign-off", { approved: true, by: "ada" })
          assert.deepStrictEqual(WorkerProcess.begun(steps), [`${id} prepared`])
          const second = yield* WorkerProcess.start(steps, file)
          assert.isTrue((yield* Durable.result(id, Payment)).value)
          assert.deepStrictEqual(WorkerProcess.begun(steps), [`${id} prepared`, `${id} paid`])
          const events = yield* Stream.runCollect(Durable.events(id))
          assert.deepStrictEqual(
            events.map(({ _tag }) => _tag),
            [
              "RunStarted",
              "PipelineStarted",
              "StepStarted",
              "StepFinished",
              "StepStarted",
              "ApprovalAsked",
              "ApprovalDecided",
              "StepFinished",
              "StepStarted",
              "StepFinished",
              "RunEnded"
            ]
          )
          assert.deepStrictEqual(events.map(({ seq }) => seq), events.map((_, at) => at))
          second.end("SIGTERM")
          yield* second.ended
        }).pipe(Effect.provide(client(file)))
      }))
  )

  it.live(
    "have one worker: a second one says WorkerExists and ends [B164]",
    () =>
      Effect.scoped(Effect.gen(function*() {
        const place = yield* folder
        const [file, steps] = [join(place, "runs.db"), join(place, "steps")]
        const first = yield* WorkerProcess.start(steps, file)
        const second = yield* WorkerProcess.start(steps, file)
        assert.notStrictEqual(yield* second.ended, 0)
        assert.include(second.errors(), "WorkerExists")
        assert.include(second.errors(), `process ${first.pid}`)
        first.end("SIGKILL")
        yield* first.ended
        // The lock is gone with the process.
        const third = yield* WorkerProcess.start(steps, file)
        third.end("SIGTERM")
        assert.notInclude(third.errors(), "WorkerExists")
        yield* third.ended
      }))
  )

  it.live("are handed over at SIGTERM: no step runs again [B165]", () =>
    Effect.scoped(Effect.gen(function*() {
      const place = yield* folder
      const [file, steps] = [join(place, "runs.db"), join(place, "steps")]
      yield* Effect.gen(function*() {
        const id = yield* Durable.submit(Items, { n: 30 })
        writeFileSync(`${steps}.hold`, "")
        const first = yield* WorkerProcess.start(steps, file)
        yield* WorkerProcess.until(Effect.sync(() => WorkerProcess.begun(steps).length > 5))
        first.end("SIGTERM")
        yield* first.ended
        assert.isBelow(WorkerProcess.begun(steps).length, 30)
        rmSync(`${steps}.hold`)
        yield* WorkerProcess.start(steps, file)
        assert.strictEqual((yield* Durable.result(id, Items)).value, 435)
        assert.strictEqual(WorkerProcess.begun(steps).length, 30)
      }).pipe(Effect.provide(client(file)))
    })))
})
