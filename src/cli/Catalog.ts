/**
 * The agents and pipelines that the command line can run, by name, each with the layer that it needs.
 */
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import type * as Agent from "../agent/Agent.ts"
import type * as Tool from "../agent/Tool.ts"
import * as NearestName from "../internal/NearestName.ts"
import * as Printable from "../render/Printable.ts"
import { UsageError } from "./CliError.ts"

/**
 * @category models
 */
export interface Entry {
  readonly name: string
  /** Loads the agent, when a command needs it. */
  readonly load: Effect.Effect<Agent.Any>
  /** Provides a run of the agent, or of one of its tools, with the services that it needs. */
  readonly provide: <A, E>(effect: Effect.Effect<A, E, unknown>) => Effect.Effect<A, unknown>
}

/** @category models */
export type Catalog = ReadonlyArray<Entry>

/**
 * `layer` is built when a command runs the agent, and released when the run ends. The services that the tools of the agent
 * need appear in no type: they must be among those of the agent.
 *
 * @category constructors
 */
export const entry = <A extends Agent.Any, E>(
  name: string,
  load: Effect.Effect<A>,
  layer: Layer.Layer<Agent.Services<A>, E>
): Entry => ({
  name,
  load,
  // `Agent.Any` erases the services of an agent; the signature above has checked them
  provide: (effect) => Effect.provide(effect as Effect.Effect<never, never, Agent.Services<A>>, layer)
})

/**
 * The agent or pipeline of that name. Fails with a `UsageError` that suggests a similar name.
 *
 * @category searching
 */
export const find = (catalog: Catalog, name: string): Effect.Effect<Entry, UsageError> => {
  const found = catalog.find((entry) => entry.name === name)
  if (found !== undefined) return Effect.succeed(found)
  const problem = `There is no agent or pipeline named ${name}.`
  return Effect.fail(
    new UsageError({ problem, hint: Printable.line(NearestName.hint(name, catalog.map(({ name }) => name))) })
  )
}

/**
 * The tool of that name among those of `agent`. Fails with a `UsageError` that suggests a similar name.
 *
 * @category searching
 */
export const findTool = (agent: Agent.Any, name: string): Effect.Effect<Tool.Any, UsageError> => {
  const found = agent.tools.find((tool) => tool.name === name)
  if (found !== undefined) return Effect.succeed(found)
  const problem = `${agent.name} has no tool named ${name}.`
  return Effect.fail(
    new UsageError({ problem, hint: Printable.line(NearestName.hint(name, agent.tools.map(({ name }) => name))) })
  )
}
