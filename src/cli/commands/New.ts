/**
 * `greenlang new` writes a small project of your own.
 */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Printable from "../../render/Printable.ts"
import { UsageError } from "../CliError.ts"
import * as Lazy from "../Lazy.ts"
import * as Output from "../Output.ts"
import * as Screen from "../Screen.ts"

/**
 * Prints the files that it wrote and what to run next; as JSON, `{ directory, files }`. Fails with a `UsageError` where the
 * directory is not empty, and with `AlreadyReported` where it cannot be written.
 *
 * @category commands
 */
export const command = Command.make(
  "new",
  {
    directory: Argument.String("dir").pipe(Argument.withDescription("A directory that is empty, or is to be made")),
    ...Output.flags
  },
  Effect.fnUntraced(function*({ directory, format, json }) {
    const output = yield* Output.make({ format, json })
    if (!/^\P{Cc}+$/u.test(directory.trim())) {
      return yield* new UsageError({
        problem: `${JSON.stringify(directory)} cannot be the name of a directory.`,
        hint: "Name one in one line, such as demo."
      })
    }
    const NewProject = yield* Lazy.load(() => import("../NewProject.ts"))
    const files = yield* NewProject.write(directory).pipe(
      Effect.catchIf(
        (error) => !(error instanceof UsageError),
        (error) => Output.reportFailure(output, undefined)(Effect.fail(error))
      )
    )
    if (output.format === "json") return yield* Console.log(Screen.json({ directory, files }, 2))
    const { style } = output
    for (const file of files) yield* Console.log(style.dim(`  ${Printable.line(`${directory}/${file}`)}`))
    yield* Console.log([
      "",
      `  cd ${Printable.line(directory)}`,
      "  npm install",
      "  npm test",
      "  npx greenlang run Triage '{\"letter\":\"The last reminder\"}'",
      "",
      "Without a key the offline model answers. GREENLANG_MODEL and a key, in .env, choose a real one."
    ].join("\n"))
  })
).pipe(
  Command.withDescription(
    "Write a small project of your own: a config, an agent with a test that needs no key, a README. Nothing is overwritten: "
      + "the directory has to be empty."
  ),
  Command.withShortDescription("Write a small project of your own"),
  Command.withExamples([
    { command: "greenlang new demo && cd demo && npm install && npm test", description: "A project whose test passes" },
    { command: "greenlang new demo --json | jq -r '.files[]'", description: "Only the names of its files" }
  ])
)
