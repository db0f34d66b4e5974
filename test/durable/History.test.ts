/**
 * Durable runs in the history, and their pages.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Schema, Struct } from "effect"
import { Pipeline, Run, Step } from "greenlang"
import { layerMemory } from "greenlang/database/Database"
import { Durable } from "greenlang/durable"
import * as DurableHistory from "greenlang/orchestrator/DurableHistory"
import * as History from "greenlang/orchestrator/History"
import * as RunRecorder from "greenlang/orchestrator/RunRecorder"
import { HtmlReport } from "greenlang/report"

class Broken extends Schema.TaggedError<Broken>()("Broken", { why: Schema.String }) {}

const Priced = Pipeline.make(
  "Priced",
  { version: "1.0.0", input: Schema.Finite, output: Schema.Finite, error: Broken },
  (n) => {
    const price = Step.make(
      "price",
      [n],
      (n) =>
        Run.cite({ kind: "calculation", step: "price", formula: "2n", inputs: {}, output: n * 2, unit: "USD" }).pipe(
          Effect.andThen(Run.addUsage({ calls: 1, costUsd: 0.25 })),
          Effect.andThen(n < 0 ? Effect.fail(new Broken({ why: "negative" })) : Effect.succeed(n * 2))
        ),
      { output: Schema.Finite, error: Broken }
    )
    return Step.make("sum", [price, n], (price, n) => Effect.succeed(price + n), { output: Schema.Finite })
  }
)

/** The entry of a run in process. */
const plainEntry = (n: number) =>
  Effect.gen(function*() {
    const entries: Array<History.Entry> = []
    const end = ({ entry }: RunRecorder.Recorded) => Effect.sync(() => void entries.push(entry))
    yield* Effect.exit(RunRecorder.make({ agent: Priced, sinks: [{ end }] }, () => Priced.run(n)))
    return entries[0]!
  })

/** What two runs of the same input have in common. */
const comparable = (entry: History.Entry) => ({
  ...Struct.pick(entry, [
    "agent",
    "version",
    "kind",
    "outcome",
    "input",
    "output",
    "failures",
    "criticalPath",
    "usage",
    "citations",
    "annotations"
  ]),
  steps: entry.steps.map(({ attempts, path, state }) => ({ attempts, path, state }))
})

describe("a durable run in the history", () => {
  it.live("has the entry of a run in process, and its page", () =>
    Effect.gen(function*() {
      for (const n of [3, -1]) {
        const id = yield* Durable.submit(Priced, n)
        yield* Effect.exit(Durable.result(id, Priced))
        const entry = yield* DurableHistory.add(id)
        assert.deepStrictEqual(comparable(entry), comparable(yield* plainEntry(n)))
        const history = yield* History.History
        assert.deepStrictEqual((yield* history.list({ limit: 1 })).map(({ id }) => id), [id])
        const { events } = yield* Durable.record(id)
        const page = HtmlReport.render(entry, { agent: Priced, events })
        assert.include(page, "Priced")
        assert.include(page, n < 0 ? "negative" : "price")
      }
      const waiting = yield* Durable.submit(Priced, 5, { key: "later" })
      yield* Durable.cancel(waiting)
      assert.strictEqual((yield* DurableHistory.add(waiting)).outcome, "interrupted")
    }).pipe(
      Effect.provide(Layer.mergeAll(
        Durable.layerMemory({ pipelines: [Priced] }),
        Layer.provide(History.History.layer(), layerMemory)
      ))
    ))

  it.live("is refused while the run has not ended", () =>
    Effect.gen(function*() {
      const id = yield* Durable.submit(Priced, 1)
      assert.strictEqual((yield* Effect.flip(Durable.record(id)))._tag, "NotEnded")
    }).pipe(Effect.provide(Durable.layerMemory({ pipelines: [] }))))
})
