/**
 * What is wrong with the settings of the model.
 */
import * as Schema from "effect/Schema"
import * as Described from "../internal/Described.ts"
import * as SecretName from "../internal/SecretName.ts"

/**
 * The configured model cannot be used. `problem` says why, `possible` what would be right. `model` is what was set, on one line,
 * cut, and without secrets.
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

/**
 * What was set in place of a model, as a message repeats it: on one line, cut, and without the secrets of an address or a key that
 * stands there by mistake.
 */
export const shown = (given: string): string =>
  given.includes("@") || given.includes("://")
    ? SecretName.redacted
    : Described.cut(Described.printable(SecretName.without(given.slice(0, 1_000))).replaceAll(/\s+/g, " "), 100)
