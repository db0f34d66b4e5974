/**
 * The rows of workers: that they live, what they have, and how many runs they have room for.
 */
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import type * as SqlClient from "effect/sql/SqlClient"

/** That a worker lives, until `alive_until` at least, and has `pipelines`. */
export interface Sign {
  readonly id: string
  readonly pipelines: string
  readonly alive_until: number | string
}

/** The steps of a pipeline, as `worker` has it. */
export interface Steps {
  readonly worker: string
  readonly shape: string
}

/** Rows that one statement adds. */
const batch = 100

/** The statements on the rows of workers. */
export const make = (sql: SqlClient.SqlClient) => ({
  seen: (worker: string, pid: number, tags: ReadonlyArray<string>, room: number, aliveUntil: number) =>
    sql`INSERT INTO durable_workers ${
      sql.insert({ id: worker, pid, pipelines: JSON.stringify(tags), room, alive_until: aliveUntil })
    } ON CONFLICT (id) DO UPDATE SET alive_until = excluded.alive_until`,

  /** Adds the shapes of the pipelines that `worker` has, by their tags. */
  has: (worker: string, shapes: ReadonlyMap<string, string>) =>
    Effect.forEach(
      Arr.chunksOf([...shapes], batch),
      (some) =>
        sql`INSERT INTO durable_shapes ${
          sql.insert(Arr.map(some, ([pipeline, shape]) => ({ worker, pipeline, shape })))
        }
          ON CONFLICT (worker, pipeline) DO NOTHING`,
      { discard: true }
    ),

  /** The workers that have the pipeline of this tag with other steps than those of `shape`. */
  withOtherSteps: (tag: string, shape: string) =>
    sql<Steps>`SELECT worker, shape FROM durable_shapes WHERE pipeline = ${tag} AND shape <> ${shape} LIMIT 500`,

  /** Deletes workers whose last sign came before `before`, and places of pools that none has renewed since. */
  sweep: (before: number) =>
    sql`DELETE FROM durable_shapes WHERE worker IN (SELECT id FROM durable_workers WHERE alive_until < ${before})`.pipe(
      Effect.andThen(sql`DELETE FROM durable_workers WHERE alive_until < ${before}`),
      Effect.andThen(Effect.asVoid(sql`DELETE FROM durable_leases WHERE alive_until < ${before}`))
    ),

  leave: (worker: string) =>
    Effect.andThen(
      sql`DELETE FROM durable_shapes WHERE worker = ${worker}`,
      Effect.asVoid(sql`DELETE FROM durable_workers WHERE id = ${worker}`)
    ),

  /** The workers that gave a sign last, with those that are dead. */
  signs: sql<Sign>`SELECT id, pipelines, alive_until FROM durable_workers ORDER BY alive_until DESC LIMIT 500`,

  /** Those that live. */
  living: (now: number) =>
    sql<{ readonly id: string; readonly pid: number; readonly pipelines: string; readonly room: number }>`
      SELECT id, pid, pipelines, room FROM durable_workers WHERE alive_until > ${now}`
})
