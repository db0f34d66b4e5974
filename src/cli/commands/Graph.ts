/**
 * `greenlang graph`: the drawing of a pipeline.
 */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Mermaid from "../../pipeline/Mermaid.ts"
import * as Catalog from "../Catalog.ts"
import * as SpecFile from "../SpecFile.ts"
import { UsageError } from "../UsageError.ts"

/**
 * Mermaid on standard output. Fails with a `UsageError` for an agent that is no pipeline.
 *
 * @category commands
 */
export const graph = Effect.fnUntraced(function*(catalog: Catalog.Catalog, options: { readonly pipeline: string }) {
  const agent = yield* Effect.flatMap(
    SpecFile.find(catalog, options.pipeline, { format: Option.none(), json: false }),
    ({ load }) => load
  )
  if (Catalog.isPipeline(agent)) return yield* Console.log(Mermaid.render(agent))
  const agents = yield* Effect.forEach(catalog, ({ load }) => load)
  const pipelines = agents.filter(Catalog.isPipeline).map(({ name }) => name)
  return yield* new UsageError({
    problem: `${agent.name} is an agent, and has no steps to draw.`,
    ...(pipelines.length === 0 ? {} : { hint: `Pipelines are: ${pipelines.join(", ")}.` })
  })
})
