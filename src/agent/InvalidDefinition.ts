/**
 * A definition that cannot work: thrown where an agent, a pipeline, a step or a layer is defined, before anything runs.
 */
import * as Schema from "effect/Schema"

/**
 * `subject` is what was being defined, such as ``pipeline `Footprint` ``. `problem` says what is wrong with it, `expected`
 * what would be right.
 *
 * @category errors
 */
export class InvalidDefinition extends Schema.TaggedError<InvalidDefinition>()("InvalidDefinition", {
  subject: Schema.String,
  problem: Schema.String,
  expected: Schema.optionalKey(Schema.String)
}) {
  override get message() {
    return `${this.subject}: ${this.problem}${this.expected === undefined ? "" : `; expected ${this.expected}`}`
  }
}
