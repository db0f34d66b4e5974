/**
 * A SqlClient over PostgreSQL, by the wire client of `@effect/sql-pg`.
 */
import { PgClient } from "@effect/sql-pg"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Reactivity from "effect/reactivity/Reactivity"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as SqlClient from "effect/sql/SqlClient"
import { AccessDenied, DatabaseError, InvalidUrl, ServerNotReachable } from "./DatabaseError.ts"

/**
 * `url` is a libpq URL, as `postgresql://user:password@host:5432/database?sslmode=require`. At most `maxConnections`
 * (default 10) sessions are open; each opens on demand, within `connectTimeout` (default 5 seconds).
 *
 * @category models
 */
export interface Options {
  readonly url: Redacted.Redacted
  readonly maxConnections?: number
  readonly connectTimeout?: Duration.Input
}

/**
 * Opens one session to see that it can be done; further ones when they are needed.
 *
 * @category constructors
 */
export const make = Effect.fnUntraced(function*(
  options: Options
): Effect.fn.Return<SqlClient.SqlClient, DatabaseError, Scope.Scope | Reactivity.Reactivity> {
  const server = yield* parseServer(options.url)
  const connect = Effect.tap(
    PgClient.make({
      url: options.url,
      applicationName: "greenlang",
      maxConnections: options.maxConnections ?? 10,
      connectTimeout: options.connectTimeout ?? "5 seconds"
    }),
    (sql) => sql`SELECT 1`
  )
  return yield* Effect.mapError(connect, (cause) =>
    new DatabaseError({
      reason: cause.reason._tag === "AuthenticationError" || cause.reason._tag === "AuthorizationError"
        ? new AccessDenied({ server, cause })
        : new ServerNotReachable({ server, cause })
    }))
})

/**
 * A `SqlClient` over the server.
 *
 * @category layers
 */
export const layer = (options: Options): Layer.Layer<SqlClient.SqlClient, DatabaseError> =>
  Layer.effect(SqlClient.SqlClient, make(options)).pipe(Layer.provide(Reactivity.layer))

/** `host:port/database`: what errors may show of the URL. Its own parse error would hold the whole of it. */
const parseServer = (redacted: Redacted.Redacted): Effect.Effect<string, DatabaseError> => {
  const url = URL.parse(Redacted.value(redacted))
  if (url === null || (url.protocol !== "postgres:" && url.protocol !== "postgresql:")) {
    const expected = "postgresql://user:password@host:5432/database"
    return Effect.fail(new DatabaseError({ reason: new InvalidUrl({ expected }) }))
  }
  const host = url.hostname || url.searchParams.get("host") || "localhost"
  const port = url.port || url.searchParams.get("port") || "5432"
  return Effect.succeed(`${host}:${port}${url.pathname}`)
}
