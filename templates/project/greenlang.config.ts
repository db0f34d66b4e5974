import { Project } from "greenlang/project"
import { Triage } from "./src/Triage.ts"

// What `npx greenlang` runs: agents and pipelines, a layer of what they need, policies.
export default Project.make({ agents: [Triage] })
