/**
 * One worker for each file: a lock of the operating system on a file beside it, which is gone when its process is, however
 * that ended.
 */
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import type * as Scope from "effect/Scope"
import { DatabaseError, FileNotUsable } from "../../database/DatabaseError.ts"
import * as Folder from "../../database/internal/Folder.ts"
import { WorkerExists } from "../DurableError.ts"

/** SQLITE_BUSY and SQLITE_LOCKED, with what stands behind them in the code. */
const isHeld = (cause: unknown): boolean =>
  Predicate.hasProperty(cause, "errcode") && typeof cause.errcode === "number" && [5, 6].includes(cause.errcode & 0xff)

/** Holds the lock on `FILE.worker` until the scope closes. Fails with `WorkerExists` where another process holds it. */
export const hold = (file: string): Effect.Effect<void, WorkerExists | DatabaseError, Scope.Scope> =>
  Effect.gen(function*() {
    const { DatabaseSync } = yield* Effect.promise(() => import("node:sqlite"))
    const { readFileSync, writeFileSync } = yield* Effect.promise(() => import("node:fs"))
    const { dirname } = yield* Effect.promise(() => import("node:path"))
    const notUsable = (cause: unknown) => new DatabaseError({ reason: new FileNotUsable({ filename: file, cause }) })
    yield* Effect.tryPromise({ try: () => Folder.make(dirname(file), Folder.ofOwner), catch: notUsable })
    const pidFile = `${file}.worker.pid`
    const pid = (): number => {
      try {
        return Number(readFileSync(pidFile, "utf8"))
      } catch {
        return NaN
      }
    }
    yield* Effect.acquireRelease(
      Effect.try({ try: () => new DatabaseSync(`${file}.worker`, { timeout: 0 }), catch: notUsable }),
      (lock) => Effect.sync(() => lock.close())
    ).pipe(Effect.tap((lock) =>
      Effect.try({
        try: () => {
          lock.exec("BEGIN EXCLUSIVE")
          writeFileSync(pidFile, `${process.pid}`)
        },
        catch: (cause) => {
          if (!isHeld(cause)) return notUsable(cause)
          const other = pid()
          return new WorkerExists({ file, ...(Number.isInteger(other) ? { pid: other } : {}) })
        }
      })
    ))
  })
