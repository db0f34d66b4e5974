/**
 * `greenlang schema` prints the JSON Schema of pipeline files.
 */
import * as Command from "effect/cli/Command"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Catalog from "../Catalog.ts"
import type * as ConfigFile from "../ConfigFile.ts"
import * as Lazy from "../Lazy.ts"
import * as Screen from "../Screen.ts"

/**
 * The schema knows the names and the inputs of the agents, so that editors complete and check them.
 *
 * @category commands
 */
export const command = (source: ConfigFile.Source) =>
  Command.make("schema", {}, () => schema(source)).pipe(
    Command.withDescription("Print the JSON Schema of pipeline files, with which editors complete and check them"),
    Command.withShortDescription("Print the JSON Schema of pipeline files"),
    Command.withExamples([
      {
        command: "greenlang schema > pipeline.schema.json",
        description: "Then start a file with: # yaml-language-server: $schema=pipeline.schema.json"
      }
    ])
  )

const schema = Effect.fnUntraced(function*(source: ConfigFile.Source) {
  const PipelineSpec = yield* Lazy.load(() => import("../../pipeline/PipelineSpec.ts"))
  const agents = yield* Effect.flatMap(source, (catalog) => Catalog.loadAll(Catalog.current(catalog)))
  yield* Console.log(Screen.json(PipelineSpec.jsonSchema(agents), 2))
})
