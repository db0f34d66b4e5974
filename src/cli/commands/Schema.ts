/**
 * `greenlang schema`: what editors need to know of pipeline files.
 */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as PipelineSpec from "../../pipeline/PipelineSpec.ts"
import type * as Catalog from "../Catalog.ts"

/**
 * JSON Schema on standard output, which knows the names of the agents.
 *
 * @category commands
 */
export const schema = Effect.fnUntraced(function*(catalog: Catalog.Catalog) {
  const agents = yield* Effect.forEach(catalog, ({ load }) => load)
  yield* Console.log(JSON.stringify(PipelineSpec.jsonSchema(agents), null, 2))
})
