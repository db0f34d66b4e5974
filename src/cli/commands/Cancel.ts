/**
 * `greenlang cancel` cancels a durable run.
 */
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as DurableRuns from "../DurableRuns.ts"
import * as Output from "../Output.ts"

/**
 * Prints the status of the run. A run that has ended stays as it is.
 *
 * @category commands
 */
export const command = Command.make(
  "cancel",
  {
    id: DurableRuns.idArgument,
    file: DurableRuns.fileFlag,
    ...Output.flags
  },
  Effect.fnUntraced(function*({ file, format, id, json }) {
    const output = yield* Output.make({ format, json })
    const status = yield* DurableRuns.askOf(
      output,
      file,
      id,
      (durable, id) => Effect.andThen(durable.cancel(id), durable.status(id))
    )
    yield* DurableRuns.print(output, status)
  })
).pipe(
  Command.withDescription("Cancel a durable run. Its worker interrupts the steps that run."),
  Command.withShortDescription("Cancel a durable run"),
  Command.withExamples([{ command: "greenlang cancel ID", description: "It does not go on" }])
)
