/**
 * The agents and pipelines that an orchestrator runs, by name, with their types erased.
 */
import type * as Effect from "effect/Effect"
import * as Agent from "../../agent/Agent.ts"
import type { AgentResult } from "../../agent/AgentResult.ts"
import * as Stated from "../../agent/internal/Stated.ts"
import { InvalidDefinition } from "../../agent/InvalidDefinition.ts"
import * as NearestName from "../../internal/NearestName.ts"
import * as Pipeline from "../../pipeline/Pipeline.ts"

/** What an orchestrator runs under one name. */
export interface Runnable {
  readonly agent: Agent.Any
  readonly kind: "agent" | "pipeline"
  readonly run: (input: unknown, options: Agent.RunOptions) => Effect.Effect<AgentResult<unknown>, unknown, unknown>
}

/** A pipeline keeps what had succeeded when it fails. */
const runnable = (agent: Agent.Any): Runnable => {
  const pipeline = Pipeline.isPipeline(agent)
  const { run } = pipeline ? Pipeline.ensurePartial(agent) : agent
  return {
    agent,
    kind: pipeline ? "pipeline" : "agent",
    // the agent decodes what it is given
    run: (input, options) => run(input as never, { ...options, onExcessProperty: "error" })
  }
}

/** Throws where two agents share a name, or a program without types gave something else than agents. */
export const byName = (agents: ReadonlyArray<Agent.Any>): ReadonlyMap<string, Runnable> => {
  const known = new Map<string, Runnable>()
  const looks = new Set<string>()
  const invalid = (problem: string, expected: string) =>
    new InvalidDefinition({ subject: "Orchestrator", problem, expected })
  for (const [at, agent] of Stated.items("Orchestrator", "agents", agents).entries()) {
    if (!Agent.isAgent(agent)) {
      throw invalid(`agents.${at} is not an agent`, "what Agent.make or Pipeline.make returns")
    }
    const look = NearestName.look(agent.name)
    if (looks.has(look)) {
      const problem = known.has(agent.name)
        ? "another agent has the same name"
        : "the name of another agent looks the same"
      throw new InvalidDefinition({ subject: `agent \`${agent.name}\``, problem })
    }
    looks.add(look)
    known.set(agent.name, runnable(agent))
  }
  return known
}
