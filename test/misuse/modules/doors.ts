/**
 * The ways by which a value from outside comes to an agent. Each opens an agent once, and then runs it with any value, however
 * often.
 */
import { Effect, Exit, Layer, ManagedRuntime, type Schema } from "effect"
import { type Agent, Pipeline, PipelineSpec, PromiseAgent, PureSyncAgent, Step, SyncAgent } from "greenlang"
import * as Catalog from "greenlang/cli/Catalog"
import * as Database from "greenlang/database/Database"
import { History } from "greenlang/orchestrator/History"
import { Orchestrator } from "greenlang/orchestrator/Orchestrator"
import * as CommandLine from "../../support/CommandLine.ts"

type AnyAgent = Agent.Agent<unknown, unknown>

export interface OpenDoor {
  /** Runs the agent. Answers with whether it answered, rather than refused. */
  readonly run: (input: unknown) => Promise<boolean>
  readonly close: () => Promise<void>
}

export interface Door {
  readonly door: string
  /** Opens the agent of `./hostileAgents.ts`. */
  readonly open: (agent: AnyAgent) => Promise<OpenDoor>
}

const closed = () => Promise.resolve()

/** Whether a call answers. What it throws is a refusal. */
const answers = async (call: () => unknown): Promise<boolean> => {
  try {
    await call()
    return true
  } catch {
    return false
  }
}

const run = (agent: AnyAgent) => async (input: unknown) => Exit.isSuccess(await Effect.runPromiseExit(agent.run(input)))

const orchestrated = async (agent: AnyAgent): Promise<OpenDoor> => {
  const runtime = ManagedRuntime.make(
    Orchestrator.layer({ agents: [agent] }).pipe(
      Layer.provideMerge(History.layer()),
      Layer.provide(Database.layerMemory)
    )
  )
  await runtime.runPromise(Orchestrator)
  return {
    run: async (input) =>
      Exit.isSuccess(
        await runtime.runPromiseExit(
          Effect.flatMap(Orchestrator, (orchestrator) => orchestrator.run(agent.name, input))
        )
      ),
    close: () => runtime.dispose()
  }
}

const piped = (agent: AnyAgent) =>
  Pipeline.make(
    agent.name,
    { version: "1.0.0", input: agent.input as Schema.Codec<unknown>, output: agent.output as Schema.Codec<unknown> },
    (input) => Step.agent("only", agent, [input], (value) => value)
  )

const file = (agent: AnyAgent) => `
name: File
version: "1"
steps:
  - { name: only, agent: ${agent.name}, input: input }
output: results.only
`

export const doors: ReadonlyArray<Door> = [
  { door: "run", open: async (agent) => ({ run: run(agent), close: closed }) },
  {
    door: "execute",
    open: async (agent) => {
      const open = await PromiseAgent.open(agent)
      return { run: (input) => answers(() => open.execute(input)), close: () => open.close() }
    }
  },
  {
    door: "pure sync",
    open: async (agent) => {
      const open = PureSyncAgent.open(agent)
      return { run: (input) => answers(() => open.execute(input)), close: async () => open.close() }
    }
  },
  {
    door: "blocking",
    open: async (agent) => {
      const open = SyncAgent.fromModule<AnyAgent>(new URL("./hostileAgents.ts", import.meta.url), {
        export: agent.name
      })
      return { run: (input) => answers(() => open.execute(input)), close: async () => open.close() }
    }
  },
  { door: "orchestrator", open: orchestrated },
  { door: "pipeline, orchestrator", open: (agent) => orchestrated(piped(agent)) },
  {
    door: "pipeline file",
    open: async (agent) => {
      const pipeline = await Effect.runPromise(PipelineSpec.fromYaml(file(agent), { agents: [agent] }))
      return { run: run(pipeline as unknown as AnyAgent), close: closed }
    }
  },
  {
    door: "command line",
    open: async (agent) => {
      const catalog = Catalog.make([Catalog.entry(agent.name, Effect.succeed(agent), Layer.empty)])
      const args = ["run", agent.name, "-", "--json", "--log-level", "none"]
      return {
        run: async (input) => {
          // written before, so that writing counts in no measurement
          const stdin = String(input)
          return (await Effect.runPromise(CommandLine.run(args, { catalog, stdin }))).code === 0
        },
        close: closed
      }
    }
  }
]
