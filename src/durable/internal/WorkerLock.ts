/**
 * One worker for each file: a lock of the operating system on a file beside it, which is gone when its process is, however
 * that ended.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { WorkerExists } from "../DurableError.ts"

/** Holds the lock on `FILE.worker` until the scope closes. Fails with `WorkerExists` where another process holds it. */
export const hold = (file: string): Effect.Effect<void, WorkerExists, Scope.Scope> =>
  Effect.gen(function*() {
    const { DatabaseSync } = yield* Effect.promise(() => import("node:sqlite"))
    const { mkdirSync, readFileSync, writeFileSync } = yield* Effect.promise(() => import("node:fs"))
    const { dirname } = yield* Effect.promise(() => import("node:path"))
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    const pidFile = `${file}.worker.pid`
    const pid = (): number => {
      try {
        return Number(readFileSync(pidFile, "utf8"))
      } catch {
        return NaN
      }
    }
    yield* Effect.acquireRelease(
      Effect.suspend(() => {
        const lock = new DatabaseSync(`${file}.worker`, { timeout: 0 })
        try {
          lock.exec("BEGIN EXCLUSIVE")
        } catch {
          lock.close()
          const other = pid()
          return Effect.fail(new WorkerExists({ file, ...(Number.isInteger(other) ? { pid: other } : {}) }))
        }
        writeFileSync(pidFile, `${process.pid}`)
        return Effect.succeed(lock)
      }),
      (lock) => Effect.sync(() => lock.close())
    )
  })
