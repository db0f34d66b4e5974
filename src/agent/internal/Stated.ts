/**
 * What a definition states, which a program without types may have made. Each of these throws `InvalidDefinition` where a part
 * of it is something else than it should be. `subject` is what is being defined, such as ``step `rows` ``.
 */
import * as Schema from "effect/Schema"
import * as Described from "../../internal/Described.ts"
import * as DurationInput from "../../internal/DurationInput.ts"
import { InvalidDefinition } from "../InvalidDefinition.ts"

/** Throws where `given` is not a function. `what` is its part of the definition, such as `execute`. */
export const checkFunction = (subject: string, what: string, given: unknown): void => {
  if (typeof given !== "function") throw wrong(subject, what, given, "a function")
}

/** Throws where `given` is not a schema. */
export const checkSchema = (subject: string, what: string, given: unknown): void => {
  if (!Schema.isSchema(given)) throw wrong(subject, what, given, "a schema")
}

/** Throws where the schemas of an agent or a pipeline are something else. */
export const checkSchemas = (
  subject: string,
  stated: Readonly<Record<"input" | "output", unknown>> & { error?: unknown }
) => {
  checkSchema(subject, "`input`", stated.input)
  checkSchema(subject, "`output`", stated.output)
  if (stated.error !== undefined) checkSchema(subject, "`error`", stated.error)
}

/** How many may run at the same time, `Infinity` for any number. Throws for what is not a whole number of one or more. */
export const concurrency = (subject: string, given: number | "unbounded" | undefined): number => {
  if (given === "unbounded" || given === Infinity) return Infinity
  if (typeof given === "number" && Number.isSafeInteger(given) && given >= 1) return given
  throw new InvalidDefinition({
    subject,
    problem: `concurrency is ${DurationInput.shown(given)}`,
    expected: `a whole number, at least 1, or "unbounded"`
  })
}

const wrong = (subject: string, what: string, given: unknown, expected: string) =>
  new InvalidDefinition({ subject, problem: `its ${what} is ${Described.kind(given)}`, expected })
