/**
 * The command tree of `greenlang`. Each command owns its flags and its handler, in a module of its own.
 */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as GlobalFlag from "effect/cli/GlobalFlag"
import type * as Catalog from "./Catalog.ts"
import * as Agents from "./commands/Agents.ts"
import * as Approvals from "./commands/Approvals.ts"
import * as Approve from "./commands/Approve.ts"
import * as Cancel from "./commands/Cancel.ts"
import * as Check from "./commands/Check.ts"
import * as Events from "./commands/Events.ts"
import * as Footprint from "./commands/Footprint.ts"
import * as Graph from "./commands/Graph.ts"
import * as History from "./commands/History.ts"
import * as Mcp from "./commands/Mcp.ts"
import * as New from "./commands/New.ts"
import * as Retry from "./commands/Retry.ts"
import * as Run from "./commands/Run.ts"
import * as Runs from "./commands/Runs.ts"
import * as Schema from "./commands/Schema.ts"
import * as Status from "./commands/Status.ts"
import * as Submit from "./commands/Submit.ts"
import * as Tool from "./commands/Tool.ts"
import * as Worker from "./commands/Worker.ts"
import * as ConfigFile from "./ConfigFile.ts"
import type { RunHistory } from "./RunHistory.ts"

/**
 * All commands, over the agents of the user's project, or of `library` where there is no config file. Runs are kept in
 * `history`, where there is one.
 *
 * @category constructors
 */
export const make = (library: Catalog.Catalog, version: string, history: RunHistory | undefined) => {
  const source = ConfigFile.source(library)
  return Command.make("greenlang").pipe(
    Command.withDescription([
      "Run agents and pipelines: those of your greenlang.config.ts, which is looked for from here upwards,",
      "or of the climate library where there is none.",
      "",
      "  GREENLANG_MODEL     language model, such as openai/gpt-4o-mini (with OPENAI_API_KEY);",
      "                      without it an offline model that needs no key",
      "  DATABASE_URL        PostgreSQL database; without it a SQLite file in your data folder,",
      "                      or the file that GREENLANG_DATABASE names",
      "",
      "  Exit codes: 0 success, 1 failure, 2 wrong usage or config, 130 and 143 stopped by SIGINT and SIGTERM.",
      "",
      "  Inputs and pipeline files to try are in node_modules/greenlang/examples."
    ].join("\n")),
    Command.withExamples([
      { command: "greenlang agents", description: "List what can be run" },
      { command: "greenlang new demo", description: "Write a small project of your own" },
      {
        command: "greenlang run Footprint --input node_modules/greenlang/examples/facility.json",
        description: "The footprint of a facility"
      }
    ]),
    Command.withSubcommands([
      New.command,
      Agents.command(source),
      Run.command(source, history),
      Tool.command(source),
      Footprint.command(library),
      Graph.command(source),
      Mcp.command(version, source, history),
      Check.command(source),
      Schema.command(source),
      History.command(history),
      Approvals.command,
      Worker.command(source),
      Submit.command(source, history),
      Status.command,
      Events.command,
      Approve.command,
      Cancel.command,
      Retry.command(source),
      Runs.command
    ]),
    Command.provide(ConfigFile.layerEnv),
    Command.withGlobalFlags([ConfigFile.ConfigFlag, NoColor])
  )
}

/** `CommandLine.run` reads it before anything is printed; the parser and the help need its declaration. */
const NoColor = GlobalFlag.Setting("no-color")({
  flag: Flag.Boolean("no-color").pipe(
    Flag.withoutNegation,
    Flag.withDescription("Print without colours, like NO_COLOR and TERM=dumb (FORCE_COLOR turns them on)"),
    Flag.withDefault(false)
  )
})
