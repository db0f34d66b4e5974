/**
 * The schema that a JSON Schema states. `Manifest` loads this module, and effect's reader with it, with the first one.
 */
import * as JsonSchema from "effect/JsonSchema"
import * as Result from "effect/Result"
import type * as Schema from "effect/Schema"
import * as SchemaRepresentation from "effect/SchemaRepresentation"
import * as PatternText from "./PatternText.ts"
import * as UnfoldedSchema from "./UnfoldedSchema.ts"

/** Reads draft 2020-12. Fails with what is wrong with it. */
export const read = (
  stated: JsonSchema.JsonSchema
): Result.Result<Schema.ConstraintCodec<unknown, unknown>, string> => {
  const problem = PatternText.problemIn(stated) ?? UnfoldedSchema.problem(stated)
  if (problem !== undefined) return Result.fail(problem)
  return Result.try({
    // what a document read at run time accepts is not for the compiler to know
    try: () =>
      SchemaRepresentation.fromJsonSchemaDocument(JsonSchema.fromSchemaDraft2020_12(stated), {
        patterns: "apply"
      }) as unknown as Schema.ConstraintCodec<unknown, unknown>,
    catch: (error) => error instanceof Error ? error.message : String(error)
  })
}
