/**
 * The file that the page of a run is written to.
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import type * as Agent from "../agent/Agent.ts"
import type { AgentResult } from "../agent/AgentResult.ts"
import { UsageError } from "./UsageError.ts"

/**
 * Writes the page of `run`, a run of `agent` on `input`, however it ends. Fails with a `UsageError`, before anything runs,
 * where the folder of the file is not there; a file that cannot be written in the end is logged, and leaves the run what it
 * was.
 *
 * @category running
 */
export const record = Effect.fnUntraced(function*<A, E, R>(
  file: string,
  agent: Agent.Any,
  input: unknown,
  run: Effect.Effect<AgentResult<A>, E, R>
): Effect.fn.Return<Effect.Effect<AgentResult<A>, E, R>, UsageError, FileSystem.FileSystem | Path.Path> {
  const fileSystem = yield* FileSystem.FileSystem
  const folder = (yield* Path.Path).dirname(file)
  const writable = fileSystem.access(folder, { writable: true }).pipe(Effect.as(true), Effect.orElseSucceed(() => false))
  if (!(yield* writable)) {
    return yield* new UsageError({ problem: `The report cannot be written into this folder: ${folder}` })
  }
  const { record } = yield* Effect.promise(() => import("../report/HtmlReport.ts"))
  return run.pipe(record(agent, input, (page) =>
    Effect.catch(fileSystem.writeFileString(file, page), (error) =>
      Effect.logWarning("the report could not be written:", error))))
})
