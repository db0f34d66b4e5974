/**
 * Starts `DurableWorker.ts` as a process that a test can end by any signal.
 */
import { Effect, type Scope } from "effect"
import { type ChildProcess, spawn } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { createServer } from "node:net"
import { join } from "node:path"
import * as NodeFlags from "./NodeFlags.ts"

export interface WorkerProcess {
  readonly pid: number
  /** Sends the signal. */
  readonly end: (signal: NodeJS.Signals) => void
  /** Ends with the exit code, `null` after a signal. */
  readonly ended: Effect.Effect<number | null>
  /** What it wrote to its standard error. */
  readonly errors: () => string
}

/** Ends once the worker works, or has ended. `steps` is the file of the steps that began. */
export const start = (
  steps: string,
  ...args: ReadonlyArray<string>
): Effect.Effect<WorkerProcess, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.callback<{ readonly child: ChildProcess; readonly worker: WorkerProcess }>((resume) => {
      let errors = ""
      const child = spawn(
        process.execPath,
        [...NodeFlags.forChild, join(import.meta.dirname, "DurableWorker.ts"), ...args],
        { env: { ...process.env, STEPS: steps }, stdio: ["ignore", "pipe", "pipe"] }
      )
      const ended = new Promise<number | null>((resolve) => child.once("close", resolve))
      const worker: WorkerProcess = {
        pid: child.pid!,
        end: (signal) => child.kill(signal),
        ended: Effect.promise(() => ended),
        errors: () => errors
      }
      const done = () => resume(Effect.succeed({ child, worker }))
      child.stderr.on("data", (data) => errors += data)
      child.stdout.on("data", (data) => {
        errors += data
        if (errors.includes("ready")) done()
      })
      child.once("close", done)
    }),
    ({ child }) => Effect.sync(() => child.kill("SIGKILL"))
  ).pipe(Effect.map(({ worker }) => worker))

/** The steps that began so far, each as the id of its run and its path. */
export const begun = (steps: string): ReadonlyArray<string> =>
  existsSync(steps) ? readFileSync(steps, "utf8").split("\n").slice(0, -1) : []

/** Looks until it holds. */
export const until = <E, R>(holds: Effect.Effect<boolean, E, R>): Effect.Effect<void, E, R> =>
  Effect.flatMap(holds, (held) => held ? Effect.void : Effect.andThen(Effect.sleep(20), until(holds)))

/** A port that is free now. */
export const freePort: Effect.Effect<number> = Effect.callback((resume) => {
  const server = createServer()
  server.listen(0, "127.0.0.1", () => {
    const address = server.address()
    server.close(() => resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0)))
  })
})
