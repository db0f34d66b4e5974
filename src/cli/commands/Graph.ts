/**
 * `greenlang graph` draws a pipeline.
 */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Printable from "../../render/Printable.ts"
import * as Catalog from "../Catalog.ts"
import { UsageError } from "../CliError.ts"
import type * as ConfigFile from "../ConfigFile.ts"
import * as Lazy from "../Lazy.ts"

/**
 * Prints Mermaid on standard output. Fails with a `UsageError` for an agent without steps.
 *
 * @category commands
 */
export const command = (source: ConfigFile.Source) =>
  Command.make(
    "graph",
    {
      pipeline: Argument.String("pipeline").pipe(
        Argument.withDescription("Name of a pipeline, or a pipeline file")
      )
    },
    ({ pipeline }) => graph(source, pipeline)
  ).pipe(
    Command.withDescription("Draw a pipeline as a Mermaid flowchart"),
    Command.withExamples([
      { command: "greenlang graph Footprint", description: "Mermaid on standard output" },
      { command: "greenlang graph Footprint > footprint.mmd", description: "Mermaid in a file" }
    ])
  )

const graph = Effect.fnUntraced(function*(source: ConfigFile.Source, pipeline: string) {
  const { Mermaid, Pipeline, SpecFile } = yield* modules
  const catalog = yield* source
  const agent = yield* Effect.flatMap(
    SpecFile.find(catalog, pipeline, { format: Option.none(), json: false }),
    ({ load }) => load
  )
  if (Pipeline.isPipeline(agent)) return yield* Console.log(Mermaid.render(agent))
  const agents = yield* Catalog.loadAll(Catalog.current(catalog))
  const pipelines = agents.filter(Pipeline.isPipeline).map(({ name }) => name)
  return yield* new UsageError({
    problem: `${agent.name} is an agent without steps.`,
    ...(pipelines.length === 0 ? {} : { hint: Printable.line(`Pipelines: ${pipelines.join(", ")}.`) })
  })
})

const modules = Lazy.load(async () => {
  const [Mermaid, Pipeline, SpecFile] = await Promise.all([
    import("../../pipeline/Mermaid.ts"),
    import("../../pipeline/Pipeline.ts"),
    import("../SpecFile.ts")
  ])
  return { Mermaid, Pipeline, SpecFile }
})
