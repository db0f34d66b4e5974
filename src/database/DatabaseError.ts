/**
 * The errors of the database.
 */
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"

/**
 * The file cannot be opened, created or written, or is not a SQLite database.
 *
 * @category errors
 */
export class FileNotUsable extends Schema.TaggedError<FileNotUsable>()("FileNotUsable", {
  filename: Schema.String,
  cause: Schema.Defect()
}) {
  override get message() {
    return `cannot use the database file ${this.filename}: ${explain(this.cause)}`
  }
}

/**
 * The environment names neither a database nor a home folder that one could be in.
 *
 * @category errors
 */
export class NoDataFolder extends Schema.TaggedError<NoDataFolder>()("NoDataFolder", {}) {
  override get message() {
    return "there is no folder for the database, since HOME is not set: "
      + "set GREENLANG_DATABASE to a file (or to :memory:), or DATABASE_URL to a PostgreSQL database"
  }
}

/**
 * This Node has no `node:sqlite`.
 *
 * @category errors
 */
export class SqliteNotFound extends Schema.TaggedError<SqliteNotFound>()("SqliteNotFound", {
  node: Schema.String
}) {
  override get message() {
    return `Node ${this.node} has no node:sqlite: use Node 22.13 or newer, or PostgreSQL`
  }
}

/**
 * The package of the driver is not installed. `name` is its name in the registry.
 *
 * @category errors
 */
export class DriverNotInstalled extends Schema.TaggedError<DriverNotInstalled>()("DriverNotInstalled", {
  name: Schema.String,
  cause: Schema.Defect()
}) {
  override get message() {
    return `the package ${this.name} cannot be loaded; install it with: npm install ${this.name}`
  }
}

/**
 * The connection URL cannot be read. It holds a password, so the error does not repeat it.
 *
 * @category errors
 */
export class InvalidUrl extends Schema.TaggedError<InvalidUrl>()("InvalidUrl", {
  expected: Schema.String
}) {
  override get message() {
    return `the database URL does not look like ${this.expected}`
  }
}

/**
 * No PostgreSQL session could be opened: the server does not answer within the connect timeout, or refuses.
 * `server` is `host:port/database`.
 *
 * @category errors
 */
export class ServerNotReachable extends Schema.TaggedError<ServerNotReachable>()("ServerNotReachable", {
  server: Schema.String,
  cause: Schema.Defect()
}) {
  override get message() {
    return `cannot open a session on ${this.server}: ${explain(this.cause)}`
  }
}

/**
 * The server refuses this user or this password. `server` is `host:port/database`.
 *
 * @category errors
 */
export class AccessDenied extends Schema.TaggedError<AccessDenied>()("AccessDenied", {
  server: Schema.String,
  cause: Schema.Defect()
}) {
  override get message() {
    return `${this.server} denies access: ${explain(this.cause)}`
  }
}

/**
 * The migration of that name failed. It was rolled back, with those that ran before it in the same transaction.
 *
 * @category errors
 */
export class MigrationFailed extends Schema.TaggedError<MigrationFailed>()("MigrationFailed", {
  migration: Schema.String,
  cause: Schema.Defect()
}) {
  override get message() {
    return `the database migration ${this.migration} failed: ${explain(this.cause)}`
  }
}

/**
 * A query failed, or a row could not be read. `operation` says which.
 *
 * @category errors
 */
export class QueryFailed extends Schema.TaggedError<QueryFailed>()("QueryFailed", {
  operation: Schema.String,
  cause: Schema.Defect()
}) {
  override get message() {
    return `${this.operation} failed: ${explain(this.cause)}`
  }
}

/**
 * The database did not answer within `limit`, encoded in milliseconds. `operation` says to what. It may still do it later.
 *
 * @category errors
 */
export class NoAnswer extends Schema.TaggedError<NoAnswer>()("NoAnswer", {
  operation: Schema.String,
  limit: Schema.DurationFromMillis
}) {
  override get message() {
    return `${this.operation} failed: the database did not answer within ${Duration.format(this.limit)}`
  }
}

/**
 * A setting of a database that cannot be used, from a program without types or from the environment.
 *
 * @category errors
 */
export class InvalidSetting extends Schema.TaggedError<InvalidSetting>()("InvalidSetting", {
  setting: Schema.String,
  given: Schema.String,
  expected: Schema.String
}) {
  override get message() {
    return `${this.setting} of the database is ${this.given}; expected ${this.expected}`
  }
}

/**
 * The one error of everything that opens or reads the database. Its `reason` says what happened.
 *
 * @category errors
 */
export class DatabaseError extends Schema.TaggedError<DatabaseError>()("DatabaseError", {
  reason: Schema.Union([
    FileNotUsable,
    SqliteNotFound,
    DriverNotInstalled,
    InvalidUrl,
    InvalidSetting,
    ServerNotReachable,
    AccessDenied,
    MigrationFailed,
    QueryFailed,
    NoAnswer,
    NoDataFolder
  ])
}) {
  override get message() {
    return this.reason.message
  }
}

/** The innermost message: drivers and the migrator wrap what happened more than once. */
const explain = (cause: unknown): string => {
  if (!(cause instanceof Error)) return String(cause)
  return cause.cause instanceof Error ? explain(cause.cause) : cause.message
}
