/**
 * How a command of the command line ends, when it does not end well.
 */
import * as Schema from "effect/Schema"

/**
 * The command was called in a way it cannot follow: exit code 2. `problem` says what was wrong, `hint` what would be
 * right.
 *
 * @category errors
 */
export class UsageError extends Schema.TaggedError<UsageError>()("UsageError", {
  problem: Schema.String,
  hint: Schema.optionalKey(Schema.String)
}) {
  override get message() {
    return this.hint === undefined ? this.problem : `${this.problem}\n${this.hint}`
  }
}

/**
 * What the command ran has failed, and that has been told on standard error: exit code 1.
 *
 * @category errors
 */
export class Told extends Schema.TaggedError<Told>()("Told", {}) {}
