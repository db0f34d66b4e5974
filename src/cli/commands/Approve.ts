/**
 * `greenlang approve` decides what a durable run asks.
 */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { userInfo } from "node:os"
import { UsageError } from "../CliError.ts"
import * as DurableRuns from "../DurableRuns.ts"
import * as Output from "../Output.ts"

/** The name of the user of this process. A container may have none for its user. */
const userName = Effect.try({
  try: () => userInfo().username,
  catch: () => new UsageError({ problem: "Your user has no name on this system.", hint: "--by NAME says who decides." })
})

/**
 * Prints the status of the run. Fails with a `UsageError`, which lists what waits, when the run waits for no approval of
 * that step, and where `--by` is missing and the system knows no name of the user.
 *
 * @category commands
 */
export const command = Command.make(
  "approve",
  {
    id: DurableRuns.idArgument,
    step: Argument.String("step").pipe(Argument.withDescription("The step that asks, as greenlang status names it")),
    no: Flag.Boolean("no").pipe(Flag.withDescription("Refuse it: the step fails"), Flag.withDefault(false)),
    by: Flag.String("by").pipe(
      Flag.withDescription("Who decides. Default: your name on this system"),
      Flag.withMetavar("NAME"),
      Flag.optional
    ),
    comment: Flag.String("comment").pipe(Flag.withDescription("The reason"), Flag.withMetavar("TEXT"), Flag.optional),
    file: DurableRuns.fileFlag,
    ...Output.flags
  },
  Effect.fnUntraced(function*({ by, comment, file, format, id, json, no, step }) {
    const output = yield* Output.make({ format, json })
    const decision = {
      approved: !no,
      by: Option.isSome(by) ? by.value : yield* userName,
      ...(Option.isSome(comment) ? { comment: comment.value } : {})
    }
    const status = yield* DurableRuns.askOf(
      output,
      file,
      id,
      (durable, id) => Effect.andThen(durable.approve(id, step, decision), durable.status(id))
    )
    yield* DurableRuns.print(output, status)
  })
).pipe(
  Command.withDescription("Decide what a durable run asks. The decision counts at once, also while no worker runs."),
  Command.withShortDescription("Decide what a durable run asks"),
  Command.withExamples([{ command: "greenlang approve ID sign-off --by Ada", description: "The run goes on" }])
)
