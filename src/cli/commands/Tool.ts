/**
 * `greenlang tool` calls one tool of an agent.
 */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Catalog from "../Catalog.ts"
import type * as ConfigFile from "../ConfigFile.ts"
import * as Input from "../Input.ts"
import * as Lazy from "../Lazy.ts"
import * as Output from "../Output.ts"

/**
 * Prints the answer of the tool like the result of an agent: the call is a run, so its citations are printed, too.
 *
 * @category commands
 */
export const command = (source: ConfigFile.Source) =>
  Command.make(
    "tool",
    {
      agent: Argument.String("agent").pipe(Argument.withDescription("Name of the agent that has the tool")),
      tool: Argument.String("tool").pipe(Argument.withDescription("Name of the tool")),
      ...Input.flags,
      ...Output.flags
    },
    Effect.fnUntraced(function*({ agent, format, input, json, jsonInput, tool }) {
      const output = yield* Output.make({ format, json })
      const catalog = yield* source
      const entry = yield* Catalog.find(catalog, agent)
      const owner = yield* entry.load
      const called = yield* Catalog.findTool(owner, tool)
      const read = yield* Input.read({ json: jsonInput, file: input }, called)
      const AgentRun = yield* Lazy.load(() => import("../AgentRun.ts"))
      yield* AgentRun.run({
        agent: AgentRun.ofTool(owner, called),
        input: read,
        entry,
        policies: catalog.policies,
        output
      })
    })
  ).pipe(
    Command.withDescription("Call one tool of an agent. Prints like run."),
    Command.withShortDescription("Call one tool of an agent"),
    Command.withExamples([
      {
        command:
          "greenlang tool FuelAgentAI energy_content '{\"fuel_type\":\"diesel\",\"amount\":500,\"unit\":\"gallons\"}'",
        description: "The energy content of a purchase, in MMBtu"
      }
    ])
  )
