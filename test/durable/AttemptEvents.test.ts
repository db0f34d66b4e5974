/**
 * The events of a run that is tried again: each step ends once.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema, Stream } from "effect"
import { SqlClient } from "effect/sql"
import { Pipeline, type PipelineEvent, Step } from "greenlang"
import { Durable } from "greenlang/durable"
import { EventLog } from "../../src/durable/internal/EventLog.ts"
import * as RunTable from "../../src/durable/internal/RunTable.ts"

class NoMeter extends Schema.TaggedError<NoMeter>()("NoMeter", { kWh: Schema.Finite }) {}

const finite = { output: Schema.Finite, error: NoMeter }
let isMended = false

/** Fails at 13 until it is mended. */
const Site = Pipeline.make("Site", { version: "1.0.0", input: Schema.Finite, ...finite }, (kWh) =>
  Step.make(
    "kg",
    [kWh],
    (kWh) => Effect.suspend(() => kWh === 13 && !isMended ? Effect.fail(new NoMeter({ kWh })) : Effect.succeed(kWh)),
    finite
  ))
const Sites = Pipeline.make("Sites", { version: "1.0.0", input: Schema.Array(Schema.Finite), ...finite }, (meters) => {
  const kg = Step.forEach("sites", meters, Site, { apart: true, concurrency: 1 })
  return Step.pure("sum", [kg], (kg) => kg.reduce((a, b) => a + b, 0))
})

const pipelines = [Site, Sites] as const

const ends: ReadonlySet<string> = new Set(["StepFinished", "StepFailed", "StepInterrupted", "AgentEnded"])
const endsOf = (events: Iterable<PipelineEvent>) =>
  Array.from(events).flatMap(({ _tag, path }) => ends.has(_tag) ? [`${path.join("/")} ${_tag}`] : [])

describe("another attempt at a durable run", () => {
  it.live("ends once each step that was interrupted as it succeeded", () =>
    Effect.gen(function*() {
      isMended = false
      const sql = yield* SqlClient.SqlClient
      const id = yield* Durable.submit(Sites, [1, 13])
      yield* Effect.flip(Durable.result(id, Sites))
      // The item had ended, and its parent did not know it yet.
      yield* sql`UPDATE durable_events SET event_key = replace(event_key, 'StepFinished', 'StepInterrupted'),
        event = replace(event, '"StepFinished"', '"StepInterrupted"')
        WHERE run = ${id} AND event_key LIKE 'StepFinished sites/0 %'`
      isMended = true
      yield* Durable.retry(id)
      assert.strictEqual((yield* Durable.result(id, Sites)).value, 14)
      assert.deepStrictEqual(endsOf(yield* Stream.runCollect(Durable.events(id))), [
        "sites/0/kg StepFinished",
        "sites/0 AgentEnded",
        "sites/0 StepFinished",
        "sites/1/kg StepFinished",
        "sites/1 AgentEnded",
        "sites/1 StepFinished",
        "sites StepFinished",
        "sum StepFinished"
      ])
    }).pipe(Effect.provide(Durable.layerMemory({ pipelines }))))

  it.live("keeps no event that the attempt before it writes late", () =>
    Effect.gen(function*() {
      isMended = false
      const sql = yield* SqlClient.SqlClient
      const table = RunTable.make(sql)
      const id = yield* Durable.submit(Site, 13)
      yield* Effect.flip(Durable.result(id, Site))
      const interrupted = { _tag: "StepInterrupted" as const, path: ["kg"], run: id, seq: 0, at: 1 }
      const write = (attempt: number, path: string) => {
        const log = new EventLog({ id, attempt }, 0, 0, (value) => value)
        log.listen({ ...interrupted, path: [path] })
        return log.flush(table)
      }
      isMended = true
      yield* Durable.retry(id)
      yield* Durable.result(id, Site)
      // As before its end is written.
      yield* sql`DELETE FROM durable_events WHERE event_key = 'RunEnded  0'`
      yield* write(1, "kg")
      yield* write(2, "late")
      assert.deepStrictEqual(endsOf(yield* Stream.runCollect(Durable.events(id))), [
        "kg StepFinished",
        "late StepInterrupted"
      ])
    }).pipe(Effect.provide(Durable.layerMemory({ pipelines }))))
})
