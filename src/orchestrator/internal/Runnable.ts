/**
 * The agents and pipelines that an orchestrator runs, by name, with their types erased.
 */
import type * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Agent from "../../agent/Agent.ts"
import type { AgentResult } from "../../agent/AgentResult.ts"
import { InvalidDefinition } from "../../agent/InvalidDefinition.ts"
import * as Described from "../../internal/Described.ts"
import * as NearestName from "../../internal/NearestName.ts"
import * as Pipeline from "../../pipeline/Pipeline.ts"

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

const isAgent = (agent: unknown): boolean => Predicate.hasProperty(agent, Agent.TypeId)

/** Throws where two agents share a name, or a program without types gave something else than agents. */
export const byName = (agents: ReadonlyArray<Agent.Any>): ReadonlyMap<string, Runnable> => {
  const known = new Map<string, Runnable>()
  const looks = new Set<string>()
  const invalid = (problem: string, expected: string) =>
    new InvalidDefinition({ subject: "Orchestrator", problem, expected })
  if (!Array.isArray(agents)) throw invalid(`agents is ${Described.kind(agents)}`, "a list of agents")
  for (const [at, agent] of agents.entries()) {
    if (!isAgent(agent)) {
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
