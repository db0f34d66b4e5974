/**
 * The answer of a step as a record holds it: JSON, by the schema of the step.
 */
import * as Schema from "effect/Schema"
import * as ForeignPart from "../../agent/internal/ForeignPart.ts"
import * as Issue from "../../agent/Issue.ts"
import * as Described from "../../internal/Described.ts"
import * as SafeJson from "../../internal/SafeJson.ts"

/** Without the fields that are `undefined`, as JSON is. Other parts stay as they are. */
export const withoutUndefined = (value: unknown): unknown => {
  if (typeof value !== "object" || value === null) return value
  if (Array.isArray(value)) return value.map(withoutUndefined)
  if (!SafeJson.isPlain(value)) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, part]) => part === undefined ? [] : [[key, withoutUndefined(part)]])
  )
}

/** Why the answer `value`, which has few enough levels, cannot be recorded by `output`: each field that JSON does not hold. */
export const issues = (output: Schema.Constraint, value: unknown): ReadonlyArray<Issue.Issue> => {
  const codec = Schema.toCodecJson(
    Schema.toType(output as Schema.ConstraintCodec<unknown, unknown>)
  ) as Schema.ConstraintCodec<unknown, Schema.Json>
  const refused = refusedBy(codec, value)
  const found = refused.flatMap((issue) => {
    const place = issue.path === "" ? [] : issue.path.split(".")
    return foreign(ForeignPart.at(value, place), place) ?? issue
  })
  return found.length > 0 ? found : [foreign(value, []) ?? { path: "", message: "cannot be written by its schema" }]
}

const refusedBy = (
  codec: Schema.ConstraintCodec<unknown, Schema.Json>,
  value: unknown
): ReadonlyArray<Issue.Issue> => {
  try {
    const written = Schema.encodeUnknownResult(codec)(value, { errors: "all" })
    return written._tag === "Success" ? [] : Issue.describe(codec, written.failure.issue)
  } catch {
    return []
  }
}

/** The first part of a value that JSON does not hold. */
const foreign = (value: unknown, place: ReadonlyArray<string>): Issue.Issue | undefined => {
  const found = ForeignPart.find(withoutUndefined(value))
  if (found === undefined) return undefined
  const { part, path } = found
  return {
    path: [...place, ...path].join("."),
    message: `is ${typeof part === "number" ? String(part) : Described.kind(part)}, which JSON does not hold`,
    expected: "JSON, or a schema in place of `Schema.Any` and `Schema.Unknown`"
  }
}
