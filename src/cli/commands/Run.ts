/**
 * `greenlang run` runs an agent or a pipeline.
 */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as DurationInput from "../../internal/DurationInput.ts"
import { UsageError } from "../CliError.ts"
import * as ConfigFile from "../ConfigFile.ts"
import * as Input from "../Input.ts"
import * as Lazy from "../Lazy.ts"
import * as Output from "../Output.ts"
import * as PageFile from "../PageFile.ts"
import * as RunHistory from "../RunHistory.ts"

/**
 * Prints the result: `{ value, metadata }` as JSON, or a report as text, with progress on standard error. With `--events`,
 * each event is one line of JSON, and the result the last line, as `{ "_tag": "Result", value, metadata }`. A failure goes
 * to standard error; the events then end with `RunEnded`.
 *
 * @category commands
 */
export const command = (source: ConfigFile.Source, history: RunHistory.RunHistory | undefined) =>
  Command.make(
    "run",
    {
      agent: Argument.String("agent").pipe(
        Argument.withDescription("Name of an agent or a pipeline, or a pipeline file")
      ),
      ...Input.flags,
      ...Output.flags,
      events: Flag.Boolean("events").pipe(
        Flag.withDescription("Print each event as one line of JSON; the last line is the result, tagged Result"),
        Flag.withDefault(false)
      ),
      timeout: Flag.String("timeout").pipe(
        Flag.withDescription(
          `Time limit of the run, such as ${DurationInput.example}. Default: the limit of the agent`
        ),
        Flag.withMetavar("DURATION"),
        Flag.filterMap(DurationInput.parse, () => `a duration, such as ${DurationInput.example}`),
        Flag.optional
      ),
      report: Flag.String("report").pipe(
        Flag.withDescription("Also write the run, however it ends, as one self-contained HTML page"),
        Flag.withMetavar("FILE"),
        Flag.optional
      ),
      conversation: Flag.String("conversation").pipe(
        Flag.withDescription("Go on with this conversation: what was said in its earlier runs is known"),
        Flag.withMetavar("ID"),
        Flag.optional
      ),
      history: Flag.Boolean("history").pipe(
        Flag.withDescription("Keep the run in the history. Default: yes; --no-history keeps nothing"),
        Flag.withDefault(true)
      )
    },
    Effect.fnUntraced(function*(flags) {
      const { events, format, json, report, timeout } = flags
      if (events && Option.contains(format, "text")) {
        return yield* new UsageError({ problem: "--events prints JSON, not text." })
      }
      const choice = { format, json: json || events }
      const output = yield* Output.make(choice)
      if (Option.isSome(report)) {
        const files = [Option.some(flags.agent), flags.input, yield* ConfigFile.find]
        yield* PageFile.check(report.value, files.flatMap(Option.toArray))
      }
      const [AgentRun, SpecFile] = yield* modules
      if (Option.isSome(flags.conversation) && flags.conversation.value.trim() === "") {
        return yield* new UsageError({
          problem: "--conversation is empty.",
          hint: "Name the conversation, such as --conversation letters."
        })
      }
      const catalog = yield* source
      const entry = yield* SpecFile.find(catalog, flags.agent, choice)
      const agent = yield* entry.load
      yield* AgentRun.run({
        agent,
        entry,
        policies: catalog.policies,
        input: yield* Input.read({ json: flags.jsonInput, file: flags.input }, agent),
        output,
        events,
        ...(Option.isSome(flags.conversation)
          ? { around: (yield* Lazy.load(() => import("../Thread.ts"))).within(flags.conversation.value) }
          : {}),
        settings: Option.match(timeout, { onNone: () => ({}), onSome: (timeout) => ({ timeout }) }),
        sinks: [
          ...(flags.history && history !== undefined ? [RunHistory.sink(history)] : []),
          ...(Option.isSome(report) ? [yield* PageFile.sink(report.value, agent)] : [])
        ]
      })
    })
  ).pipe(
    Command.withDescription(
      "Run an agent or a pipeline. A terminal gets progress, the answer, its citations and times; a pipe gets JSON, as "
        + "{ value, metadata }. A failure is one tagged JSON object on standard error, a log is one tagged Log."
    ),
    Command.withShortDescription("Run an agent or a pipeline"),
    Command.withExamples([
      {
        command:
          "greenlang run FuelAgentAI '{\"fuel_type\":\"natural_gas\",\"amount\":1000,\"unit\":\"therm\",\"country\":\"US\"}'",
        description: "Input on the command line"
      },
      { command: "greenlang run Footprint --input facility.json", description: "Input from a file" },
      {
        command: "cat facility.json | greenlang run Footprint - | jq .value",
        description: "Input and output in a pipe"
      },
      { command: "greenlang run Footprint --input facility.json --format text > report.txt", description: "A report" },
      { command: "greenlang run Footprint --input facility.json --events", description: "Events as they happen" },
      {
        command: "greenlang run Footprint --input facility.json --report out.html",
        description: "A page with the answer, the drawing, the times and the citations"
      },
      {
        command: "greenlang run Triage '{\"letter\":\"And this one?\"}' --conversation letters",
        description: "A turn of a conversation, which knows the turns before"
      },
      { command: "greenlang run footprint.yaml --input facility.json", description: "A pipeline file" }
    ])
  )

const modules = Lazy.load(() => Promise.all([import("../AgentRun.ts"), import("../SpecFile.ts")]))
