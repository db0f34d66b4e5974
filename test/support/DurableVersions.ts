/**
 * A project with two versions of one pipeline, which fails above 10.
 */
import { Effect, Schema } from "effect"
import { Pipeline, Step } from "greenlang"
import { Project } from "greenlang/project"

class TooMuch extends Schema.TaggedError<TooMuch>()("TooMuch", { n: Schema.Finite }) {}

const checked = (version: string) =>
  Pipeline.make(
    "Checked",
    { version, input: Schema.Struct({ n: Schema.Finite }), output: Schema.String, error: TooMuch },
    (input) =>
      Step.make("check", [input], ({ n }) => n > 10 ? Effect.fail(new TooMuch({ n })) : Effect.succeed(version), {
        output: Schema.String,
        error: TooMuch
      })
  )

export const versions = [checked("9.0.0"), checked("10.0.0")] as const

export default Project.make({ agents: versions })
