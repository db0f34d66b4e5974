/**
 * A project whose one pipeline pays after an approval.
 */
import { Effect } from "effect"
import { Pipeline, Step } from "greenlang"
import { Project } from "greenlang/project"
import { Charge, Payment } from "./DurablePipelines.ts"

/** Cannot run durably: its answer has no schema. */
const Loose = Pipeline.make(
  "Loose",
  { version: "1.0.0", input: Payment.input, output: Payment.output },
  (input) => Step.make("loose", [input], () => Effect.succeed(true))
)

export default Project.make({ agents: [Payment, Charge, Loose] })
