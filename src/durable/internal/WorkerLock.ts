/**
 * One worker for each file: a lock of the operating system on a file beside it, which is gone when its process is, however
 * that ended.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { DatabaseError, FileNotUsable } from "../../database/DatabaseError.ts"
import * as DataFolder from "../../database/internal/DataFolder.ts"
import { WorkerExists } from "../DurableError.ts"

/** Holds the lock on `FILE.worker` until the scope closes. Fails with `WorkerExists` where another process holds it. */
export const hold = (file: string): Effect.Effect<void, WorkerExists | DatabaseError, Scope.Scope> =>
  Effect.gen(function*() {
    const { DatabaseSync } = yield* Effect.promise(() => import("node:sqlite"))
    const { readFileSync, writeFileSync } = yield* Effect.promise(() => import("node:fs"))
    const { dirname } = yield* Effect.promise(() => import("node:path"))
    yield* Effect.tryPromise({
      try: () => DataFolder.make(dirname(file)),
      catch: (cause) => new DatabaseError({ reason: new FileNotUsable({ filename: file, cause }) })
    })
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
