/**
 * The events of a child, as they stand among those of its parent: what an agent inside of a step emits in process.
 */
import type { PipelineEvent } from "../../pipeline/PipelineEvent.ts"

/**
 * An event of the child of the step `path` of the run `parent`. `agent` is the pipeline of the child, `shift` by how many
 * milliseconds it began later.
 */
export const inside = (
  event: PipelineEvent,
  path: ReadonlyArray<string>,
  { agent, parent, shift }: { readonly agent: string; readonly parent: string; readonly shift: number }
): PipelineEvent => {
  const placed = { ...event, path: [...path, ...event.path], at: event.at + shift }
  switch (placed._tag) {
    case "RunStarted": {
      const { _tag, startedAt: _, ...started } = placed
      return { _tag: "AgentStarted", ...started, parent }
    }
    case "RunEnded":
      return { ...placed, _tag: "AgentEnded", agent }
    case "StepStarted":
      return placed.readyAt === undefined ? placed : { ...placed, readyAt: placed.readyAt + shift }
    default:
      return placed
  }
}
