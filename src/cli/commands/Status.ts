/**
 * `greenlang status` prints where a durable run is, what it waits for, and how it ended.
 */
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as DurableRuns from "../DurableRuns.ts"
import * as Output from "../Output.ts"

/**
 * Fails with a `UsageError` when there is no run with that id.
 *
 * @category commands
 */
export const command = Command.make(
  "status",
  {
    id: DurableRuns.idArgument,
    file: DurableRuns.fileFlag,
    ...Output.flags
  },
  Effect.fnUntraced(function*({ file, format, id, json }) {
    const output = yield* Output.make({ format, json })
    yield* DurableRuns.print(output, yield* DurableRuns.askOf(output, file, id, (durable, id) => durable.status(id)))
  })
).pipe(
  Command.withDescription(
    "Print where a durable run is: its state, what it waits for, why it failed, or what it answered."
  ),
  Command.withShortDescription("Print where a durable run is"),
  Command.withExamples([
    { command: "greenlang status ID --json | jq .waitingFor", description: "What it waits for" },
    { command: "greenlang status ID --json | jq .value", description: "What it answered" }
  ])
)
