/**
 * A definition that cannot work: thrown where an agent, a pipeline, a step or a layer is defined, before anything runs.
 */
import * as Schema from "effect/Schema"
import * as Described from "../internal/Described.ts"

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
    const expected = this.expected === undefined ? "" : `; expected ${this.expected}`
    return Described.printable(`${this.subject}: ${this.problem}${expected}`)
  }
}

/**
 * What is wrong with the name of an agent, a pipeline, a step or a pool: drawings, logs and commands show it on one line, and find by it.
 * `undefined` where it is right.
 *
 * ```ts
 * import { nameProblem } from "greenlang/agent/InvalidDefinition"
 *
 * nameProblem("Triage") // => undefined
 * nameProblem(" ") // => "its name is empty"
 * nameProblem("a\nb") // => "its name has control characters"
 * ```
 *
 * @category checking
 */
export const nameProblem = (name: string): string | undefined =>
  typeof name !== "string"
    ? "its name is not a text"
    : name.trim() === ""
    ? "its name is empty"
    : /[\p{Cc}\u2028\u2029]/u.test(name)
    ? "its name has control characters"
    : undefined

/**
 * Throws `InvalidDefinition` for a name that has a problem. `what` is what has the name, such as `agent`, `pipeline` or `step`.
 *
 * @category checking
 */
export const checkName = (what: string, name: string): void => {
  const problem = nameProblem(name)
  if (problem === undefined) return
  const expected = "a name in one line, such as Triage"
  const subject = typeof name === "string" ? `${what} ${Described.quoted(name)}` : what
  throw new InvalidDefinition({ subject, problem, expected })
}
