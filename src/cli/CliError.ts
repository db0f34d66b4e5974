/**
 * How a command ends when it does not succeed.
 */
import * as Schema from "effect/Schema"

/**
 * The command line is wrong: exit code 2. `problem` says what is wrong, `hint` what would be right.
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
 * The command has failed and has printed its failure on standard error: exit code 1.
 *
 * @category errors
 */
export class AlreadyReported extends Schema.TaggedError<AlreadyReported>()("AlreadyReported", {}) {}
