/**
 * A SqlClient over PostgreSQL, by the wire client of `@effect/sql-pg`.
 *
 * A server may stop answering without closing its connections. The sockets are therefore ours: closing the client ends them
 * after a while, and with them every statement that is still under way.
 */
import { PgClient } from "@effect/sql-pg"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Reactivity from "effect/reactivity/Reactivity"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as SqlClient from "effect/sql/SqlClient"
import { connect as openSocket, type Socket } from "node:net"
import * as Deadline from "../internal/Deadline.ts"
import { AccessDenied, DatabaseError, InvalidUrl, ServerNotReachable } from "./DatabaseError.ts"
import * as Settings from "./internal/Settings.ts"

/**
 * `url` is a libpq URL, as `postgresql://user:password@host:5432/database?sslmode=require`. At most `maxConnections`
 * (default: 10) sessions are open. Each opens on demand, within `connectTimeout` (default: 5 seconds). Closing waits for the
 * statements that are under way, at most for `closeTimeout` (default: 2 seconds), and then ends them.
 *
 * @category models
 */
export interface Options {
  readonly url: Redacted.Redacted
  readonly maxConnections?: number
  readonly connectTimeout?: Duration.Input
  readonly closeTimeout?: Duration.Input
}

/**
 * Opens one session, to find out at once whether the server can be reached. Further ones open when they are needed.
 *
 * @category constructors
 */
export const make = Effect.fnUntraced(function*(
  options: Options
): Effect.fn.Return<SqlClient.SqlClient, DatabaseError, Scope.Scope | Reactivity.Reactivity> {
  yield* Settings.ofType("options", options, "object")
  const address = yield* parseAddress(options.url)
  const connectTimeout = yield* Settings.duration("connectTimeout", options.connectTimeout ?? "5 seconds")
  const closeTimeout = yield* Settings.duration("closeTimeout", options.closeTimeout ?? "2 seconds")
  const sockets = yield* openSockets(address)
  const sessions = yield* closingWithin(closeTimeout, sockets)
  const notReachable = (cause: unknown) =>
    new DatabaseError({ reason: new ServerNotReachable({ server: address.server, cause }) })
  const connect = Effect.tap(
    PgClient.make({
      url: options.url,
      applicationName: "greenlang",
      maxConnections: options.maxConnections ?? 10,
      connectTimeout,
      stream: sockets.open
    }),
    (sql) => sql`SELECT 1`
  ).pipe(
    Scope.provide(sessions),
    Effect.mapError((cause) =>
      cause.reason._tag === "AuthenticationError" || cause.reason._tag === "AuthorizationError"
        ? new DatabaseError({ reason: new AccessDenied({ server: address.server, cause }) })
        : notReachable(cause)
    )
  )
  // the driver bounds the opening of a session, not the answer to its first statement
  const late = () => notReachable(new Error(`connection timed out after ${Duration.format(connectTimeout)}`))
  return yield* Deadline.beside(connect, Duration.sum(connectTimeout, Duration.seconds(1)), late)
})

/**
 * A `SqlClient` over the server.
 *
 * @category layers
 */
export const layer = (options: Options): Layer.Layer<SqlClient.SqlClient, DatabaseError> =>
  Layer.effect(SqlClient.SqlClient, make(options)).pipe(Layer.provide(Reactivity.layer))

interface Address {
  readonly host: string
  readonly port: number
  /** `host:port/database`: what errors may show of the URL. Its own parse error would hold the whole of it. */
  readonly server: string
}

/** Reads the URL as the driver does, which needs it for the rest. */
const parseAddress = (redacted: Redacted.Redacted): Effect.Effect<Address, DatabaseError> => {
  const url = Redacted.isRedacted(redacted) ? URL.parse(Redacted.value(redacted)) : null
  const name = url?.searchParams.get("host") ?? decode(url?.hostname)?.replace(/^\[(.*)\]$/, "$1")
  if (url === null || name === undefined || (url.protocol !== "postgres:" && url.protocol !== "postgresql:")) {
    const expected = "postgresql://user:password@host:5432/database"
    return Effect.fail(new DatabaseError({ reason: new InvalidUrl({ expected }) }))
  }
  const host = name || "localhost"
  const port = Number(url.searchParams.get("port") ?? (url.port || "5432"))
  return Effect.succeed({ host, port, server: `${host}:${port}${url.pathname}` })
}

/** Nothing where the escapes of a URL are wrong. */
const decode = (text: string | undefined): string | undefined => {
  try {
    return text === undefined ? undefined : decodeURIComponent(text)
  } catch {
    return undefined
  }
}

interface Sockets {
  readonly open: () => Socket
  readonly endAll: () => void
}

/** The sockets to one server. Once they have been ended, they hold neither a statement nor the process. */
const openSockets = ({ host, port }: Address) =>
  Effect.sync((): Sockets => {
    const opened = new Set<Socket>()
    return {
      open: () => {
        const socket = openSocket(
          host.startsWith("/") ? { path: `${host}/.s.PGSQL.${port}` } : { host, port, noDelay: true }
        )
        opened.add(socket)
        socket.once("close", () => opened.delete(socket))
        return socket
      },
      endAll: () =>
        opened.forEach((socket) => {
          if (!socket.writableEnded) return socket.destroy()
          // it has said goodbye, and waits for the server to do the same
          socket.unref()
          setTimeout(() => socket.destroy(), 1_000).unref()
        })
    }
  })

/** A scope for the sessions, which is closed with the one around it, within `limit`. */
const closingWithin = (limit: Duration.Duration, sockets: Sockets) =>
  Effect.acquireRelease(
    Scope.make(),
    (sessions, exit) =>
      Effect.andThen(
        Effect.ignore(Deadline.beside(Scope.close(sessions, exit), limit, () => "late")),
        Effect.sync(() => sockets.endAll())
      )
  )
