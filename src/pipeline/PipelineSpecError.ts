/**
 * What can be wrong with a pipeline that is data.
 */
import * as Schema from "effect/Schema"
import * as Described from "../internal/Described.ts"

/**
 * The file draws no pipeline. `issues` are all of its faults, in the order of the file: `path` is like `steps.0.agent`,
 * empty for the whole file; `line` and `column` count from 1.
 *
 * @category errors
 */
export class PipelineSpecInvalid extends Schema.TaggedError<PipelineSpecInvalid>()("PipelineSpecInvalid", {
  file: Schema.String,
  issues: Schema.Array(Schema.Struct({
    path: Schema.String,
    message: Schema.String,
    line: Schema.Int,
    column: Schema.Int
  }))
}) {
  override get message() {
    const lines = this.issues.map(({ column, line, message, path }) =>
      `\n  ${this.file}:${line}:${column}: ${path === "" ? "" : `${path}: `}${message}`
    )
    return Described.printable(`${this.file} draws no pipeline:${lines.join("")}`)
  }
}

/**
 * There is no file at `path`.
 *
 * @category errors
 */
export class PipelineSpecNotFound extends Schema.TaggedError<PipelineSpecNotFound>()("PipelineSpecNotFound", {
  path: Schema.String
}) {
  override get message() {
    return Described.printable(`there is no pipeline at ${this.path}`)
  }
}

/**
 * The condition of a step compares what cannot be compared, such as a number with a place where there is nothing.
 *
 * @category errors
 */
export class ConditionFailed extends Schema.TaggedError<ConditionFailed>()("ConditionFailed", {
  step: Schema.String,
  condition: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return Described.printable(`the condition of ${this.step}, ${this.condition}, cannot be evaluated: ${this.reason}`)
  }
}

/**
 * A place that the mapping of a step looks at holds what the mapping cannot use.
 *
 * @category errors
 */
export class MappingFailed extends Schema.TaggedError<MappingFailed>()("MappingFailed", {
  step: Schema.String,
  path: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return Described.printable(`${this.step} cannot use ${this.path}: it ${this.reason}`)
  }
}
