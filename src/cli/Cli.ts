/**
 * The command tree of `greenlang`, and its exit codes: 0 when what was asked for was done, 1 when it failed, 2 when the
 * command line could not be followed.
 */
import * as Argument from "effect/cli/Argument"
import * as CliConfig from "effect/cli/CliConfig"
import * as CliOutput from "effect/cli/CliOutput"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as GlobalFlag from "effect/cli/GlobalFlag"
import * as TerminalCapabilities from "effect/cli/TerminalCapabilities"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as References from "effect/References"
import * as DurationText from "../internal/DurationText.ts"
import type { Outcome } from "../orchestrator/History.ts"
import type * as Catalog from "./Catalog.ts"
import * as Output from "./Output.ts"
import type { RunHistory } from "./RunHistory.ts"

/**
 * Carries out one command line (without the name of the program) and answers with its exit code. All that it prints goes
 * through `Console`; logs are errors there, and told from warnings on. Interruption interrupts what it runs, which then
 * releases what it holds.
 *
 * @category running
 */
export const run = Effect.fnUntraced(function*(
  catalog: Catalog.Catalog,
  version: string,
  args: ReadonlyArray<string>,
  history?: RunHistory
): Effect.fn.Return<0 | 1 | 2, never, Command.Environment> {
  const terminal = yield* TerminalCapabilities.TerminalCapabilities
  const canColor = terminal.canColor && !args.includes("--no-color")
  return yield* Command.runWith(make(catalog, history), { version })(args).pipe(
    Effect.as(0 as const),
    Effect.catchTags({
      Told: () => Effect.succeed(1 as const),
      UsageError: ({ message }) => Effect.as(Console.error(`greenlang: ${message}`), 2 as const)
    }),
    // what is left is the command line itself, and the presenter has told it
    Effect.orElseSucceed(() => 2 as const),
    Effect.provideService(TerminalCapabilities.TerminalCapabilities, { ...terminal, canColor }),
    Effect.provideService(
      CliOutput.Formatter,
      CliOutput.defaultFormatter({ colors: canColor, globalFlags: "summary" })
    ),
    Effect.provideService(CliOutput.Presenter, presenter),
    Effect.provideService(CliConfig.CliConfig, CliConfig.make({ builtIns })),
    Effect.provideService(Logger.LogToStderr, true),
    Effect.provideService(References.MinimumLogLevel, "Warn")
  )
})

const builtIns = [GlobalFlag.Help, GlobalFlag.Version, GlobalFlag.Completions, GlobalFlag.LogLevel] as const

/** Help that was asked for is an answer; help that was not is an error, and short. */
const presenter: CliOutput.Presenter = {
  present: Effect.fnUntraced(function*(event) {
    switch (event._tag) {
      case "Version":
        return yield* Console.log(`${event.name} ${event.version}`)
      case "Help": {
        const help = (yield* CliOutput.Formatter).formatHelpDoc(event.helpDoc)
        return yield* event.reason === "Requested" ? Console.log(help) : Console.error(help)
      }
      case "InvalidInvocation": {
        const problems = event.errors.map(({ message }) => `greenlang: ${message}`)
        const { commandPath, helpDoc: { usage } } = event
        return yield* Console.error([...problems, `Usage: ${usage}`, `See ${commandPath.join(" ")} --help`].join("\n"))
      }
    }
  })
}

