/**
 * `greenlang tool`: one call of one tool of an agent.
 */
import * as Effect from "effect/Effect"
import * as Agent from "../../agent/Agent.ts"
import * as Catalog from "../Catalog.ts"
import * as Input from "../Input.ts"
import * as Output from "../Output.ts"
import { runAndShow } from "./Run.ts"

/**
 * Prints what the tool answers like the result of an agent: the call is a run of its own, so that what the tool cites is
 * told too.
 *
 * @category commands
 */
export const tool = Effect.fnUntraced(function*(
  catalog: Catalog.Catalog,
  options: {
    readonly agent: string
    readonly tool: string
    readonly source: Input.Source
    readonly choice: Output.Choice
  }
) {
  const entry = yield* Catalog.find(catalog, options.agent)
  const owner = yield* entry.load
  const called = yield* Catalog.findTool(owner, options.tool)
  const input = yield* Input.read(options.source, called)
  const output = yield* Output.make(options.choice)
  const alone = Agent.make(called.name, {
    version: owner.version,
    description: called.description,
    input: called.input,
    output: called.output,
    ...(called.error === undefined ? {} : { error: called.error }),
    // the tool decodes what it is given, and says what is wrong with it
    validation: "off",
    execute: (input) => called.call(input as never)
  })
  yield* runAndShow(entry.provide, alone, alone.run(input), output)
})
