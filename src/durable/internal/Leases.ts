/**
 * The places of pools across a cluster: a row for each place that is held.
 *
 * 1. A place belongs to the first that writes its row. It is free again when the row is deleted, or was not renewed for `life`.
 * 2. What a step of this process takes waits until this process has given back what it held of the pool: it need not look again later.
 * 3. A worker renews what it holds. One that cannot reach the database for so long may share a place with another.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Random from "effect/Random"
import type * as Scope from "effect/Scope"
import type * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { uuidv7 } from "../../agent/internal/LiveRun.ts"
import type { PoolLeases } from "../../pipeline/internal/PoolLeases.ts"

/** A place that was not renewed for so long is free. Milliseconds. */
const life = 15_000

/** The leases of one worker. */
export interface Leases extends PoolLeases {
  /** Keeps the places that this process holds. */
  readonly renew: Effect.Effect<void, SqlError>
}

/** What is given back is deleted in `scope`, so that no step waits for it. */
export const make = (sql: SqlClient.SqlClient, scope: Scope.Scope): Leases => {
  const held = new Set<string>()
  /** What deletes the rows of places that are given back. */
  const leaving = new Map<string, Set<Fiber.Fiber<void>>>()

  /** Deletes the row of a place, beside what goes on. A row that stays is not renewed. */
  const giveBack = (pool: string, id: string) =>
    Effect.map(Effect.forkIn(Effect.ignore(sql`DELETE FROM durable_leases WHERE id = ${id}`), scope), (fiber) => {
      const fibers = leaving.get(pool) ?? new Set()
      leaving.set(pool, fibers.add(fiber))
      fiber.addObserver(() => fibers.delete(fiber))
    })

  const take: PoolLeases["take"] = (pool, size) =>
    Effect.gen(function*() {
      for (const fiber of leaving.get(pool) ?? []) yield* Fiber.await(fiber)
      const now = yield* Clock.currentTimeMillis
      const rows = yield* sql<{ readonly place: number }>`SELECT place FROM durable_leases
        WHERE pool = ${pool} AND alive_until > ${now}`
      const taken = new Set(rows.map(({ place }) => place))
      const free = Array.from({ length: size }, (_, place) => place).filter((place) => !taken.has(place))
      const place = free[yield* Random.nextIntBetween(0, free.length, { halfOpen: true })]
      if (place === undefined) return undefined
      const id = uuidv7(now, yield* Random.Random)
      const won = yield* sql`INSERT INTO durable_leases ${sql.insert({ pool, place, id, alive_until: now + life })}
        ON CONFLICT (pool, place) DO UPDATE SET id = excluded.id, alive_until = excluded.alive_until
        WHERE durable_leases.alive_until <= ${now} RETURNING id`
      // Another took this place meanwhile: where a place is free, none is waited for.
      if (won.length === 0) return yield* take(pool, size)
      held.add(id)
      return Effect.suspend(() => {
        held.delete(id)
        return giveBack(pool, id)
      })
    }).pipe(
      Effect.catch((error) => Effect.as(Effect.logWarning("the places of a pool cannot be read", error), undefined))
    )

  return {
    take,
    renew: Effect.suspend(() =>
      held.size === 0 ?
        Effect.void :
        Effect.flatMap(Clock.currentTimeMillis, (now) =>
          Effect.asVoid(sql`UPDATE durable_leases SET alive_until = ${now + life} WHERE ${sql.in("id", [...held])}`))
    )
  }
}