/** Handlers load what they run: help and mistakes need none of it. */
const make = (catalog: Catalog.Catalog, kept: RunHistory | undefined) => {
  const agents = Command.make(
    "agents",
    { json: Flag.Boolean("json").pipe(Flag.withDescription("Print JSON, with the tools' descriptions"), off) },
    (options) => Effect.flatMap(load(() => import("./commands/Agents.ts")), ({ agents }) => agents(catalog, options))
  ).pipe(
    Command.withDescription("List the agents and pipelines, and their tools"),
    Command.withExamples([
      { command: "greenlang agents", description: "What there is to run" },
      { command: "greenlang agents --json | jq -r '.[].name'", description: "Their names alone" }
    ])
  )

  const run = Command.make(
    "run",
    {
      agent: Argument.String("agent").pipe(
        Argument.withDescription("Name of an agent or a pipeline, or a file that draws one")
      ),
      ...input,
      ...output,
      events: Flag.Boolean("events").pipe(
        Flag.withDescription("Print each event as one line of JSON; the last line is the result, tagged Result"),
        off
      ),
      timeout: Flag.String("timeout").pipe(
        Flag.withDescription(`Limit of the run in place of the agent's own, as ${DurationText.example}`),
        Flag.withMetavar("DURATION"),
        Flag.filterMap(DurationText.parse, () => `a duration, as ${DurationText.example}`),
        Flag.optional
      ),
      report: Flag.String("report").pipe(
        Flag.withDescription("Also write the run, however it ends, as a page of HTML that needs nothing else"),
        Flag.withMetavar("FILE"),
        Flag.optional
      ),
      history: Flag.Boolean("history").pipe(
        Flag.withDescription("Keep the run in the history, as is done unless --no-history says otherwise"),
        Flag.withDefault(true)
      )
    },
    ({ events, format, history, input, json, jsonInput, report, timeout, agent }) =>
      Effect.flatMap(
        load(() => import("./commands/Run.ts")),
        (module) =>
          module.run(catalog, history ? kept : undefined, {
            agent,
            source: { json: jsonInput, file: input },
            choice: { format, json },
            events,
            report,
            timeout
          })
      )
  ).pipe(
    Command.withDescription(
      "Run an agent or a pipeline. On a terminal: progress, the answer, its sources and times. Piped: JSON, as "
        + "{ value, metadata }. A failure is one tagged JSON object on standard error, a log there a line tagged Log."
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
        description: "A page with the answer, the drawing, the times and the sources"
      },
      { command: "greenlang run footprint.yaml --input facility.json", description: "A pipeline in a file" }
    ])
  )

  const tool = Command.make(
    "tool",
    {
      agent: Argument.String("agent").pipe(Argument.withDescription("Name of the agent that has the tool")),
      tool: Argument.String("tool").pipe(Argument.withDescription("Name of the tool")),
      ...input,
      ...output
    },
    ({ agent, format, input, json, jsonInput, tool }) =>
      Effect.flatMap(
        load(() => import("./commands/Tool.ts")),
        (module) =>
          module.tool(catalog, { agent, tool, source: { json: jsonInput, file: input }, choice: { format, json } })
      )
  ).pipe(
    Command.withDescription("Call one tool of an agent, alone. Prints like run."),
    Command.withShortDescription("Call one tool of an agent"),
    Command.withExamples([
      {
        command:
          "greenlang tool FuelAgentAI energy_content '{\"fuel_type\":\"diesel\",\"amount\":500,\"unit\":\"gallons\"}'",
        description: "What a purchase holds, in MMBtu"
      }
    ])
  )

  const graph = Command.make(
    "graph",
    {
      pipeline: Argument.String("pipeline").pipe(
        Argument.withDescription("Name of a pipeline, or a file that draws one")
      )
    },
    (options) => Effect.flatMap(load(() => import("./commands/Graph.ts")), ({ graph }) => graph(catalog, options))
  ).pipe(
    Command.withDescription("Draw a pipeline as a Mermaid flowchart"),
    Command.withExamples([
      { command: "greenlang graph Footprint", description: "Mermaid on standard output" },
      { command: "greenlang graph Footprint > footprint.mmd", description: "Into a file that Mermaid can draw" }
    ])
  )

  const check = Command.make(
    "check",
    {
      file: Argument.String("file").pipe(Argument.withDescription("Pipeline in YAML or JSON")),
      json: Flag.Boolean("json").pipe(Flag.withDescription("Print JSON, as { file, issues }"), off)
    },
    (options) => Effect.flatMap(load(() => import("./commands/Check.ts")), ({ check }) => check(catalog, options))
  ).pipe(
    Command.withDescription("Find everything that is wrong with a pipeline in a file, without running it"),
    Command.withShortDescription("Check a pipeline in a file"),
    Command.withExamples([
      { command: "greenlang check footprint.yaml", description: "One line for each fault; exit code 1 if there is one" }
    ])
  )

  const schema = Command.make(
    "schema",
    {},
    () => Effect.flatMap(load(() => import("./commands/Schema.ts")), ({ schema }) => schema(catalog))
  ).pipe(
    Command.withDescription(
      "Print the JSON Schema of pipeline files, for editors that complete and check as one types"
    ),
    Command.withShortDescription("Print the JSON Schema of pipeline files"),
    Command.withExamples([
      {
        command: "greenlang schema > pipeline.schema.json",
        description: "Then begin a file with: # yaml-language-server: $schema=pipeline.schema.json"
      }
    ])
  )

  const show = Command.make(
    "show",
    {
      id: Argument.String("id").pipe(Argument.withDescription("Id of the run, or the last 12 characters of it")),
      ...output
    },
    ({ format, id, json }) =>
      Effect.flatMap(
        load(() => import("./commands/History.ts")),
        (module) => module.show(kept, { id, choice: { format, json } })
      )
  ).pipe(Command.withDescription("Print all that is known of one run"))

  const history = Command.make(
    "history",
    {
      ...output,
      workflow: Flag.String("workflow").pipe(
        Flag.withDescription("Only runs of this agent or pipeline"),
        Flag.withMetavar("NAME"),
        Flag.optional
      ),
      outcome: Flag.Literals("outcome", outcomes).pipe(Flag.withDescription("Only runs that ended so"), Flag.optional),
      limit: Flag.Int("limit").pipe(
        Flag.withDescription("How many runs at most"),
        Flag.filter((limit) => limit >= 1, () => "a number of 1 or more"),
        Flag.withDefault(20)
      )
    },
    ({ format, json, ...options }) =>
      Effect.flatMap(
        load(() => import("./commands/History.ts")),
        (module) => module.list(kept, { ...options, choice: { format, json } })
      )
  ).pipe(
    Command.withDescription("List the runs before, the newest first. A table on a terminal, JSON in a pipe."),
    Command.withShortDescription("List the runs before"),
    Command.withExamples([
      { command: "greenlang history --outcome failed", description: "What went wrong" },
      { command: "greenlang history show ID", description: "One run: input, output, times, failures, sources" },
      { command: "greenlang history --limit 1 | jq -r '.[0].id'", description: "The id of the last run" }
    ]),
    Command.withSubcommands([show])
  )

  return Command.make("greenlang").pipe(
    Command.withDescription([
      "Run climate agents and pipelines from the command line.",
      "",
      "  GREENLANG_MODEL     language model, as openai/gpt-4o-mini with OPENAI_API_KEY;",
      "                      without it an offline stand-in, which needs no key",
      "  DATABASE_URL        PostgreSQL; else a SQLite file of yours, or the one that",
      "                      GREENLANG_DATABASE names",
      "",
      "  Exit code: 0 done, 1 failed, 2 called wrongly, 130 and 143 interrupted."
    ].join("\n")),
    Command.withExamples([
      { command: "greenlang agents", description: "What there is to run" },
      { command: "greenlang run Footprint --input examples/facility.json", description: "The footprint of a facility" }
    ]),
    Command.withSubcommands([agents, run, tool, graph, check, schema, history]),
    Command.withGlobalFlags([NoColor])
  )
}

