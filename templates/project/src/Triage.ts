import { Schema } from "effect"
import { LlmAgent } from "greenlang"

/** Reads a letter, and says whether it can wait. */
export const Triage = LlmAgent.make("Triage", {
  version: "0.1.0",
  description: "Says how urgent a letter is",
  input: Schema.Struct({ letter: Schema.String }),
  output: Schema.Struct({
    urgent: Schema.Boolean.annotate({ description: "Whether it costs money if it waits for a week" }),
    why: Schema.String.annotate({ description: "The reason, in one sentence" })
  }),
  instructions: "You sort the letters of a small firm."
})
