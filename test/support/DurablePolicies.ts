/**
 * A project whose policy denies everything.
 */
import { Effect } from "effect"
import { Policy } from "greenlang/orchestrator"
import { Project } from "greenlang/project"
import { Payment } from "./DurablePipelines.ts"

export default Project.make({
  agents: [Payment],
  policies: [Policy.make("nothing", () => Effect.succeed(Policy.deny("no")))]
})
