/**
 * The events of any agent's run.
 */
import type * as Effect from "effect/Effect"
import type * as Agent from "../agent/Agent.ts"
import * as InnerStep from "../pipeline/internal/NestedStep.ts"
import * as ObservedRun from "../pipeline/internal/ObservedRun.ts"
import * as Pipeline from "../pipeline/Pipeline.ts"
import type { PipelineEvent } from "../pipeline/PipelineEvent.ts"
import * as Catalog from "./Catalog.ts"

/**
 * Calls `listen` with the events of `run`, a run of `agent`. That of an agent which is no pipeline is told as one step,
 * named like the agent.
 *
 * @category running
 */
export const observe = <A, E, R>(
  agent: Agent.Any,
  run: Effect.Effect<A, E, R>,
  listen: (event: PipelineEvent) => void
): Effect.Effect<A, E, R> => Pipeline.observe(Catalog.isPipeline(agent) ? run : asStep(agent, run), listen)

const asStep = <A, E, R>({ name, version }: Agent.Any, run: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  ObservedRun.emitting({ pipeline: name, version, steps: [{ name, after: ["input"] }] }, InnerStep.run(name, run))
