/**
 * How a command ends when it does not succeed.
 */
import type { PlatformError } from "effect/PlatformError"
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
 * The error of a command line that names a file which cannot be read.
 *
 * @category errors
 */
export const unreadable = (path: string) => (error: PlatformError): UsageError =>
  new UsageError({
    problem: error.reason._tag === "NotFound"
      ? `There is no such file: ${path}`
      : `${path} cannot be read: ${wordsOf(error)}`
  })

/** What is wrong, in plain words where they are known. */
export const wordsOf = ({ reason }: PlatformError): string => reason.description ?? reason._tag

/**
 * The config file of the project is wrong: exit code 2. `field` is the place in it, such as `agents[1].name`, where it is
 * known. `problem` says what is wrong, `hint` what would be right.
 *
 * @category errors
 */
export class InvalidConfig extends Schema.TaggedError<InvalidConfig>()("InvalidConfig", {
  file: Schema.String,
  field: Schema.optionalKey(Schema.String),
  problem: Schema.String,
  hint: Schema.optionalKey(Schema.String)
}) {
  override get message() {
    const place = this.field === undefined ? this.file : `${this.file}: ${this.field}`
    return [`${place}: ${this.problem}`, ...[this.hint ?? []].flat()].join("\n")
  }
}

/**
 * The command has failed and has printed its failure on standard error: exit code 1.
 *
 * @category errors
 */
export class AlreadyReported extends Schema.TaggedError<AlreadyReported>()("AlreadyReported", {}) {}
