/**
 * The file that the page of a run is written to.
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import type * as Agent from "../agent/Agent.ts"
import type { Sink } from "../orchestrator/RunRecorder.ts"
import { UsageError, wordsOf } from "./CliError.ts"
import * as Lazy from "./Lazy.ts"
import * as SameFile from "./SameFile.ts"

/**
 * Fails with a `UsageError` where the folder of `file` cannot be written, or something else than a file stands there, before
 * anything runs. A pipe is refused, since opening it waits for its reader, and so is a file that the command reads.
 *
 * @category checks
 */
export const check = Effect.fnUntraced(function*(file: string, read: ReadonlyArray<string> = []) {
  const fileSystem = yield* FileSystem.FileSystem
  const folder = (yield* Path.Path).dirname(file)
  const refuse = (why: string) => new UsageError({ problem: `The report cannot be written to ${file}: ${why}` })
  if (file === "") {
    return yield* new UsageError({ problem: "The report needs a file to be written to: its name is empty." })
  }
  yield* SameFile.refuse([file], read)
  const found = yield* Effect.matchEffect(fileSystem.stat(file), {
    onFailure: (error) => error.reason._tag === "NotFound" ? Effect.undefined : Effect.fail(refuse(wordsOf(error))),
    onSuccess: Effect.succeed
  })
  if (found !== undefined && found.type !== "File") return yield* refuse("it is there, and is not a file")
  yield* Effect.mapError(
    fileSystem.access(found === undefined ? folder : file, { writable: true }),
    (error) => refuse(found === undefined ? `its folder cannot be written (${wordsOf(error)})` : wordsOf(error))
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
