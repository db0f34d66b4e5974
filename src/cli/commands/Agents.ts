/**
 * `greenlang agents` lists what can be run.
 */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Printable from "../../render/Printable.ts"
import * as Catalog from "../Catalog.ts"
import type * as ConfigFile from "../ConfigFile.ts"
import * as Lazy from "../Lazy.ts"
import * as Output from "../Output.ts"
import * as Screen from "../Screen.ts"
import * as Table from "../Table.ts"

/**
 * JSON is a list of `{ name, version, kind, description, tools }`, and text a paragraph for each agent.
 *
 * @category commands
 */
export const command = (source: ConfigFile.Source) =>
  Command.make(
    "agents",
    {
      json: Flag.Boolean("json").pipe(
        Flag.withDescription("Print JSON, with the descriptions of the tools"),
        Flag.withDefault(false)
      )
    },
    ({ json }) => list(source, json)
  ).pipe(
    Command.withDescription("List the agents and pipelines, and their tools"),
    Command.withExamples([
      { command: "greenlang agents", description: "List what can be run" },
      { command: "greenlang agents --json | jq -r '.[].name'", description: "Only the names" }
    ])
  )

const list = Effect.fnUntraced(function*(source: ConfigFile.Source, json: boolean) {
  const Pipeline = yield* Lazy.load(() => import("../../pipeline/Pipeline.ts"))
  const catalog = yield* source
  const agents = yield* Catalog.loadAll(catalog)
  const all = agents.map((agent) => ({
    name: agent.name,
    version: agent.version,
    kind: Pipeline.isPipeline(agent) ? "pipeline" : "agent",
    description: agent.description,
    tools: agent.tools.map(({ description, name }) => ({ name, description }))
  }))
  if (json) return yield* Console.log(Screen.json(all, 2))
  const { size, style } = yield* Output.make({ json, format: Option.none() })
  const { columns } = yield* size
  for (const { description, kind, name, tools, version } of all) {
    yield* Console.log(`${style.bold(Printable.line(name))}  ${style.dim(Printable.line(`${kind} ${version}`))}`)
    const lines = description === "" ? [] : Table.wrap(Printable.line(description), columns - 2)
    for (const line of lines) yield* Console.log(`  ${line}`)
    const names = tools.map(({ name }) => Printable.line(name)).join(", ")
    const [first, ...rest] = Table.wrap(names, columns - 9)
    if (tools.length > 0) yield* Console.log(`  ${style.dim("tools")}  ${first}`)
    for (const line of rest) yield* Console.log(`         ${line}`)
    yield* Console.log("")
  }
  if (catalog.file === undefined) {
    for (const line of Table.wrap(Catalog.bringYourOwn, columns)) yield* Console.log(style.dim(line))
  }
})
