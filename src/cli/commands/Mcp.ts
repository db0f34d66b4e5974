/**
 * `greenlang mcp` serves agents as tools of an MCP server.
 */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Catalog from "../Catalog.ts"
import type * as ConfigFile from "../ConfigFile.ts"
import * as Lazy from "../Lazy.ts"
import * as Output from "../Output.ts"
import * as RunHistory from "../RunHistory.ts"
import { Stop } from "../Stop.ts"

/**
 * Serves until the client closes the input, or a signal comes: exit code 0. Fails with `AlreadyReported` where the port of
 * `--http` cannot be opened.
 *
 * @category commands
 */
export const command = (version: string, source: ConfigFile.Source, history: RunHistory.RunHistory | undefined) =>
  Command.make(
    "mcp",
    {
      agent: Flag.String("agent").pipe(
        Flag.withDescription("Serve only this agent; may be given several times. Default: all"),
        Flag.withMetavar("NAME"),
        Flag.atLeast(0)
      ),
      http: Flag.Int("http").pipe(
        Flag.withDescription("Serve by HTTP at http://127.0.0.1:PORT/mcp instead"),
        Flag.withMetavar("PORT"),
        Flag.filter((port) => port >= 1 && port <= 65_535, () => "a port, from 1 to 65535"),
        Flag.optional
      ),
      history: Flag.Boolean("history").pipe(
        Flag.withDescription("Keep the runs in the history. Default: yes; --no-history keeps nothing"),
        Flag.withDefault(true)
      )
    },
    Effect.fnUntraced(function*(flags) {
      const catalog = yield* source
      const entries = flags.agent.length === 0
        ? Catalog.current(catalog).entries
        : yield* Effect.forEach(new Set(flags.agent), (name) => Catalog.find(catalog, name))
      const sinks = flags.history && history !== undefined ? [RunHistory.sink(history)] : []
      const McpServe = yield* Lazy.load(() => import("../McpServe.ts"))
      const stop = yield* Stop
      stop.succeeds = true
      const options = { version, catalog, entries, sinks }
      const output = yield* Output.make({ format: Option.none(), json: false })
      yield* Option.match(flags.http, {
        onNone: () => McpServe.stdio(options),
        onSome: (port) => Output.reportFailure(output, undefined)(McpServe.http(options, port))
      })
    })
  ).pipe(
    Command.withDescription(
      "Serve your agents and pipelines as tools of an MCP server, on standard input and output. A client starts it as a "
        + "process; standard output carries the protocol only, and what agents print goes to standard error."
    ),
    Command.withShortDescription("Serve agents as tools of an MCP server"),
    Command.withExamples([
      { command: "claude mcp add mine -- npx greenlang mcp", description: "Your agents in a chat program" },
      { command: "greenlang mcp --agent Footprint --agent FuelAgent", description: "Only some of them" },
      { command: "greenlang mcp --http 3000", description: "By HTTP, at http://127.0.0.1:3000/mcp" }
    ])
  )
