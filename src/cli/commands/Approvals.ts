/**
 * `greenlang approvals` lists the questions that wait for a decision, and decides them.
 */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Console from "effect/Console"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Struct from "effect/Struct"
import { existsSync } from "node:fs"
import type { ApprovalQueue, OpenQuestion } from "../../orchestrator/ApprovalQueue.ts"
import * as Printable from "../../render/Printable.ts"
import { UsageError } from "../CliError.ts"
import * as DurableRuns from "../DurableRuns.ts"
import * as Lazy from "../Lazy.ts"
import * as Output from "../Output.ts"
import * as Screen from "../Screen.ts"
import * as Table from "../Table.ts"

/**
 * Prints the oldest first, those of durable runs among them; as JSON, a list of `{ id, run, step, text, askedAt, decide }`, with
 * `expiresAt` where a question has a time limit. `decide` is the command that approves it.
 */
const list = Effect.fnUntraced(
  function*({ file, ...choice }: Output.Choice & { readonly file: Option.Option<string> }) {
    const output = yield* Output.make(choice)
    const asked = [...(yield* ask(output, file, ({ open }) => open)).map(ofQueue), ...(yield* ofRuns(output, file))]
    const questions = asked.toSorted((a, b) => a.askedAt.localeCompare(b.askedAt))
    if (output.format === "json") {
      return yield* Console.log(Screen.json(questions.map((one) => Struct.omit(one, ["shown"])), 2))
    }
    if (questions.length === 0) return yield* Console.log("No question waits for a decision.")
    const { columns } = yield* output.size
    const rows = questions.map(({ shown, step, text }) => [shown, step, text].map((cell) => Printable.line(cell)))
    const titles = [{ title: "id" }, { title: "step" }, { title: "question", flexible: true }]
    yield* Console.log(Table.render(titles, rows, columns, output.style.dim).join("\n"))
    const durable = questions.filter(({ decide }) => decide.startsWith("greenlang approve "))
    if (durable.length === 0) return
    yield* Console.log([
      "",
      "Durable runs are decided by their id and step:",
      ...durable.map(({ decide }) => `  ${decide}`)
    ].join("\n"))
  }
)

const iso = (millis: number) => new Date(millis).toISOString()

const ofQueue = ({ askedAt, expiresAt, ...question }: OpenQuestion) => ({
  ...question,
  askedAt: iso(askedAt),
  expiresAt: iso(expiresAt),
  decide: `greenlang approvals approve ${question.id.slice(-12)}`,
  shown: question.id.slice(-12)
})

/** What durable runs ask, in the same database. A database in memory has none, and so has a file that is not there. */
const ofRuns = Effect.fnUntraced(function*(output: Output.Output, file: Option.Option<string>) {
  const { configured } = yield* Lazy.load(() => import("../../database/Database.ts"))
  const location = Option.isSome(file)
    ? { _tag: "SQLite" as const, filename: file.value }
    : yield* Output.reportFailure(output, undefined)(configured)
  if (location._tag === "SQLite" && !existsSync(location.filename)) return []
  const runs = yield* DurableRuns.ask(
    output,
    file,
    (durable) =>
      Effect.map(
        Effect.forEach(["waiting", "running"] as const, (state) => durable.runs({ state, limit: mostRuns })),
        (lists) => lists.flat()
      )
  )
  return runs.flatMap(({ id, waitingFor }) =>
    waitingFor.flatMap((wait) =>
      wait.for === "approval"
        ? [{
          id,
          run: id,
          step: wait.step,
          text: wait.text,
          askedAt: DateTime.formatIso(wait.since),
          decide: DurableRuns.approveCommand(id, wait.step, file),
          shown: id
        }]
        : []
    )
  )
})

/** As many questions as a queue may have open. */
const mostRuns = 1_000

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
      file: DurableRuns.fileFlag,
      ...Output.flags
    },
    Effect.fnUntraced(function*({ by, comment, file, format, id, json }) {
      const output = yield* Output.make({ format, json })
      const approved = name === "approve"
      const decision = {
        approved,
        ...(Option.isSome(by) ? { by: by.value } : {}),
        ...(Option.isSome(comment) ? { comment: comment.value } : {})
      }
      yield* ask(output, file, ({ decide }) => decide(id, decision))
      if (output.format === "json") return yield* Console.log(Screen.json({ id, ...decision }, 2))
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
export const command = Command.make("approvals", { file: DurableRuns.fileFlag, ...Output.flags }, list).pipe(
  Command.withDescription(
    "List the questions of runs that wait for a decision, oldest first. Runs ask here where their layer has "
      + "ApprovalQueue.layerApproval; approve and refuse decide. Durable runs ask in the same database, and greenlang approve decides."
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
  file: Option.Option<string>,
  question: (queue: ApprovalQueue["Service"]) => Effect.Effect<A, E>
) {
  const [{ ApprovalQueue, QuestionNotFound }, Database] = yield* Lazy.load(() =>
    Promise.all([import("../../orchestrator/ApprovalQueue.ts"), import("../../database/Database.ts")])
  )
  if (Option.isSome(file)) yield* DurableRuns.checkFile({ _tag: "SQLite", filename: file.value })
  const database = Option.isSome(file)
    ? Database.layer({ _tag: "SQLite", filename: file.value })
    : Database.layerConfig
  return yield* Effect.flatMap(ApprovalQueue, question).pipe(
    Effect.provide(Layer.provide(ApprovalQueue.layer(), database)),
    Effect.catchIf(
      (error) => error instanceof QuestionNotFound,
      ({ id }) =>
        Effect.fail(
          new UsageError({
            problem: `There is no question ${Printable.line(id)}.`,
            hint: "greenlang approvals lists those that wait."
          })
        )
    ),
    Effect.catchIf(
      (error) => !(error instanceof UsageError),
      (error) => Output.reportFailure(output, undefined)(Effect.fail(error))
    )
  )
})
