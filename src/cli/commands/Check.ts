/**
 * `greenlang check` finds what is wrong with a pipeline file, without running it.
 */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import type { PipelineSpecInvalid } from "../../pipeline/PipelineSpec.ts"
import * as Printable from "../../render/Printable.ts"
import { AlreadyReported } from "../CliError.ts"
import type * as ConfigFile from "../ConfigFile.ts"
import * as Lazy from "../Lazy.ts"
import * as Screen from "../Screen.ts"

/**
 * Prints every fault as one line, `file:line:column: path: message`, and fails with `AlreadyReported` where there is one.
 * For a file without faults it prints the name of the pipeline and the number of its steps. As JSON: `{ file, issues }`.
 *
 * @category commands
 */
export const command = (source: ConfigFile.Source) =>
  Command.make(
    "check",
    {
      file: Argument.String("file").pipe(Argument.withDescription("Pipeline in YAML or JSON")),
      json: Flag.Boolean("json").pipe(Flag.withDescription("Print JSON, as { file, issues }"), Flag.withDefault(false))
    },
    ({ file, json }) => check(source, file, json)
  ).pipe(
    Command.withDescription("Find everything that is wrong with a pipeline file, without running it"),
    Command.withShortDescription("Check a pipeline file"),
    Command.withExamples([
      { command: "greenlang check footprint.yaml", description: "One line for each fault, and exit code 1" }
    ])
  )

const check = Effect.fnUntraced(function*(source: ConfigFile.Source, file: string, json: boolean) {
  const SpecFile = yield* Lazy.load(() => import("../SpecFile.ts"))
  const { agent } = yield* SpecFile.load(yield* source, file).pipe(
    Effect.catchTag("PipelineSpecInvalid", (invalid) => reportFaults(invalid, json))
  )
  if (json) return yield* Console.log(Screen.json({ file, issues: [] }, 2))
  // the input and the output of the file are steps of the pipeline, too
  const steps = agent.steps.length - 2
  const title = `${file}: ${agent.name} ${agent.version}`
  yield* Console.log(`${Printable.line(title)}, ${steps} ${steps === 1 ? "step" : "steps"}, no faults`)
})

const reportFaults = Effect.fnUntraced(function*(invalid: PipelineSpecInvalid, json: boolean) {
  const { file, issues } = invalid
  if (json) yield* Console.log(Screen.json({ file, issues }, 2))
  else {
    for (const { column, line, message, path } of issues) {
      yield* Console.log(Printable.line(`${file}:${line}:${column}: ${path === "" ? "" : `${path}: `}${message}`))
    }
    yield* Console.error(`${issues.length} ${issues.length === 1 ? "fault" : "faults"}`)
  }
  return yield* new AlreadyReported()
})