/** Read by `run`, before anything is printed; declared for the parser and the help. */
const NoColor = GlobalFlag.Setting("no-color")({
  flag: Flag.Boolean("no-color").pipe(
    Flag.withoutNegation,
    Flag.withDescription("Print no colour; NO_COLOR, FORCE_COLOR and TERM=dumb are honoured too"),
    Flag.withDefault(false)
  )
})

const off = Flag.withDefault(false)

/** As `History.Outcome` has them, which loads the database. */
const outcomes = [
  "completed",
  "incomplete",
  "failed",
  "rejected",
  "denied",
  "interrupted"
] as const satisfies ReadonlyArray<
  Outcome
>

const input = {
  jsonInput: Argument.String("json").pipe(
    Argument.withDescription("Input as JSON, or - to read it from standard input"),
    Argument.optional
  ),
  input: Flag.String("input").pipe(
    Flag.withAlias("i"),
    Flag.withMetavar("FILE"),
    Flag.withDescription("Read the input from a file of JSON"),
    Flag.optional
  )
}

const output = {
  format: Flag.Literals("format", Output.formats).pipe(
    Flag.withDescription("text is a report for people, json the result for programs; a terminal gets text"),
    Flag.optional
  ),
  json: Flag.Boolean("json").pipe(Flag.withDescription("Short for --format json"), off)
}

const load = <Module>(module: () => Promise<Module>): Effect.Effect<Module> => Effect.promise(module)
