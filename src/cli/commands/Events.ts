/**
 * `greenlang events` prints the events of a durable run.
 */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as DurableRuns from "../DurableRuns.ts"
import * as Output from "../Output.ts"
import * as Screen from "../Screen.ts"

/**
 * Prints each event as one line of JSON. Fails with a `UsageError` when there is no run with that id.
 *
 * @category commands
 */
export const command = Command.make(
  "events",
  {
    id: DurableRuns.idArgument,
    follow: Flag.Boolean("follow").pipe(
      Flag.withDescription("Go on until the run has ended"),
      Flag.withDefault(false)
    ),
    file: DurableRuns.fileFlag
  },
  Effect.fnUntraced(function*({ file, follow, id }) {
    const output = yield* Output.make({ format: Option.none(), json: true })
    yield* DurableRuns.askOf(
      output,
      file,
      id,
      (durable, id) => Stream.runForEach(durable.events(id, { follow }), (event) => Console.log(Screen.json(event)))
    )
  })
).pipe(
  Command.withDescription("Print the events of a durable run, each as one line of JSON, from the first."),
  Command.withShortDescription("Print the events of a durable run"),
  Command.withExamples([{ command: "greenlang events ID --follow", description: "Until the run has ended" }])
)
