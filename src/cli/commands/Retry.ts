/**
 * `greenlang retry` runs a durable run again that failed or was cancelled.
 */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as DurableRuns from "../DurableRuns.ts"
import * as Output from "../Output.ts"

/**
 * Prints the status of the run. Fails with a `UsageError` for a run that has not failed, and for a step that it has not.
 *
 * @category commands
 */
export const command = Command.make(
  "retry",
  {
    id: DurableRuns.idArgument,
    from: Flag.String("from").pipe(
      Flag.withDescription("Also run this step again, and what waits for it, and ask again what they had asked"),
      Flag.withMetavar("STEP"),
      Flag.optional
    ),
    file: DurableRuns.fileFlag,
    ...Output.flags
  },
  Effect.fnUntraced(function*({ file, format, from, id, json }) {
    const output = yield* Output.make({ format, json })
    const status = yield* DurableRuns.askOf(
      output,
      file,
      id,
      (durable, id) => Effect.andThen(durable.retry(id, { from: Option.getOrUndefined(from) }), durable.status(id))
    )
    yield* DurableRuns.print(output, status)
  })
).pipe(
  Command.withDescription(
    "Run a durable run again that failed or was cancelled. It keeps the answers of the steps that succeeded and what was approved, and asks again what was refused."
  ),
  Command.withShortDescription("Retry a durable run"),
  Command.withExamples([{ command: "greenlang retry ID --from price", description: "From the step price" }])
)
