/**
 * The answer of a step as a record holds it: JSON, by the schema of the step.
 */
import * as Schema from "effect/Schema"
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
    const inside = foreign(partOf(value, place), place)
    return inside ?? issue
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

const partOf = (value: unknown, place: ReadonlyArray<string>): unknown =>
  place.reduce<unknown>(
    (part, key) => typeof part === "object" && part !== null ? Reflect.get(part, key) : undefined,
    value
  )

/** The first part of a value that JSON does not hold. */
const foreign = (value: unknown, place: ReadonlyArray<string>): Issue.Issue | undefined => {
  if (value === null || typeof value === "string" || typeof value === "boolean" || Number.isFinite(value)) {
    return undefined
  }
  const isBox = typeof value === "object" && (Array.isArray(value) || SafeJson.isPlain(value))
  if (!isBox) {
    const message = `is ${typeof value === "number" ? String(value) : Described.kind(value)}, which JSON does not hold`
    return {
      path: place.join("."),
      message,
      expected: "JSON, or a schema in place of `Schema.Any` and `Schema.Unknown`"
    }
  }
  for (const [key, part] of Object.entries(value)) {
    if (part === undefined && !Array.isArray(value)) continue
    const inside = foreign(part, [...place, key])
    if (inside !== undefined) return inside
  }
  return undefined
}
