/**
 * A `BackingPersistence` of `effect/persistence` in our database.
 *
 * 1. A value has a version. A store remembers which one it has read, and writes only over that.
 * 2. Where another store has written meanwhile, writing fails, and what that wrote stays.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { BackingPersistence, type BackingPersistenceStore, PersistenceError } from "effect/persistence/Persistence"
import * as Schema from "effect/Schema"
import * as SqlClient from "effect/sql/SqlClient"
import type { DatabaseError } from "../../database/DatabaseError.ts"
import * as Migrations from "../../database/Migrations.ts"
import * as SafeJson from "../../internal/SafeJson.ts"

/** The cause of a `PersistenceError`: the value is not the one that was read. */
export class Overtaken extends Schema.TaggedError<Overtaken>()("Overtaken", {}) {}

const migrations: ReadonlyArray<Migrations.Migration> = [{
  name: "conversations",
  migrate: Effect.flatMap(SqlClient.SqlClient, (sql) =>
    sql`CREATE TABLE conversations (
      store TEXT NOT NULL,
      id TEXT NOT NULL,
      version INTEGER NOT NULL,
      value TEXT NOT NULL,
      expires_at BIGINT,
      PRIMARY KEY (store, id)
    )`)
}]

/** Keeps values in the table of conversations. */
export const layer: Layer.Layer<BackingPersistence, DatabaseError, SqlClient.SqlClient> = Layer.effect(
  BackingPersistence,
  Effect.gen(function*() {
    yield* Migrations.run(migrations)
    const sql = yield* SqlClient.SqlClient
    return BackingPersistence.of({ make: (store) => Effect.sync(() => make(sql, store)) })
  })
)

const decode = Schema.decodeUnknownEffect(SafeJson.fromText(Schema.Record(Schema.String, Schema.Unknown)))

const make = (sql: SqlClient.SqlClient, store: string): BackingPersistenceStore => {
  /** By id. 0 is a value that was not there. */
  const seen = new Map<string, number>()

  const get = Effect.fnUntraced(function*(id: string) {
    const now = yield* Clock.currentTimeMillis
    const [row] = yield* sql<{ readonly version: number; readonly value: string; readonly expires_at: unknown }>`
      SELECT version, value, expires_at FROM conversations WHERE store = ${store} AND id = ${id}`
    seen.set(id, row?.version ?? 0)
    const isThere = row !== undefined && (row.expires_at === null || Number(row.expires_at) > now)
    return isThere ? yield* decode(row.value) : undefined
  }, during("reading a conversation"))

  const set = Effect.fnUntraced(
    function*(id: string, value: object, timeToLive: Duration.Duration | undefined) {
      const now = yield* Clock.currentTimeMillis
      const expires = timeToLive === undefined ? null : now + Duration.toMillis(timeToLive)
      const json = JSON.stringify(value)
      const before = seen.get(id)
      const insert = sql`INSERT INTO conversations (store, id, version, value, expires_at)
        VALUES (${store}, ${id}, 1, ${json}, ${expires})`
      const [row] = yield* before === undefined
        ? sql<{ readonly version: number }>`${insert} ON CONFLICT (store, id) DO UPDATE
          SET value = excluded.value, expires_at = excluded.expires_at, version = conversations.version + 1
          RETURNING version`
        : before === 0
        ? sql<{ readonly version: number }>`${insert} ON CONFLICT DO NOTHING RETURNING version`
        : sql<{ readonly version: number }>`UPDATE conversations
          SET value = ${json}, expires_at = ${expires}, version = version + 1
          WHERE store = ${store} AND id = ${id} AND version = ${before} RETURNING version`
      if (row === undefined) return yield* new Overtaken()
      seen.set(id, row.version)
    },
    during("keeping a conversation")
  )

  const remove = (id: string) =>
    Effect.andThen(
      sql`DELETE FROM conversations WHERE store = ${store} AND id = ${id}`,
      Effect.sync(() => void seen.delete(id))
    ).pipe(during("removing a conversation"))

  return {
    get,
    set,
    remove,
    getMany: ([first, ...rest]) =>
      Effect.flatMap(
        get(first),
        (found) => Effect.map(Effect.forEach(rest, (id) => get(id)), (more) => [found, ...more])
      ),
    setMany: (entries) =>
      Effect.forEach(entries, ([id, value, timeToLive]) => set(id, value, timeToLive), { discard: true }),
    clear: Effect.andThen(sql`DELETE FROM conversations WHERE store = ${store}`, Effect.sync(() => seen.clear())).pipe(
      during("removing all conversations")
    )
  }
}

const during = (operation: string) => <A, E>(self: Effect.Effect<A, E>): Effect.Effect<A, PersistenceError> =>
  Effect.mapError(self, (cause) => new PersistenceError({ message: `${operation} failed`, cause }))
