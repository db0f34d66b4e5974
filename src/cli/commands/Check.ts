/**
 * `greenlang check`: what is wrong with a pipeline in a file, before anything runs.
 */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import type { PipelineSpecInvalid } from "../../pipeline/PipelineSpec.ts"
import type * as Catalog from "../Catalog.ts"
import * as SpecFile from "../SpecFile.ts"
import { Told } from "../UsageError.ts"

/**
 * Prints every fault as one line, `file:line:column: path: message`, and fails with `Told` where there is one. A file
 * without faults prints what it draws. As JSON: `{ file, issues }`.
 *
 * @category commands
 */
export const check = Effect.fnUntraced(function*(
  catalog: Catalog.Catalog,
  { file, json }: { readonly file: string; readonly json: boolean }
) {
  const { agent } = yield* SpecFile.load(catalog, file).pipe(
    Effect.catchTag("PipelineSpecInvalid", (invalid) => tellFaults(invalid, json))
  )
  if (json) return yield* Console.log(JSON.stringify({ file, issues: [] }, null, 2))
  // besides the steps of the file, there are its input and its output
  const steps = agent.steps.length - 2
  yield* Console.log(`${file}: ${agent.name} ${agent.version}, ${steps} ${steps === 1 ? "step" : "steps"}, no faults`)
})

const tellFaults = Effect.fnUntraced(function*({ file, issues }: PipelineSpecInvalid, json: boolean) {
  if (json) yield* Console.log(JSON.stringify({ file, issues }, null, 2))
  else {
    for (const { column, line, message, path } of issues) {
      yield* Console.log(`${file}:${line}:${column}: ${path === "" ? "" : `${path}: `}${message}`)
    }
    yield* Console.error(`${issues.length} ${issues.length === 1 ? "fault" : "faults"}`)
  }
  return yield* new Told()
})
