/**
 * `greenlang status` prints where a durable run is, what it waits for, and how it ended.
 */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as DurableRuns from "../DurableRuns.ts"
import * as Lazy from "../Lazy.ts"
import * as Output from "../Output.ts"
import * as Screen from "../Screen.ts"

/**
 * With `--report`, also the times of the steps so far and the critical path: in JSON as `report`. Fails with a `UsageError` when there is no run with that id.
 *
 * @category commands
 */
export const command = Command.make(
  "status",
  {
    id: DurableRuns.idArgument,
    report: Flag.Boolean("report").pipe(
      Flag.withDescription("Print also the times of the steps and the critical path"),
      Flag.withDefault(false)
    ),
    file: DurableRuns.fileFlag,
    ...Output.flags
  },
  Effect.fnUntraced(function*({ file, format, id, json, report }) {
    const output = yield* Output.make({ format, json })
    const { events, status } = yield* DurableRuns.askOf(output, file, id, (durable, id) =>
      Effect.gen(function*() {
        const status = yield* durable.status(id)
        return { status, events: report ? yield* Stream.runCollect(durable.events(id)) : undefined }
      }))
    if (events === undefined) return yield* DurableRuns.print(output, status)
    const [PipelineReport, Waterfall] = yield* Lazy.load(() =>
      Promise.all([import("../../pipeline/PipelineReport.ts"), import("../Waterfall.ts")])
    )
    const timeline = PipelineReport.fold(events)
    if (output.format === "json") {
      const encoded = yield* Effect.orDie(Schema.encodeEffect(Schema.toCodecJson(PipelineReport.Timeline))(timeline))
      return yield* Console.log(Screen.json({ ...DurableRuns.toJson(status), report: encoded }, 2))
    }
    yield* DurableRuns.print(output, status)
    const { columns } = yield* output.size
    yield* Console.log(["", ...Waterfall.render(timeline, columns, output.style)].join("\n"))
  })
).pipe(
  Command.withDescription(
    "Print where a durable run is: its state, what it waits for, why it failed, or what it answered."
  ),
  Command.withShortDescription("Print where a durable run is"),
  Command.withExamples([
    { command: "greenlang status ID --json | jq .waitingFor", description: "What it waits for" },
    { command: "greenlang status ID --json | jq .value", description: "What it answered" },
    { command: "greenlang status ID --report", description: "Where its time went" }
  ])
)
