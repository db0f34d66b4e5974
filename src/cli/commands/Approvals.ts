/**
 * `greenlang approvals` lists the questions that wait for a decision, and decides them.
 */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { ApprovalQueue } from "../../orchestrator/ApprovalQueue.ts"
import * as Printable from "../../render/Printable.ts"
import { UsageError } from "../CliError.ts"
import * as Lazy from "../Lazy.ts"
import * as Output from "../Output.ts"
import * as Table from "../Table.ts"

/** Prints the oldest first; as JSON, a list of `{ id, run, step, text, askedAt, expiresAt }`. */
const list = Effect.fnUntraced(function*(choice: Output.Choice) {
  const output = yield* Output.make(choice)
  const questions = yield* ask(output, ({ open }) => open)
  if (output.format === "json") {
    const iso = (millis: number) => new Date(millis).toISOString()
    const shown = questions.map((one) => ({ ...one, askedAt: iso(one.askedAt), expiresAt: iso(one.expiresAt) }))
    return yield* Console.log(Printable.json(shown, 2))
  }
  if (questions.length === 0) return yield* Console.log("No question waits for a decision.")
  const { columns } = yield* output.size
  const rows = questions.map(({ id, step, text }) => [id.slice(-12), step, text].map((cell) => Printable.line(cell)))
  const titles = [{ title: "id" }, { title: "step" }, { title: "question", flexible: true }]
  yield* Console.log(Table.render(titles, rows, columns, output.style.dim).join("\n"))
})

const decision = (name: "approve" | "refuse") =>
  Command.make(
    name,
    {
      id: Argument.String("id").pipe(Argument.withDescription("Id of the question, or its last 12 characters")),
      by: Flag.String("by").pipe(Flag.withDescription("Who decides"), Flag.withMetavar("NAME"), Flag.optional),
      comment: Flag.String("comment").pipe(
        Flag.withDescription("The reason, which the run and the model read"),
        Flag.withMetavar("TEXT"),
        Flag.optional
      ),
      ...Output.flags
    },
    Effect.fnUntraced(function*({ by, comment, format, id, json }) {
      const output = yield* Output.make({ format, json })
      const approved = name === "approve"
      const decision = {
        approved,
        ...(Option.isSome(by) ? { by: by.value } : {}),
        ...(Option.isSome(comment) ? { comment: comment.value } : {})
      }
      yield* ask(output, ({ decide }) => decide(id, decision))
      if (output.format === "json") return yield* Console.log(Printable.json({ id, ...decision }, 2))
      yield* Console.log(`${approved ? "Approved" : "Refused"} ${Printable.line(id)}.`)
    })
  ).pipe(
    Command.withDescription(`${name === "approve" ? "Approve" : "Refuse"} a question. A question is decided once.`),
    Command.withExamples([
      name === "approve"
        ? { command: "greenlang approvals approve 5f0c2ab91d34 --by Ada", description: "The run goes on" }
        : { command: "greenlang approvals refuse 5f0c2ab91d34 --comment 'too much'", description: "The run reads why" }
    ])
  )

/**
 * Reads the queue in the database that the environment names. Fails with `AlreadyReported` where it cannot be read, with a
 * `UsageError` where no open question has the id.
 *
 * @category commands
 */
export const command = Command.make("approvals", Output.flags, list).pipe(
  Command.withDescription(
    "List the questions of runs that wait for a decision, oldest first. Runs ask here where their layer has "
      + "ApprovalQueue.layerApproval; approve and refuse decide."
  ),
  Command.withShortDescription("Decide what runs ask"),
  Command.withExamples([
    { command: "greenlang approvals", description: "What waits for a decision" },
    { command: "greenlang approvals --json | jq -r '.[0].text'", description: "The oldest question" }
  ]),
  Command.withSubcommands([decision("approve"), decision("refuse")])
)

const ask = Effect.fnUntraced(function*<A, E>(
  output: Output.Output,
  question: (queue: ApprovalQueue["Service"]) => Effect.Effect<A, E>
) {
  const [{ ApprovalQueue, QuestionNotFound }, { layerConfig }] = yield* Lazy.load(() =>
    Promise.all([import("../../orchestrator/ApprovalQueue.ts"), import("../../database/Database.ts")])
  )
  return yield* Effect.flatMap(ApprovalQueue, question).pipe(
    Effect.provide(Layer.provide(ApprovalQueue.layer(), layerConfig)),
    Effect.catchIf(
      (error) => error instanceof QuestionNotFound,
      ({ id }) =>
        Effect.fail(
          new UsageError({ problem: `There is no question ${id}.`, hint: "greenlang approvals lists those that wait." })
        )
    ),
    Effect.catchIf(
      (error) => !(error instanceof UsageError),
      (error) => Output.reportFailure(output, undefined)(Effect.fail(error))
    )
  )
})
