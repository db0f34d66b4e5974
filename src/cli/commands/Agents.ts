/**
 * `greenlang agents`: what there is to run.
 */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Catalog from "../Catalog.ts"
import * as Output from "../Output.ts"
import * as Table from "../Table.ts"

/**
 * JSON is a list of `{ name, version, kind, description, tools }`, and text a paragraph each.
 *
 * @category commands
 */
export const agents = Effect.fnUntraced(function*(catalog: Catalog.Catalog, options: { readonly json: boolean }) {
  const agents = yield* Effect.forEach(catalog, ({ load }) => load)
  const all = agents.map((agent) => ({
    name: agent.name,
    version: agent.version,
    kind: Catalog.isPipeline(agent) ? "pipeline" : "agent",
    description: agent.description,
    tools: agent.tools.map(({ description, name }) => ({ name, description }))
  }))
  if (options.json) return yield* Console.log(JSON.stringify(all, null, 2))
  const { size, style } = yield* Output.make({ ...options, format: Option.none() })
  const { columns } = yield* size
  for (const { description, kind, name, tools, version } of all) {
    yield* Console.log(`${style.bold(name)}  ${style.dim(`${kind} ${version}`)}`)
    for (const line of Table.wrap(description, columns - 2)) yield* Console.log(`  ${line}`)
    const [first, ...rest] = Table.wrap(tools.map(({ name }) => name).join(", "), columns - 9)
    if (tools.length > 0) yield* Console.log(`  ${style.dim("tools")}  ${first}`)
    for (const line of rest) yield* Console.log(`         ${line}`)
    yield* Console.log("")
  }
})
