/**
 * The file that the page of a run is written to.
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import type * as Agent from "../agent/Agent.ts"
import type { Sink } from "../orchestrator/RunRecorder.ts"
import { UsageError } from "./CliError.ts"
import * as Lazy from "./Lazy.ts"

/**
 * Fails with a `UsageError` where the folder of `file` cannot be written, before anything runs.
 *
 * @category checks
 */
export const check = Effect.fnUntraced(function*(file: string) {
  const fileSystem = yield* FileSystem.FileSystem
  const folder = (yield* Path.Path).dirname(file)
  yield* Effect.mapError(
    fileSystem.access(folder, { writable: true }),
    ({ reason }) =>
      new UsageError({ problem: `The report cannot be written into this folder (${reason._tag}): ${folder}` })
  )
})

/**
 * Writes the page of a run of `agent`. A file that cannot be written is logged, and does not change the run.
 *
 * @category constructors
 */
export const sink = (file: string, agent: Agent.Any): Effect.Effect<Sink<FileSystem.FileSystem>> =>
  Effect.map(
    Lazy.load(() => import("../report/HtmlReport.ts")),
    (HtmlReport) =>
      HtmlReport.sink(agent, (page) =>
        Effect.flatMap(FileSystem.FileSystem, (fileSystem) =>
          fileSystem.writeFileString(file, page)).pipe(
            Effect.catch((error) => Effect.logWarning("the report could not be written:", error))
          ))
  )
