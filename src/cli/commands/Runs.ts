/**
 * `greenlang runs` lists durable runs.
 */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { State } from "../../durable/DurableRun.ts"
import * as Printable from "../../render/Printable.ts"
import * as DurableRuns from "../DurableRuns.ts"
import * as Output from "../Output.ts"
import * as Screen from "../Screen.ts"
import * as Table from "../Table.ts"

/** The same as `DurableRun.State`, whose module loads the schemas. */
const states = ["queued", "running", "waiting", "completed", "failed", "cancelled"] as const satisfies ReadonlyArray<
  State
>

/**
 * Newest first: a table, or in JSON a list of what `greenlang status` prints.
 *
 * @category commands
 */
export const command = Command.make(
  "runs",
  {
    state: Flag.Literals("state", states).pipe(Flag.withDescription("Only runs in this state"), Flag.optional),
    pipeline: Flag.String("pipeline").pipe(
      Flag.withDescription("Only runs of this pipeline"),
      Flag.withMetavar("NAME"),
      Flag.optional
    ),
    limit: Flag.Int("limit").pipe(
      Flag.withDescription("Print at most this many runs. Default: 20"),
      Flag.filter((limit) => limit >= 1, () => "a number of 1 or more"),
      Flag.withDefault(20)
    ),
    file: DurableRuns.fileFlag,
    ...Output.flags
  },
  Effect.fnUntraced(function*({ file, format, json, limit, pipeline, state }) {
    const output = yield* Output.make({ format, json })
    const runs = yield* DurableRuns.ask(
      output,
      file,
      (durable) =>
        durable.runs({ limit, pipeline: Option.getOrUndefined(pipeline), state: Option.getOrUndefined(state) })
    )
    if (output.format === "json") return yield* Console.log(Screen.json(runs.map(DurableRuns.toJson), 2))
    if (runs.length === 0) return yield* Console.log("No durable runs.")
    const { columns } = yield* output.size
    const rows = runs.map(({ id, pipeline, state, waitingFor }) =>
      [id, pipeline, state, waitingFor.map(DurableRuns.waitText).join("; ")].map((cell) => Printable.line(cell))
    )
    const titles = [{ title: "id" }, { title: "pipeline" }, { title: "state" }, { title: "waits for", flexible: true }]
    yield* Console.log(Table.render(titles, rows, columns, output.style.dim).join("\n"))
  })
).pipe(
  Command.withDescription("List durable runs, newest first, and what each waits for."),
  Command.withShortDescription("List durable runs"),
  Command.withExamples([{
    command: "greenlang runs --state waiting",
    description: "What waits for a person or a time"
  }])
)
