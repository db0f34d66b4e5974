/**
 * Campaigns of few runs: `bench/DurableCampaign.bench.ts` runs thousands.
 */
import { assert, describe, it, layer } from "@effect/vitest"
import { Effect } from "effect"
import { Durable } from "greenlang/durable"
import { join } from "node:path"
import * as Campaign from "../support/DurableCampaign.ts"
import { PausablePostgres, Postgres } from "../support/Postgres.ts"

const runs = 24

layer(Postgres.layer, { excludeTestServices: true })("runs on three runners", (it) => {
  it.effect("all end, once, though one runner is killed and another is stopped: what had ended does not run again", () =>
    Effect.scoped(Effect.gen(function*() {
      const { again, completed, endedTwice, lost, repeatedLater } = yield* Campaign.killedRunner(runs)
      assert.deepStrictEqual(
        { again, completed, endedTwice, lost, repeatedLater },
        { again: 0, completed: runs, endedTwice: 0, lost: 0, repeatedLater: 0 }
      )
    })))
})

layer(PausablePostgres.layer, { excludeTestServices: true })("runs that sleep and ask", (it) => {
  it.effect("all end, once, though PostgreSQL stops, starts and freezes", () =>
    Effect.scoped(Effect.gen(function*() {
      const { completed, endedTwice, failed, lost, repeated } = yield* Campaign.outages(runs, {
        steps: 8,
        every: [0, 500],
        down: [0, 300],
        freeze: 1_000
      })
      assert.deepStrictEqual(
        { completed, endedTwice, failed, lost, repeated },
        { completed: runs, endedTwice: 0, failed: 0, lost: 0, repeated: 0 }
      )
    })))
})

describe("runs in a file", () => {
  it.live("leave nothing but their keys when they are swept", () =>
    Effect.scoped(Effect.gen(function*() {
      const file = join(yield* Campaign.folder, "runs.db")
      const { time: _, ...rows } = yield* Campaign.swept(runs, (options) => Durable.layerEmbedded({ ...options, file }))
      assert.deepStrictEqual(rows, { tombstones: runs, steps: 0, events: 0, approvals: 0, messages: 0, replies: 0 })
    })))
})

describe("runs that sleep and ask", () => {
  it.live("all end, once, though their worker is killed again and again", () =>
    Effect.scoped(Effect.gen(function*() {
      const { completed, endedTwice, failed, lost } = yield* Campaign.kills(runs, {
        steps: 8,
        every: [0, 500],
        down: [0, 100]
      })
      assert.deepStrictEqual(
        { completed, endedTwice, failed, lost },
        { completed: runs, endedTwice: 0, failed: 0, lost: 0 }
      )
    })))
})
