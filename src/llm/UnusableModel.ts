/**
 * What is wrong with the settings of the model.
 */
import * as Schema from "effect/Schema"

/**
 * The configured model cannot be used. `problem` says why, `possible` what would be right.
 *
 * @category errors
 */
export class UnusableModel extends Schema.TaggedError<UnusableModel>()("UnusableModel", {
  model: Schema.String,
  problem: Schema.String,
  possible: Schema.Array(Schema.String)
}) {
  override get message() {
    return `GREENLANG_MODEL "${this.model}" cannot be used: ${this.problem}; possible: ${this.possible.join(", ")}`
  }
}
