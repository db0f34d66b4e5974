/**
 * `greenlang retry` runs a durable run again that failed or was cancelled.
 */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Status } from "../../durable/DurableRun.ts"
import * as Printable from "../../render/Printable.ts"
import * as Catalog from "../Catalog.ts"
import { UsageError } from "../CliError.ts"
import type * as ConfigFile from "../ConfigFile.ts"
import * as DurableRuns from "../DurableRuns.ts"
import * as Input from "../Input.ts"
import * as Lazy from "../Lazy.ts"
import * as Output from "../Output.ts"

/**
 * Prints the status of the run. With an input, the pipeline of the run, in its version, reads it. Fails with a `UsageError` for a run that has not failed, and for a step that it has not.
 *
 * @category commands
 */
export const command = (source: ConfigFile.Source) =>
  Command.make(
    "retry",
    {
      id: DurableRuns.idArgument,
      ...Input.flags,
      from: Flag.String("from").pipe(
        Flag.withDescription("Also run this step again, and what waits for it, and ask again what they had asked"),
        Flag.withMetavar("STEP"),
        Flag.optional
      ),
      file: DurableRuns.fileFlag,
      ...Output.flags
    },
    Effect.fnUntraced(function*({ file, format, from: step, id, input, json, jsonInput }) {
      const output = yield* Output.make({ format, json })
      const from = Option.getOrUndefined(step)
      const given = Option.isSome(input) || Option.isSome(jsonInput)
        ? yield* Effect.flatMap(
          DurableRuns.askOf(output, file, id, (durable, id) => durable.status(id)),
          readInput(source, { json: jsonInput, file: input })
        )
        : undefined
      const status = yield* DurableRuns.askOf(output, file, id, (durable, id) =>
        Effect.gen(function*() {
          const { retry, status } = yield* durable.Durable
          yield* retry(id, { from, input: given })
          return yield* status(id)
        }))
      yield* DurableRuns.print(output, status)
    })
  ).pipe(
    Command.withDescription(
      "Run a durable run again that failed or was cancelled. It keeps the answers of the steps that succeeded and what was approved, and asks again what was refused. With an input, it runs on that one, and asks everything again."
    ),
    Command.withShortDescription("Retry a durable run"),
    Command.withExamples([
      { command: "greenlang retry ID --from price", description: "From the step price" },
      { command: "greenlang retry ID --input invoice.json", description: "On another input" }
    ])
  )

/** The input, and the pipeline of a run in its version, which reads it. */
const readInput = (source: ConfigFile.Source, given: Input.Source) =>
  Effect.fnUntraced(function*({ pipeline: name, version }: Status) {
    const entry = yield* Catalog.find(yield* source, `${name}@${version}`)
    const pipeline = yield* entry.load
    const { isPipeline } = yield* Lazy.load(() => import("../../pipeline/Pipeline.ts"))
    if (!isPipeline(pipeline)) return yield* new UsageError({ problem: `${Printable.line(name)} is not a pipeline.` })
    return { pipeline, value: yield* Input.read(given, pipeline) }
  })
