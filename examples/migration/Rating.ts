/**
 * The agent that only computes, rewritten.
 */
import { Effect, Schema } from "effect"
import { Agent } from "greenlang"

export const Rating = Agent.make("Rating", {
  version: "2.0.0",
  description: "How a site compares",
  input: Schema.Struct({ perSquareMetre: Schema.Finite }),
  output: Schema.Struct({ grade: Schema.Literals(["A", "B", "C"]) }),
  execute: ({ perSquareMetre }) =>
    Effect.succeed({ grade: perSquareMetre < 1 ? "A" : perSquareMetre < 5 ? "B" : "C" } as const)
})
