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
 * Fails with a `UsageError` where nothing can be written beside `file`, so that a run need not end to find that out.
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
 * Writes the page of `run`, a run of `agent` on `input`, however it ends. A file that cannot be written is logged, and
 * leaves the run what it was.
 *
 * @category running
 */
export const record = <A, E, R>(
  file: string,
  agent: Agent.Any,
  input: unknown,
  run: Effect.Effect<AgentResult<A>, E, R>
): Effect.Effect<AgentResult<A>, E, R | FileSystem.FileSystem> =>
  Effect.flatMap(
    load,
    ({ record }) =>
      run.pipe(record(agent, input, (page) =>
        Effect.flatMap(FileSystem.FileSystem, (fileSystem) =>
          fileSystem.writeFileString(file, page)).pipe(
            Effect.catch((error) =>
              Effect.logWarning("the report could not be written:", error)
            )
          )))
  )

const load = Effect.promise(() => import("../report/HtmlReport.ts"))
